/** What the training forms begin with. Knows nothing of VS Code. */
import type {
  FineTuneField,
  FineTuneValues,
  MethodKind,
  PretrainField,
  PretrainValues,
} from "../../runtime/trainingPanelProtocol";

type Numbers<K extends string> = Readonly<Record<K, number>>;

/** GPT-1's recipe for fine-tuning (Radford et al. 2018 §4.1): AdamW, clipping at 1, dropout 0.1, 3 epochs of batches of 32. */
const recipe: Numbers<Exclude<FineTuneField, "limit">> = {
  learningRate: 6.25e-5,
  batchSize: 32,
  microBatchSize: 8,
  warmup: 0.002,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradNorm: 1,
  dropoutEmbedding: 0.1,
  dropoutResidual: 0.1,
  dropoutAttention: 0.1,
  dropoutClassifier: 0.1,
  evaluateEvery: 0,
  checkpointEvery: 50,
  seed: 0,
  epochs: 3,
  lmCoef: 0.5,
  maxLength: 256,
  patience: 0,
  r: 8,
  loraAlpha: 16,
  loraDropout: 0.05,
  devShare: 0.1,
  testShare: 0.1,
  splitSeed: 0,
};

/** A head alone starts from nothing: larger steps, more epochs; LoRA's steps are larger than those of all parameters. */
const byMethod: { readonly [K in MethodKind]: Partial<Numbers<FineTuneField>> } = {
  head: { learningRate: 1e-3, epochs: 20, lmCoef: 0, warmup: 0.05, patience: 5 },
  lora: { learningRate: 3e-4, warmup: 0.05 },
  full: {},
};

/** Numbers of a method. `limit` is left out: all. */
export function fineTuneDefaults(method: MethodKind): Numbers<Exclude<FineTuneField, "limit">> {
  return { ...recipe, ...byMethod[method] };
}

/** What of the choices hangs on the method. */
export function methodChoices(method: MethodKind): Pick<FineTuneValues, "specialTokens"> {
  return { specialTokens: method === "full" ? "new" : "existing" };
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
  nPositions: 256,
  maxFileKilobytes: 512,
};

/** Matrices of a block that LoRA can be put on (Hu et al. 2021 §4.2 takes those of attention). */
export const loraModules = ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"] as const;
/** Those that it is put on unless others are chosen. */
export const defaultModules: readonly string[] = ["attn.c_attn"];

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
