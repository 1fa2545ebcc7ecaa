/** What pre-training takes when it is told nothing. */
import { parameterCount } from "../checkpoint/parameterNames";
import type { GPTConfig } from "../model/config";
import type { CorpusSource } from "../trainingDataProtocol";
import type { PretrainSettings } from "../trainingProtocol";

/** The model that is trained when none is named: nanoGPT's smallest, ten million parameters beside the vocabulary. */
export const smallConfig = { model_type: "gpt2", n_layer: 6, n_head: 6, n_embd: 384, n_positions: 256 } as const;
/** Tokens of a new vocabulary. */
export const defaultVocabulary = 8192;
/** Which files are taken when nothing else is said: all text but what programs wrote. */
export const defaultCorpus: Omit<CorpusSource, "root"> = {
  include: [],
  exclude: ["*.lock", "*-lock.*", "*.min.*", "*.map", "*.svg"],
  respectIgnoreFiles: true,
  maxFileBytes: 1_000_000,
};
/** Tokens of a micro-batch: what a machine with few gigabytes has room for. */
const microBatchTokens = 2048;

/**
 * Defaults for a model of such a size: the optimizer and schedule of GPT-3 (Brown et al. 2020, appendix B) with the learning rate that its
 * size asks for (Kaplan et al. 2020, appendix D.6: 0.003239 − 0.0001395 · ln N, N without embeddings), on sequences as long as its context;
 * no dropout, as a text is hardly seen twice.
 */
export function pretrainDefaults(config: GPTConfig, steps = 1000): PretrainSettings {
  const { nPositions, nEmbd, vocabSize } = config;
  const size = parameterCount(config) - nEmbd * (vocabSize + nPositions);
  const learningRate = Math.max(6e-5, 0.003239 - 0.0001395 * Math.log(Math.max(1, size)));
  const often = Math.max(1, Math.round(steps / 10));
  return {
    optimizer: {
      learningRate: Number(Math.min(1e-3, learningRate).toPrecision(2)),
      batchSize: 32,
      microBatchSize: Math.min(32, Math.max(1, Math.floor(microBatchTokens / nPositions))),
      warmup: 0.05,
      decay: "cosine",
      beta1: 0.9,
      beta2: 0.95,
      epsilon: 1e-8,
      weightDecay: 0.1,
      maxGradNorm: 1,
    },
    dropout: { embedding: 0, residual: 0, attention: 0 },
    sequenceLength: nPositions,
    steps,
    heldOutShare: 0.05,
    evaluateEvery: often,
    sampleEvery: often,
    checkpointEvery: often,
    seed: 0,
    recompute: false,
  };
}
