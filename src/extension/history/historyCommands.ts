/** The commands of the History view. */
import * as vscode from "vscode";
import type { Workbench } from "../workbench";
import {
  compareTwo,
  deleteRuns,
  type HistoryParts,
  openRecord,
  openRun,
  repeatComparison,
  revealRun,
  runAgain,
  trainAgain,
} from "./historyActions";
import { historyFiles, RunNode } from "./historyView";
import type { HistoryEntry } from "./runHistory";

type Handler = (workbench: Workbench, argument?: unknown) => unknown;

/** The handlers, by command. */
export const historyHandlers = {
  "gptWorkbench.openRun": onRun(openRun),
  "gptWorkbench.runAgain": onRun(async (parts, entry) => {
    if (entry.kind === "run") await runAgain(parts, entry);
    else if (entry.kind === "training") await trainAgain(parts, entry);
    else if (entry.kind === "comparison") await repeatComparison(parts, entry);
  }),
  "gptWorkbench.selectRunForCompare": onRun((_, entry, { history }) => history.selectForCompare(entry)),
  "gptWorkbench.compareWithSelectedRun": onRun(async (parts, entry, { history }) => {
    const other = history.selectedForCompare;
    if (other) await compareTwo(parts, other, entry);
  }),
  "gptWorkbench.compareRuns": compareSelected,
  "gptWorkbench.openRunRecord": onRun(openRecord),
  "gptWorkbench.revealRun": onRun(revealRun),
  "gptWorkbench.deleteRun": deleteSelected,
  "gptWorkbench.refreshRuns": ({ history }) => history.refresh(),
  "gptWorkbench.groupRunsByDay": ({ history }) => history.groupBy("day"),
  "gptWorkbench.groupRunsByFile": ({ history }) => history.groupBy("file"),
} satisfies Readonly<Record<string, Handler>>;

/** A command on one run: that of the row it was chosen on, or whose folder a `Uri` names; without either that of the selected row. */
function onRun(work: (parts: HistoryParts, entry: HistoryEntry, workbench: Workbench) => unknown): Handler {
  return async (workbench, argument) => {
    const entry = await findRun(workbench, argument);
    if (entry) await work(partsOf(workbench), entry, workbench);
    else workbench.messages.info(vscode.l10n.t("Choose a run in the History view first."));
  };
}

async function findRun({ history }: Workbench, argument: unknown): Promise<HistoryEntry | undefined> {
  if (argument instanceof RunNode) return argument.entry;
  return argument instanceof vscode.Uri ? history.find(argument.fsPath) : history.selection[0];
}

async function compareSelected(workbench: Workbench): Promise<void> {
  const [one, other, ...more] = workbench.history.selection;
  if (one && other && more.length === 0) await compareTwo(partsOf(workbench), one, other);
  else workbench.messages.info(vscode.l10n.t("Choose two runs in the History view first."));
}

/** The row it was chosen on, or all selected ones where that is among them. */
async function deleteSelected(workbench: Workbench, argument?: unknown): Promise<void> {
  const { selection } = workbench.history;
  const own = argument instanceof RunNode ? argument.entry : undefined;
  const inSelection = own === undefined || selection.some(({ folder }) => folder === own.folder);
  if (await deleteRuns(partsOf(workbench), inSelection ? selection : [own])) workbench.history.refresh();
}

function partsOf({ messages, dialogs, promptLab, training, comparisons }: Workbench): HistoryParts {
  return { messages, dialogs, promptLab, training, comparisons, files: historyFiles };
}
