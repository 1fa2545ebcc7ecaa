/** What a model needs of a device's memory, from its configuration alone: known before anything is loaded. */
import type { Device } from "../protocol";
import { cachedHeadSize } from "./attention";
import type { GPTConfig } from "./config";
import { deviceTraits } from "./deviceTraits";

/** Bytes of each part. */
export interface MemoryEstimate {
  /** Parameters as they lie in memory. */
  readonly weights: number;
  /** Key/value cache of one sequence. */
  readonly cache: number;
  /** Largest intermediate results of one pass. */
  readonly workspace: number;
  readonly total: number;
}

const float32Bytes = 4;

/**
 * Memory for generating and scoring with one sequence.
 * @param parameterBytes bytes of the parameters once they are read.
 * @param context tokens of the sequence; the model's full context when absent.
 */
export function estimateMemory(
  config: GPTConfig,
  device: Device,
  parameterBytes: number,
  context = config.nPositions,
): MemoryEstimate {
  const weights = parameterBytes + packedHead(config, device);
  const cache = 2 * config.nLayer * config.nHead * context * cachedHeadSize(config) * float32Bytes;
  const workspace = passWorkspace(config, Math.min(deviceTraits[device].passTokens, context), context);
  return { weights, cache, workspace, total: weights + cache + workspace };
}

/** Where matrices are packed for the kernels, a tied embedding is there for looking up and as output head. */
function packedHead({ tieWordEmbeddings, vocabSize, nEmbd, quantization }: GPTConfig, device: Device): number {
  if (!deviceTraits[device].packsMatrices || !tieWordEmbeddings) return 0;
  return vocabSize * nEmbd * (quantization?.embeddingBits ? 1 : float32Bytes);
}

/** Logits with their log-probabilities and products, or the widest layer's: whichever is more. */
function passWorkspace({ vocabSize, nInner, nEmbd, nHead }: GPTConfig, tokens: number, context: number): number {
  const predictions = 4 * tokens * vocabSize;
  const mlp = tokens * (2 * nInner + 2 * nEmbd);
  const attention = tokens * (3 * nEmbd + 2 * nHead * context);
  return float32Bytes * Math.max(predictions, mlp, attention);
}
