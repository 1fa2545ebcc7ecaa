/** How far a comparison is, on a line of standard error. */

import * as l10n from "@vscode/l10n";
import { purposeText } from "../comparison/purposeText";
import type { ComparisonEvent, ComparisonRecord } from "../comparisonRecord";
import type { WorkProgress } from "../protocol";
import { planOfRecord } from "./compareText";
import { duration } from "./format";
import { progressLine } from "./progressLine";
import type { Terminal } from "./terminal";

/** What takes events and progress, and what ends the line. */
export interface ShownEvents {
  readonly onEvent: (event: ComparisonEvent) => void;
  readonly onProgress: (progress: WorkProgress) => void;
  readonly end: () => void;
}

/** Shows events as they come. @param json standard output is a line for each event. */
export function showEvents(terminal: Terminal, json: boolean): ShownEvents {
  const line = progressLine(terminal);
  let record: ComparisonRecord | null = null;
  let left = "";
  const stay = (text: string) => {
    line.end();
    terminal.err(`${text}\n`);
  };
  const onEvent = (event: ComparisonEvent) => {
    if (json) terminal.out(`${JSON.stringify(event)}\n`);
    switch (event.kind) {
      case "begin":
        record = event.record;
        for (const note of record.notes) stay(note);
        stay(l10n.t("Run: {0}", event.folder));
        return stay(planOfRecord(record));
      case "unit":
        return line.show(`${unitText(record, event)}${left}`);
      case "outcome":
        return;
      case "record":
        record = event.record;
        left = event.leftMs === null ? "" : `, ${l10n.t("{0} left", duration(event.leftMs))}`;
        return line.show(`${doneText(record)}${left}`);
      case "note":
        return stay(event.text);
      default:
        return event satisfies never;
    }
  };
  const onProgress = ({ stage, done, total }: WorkProgress) => {
    const text = stageText(stage);
    line.show(total > 0 ? l10n.t("{0}: {1} of {2}", text, done, total) : text);
  };
  return { onEvent, onProgress, end: () => line.end() };
}

function stageText(stage: WorkProgress["stage"]): string {
  if (stage === "loading") return l10n.t("Loading the model");
  return stage === "measuring" ? l10n.t("Planning") : l10n.t("Reading the data");
}

function unitText(record: ComparisonRecord | null, event: Extract<ComparisonEvent, { kind: "unit" }>): string {
  const { unit, stage, done, total } = event;
  const arm = record?.arms[unit.arm]?.name ?? String(unit.arm);
  const work = stage === "training" ? l10n.t("step {0} of {1}", done, total) : l10n.t("answer {0} of {1}", done, total);
  return `${doneText(record)}: ${arm}, ${purposeText(unit)}, ${l10n.t("seed {0}", unit.seed)}: ${work}`;
}

function doneText(record: ComparisonRecord | null): string {
  return l10n.t("{0} of {1} units", record?.units.done ?? 0, record?.units.total ?? 0);
}
