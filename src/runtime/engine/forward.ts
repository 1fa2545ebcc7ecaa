/** One forward pass over new tokens of a sequence, with its cache. */
import { lengthInputs } from "../model/attention";
import { predictionNames } from "../model/predictions";
import type { KVCache } from "./kvCache";
import type { LoadedModel } from "./loadedModel";
import { hostBytes, int32Tensor, int64Tensor, readFloat32, readInt64 } from "./session";

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
  const feeds = { ...cache.feeds(), ...inputs(model, cache, request) };
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

function inputs(model: LoadedModel, cache: KVCache, { ids, rows, targets, topK }: ForwardRequest) {
  const start = cache.length;
  const total = start + ids.length;
  if (total > cache.capacity) throw new RangeError(`${total} tokens exceed the context of ${cache.capacity}`);
  const positions = ids.map((_, i) => start + i);
  return {
    input_ids: int64Tensor(ids, [1, ids.length]),
    position_ids: int64Tensor(positions, [1, ids.length]),
    logit_rows: int64Tensor(rows, [rows.length]),
    targets: int64Tensor(targets, [rows.length]),
    top_k: int64Tensor([Math.max(1, Math.min(topK, model.config.vocabSize))], [1]),
    ...(lengthInputs(model.config).dense && {
      seqlens_k: int32Tensor([total - 1], [1]),
      total_sequence_length: int32Tensor([total], []),
    }),
    ...(lengthInputs(model.config).sparse && { past_length: int64Tensor([start], [1]) }),
  };
}
