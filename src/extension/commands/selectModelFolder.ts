import * as vscode from "vscode";
import { CancelledError, RuntimeError, toErrorInfo } from "../../runtime/errors";
import { errorText } from "../messages";
import type { Workbench } from "../workbench";
import { tellProblems } from "./prepare";

/**
 * Asks for a model folder, loads it, and only then writes it to the settings: when it is no model, the former one
 * stays. A `Uri` as argument takes the place of the question.
 */
export async function selectModelFolder(workbench: Workbench, argument?: unknown): Promise<void> {
  const folder = argument instanceof vscode.Uri ? argument : await ask();
  if (!folder) return;
  if (folder.scheme !== "file") {
    workbench.messages.error(vscode.l10n.t("A model must lie in a folder on disk; {0} does not.", `${folder}`));
    return;
  }
  const settings = workbench.settings.resolve();
  if (settings.kind === "invalid") {
    tellProblems(workbench, settings.problems);
  } else if (await load(workbench, folder.fsPath, settings.config.device)) {
    await workbench.settings.update("model", folder.fsPath);
  }
}

async function ask(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    canSelectFolders: true,
    canSelectFiles: false,
    openLabel: vscode.l10n.t("Use This Model"),
    title: vscode.l10n.t("Select a Hugging Face model folder"),
  });
  return chosen?.[0];
}

async function load(workbench: Workbench, folder: string, device: "auto" | "cpu" | "webgpu"): Promise<boolean> {
  const progress = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t("Loading the model in {0}", folder),
    cancellable: true,
  };
  return vscode.window.withProgress(progress, async (_, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    try {
      await workbench.models.load({ folder, device }, controller.signal);
      return true;
    } catch (error) {
      tellFailure(workbench, error);
      return false;
    }
  });
}

function tellFailure({ messages }: Workbench, error: unknown): void {
  const toldAlready = error instanceof RuntimeError && error.code === "runtimeExited";
  if (error instanceof CancelledError || toldAlready) return;
  messages.error(errorText(toErrorInfo(error)));
}
