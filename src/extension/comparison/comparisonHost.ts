/** What comparisons take from the window: settings, folders, files, messages. */
import * as vscode from "vscode";
import type { ComparisonParams } from "../../runtime/comparisonRecord";
import { invalidRequest } from "../../runtime/errors";
import type { CommandId } from "../commands/commandIds";
import { errorText } from "../errorText";
import type { ListedModel } from "../modelStore";
import { runsFolder } from "../promptLab/labHost";
import type { HostParts, RevealedPanel } from "../training/trainingHost";
import { type LongWork, rememberUnderWay } from "../underWay";
import type { ComparisonHost, EndedComparison } from "./comparisonParts";
import { checkNamedModels, checkStoredRun, type TrustedChoices } from "./comparisonTrust";
import type { PlannedSource } from "./plannedComparison";
import { saveReport } from "./saveReport";

/** A comparison, as a window leaves it to the next. */
export const comparisonUnderWay: LongWork = {
  key: "gptWorkbench.comparisonUnderWay",
  resume: "gptWorkbench.resumeComparison",
  text: (name) => vscode.l10n.t("The comparison {0} was interrupted when its window closed.", name),
};

/** Makes the lab's view of the window. `other` names long work beside it that is under way. */
export function createComparisonHost(
  parts: HostParts,
  panel: () => RevealedPanel,
  other: () => string | null,
): ComparisonHost {
  const { memory, messages } = parts;
  return {
    other,
    reveal: () => panel().reveal(),
    params: (source, arms) => paramsOf(parts, source, arms),
    checkStored: async (record) => {
      const { store, cache } = settingsFor(parts, record.params.source.path);
      await checkStoredRun(record, { store, cache }, choices(parts, record.params.source.path));
    },
    currentText: async (path) => {
      try {
        return (await vscode.workspace.openTextDocument(vscode.Uri.file(path))).getText();
      } catch {
        return null; // deleted or renamed: what was run is known
      }
    },
    remember: (folder) => rememberUnderWay({ memory }, comparisonUnderWay, folder),
    // Who looks at the panel has seen it.
    ended: (end) => {
      if (!panel().visible) tellEnd(parts, end);
    },
    save: (file) => saveReport(file, messages),
  };
}

async function paramsOf(
  parts: HostParts,
  { path, text }: PlannedSource,
  arms: readonly string[] | undefined,
): Promise<ComparisonParams> {
  const { model, store, cache } = settingsFor(parts, path);
  await checkNamedModels(text, choices(parts, path));
  const uri = vscode.Uri.file(path);
  const root = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
  return {
    source: { path, text, ...(root === undefined ? {} : { root }) },
    ...{ model: model.folder, store, device: model.device },
    ...(model.contextLength === undefined ? {} : { contextLength: model.contextLength }),
    runs: runsFolder(uri, parts.storage).fsPath,
    cache,
    ...(arms ? { arms } : {}),
    // The runtime looks again, and reads no text that the record of a model names.
    ...(vscode.workspace.isTrusted ? {} : { modelsFromStoreOnly: true }),
  };
}

/** Throws `invalidRequest` with what is wrong with the settings. */
function settingsFor({ settings, storage }: HostParts, path: string) {
  const resolved = settings.resolve(vscode.Uri.file(path));
  if (resolved.kind === "invalid") throw invalidRequest(resolved.problems.join(" "));
  const { model, store } = resolved;
  return { model, store, cache: vscode.Uri.joinPath(storage, "cells").fsPath };
}

function choices(parts: HostParts, path: string): TrustedChoices {
  return {
    trusted: vscode.workspace.isTrusted,
    list: async (): Promise<readonly ListedModel[]> => {
      const { model, store } = settingsFor(parts, path);
      return (await parts.modelStore.list({ store, selected: model.folder })).models;
    },
  };
}

/** One message, for whoever has looked away. */
function tellEnd({ messages }: HostParts, { title, run, failure }: EndedComparison): void {
  const show: CommandId = "gptWorkbench.showComparison";
  const action = { title: vscode.l10n.t("Show Comparison"), run: () => vscode.commands.executeCommand(show) };
  if (run?.status === "completed") {
    const [verdict] = run.report?.verdicts ?? [];
    messages.info(vscode.l10n.t("{0} is complete. {1}", title, verdict ?? "").trim(), action);
  } else if (failure?.code === "runtimeExited") {
    messages.error(vscode.l10n.t("The comparison {0} was interrupted. {1}", title, errorText(failure)), action);
  } else if (failure || run?.status === "failed") {
    const reason = failure ? errorText(failure) : (run?.record.reason ?? "");
    messages.error(vscode.l10n.t("The comparison {0} failed. {1}", title, reason), action);
  }
}
