/**
 * Calibration: what the model prefers whatever the input is, taken off. Both kinds work on sequence log-probabilities, in logarithms, so
 * that label words may have several tokens: an extension of the papers, which have one.
 */
import type { Candidate } from "../promptProtocol";
import { logSoftmax, logSumExp } from "./scoringRules";

/**
 * ln p_cf of contextual calibration (Zhao et al. 2021 §5): `scores` are the candidates' scores with each content-free input, whose
 * exponentials are label probabilities that need not sum to 1. Their mean over the inputs, normalised.
 */
export function contentFreePrior(scores: readonly (readonly number[])[]): number[] {
  const candidates = scores[0]?.map((_, candidate) => candidate) ?? [];
  return logSoftmax(
    candidates.map((candidate) =>
      logSumExp(scores.map((input) => (input[candidate] ?? Number.NEGATIVE_INFINITY) - Math.log(scores.length))),
    ),
  );
}

/**
 * ln of the mean over a run's inputs of the candidates' shares (batch calibration, Zhou et al. 2023 §4): `scores` are those of every
 * input. It looks at the inputs that it is judged on, not at their answers.
 */
export function batchPrior(scores: readonly (readonly number[])[]): number[] {
  return contentFreePrior(scores.map(logSoftmax));
}

/** Shares after calibration, W = diag(p_prior)⁻¹ and b = 0: softmax of ln p̂ − ln p_prior. */
export function calibratedShares(scores: readonly number[], prior: readonly number[]): number[] {
  // Where the prior leaves nothing, the division says nothing either.
  const odds = scores.map((score, i) => score - Math.max(prior[i] ?? 0, smallest));
  return logSoftmax(odds).map(Math.exp);
}

/** Candidates with `calibrated`. */
export function calibrate(candidates: readonly Candidate[], prior: readonly number[]): Candidate[] {
  const shares = calibratedShares(
    candidates.map(({ score }) => score),
    prior,
  );
  return candidates.map((candidate, i) => ({ ...candidate, calibrated: shares[i] ?? 0 }));
}

/** ln of the smallest prior that is divided by. */
const smallest = -700;
