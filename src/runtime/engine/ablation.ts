/** Switches heads and MLPs off, and tells what becomes of a token's probability. */
import type { Ablated, WatchedToken } from "../analysisProtocol";
import type { LayerRange } from "../model/partGraph";
import type { LoadedModel } from "./loadedModel";
import { passes, type Turn } from "./passes";
import { checkTokenIds } from "./score";
import { float32Tensor, int64Tensor, readFloat32, type SessionTensor } from "./session";

/** How to ablate. */
export interface AblationOptions extends Turn {
  /** Counts every item once in the whole model and once without each set. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** ln p of the watched tokens. */
export interface AblationResult {
  /** [items], in the whole model. */
  readonly baseline: readonly number[];
  /** [sets][items]: without the set, less the baseline. */
  readonly differences: readonly (readonly number[])[];
}

/** What is switched off together. */
export type AblatedSet = readonly Ablated[];

/** Padded tokens, and sequences, of one pass. */
const passLimits = { tokens: 512, rows: 64 };

/**
 * ln p of every item's token without each of `sets`. Only the tokens before the place are read. What a set leaves as it is, the parts of
 * the model below its lowest layer, is computed once for all sets, so that an empty one changes nothing to the last bit.
 * Throws `invalidTokenIds`; `RangeError` for a place outside its text or the context, and for a head or layer that the model has not;
 * `notEnoughMemory`; `CancelledError`.
 */
export async function ablate(
  model: LoadedModel,
  items: readonly WatchedToken[],
  sets: readonly AblatedSet[],
  options: AblationOptions,
): Promise<AblationResult> {
  for (const item of items) checkItem(model, item);
  for (const ablated of sets.flat()) checkAblated(model, ablated);
  const baseline = items.map(() => 0);
  const differences = sets.map(() => items.map(() => 0));
  const total = items.length * (sets.length + 1);
  let done = 0;
  for (const indices of batches(items)) {
    const batch = new Batch(
      model,
      indices.flatMap((i) => items[i] ?? []),
      options,
    );
    const report = (runs: number) => {
      done += runs * indices.length;
      options.onProgress?.(done, total);
    };
    const whole = await batch.whole();
    for (const [row, i] of indices.entries()) baseline[i] = whole[row] ?? Number.NaN;
    report(1 + sets.filter((set) => set.length === 0).length);
    for (const group of batch.groups(sets)) {
      const found = await batch.without(group.map((s) => sets[s] ?? []));
      for (const [at, s] of group.entries())
        for (const [row, i] of indices.entries())
          (differences[s] ?? [])[i] = (found[at * indices.length + row] ?? Number.NaN) - (whole[row] ?? Number.NaN);
      report(group.length);
    }
  }
  return { baseline, differences };
}

function checkItem({ config }: LoadedModel, { ids, place, id }: WatchedToken): void {
  checkTokenIds([...ids, id], config.vocabSize);
  const most = Math.min(ids.length, config.nPositions);
  if (!(place >= 1 && place <= most)) throw new RangeError(`place ${place} is not from 1 to ${most}`);
}

function checkAblated({ config: { nLayer, nHead } }: LoadedModel, ablated: Ablated): void {
  if (ablated.layer >= nLayer) throw new RangeError(`layer ${ablated.layer} of ${nLayer}`);
  if (ablated.kind === "head" && ablated.head >= nHead) throw new RangeError(`head ${ablated.head} of ${nHead}`);
}

/** Indices of items that go through the model together: those of like length, so that little is padded. */
function batches(items: readonly WatchedToken[]): number[][] {
  const place = (i: number) => items[i]?.place ?? 0;
  const found: number[][] = [];
  for (const i of [...items.keys()].sort((a, b) => place(b) - place(a))) {
    const batch = found.at(-1);
    const length = place(batch?.[0] ?? i);
    const fits = batch && batch.length < passLimits.rows && (batch.length + 1) * length <= passLimits.tokens;
    if (fits) batch.push(i);
    else found.push([i]);
  }
  return found;
}

/** B items on their way through the parts of a model, padded at the right to T tokens. */
class Batch {
  readonly #model: LoadedModel;
  readonly #items: readonly WatchedToken[];
  readonly #turn: Turn;
  /** T */
  readonly #tokens: number;
  /** What each part of the whole model was given: [B, T, C]; empty for the first, which is given the tokens. */
  readonly #states: Float32Array[] = [];

  constructor(model: LoadedModel, items: readonly WatchedToken[], turn: Turn) {
    this.#model = model;
    this.#items = items;
    this.#turn = turn;
    this.#tokens = Math.max(...items.map(({ place }) => place));
  }

  /** ln p [B] in the whole model; what happens between its parts is kept for `without`. */
  async whole(): Promise<Float32Array> {
    let state: Float32Array = new Float32Array();
    for (const part of this.#model.parts.ranges.keys()) {
      this.#states[part] = state;
      state = await this.#run(part, state, [[]]);
    }
    return state;
  }

  /** Indices of sets that are computed together: as many as a pass holds, of those that begin in the same part. Empty ones are left out. */
  groups(sets: readonly AblatedSet[]): number[][] {
    const { rows, tokens } = passLimits;
    const copies = Math.max(1, Math.min(Math.floor(rows / this.#items.length), Math.floor(tokens / this.#padded)));
    return [...this.#model.parts.ranges.keys()].flatMap((part) => {
      const begin = [...sets.keys()].filter((s) => this.#firstPart(sets[s] ?? []) === part);
      return Array.from({ length: Math.ceil(begin.length / copies) }, (_, i) =>
        begin.slice(i * copies, (i + 1) * copies),
      );
    });
  }

  /** ln p [sets, B] without each of `sets`, which begin in the same part. */
  async without(sets: readonly AblatedSet[]): Promise<Float32Array> {
    const first = this.#firstPart(sets[0] ?? []);
    let state = repeated(this.#states[first] ?? new Float32Array(), sets.length);
    for (let part = first; part < this.#model.parts.ranges.length; part++) state = await this.#run(part, state, sets);
    return state;
  }

  /** B·T */
  get #padded(): number {
    return this.#items.length * this.#tokens;
  }

  /** The lowest part with something switched off; none, −1, for an empty set. */
  #firstPart(set: AblatedSet): number {
    return set.length === 0 ? -1 : Math.min(...set.map(({ layer }) => this.#model.parts.partOf(layer)));
  }

  /** The next part's state, or the last one's ln p, for as many copies of the batch as there are sets. */
  async #run(part: number, state: Float32Array, sets: readonly AblatedSet[]): Promise<Float32Array> {
    const { ranges } = this.#model.parts;
    const session = await this.#model.parts.session(part);
    const output = part === ranges.length - 1 ? "target_logprobs" : "next_state";
    const feeds = this.#feeds(part, state, sets);
    return passes.run(this.#turn, async () => readFloat32(await session.run(feeds, { [output]: null }), output));
  }

  #feeds(part: number, state: Float32Array, sets: readonly AblatedSet[]): Record<string, SessionTensor> {
    const { ranges } = this.#model.parts;
    const T = this.#tokens;
    const items = sets.flatMap(() => this.#items);
    const shape = [items.length, T];
    const padded = (value: (item: WatchedToken, t: number) => number) =>
      int64Tensor(
        items.flatMap((item) => Array.from({ length: T }, (_, t) => value(item, t))),
        shape,
      );
    const first = () => ({
      input_ids: padded(({ ids, place }, t) => (t < place ? (ids[t] ?? 0) : 0)),
      position_ids: padded((_, t) => t),
    });
    const last = () => ({
      logit_rows: int64Tensor(
        items.map(({ place }, row) => row * T + place - 1),
        [items.length],
      ),
      targets: int64Tensor(
        items.map(({ id }) => id),
        [items.length],
      ),
    });
    return {
      attention_mask: padded(({ place }, t) => (t < place ? 1 : 0)),
      ...this.#gates(ranges[part] ?? { from: 0, to: 0 }, sets),
      ...(part === 0 ? first() : { state: float32Tensor(state, [...shape, this.#model.config.nEmbd]) }),
      ...(part === ranges.length - 1 && last()),
    };
  }

  /** 1 for what goes through: of every item, [sets·B, layers, H] and [sets·B, layers]. */
  #gates({ from, to }: LayerRange, sets: readonly AblatedSet[]): Record<string, SessionTensor> {
    const [B, L, H] = [this.#items.length, to - from, this.#model.config.nHead];
    const heads = new Float32Array(sets.length * B * L * H).fill(1);
    const mlps = new Float32Array(sets.length * B * L).fill(1);
    for (let row = 0; row < sets.length * B; row++)
      for (const ablated of sets[Math.floor(row / B)] ?? []) {
        if (ablated.layer < from || ablated.layer >= to) continue;
        const place = row * L + ablated.layer - from;
        if (ablated.kind === "mlp") mlps[place] = 0;
        else heads[place * H + ablated.head] = 0;
      }
    return {
      head_gates: float32Tensor(heads, [sets.length * B, L, H]),
      mlp_gates: float32Tensor(mlps, [sets.length * B, L]),
    };
  }
}

function repeated(values: Float32Array, times: number): Float32Array {
  const all = new Float32Array(values.length * times);
  for (let i = 0; i < times; i++) all.set(values, i * values.length);
  return all;
}
