/** One forward pass over new tokens of a sequence, with its cache. */
import { lengthInputs, mostInParts } from "../model/attention";
import { deviceTraits } from "../model/deviceTraits";
import { predictionNames } from "../model/predictions";
import type { KVCache } from "./kvCache";
import type { LoadedModel } from "./loadedModel";
import { boolTensor, float32Tensor, hostBytes, int32Tensor, int64Tensor, readFloat32, readInt64 } from "./session";

/** What to predict. */
export interface ForwardRequest {
  /** New tokens; they follow the cached ones. */
  readonly ids: readonly number[];
  /** Which of the new tokens' next-token distributions are wanted (one at least), counted from the first new token. */
  readonly rows: readonly number[];
  /** For each row, the token whose probability is asked. */
  readonly targets: readonly number[];
  /** Most probable tokens per row. */
  readonly topK: number;
  /**
   * For each new token, the place among the new tokens of the one it follows, which stands before it; −1 where that is the last cached
   * one. Absent, they follow each other. Dense models only: see `canBranch`.
   */
  readonly parents?: readonly number[];
}

/** Whether one pass may read tokens of different branches: sparse layers know only one sequence. */
export function canBranch({ config }: Pick<LoadedModel, "config">): boolean {
  return !lengthInputs(config).sparse;
}

/** Distributions at the rows that were asked for, all over the full vocabulary. */
export interface Predictions {
  /** `[V]`: natural logarithms of the last row's probabilities. On a device it is fetched when it is asked for, and gone with the cache's next pass. */
  lastLogprobs(): Promise<Float32Array>;
  /** What to add to `lastLogprobs` for the last row's logits. */
  readonly lastLogSumExp: number;
  /** `[rows]`, natural logarithms. */
  readonly targetLogprobs: Float32Array;
  /** `[rows]`, 1 for the most probable token. */
  readonly targetRanks: Float32Array;
  /** `[rows]`, bits. */
  readonly entropy: Float32Array;
  /** `[rows, K]`, best first. */
  readonly topIds: readonly number[];
  /** `[rows, K]`. */
  readonly topLogprobs: Float32Array;
}

/**
 * Runs the model over `request.ids` and advances `cache`. Throws `RangeError` when they do not fit the context.
 *
 * Every output is fetched every time: on WebGPU onnxruntime keeps writing to the buffer of one that is left out, and fails when its
 * shape changes.
 */
export async function forward(model: LoadedModel, cache: KVCache, request: ForwardRequest): Promise<Predictions> {
  const { ids } = request;
  const fetched = Object.fromEntries(Object.values(predictionNames).map((name) => [name, null]));
  const feeds = { ...cache.feeds(ids.length), ...inputs(model, cache, request) };
  const outputs = await model.session.run(feeds, { ...fetched, ...cache.fetches() });
  cache.advance(ids, outputs);
  model.traffic.bytes += hostBytes(outputs);
  const row = outputs[predictionNames.lastLogprobs];
  if (!row) throw new TypeError("the last row is missing");
  cache.hold(row);
  return {
    lastLogprobs: () => model.rows.read(row),
    lastLogSumExp: readFloat32(outputs, predictionNames.lastLogSumExp)[0] ?? 0,
    targetLogprobs: readFloat32(outputs, predictionNames.targetLogprobs),
    targetRanks: readFloat32(outputs, predictionNames.targetRanks),
    entropy: readFloat32(outputs, predictionNames.entropy),
    topIds: readInt64(outputs, predictionNames.topIds),
    topLogprobs: readFloat32(outputs, predictionNames.topLogprobs),
  };
}

function inputs(model: LoadedModel, cache: KVCache, { ids, rows, targets, topK, parents }: ForwardRequest) {
  const start = cache.length;
  const total = start + ids.length;
  if (total > cache.capacity) throw new RangeError(`${total} tokens exceed the context of ${cache.capacity}`);
  const positions = parents ? depths(parents).map((depth) => start + depth) : ids.map((_, i) => start + i);
  return {
    input_ids: int64Tensor(ids, [1, ids.length]),
    position_ids: int64Tensor(positions, [1, ids.length]),
    logit_rows: int64Tensor(rows, [rows.length]),
    targets: int64Tensor(targets, [rows.length]),
    top_k: int64Tensor([Math.max(1, Math.min(topK, model.config.vocabSize))], [1]),
    ...(lengthInputs(model.config).dense && {
      seqlens_k: int32Tensor([total - 1], [1]),
      total_sequence_length: int32Tensor([total], []),
      ...biases(model, cache, ids.length, parents),
    }),
    ...(lengthInputs(model.config).sparse && { past_length: int64Tensor([start], [1]) }),
  };
}

/** What is added to the scores of `count` new tokens, in the way in which the graph attends to them. */
function biases(model: LoadedModel, cache: KVCache, count: number, parents: readonly number[] | undefined) {
  const start = cache.length;
  const row = (values: Float32Array, width: number) => float32Tensor(values, [1, 1, count, width]);
  const unused = float32Tensor(new Float32Array(1), [1, 1, 1, 1]);
  const fused = () => row(attentionBias(start, count, parents), start + count);
  if (deviceTraits[model.info.device].cacheUse.attending === "fused") return { attention_bias: fused() };
  if (count > mostInParts) return { in_parts: boolTensor(false), attention_bias: fused(), parts_bias: unused };
  const parts = row(biasInParts(start, cache.room, count, parents), cache.room + count);
  return { in_parts: boolTensor(true), attention_bias: unused, parts_bias: parts };
}

/** How many new tokens stand before each one in its own branch. */
function depths(parents: readonly number[]): number[] {
  const found: number[] = [];
  for (const parent of parents) found.push(parent < 0 ? 0 : (found[parent] ?? 0) + 1);
  return found;
}

/** What is added to the scores of `count` new tokens, `[count, start + count]`: other branches are hidden. */
function attentionBias(start: number, count: number, parents: readonly number[] | undefined): Float32Array {
  const width = start + count;
  const bias = new Float32Array(count * width);
  if (!parents) return bias;
  for (let i = 0; i < count; i++) {
    bias.fill(hidden, i * width + start, (i + 1) * width);
    for (let seen = i; seen >= 0; seen = parents[seen] ?? -1) bias[i * width + start + seen] = 0;
  }
  return bias;
}

/** The same where cached and new keys are not joined, `[count, room + count]`: rows that are not used yet, and later tokens, are hidden. */
function biasInParts(start: number, room: number, count: number, parents: readonly number[] | undefined): Float32Array {
  const width = room + count;
  const bias = new Float32Array(count * width).fill(hidden);
  for (let i = 0; i < count; i++) {
    bias.fill(0, i * width, i * width + start);
    if (parents) for (let seen = i; seen >= 0; seen = parents[seen] ?? -1) bias[i * width + room + seen] = 0;
    else bias.fill(0, i * width + room, i * width + room + i + 1);
  }
  return bias;
}

/** Finite, so that no difference of two of them is NaN. */
const hidden = -1e30;
