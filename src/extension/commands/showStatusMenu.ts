import * as vscode from "vscode";
import { openSettings } from "../messages";
import type { Workbench } from "../workbench";
import type { CommandId } from "./commandIds";

interface MenuItem extends vscode.QuickPickItem {
  readonly run: () => unknown;
}

/** The menu of the status bar item. */
export async function showStatusMenu({ runs }: Workbench): Promise<void> {
  const items: MenuItem[] = [
    ...(runs.running ? [entry("debug-stop", vscode.l10n.t("Stop Completion"), "gptWorkbench.stopCompletion")] : []),
    entry("play", vscode.l10n.t("Complete Selection"), "gptWorkbench.completeSelection"),
    entry("graph", vscode.l10n.t("Show Token Probabilities"), "gptWorkbench.showTokenProbabilities"),
    { label: `$(library) ${vscode.l10n.t("Models")}`, run: showModels },
    entry("folder-opened", vscode.l10n.t("Select Model Folder…"), "gptWorkbench.selectModelFolder"),
    entry("circuit-board", vscode.l10n.t("Show Devices"), "gptWorkbench.showDevices"),
    entry("debug-restart", vscode.l10n.t("Restart Runtime"), "gptWorkbench.restartRuntime"),
    entry("output", vscode.l10n.t("Show Log"), "gptWorkbench.showLog"),
    { label: `$(gear) ${vscode.l10n.t("Open Settings")}`, run: openSettings },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: "GPT Workbench" });
  await chosen?.run();
}

/** VS Code has such a command for every view. */
async function showModels(): Promise<void> {
  await vscode.commands.executeCommand("gptWorkbench.models.focus");
}

function entry(icon: string, label: string, command: CommandId): MenuItem {
  return { label: `$(${icon}) ${label}`, run: () => vscode.commands.executeCommand(command) };
}
