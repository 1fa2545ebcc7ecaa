/**
 * What a GPT is, said once for all families; their differences are data (`GPTConfig`). Embeddings; blocks of attention and MLP with
 * layer norms before them and a final norm (Radford et al. 2019 §2.3) or after them (Radford et al. 2018 §4.1); the token embedding
 * again as output head. Does no input or output: parameters come from `ParameterSource`.
 *
 * B batch · T new tokens · C embedding · V vocabulary · N rows for which logits are wanted
 */
import { type Graph, GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import { type Attend, type CacheUse, cachedAttention, maskedAttention, type Observe } from "./attention";
import type { GPTConfig } from "./config";
import { predictionOutputs } from "./predictions";
import { type Quantization, tableQuantization } from "./quantization";
import type { HeadsAtOnce } from "./sparseAttention";

/** Gives the parameter with this canonical name (`h.0.attn.c_attn.weight`) as a value of the graph. */
export type ParameterSource = (g: GraphBuilder, name: string) => Value;

/** What the parts of a model are built into, and with what. */
export interface Context {
  readonly g: GraphBuilder;
  readonly config: GPTConfig;
  readonly parameter: (name: string) => Value;
  readonly attend: Attend;
  readonly observe: Observe;
  readonly products: Products;
  /** Absent, all goes through. */
  readonly gates?: Gates;
  /** Absent, nothing is dropped and no matrix is adapted. */
  readonly training?: TrainingHooks;
}

/** What training does to the values on their way. */
export interface TrainingHooks {
  /** Drops some of what `place` (`embedding`, `h.0.attn`, `h.0.mlp`) adds to the residual stream. */
  readonly dropout: (x: Value, place: string) => Value;
  /** x·W with what an adapter of the matrix `name` (`h.0.attn.c_attn`) adds to it. */
  readonly adapt: (product: Value, x: Value, name: string) => Value;
}

/** Let parts of a layer through or not. */
export interface Gates {
  /** Of the heads' outputs, before their projection: [B, T, C]. */
  readonly heads: (attended: Value, layer: number) => Value;
  /** Of the MLP's output: [B, T, C]. */
  readonly mlp: (output: Value, layer: number) => Value;
}

/** How quantized matrices are multiplied: `exact`, or with inputs `rounded` to 8 bits in blocks, which is faster on some devices. */
export type Products = "exact" | "rounded";

/** Looked at nowhere: inference wants results only. */
export const unobserved: Observe = () => undefined;

/**
 * The graph for generation and for scoring a long text in stretches: key/value cache, predictions at `logit_rows` only.
 *
 * Inputs: `input_ids`, `position_ids` int64 [B, T]; `logit_rows` int64 [N], rows of the flattened [B·T]; `targets` int64 [N], the
 * tokens whose probability is asked; `top_k` int64 [1]; and those of `cachedAttention`.
 * Outputs: those of `predictionOutputs`, and of the cache as `cacheUse` says.
 */
export function buildInferenceGraph(
  config: GPTConfig,
  source: ParameterSource,
  cacheUse: CacheUse,
  products: Products = "exact",
): Graph {
  const g = new GraphBuilder();
  const parameter = memoize((name) => source(g, name));
  const [inputIds, positionIds] = tokenInputs(g);
  const rows = g.input("logit_rows", "int64", ["rows"]);
  const targets = g.input("targets", "int64", ["rows"]);
  const topK = g.input("top_k", "int64", [1]);

  const attend = cachedAttention(g, config, cacheUse);
  const context = { g, config, parameter, attend, observe: unobserved, products };
  const hidden = transformer(context, inputIds, positionIds); // [B, T, C]
  const flat = g.reshape(hidden, ["batch*sequence", config.nEmbd]); // [B·T, C]
  const logits = languageModelHead(context, g.gather(flat, rows)); // [N, V]
  predictionOutputs(g, logits, targets, topK);
  return g.build();
}

/**
 * The graph for whole batches: logits at every position, padding on either side.
 *
 * Inputs: `input_ids`, `position_ids`, `attention_mask` int64 [B, T]. Output: `logits` [B·T, V], row by row.
 */
export function buildScoringGraph(
  config: GPTConfig,
  source: ParameterSource,
  headsAtOnce: HeadsAtOnce,
  products: Products = "exact",
): Graph {
  return buildMaskedGraph(config, source, { headsAtOnce, products });
}

/**
 * The scoring graph with what happens inside: `embeddings`, and for each layer `attn_out.L` and `mlp_out.L` (before the residual sum),
 * `block_out.L`, all [B, T, C]; `final_norm` [B, T, C] where there is one; and the attention probabilities: `attentions.L`
 * [B, H, T, T] of a dense layer, `attentions.L.window` and `attentions.L.columns` of a sparse one, shaped as `SparseOutputs` says.
 */
export function buildTraceGraph(
  config: GPTConfig,
  source: ParameterSource,
  headsAtOnce: HeadsAtOnce,
  products: Products = "exact",
): Graph {
  const observer = (g: GraphBuilder) => (name: string, value: Value) => g.outputAs(name, value);
  return buildMaskedGraph(config, source, { headsAtOnce, products, observer });
}

interface MaskedGraphOptions {
  readonly headsAtOnce: HeadsAtOnce;
  readonly products: Products;
  readonly observer?: (g: GraphBuilder) => Observe;
}

function buildMaskedGraph(config: GPTConfig, source: ParameterSource, options: MaskedGraphOptions): Graph {
  const g = new GraphBuilder();
  const parameter = memoize((name) => source(g, name));
  const [inputIds, positionIds] = tokenInputs(g);
  const attentionMask = g.input("attention_mask", "int64", ["batch", "sequence"]);

  const observe = options.observer?.(g);
  const attend = maskedAttention(g, config, attentionMask, { observe, headsAtOnce: options.headsAtOnce });
  const context = { g, config, parameter, attend, observe: observe ?? unobserved, products: options.products };
  const hidden = transformer(context, inputIds, positionIds); // [B, T, C]
  const flat = g.reshape(hidden, ["batch*sequence", config.nEmbd]); // [B·T, C]
  g.outputAs("logits", languageModelHead(context, flat)); // [B·T, V]
  return g.build();
}

/** The inputs `input_ids` and `position_ids`. */
export function tokenInputs(g: GraphBuilder): readonly [Value, Value] {
  const shape = ["batch", "sequence"];
  return [g.input("input_ids", "int64", shape), g.input("position_ids", "int64", shape)];
}

/** Token and position embeddings, the blocks, the final norm: [B, T] to [B, T, C]. */
function transformer(context: Context, inputIds: Value, positionIds: Value): Value {
  const { config, observe } = context;
  let x = embeddings(context, inputIds, positionIds); // [B, T, C]
  observe("embeddings", x);
  for (let layer = 0; layer < config.nLayer; layer++) {
    x = block(context, x, layer);
    observe(`block_out.${layer}`, x);
  }
  return finalNorm(context, x);
}

/** What the output head reads of the last block's output, in any shape that ends in C. */
export function finalNorm(context: Context, x: Value): Value {
  if (context.config.normPlacement === "post") return x;
  const normed = norm(context, x, "ln_f");
  context.observe("final_norm", normed);
  return normed;
}

/** Token and position embeddings: [B, T] to [B, T, C]. */
export function embeddings(
  context: Context,
  inputIds: Value,
  positionIds: Value,
  tokens = tokenEmbeddings(context, inputIds),
): Value {
  const { g, parameter, training } = context;
  const sum = g.add(tokens, g.gather(parameter("wpe.weight"), positionIds));
  return training ? training.dropout(sum, "embedding") : sum;
}

/** Attention and MLP of a layer, with their norms and residual sums: [B, T, C] to [B, T, C]. */
export function block(context: Context, x: Value, layer: number): Value {
  const name = `h.${layer}`;
  const afterAttention = sublayer(context, x, `${name}.ln_1`, (y) => attention(context, y, layer));
  return sublayer(context, afterAttention, `${name}.ln_2`, (y) => mlp(context, y, layer));
}

/** x + f(norm(x)), or norm(x + f(x)). */
function sublayer(context: Context, x: Value, normName: string, f: (x: Value) => Value): Value {
  const { g, config } = context;
  if (config.normPlacement === "pre") return g.add(x, f(norm(context, x, normName)));
  return norm(context, g.add(x, f(x)), normName);
}

function attention(context: Context, x: Value, layer: number): Value {
  const name = `h.${layer}.attn`;
  const attended = context.attend(queryKeyValue(context, x, name), layer); // [B, T, C]
  const heads = context.gates?.heads(attended, layer) ?? attended;
  const output = linear(context, heads, `${name}.c_proj`); // [B, T, C]
  context.observe(`attn_out.${layer}`, output);
  return context.training ? context.training.dropout(output, name) : output;
}

/**
 * q and k of every token as layer `layer` makes them of its input: [B, T, C] to twice [B, T, C]. Of a fused matrix only their part is
 * multiplied, where it is stored as numbers.
 */
export function queriesAndKeys(context: Context, x: Value, layer: number): readonly [q: Value, k: Value] {
  const { g, config, parameter } = context;
  const { nEmbd: C } = config;
  const name = `h.${layer}.attn`;
  const input = config.normPlacement === "pre" ? norm(context, x, `h.${layer}.ln_1`) : x;
  if (config.qkvProjection === "separate")
    return [product(context, input, `${name}.q_proj`), product(context, input, `${name}.k_proj`)];
  if (config.quantization) {
    const [q, k] = g.split(queryKeyValue(context, input, name), 2, [C, C, C]);
    return [q, k];
  }
  const weight = oriented(context, parameter(`${name}.c_attn.weight`)); // [C, 3C]
  const projected = g.matMul(input, g.slice(weight, 1, 0, 2 * C, 2 * C));
  const [q, k] = g.split(g.add(projected, g.slice(parameter(`${name}.c_attn.bias`), 0, 0, 2 * C, 2 * C)), 2, [C, C]);
  return [q, k];
}

/** q | k | v of every token: [B, T, C] to [B, T, 3C]. */
function queryKeyValue(context: Context, x: Value, name: string): Value {
  if (context.config.qkvProjection === "fused") return linear(context, x, `${name}.c_attn`);
  const parts = ["q", "k", "v"].map((part) => product(context, x, `${name}.${part}_proj`));
  return context.g.concat(parts, x.shape.length - 1);
}

function mlp(context: Context, x: Value, layer: number): Value {
  const name = `h.${layer}.mlp`;
  const hidden = activation(context, linear(context, x, `${name}.c_fc`)); // [B, T, inner]
  const output = linear(context, hidden, `${name}.c_proj`); // [B, T, C]
  context.observe(`mlp_out.${layer}`, output);
  const dropped = context.training ? context.training.dropout(output, name) : output;
  return context.gates?.mlp(dropped, layer) ?? dropped;
}

/** [B, T] to [B, T, C]. */
export function tokenEmbeddings({ g, config, parameter }: Context, inputIds: Value): Value {
  if (!tableQuantization(config.quantization)) return g.gather(parameter("wte.weight"), inputIds);
  const quants = g.cast(g.gather(parameter("wte.qweight"), inputIds), "float32"); // [B, T, blocks, block size]
  const scales = g.unsqueeze(g.gather(parameter("wte.scales"), inputIds), [3]); // [B, T, blocks, 1]
  const values = g.mul(g.sub(quants, g.scalar(128)), scales);
  const width = Number(quants.shape[2]) * Number(quants.shape[3]);
  const [batch = "batch", sequence = "sequence"] = inputIds.shape;
  const rows = g.reshape(values, [batch, sequence, width]);
  return width === config.nEmbd ? rows : g.slice(rows, 2, 0, config.nEmbd, config.nEmbd);
}

/** logits = h · Wᵀ, where W is the token embedding unless the model has a head of its own: [N, C] to [N, V]. */
export function languageModelHead(context: Context, hidden: Value): Value {
  const { g, config, parameter } = context;
  const name = config.tieWordEmbeddings ? "wte" : "lm_head";
  const quantization = tableQuantization(config.quantization);
  if (quantization) return quantizedProduct(context, hidden, name, quantization);
  return g.matMulTransposed(hidden, parameter(`${name}.weight`));
}

/** The layer norm called `name`. */
export function norm({ g, config, parameter }: Context, x: Value, name: string): Value {
  return g.layerNormalization(x, parameter(`${name}.weight`), parameter(`${name}.bias`), config.layerNormEpsilon);
}

/** y = x · W + b. */
function linear(context: Context, x: Value, name: string): Value {
  return context.g.add(product(context, x, name), context.parameter(`${name}.bias`));
}

/** y = x · W. */
function product(context: Context, x: Value, name: string): Value {
  const { g, config, parameter, training } = context;
  if (config.quantization === null) {
    const output = g.matMul(x, oriented({ g, config }, parameter(`${name}.weight`)));
    return training ? training.adapt(output, x, name) : output;
  }
  return quantizedProduct(context, x, name, config.quantization);
}

function quantizedProduct(
  { g, parameter, products }: Context,
  x: Value,
  name: string,
  { bits, blockSize }: Quantization,
): Value {
  const matrix = { quants: parameter(`${name}.qweight`), scales: parameter(`${name}.scales`) };
  return g.matMulNBits(x, matrix, {
    K: Number(x.shape.at(-1)),
    N: Number(matrix.quants.shape[0]),
    bits,
    block_size: blockSize,
    accuracy_level: products === "exact" ? 1 : 4,
  });
}

/** A stored matrix as [in, out]. onnxruntime turns a parameter once, when it compiles the graph. */
function oriented({ g, config }: Pick<Context, "g" | "config">, weight: Value): Value {
  return config.matrixLayout === "inOut" ? weight : g.transpose(weight, [1, 0]);
}

function activation({ g, config }: Context, x: Value): Value {
  const kind = config.activationFunction;
  switch (kind) {
    case "gelu_new":
      return g.gelu(x, "tanh");
    case "gelu":
      return g.gelu(x, "none");
    case "relu":
      return g.relu(x);
    case "silu":
      return g.mul(x, g.sigmoid(x));
    case "quick_gelu":
      return g.mul(x, g.sigmoid(g.mul(x, g.scalar(1.702))));
    default:
      return kind satisfies never;
  }
}

/** For graphs of parts of a model in which nothing attends. */
export function partsContext(
  g: GraphBuilder,
  config: GPTConfig,
  source: ParameterSource,
  products: Products = "exact",
): Context {
  const attend = () => {
    throw new TypeError("no block belongs to this graph");
  };
  return { g, config, parameter: memoize((name) => source(g, name)), attend, observe: unobserved, products };
}

/** Makes each parameter once. */
export function memoize(make: (name: string) => Value): (name: string) => Value {
  const made = new Map<string, Value>();
  return (name) => {
    const value = made.get(name) ?? make(name);
    made.set(name, value);
    return value;
  };
}
