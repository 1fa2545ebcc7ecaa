/** The logit lens: what every layer's state would predict. */
import type { Lens } from "../analysisProtocol";
import { buildLensGraph } from "../model/lensGraph";
import { lensNames } from "../model/predictions";
import type { LoadedModel } from "./loadedModel";
import { passes, type Turn } from "./passes";
import { float32Tensor, int64Tensor, readFloat32, readInt64, type SessionTensor } from "./session";
import type { TextCapture } from "./textCapture";

/** What the lens shows of a text. */
export interface LensRequest {
  /** First place and one past the last one: place p is predicted from the state of token p − 1. */
  readonly places: readonly [number, number];
  readonly topK: number;
}

/** How to look. */
export interface LensOptions extends Turn {
  /** Places that are done, of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Cells by row (embeddings, each layer, of which the last is the model's own output) and place, as `Lens` says. */
export type LensCells = Pick<
  Lens,
  "topIds" | "topLogprobs" | "divergence" | "logprobs" | "ranks" | "firstLeads" | "topK"
>;

/** Numbers over the vocabulary that a pass holds at once, about six for each cell: 80 MB. */
const passValues = 20 << 20;

/**
 * Reads the states of `capture` as the last one is read, a few places at a time, every row of a place in one pass.
 * Throws `CancelledError` when the signal aborts, `sessionFailed`.
 */
export async function readLens(
  model: LoadedModel,
  capture: TextCapture,
  { places: [first, end], topK }: LensRequest,
  options: LensOptions,
): Promise<LensCells> {
  const { vocabSize } = model.config;
  const rows = capture.states.length;
  const cells = new Cells(rows, end - first, Math.min(topK, vocabSize));
  const step = Math.max(1, Math.floor(passValues / (6 * vocabSize * rows)));
  for (let start = first; start < end; start += step) {
    const places = Array.from({ length: Math.min(step, end - start) }, (_, i) => start + i);
    const feeds = { ...placeFeeds(model, capture, places), top_k: int64Tensor([cells.topK], [1]) };
    const outputs = await passes.run(options, async () => {
      const session = await model.graphs.get("lens", buildLensGraph);
      return session.run(feeds, Object.fromEntries(Object.values(lensNames).map((name) => [name, null])));
    });
    cells.write(outputs, start - first, places.length);
    options.onProgress?.(start + places.length - first, end - first);
  }
  // Nothing of the text stands behind its end.
  if (end > capture.ids.length) cells.forget(end - first - 1);
  return cells.finish();
}

/** States [S·P, C] of the tokens before `places`, the places' own tokens [S·P], and the rows of the last states [S·P]. */
function placeFeeds(
  { config: { nEmbd } }: LoadedModel,
  { ids, states }: TextCapture,
  places: readonly number[],
): Record<string, SessionTensor> {
  const [S, P] = [states.length, places.length];
  const data = new Float32Array(S * P * nEmbd);
  const from = (places[0] ?? 1) - 1;
  for (const [s, state] of states.entries()) data.set(state.subarray(from * nEmbd, (from + P) * nEmbd), s * P * nEmbd);
  const rows = (value: (place: number, p: number) => number) =>
    int64Tensor(
      states.flatMap(() => places.map(value)),
      [S * P],
    );
  return {
    states: float32Tensor(data, [S * P, nEmbd]),
    targets: rows((place) => ids[place] ?? 0),
    own_rows: rows((_, p) => (S - 1) * P + p),
  };
}

/** Collects cells of S rows and P places, passes of some places at a time. */
class Cells {
  readonly topK: number;
  readonly #rows: number;
  readonly #places: number;
  readonly #topIds: Int32Array;
  readonly #topLogprobs: Float32Array;
  readonly #divergence: Float32Array;
  readonly #logprobs: Float32Array;
  readonly #ranks: Int32Array;

  constructor(rows: number, places: number, topK: number) {
    this.topK = topK;
    this.#rows = rows;
    this.#places = places;
    this.#topIds = new Int32Array(rows * places * topK);
    this.#topLogprobs = new Float32Array(rows * places * topK);
    this.#divergence = new Float32Array(rows * places);
    this.#logprobs = new Float32Array(rows * places);
    this.#ranks = new Int32Array(rows * places);
  }

  /** Takes the outputs of a pass over `count` places from `at` on. */
  write(outputs: Readonly<Record<string, SessionTensor>>, at: number, count: number): void {
    const float = (name: string) => readFloat32(outputs, name);
    const put = (into: Float32Array | Int32Array, from: ArrayLike<number>, width: number) => {
      const values = Array.from(from);
      for (let row = 0; row < this.#rows; row++)
        into.set(values.slice(row * count * width, (row + 1) * count * width), (row * this.#places + at) * width);
    };
    put(this.#topIds, readInt64(outputs, lensNames.topIds), this.topK);
    put(this.#topLogprobs, float(lensNames.topLogprobs), this.topK);
    // Of distributions that are nearly alike, rounding may leave less than nothing.
    put(
      this.#divergence,
      float(lensNames.divergence).map((bits) => Math.max(0, bits)),
      1,
    );
    put(this.#logprobs, float(lensNames.targetLogprobs), 1);
    put(this.#ranks, float(lensNames.targetRanks), 1);
  }

  /** Takes back what was said of the text's own token at a place that has none. */
  forget(place: number): void {
    for (let row = 0; row < this.#rows; row++) {
      this.#logprobs[row * this.#places + place] = Number.NaN;
      this.#ranks[row * this.#places + place] = 0;
    }
  }

  finish(): LensCells {
    return {
      topK: this.topK,
      topIds: this.#topIds,
      topLogprobs: this.#topLogprobs,
      divergence: this.#divergence,
      logprobs: this.#logprobs,
      ranks: this.#ranks,
      firstLeads: Int32Array.from({ length: this.#places }, (_, place) => this.#firstLead(place)),
    };
  }

  #firstLead(place: number): number {
    const lead = (row: number) => this.#topIds[(row * this.#places + place) * this.topK];
    let row = 0;
    while (lead(row) !== lead(this.#rows - 1)) row++;
    return row;
  }
}
