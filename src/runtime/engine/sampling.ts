/** Chooses the next token from a distribution: temperature, then top-k, then top-p, as Hugging Face's `generate` does. */
import type { GenerationConfig } from "../protocol";
import type { Random } from "../random";

/** The settings that choosing depends on. */
export type SamplingConfig = Pick<GenerationConfig, "temperature" | "topK" | "topP">;

/** A chosen token. */
export interface Sample {
  readonly id: number;
  /** Probability after temperature, top-k and top-p; 1 when greedy. */
  readonly truncatedProbability: number;
}

interface Candidate {
  readonly id: number;
  readonly probability: number;
}

/** Draws a token from `logprobs` [V], natural logarithms over the full vocabulary. Temperature 0 takes the most probable. */
export function sampleToken(logprobs: Float32Array, config: SamplingConfig, random: Random): Sample {
  if (config.temperature === 0) return { id: argmax(logprobs), truncatedProbability: 1 };
  const kept = nucleus(candidates(logprobs, config), config.topP);
  const mass = kept.reduce((sum, { probability }) => sum + probability, 0);
  let remaining = random() * mass;
  let chosen = kept[0];
  for (const candidate of kept) {
    chosen = candidate;
    remaining -= candidate.probability;
    if (remaining < 0) break;
  }
  if (!chosen) throw new RangeError("an empty distribution cannot be sampled");
  return { id: chosen.id, truncatedProbability: chosen.probability / mass };
}

/** Index of the largest value; the first of equals. */
export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}

/** Tokens after temperature and top-k, with probabilities that sum to at most 1; most probable first where that matters. */
function candidates(logprobs: Float32Array, { temperature, topK, topP }: SamplingConfig): readonly Candidate[] {
  const scaled = softmaxAtTemperature(logprobs, temperature);
  if (topK > 0) return renormalize(largest(scaled, topK));
  if (topP >= 1) return Array.from(scaled, (probability, id) => ({ id, probability }));
  // Tokens below this, all together, weigh less than what the nucleus leaves out: none of them can be in it.
  const floor = (1 - topP) / scaled.length;
  const list: Candidate[] = [];
  for (const [id, probability] of scaled.entries()) if (probability >= floor) list.push({ id, probability });
  return list.sort((a, b) => b.probability - a.probability || a.id - b.id);
}

/** The `k` largest, best first; of equals the first. */
function largest(values: Float64Array, k: number): Candidate[] {
  const best: Candidate[] = [];
  for (const [id, probability] of values.entries()) {
    if (best.length === k && probability <= (best.at(-1)?.probability ?? 0)) continue;
    const at = best.findLastIndex((candidate) => candidate.probability >= probability) + 1;
    best.splice(at, 0, { id, probability });
    if (best.length > k) best.pop();
  }
  return best;
}

function renormalize(list: readonly Candidate[]): Candidate[] {
  const mass = list.reduce((sum, { probability }) => sum + probability, 0);
  return list.map(({ id, probability }) => ({ id, probability: probability / mass }));
}

function softmaxAtTemperature(logprobs: Float32Array, temperature: number): Float64Array {
  const max = logprobs[argmax(logprobs)] ?? 0;
  const weights = Float64Array.from(logprobs, (x) => Math.exp((x - max) / temperature));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / sum);
}

/** The fewest most probable tokens whose probability reaches `topP`; at least one. */
function nucleus(list: readonly Candidate[], topP: number): readonly Candidate[] {
  if (topP >= 1) return list;
  let sum = 0;
  const end = list.findIndex(({ probability }) => {
    sum += probability;
    return sum >= topP;
  });
  return end < 0 ? list : list.slice(0, end + 1);
}
