import * as vscode from "vscode";
import type { CommandId } from "./commands/commandIds";
import { type StatusInput, statusText } from "./statusText";
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
  const { runtime, models, runs, settings, inline } = workbench;
  return vscode.Disposable.from(
    item,
    runtime.onDidChangeState(update),
    models.onDidChangeState(update),
    runs.onDidChangeRunning(update),
    settings.onDidChange(update),
    inline.onDidChange(update),
  );
}

function show(item: vscode.StatusBarItem, { runtime, models, runs, settings, inline }: Workbench): void {
  const input: StatusInput = {
    runtime: runtime.state,
    model: models.state,
    running: runs.running,
    settings: settings.resolve(),
    inline: inline.status,
  };
  const { text, spoken, rows } = statusText(input);
  item.text = text;
  item.accessibilityInformation = { label: spoken, role: "button" };
  item.tooltip = tooltip(rows);
}

function tooltip(rows: ReturnType<typeof statusText>["rows"]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString("**GPT Workbench**\n\n");
  for (const { label, value } of rows) {
    // appendText: a path or an error may hold anything.
    markdown.appendText(`${label}: ${value}`).appendMarkdown("  \n");
  }
  return markdown;
}
