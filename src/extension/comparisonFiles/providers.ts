/** Hands VS Code what the pure part of this folder finds. */
import * as vscode from "vscode";
import { diagnosticSource } from "../yamlFiles/diagnostics";
import { completionItems, filesNear, quickFixes, toHover, toSymbol } from "../yamlFiles/editor";
import { toRange } from "../yamlFiles/places";
import { yamlCursorAt } from "../yamlFiles/yamlCursor";
import { analysisOf, comparisonSelector, lookAround } from "./comparisonDocuments";
import { armsOf, textAt } from "./comparisonTree";
import { completionsAt, type Offered } from "./completions";
import { fixesFor } from "./fixes";
import { comparisonHoverAt } from "./hovers";
import { assertionsOf, outlineOf } from "./outline";

/** Names of the store's models. Asking may start the runtime process. */
export type ListModels = () => Promise<readonly string[]>;

/** Command that runs a comparison file: its address, and which arms; all when none are said. */
const run = "gptWorkbench.runComparison";
/** Command that tells what running would take: its address. */
const plan = "gptWorkbench.planComparison";

/** Registers what the editor asks of comparison files. */
export function registerProviders(models: ListModels): vscode.Disposable {
  const { languages } = vscode;
  return vscode.Disposable.from(
    languages.registerCompletionItemProvider(comparisonSelector, completionsFrom(models), "{", ":", " "),
    languages.registerHoverProvider(comparisonSelector, { provideHover }),
    languages.registerDocumentSymbolProvider(
      comparisonSelector,
      { provideDocumentSymbols },
      { label: "GPT Workbench" },
    ),
    languages.registerCodeLensProvider(comparisonSelector, { provideCodeLenses }),
    languages.registerCodeActionsProvider(comparisonSelector, actionsFrom(models), {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    }),
  );
}

function completionsFrom(models: ListModels): vscode.CompletionItemProvider {
  return {
    provideCompletionItems: async (document, position) => {
      const offset = document.offsetAt(position);
      const path = yamlCursorAt(document.getText(), offset)?.path ?? [];
      const offered = await offeredTo(document, {
        data: path[0] === "data",
        prompts: path.includes("prompt"),
        models: path.at(-1) === "model" ? models : null,
      });
      return completionItems(document, position, completionsAt(analysisOf(document).reading, offset, offered));
    },
  };
}

/** Only what is wanted is looked for. */
async function offeredTo(
  document: vscode.TextDocument,
  wanted: { readonly data: boolean; readonly prompts: boolean; readonly models: ListModels | null },
): Promise<Offered> {
  const models = wanted.models ? await wanted.models() : null;
  const [around, dataFiles, promptFiles] = await Promise.all([
    lookAround(document, models),
    wanted.data ? filesNear(document, "**/*.{jsonl,ndjson,csv,tsv}") : [],
    wanted.prompts ? filesNear(document, "**/*.prompt.yaml") : [],
  ]);
  const [data] = textAt(analysisOf(document).reading, ["data", "file"]);
  const columns = (data && around.columns.get(data.file)) ?? [];
  return { dataFiles, promptFiles, columns, variants: around.variants, models: around.models ?? [] };
}

function provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
  return toHover(document, comparisonHoverAt(analysisOf(document).reading, document.offsetAt(position)));
}

function provideDocumentSymbols(document: vscode.TextDocument): vscode.DocumentSymbol[] {
  return outlineOf(analysisOf(document).reading).map((node) => toSymbol(document, node));
}

function provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
  const { reading } = analysisOf(document);
  const top = new vscode.Range(0, 0, 0, 0);
  const { uri } = document;
  const arms = armsOf(reading);
  const assertions = assertionsOf(reading);
  const over = ({ start }: { readonly start: number }) => toRange(document, { start, end: start });
  return [
    new vscode.CodeLens(top, { title: vscode.l10n.t("Run"), command: run, arguments: [uri] }),
    new vscode.CodeLens(top, { title: vscode.l10n.t("Plan"), command: plan, arguments: [uri] }),
    ...(arms.length > 1 ? arms : []).map(({ name, range }) => {
      const title = vscode.l10n.t("Run only this arm");
      return new vscode.CodeLens(over(range), { title, command: run, arguments: [uri, { arms: [name] }] });
    }),
    ...(assertions
      ? [new vscode.CodeLens(over(assertions.range), { title: counted(assertions.count), command: "" })]
      : []),
  ];
}

function counted(count: number): string {
  return count === 1 ? vscode.l10n.t("1 assertion") : vscode.l10n.t("{0} assertions", count);
}

function actionsFrom(models: ListModels): vscode.CodeActionProvider {
  return {
    provideCodeActions: async (document, _range, { diagnostics }) => {
      const ours = diagnostics.filter(({ source }) => source === diagnosticSource);
      if (ours.length === 0) return [];
      const has = (code: string) => ours.some((one) => one.code === code);
      const missing = has("around.missing");
      const wanted = { data: missing, prompts: missing, models: has("around.model") ? models : null };
      const offered = await offeredTo(document, wanted);
      const { reading, problems } = analysisOf(document);
      return quickFixes(document, ours, problems, (problem) => fixesFor(reading, problem, offered));
    },
  };
}
