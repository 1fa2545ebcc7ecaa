/** Prompt files that are open in editors. */
import * as vscode from "vscode";
import type { PromptSource } from "../../runtime/promptProtocol";
import { analyzePrompt, type PromptAnalysis } from "./analysis";
import { readColumns } from "./dataColumns";
import { dataFiles } from "./promptTree";

/** Prompt files, wherever they are: on disk, new ones, those of other file systems. */
export const promptSelector: vscode.DocumentSelector = { pattern: "**/*.prompt.yaml" };

/** Whether a document is a prompt file. */
export function isPromptDocument(document: vscode.TextDocument): boolean {
  return vscode.languages.match(promptSelector, document) > 0;
}

interface Known {
  readonly version: number;
  readonly analysis: PromptAnalysis;
}

const known = new WeakMap<vscode.TextDocument, Known>();

/** What a document's text says of itself; once for each version. */
export function analysisOf(document: vscode.TextDocument): PromptAnalysis {
  const { version } = document;
  const before = known.get(document);
  if (before?.version === version) return before.analysis;
  const analysis = analyzePrompt(document.getText());
  known.set(document, { version, analysis });
  return analysis;
}

/** The document as the runtime is given it. Of a new file the path is where it would be saved. */
export function promptSource(document: vscode.TextDocument): PromptSource {
  const root = vscode.workspace.getWorkspaceFolder(document.uri)?.uri.fsPath;
  return { path: document.uri.fsPath, text: document.getText(), ...(root === undefined ? {} : { root }) };
}

/** The columns of the data files that a prompt file names, those that it gives fields by the names of these. */
export async function columnsOf(document: vscode.TextDocument): Promise<readonly string[]> {
  const { path, root } = promptSource(document);
  const found = dataFiles(analysisOf(document).reading).map(({ file }) => readColumns(path, root, file));
  return [...new Set((await Promise.all(found)).flat())];
}

/** A range of the text, for the editor. */
export function toRange(
  document: vscode.TextDocument,
  { start, end }: { readonly start: number; readonly end: number },
): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}
