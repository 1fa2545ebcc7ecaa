/** What a selection was classified as, however that was found out. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { PromptCell } from "../../../runtime/promptProtocol";
import type { VariantAnswer } from "./runOnce";

/** One method's answer. */
export interface Classification {
  /** The method and the rule by which it compares: a variant's name with its scoring rule. */
  readonly by: string;
  /** Best first; shares of 1. */
  readonly answers: readonly { readonly label: string; readonly probability: number }[];
  /** What the user should know about it; empty for nothing. */
  readonly note: string;
}

/** Answers as classifications: of the variants that chose among labels. */
export function classificationsOf(answers: readonly VariantAnswer[]): Classification[] {
  return answers.flatMap(({ variant: { name, rule }, cell }) =>
    cell.candidates ? [classification(`${name} · ${rule}`, cell)] : [],
  );
}

function classification(by: string, { candidates, output, dropped, truncated }: PromptCell): Classification {
  const answers = (candidates ?? []).map(({ answer, calibrated, probability }) => ({
    label: answer,
    probability: calibrated ?? probability,
  }));
  // The chosen one first, also where another is as probable.
  answers.sort((a, b) => b.probability - a.probability || Number(b.label === output) - Number(a.label === output));
  const note =
    truncated > 0
      ? l10n.t("The prompt's beginning was cut off.")
      : dropped > 0
        ? l10n.t("{0} demonstrations were left out.", dropped)
        : "";
  return { by, answers, note };
}

/** A classification as a row of a list. */
export interface ClassificationRow {
  readonly label: string;
  readonly description: string;
  readonly detail?: string;
}

/** The row: the label with its probability, the method, and below the other labels. */
export function classificationRow({ by, answers, note }: Classification): ClassificationRow {
  const [best, ...others] = answers;
  const below = [...others.slice(0, 9).map(named), ...(others.length > 9 ? ["…"] : [])].join(", ");
  const detail = [below, note].filter((part) => part !== "").join(" · ");
  return { label: best ? named(best) : "", description: by, ...(detail === "" ? {} : { detail }) };
}

function named({ label, probability }: Classification["answers"][number]): string {
  return `${label} ${percent(probability)}`;
}

/** One decimal; what is not zero does not show as zero. */
function percent(share: number): string {
  const value = 100 * share;
  return value > 0 && value < 0.1 ? "< 0.1 %" : `${value.toFixed(1)} %`;
}
