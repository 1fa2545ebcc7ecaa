/** Keeps the predictions of the texts that were scored last: a text with the same beginning is scored only from where it differs. */
import type { TokenPrediction } from "../protocol";
import { sharedLength } from "./prefixCache";

/** Of each token, null for the first, which nothing stands before. */
export type TokenPredictions = readonly (TokenPrediction | null)[];

interface ScoredText {
  readonly ids: readonly number[];
  readonly topK: number;
  readonly predictions: TokenPredictions;
}

/** What an edit leaves of a text is scored from memory: this many texts are remembered. */
const mostTexts = 4;

/** Most predictions and alternatives of all texts together, about 100 bytes each. */
const mostValues = 200_000;

/**
 * Predictions of one loaded model. That of a token depends on the tokens before it alone, and on where the context began; since that
 * follows from the token's place (see `scoreWindows`), texts that begin alike share the predictions of their beginning.
 */
export class ScoreMemo {
  /** The last one first. */
  #texts: ScoredText[] = [];

  /** The predictions of the first tokens of `ids` with `topK` alternatives, as many as an earlier text shares; the first is always there. */
  shared(ids: readonly number[], topK: number): TokenPredictions {
    const [best] = this.#closest(ids, topK);
    return best ? best.text.predictions.slice(0, best.shared) : [null];
  }

  /** Remembers a text of which all or the beginning was scored. It takes the place of the one that it is an edit of. */
  keep(ids: readonly number[], topK: number, predictions: TokenPredictions): void {
    const [edited] = this.#closest(ids, topK).filter(({ text, shared }) => 2 * shared >= text.ids.length);
    const others = this.#texts.filter((text) => text !== edited?.text);
    this.#texts = [{ ids: ids.slice(0, predictions.length), topK, predictions }, ...others].slice(0, mostTexts);
    while (this.#texts.length > 0 && size(this.#texts) > mostValues) this.#texts.pop();
  }

  #closest(ids: readonly number[], topK: number): { readonly text: ScoredText; readonly shared: number }[] {
    return this.#texts
      .filter((text) => text.topK === topK)
      .map((text) => ({ text, shared: sharedLength(text.ids, ids) }))
      .filter(({ shared }) => shared > 0)
      .sort((a, b) => b.shared - a.shared);
  }
}

function size(texts: readonly ScoredText[]): number {
  return texts.reduce((sum, { ids, topK }) => sum + ids.length * (1 + topK), 0);
}
