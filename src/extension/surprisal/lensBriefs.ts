/** What hovers say of a place beyond its score: where the answer first leads, and what was expected. Knows nothing of VS Code. */
import { type Lens, type LensParams, lensRequest } from "../../runtime/analysisProtocol";
import { CancelledError } from "../../runtime/errors";
import type { Alternative } from "../../runtime/protocol";
import type { Clock } from "../clock";
import type { Disposable } from "../emitter";
import type { Logger } from "../logger";
import type { ModelClient } from "../modelClient";
import type { ScoredText } from "./scoredDocument";
import { hoverAlternatives } from "./scoreText";

/** The logit lens at one place, in brief. */
export interface LensBrief {
  /** First row whose most probable token is the model's own. */
  readonly firstLead: number;
  /** Layers and one. */
  readonly rows: number;
  /** The model's most probable tokens, best first. */
  readonly top: readonly Alternative[];
}

interface Asked {
  readonly answer: Promise<ReadonlyMap<number, LensBrief>>;
  readonly work: AbortController;
}

/** Asks about one place at a time, and keeps what was answered for as long as the text is kept. */
export class LensBriefs implements Disposable {
  readonly #known = new WeakMap<ScoredText, Map<number, LensBrief>>();
  #asked: (Asked & { readonly text: ScoredText; readonly start: number }) | undefined;

  constructor(
    private readonly models: Pick<ModelClient, "analyze">,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /**
   * Briefs by token, of the tokens from `start` to before `end`, as far as they are there within `waitMs`. What takes longer goes on, for
   * the next time, until something else is asked. Never throws.
   */
  async ask(text: ScoredText, start: number, end: number, waitMs: number): Promise<ReadonlyMap<number, LensBrief>> {
    const first = Math.max(1, start); // nothing stands before the first token
    const known = this.#known.get(text) ?? new Map<number, LensBrief>();
    this.#known.set(text, known);
    if (first >= end || known.has(first)) return known;
    if (this.#asked?.text !== text || this.#asked.start !== first) this.#send(text, first, end, known);
    await this.#within(waitMs, this.#asked?.answer);
    return known;
  }

  /** Stops what is under way. */
  cancel(): void {
    this.#asked?.work.abort();
    this.#asked = undefined;
  }

  dispose(): void {
    this.cancel();
  }

  #send(text: ScoredText, start: number, end: number, known: Map<number, LensBrief>): void {
    this.cancel();
    const work = new AbortController();
    const answer = this.#request(text, start, end, known, work.signal);
    const asked = { text, start, work, answer };
    this.#asked = asked;
    void answer.finally(() => {
      if (this.#asked === asked) this.#asked = undefined;
    });
  }

  async #request(
    { tokens, reference, model }: ScoredText,
    start: number,
    end: number,
    known: Map<number, LensBrief>,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, LensBrief>> {
    const from = windowStart(start, model.nPositions);
    const ids = tokens.slice(from, from + model.nPositions).map(({ id }) => id);
    const behind = Math.min(end, from + ids.length + 1);
    const places = [start - from, behind - from] as const;
    const params: LensParams = { model: reference, ids, places, topK: hoverAlternatives };
    try {
      const lens = await this.models.analyze(lensRequest, params, { signal });
      for (let place = start; place < behind; place++) known.set(place, briefOf(lens, place - start));
    } catch (error) {
      if (!(error instanceof CancelledError)) this.log.debug(`Logit lens for a hover: ${error}`);
    }
    return known;
  }

  async #within(ms: number, work: Promise<unknown> | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.clock.after(ms, resolve);
      void work?.finally(() => {
        timer.dispose();
        resolve();
      });
    });
  }
}

/**
 * First token that the model saw when it predicted the one at `place` of a text longer than its context: when that is full, its earlier
 * half is dropped.
 */
export function windowStart(place: number, context: number): number {
  const step = context + 1 - Math.max(1, Math.floor(context / 2));
  return Math.max(0, Math.ceil((place - context) / step)) * step;
}

/** Of the place at `index` of the lens's stretch. */
function briefOf({ places, rows, topK, topIds, topLogprobs, firstLeads, vocabulary }: Lens, index: number): LensBrief {
  const last = ((rows - 1) * (places[1] - places[0]) + index) * topK;
  const top = Array.from({ length: topK }, (_, k): Alternative => {
    const id = topIds[last + k] ?? 0;
    return { id, logprob: topLogprobs[last + k] ?? 0, ...(vocabulary[id] ?? { text: String(id) }) };
  });
  return { firstLead: firstLeads[index] ?? rows - 1, rows, top };
}
