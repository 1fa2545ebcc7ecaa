/** States and numbers of a comparison in words. Pure, but for the language they are in. */
import * as l10n from "@vscode/l10n";
import { timeText } from "../../runtime/comparison/report/metricWords";
import type { ComparisonPanelState, ComparisonStatus } from "../../runtime/comparisonPanelProtocol";
import type { ArmRecord, ComparisonRecord, ComparisonUnit } from "../../runtime/comparisonRecord";
import type { NumberFormats } from "../shared/format";

/** A run as the panel is told of it. */
export type RunState = Extract<ComparisonPanelState, { kind: "run" }>;

/** How a comparison is, in a word. */
export function statusText(status: ComparisonStatus): string {
  switch (status) {
    case "running":
      return l10n.t("Running");
    case "pausing":
      return l10n.t("Pausing");
    case "paused":
      return l10n.t("Paused");
    case "completed":
      return l10n.t("Completed");
    case "failed":
      return l10n.t("Failed");
    case "interrupted":
      return l10n.t("Interrupted");
    default:
      return status satisfies never;
  }
}

/** How far a run is, how long it took, and how long it will. */
export function progressParts({ status, record, elapsedMs, leftMs }: RunState, formats: NumberFormats): string[] {
  const { units, estimate } = record;
  return [
    statusText(status),
    l10n.t("{0} of {1} parts", formats.count(units.done), formats.count(units.total)),
    l10n.t("{0} so far", timeText(elapsedMs)),
    ...(leftMs === null || status !== "running" ? [] : [l10n.t("about {0} left", timeText(leftMs))]),
    l10n.t("estimated in all: {0}", timeText(estimate.ms)),
  ];
}

/** What a part of the work is for. */
export function purposeText({ purpose, labels, choice }: ComparisonUnit): string {
  switch (purpose) {
    case "choose":
      return l10n.t("choosing settings on dev");
    case "test":
      return l10n.t("answering test");
    case "labelCurve":
      return l10n.t("learning curve, with {0} labels", labels);
    case "kCurve":
      return l10n.t("learning curve, with {0} demonstrations", choice.kind === "prompt" ? choice.k : 0);
    default:
      return purpose satisfies never;
  }
}

/** Where an arm stands. */
export type ArmProgress = "waiting" | "choosing" | "answering" | "curve" | "done";

/** Where the arm of this number stands. */
export function armProgress({ record, unit }: Pick<RunState, "record" | "unit">, number: number): ArmProgress {
  const arm = record.arms[number];
  if (unit?.unit.arm === number) {
    const { purpose } = unit.unit;
    return purpose === "choose" ? "choosing" : purpose === "test" ? "answering" : "curve";
  }
  if (arm === undefined) return "waiting";
  if (arm.testReads > 0) return "done";
  // Where there is nothing to choose, the choice is made from the start.
  return triedOf(arm) > 0 ? "choosing" : "waiting";
}

/** Settings that were tried on dev so far. */
export function triedOf({ tried }: ArmRecord): number {
  return tried.filter(({ dev }) => dev !== null).length;
}

/** Where an arm stands, in words. */
export function armProgressText(progress: ArmProgress): string {
  switch (progress) {
    case "waiting":
      return l10n.t("waits");
    case "choosing":
      return l10n.t("chooses on dev");
    case "answering":
      return l10n.t("answers test");
    case "curve":
      return l10n.t("learning curve");
    case "done":
      return l10n.t("answered test");
    default:
      return progress satisfies never;
  }
}

/** Parts of the line under a report's title. */
export function reportParts({ task, items, models, startedAt, device }: ComparisonRecord, language: string): string[] {
  const started = Date.parse(startedAt);
  const format = new Intl.DateTimeFormat(language || "en", { dateStyle: "medium", timeStyle: "short" });
  return [
    l10n.t("{0} on {1} items of test", task, items.test),
    models.map(({ name }) => name).join(", "),
    ...(Number.isNaN(started) ? [] : [format.format(started)]),
    device,
  ].filter((part) => part !== "");
}

/** How often test was read before. */
export function testReadsText(before: number): string {
  if (before === 0) return l10n.t("never");
  return before === 1 ? l10n.t("once") : l10n.t("{0} times", before);
}

/** What to say to a screen reader when the state changes; null when it is said already. */
export function announcement(before: ComparisonPanelState | null, now: ComparisonPanelState): string | null {
  const [was, is] = [before, now].map(spoken);
  return is === was || is === null || is === undefined ? null : is;
}

function spoken(state: ComparisonPanelState | null): string | null {
  switch (state?.kind) {
    case "run":
      return `${state.title}: ${statusText(state.status)}`;
    case "report":
      return state.report ? l10n.t("{0}: the report is there.", state.title) : null;
    case "plan":
      return state.starting ? l10n.t("{0}: starting", state.title) : null;
    default:
      return null;
  }
}
