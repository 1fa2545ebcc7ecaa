/** Draws a token from scores: temperature, then top-k, top-p and min-p, as Hugging Face's `generate` does. */
import type { GenerationConfig } from "../protocol";
import type { Random } from "../random";
import { fastExp } from "./fastExp";

/** The settings that drawing depends on. */
export type SamplingConfig = Pick<GenerationConfig, "temperature" | "topK" | "topP" | "minP">;

/** A chosen token. */
export interface Sample {
  readonly id: number;
  /** Probability after temperature, top-k, top-p and min-p: what it was drawn with; 1 when greedy. */
  readonly truncatedProbability: number;
}

/** Tokens to draw from, and their weights: probabilities but for a factor, 1 for the most probable token of all. */
interface Candidates {
  /** Null where they are all tokens, in order. */
  readonly ids: readonly number[] | null;
  readonly weights: Float64Array;
}

/** Up to so many, the largest are found by insertion; above, sorting is faster. */
const fewTokens = 128;

/** Draws a token from `scores` [V]: logits less any constant, log-probabilities too. Temperature 0 takes the largest. */
export function sampleToken(scores: Float32Array, config: SamplingConfig, random: Random): Sample {
  const best = argmax(scores);
  if (config.temperature === 0) return { id: best, truncatedProbability: 1 };
  return draw(candidates(scores, scores[best] ?? 0, config), random);
}

function draw({ ids, weights }: Candidates, random: Random): Sample {
  const mass = sum(weights);
  let remaining = random() * mass;
  let at = 0;
  for (; at < weights.length - 1; at++) {
    remaining -= weights[at] ?? 0;
    if (remaining < 0) break;
  }
  const id = ids ? ids[at] : at;
  if (id === undefined || mass === 0) throw new RangeError("an empty distribution cannot be sampled");
  return { id, truncatedProbability: (weights[at] ?? 0) / mass };
}

/** The most probable tokens, best first, of equals the one with the smaller id. */
export interface TopScores {
  readonly ids: readonly number[];
  /** As `sampleToken`'s scores. */
  readonly scores: Float32Array;
}

/** `sampleToken` where only the most probable tokens are known: `topK` of them, or the whole vocabulary. The same token is drawn. */
export function sampleTop(top: TopScores, config: SamplingConfig, random: Random): Sample {
  const [best = 0] = top.ids;
  if (config.temperature === 0) return { id: best, truncatedProbability: 1 };
  const count = Math.min(config.topK, top.ids.length);
  const weights = weigh(top.scores.subarray(0, count), top.scores[0] ?? 0, config.temperature);
  const ids = top.ids.slice(0, count);
  return draw(atLeast(config.minP ?? 0, nucleus({ ids, weights }, config.topP * sum(weights))), random);
}

/** Index of the largest value; the first of equals. */
export function argmax(values: Float32Array): number {
  let best = 0;
  let largest = values[0] ?? 0;
  for (let i = 1; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value <= largest) continue;
    best = i;
    largest = value;
  }
  return best;
}

/** Tokens that top-k, top-p and min-p leave; most probable first where there was one of the former two. */
function candidates(scores: Float32Array, max: number, config: SamplingConfig): Candidates {
  const { temperature, topK, topP, minP = 0 } = config;
  if (topK > 0) {
    const ids = largest(scores, topK);
    const weights = weigh(pick(scores, ids), max, temperature);
    return atLeast(minP, nucleus({ ids, weights }, topP * sum(weights)));
  }
  const weights = weigh(scores, max, temperature);
  if (topP < 1) return atLeast(minP, nucleusOfAll(weights, topP * sum(weights)));
  return minP > 0 ? pickFrom(weights, above(weights, minP)) : { ids: null, weights };
}

/** The nucleus of a whole vocabulary. Only tokens above a threshold are sorted; it falls until they weigh enough. */
function nucleusOfAll(weights: Float64Array, needed: number): Candidates {
  for (let threshold = 0.05; ; threshold = threshold < 1e-12 ? 0 : threshold / 4) {
    const ids = above(weights, threshold);
    const enough = ids.reduce((total, id) => total + (weights[id] ?? 0), 0) >= needed;
    if (!enough && threshold > 0) continue;
    ids.sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a - b);
    return nucleus(pickFrom(weights, ids), needed);
  }
}

/** The fewest of the first, at least one, that weigh `needed`; all when they weigh less. */
function nucleus({ ids, weights }: Candidates, needed: number): Candidates {
  let total = 0;
  let count = 0;
  while (count < weights.length && (count === 0 || total < needed)) total += weights[count++] ?? 0;
  return firstOf({ ids, weights }, count);
}

/** Of candidates in order, those that weigh `minP` or more; the largest weight of all is 1. */
function atLeast(minP: number, { ids, weights }: Candidates): Candidates {
  let count = weights.length;
  while (count > 1 && (weights[count - 1] ?? 0) < minP) count--;
  return firstOf({ ids, weights }, count);
}

/** Ids of the `k` largest, best first; of equals the first. */
function largest(scores: Float32Array, k: number): number[] {
  if (k >= scores.length) return sorted(everyId(scores.length), scores);
  if (k > fewTokens) {
    const threshold = scores.slice().sort()[scores.length - k] ?? 0;
    return sorted(above(scores, threshold), scores).slice(0, k);
  }
  const best: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (let id = 0; id < scores.length; id++) {
    const score = scores[id] ?? 0;
    if (best.length === k && score <= last) continue;
    let at = best.length;
    while (at > 0 && (scores[best[at - 1] ?? 0] ?? 0) < score) at--;
    best.splice(at, 0, id);
    if (best.length > k) best.pop();
    last = scores[best.at(-1) ?? 0] ?? 0;
  }
  return best;
}

function sorted(ids: number[], values: Float32Array): number[] {
  return ids.sort((a, b) => (values[b] ?? 0) - (values[a] ?? 0) || a - b);
}

function above(values: Float32Array | Float64Array, threshold: number): number[] {
  const ids: number[] = [];
  for (let id = 0; id < values.length; id++) if ((values[id] ?? 0) >= threshold) ids.push(id);
  return ids;
}

function pickFrom(weights: Float64Array, ids: readonly number[]): Candidates {
  return { ids, weights: pick(weights, ids) };
}

function pick(values: Float32Array | Float64Array, ids: readonly number[]): Float64Array {
  const picked = new Float64Array(ids.length);
  for (let i = 0; i < picked.length; i++) picked[i] = values[ids[i] ?? 0] ?? 0;
  return picked;
}

function weigh(scores: Float32Array | Float64Array, max: number, temperature: number): Float64Array {
  const weights = new Float64Array(scores.length);
  for (let i = 0; i < weights.length; i++) weights[i] = fastExp(((scores[i] ?? 0) - max) / temperature);
  return weights;
}

function everyId(count: number): number[] {
  const ids = new Array<number>(count);
  for (let id = 0; id < count; id++) ids[id] = id;
  return ids;
}

function firstOf({ ids, weights }: Candidates, count: number): Candidates {
  return { ids: ids?.slice(0, count) ?? null, weights: weights.subarray(0, count) };
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i] ?? 0;
  return total;
}
