/** Hands VS Code what the pure part of this folder finds. */
import * as vscode from "vscode";
import type { CommandId } from "../commands/commandIds";
import { completionsAt, type PromptCompletion } from "./completions";
import { diagnosticSource } from "./diagnostics";
import { fixesFor } from "./fixes";
import { promptHoverAt } from "./hovers";
import { type OutlineNode, outlineOf } from "./outline";
import { analysisOf, columnsOf, promptSelector, toRange } from "./promptDocuments";
import { variantsOf } from "./promptTree";
import { tokenProblemsOf } from "./tokenDiagnostics";
import { yamlCursorAt } from "./yamlCursor";

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

const completionKinds: { readonly [K in PromptCompletion["kind"]]: vscode.CompletionItemKind } = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.EnumMember,
  field: vscode.CompletionItemKind.Field,
  label: vscode.CompletionItemKind.Value,
  file: vscode.CompletionItemKind.File,
};

async function provideCompletionItems(
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<vscode.CompletionItem[]> {
  const offset = document.offsetAt(position);
  const forFile = yamlCursorAt(document.getText(), offset)?.path.at(-1) === "file";
  const [files, columns] = await Promise.all([forFile ? dataFilesNear(document) : [], columnsOf(document)]);
  return completionsAt(analysisOf(document).reading, offset, { files, columns }).map((completion, index) => {
    const item = new vscode.CompletionItem(completion.label, completionKinds[completion.kind]);
    item.insertText = new vscode.SnippetString(completion.insert);
    item.documentation = new vscode.MarkdownString(completion.documentation);
    item.sortText = String(index).padStart(4, "0");
    item.range = new vscode.Range(document.positionAt(completion.start), position);
    item.filterText = document.getText(item.range).startsWith('"') ? `"${completion.label}` : completion.label;
    return item;
  });
}

/** Most data files that are offered. */
const mostFiles = 200;

/** Data files of the workspace folder, relative to the prompt file. */
async function dataFilesNear(document: vscode.TextDocument): Promise<string[]> {
  const folder = vscode.workspace.getWorkspaceFolder(document.uri);
  if (!folder) return [];
  const pattern = new vscode.RelativePattern(folder, "**/*.{jsonl,csv,tsv}");
  const found = await vscode.workspace.findFiles(pattern, "**/{node_modules,.gpt-workbench}/**", mostFiles);
  const from = document.uri.path.split("/").slice(0, -1);
  return found.map(({ path }) => relativePath(from, path.split("/"))).sort();
}

function relativePath(from: readonly string[], to: readonly string[]): string {
  let shared = 0;
  while (shared < from.length && from[shared] === to[shared]) shared++;
  return [...from.slice(shared).map(() => ".."), ...to.slice(shared)].join("/");
}

function provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
  const hover = promptHoverAt(analysisOf(document).reading, document.offsetAt(position));
  return hover ? new vscode.Hover(new vscode.MarkdownString(hover.text), toRange(document, hover.range)) : undefined;
}

const symbolKinds: { readonly [K in OutlineNode["kind"]]: vscode.SymbolKind } = {
  section: vscode.SymbolKind.Module,
  variant: vscode.SymbolKind.Class,
  item: vscode.SymbolKind.Object,
  label: vscode.SymbolKind.EnumMember,
  property: vscode.SymbolKind.Property,
};

function provideDocumentSymbols(document: vscode.TextDocument): vscode.DocumentSymbol[] {
  const symbol = ({ name, detail, kind, range, selection, children }: OutlineNode): vscode.DocumentSymbol => {
    const [whole, part] = [toRange(document, range), toRange(document, selection)];
    const made = new vscode.DocumentSymbol(name.trim() || "…", detail, symbolKinds[kind], whole, part);
    made.children = children.map(symbol);
    return made;
  };
  return outlineOf(analysisOf(document).reading).map(symbol);
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
  const ours = diagnostics.filter(({ source }) => source === diagnosticSource);
  if (ours.length === 0) return [];
  const columns = await columnsOf(document);
  const { reading, problems: plain } = analysisOf(document);
  const problems = [...plain, ...tokenProblemsOf(document)];
  return ours.flatMap((diagnostic) => {
    // The diagnostic may be older than the text: then there is none like it.
    const problem = problems.find(
      (one) => one.code === diagnostic.code && toRange(document, one).isEqual(diagnostic.range),
    );
    return (problem ? fixesFor(reading, problem, columns) : []).map(({ title, changes }) => {
      const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
      action.diagnostics = [diagnostic];
      action.isPreferred = true;
      action.edit = new vscode.WorkspaceEdit();
      for (const change of changes) action.edit.replace(document.uri, toRange(document, change), change.text);
      return action;
    });
  });
}
