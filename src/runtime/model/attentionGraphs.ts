/**
 * Attention probabilities of one layer, recomputed from its input state, in two graphs: the layer's own, which gives queries and keys, and
 * one for all layers alike, which makes of them rows of one head or of all heads together. Composed of products and softmax, head after
 * head, so that of a layer's [H, R, S] only one head's [R, S] is there at a time.
 *
 * R queries · S keys, from the text's first to the last one that a query sees · C embedding · H heads · D head size
 */
import { type Graph, GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";
import { attentionScale } from "./attention";
import type { GPTConfig } from "./config";
import type { DeviceTraits } from "./deviceTraits";
import { type ParameterSource, partsContext, queriesAndKeys } from "./gpt";

/** Outputs of `buildQueriesAndKeysGraph`. */
export const queriesAndKeysNames = { queries: "queries", keys: "keys" } as const;

/** Input: `state` [1, S, C], that before the layer. Outputs: `queries`, scaled as the layer's scores are, and `keys`, both [1, S, C]. */
export function buildQueriesAndKeysGraph(
  config: GPTConfig,
  source: ParameterSource,
  { quantizedProducts }: DeviceTraits,
  layer: number,
): Graph {
  const g = new GraphBuilder();
  const state = g.input("state", "float32", [1, "sequence", config.nEmbd]);
  const [q, k] = queriesAndKeys(partsContext(g, config, source, quantizedProducts), state, layer);
  g.outputAs(queriesAndKeysNames.queries, g.mul(q, g.scalar(attentionScale(config, layer))));
  g.outputAs(queriesAndKeysNames.keys, k);
  return g.build();
}

/**
 * What is made of a layer's heads: `head`, the one that the input `head` (int64 [1]) names, [R, S]; `mean` and `max` over heads, [R, S];
 * `heads`, all of them, [H, R, S]; `rollout`, the input `weights` [Q, R] times the mean over heads, [Q, S].
 */
export type HeadsResult = "head" | "mean" | "max" | "heads" | "rollout";

/** Output of `buildAttentionGraph`. */
export const probabilitiesName = "probabilities";

/**
 * Inputs: `queries` [R, C], `keys` [S, C]; `bias` [R, S], added to the scores: 0 where a query sees a key, −1e30 elsewhere; and what
 * `HeadsResult` says. Output: `probabilities`, 0 where nothing is seen.
 */
export function buildAttentionGraph(config: GPTConfig, result: HeadsResult): Graph {
  const g = new GraphBuilder();
  g.outputAs(probabilitiesName, combined(g, attendedHeads(g, config, "keys"), result));
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

/** Declares `queries`, `keys` and `bias` as in `buildAttentionGraph` and gives the layer's heads; `S` names the number of keys. */
export function attendedHeads(g: GraphBuilder, { nEmbd: C, nHead: H }: GPTConfig, S: string): AttendedHeads {
  const D = C / H;
  const queries = g.input("queries", "float32", ["queries", C]);
  const keys = g.input("keys", "float32", [S, C]);
  const bias = g.input("bias", "float32", ["queries", S]);
  const attend = (q: Value, k: Value): AttendedHead => {
    const scores = g.add(g.matMul(q, g.transpose(k, [1, 0])), bias); // [R, S]
    return { scores, probabilities: g.softmax(scores) };
  };
  const head = (i: number) => () =>
    attend(g.slice(queries, 1, i * D, (i + 1) * D, D), g.slice(keys, 1, i * D, (i + 1) * D, D));
  const chosen = () => {
    const from = g.mul(g.input("head", "int64", [1]), g.int64s([D]));
    const to = g.add(from, g.int64s([D]));
    return attend(g.slice(queries, 1, from, to, D), g.slice(keys, 1, from, to, D));
  };
  return { heads: Array.from({ length: H }, (_, i) => head(i)), chosen };
}
