/**
 * What a GPT-2 is, said once (Radford et al. 2019 §2.3): embeddings, blocks of attention and MLP with the layer norms before them,
 * a final norm, the token embedding again as output head. Does no input or output: parameters come from `ParameterSource`.
 *
 * B batch · T new tokens · C embedding · V vocabulary · N rows for which logits are wanted
 */
import { type Graph, GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import { type Attend, type CacheOutputs, cachedAttention, maskedAttention } from "./attention";
import type { GPTConfig } from "./config";
import { predictionOutputs } from "./predictions";

/** Gives the parameter with this canonical name (`h.0.attn.c_attn.weight`) as a value of the graph. */
export type ParameterSource = (g: GraphBuilder, name: string) => Value;

interface Context {
  readonly g: GraphBuilder;
  readonly config: GPTConfig;
  readonly parameter: (name: string) => Value;
  readonly attend: Attend;
}

/**
 * The graph for generation and for scoring a long text in stretches: key/value cache, predictions at `logit_rows` only.
 *
 * Inputs: `input_ids`, `position_ids` int64 [B, T]; `logit_rows` int64 [N], rows of the flattened [B·T]; `targets` int64 [N], the
 * tokens whose probability is asked; `top_k` int64 [1]; and those of `cachedAttention`.
 * Outputs: those of `predictionOutputs`, and of the cache as `cacheOutputs` says.
 */
export function buildInferenceGraph(config: GPTConfig, source: ParameterSource, cacheOutputs: CacheOutputs): Graph {
  const g = new GraphBuilder();
  const parameter = memoize((name) => source(g, name));
  const [inputIds, positionIds] = tokenInputs(g);
  const rows = g.input("logit_rows", "int64", ["rows"]);
  const targets = g.input("targets", "int64", ["rows"]);
  const topK = g.input("top_k", "int64", [1]);

  const context = { g, config, parameter, attend: cachedAttention(g, config, cacheOutputs) };
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
export function buildScoringGraph(config: GPTConfig, source: ParameterSource): Graph {
  const g = new GraphBuilder();
  const parameter = memoize((name) => source(g, name));
  const [inputIds, positionIds] = tokenInputs(g);
  const attentionMask = g.input("attention_mask", "int64", ["batch", "sequence"]);

  const context = { g, config, parameter, attend: maskedAttention(g, config, attentionMask) };
  const hidden = transformer(context, inputIds, positionIds); // [B, T, C]
  const flat = g.reshape(hidden, ["batch*sequence", config.nEmbd]); // [B·T, C]
  g.outputAs("logits", languageModelHead(context, flat)); // [B·T, V]
  return g.build();
}

function tokenInputs(g: GraphBuilder): readonly [Value, Value] {
  const shape = ["batch", "sequence"];
  return [g.input("input_ids", "int64", shape), g.input("position_ids", "int64", shape)];
}

/** Token and position embeddings, the blocks, the final norm: [B, T] to [B, T, C]. */
function transformer(context: Context, inputIds: Value, positionIds: Value): Value {
  const { g, config, parameter } = context;
  let x = g.add(g.gather(parameter("wte.weight"), inputIds), g.gather(parameter("wpe.weight"), positionIds)); // [B, T, C]
  for (let layer = 0; layer < config.nLayer; layer++) x = block(context, x, layer);
  return norm(context, x, "ln_f");
}

/** x += attention(norm(x)); x += mlp(norm(x)). */
function block(context: Context, x: Value, layer: number): Value {
  const { g } = context;
  const name = `h.${layer}`;
  const afterAttention = g.add(x, attention(context, norm(context, x, `${name}.ln_1`), layer));
  return g.add(afterAttention, mlp(context, norm(context, afterAttention, `${name}.ln_2`), `${name}.mlp`));
}

function attention(context: Context, x: Value, layer: number): Value {
  const qkv = conv1d(context, x, `h.${layer}.attn.c_attn`); // [B, T, 3C]
  return conv1d(context, context.attend(qkv, layer), `h.${layer}.attn.c_proj`); // [B, T, C]
}

function mlp(context: Context, x: Value, name: string): Value {
  const hidden = activation(context, conv1d(context, x, `${name}.c_fc`)); // [B, T, inner]
  return conv1d(context, hidden, `${name}.c_proj`); // [B, T, C]
}

/** logits = h · Wᵀ, where W is the token embedding unless the model has a head of its own: [N, C] to [N, V]. */
function languageModelHead({ g, config, parameter }: Context, hidden: Value): Value {
  return g.matMulTransposed(hidden, parameter(config.tieWordEmbeddings ? "wte.weight" : "lm_head.weight"));
}

function norm({ g, config, parameter }: Context, x: Value, name: string): Value {
  return g.layerNormalization(x, parameter(`${name}.weight`), parameter(`${name}.bias`), config.layerNormEpsilon);
}

/** y = x · W + b, with W `[in, out]` as GPT-2's checkpoints store it. */
function conv1d({ g, parameter }: Context, x: Value, name: string): Value {
  return g.add(g.matMul(x, parameter(`${name}.weight`)), parameter(`${name}.bias`));
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

function memoize(make: (name: string) => Value): (name: string) => Value {
  const made = new Map<string, Value>();
  return (name) => {
    const value = made.get(name) ?? make(name);
    made.set(name, value);
    return value;
  };
}
