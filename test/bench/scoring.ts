/** A 16-shot prompt with four labels over 200 items: as a tree, against each pair from scratch. */
import type { LoadedModel } from "../../src/runtime/engine/loadedModel";
import { scoreTokens } from "../../src/runtime/engine/score";
import { type Continuation, scoreContinuations } from "../../src/runtime/engine/scoreContinuations";
import { seededRandom } from "../../src/runtime/random";
import { timed } from "./timing";

const shots = 16;
const items = 200;
const demonstrationTokens = 18;
const queryTokens = 16;
/** Tokens of each label's words. */
const labels = [1, 1, 2, 3];
/** Pairs that are scored from scratch: all of them would take the whole day with a large model. */
const sample = 12;

/** Tokens that each computes, seconds, and the largest difference of a log-likelihood over the sample. */
export async function benchScoring(model: LoadedModel): Promise<Readonly<Record<string, number>>> {
  const { signal } = new AbortController();
  const pairs = makePairs(model);
  let computed = 0;
  let scores: readonly { readonly logprob: number }[] = [];
  const seconds = await timed(async () => {
    ({ scores, computed } = await scoreContinuations(model, pairs, { signal, priority: "batch" }));
  });
  const chosen = Array.from(
    { length: sample },
    (_, i) => Math.floor((i * pairs.length) / sample) + (i % labels.length),
  );
  let largest = 0;
  const alone = await timed(async () => {
    for (const at of chosen) {
      const pair = pairs[at];
      if (!pair) continue;
      const scored = await scoreTokens(model, pair.ids, { topK: 0, describe: (id) => ({ id, text: "" }), signal });
      const logprob = scored.slice(pair.start).reduce((sum, token) => sum + (token?.logprob ?? 0), 0);
      largest = Math.max(largest, Math.abs(logprob - (scores[at]?.logprob ?? 0)));
    }
  });
  const scratch = pairs.reduce((sum, { ids }) => sum + ids.length - 1, 0);
  return {
    pairs: pairs.length,
    tokensComputed: computed,
    tokensFromScratch: scratch,
    timesFewerTokens: scratch / computed,
    seconds,
    secondsFromScratch: (alone / sample) * pairs.length,
    largestDifference: largest,
  };
}

function makePairs({ config }: LoadedModel): Continuation[] {
  const random = seededRandom(1);
  const ids = (count: number) => Array.from({ length: count }, () => Math.floor(random() * config.vocabSize));
  const prompt = ids(shots * demonstrationTokens);
  const words = labels.map(ids);
  return Array.from({ length: items }, () => ids(queryTokens)).flatMap((query) =>
    words.map((word) => ({ ids: [...prompt, ...query, ...word], start: prompt.length + query.length })),
  );
}
