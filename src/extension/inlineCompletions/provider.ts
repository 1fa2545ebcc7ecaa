import * as vscode from "vscode";
import type { CommandId } from "../commands/commandIds";
import type { Resolved } from "../settings";
import { type Quiet, whyQuiet } from "./availability";
import type { Suggestion } from "./lastSuggestions";
import { normalized, type Place } from "./place";
import { promptLimit } from "./prompt";
import type { Snooze } from "./snooze";
import type { Ask, Suggestions } from "./suggestions";

/** What the provider works with. */
export interface ProviderOptions {
  readonly settings: { resolve(resource?: vscode.Uri): Resolved };
  readonly suggestions: Pick<Suggestions, "provide">;
  readonly snooze: Pick<Snooze, "active">;
}

/** How many lines after the cursor are looked at. */
const linesAfter = 20;
/** UTF-16 code units. What is read of a long document begins at a multiple, so that its beginning stays while one types. */
const stretch = 4 * promptLimit;

/** Registers the provider. It starts no process: that is for the first suggestion. */
export function registerProvider(options: ProviderOptions): vscode.Disposable {
  const selector = ["file", "untitled", "vscode-notebook-cell"].map((scheme) => ({ scheme }));
  return vscode.languages.registerInlineCompletionItemProvider(selector, {
    provideInlineCompletionItems: (document, position, context, token) =>
      provide(options, document, position, context, token),
  });
}

/** Why there are no suggestions in `document`, or in the window when there is none; undefined when there are. */
export function quietIn(
  { settings, snooze }: Pick<ProviderOptions, "settings" | "snooze">,
  document: Pick<vscode.TextDocument, "uri" | "languageId"> | undefined,
): Quiet | undefined {
  const resolved = settings.resolve(document?.uri);
  if (resolved.kind === "invalid") return "off";
  const { enabled, languages, notebooks, inUntrustedWorkspaces } = resolved.config.inlineCompletions;
  return whyQuiet({
    enabled,
    languages: document ? languages : {},
    language: document?.languageId ?? "",
    scheme: document?.uri.scheme ?? "file",
    notebooks,
    trusted: vscode.workspace.isTrusted,
    allowedUntrusted: inUntrustedWorkspaces,
    snoozed: snooze.active,
  });
}

async function provide(
  options: ProviderOptions,
  document: vscode.TextDocument,
  position: vscode.Position,
  context: vscode.InlineCompletionContext,
  token: vscode.CancellationToken,
): Promise<vscode.InlineCompletionItem[]> {
  const resolved = options.settings.resolve(document.uri);
  if (resolved.kind === "invalid" || quietIn(options, document) !== undefined) return [];
  const info = context.selectedCompletionInfo;
  const range = info?.range ?? new vscode.Range(position, position);
  const ask: Ask = {
    document: document.uri.toString(),
    language: document.languageId,
    place: placeOf(document, range, info?.text ?? ""),
    invoked: context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke,
    settings: { model: resolved.model, ...resolved.config.inlineCompletions },
  };
  const suggestions = await withSignal(token, (signal) => options.suggestions.provide(ask, signal));
  if (token.isCancellationRequested) return [];
  return suggestions.map((suggestion) => itemOf(suggestion, info?.text ?? "", range));
}

/** The place as it would be with `typed` in place of `range`. */
function placeOf(document: vscode.TextDocument, range: vscode.Range, typed: string): Place {
  const from = document.positionAt(Math.max(0, Math.floor(document.offsetAt(range.start) / stretch) - 1) * stretch);
  const before = document.getText(new vscode.Range(from, range.start));
  const after = document.getText(new vscode.Range(range.end, new vscode.Position(range.end.line + linesAfter, 0)));
  return { before: normalized(before) + normalized(typed), after: normalized(after) };
}

/** The suggest widget's selected entry comes first: VS Code shows nothing that does not go on from it. */
function itemOf({ id, text }: Suggestion, typed: string, range: vscode.Range): vscode.InlineCompletionItem {
  const command: CommandId = "gptWorkbench.acceptInlineCompletion";
  return new vscode.InlineCompletionItem(typed + text, range, { command, title: "", arguments: [id] });
}

async function withSignal<T>(token: vscode.CancellationToken, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  const listener = token.onCancellationRequested(() => controller.abort());
  try {
    return await work(controller.signal);
  } finally {
    listener.dispose();
  }
}
