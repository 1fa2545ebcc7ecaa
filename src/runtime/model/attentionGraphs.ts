/**
 * Attention probabilities of one layer, recomputed from its input state, and what is made of them: rows of one head, or of all heads
 * together, or sums over them. Composed of products and softmax, head after head, so that of a layer's [H, R, S] only one head's [R, S]
 * is there at a time.
 *
 * R queries · S keys, from the text's first to the last one that a query sees · C embedding · H heads · D head size
 */
import { type Graph, GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import { attentionScale } from "./attention";
import type { GPTConfig } from "./config";
import type { DeviceTraits } from "./deviceTraits";
import { type Context, memoize, type ParameterSource, queriesAndKeys, unobserved } from "./gpt";

/**
 * What is made of a layer's heads: `head`, the one that the input `head` (int64 [1]) names, `probabilities` [R, S]; `mean` and `max`
 * over heads, [R, S]; `heads`, all of them, [H, R, S]; `rollout`, the input `weights` [Q, R] times the mean over heads, [Q, S].
 */
export type HeadsResult = "head" | "mean" | "max" | "heads" | "rollout";

/** Name of the output of `buildAttentionGraph`. */
export const probabilitiesName = "probabilities";

/**
 * Inputs: `state` [1, S, C], the layer's; `first`, `end` int64 [1], the queries; `bias` [R, S], added to the scores: 0 where a query sees
 * a key, −1e30 elsewhere; and what `HeadsResult` says. Output: `probabilities`, 0 where nothing is seen.
 */
export function buildAttentionGraph(
  config: GPTConfig,
  source: ParameterSource,
  traits: DeviceTraits,
  layer: number,
  result: HeadsResult,
): Graph {
  const g = new GraphBuilder();
  const attended = attendedHeads(g, config, source, traits, layer, "keys");
  g.outputAs(probabilitiesName, combined(g, attended, result));
  return g.build();
}

function combined(g: GraphBuilder, { heads, chosen }: AttendedHeads, result: HeadsResult): Value {
  const all = () => heads.map((head) => head().probabilities);
  switch (result) {
    case "head":
      return chosen().probabilities;
    case "mean":
      return mean(g, all());
    case "max":
      return all().reduce((a, b) => g.where(g.greater(a, b), a, b));
    case "heads":
      return g.concat(
        all().map((p) => g.unsqueeze(p, [0])),
        0,
      );
    case "rollout":
      return g.matMul(g.input("weights", "float32", ["rolled", "queries"]), mean(g, all()));
    default:
      return result satisfies never;
  }
}

function mean(g: GraphBuilder, parts: readonly Value[]): Value {
  return g.mul(
    parts.reduce((a, b) => g.add(a, b)),
    g.scalar(1 / parts.length),
  );
}

/** Scores and probabilities of one head, [R, S]. */
export interface AttendedHead {
  /** With the bias. */
  readonly scores: Value;
  readonly probabilities: Value;
}

/** A layer's heads, each computed when it is asked for. */
export interface AttendedHeads {
  readonly heads: readonly (() => AttendedHead)[];
  /** The one that the input `head` names, which is declared then. */
  readonly chosen: () => AttendedHead;
}

/** Declares the inputs of `buildAttentionGraph` and gives the layer's heads; `S` names the number of keys. */
export function attendedHeads(
  g: GraphBuilder,
  config: GPTConfig,
  source: ParameterSource,
  traits: DeviceTraits,
  layer: number,
  S: string,
): AttendedHeads {
  const { nEmbd: C, nHead: H } = config;
  const D = C / H;
  const state = g.input("state", "float32", [1, S, C]);
  const [first, end] = [g.input("first", "int64", [1]), g.input("end", "int64", [1])];
  const bias = g.input("bias", "float32", ["queries", S]);
  const [q, k] = queriesAndKeys(attentionContext(g, config, source, traits), state, layer); // [1, S, C]
  const queries = g.slice(g.reshape(q, [S, C]), 0, first, end, "queries"); // [R, C]
  const scaled = g.mul(queries, g.scalar(attentionScale(config, layer)));
  const keys = g.transpose(g.reshape(k, [S, C]), [1, 0]); // [C, S]
  const attend = (q: Value, k: Value): AttendedHead => {
    const scores = g.add(g.matMul(q, k), bias); // [R, S]
    return { scores, probabilities: g.softmax(scores) };
  };
  const head = (i: number) => () =>
    attend(g.slice(scaled, 1, i * D, (i + 1) * D, D), g.slice(keys, 0, i * D, (i + 1) * D, D));
  const chosen = () => {
    const from = g.mul(g.input("head", "int64", [1]), g.int64s([D]));
    const to = g.add(from, g.int64s([D]));
    return attend(g.slice(scaled, 1, from, to, D), g.slice(keys, 0, from, to, D));
  };
  return { heads: Array.from({ length: H }, (_, i) => head(i)), chosen };
}

/** For graphs that need no block as a whole. */
export function attentionContext(
  g: GraphBuilder,
  config: GPTConfig,
  source: ParameterSource,
  { quantizedProducts }: DeviceTraits,
): Context {
  const attend = () => {
    throw new TypeError("only queries and keys are computed here");
  };
  const parameter = memoize((name) => source(g, name));
  return { g, config, parameter, attend, observe: unobserved, products: quantizedProducts };
}
