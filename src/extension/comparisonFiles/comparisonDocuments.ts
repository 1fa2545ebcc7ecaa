/** Comparison files that are open in editors. */
import * as vscode from "vscode";
import { placeOf } from "../yamlFiles/editor";
import { analyzeComparison, type ComparisonAnalysis } from "./analysis";
import { nothingAround, readSurroundings, type Surroundings } from "./surroundings";

/** Comparison files, wherever they are: on disk, new ones, those of other file systems. */
export const comparisonSelector: vscode.DocumentSelector = { pattern: "**/*.compare.yaml" };

/** Whether a document is a comparison file. */
export function isComparisonDocument(document: vscode.TextDocument): boolean {
  return vscode.languages.match(comparisonSelector, document) > 0;
}

interface Known {
  readonly version: number;
  readonly around: Surroundings;
  readonly analysis: ComparisonAnalysis;
}

const known = new WeakMap<vscode.TextDocument, Known>();
const aroundKnown = new WeakMap<vscode.TextDocument, Surroundings>();

/** What a document's text says of itself, with what was last seen around it; once for each version. */
export function analysisOf(document: vscode.TextDocument): ComparisonAnalysis {
  const { version } = document;
  const around = aroundKnown.get(document) ?? nothingAround;
  const before = known.get(document);
  if (before?.version === version && before.around === around) return before.analysis;
  const analysis = analyzeComparison(document.getText(), around);
  known.set(document, { version, around, analysis });
  return analysis;
}

/**
 * Looks at the files that a comparison file names. From then on `analysisOf` knows them.
 * @param models names of the store's models; null where they are not to be asked for.
 */
export async function lookAround(
  document: vscode.TextDocument,
  models: readonly string[] | null,
): Promise<Surroundings> {
  const before = aroundKnown.get(document) ?? nothingAround;
  const names = models ?? before.models;
  const found = await readSurroundings(analysisOf(document).reading, placeOf(document), names);
  // The same object means: nothing to look at anew.
  if (written(before) === written(found)) return before;
  aroundKnown.set(document, found);
  return found;
}

function written({ columns, variants, missing, outside, folders, models }: Surroundings): string {
  return JSON.stringify([[...columns], [...variants], [...missing], [...outside], folders && [...folders], models]);
}
