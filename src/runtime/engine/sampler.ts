/** Chooses token after token of one text. */
import type { GenerationConfig } from "../protocol";
import { seededRandom } from "../random";
import { changesScores, type NextTokenScores, processScores } from "./logitsProcessors";
import { type Sample, sampleToken, sampleTop, type TopScores } from "./sampling";

/** Chooses the next token, and remembers it as one of the text. Both ways choose the same. */
export interface Sampler {
  /** From the whole distribution. */
  fromAll(scores: NextTokenScores): Sample;
  /** From the most probable tokens: where `needsTop` says how many that takes. */
  fromTop(top: TopScores): Sample;
}

/** More than so many most probable tokens are not asked for: the whole distribution is fetched then. */
const mostTop = 128;

/** How many of the most probable tokens are enough to choose from; null where it takes the whole distribution. */
export function needsTop(config: Omit<GenerationConfig, "stop">): number | null {
  if (changesScores(config)) return null;
  if (config.temperature === 0) return 1;
  return config.topK > 0 && config.topK <= mostTop ? config.topK : null;
}

/** A sampler for what follows `prompt`; it holds the random numbers and the tokens it has chosen. */
export function createSampler(config: Omit<GenerationConfig, "stop">, prompt: readonly number[]): Sampler {
  const random = seededRandom(config.seed);
  const generated: number[] = [];
  const remember = (sample: Sample) => {
    generated.push(sample.id);
    return sample;
  };
  return {
    fromAll: (scores) => remember(sampleToken(processScores(scores, config, { prompt, generated }), config, random)),
    fromTop: (top) => remember(sampleTop(top, config, random)),
  };
}
