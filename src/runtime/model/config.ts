/**
 * What a GPT is, as data: everything in which the families differ. `parseGPTConfig` reads it from a model folder's config.json
 * and `formatGPTConfig` writes it; foreign snake_case stops there.
 */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidConfig, unsupportedModel } from "../errors";
import type { AttentionPattern } from "./attentionPattern";
import { brief } from "./configKeys";
import { formatGPT1, formatGPT2, formatGPT3, formatGPTNeo } from "./configWriter";
import { parseGPT1, parseGPT2, parseGPT3, parseGPTNeo } from "./families";
import { formatQuantization, parseQuantization, type Quantization } from "./quantization";

/** Family of a model, as `model_type` in config.json. `gpt3` is ours: GPT-2 with sparse layers. */
export type ModelType = "openai-gpt" | "gpt2" | "gpt_neo" | "gpt3";

/** Non-linearity of the feed-forward layer. `gelu_new` is the tanh approximation, `gelu` the exact one with erf. */
export type ActivationFunction = "gelu_new" | "gelu" | "relu" | "silu" | "quick_gelu";

/** Shape and variant of a GPT, checked. */
export interface GPTConfig extends Architecture {
  /** How the matrices of blocks are stored when not as floating-point numbers. Default null: they are. */
  readonly quantization: Quantization | null;
}

/** What a GPT computes, however its numbers are stored. */
export interface Architecture {
  readonly modelType: ModelType;
  /** Number of blocks. */
  readonly nLayer: number;
  /** Attention heads per block; divides `nEmbd`. */
  readonly nHead: number;
  /** Width of the residual stream. */
  readonly nEmbd: number;
  /** Width of the feed-forward layer. Default 4 · `nEmbd`. */
  readonly nInner: number;
  /** Longest context, tokens. */
  readonly nPositions: number;
  /** Rows of the token embedding. */
  readonly vocabSize: number;
  readonly activationFunction: ActivationFunction;
  /** Added to the variance in every layer norm. Default 1e-5. */
  readonly layerNormEpsilon: number;
  /**
   * `pre`: x += f(norm(x)), and a final norm (GPT-2 §2.3). `post`: x = norm(x + f(x)), and no final norm (GPT-1, as in Vaswani et
   * al. 2017).
   */
  readonly normPlacement: "pre" | "post";
  /** `fused`: one matrix gives q | k | v, with a bias. `separate`: three matrices without bias. */
  readonly qkvProjection: "fused" | "separate";
  /** How the checkpoint stores a block's matrices: `[in, out]` (Conv1D) or `[out, in]` (Linear). */
  readonly matrixLayout: "inOut" | "outIn";
  /** One per layer. */
  readonly attentionPatterns: readonly AttentionPattern[];
  /** Divide attention scores by √(head size). */
  readonly scaleAttnWeights: boolean;
  /** Divide attention scores of block i (from 0) by i + 1 too. */
  readonly scaleAttnByInverseLayerIdx: boolean;
  /** The output head is the token embedding. */
  readonly tieWordEmbeddings: boolean;
  /** Token that ends a text; null when there is none or it is outside the vocabulary. */
  readonly eosTokenId: number | null;
  /** Token that begins a text; null as for `eosTokenId`. */
  readonly bosTokenId: number | null;
}

/** A config.json, parsed as JSON. */
export type RawConfig = Readonly<Record<string, unknown>>;

interface Family {
  readonly parse: (raw: RawConfig, file: string) => Architecture;
  readonly format: (config: GPTConfig) => RawConfig;
  /** What `architectures` begins with in configs older than `model_type`. */
  readonly architecture: string;
}

const families: { readonly [K in ModelType]: Family } = {
  "openai-gpt": { parse: parseGPT1, format: formatGPT1, architecture: "OpenAIGPT" },
  gpt2: { parse: parseGPT2, format: formatGPT2, architecture: "GPT2" },
  gpt_neo: { parse: parseGPTNeo, format: formatGPTNeo, architecture: "GPTNeoFor" },
  gpt3: { parse: parseGPT3, format: formatGPT3, architecture: "GPT3" },
};

/**
 * Checks the parsed content of a config.json.
 * @param file names the file in errors.
 * @throws RuntimeError `invalidConfig` or `unsupportedModel`, naming the key.
 */
export function parseGPTConfig(json: unknown, file: string): GPTConfig {
  const root = z.record(z.string(), z.unknown()).safeParse(json);
  if (!root.success) throw invalidConfig(file, l10n.t("the whole file"), l10n.t("must be a JSON object"));
  const architecture = families[modelType(root.data, file)].parse(root.data, file);
  return { ...architecture, quantization: parseQuantization(root.data, file) };
}

/** The config.json of a model, which `parseGPTConfig` reads back, and Hugging Face too unless the family is `gpt3`. */
export function formatGPTConfig(config: GPTConfig): RawConfig {
  return { ...families[config.modelType].format(config), ...formatQuantization(config.quantization) };
}

function modelType(root: RawConfig, file: string): ModelType {
  const name = root.model_type;
  if (typeof name === "string") {
    if (isModelType(name)) return name;
    throw unsupportedModel(file, "model_type", brief(name), supported);
  }
  const found = name === undefined ? byArchitecture(root.architectures) : undefined;
  if (found !== undefined) return found;
  const problem = name === undefined ? l10n.t("is missing") : l10n.t("must be text such as {0}", "gpt2");
  throw invalidConfig(file, "model_type", problem);
}

function byArchitecture(architectures: unknown): ModelType | undefined {
  const names = z.array(z.string()).safeParse(architectures);
  if (!names.success) return undefined;
  return modelTypes.find((type) => names.data.some((name) => name.startsWith(families[type].architecture)));
}

const modelTypes = Object.keys(families).filter(isModelType);
const supported = modelTypes.join(", ");

function isModelType(name: string): name is ModelType {
  return Object.hasOwn(families, name);
}
