/** What a fine-tuning run may be told, and what it takes when it is not: a pure function of its input, without files. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import type {
  DropoutSettings,
  FineTuneSettings,
  OptimizerSettings,
  PretrainSettings,
  TrainingMethod,
} from "../trainingProtocol";

const share = z.number().min(0).max(1);
const dropoutShare = z.number().min(0).lt(1);
const seed = z.int().min(0).max(0xffffffff);
const steps = z.int().min(0).max(1_000_000_000);

/** Names of matrices of a block that adapters can be put on. */
export const adapterTargets = [
  "attn.c_attn",
  "attn.q_proj",
  "attn.k_proj",
  "attn.v_proj",
  "attn.c_proj",
  "mlp.c_fc",
  "mlp.c_proj",
] as const;

/** What is trained. */
export const trainingMethod = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("head") }),
  z.object({
    kind: z.literal("lora"),
    r: z.int().min(1).max(4096),
    loraAlpha: z.number().gt(0).max(1e6),
    loraDropout: dropoutShare,
    targetModules: z
      .array(z.enum(adapterTargets))
      .min(1)
      .refine((names) => new Set(names).size === names.length, { error: () => l10n.t("names a matrix twice") }),
  }),
  z.object({ kind: z.literal("full") }),
]) satisfies z.ZodType<TrainingMethod>;

/** How parameters are moved. */
export const optimizerSettings = z
  .object({
    learningRate: z.number().gt(0).max(10),
    batchSize: z.int().min(1).max(65_536),
    microBatchSize: z.int().min(1).max(65_536),
    warmup: share,
    decay: z.enum(["linear", "cosine", "constant"]),
    beta1: z.number().min(0).lt(1),
    beta2: z.number().min(0).lt(1),
    epsilon: z.number().gt(0).max(1),
    weightDecay: z.number().min(0).max(10),
    maxGradNorm: z.number().min(0).max(1e6),
  })
  .refine(({ batchSize, microBatchSize }) => microBatchSize <= batchSize, {
    error: () => l10n.t("must not be larger than batchSize"),
    path: ["microBatchSize"],
  }) satisfies z.ZodType<OptimizerSettings>;

const transformerDropout = { embedding: dropoutShare, residual: dropoutShare, attention: dropoutShare };

/** Shares of values that are dropped. */
export const dropoutSettings = z.object({
  ...transformerDropout,
  classifier: dropoutShare,
}) satisfies z.ZodType<DropoutSettings>;

/** Everything that a fine-tuning run depends on but the model and the data. */
export const fineTuneSettings = z
  .object({
    method: trainingMethod,
    optimizer: optimizerSettings,
    dropout: dropoutSettings,
    epochs: z.int().min(1).max(100_000),
    lmCoef: z.number().min(0).max(1000),
    headBias: z.boolean(),
    specialTokens: z.enum(["new", "existing"]),
    maxLength: z.int().min(5).max(1_000_000),
    evaluateEvery: steps,
    patience: steps,
    checkpointEvery: steps.min(1),
    seed,
    recompute: z.boolean(),
  })
  .refine(({ method, lmCoef }) => method.kind !== "head" || lmCoef === 0, {
    error: () => l10n.t("must be 0 for a head: the language model is not trained"),
    path: ["lmCoef"],
  })
  .refine(({ method, specialTokens }) => method.kind === "full" || specialTokens === "existing", {
    error: () => l10n.t('must be "existing" unless all parameters are trained: new rows would never learn'),
    path: ["specialTokens"],
  }) satisfies z.ZodType<FineTuneSettings>;

/** Everything that a pre-training run depends on but model and text. */
export const pretrainSettings = z.object({
  optimizer: optimizerSettings,
  dropout: z.object(transformerDropout),
  sequenceLength: z.int().min(2).max(1_000_000),
  steps: steps.min(1),
  heldOutShare: z.number().min(0).max(0.9),
  evaluateEvery: steps,
  sampleEvery: steps,
  checkpointEvery: steps.min(1),
  seed,
  recompute: z.boolean(),
}) satisfies z.ZodType<PretrainSettings>;

/** GPT-1's optimizer for fine-tuning (Radford et al. 2018 §4.1, and its code): every method's where it says nothing else. */
const gpt1Optimizer: OptimizerSettings = {
  learningRate: 6.25e-5,
  batchSize: 32,
  microBatchSize: 8,
  warmup: 0.002,
  decay: "linear",
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradNorm: 1,
};

/** GPT-1's recipe. */
const gpt1: FineTuneSettings = {
  method: { kind: "full" },
  optimizer: gpt1Optimizer,
  dropout: { embedding: 0.1, residual: 0.1, attention: 0.1, classifier: 0.1 },
  epochs: 3,
  lmCoef: 0.5,
  headBias: false,
  specialTokens: "new",
  maxLength: 256,
  evaluateEvery: 0,
  patience: 0,
  checkpointEvery: 50,
  seed: 0,
  recompute: false,
};

/** What each method takes when it is told nothing. */
export const fineTuneDefaults: { readonly [K in TrainingMethod["kind"]]: FineTuneSettings } = {
  full: gpt1,
  lora: {
    ...gpt1,
    method: { kind: "lora", r: 8, loraAlpha: 16, loraDropout: 0.05, targetModules: ["attn.c_attn"] },
    optimizer: { ...gpt1Optimizer, learningRate: 1e-3, warmup: 0.05 },
    specialTokens: "existing",
  },
  head: {
    ...gpt1,
    method: { kind: "head" },
    // Its states are computed once: small steps cost nothing, and it starts from nothing.
    optimizer: { ...gpt1Optimizer, learningRate: 3e-3, microBatchSize: 32, warmup: 0.05 },
    epochs: 20,
    lmCoef: 0,
    headBias: true,
    specialTokens: "existing",
    patience: 5,
    checkpointEvery: 1000,
  },
};
