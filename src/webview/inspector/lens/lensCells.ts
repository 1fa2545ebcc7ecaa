/** What the lens told so far, by cell. Pure. */
import type { Lens } from "../../../runtime/analysisProtocol";
import type { Alternative } from "../../../runtime/protocol";

/** One layer's prediction of one place. */
export interface LensCell {
  /** 0 is the embeddings, L the model's own output. */
  readonly layer: number;
  /** 1 to T. */
  readonly place: number;
  /** Most probable tokens, best first. */
  readonly top: readonly Alternative[];
  /** KL divergence of this layer's distribution from the model's own, bits. */
  readonly divergence: number;
  /** ln p of the text's own token; NaN behind the text. */
  readonly logprob: number;
  /** Rank of the text's own token; 0 behind the text. */
  readonly rank: number;
  /** Whether this is the first layer whose most probable token is the model's own. */
  readonly leads: boolean;
}

/** Answers about stretches of a text, as one grid. */
export class LensCells {
  readonly #stretches = new Map<number, Lens>();

  /** Adds an answer. */
  add(lens: Lens): void {
    for (let place = lens.places[0]; place < lens.places[1]; place++) this.#stretches.set(place, lens);
  }

  /** Whether a place is known. */
  has(place: number): boolean {
    return this.#stretches.has(place);
  }

  /** Known places, in order. */
  get places(): readonly number[] {
    return [...this.#stretches.keys()].sort((a, b) => a - b);
  }

  /** A cell; null while its place is not known. */
  cell(layer: number, place: number): LensCell | null {
    const lens = this.#stretches.get(place);
    if (!lens || layer < 0 || layer >= lens.rows) return null;
    const column = place - lens.places[0];
    const at = layer * (lens.places[1] - lens.places[0]) + column;
    return {
      layer,
      place,
      top: topOf(lens, at),
      divergence: lens.divergence[at] ?? Number.NaN,
      logprob: lens.logprobs[at] ?? Number.NaN,
      rank: lens.ranks[at] ?? 0,
      leads: lens.firstLeads[column] === layer,
    };
  }
}

function topOf({ topK, topIds, topLogprobs, vocabulary }: Lens, at: number): Alternative[] {
  return Array.from({ length: topK }, (_, rank) => {
    const id = topIds[at * topK + rank] ?? 0;
    const { text = "", ...bytes } = vocabulary[id] ?? {};
    return { id, text, ...bytes, logprob: topLogprobs[at * topK + rank] ?? Number.NaN };
  });
}
