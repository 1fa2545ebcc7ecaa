/** A variant's cells, summed up. */
import type { PromptCell, VariantSummary } from "../promptProtocol";
import type { ResolvedVariant } from "./promptFile";
import { ruleName } from "./scoringRules";

/** By what a variant's answers are chosen: the scoring rule, with its calibration, or `generate`. */
export function variantRule({ labels, choices, scoring }: ResolvedVariant): string {
  return labels || choices !== null ? ruleName(scoring) : "generate";
}

/** The summary of cells. `priors` are those of calibration, by label; empty without. */
export function summarize(
  variant: ResolvedVariant,
  cells: readonly PromptCell[],
  priors: ReadonlyMap<string, number> = new Map(),
): VariantSummary {
  const judged = cells.filter(({ correct }) => correct !== null);
  const correct = judged.filter((cell) => cell.correct).length;
  const accuracy = judged.length > 0 ? { value: correct / judged.length, ...wilson(correct, judged.length) } : null;
  const logprobs = cells.flatMap((c) => (c.logprob !== null && c.logprobTokens > 0 ? c.logprob / c.logprobTokens : []));
  const confidence = judged.flatMap((cell) => chosenProbability(cell) ?? []);
  return {
    name: variant.name,
    rule: variantRule(variant),
    cells: cells.length,
    judged: judged.length,
    correct,
    accuracy,
    meanLogprob: mean(logprobs),
    promptTokens: sum(cells.map(({ promptTokens }) => promptTokens)),
    ms: sum(cells.map(({ ms }) => ms)),
    bias: bias(variant, cells, priors),
    overconfidence: accuracy && confidence.length > 0 ? (mean(confidence) ?? 0) - accuracy.value : null,
  };
}

/** 95 % interval of a rate (Wilson 1927). */
export function wilson(successes: number, trials: number): { readonly low: number; readonly high: number } {
  if (trials === 0) return { low: 0, high: 1 };
  const z = 1.959963984540054;
  const rate = successes / trials;
  const center = (rate + z ** 2 / (2 * trials)) / (1 + z ** 2 / trials);
  const half = (z / (1 + z ** 2 / trials)) * Math.sqrt((rate * (1 - rate)) / trials + z ** 2 / (4 * trials ** 2));
  return { low: Math.max(0, center - half), high: Math.min(1, center + half) };
}

function chosenProbability({ candidates, output }: PromptCell): number | undefined {
  const chosen = candidates?.find(({ answer }) => answer === output);
  return chosen?.calibrated ?? chosen?.probability;
}

/** Every label in the file's order, and how many cells chose it; of texts of the input, their numbers. */
function bias(
  { labels, choices }: ResolvedVariant,
  cells: readonly PromptCell[],
  priors: ReadonlyMap<string, number>,
): VariantSummary["bias"] {
  if (!labels && choices === null) return null;
  const most = Math.max(0, ...cells.map(({ candidates }) => candidates?.length ?? 0));
  const names = labels ? [...labels.keys()] : Array.from({ length: most }, (_, i) => String(i));
  const counts = new Map<string, number>();
  for (const { output } of cells) counts.set(output, (counts.get(output) ?? 0) + 1);
  return names.map((label) => ({ label, prior: priors.get(label) ?? null, chosen: counts.get(label) ?? 0 }));
}

function mean(values: readonly number[]): number | null {
  return values.length > 0 ? sum(values) / values.length : null;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
