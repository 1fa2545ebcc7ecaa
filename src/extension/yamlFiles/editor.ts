/** Hands VS Code what the pure parts find in a YAML file. */
import * as vscode from "vscode";
import type { YamlProblem } from "../../runtime/yamlText";
import type { YamlCompletion } from "./completions";
import { diagnosticSource } from "./diagnostics";
import type { YamlFix } from "./fixes";
import type { YamlHover } from "./hovers";
import type { OutlineNode } from "./outline";
import { toRange } from "./places";

const completionKinds: { readonly [K in YamlCompletion["kind"]]: vscode.CompletionItemKind } = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.EnumMember,
  field: vscode.CompletionItemKind.Field,
  label: vscode.CompletionItemKind.Value,
  file: vscode.CompletionItemKind.File,
};

/** Completions at a position, in their order. */
export function completionItems(
  document: vscode.TextDocument,
  position: vscode.Position,
  completions: readonly YamlCompletion[],
): vscode.CompletionItem[] {
  return completions.map((completion, index) => {
    const item = new vscode.CompletionItem(completion.label, completionKinds[completion.kind]);
    item.insertText = new vscode.SnippetString(completion.insert);
    item.documentation = new vscode.MarkdownString(completion.documentation);
    item.sortText = String(index).padStart(4, "0");
    item.range = new vscode.Range(document.positionAt(completion.start), position);
    item.filterText = document.getText(item.range).startsWith('"') ? `"${completion.label}` : completion.label;
    return item;
  });
}

/** A hover; undefined for none. */
export function toHover(document: vscode.TextDocument, hover: YamlHover | null): vscode.Hover | undefined {
  return hover ? new vscode.Hover(new vscode.MarkdownString(hover.text), toRange(document, hover.range)) : undefined;
}

const symbolKinds: { readonly [K in OutlineNode["kind"]]: vscode.SymbolKind } = {
  section: vscode.SymbolKind.Module,
  variant: vscode.SymbolKind.Class,
  item: vscode.SymbolKind.Object,
  label: vscode.SymbolKind.EnumMember,
  property: vscode.SymbolKind.Property,
};

/** A node of the outline with what is below it. */
export function toSymbol(
  document: vscode.TextDocument,
  { name, detail, kind, range, selection, children }: OutlineNode,
): vscode.DocumentSymbol {
  const [whole, part] = [toRange(document, range), toRange(document, selection)];
  const made = new vscode.DocumentSymbol(name.trim() || "…", detail, symbolKinds[kind], whole, part);
  made.children = children.map((child) => toSymbol(document, child));
  return made;
}

/** Quick fixes for those of our diagnostics that `problems` still has: they may be older than the text. */
export function quickFixes(
  document: vscode.TextDocument,
  diagnostics: readonly vscode.Diagnostic[],
  problems: readonly YamlProblem[],
  fixesFor: (problem: YamlProblem) => readonly YamlFix[],
): vscode.CodeAction[] {
  const ours = diagnostics.filter(({ source }) => source === diagnosticSource);
  return ours.flatMap((diagnostic) => {
    const problem = problems.find(
      (one) => one.code === diagnostic.code && toRange(document, one).isEqual(diagnostic.range),
    );
    return (problem ? fixesFor(problem) : []).map(({ title, changes }) => {
      const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
      action.diagnostics = [diagnostic];
      action.isPreferred = true;
      action.edit = new vscode.WorkspaceEdit();
      for (const change of changes) action.edit.replace(document.uri, toRange(document, change), change.text);
      return action;
    });
  });
}

/** Most files that are offered. */
const mostFiles = 200;

/** Files of the workspace folder that a glob takes, relative to the document. */
export async function filesNear(document: vscode.TextDocument, glob: string): Promise<string[]> {
  const folder = vscode.workspace.getWorkspaceFolder(document.uri);
  if (!folder) return [];
  const pattern = new vscode.RelativePattern(folder, glob);
  const found = await vscode.workspace.findFiles(pattern, "**/{node_modules,.gpt-workbench}/**", mostFiles);
  const from: readonly string[] = document.uri.path.split("/").slice(0, -1);
  return found.map(({ path }) => relativePath(from, path.split("/"))).sort();
}

function relativePath(from: readonly string[], to: readonly string[]): string {
  let shared = 0;
  while (shared < from.length && from[shared] === to[shared]) shared++;
  return [...from.slice(shared).map(() => ".."), ...to.slice(shared)].join("/");
}

/** Where the document's text is on disk, or would be saved, and the folder that it may not lead out of. */
export function placeOf({ uri }: vscode.TextDocument): { readonly path: string; readonly root?: string } {
  const root = vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
  return { path: uri.fsPath, ...(root === undefined ? {} : { root }) };
}
