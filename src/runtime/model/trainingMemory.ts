/** What a training step needs of memory, from configuration and settings alone: known before anything is loaded. */
import type { TrainingEstimate, TrainingMethod } from "../trainingProtocol";
import type { GPTConfig } from "./config";
import { chunkRows } from "./crossEntropy";
import { headShapes, type Objective } from "./heads";
import { loraShapes } from "./lora";
import { blocking } from "./sparseAttention";

/** What memory depends on besides the model. */
export interface TrainingMemoryOptions {
  readonly objective: Objective;
  readonly method: TrainingMethod;
  /** Sequences of one pass: of multiple choice, all choices of its items. */
  readonly microBatchSize: number;
  /** Tokens of a sequence. */
  readonly length: number;
  readonly recompute: boolean;
  /** Whether a step has several micro-batches, whose gradients are summed. Default false. */
  readonly accumulates?: boolean;
  /** Whether anything is dropped but at the classifier. Default true. */
  readonly drops?: boolean;
}

/** Bytes of each part, of the fullest moment; `available` is for the device to say. */
export type TrainingMemory = Omit<TrainingEstimate["memory"], "available">;

const float32Bytes = 4;
/** The allocator's gaps between what lies in memory. */
const gaps = 1.15;

/** Memory of a step, without what the process itself takes (about 80 MB). */
export function estimateTrainingMemory(config: GPTConfig, options: TrainingMemoryOptions): TrainingMemory {
  const base = baseParameters(config);
  const extra = extraParameters(config, options);
  const trained = options.method.kind === "full" ? base + extra : extra;
  const parameters = float32Bytes * (base + extra);
  const gradients = float32Bytes * trained * (options.accumulates ? 2 : 1);
  const moments = 2 * float32Bytes * trained;
  const activations = Math.round(gaps * float32Bytes * activationCount(config, options));
  return { parameters, gradients, moments, activations, total: parameters + gradients + moments + activations };
}

/** Scalars in the model's parameters. */
function baseParameters({ nEmbd: C, nInner: I, ...config }: GPTConfig): number {
  const projections = config.qkvProjection === "fused" ? 3 * C * C + 3 * C : 3 * C * C;
  const block = projections + C * C + C + 2 * C * I + I + C + 4 * C;
  const tables = (config.vocabSize * (config.tieWordEmbeddings ? 1 : 2) + config.nPositions) * C;
  return config.nLayer * block + tables + (config.normPlacement === "pre" ? 2 * C : 0);
}

/** Scalars in low-rank factors and head. */
function extraParameters(config: GPTConfig, { method, objective }: TrainingMemoryOptions): number {
  const factors = method.kind === "lora" ? loraShapes(config, method) : new Map<string, readonly number[]>();
  const shapes = [...factors.values(), ...headShapes(objective, config.nEmbd).values()];
  return shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** Numbers that are in memory at once besides parameters: what blocks keep, and the largest step's intermediate results. */
function activationCount(config: GPTConfig, options: TrainingMemoryOptions): number {
  const { microBatchSize, length, recompute, method } = options;
  const tokens = microBatchSize * length;
  const layers = Array.from({ length: config.nLayer }, (_, layer) => tokens * keptOfBlock(config, layer, options));
  const largest = Math.max(...layers);
  const working = Math.max(blockWorkspace(config, options), headWorkspace(config, options));
  if (method.kind === "head") return largest + tokens * config.nEmbd + working;
  const kept = recompute ? tokens * config.nEmbd * config.nLayer + largest : layers.reduce((a, b) => a + b, 0);
  return kept + tokens * config.nEmbd * 3 + working;
}

/**
 * Per token, from the forward to the backward pass: norms, q, k, v, heads and residual sums, the MLP before and after its activation, and
 * the probabilities; with dropout masks and what they leave.
 */
function keptOfBlock(config: GPTConfig, layer: number, { length, drops = true }: TrainingMemoryOptions): number {
  const { nEmbd: C, nInner: I, nHead: H } = config;
  const seen = H * keysSeen(config, layer, length);
  return 8 * C + 2 * I + seen + (drops ? 2 * C + 2 * seen : 0);
}

/** Keys whose probability is computed for a query. */
function keysSeen({ attentionPatterns }: GPTConfig, layer: number, length: number): number {
  const pattern = attentionPatterns[layer];
  if (!pattern || pattern.kind === "dense") return length;
  const { size, before } = blocking(pattern);
  const columns = pattern.kind === "strided" ? Math.ceil(length / size) : 0;
  return (before + 1) * size + columns;
}

/** Of a block's backward pass: the activation's derivative, or the scores' gradients. */
function blockWorkspace(config: GPTConfig, { microBatchSize, length }: TrainingMemoryOptions): number {
  const { nInner: I, nHead: H, nEmbd: C } = config;
  const seen = config.attentionPatterns.map((_, layer) => keysSeen(config, layer, length));
  return microBatchSize * length * (Math.max(5 * I, 4 * H * Math.max(...seen)) + 4 * C);
}

/** Of the loss over the vocabulary: a chunk's logits and probabilities, and the table's gradient while it is added to. */
function headWorkspace(
  config: GPTConfig,
  { objective, microBatchSize, length, method }: TrainingMemoryOptions,
): number {
  if (objective.kind !== "languageModel" && objective.lmCoef === 0) return 0;
  const rows = chunkRows(microBatchSize * length, config.vocabSize);
  const table = method.kind === "full" ? 2 * config.vocabSize * config.nEmbd : 0;
  return 3 * rows * config.vocabSize + table;
}
