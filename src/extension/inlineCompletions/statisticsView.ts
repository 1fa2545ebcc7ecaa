import * as vscode from "vscode";
import { statisticsDocument } from "./statisticsDocument";
import type { StatisticsStore } from "./statisticsStore";

const scheme = "gpt-workbench-statistics";
const uri = vscode.Uri.from({ scheme, path: "/inline-completions.txt" });

/** Provides the document about suggestions, made anew with every count. */
export function provideStatistics(store: StatisticsStore): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  return vscode.Disposable.from(
    changed,
    store.onDidChange(() => changed.fire(uri)),
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: () => statisticsDocument(store.statistics),
    }),
  );
}

/** Opens that document, all numbers of the panel as text. */
export async function openStatistics(): Promise<void> {
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: false });
}
