/**
 * The reference for log-likelihoods of the prompt lab: no cache, no batch, nothing shared. Every context with its continuation is a text
 * of its own, put whole through the graph that gives logits everywhere; the softmax is taken here, in float64.
 */
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import type { Tokenizer } from "../../src/runtime/tokenizer/tokenizer";
import { batchLogits, createScoringSession } from "./scoringSession";

/** A continuation's log-likelihood and how many tokens it has. */
export interface PlainScore {
  readonly logprob: number;
  readonly tokens: number;
}

/** Scores one continuation of one context: Σ ln p of what it adds to the context's tokens, both tokenized together. */
export type PlainScorer = (context: string, continuation: string) => Promise<PlainScore>;

/** A model that scores plainly. */
export interface PlainModel {
  readonly score: PlainScorer;
  readonly tokenizer: Tokenizer;
  readonly contextTokens: number;
  free(): Promise<void>;
}

/** A scorer for a model folder on the CPU. After no context the end of text stands in front, as in lm-evaluation-harness. */
export async function plainScorer(folder: string): Promise<PlainModel> {
  const model = await openModelFolder(folder);
  const { tokenizer } = model;
  if (!tokenizer) throw new TypeError(`${folder} has no tokenizer`);
  const session = await createScoringSession(model, "cpu");
  const encode = (text: string) => (text === "" ? [] : tokenizer.encode(text));
  const start = model.config.eosTokenId ?? 0;
  return {
    tokenizer,
    contextTokens: model.config.nPositions,
    async score(context, continuation) {
      const first = context === "" ? [start] : [];
      const before = [...first, ...encode(context)];
      const whole = [...first, ...encode(context + continuation)];
      let shared = 0;
      while (shared < before.length && before[shared] === whole[shared]) shared++;
      const rows = await batchLogits(session, { input_ids: [whole], attention_mask: null, position_ids: null });
      const logprobs = whole.slice(shared).map((id, i) => logprob(rows[shared + i - 1], id));
      return { logprob: logprobs.reduce((sum, x) => sum + x, 0), tokens: logprobs.length };
    },
    async free() {
      tokenizer.free();
      await session.release();
    },
  };
}

function logprob(logits: Float32Array | undefined, id: number): number {
  if (!logits) throw new RangeError("nothing predicts this token");
  let max = Number.NEGATIVE_INFINITY;
  for (const logit of logits) max = Math.max(max, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - max);
  return (logits[id] ?? Number.NaN) - max - Math.log(sum);
}
