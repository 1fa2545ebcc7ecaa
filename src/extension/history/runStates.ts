/** How trainings and comparisons are, as rows of the history say it. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { ComparisonState } from "../../runtime/comparisonRecord";
import type { TrainingState } from "../../runtime/trainingProtocol";
import type { HistoryRow } from "./historyRows";

type RunState = ComparisonState | TrainingState;

/** How a run is, in a word or two. */
export function stateText(state: RunState): string {
  switch (state) {
    case "running":
      return l10n.t("running or interrupted");
    case "paused":
      return l10n.t("paused");
    case "stopped":
      return l10n.t("stopped");
    case "completed":
      return l10n.t("complete");
    case "failed":
      return l10n.t("failed");
    default:
      return state satisfies never;
  }
}

/** Its icon; `complete` where it came to its end. */
export function stateIcon(state: RunState, complete: string): HistoryRow["icon"] {
  if (state === "paused" || state === "running") return { id: "debug-pause" };
  if (state === "failed") return { id: "error", color: "list.errorForeground" };
  return { id: complete };
}
