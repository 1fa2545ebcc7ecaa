/** Hands VS Code what the pure part of this folder finds. */
import * as vscode from "vscode";
import type { CommandId } from "../commands/commandIds";
import { diagnosticSource } from "../yamlFiles/diagnostics";
import { completionItems, filesNear, quickFixes, toHover, toSymbol } from "../yamlFiles/editor";
import { toRange } from "../yamlFiles/places";
import { yamlCursorAt } from "../yamlFiles/yamlCursor";
import { completionsAt } from "./completions";
import { fixesFor } from "./fixes";
import { promptHoverAt } from "./hovers";
import { outlineOf } from "./outline";
import { analysisOf, columnsOf, promptSelector } from "./promptDocuments";
import { variantsOf } from "./promptTree";
import { tokenProblemsOf } from "./tokenDiagnostics";

/** What a lens hands to its command. */
export interface VariantArgument {
  /** Address of the prompt file. */
  readonly uri: string;
  readonly variant: string;
}

/** Registers what the editor asks of prompt files. */
export function registerProviders(): vscode.Disposable {
  const { languages } = vscode;
  return vscode.Disposable.from(
    languages.registerCompletionItemProvider(promptSelector, { provideCompletionItems }, "{", ":", " "),
    languages.registerHoverProvider(promptSelector, { provideHover }),
    languages.registerDocumentSymbolProvider(promptSelector, { provideDocumentSymbols }, { label: "GPT Workbench" }),
    languages.registerCodeLensProvider(promptSelector, { provideCodeLenses }),
    languages.registerCodeActionsProvider(
      promptSelector,
      { provideCodeActions },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
  );
}

async function provideCompletionItems(
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<vscode.CompletionItem[]> {
  const offset = document.offsetAt(position);
  const forFile = yamlCursorAt(document.getText(), offset)?.path.at(-1) === "file";
  const [files, columns] = await Promise.all([
    forFile ? filesNear(document, "**/*.{jsonl,csv,tsv}") : [],
    columnsOf(document),
  ]);
  const found = completionsAt(analysisOf(document).reading, offset, { files, columns });
  return completionItems(document, position, found);
}

function provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
  return toHover(document, promptHoverAt(analysisOf(document).reading, document.offsetAt(position)));
}

function provideDocumentSymbols(document: vscode.TextDocument): vscode.DocumentSymbol[] {
  return outlineOf(analysisOf(document).reading).map((node) => toSymbol(document, node));
}

function provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
  const uri = document.uri.toString();
  const lens = (range: vscode.Range, title: string, command: CommandId, variant: string) => {
    const argument: VariantArgument = { uri, variant };
    return new vscode.CodeLens(range, { title, command, arguments: [argument] });
  };
  return variantsOf(analysisOf(document).reading).flatMap(({ name, range }) => {
    const place = toRange(document, { start: range.start, end: range.start });
    return [
      lens(place, vscode.l10n.t("Run"), "gptWorkbench.runVariant", name),
      lens(place, vscode.l10n.t("Inspect"), "gptWorkbench.inspectVariant", name),
      lens(place, vscode.l10n.t("Compare All"), "gptWorkbench.compareVariants", name),
      lens(place, vscode.l10n.t("Sensitivity"), "gptWorkbench.measureSensitivity", name),
    ];
  });
}

async function provideCodeActions(
  document: vscode.TextDocument,
  _range: vscode.Range,
  { diagnostics }: vscode.CodeActionContext,
): Promise<vscode.CodeAction[]> {
  if (!diagnostics.some(({ source }) => source === diagnosticSource)) return [];
  const columns = await columnsOf(document);
  const { reading, problems } = analysisOf(document);
  const all = [...problems, ...tokenProblemsOf(document)];
  return quickFixes(document, diagnostics, all, (problem) => fixesFor(reading, problem, columns));
}
