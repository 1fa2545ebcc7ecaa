/** Labels that look wrong, as warnings in the data files, each with a way to mend it. */
import { resolve } from "node:path";
import * as vscode from "vscode";
import * as z from "zod";
import type { ReportSuspicion } from "../../runtime/comparisonReport";
import type { CommandId } from "../commands/commandIds";
import type { SuspicionSink } from "../comparison/suspicionSink";
import type { Disposable } from "../emitter";
import type { Memory } from "../inlineCompletions/statisticsStore";
import type { Logger } from "../logger";
import { diagnosticSource } from "../yamlFiles/diagnostics";
import { toRange } from "../yamlFiles/places";
import { fileInside } from "./fileInside";
import { type DataKind, dataKind } from "./labelCell";
import {
  findAgain,
  mendLabel,
  moveSuspicion,
  type PlacedSuspicion,
  placeSuspicion,
  stands,
  suspicionKey,
} from "./placedSuspicion";

/** What this works with. */
export interface SuspicionParts {
  readonly memory: Memory;
  readonly messages: { info(message: string): void };
  readonly log: Logger;
}

/** A file with suspicions. */
interface SuspectFile {
  readonly uri: vscode.Uri;
  readonly kind: DataKind;
  placed: readonly PlacedSuspicion[];
}

const code = "label.suspect";
const memoryKey = "gptWorkbench.rightLabels";
/** Labels that are remembered to be right; of more, the oldest are asked about again. */
const mostRemembered = 2000;
/** Commands of the quick fixes. */
const change: CommandId = "gptWorkbench.changeLabel";
const keep: CommandId = "gptWorkbench.keepLabel";

/** What they are called with. */
const target = z.object({ uri: z.string(), key: z.string() });

/** Shows labels that look wrong, until others are shown. Their places follow edits; where a row is changed its warning goes. */
export class SuspicionDiagnostics implements SuspicionSink, Disposable {
  readonly #shown = vscode.languages.createDiagnosticCollection("gptWorkbench.labels");
  /** By address. */
  readonly #files = new Map<string, SuspectFile>();
  readonly #subscriptions: vscode.Disposable;
  #round = 0;

  constructor(private readonly parts: SuspicionParts) {
    this.#subscriptions = vscode.Disposable.from(
      this.#shown,
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) =>
        this.#edited(document, contentChanges),
      ),
      vscode.workspace.onDidOpenTextDocument((document) => this.#opened(document)),
      vscode.languages.registerCodeActionsProvider(
        { pattern: "**/*.{jsonl,ndjson,csv,tsv}" },
        { provideCodeActions: (document, _range, context) => this.#actions(document, context.diagnostics) },
        { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
      ),
    );
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  show(baseFolder: string, suspicions: readonly ReportSuspicion[]): void {
    this.#shown.clear();
    this.#files.clear();
    void this.#show(++this.#round, baseFolder, suspicions);
  }

  async #show(round: number, baseFolder: string, suspicions: readonly ReportSuspicion[]): Promise<void> {
    const roots = (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) =>
      uri.scheme === "file" ? [uri.fsPath] : [],
    );
    for (const file of new Set(suspicions.map(({ file }) => file))) {
      const kind = dataKind(file);
      if (kind === null || (await fileInside(baseFolder, file, roots)) === null) {
        this.parts.log.debug(`Labels of ${file} are not shown: it lies in no folder of the workspace.`);
        continue;
      }
      // By the path that the user knows, not the one that links lead to.
      const uri = vscode.Uri.file(resolve(baseFolder, file));
      try {
        const document = await vscode.workspace.openTextDocument(uri);
        if (round !== this.#round) return;
        const text = document.getText();
        const own = suspicions.filter((suspicion) => suspicion.file === file);
        const placed = own.flatMap((suspicion) => placeSuspicion(text, kind, suspicion) ?? []);
        this.#files.set(document.uri.toString(), {
          uri: document.uri,
          kind,
          placed: this.#unknown(document.uri, placed),
        });
        this.#draw(document);
      } catch (error) {
        this.parts.log.debug(`${file}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }

  /** Without those that were said to be right. */
  #unknown(uri: vscode.Uri, placed: readonly PlacedSuspicion[]): readonly PlacedSuspicion[] {
    const right = new Set(this.#remembered());
    return placed.filter((one) => !right.has(suspicionKey(uri.toString(), one)));
  }

  #remembered(): readonly string[] {
    const stored = this.parts.memory.get(memoryKey);
    return Array.isArray(stored) ? stored.filter((key) => typeof key === "string") : [];
  }

  #draw(document: vscode.TextDocument): void {
    const file = this.#files.get(document.uri.toString());
    if (!file) return;
    const text = document.getText();
    const diagnostics = file.placed.filter((one) => stands(text, one)).map((one) => diagnosticOf(document, one));
    this.#shown.set(document.uri, diagnostics);
  }

  #edited(document: vscode.TextDocument, edits: readonly vscode.TextDocumentContentChangeEvent[]): void {
    const file = this.#files.get(document.uri.toString());
    if (!file || edits.length === 0) return;
    file.placed = file.placed.map((one) => moveSuspicion(one, edits));
    this.#draw(document);
  }

  /** It may have been changed while it was closed. */
  #opened(document: vscode.TextDocument): void {
    const file = this.#files.get(document.uri.toString());
    if (!file) return;
    const text = document.getText();
    file.placed = file.placed.map((one) => findAgain(text, one) ?? one);
    this.#draw(document);
  }

  #actions(document: vscode.TextDocument, diagnostics: readonly vscode.Diagnostic[]): vscode.CodeAction[] {
    const file = this.#files.get(document.uri.toString());
    const text = document.getText();
    return diagnostics.flatMap((diagnostic) => {
      if (!file || diagnostic.code !== code || diagnostic.source !== diagnosticSource) return [];
      const found = file.placed.find((one) => stands(text, one) && cellRange(document, one).isEqual(diagnostic.range));
      if (!found) return [];
      const uri = document.uri.toString();
      const action = (title: string, command: CommandId) => {
        const made = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
        made.diagnostics = [diagnostic];
        made.command = { title, command, arguments: [{ uri, key: suspicionKey(uri, found) }] };
        return made;
      };
      return [
        action(vscode.l10n.t("Change label to {0}", found.suspicion.suggested), change),
        action(vscode.l10n.t("This label is right"), keep),
      ];
    });
  }

  /** Writes the suggested label, as a quick fix says. Refuses where the row is not what it was. */
  async change(argument: unknown): Promise<void> {
    const { uri, key } = target.safeParse(argument).data ?? { uri: "", key: "" };
    const file = this.#files.get(uri);
    const found = file?.placed.find((one) => suspicionKey(uri, one) === key);
    if (!file || !found) return;
    const document = await vscode.workspace.openTextDocument(file.uri);
    const mended = mendLabel(document.getText(), file.kind, found);
    const edit = new vscode.WorkspaceEdit();
    if (mended) edit.replace(document.uri, toRange(document, mended), mended.text);
    if (mended && (await vscode.workspace.applyEdit(edit))) return;
    this.parts.messages.info(
      vscode.l10n.t("The label was not changed: its row is not what it was when the comparison ran."),
    );
  }

  /** Asks no more about a label, in this workspace. */
  async keep(argument: unknown): Promise<void> {
    const { uri, key } = target.safeParse(argument).data ?? { uri: "", key: "" };
    const file = this.#files.get(uri);
    if (!file) return;
    file.placed = file.placed.filter((one) => suspicionKey(uri, one) !== key);
    const document = await vscode.workspace.openTextDocument(file.uri);
    this.#draw(document);
    const others = this.#remembered().filter((one) => one !== key);
    await this.parts.memory.update(memoryKey, [...others, key].slice(-mostRemembered));
  }
}

function cellRange(document: vscode.TextDocument, { rowStart, cell }: PlacedSuspicion): vscode.Range {
  return toRange(document, { start: rowStart + cell.start, end: rowStart + cell.end });
}

function diagnosticOf(document: vscode.TextDocument, placed: PlacedSuspicion): vscode.Diagnostic {
  const { label, suggested, labelProbability, suggestedProbability } = placed.suspicion;
  const percent = (share: number) => (Number.isFinite(share) ? `${Math.round(100 * share)} %` : "–");
  const message = vscode.l10n.t(
    'The label "{0}" may be wrong: by the words of the other items it is {1} likely, and "{2}" {3}.',
    ...[label, percent(labelProbability), suggested, percent(suggestedProbability)],
  );
  const range = cellRange(document, placed);
  const diagnostic = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Warning);
  diagnostic.source = diagnosticSource;
  diagnostic.code = code;
  return diagnostic;
}
