/** A comparison's events as lines of a test's output. Pure. */

import * as l10n from "@vscode/l10n";
import { purposeText } from "../../runtime/comparison/purposeText";
import type { ComparisonEvent, ComparisonRecord, ComparisonUnit } from "../../runtime/comparisonRecord";

/** Turns events into lines: what begins, each unit that is done, notes. One for each run of a comparison. */
export class EventText {
  #record: ComparisonRecord | null = null;
  #done = 0;

  /** What an event has to say; empty for most. */
  lines(event: ComparisonEvent): readonly string[] {
    switch (event.kind) {
      case "begin":
        this.#record = event.record;
        return [l10n.t("Run: {0}", event.folder), ...event.record.notes, plan(event.record)];
      case "outcome": {
        this.#done++;
        const words = [this.#unit(event.outcome.unit), event.outcome.score.toFixed(4)].join(": ");
        return [event.reused ? l10n.t("{0} (known already)", words) : words];
      }
      case "record":
        this.#record = event.record;
        return event.record.state === "running" ? [] : ended(event.record);
      case "note":
        return [event.text];
      case "unit":
        return [];
      default:
        return event satisfies never;
    }
  }

  /** *3 of 12: few-shot, test, seed 1* */
  #unit(unit: ComparisonUnit): string {
    const arm = this.#record?.arms[unit.arm]?.name ?? String(unit.arm);
    const parts = [arm, purposeText(unit), l10n.t("seed {0}", unit.seed)].join(", ");
    return l10n.t("{0} of {1}: {2}", this.#done, this.#record?.units.total ?? this.#done, parts);
  }
}

function plan({ items, units }: ComparisonRecord): string {
  return l10n.t(
    "{0} units of work; {1} items to learn from, {2} to choose by, {3} to measure with.",
    ...[units.total, items.train, items.dev, items.test],
  );
}

function ended({ state, reason }: ComparisonRecord): readonly string[] {
  if (state === "paused") return [l10n.t("Paused. The comparison panel goes on with it.")];
  return reason === null ? [] : [reason];
}
