import * as vscode from "vscode";
import type { CommandId } from "./commands/commandIds";
import { type StatusInput, statusText, type TrainingProgress } from "./statusText";
import type { ShownTraining } from "./training/shownTraining";
import type { Workbench } from "./workbench";

/** The one status bar item: model, device, state; its menu on a click. Follows every change by itself. */
export function createStatusBar(workbench: Workbench): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("gptWorkbench.status", vscode.StatusBarAlignment.Right, 100);
  item.name = "GPT Workbench";
  const command: CommandId = "gptWorkbench.showStatusMenu";
  item.command = command;
  const update = () => show(item, workbench);
  update();
  item.show();
  const { runtime, models, runs, settings, inline, training, comparisons } = workbench;
  return vscode.Disposable.from(
    item,
    runtime.onDidChangeState(update),
    models.onDidChangeState(update),
    runs.onDidChangeRunning(update),
    settings.onDidChange(update),
    inline.onDidChange(update),
    training.onDidChange(update),
    comparisons.onDidChange(update),
  );
}

function show(item: vscode.StatusBarItem, workbench: Workbench): void {
  const { runtime, models, runs, settings, inline, training, comparisons } = workbench;
  const input: StatusInput = {
    runtime: runtime.state,
    model: models.state,
    running: runs.running,
    settings: settings.resolve(),
    inline: inline.status,
    training: progressOf(training.running),
    comparison: comparisons.running,
  };
  const { text, spoken, rows } = statusText(input);
  // Assigning the same text again would make the item flicker at every step.
  if (item.text !== text) item.text = text;
  item.accessibilityInformation = { label: spoken, role: "button" };
  item.tooltip = tooltip(rows);
}

function progressOf(run: ShownTraining | null): TrainingProgress | null {
  if (!run) return null;
  return { name: run.record?.name || run.title, ...run.progress, leftMs: run.leftMs };
}

function tooltip(rows: ReturnType<typeof statusText>["rows"]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString("**GPT Workbench**\n\n");
  for (const { label, value } of rows) {
    // appendText: a path or an error may hold anything.
    markdown.appendText(`${label}: ${value}`).appendMarkdown("  \n");
  }
  return markdown;
}
