/** Chooses token after token of one text. */
import type { GenerationConfig } from "../protocol";
import { seededRandom } from "../random";
import { type NextTokenScores, processScores } from "./logitsProcessors";
import { type Sample, sampleToken } from "./sampling";

/** Chooses the next token, and remembers it as one of the text. */
export type Sampler = (scores: NextTokenScores) => Sample;

/** A sampler for what follows `prompt`; it holds the random numbers and the tokens it has chosen. */
export function createSampler(config: Omit<GenerationConfig, "stop">, prompt: readonly number[]): Sampler {
  const random = seededRandom(config.seed);
  const generated: number[] = [];
  return (scores) => {
    const sample = sampleToken(processScores(scores, config, { prompt, generated }), config, random);
    generated.push(sample.id);
    return sample;
  };
}
