/** What changes a distribution before a token is drawn from it: penalties on tokens that are there, and a bias. */
import type { GenerationConfig } from "../protocol";
import type { Predictions } from "./forward";

/** The distribution of the next token, as the engine has it. */
export interface NextTokenScores extends Pick<Predictions, "lastLogSumExp"> {
  /** `[V]`, natural logarithms of probabilities. */
  readonly lastLogprobs: Float32Array;
}

/** The settings that change it. */
export type ProcessorConfig = Pick<
  GenerationConfig,
  "repetitionPenalty" | "frequencyPenalty" | "presencePenalty" | "logitBias"
>;

/** Whether a setting changes anything. */
export function changesScores(config: ProcessorConfig): boolean {
  const { repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0, logitBias } = config;
  const biased = logitBias !== undefined && Object.keys(logitBias).length > 0;
  return repetitionPenalty !== 1 || frequencyPenalty !== 0 || presencePenalty !== 0 || biased;
}

/** The tokens that stand before the next one. */
export interface TokenHistory {
  readonly prompt: readonly number[];
  readonly generated: readonly number[];
}

/**
 * The scores [V] to draw from: logits less a constant. They are `lastLogprobs` itself where no setting changes anything, and a copy
 * of it otherwise. In this order: repetition penalty (Keskar et al. 2019 §4.1, as in Hugging Face's `generate`), frequency and
 * presence penalty (as in OpenAI's API), bias. Only the tokens concerned are touched, so the cost does not grow with the vocabulary.
 */
export function processScores(
  { lastLogprobs, lastLogSumExp }: NextTokenScores,
  config: ProcessorConfig,
  { prompt, generated }: TokenHistory,
): Float32Array {
  const { repetitionPenalty = 1, frequencyPenalty = 0, presencePenalty = 0, logitBias } = config;
  if (!changesScores(config)) return lastLogprobs;
  const scores = lastLogprobs.slice();
  if (repetitionPenalty !== 1) {
    // The penalty depends on a logit's sign, which its logarithm of a probability has lost.
    for (const id of new Set([...prompt, ...generated]))
      change(scores, id, (score) => penalized(score + lastLogSumExp, repetitionPenalty) - lastLogSumExp);
  }
  for (const [id, count] of countsOf(generated))
    change(scores, id, (score) => score - count * frequencyPenalty - presencePenalty);
  for (const [id, bias] of Object.entries(logitBias ?? {})) change(scores, Number(id), (score) => score + bias);
  return scores;
}

function penalized(logit: number, penalty: number): number {
  return logit < 0 ? logit * penalty : logit / penalty;
}

/** Ids outside the vocabulary are nobody's. */
function change(scores: Float32Array, id: number, by: (score: number) => number): void {
  const score = scores[id];
  if (score !== undefined) scores[id] = by(score);
}

function countsOf(ids: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
