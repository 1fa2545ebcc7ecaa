import * as vscode from "vscode";
import { openSettings } from "../messages";
import type { InlineStatus } from "../statusText";
import type { Workbench } from "../workbench";
import type { CommandId } from "./commandIds";

interface MenuItem extends vscode.QuickPickItem {
  readonly run: () => unknown;
}

/** The menu of the status bar item. */
export async function showStatusMenu({ runs, inline, surprisal, training, comparisons }: Workbench): Promise<void> {
  const items: MenuItem[] = [
    ...(runs.running ? [entry("debug-stop", vscode.l10n.t("Stop Completion"), "gptWorkbench.stopCompletion")] : []),
    ...trainingEntries(training.running !== null),
    ...comparisonEntries(comparisons.running !== null),
    entry("play", vscode.l10n.t("Complete Selection"), "gptWorkbench.completeSelection"),
    entry("graph", vscode.l10n.t("Show Token Probabilities"), "gptWorkbench.showTokenProbabilities"),
    ...surprisalEntry(surprisal),
    { label: `$(library) ${vscode.l10n.t("Models")}`, run: showModels },
    entry("folder-opened", vscode.l10n.t("Select Model Folder…"), "gptWorkbench.selectModelFolder"),
    entry("circuit-board", vscode.l10n.t("Show Devices"), "gptWorkbench.showDevices"),
    ...inlineEntries(inline.status),
    entry("debug-restart", vscode.l10n.t("Restart Runtime"), "gptWorkbench.restartRuntime"),
    entry("output", vscode.l10n.t("Show Log"), "gptWorkbench.showLog"),
    { label: `$(gear) ${vscode.l10n.t("Open Settings")}`, run: openSettings },
  ];
  const chosen = await vscode.window.showQuickPick(items, { title: "GPT Workbench" });
  await chosen?.run();
}

function trainingEntries(running: boolean): MenuItem[] {
  if (!running) return [];
  return [
    entry("mortar-board", vscode.l10n.t("Show Training"), "gptWorkbench.showTraining"),
    entry("debug-pause", vscode.l10n.t("Pause Training"), "gptWorkbench.pauseTraining"),
  ];
}

function comparisonEntries(running: boolean): MenuItem[] {
  if (!running) return [];
  return [
    entry("law", vscode.l10n.t("Show Comparison"), "gptWorkbench.showComparison"),
    entry("debug-pause", vscode.l10n.t("Pause Comparison"), "gptWorkbench.pauseComparison"),
  ];
}

function surprisalEntry(surprisal: Workbench["surprisal"]): MenuItem[] {
  const document = vscode.window.activeTextEditor?.document;
  if (!document) return [];
  const label = surprisal.shows(document)
    ? vscode.l10n.t("Hide Surprisal in Editor")
    : vscode.l10n.t("Show Surprisal in Editor");
  return [entry("symbol-color", label, "gptWorkbench.toggleSurprisal")];
}

function inlineEntries({ kind }: InlineStatus): MenuItem[] {
  const statistics = entry(
    "pulse",
    vscode.l10n.t("Show Inline Completion Statistics"),
    "gptWorkbench.showInlineCompletionStatistics",
  );
  if (kind === "off") {
    return [
      entry("wand", vscode.l10n.t("Turn On Inline Completions"), "gptWorkbench.toggleInlineCompletions"),
      statistics,
    ];
  }
  return [
    entry("wand", vscode.l10n.t("Turn Off Inline Completions"), "gptWorkbench.toggleInlineCompletions"),
    ...stateEntries(kind),
    statistics,
  ];
}

function stateEntries(kind: InlineStatus["kind"]): MenuItem[] {
  const language: CommandId = "gptWorkbench.toggleInlineCompletionsForLanguage";
  const snooze = entry(
    "bell-slash",
    vscode.l10n.t("Snooze Inline Completions…"),
    "gptWorkbench.snoozeInlineCompletions",
  );
  switch (kind) {
    case "snoozed":
      return [entry("bell", vscode.l10n.t("Resume Inline Completions"), "gptWorkbench.resumeInlineCompletions")];
    case "untrusted": {
      const allow: CommandId = "gptWorkbench.allowInlineCompletionsInUntrustedWorkspaces";
      return [entry("unlock", vscode.l10n.t("Allow Inline Completions in Untrusted Workspaces"), allow)];
    }
    case "language":
      return [entry("symbol-misc", vscode.l10n.t("Turn On Inline Completions for This Language"), language)];
    case "on":
    case "failed":
      return [entry("symbol-misc", vscode.l10n.t("Turn Off Inline Completions for This Language"), language), snooze];
    case "off":
    case "document":
      return [];
    default:
      return kind satisfies never;
  }
}

/** VS Code has such a command for every view. */
async function showModels(): Promise<void> {
  await vscode.commands.executeCommand("gptWorkbench.models.focus");
}

function entry(icon: string, label: string, command: CommandId): MenuItem {
  return { label: `$(${icon}) ${label}`, run: () => vscode.commands.executeCommand(command) };
}
