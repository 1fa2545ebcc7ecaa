/** How candidate answers are compared: rules over the log-probabilities of their tokens, each number with its rule's name. */
import type { Candidate } from "../promptProtocol";
import type { Scoring, ScoringRule } from "./promptFile";

/** A text that stands for a candidate, and what the model says of it after the prompt. */
export interface WordScore {
  /** With the white space in front of it, which is scored but not counted in characters and bytes. */
  readonly text: string;
  /** Σ ln p of its tokens. */
  readonly logprob: number;
  readonly tokens: number;
  /** The same after nothing (`pmi`) or after the answer context (`pmiAnswer`); what other rules do not look at. */
  readonly baseline?: number;
}

/** A candidate answer with all texts that stand for it. */
export interface ScoredAnswer {
  readonly answer: string;
  readonly words: readonly WordScore[];
}

/**
 * An answer's score under `rule`, natural log. Of several words the ln of the sum of what the rule makes of each, as if they were
 * probabilities; for PMI the answer is the event that one of its words comes: ln Σ p(word | prompt) − ln Σ p(word | baseline).
 */
export function answerScore(rule: ScoringRule, words: readonly WordScore[]): number {
  const logprobs = words.map(({ logprob }) => logprob);
  switch (rule) {
    case "sum":
      return logSumExp(logprobs);
    case "perToken": // Brown et al. 2020 §2.4
      return logSumExp(words.map(({ logprob, tokens }) => logprob / Math.max(1, tokens)));
    case "perCharacter": // lm-evaluation-harness' acc_norm
      return logSumExp(words.map(({ logprob, text }) => logprob / Math.max(1, [...bare(text)].length)));
    case "perByte": // lm-evaluation-harness' acc_bytes
      return logSumExp(words.map(({ logprob, text }) => logprob / Math.max(1, Buffer.byteLength(bare(text)))));
    case "pmi":
    case "pmiAnswer":
      return logSumExp(logprobs) - logSumExp(words.map(({ baseline }) => baseline ?? 0));
    default:
      return rule satisfies never;
  }
}

/** Candidates with their scores and shares, in the order of `answers`. */
export function scoreCandidates(rule: ScoringRule, answers: readonly ScoredAnswer[]): Candidate[] {
  const scores = answers.map(({ words }) => answerScore(rule, words));
  const probabilities = softmax(scores);
  return answers.map(({ answer, words }, i) => ({
    answer,
    words: words.map(({ text, logprob, tokens }) => ({ text, logprob, tokens })),
    score: scores[i] ?? Number.NEGATIVE_INFINITY,
    probability: probabilities[i] ?? 0,
  }));
}

/** Whether the rule compares with the words after another context; which one, null for none. "" is the start of a text. */
export function baselineContext({ rule, answerContext }: Pick<Scoring, "rule" | "answerContext">): string | null {
  if (rule === "pmi") return "";
  return rule === "pmiAnswer" ? answerContext : null;
}

/** What is shown beside every number: the rule, and the calibration where there is one. */
export function ruleName({ rule, calibration }: Pick<Scoring, "rule" | "calibration">): string {
  return calibration === "none" ? rule : `${rule} + ${calibration}`;
}

/** Number of the largest; the first of equals. */
export function argmax(values: readonly number[]): number {
  return values.reduce((best, value, i) => (value > (values[best] ?? Number.NEGATIVE_INFINITY) ? i : best), 0);
}

/** ln Σ e^x, without overflow; −∞ for none. */
export function logSumExp(logs: readonly number[]): number {
  const max = Math.max(...logs);
  if (!Number.isFinite(max)) return max;
  return max + Math.log(logs.reduce((sum, x) => sum + Math.exp(x - max), 0));
}

/** Shares in proportion to e^x, which sum to 1; equal ones where nothing is possible. */
export function softmax(logs: readonly number[]): number[] {
  return logSoftmax(logs).map(Math.exp);
}

/** Their natural logs. */
export function logSoftmax(logs: readonly number[]): number[] {
  const total = logSumExp(logs);
  if (!Number.isFinite(total)) return logs.map(() => -Math.log(logs.length));
  return logs.map((x) => x - total);
}

function bare(text: string): string {
  return text.trimStart();
}
