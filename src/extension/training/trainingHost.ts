/** What training takes from the window: settings, folders, dialogs, messages. */
import * as vscode from "vscode";
import { invalidRequest } from "../../runtime/errors";
import type { ChosenFile, ModelChoice } from "../../runtime/trainingPanelProtocol";
import type { CommandId } from "../commands/commandIds";
import { errorText } from "../errorText";
import type { Memory } from "../inlineCompletions/statisticsStore";
import type { Messages } from "../messages";
import type { ModelStore } from "../modelStore";
import { runsFolder } from "../promptLab/labHost";
import type { Settings } from "../settings";
import { type LongWork, rememberUnderWay } from "../underWay";
import type { ShownTraining } from "./shownTraining";
import type { TrainingHost } from "./trainingLab";

/** What it is made of. */
export interface HostParts {
  readonly settings: Settings;
  readonly modelStore: ModelStore;
  readonly messages: Messages;
  /** The extension's global folder: runs of files in no workspace lie in it. */
  readonly storage: vscode.Uri;
  readonly memory: Memory;
}

/** A training, as a window leaves it to the next. */
export const trainingUnderWay: LongWork = {
  key: "gptWorkbench.trainingUnderWay",
  resume: "gptWorkbench.resumeTraining",
  text: (name) => vscode.l10n.t("The training of {0} was interrupted when its window closed.", name),
};

/** The panel, as the host needs it. */
export interface RevealedPanel {
  readonly visible: boolean;
  reveal(): void;
}

/** Makes training's view of the window. `other` names long work beside it that is under way. */
export function createTrainingHost(
  parts: HostParts,
  panel: () => RevealedPanel,
  other: () => string | null,
): TrainingHost {
  const { settings, storage, memory } = parts;
  return {
    other,
    reveal: () => panel().reveal(),
    model: () => {
      const resolved = settings.resolve();
      if (resolved.kind === "invalid") throw invalidRequest(resolved.problems.join(" "));
      return resolved.model;
    },
    models: () => models(parts),
    runs: (path) => runsFolder(vscode.Uri.file(path), storage).fsPath,
    choose,
    remember: (folder) => rememberUnderWay({ memory }, trainingUnderWay, folder),
    // Who looks at the panel has seen it.
    ended: (run) => {
      if (!panel().visible) ended(parts, run);
    },
  };
}

async function models({ settings, modelStore }: HostParts): Promise<readonly ModelChoice[]> {
  const resolved = settings.resolve();
  if (resolved.kind === "invalid") return [];
  const { store, model } = resolved;
  const { models: listed } = await modelStore.list({ store, selected: model.folder });
  return listed.filter(({ state }) => state.kind === "ready").map(({ folder, name }) => ({ folder, name }));
}

async function choose(what: ChosenFile): Promise<string | undefined> {
  const folders = what === "root" || what === "model" || what === "tokenizerFrom";
  const start = vscode.workspace.workspaceFolders?.[0]?.uri;
  const chosen = await vscode.window.showOpenDialog({
    canSelectFolders: folders,
    canSelectFiles: !folders,
    ...(start?.scheme === "file" ? { defaultUri: start } : {}),
    ...(folders ? {} : { filters: { [vscode.l10n.t("Labelled data")]: ["jsonl", "ndjson", "csv", "tsv"] } }),
    title: folders ? vscode.l10n.t("Choose a Folder") : vscode.l10n.t("Choose Labelled Data"),
    openLabel: vscode.l10n.t("Choose"),
  });
  return chosen?.[0]?.fsPath;
}

/** One message, for whoever has looked away: when the run ended by itself. */
function ended({ messages }: HostParts, { status, record, title, failure }: ShownTraining): void {
  const show: CommandId = "gptWorkbench.showTraining";
  const action = { title: vscode.l10n.t("Show Training"), run: () => vscode.commands.executeCommand(show) };
  const name = record?.name || title;
  if (status === "completed") {
    const accuracy = record?.test?.accuracy;
    messages.info(
      accuracy === null || accuracy === undefined
        ? vscode.l10n.t("{0} is trained.", name)
        : vscode.l10n.t("{0} is trained: {1} % right on test.", name, (100 * accuracy).toFixed(1)),
      action,
    );
  } else if (failure && failure.code !== "runtimeExited") {
    messages.error(vscode.l10n.t("The training of {0} failed. {1}", name, errorText(failure)), action);
  } else if (failure) {
    messages.error(vscode.l10n.t("The training of {0} was interrupted. {1}", name, errorText(failure)), action);
  } else if (status === "failed") {
    messages.error(vscode.l10n.t("The training of {0} failed. {1}", name, record?.reason ?? ""), action);
  }
}
