/** Writes a trace as safetensors, named and shaped as the reference data. */
import { type TensorToWrite, type WriteOptions, writeSafetensors } from "../checkpoint/safetensorsWriter";
import type { GPTConfig } from "../model/config";
import { denseProbabilities, type Trace } from "./trace";

/**
 * Writes `logits` [B, T, V], `hidden_states` [L + 1, B, T, C], `attentions` [L, B, H, T, T], `token_logprobs` [B, T − 1], `attn_out`,
 * `mlp_out`, `block_out` [L, B, T, C], all float32. Throws as `writeSafetensors` does.
 */
export function writeTrace(
  path: string,
  trace: Trace,
  ids: readonly (readonly number[])[],
  config: GPTConfig,
  options: WriteOptions,
): Promise<void> {
  const { batch: B, tokens: T } = trace;
  const { nLayer: L, nHead: H, nEmbd: C, vocabSize: V } = config;
  const layers = function* (parts: readonly Float32Array[]) {
    for (const part of parts) yield bytesOf(part);
  };
  const attentions = function* () {
    for (const layer of trace.attentions) yield bytesOf(denseProbabilities(layer, H, trace));
  };
  const tensor = (name: string, shape: readonly number[], bytes: TensorToWrite["bytes"]): TensorToWrite => ({
    name,
    dtype: "F32",
    shape,
    bytes,
  });
  const tensors = [
    tensor("logits", [B, T, V], () => [bytesOf(trace.logits)]),
    tensor("hidden_states", [L + 1, B, T, C], () => layers(trace.hiddenStates)),
    tensor("attentions", [L, B, H, T, T], attentions),
    tensor("token_logprobs", [B, T - 1], () => [bytesOf(tokenLogprobs(trace, ids, V))]),
    tensor("attn_out", [L, B, T, C], () => layers(trace.attnOut)),
    tensor("mlp_out", [L, B, T, C], () => layers(trace.mlpOut)),
    tensor("block_out", [L, B, T, C], () => layers(trace.blockOut)),
  ];
  return writeSafetensors(path, tensors, options);
}

/** ln p(token t + 1 | tokens up to t): [B, T − 1]. */
function tokenLogprobs(
  { logits, tokens }: Trace,
  ids: readonly (readonly number[])[],
  vocabSize: number,
): Float32Array {
  const found = ids.flatMap((row, sequence) =>
    row.slice(1).map((id, t) => {
      const start = (sequence * tokens + t) * vocabSize;
      const all = logits.subarray(start, start + vocabSize);
      const max = all.reduce((a, b) => Math.max(a, b));
      const sum = all.reduce((total, x) => total + Math.exp(x - max), 0);
      return (all[id] ?? Number.NaN) - max - Math.log(sum);
    }),
  );
  return Float32Array.from(found);
}

function bytesOf(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
