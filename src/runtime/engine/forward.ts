/** One forward pass over new tokens of a sequence, with its cache. */
import { predictionNames } from "../model/predictions";
import type { KVCache } from "./kvCache";
import type { LoadedModel } from "./loadedModel";
import { int32Tensor, int64Tensor, readFloat32, readInt64, type SessionTensor } from "./session";

/** What to compute besides the cache. */
export interface ForwardRequest {
  /** New tokens; they follow the cached ones. */
  readonly ids: readonly number[];
  /** Which of the new tokens' next-token distributions are wanted, counted from the first new token. */
  readonly rows: readonly number[];
  /** For each row, the token whose probability is asked. */
  readonly targets: readonly number[];
  /** Most probable tokens per row. */
  readonly topK: number;
  /** Outputs to bring back. */
  readonly outputs: readonly ForwardOutput[];
}

/** Outputs of the inference graph that can be asked for. */
export type ForwardOutput = "logits" | (typeof predictionNames)[keyof typeof predictionNames];

/** Results of a pass. */
export type ForwardResult = Readonly<Record<string, SessionTensor>>;

/** Distributions as numbers: one entry per row. */
export interface Predictions {
  readonly entropy: Float32Array;
  /** `[rows, K]`, best first. */
  readonly topIds: readonly number[];
  /** `[rows, K]`. */
  readonly topLogprobs: Float32Array;
}

/** Runs the model over `request.ids` and advances `cache`. The caller sees to it that they fit the context. */
export async function forward(model: LoadedModel, cache: KVCache, request: ForwardRequest): Promise<ForwardResult> {
  const { ids, rows, targets, topK } = request;
  const start = cache.length;
  const total = start + ids.length;
  if (total > cache.capacity) throw new RangeError(`${total} tokens exceed the context of ${cache.capacity}`);
  const feeds = {
    ...cache.feeds(),
    input_ids: int64Tensor(ids, [1, ids.length]),
    position_ids: int64Tensor(
      ids.map((_, i) => start + i),
      [1, ids.length],
    ),
    logit_rows: int64Tensor(rows, [rows.length]),
    targets: int64Tensor(targets, [rows.length]),
    top_k: int64Tensor([Math.max(1, Math.min(topK, model.config.vocabSize))], [1]),
    seqlens_k: int32Tensor([total - 1], [1]),
    total_sequence_length: int32Tensor([total], []),
  };
  const wanted = Object.fromEntries(request.outputs.map((name) => [name, null]));
  const outputs = await model.session.run(feeds, { ...wanted, ...cache.fetches() });
  cache.advance(ids.length, outputs);
  return outputs;
}

/** The outputs that every shown prediction needs. */
export const predictionOutputs = [
  predictionNames.entropy,
  predictionNames.topIds,
  predictionNames.topLogprobs,
] as const satisfies readonly ForwardOutput[];

/** Reads `predictionOutputs` of a pass. */
export function readPredictions(result: ForwardResult): Predictions {
  return {
    entropy: readFloat32(result, predictionNames.entropy),
    topIds: readInt64(result, predictionNames.topIds),
    topLogprobs: readFloat32(result, predictionNames.topLogprobs),
  };
}
