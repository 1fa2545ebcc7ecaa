/** The numbers of a run as tables of texts, for every report that has them. */
import * as l10n from "@vscode/l10n";
import type { Candidate, PromptCell, RunItem, RunRecord, VariantSummary } from "../promptProtocol";

/** What a report is of. */
export interface ReportedRun {
  readonly record: RunRecord;
  readonly items: readonly RunItem[];
  /** One for each variant and input, in any order. */
  readonly cells: readonly PromptCell[];
}

/** Headings. */
export function summaryHead(): readonly string[] {
  return [
    l10n.t("Variant"),
    l10n.t("Rule"),
    l10n.t("Inputs"),
    l10n.t("Accuracy (95 %)"),
    l10n.t("ln p per token"),
    l10n.t("Overconfidence"),
    l10n.t("Prompt tokens"),
    l10n.t("ms per input"),
  ];
}

/** A row for each variant, its name and rule first. */
export function summaryRows({ variants }: Pick<RunRecord, "variants">): readonly (readonly string[])[] {
  return variants.map((summary) => [
    summary.name,
    summary.rule,
    String(summary.cells),
    accuracyText(summary),
    summary.meanLogprob === null ? "–" : summary.meanLogprob.toFixed(4),
    summary.overconfidence === null ? "–" : signed(summary.overconfidence),
    summary.cells > 0 ? (summary.promptTokens / summary.cells).toFixed(1) : "–",
    summary.cells > 0 ? (summary.ms / summary.cells).toFixed(1) : "–",
  ]);
}

/** `0.850 (0.709–0.929), 34 of 40`. */
function accuracyText({ accuracy, correct, judged }: VariantSummary): string {
  if (!accuracy) return "–";
  const [value, low, high] = [accuracy.value, accuracy.low, accuracy.high].map((x) => x.toFixed(3));
  return l10n.t("{0} ({1}–{2}), {3} of {4}", value ?? "", low ?? "", high ?? "", correct, judged);
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
}

/** Headings of the labels' table. */
export function biasHead(): readonly string[] {
  return [l10n.t("Variant"), l10n.t("Label"), l10n.t("Probable without an input"), l10n.t("Chosen")];
}

/** A row for each label of each variant that chooses among labels. */
export function biasRows({ variants }: Pick<RunRecord, "variants">): readonly (readonly string[])[] {
  return variants.flatMap(({ name, bias }) =>
    (bias ?? []).map(({ label, prior, chosen }) => [
      name,
      label,
      prior === null ? "–" : prior.toFixed(3),
      String(chosen),
    ]),
  );
}

/** What a report says of how its numbers came about: names and values. */
export function recordRows({ record }: ReportedRun): readonly (readonly [name: string, value: string])[] {
  const { model, versions, data, overrides } = record;
  const { items, ...said } = overrides;
  const changed = { ...said, ...(items && { items: l10n.t("{0} inputs given with the request", items.length) }) };
  return [
    [l10n.t("Prompt file"), record.file],
    [l10n.t("Task"), record.task],
    [l10n.t("Inputs"), String(record.items)],
    [l10n.t("Started"), record.startedAt],
    [l10n.t("Time"), l10n.t("{0} s", (record.elapsedMs / 1000).toFixed(1))],
    [l10n.t("Complete"), record.complete ? l10n.t("yes") : l10n.t("no: it was stopped")],
    [l10n.t("Model"), model.name],
    [l10n.t("Model SHA-256"), model.sha256],
    [l10n.t("Device"), model.device],
    [l10n.t("Context"), l10n.t("{0} tokens", model.contextLength)],
    ...Object.entries(data).map(([file, hash]) => [l10n.t("Data {0}, SHA-256", file), hash] as const),
    [l10n.t("Changed for this run"), Object.keys(changed).length > 0 ? JSON.stringify(changed) : l10n.t("nothing")],
    [l10n.t("Versions"), `GPT Workbench ${versions.gptWorkbench}, onnxruntime ${versions.onnxruntime}`],
  ];
}

/** The probability of the candidate that a cell chose, after calibration where there is one; null for free answers. */
export function chosenProbability({ candidates }: PromptCell): number | null {
  if (!candidates) return null;
  return Math.max(...candidates.map(share));
}

function share({ calibrated, probability }: Candidate): number {
  return calibrated ?? probability;
}
