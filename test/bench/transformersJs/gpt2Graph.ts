/**
 * GPT-2 as published ONNX exports have it (Optimum's, for transformers.js): attention out of single operators, keys and values of the
 * past as inputs, of past and new tokens as outputs. Shares nothing with `model/gpt.ts`, so that equal tokens prove both.
 *
 * B batch · T new tokens · S past and new tokens · H heads · D head size · C embedding · V vocabulary
 */
import { type Graph, GraphBuilder } from "../../../src/runtime/graph/graph";
import type { Value } from "../../../src/runtime/graph/types";
import type { GPTConfig } from "../../../src/runtime/model/config";
import type { ParameterSource } from "../../../src/runtime/model/gpt";

/** Where logits are computed: at every new token, or where `num_logits_to_keep` asks, which is the last one when generating. */
export type LogitsAt = "everywhere" | "last";

/** Added to the scores of what a token does not see. */
const unseen = -1e30;

interface Context {
  readonly g: GraphBuilder;
  readonly config: GPTConfig;
  readonly parameter: (name: string) => Value;
}

/**
 * Inputs: `input_ids`, `position_ids` int64 [B, T]; `attention_mask` int64 [B, S]; `past_key_values.L.key` and `.value` [B, H, S − T, D];
 * with `last`, `num_logits_to_keep` int64, 0 for all. Outputs: `logits` [B, T, V] and `present.L.key` and `.value` [B, H, S, D].
 */
export function buildGpt2Export(config: GPTConfig, source: ParameterSource, logitsAt: LogitsAt): Graph {
  const g = new GraphBuilder();
  const context = { g, config, parameter: (name: string) => source(g, name) };
  const ids = g.input("input_ids", "int64", ["batch", "sequence"]);
  const mask = g.input("attention_mask", "int64", ["batch", "past+sequence"]);
  const positions = g.input("position_ids", "int64", ["batch", "sequence"]);
  const keep = logitsAt === "last" ? g.input("num_logits_to_keep", "int64", []) : null;

  const wte = context.parameter("wte.weight");
  const bias = scoreBias(g, ids, mask); // [B, 1, T, S]
  let x = g.add(g.gather(wte, ids), g.gather(context.parameter("wpe.weight"), positions)); // [B, T, C]
  for (let layer = 0; layer < config.nLayer; layer++) {
    x = g.add(x, attention(context, norm(context, x, `h.${layer}.ln_1`), bias, layer));
    x = g.add(x, mlp(context, norm(context, x, `h.${layer}.ln_2`), layer));
  }
  const hidden = norm(context, x, "ln_f");
  const wanted = keep ? lastOnes(g, hidden, keep) : hidden;
  g.outputAs("logits", g.matMul(wanted, g.transpose(wte, [1, 0]))); // [B, T, V]
  return g.build();
}

/** 0 where a token sees another, else a number that leaves it no weight: later tokens, and padding. */
function scoreBias(g: GraphBuilder, ids: Value, mask: Value): Value {
  const total = g.lengthOf(mask, 1);
  const from = g.sub(total, g.lengthOf(ids, 1));
  const keys = g.unsqueeze(g.range(g.int64s([0]), total, "past+sequence"), [0]); // [1, S]
  const queries = g.unsqueeze(g.range(from, total, "sequence"), [1]); // [T, 1]
  const later = g.where(g.greater(keys, queries), g.scalar(unseen), g.scalar(0)); // [T, S]
  const padding = g.where(g.equal(mask, g.scalar(0, "int64")), g.scalar(unseen), g.scalar(0)); // [B, S]
  return g.add(g.unsqueeze(padding, [1, 2]), g.unsqueeze(later, [0, 1])); // [B, 1, T, S]
}

function attention(context: Context, x: Value, bias: Value, layer: number): Value {
  const { g, config } = context;
  const { nHead: H, nEmbd: C } = config;
  const D = C / H;
  const parts = g.split(linear(context, x, `h.${layer}.attn.c_attn`), 2, [C, C, C]);
  const [q, k, v] = parts.map((part) => byHead(g, part, H, D)) as [Value, Value, Value]; // [B, H, T, D] each
  const keys = withPast(context, k, `${layer}.key`); // [B, H, S, D]
  const values = withPast(context, v, `${layer}.value`);
  const products = g.matMul(q, g.transpose(keys, [0, 1, 3, 2])); // [B, H, T, S]
  const weights = g.softmax(g.add(g.div(products, g.scalar(Math.sqrt(D))), bias));
  const heads = g.transpose(g.matMul(weights, values), [0, 2, 1, 3]); // [B, T, H, D]
  return linear(context, g.reshape(heads, ["batch", "sequence", C]), `h.${layer}.attn.c_proj`);
}

function byHead(g: GraphBuilder, x: Value, H: number, D: number): Value {
  return g.transpose(g.reshape(x, ["batch", "sequence", H, D]), [0, 2, 1, 3]);
}

function withPast({ g, config }: Context, news: Value, name: string): Value {
  const shape = ["batch", config.nHead, "past", config.nEmbd / config.nHead];
  const all = g.concat([g.input(`past_key_values.${name}`, "float32", shape), news], 2);
  g.outputAs(`present.${name}`, all);
  return all;
}

function mlp(context: Context, x: Value, layer: number): Value {
  const hidden = context.g.gelu(linear(context, x, `h.${layer}.mlp.c_fc`), "tanh");
  return linear(context, hidden, `h.${layer}.mlp.c_proj`);
}

/** y = x · W + b. */
function linear({ g, parameter }: Context, x: Value, name: string): Value {
  return g.add(g.matMul(x, parameter(`${name}.weight`)), parameter(`${name}.bias`));
}

function norm({ g, config, parameter }: Context, x: Value, name: string): Value {
  return g.layerNormalization(x, parameter(`${name}.weight`), parameter(`${name}.bias`), config.layerNormEpsilon);
}

/** The last `keep` rows of [B, T, C]; all when it is 0, since a slice from −0 is one from 0. */
function lastOnes(g: GraphBuilder, hidden: Value, keep: Value): Value {
  const start = g.reshape(g.sub(g.scalar(0, "int64"), keep), [1]);
  return g.slice(hidden, 1, start, Number.MAX_SAFE_INTEGER, "kept");
}
