/** What the training forms begin with. Knows nothing of VS Code. */
import { fineTuneDefaults } from "../../runtime/training/settings";
import type {
  FineTuneField,
  FineTuneValues,
  MethodKind,
  PretrainField,
  PretrainValues,
} from "../../runtime/trainingPanelProtocol";

type Numbers<K extends string> = Readonly<Record<K, number>>;

/** Numbers of the data set, which no method changes. */
const dataDefaults = { devShare: 0.1, testShare: 0.1, splitSeed: 0 } as const;

/** Numbers of a method. `limit` is left out: all. */
export function fineTuneNumbers(method: MethodKind): Numbers<Exclude<FineTuneField, "limit">> {
  const { optimizer, dropout, method: own, ...settings } = fineTuneDefaults[method];
  const lora = own.kind === "lora" ? own : fineTuneDefaults.lora.method;
  return {
    ...pick(optimizer, optimizerKeys),
    ...{ dropoutEmbedding: dropout.embedding, dropoutResidual: dropout.residual },
    ...{ dropoutAttention: dropout.attention, dropoutClassifier: dropout.classifier },
    ...pick(settings, ["epochs", "lmCoef", "maxLength", "evaluateEvery", "patience", "checkpointEvery", "seed"]),
    ...(lora.kind === "lora" ? pick(lora, ["r", "loraAlpha", "loraDropout"]) : { r: 8, loraAlpha: 16, loraDropout: 0 }),
    ...dataDefaults,
  };
}

/** Choices that hang on the method. */
export function methodChoices(method: MethodKind): Pick<FineTuneValues, "specialTokens" | "headBias" | "decay"> {
  const { specialTokens, headBias, optimizer } = fineTuneDefaults[method];
  return { specialTokens, headBias, decay: optimizer.decay };
}

/** Numbers of the optimizer that both kinds of training have. */
export const optimizerKeys = [
  ...(["learningRate", "batchSize", "microBatchSize", "warmup"] as const),
  ...(["beta1", "beta2", "epsilon", "weightDecay", "maxGradNorm"] as const),
];

/** The named properties of `from`. */
export function pick<T, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, from[key]])) as Pick<T, K>;
}

/** Numbers of pre-training: GPT-2's and GPT-3's optimizer (Brown et al. 2020, appendix B), sizes for a processor. */
export const pretrainDefaults: Numbers<PretrainField> = {
  learningRate: 6e-4,
  batchSize: 16,
  microBatchSize: 8,
  warmup: 0.05,
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  maxGradNorm: 1,
  dropoutEmbedding: 0,
  dropoutResidual: 0,
  dropoutAttention: 0,
  evaluateEvery: 50,
  checkpointEvery: 50,
  seed: 0,
  sequenceLength: 128,
  steps: 1000,
  heldOutShare: 0.05,
  sampleEvery: 100,
  vocabulary: 4096,
  nLayer: 4,
  nHead: 4,
  nEmbd: 128,
  nPositions: 128,
  maxFileKilobytes: 512,
};

/** Matrices that LoRA is put on unless others are chosen. */
export const defaultModules: readonly string[] =
  fineTuneDefaults.lora.method.kind === "lora" ? fineTuneDefaults.lora.method.targetModules : [];

/** Names of the papers' sizes, and one that is all the user's own. */
export const presetNames = [
  "custom",
  ...["gpt1", "gpt2-small", "gpt2-medium", "gpt2-large", "gpt2-xl"],
  ...["gpt3-small", "gpt3-medium", "gpt3-large", "gpt3-xl", "gpt3-2.7b", "gpt3-6.7b", "gpt3-13b"],
] as const;

/** Families of a size of one's own, by `model_type`. */
export const families = ["gpt2", "openai-gpt", "gpt3"] as const;

/** Text that a workspace most likely has, and folders that hold none of its own. */
export const corpusGlobs: Pick<PretrainValues, "include" | "exclude"> = {
  include: "**/*.{md,txt,rst,py,ts,tsx,js,jsx,java,c,h,cpp,hpp,cs,go,rs,rb,php,swift,kt,html,css}",
  exclude: "**/node_modules/**\n**/out/**\n**/dist/**\n**/*.min.*",
};
