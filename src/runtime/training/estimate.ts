/** What a run needs of memory, and what would make it fit. */
import * as l10n from "@vscode/l10n";
import type { TrainingEstimate } from "../trainingProtocol";

/** Settings that memory hangs on and that a remedy may change. */
export interface MemorySettings {
  readonly microBatchSize: number;
  /** Tokens of a sequence. */
  readonly length: number;
  readonly recompute: boolean;
}

/** Bytes of the fullest moment of a step. */
export type MemoryOf = (settings: MemorySettings) => Omit<TrainingEstimate["memory"], "available">;

/** Shortest sequences that are offered, tokens. */
const shortest = 32;

/** Whether a run fits into `available` bytes (null: not known, then it is let try), and, if not, the changes with which it would. */
export function fitMemory(
  memoryOf: MemoryOf,
  settings: MemorySettings,
  available: number | null,
): Pick<TrainingEstimate, "memory" | "fits" | "remedies"> {
  const memory = { ...memoryOf(settings), available };
  const fitting = (changed: Partial<MemorySettings>) =>
    available === null || memoryOf({ ...settings, ...changed }).total <= available;
  if (fitting({})) return { memory, fits: true, remedies: [] };
  return { memory, fits: false, remedies: remediesFor(settings, fitting) };
}

/** The gentlest first: each alone, then together, then shorter sequences. */
function remediesFor(
  { microBatchSize, length, recompute }: MemorySettings,
  fitting: (changed: Partial<MemorySettings>) => boolean,
): TrainingEstimate["remedies"] {
  const smaller = halves(microBatchSize, 1);
  const anew = recompute ? {} : { recompute: true };
  const remedies: TrainingEstimate["remedies"][number][] = [];
  const size = smaller.find((candidate) => fitting({ microBatchSize: candidate }));
  if (size !== undefined) remedies.push({ text: sizeText(size), microBatchSize: size });
  if (!recompute && fitting(anew)) remedies.push({ text: recomputeText(), ...anew });
  if (remedies.length > 0) return remedies;
  const both = recompute ? undefined : smaller.find((candidate) => fitting({ ...anew, microBatchSize: candidate }));
  if (both !== undefined) return [{ text: `${sizeText(both)} ${recomputeText()}`, ...anew, microBatchSize: both }];
  const shorter = halves(length, shortest).find((candidate) =>
    fitting({ ...anew, microBatchSize: 1, length: candidate }),
  );
  if (shorter === undefined) return [{ text: l10n.t("Choose a smaller model.") }];
  const text = l10n.t("Take one sequence of {0} tokens at a time, and compute activations twice.", shorter);
  return [{ text, ...anew, microBatchSize: 1, maxLength: shorter }];
}

function sizeText(size: number): string {
  return l10n.t("Take {0} sequences at a time: the result is the same.", size);
}

function recomputeText(): string {
  return l10n.t("Compute activations twice: slower by a third, and the result is the same.");
}

/** Half of a number, half of that and so on, down to `least`. */
function halves(from: number, least: number): number[] {
  const found: number[] = [];
  for (let value = Math.floor(from / 2); value >= least; value = Math.floor(value / 2)) found.push(value);
  return found;
}
