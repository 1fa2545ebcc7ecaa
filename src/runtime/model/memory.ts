/** What a model needs of a device's memory, from its configuration alone: known before anything is loaded. */
import type { Device } from "../protocol";
import { cachedHeadSize } from "./attention";
import type { GPTConfig } from "./config";

/**
 * Tokens scored in one pass. On the CPU, 64: logits of a stretch over 50,257 words are 13 MB, and on two cores GPT-2 small takes about
 * 0.3 s. On WebGPU, 31: from 32 on onnxruntime 1.30 takes another kernel, which gives wrong results where subgroups are narrow (seen
 * with SwiftShader's 4); the parity suite holds this.
 */
export const passTokens: { readonly [D in Device]: number } = { cpu: 64, webgpu: 31 };

/**
 * Tokens read in one pass where few distributions are asked: a prompt. On the CPU, 128 take GPT-2 small some 0.15 s, after which a
 * cancellation is seen; 512 tokens so take 0.62 s, 0.71 s in passes of 64 and 0.59 s in passes of 256.
 */
export const promptPassTokens: { readonly [D in Device]: number } = { cpu: 128, webgpu: passTokens.webgpu };

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
  const workspace = passWorkspace(config, Math.min(passTokens[device], context), context);
  return { weights, cache, workspace, total: weights + cache + workspace };
}

/** On the CPU onnxruntime packs matrices for its kernels: a tied embedding is there for looking up and as output head. */
function packedHead({ tieWordEmbeddings, vocabSize, nEmbd, quantization }: GPTConfig, device: Device): number {
  if (device !== "cpu" || !tieWordEmbeddings) return 0;
  return vocabSize * nEmbd * (quantization?.embeddingBits ? 1 : float32Bytes);
}

/** Logits with their log-probabilities and products, or the widest layer's: whichever is more. */
function passWorkspace({ vocabSize, nInner, nEmbd, nHead }: GPTConfig, tokens: number, context: number): number {
  const predictions = 4 * tokens * vocabSize;
  const mlp = tokens * (2 * nInner + 2 * nEmbd);
  const attention = tokens * (3 * nEmbd + 2 * nHead * context);
  return float32Bytes * Math.max(predictions, mlp, attention);
}
