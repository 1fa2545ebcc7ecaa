/**
 * What a model folder's config.json says, in our words. Foreign snake_case stops here.
 * Names, defaults and aliases are those of Hugging Face's `GPT2Config`.
 */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidConfig, unsupportedModel } from "../errors";

/** Non-linearity of the feed-forward layer. `gelu_new` is the tanh approximation, `gelu` the exact one with erf. */
export type ActivationFunction = "gelu_new" | "gelu" | "relu" | "silu" | "quick_gelu";

/** Shape and variant of a GPT, checked. */
export interface GPTConfig {
  readonly modelType: "gpt2";
  /** Number of blocks. Default 12. */
  readonly nLayer: number;
  /** Attention heads per block; divides `nEmbd`. Default 12. */
  readonly nHead: number;
  /** Width of the residual stream. Default 768. */
  readonly nEmbd: number;
  /** Width of the feed-forward layer. Default 4 · `nEmbd`. */
  readonly nInner: number;
  /** Longest context, tokens. Default 1024. */
  readonly nPositions: number;
  /** Rows of the token embedding. Default 50,257. */
  readonly vocabSize: number;
  /** Default `gelu_new`. */
  readonly activationFunction: ActivationFunction;
  /** Added to the variance in every layer norm. Default 1e-5. */
  readonly layerNormEpsilon: number;
  /** Divide attention scores by √(head size). Default true. */
  readonly scaleAttnWeights: boolean;
  /** Divide attention scores of block i (from 0) by i + 1 too. Default false. */
  readonly scaleAttnByInverseLayerIdx: boolean;
  /** The output head is the token embedding. Default true. */
  readonly tieWordEmbeddings: boolean;
  /** Token that ends a text; null when there is none or it is outside the vocabulary. Default 50,256. */
  readonly eosTokenId: number | null;
  /** Token that begins a text; null as for `eosTokenId`. Default 50,256. */
  readonly bosTokenId: number | null;
}

/**
 * Checks the parsed content of a config.json.
 * @param file names the file in errors.
 * @throws RuntimeError `invalidConfig` or `unsupportedModel`, naming the key.
 */
export function parseGPTConfig(json: unknown, file: string): GPTConfig {
  const root = rawObject.safeParse(json);
  if (!root.success) throw invalidConfig(file, l10n.t("the whole file"), l10n.t("must be a JSON object"));
  checkModelType(root.data, file);
  const raw = parseRaw(root.data, file);
  if (raw.add_cross_attention) throw unsupportedModel(file, "add_cross_attention", "true", "false");
  if (raw.n_embd % raw.n_head !== 0) {
    throw invalidConfig(file, "n_embd", l10n.t("is {0}, which n_head = {1} does not divide", raw.n_embd, raw.n_head));
  }
  return {
    modelType: "gpt2",
    nLayer: raw.n_layer,
    nHead: raw.n_head,
    nEmbd: raw.n_embd,
    nInner: raw.n_inner ?? 4 * raw.n_embd,
    nPositions: raw.n_positions,
    vocabSize: raw.vocab_size,
    activationFunction: parseActivation(raw.activation_function, file),
    layerNormEpsilon: raw.layer_norm_epsilon,
    scaleAttnWeights: raw.scale_attn_weights,
    scaleAttnByInverseLayerIdx: raw.scale_attn_by_inverse_layer_idx,
    tieWordEmbeddings: raw.tie_word_embeddings,
    eosTokenId: withinVocabulary(raw.eos_token_id, raw.vocab_size),
    bosTokenId: withinVocabulary(raw.bos_token_id, raw.vocab_size),
  };
}

const rawObject = z.record(z.string(), z.unknown());

/** A whole number from 1 to `max`. The bounds are far beyond any real model: they keep products exact. */
function size(max: number) {
  const error = () => l10n.t("must be a whole number from 1 to {0}", max);
  return z.int({ error }).min(1, { error }).max(max, { error });
}

function flag() {
  return z.boolean({ error: () => l10n.t("must be true or false") });
}

function tokenId() {
  const error = () => l10n.t("must be a token id or null");
  return z.int({ error }).min(0, { error }).nullable();
}

function epsilon() {
  const error = () => l10n.t("must be a number greater than 0 and less than 1");
  return z.number({ error }).gt(0, { error }).lt(1, { error });
}

function text() {
  return z.string({ error: () => l10n.t("must be text") });
}

const rawConfig = z.object({
  n_layer: size(1024).default(12),
  n_head: size(4096).default(12),
  n_embd: size(65_536).default(768),
  n_inner: size(1_048_576).nullish(),
  n_positions: size(1_048_576).default(1024),
  vocab_size: size(4_194_304).default(50_257),
  activation_function: text().default("gelu_new"),
  layer_norm_epsilon: epsilon().default(1e-5),
  scale_attn_weights: flag().default(true),
  scale_attn_by_inverse_layer_idx: flag().default(false),
  tie_word_embeddings: flag().default(true),
  add_cross_attention: flag().default(false),
  eos_token_id: tokenId().default(50_256),
  bos_token_id: tokenId().default(50_256),
});

/** Other names for a key, used when the key itself is absent. The first four are `GPT2Config.attribute_map`. */
const aliases: readonly (readonly [key: keyof typeof rawConfig.shape, alias: string])[] = [
  ["n_embd", "hidden_size"],
  ["n_positions", "max_position_embeddings"],
  ["n_head", "num_attention_heads"],
  ["n_layer", "num_hidden_layers"],
  ["n_positions", "n_ctx"],
];

function parseRaw(root: Readonly<Record<string, unknown>>, file: string): z.output<typeof rawConfig> {
  const named = new Map(Object.entries(root));
  const source = new Map<string, string>();
  for (const [key, alias] of aliases) {
    if (named.has(key) || !named.has(alias)) continue;
    named.set(key, named.get(alias));
    source.set(key, alias);
  }
  const parsed = rawConfig.safeParse(Object.fromEntries(named));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = String(issue?.path[0] ?? "");
  throw invalidConfig(file, source.get(key) ?? key, issue?.message ?? l10n.t("is invalid"));
}

const supportedModels = "gpt2";

/** Configs older than `model_type` are known by their architecture. */
function checkModelType(root: Readonly<Record<string, unknown>>, file: string): void {
  const modelType = root.model_type;
  if (modelType === "gpt2") return;
  if (typeof modelType === "string") throw unsupportedModel(file, "model_type", brief(modelType), supportedModels);
  const architectures = z.array(z.string()).safeParse(root.architectures);
  const isGPT2 = architectures.success && architectures.data.some((name) => name.startsWith("GPT2"));
  if (modelType === undefined && isGPT2) return;
  throw invalidConfig(
    file,
    "model_type",
    modelType === undefined ? l10n.t("is missing") : l10n.t("must be text such as {0}", supportedModels),
  );
}

/** Every name Hugging Face gives to one of our five functions. */
const activations: ReadonlyMap<string, ActivationFunction> = new Map([
  ["gelu_new", "gelu_new"],
  ["gelu_fast", "gelu_new"],
  ["gelu_pytorch_tanh", "gelu_new"],
  ["gelu", "gelu"],
  ["gelu_python", "gelu"],
  ["relu", "relu"],
  ["silu", "silu"],
  ["swish", "silu"],
  ["quick_gelu", "quick_gelu"],
]);

function parseActivation(name: string, file: string): ActivationFunction {
  const activation = activations.get(name);
  if (activation !== undefined) return activation;
  throw unsupportedModel(file, "activation_function", brief(name), [...activations.keys()].join(", "));
}

/** An id that no token has can never be generated, so it is as good as none. */
function withinVocabulary(id: number | null, vocabSize: number): number | null {
  return id !== null && id < vocabSize ? id : null;
}

function brief(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value;
}
