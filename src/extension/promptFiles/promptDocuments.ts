/** Prompt files that are open in editors. */
import * as vscode from "vscode";
import type { PromptSource } from "../../runtime/promptProtocol";
import { readColumns } from "../yamlFiles/dataColumns";
import { placeOf } from "../yamlFiles/editor";
import { analyzePrompt, type PromptAnalysis } from "./analysis";
import { dataFiles } from "./promptTree";

/** Prompt files, wherever they are: on disk, new ones, those of other file systems. */
export const promptSelector: vscode.DocumentSelector = { pattern: "**/*.prompt.yaml" };

/** Whether a document is a prompt file. */
export function isPromptDocument(document: vscode.TextDocument): boolean {
  return vscode.languages.match(promptSelector, document) > 0;
}

interface Known {
  readonly version: number;
  readonly columns: Columns;
  readonly analysis: PromptAnalysis;
}

/** Columns of data files, by their path in the prompt file. */
type Columns = ReadonlyMap<string, readonly string[]>;

const known = new WeakMap<vscode.TextDocument, Known>();
const columnsKnown = new WeakMap<vscode.TextDocument, Columns>();
const none: Columns = new Map();

/** What a document's text says of itself, with the columns that were read last; once for each version. */
export function analysisOf(document: vscode.TextDocument): PromptAnalysis {
  const { version } = document;
  const columns = columnsKnown.get(document) ?? none;
  const before = known.get(document);
  if (before?.version === version && before.columns === columns) return before.analysis;
  const analysis = analyzePrompt(document.getText(), columns);
  known.set(document, { version, columns, analysis });
  return analysis;
}

/** The document as the runtime is given it. Of a new file the path is where it would be saved. */
export function promptSource(document: vscode.TextDocument): PromptSource {
  return { ...placeOf(document), text: document.getText() };
}

/**
 * Reads the columns of the data files that a prompt file names: its fields, but for those that it gives other names. From then on
 * `analysisOf` knows them.
 */
export async function columnsOf(document: vscode.TextDocument): Promise<readonly string[]> {
  const { path, root } = promptSource(document);
  const names = new Set(dataFiles(analysisOf(document).reading).map(({ file }) => file));
  const read = await Promise.all([...names].map(async (file) => [file, await readColumns(path, root, file)] as const));
  const found = new Map(read.filter(([, columns]) => columns.length > 0));
  const before = columnsKnown.get(document) ?? none;
  // The same map means: nothing to look at anew.
  if (JSON.stringify([...before]) !== JSON.stringify([...found])) columnsKnown.set(document, found);
  return [...new Set([...found.values()].flat())];
}
