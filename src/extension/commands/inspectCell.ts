import * as vscode from "vscode";
import type { CellAddress } from "../../runtime/comparePanelProtocol";
import { toErrorInfo } from "../../runtime/errors";
import { errorText } from "../errorText";
import { inspectScores } from "../inspect";
import type { InspectableCell } from "../promptLab/cellQuestions";
import type { Workbench } from "../workbench";
import { fileName, truncationNote } from "./prepare";
import { report } from "./report";

/** Shows a cell's prompt and answer in the inspector; instruction, demonstrations, labels, query and answer are named there. */
export async function inspectPromptCell(workbench: Workbench, address: CellAddress): Promise<void> {
  const cell = await workbench.promptLab.questions.inspectable(address).catch((error: unknown) => {
    workbench.messages.error(errorText(toErrorInfo(error)));
    return null;
  });
  if (!cell) return;
  const uri = vscode.Uri.file(cell.path);
  const resolved = workbench.settings.resolve(uri);
  if (resolved.kind === "invalid") return workbench.messages.problems(resolved.problems);
  workbench.panel.reveal();
  const inspection = inspectionOf(cell, uri, resolved.config.topAlternatives);
  const { models, runs } = workbench;
  const outcome = await runs.start((run) => inspectScores({ ...inspection, models, run }));
  report(workbench, outcome, [], ({ truncation }) => (truncation ? [truncationNote(truncation)] : []));
}

function inspectionOf({ title, text, model, segments }: InspectableCell, uri: vscode.Uri, topK: number) {
  return {
    title,
    // The text is put together from the file: none of it stands there.
    ...{ source: { uri: uri.toString(), label: fileName(uri), offset: 0 }, documentLength: 0 },
    params: { model, input: { kind: "text", text }, topK } as const,
    segments,
  };
}

/** Opens the prompt file of the run that is shown; its text at that time where the file is gone. */
export async function openPromptOfRun({ promptLab }: Workbench): Promise<void> {
  const source = promptLab.store.run?.parts[0]?.source;
  if (!source) return;
  try {
    await vscode.window.showTextDocument(vscode.Uri.file(source.path), { viewColumn: vscode.ViewColumn.One });
  } catch {
    const document = await vscode.workspace.openTextDocument({ content: source.text, language: "yaml" });
    await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One });
  }
}
