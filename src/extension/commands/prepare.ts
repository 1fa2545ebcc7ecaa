import * as vscode from "vscode";
import type { TextSource } from "../../runtime/panelProtocol";
import type { Truncation } from "../../runtime/protocol";
import type { Resolved } from "../settings";
import type { SourceTracker } from "../sourceTracker";
import type { Workbench } from "../workbench";
import { type ChosenText, chooseSelection, chooseSelectionOrFile, textLimit } from "./chooseText";

/** What a command on text works with. */
export interface Prepared {
  /** The text, exactly as it stands in the document, so that its offsets are the document's. */
  readonly text: string;
  readonly source: TextSource;
  readonly settings: Extract<Resolved, { kind: "ok" }>;
  /** What the user should know about the choice of text, as sentences. */
  readonly notes: readonly string[];
}

/**
 * Takes the text of the active editor and the settings for it. Tells the user what is missing and returns undefined
 * when there is no editor, no text, or a setting is wrong.
 */
export function prepare(workbench: Workbench, scope: "selection" | "selectionOrFile"): Prepared | undefined {
  const editor = vscode.window.activeTextEditor ?? sourceEditor(workbench.tracker);
  if (!editor) {
    workbench.messages.info(vscode.l10n.t("Open a text file first: there is no active text editor."));
    return undefined;
  }
  const chosen = choose(editor, scope);
  if (chosen.kind !== "text") {
    workbench.messages.info(whyNone(chosen));
    return undefined;
  }
  const { document } = editor;
  const settings = workbench.settings.resolve(document.uri);
  if (settings.kind === "invalid") {
    workbench.messages.problems(settings.problems);
    return undefined;
  }
  const source = { uri: document.uri.toString(), label: fileName(document.uri), offset: chosen.offset };
  return { text: chosen.text, source, settings, notes: notes(editor, chosen) };
}

/** What was left out to fit the context, as a sentence. */
export function truncationNote({ total, kept, keptEnd }: Truncation): string {
  return keptEnd === "start"
    ? vscode.l10n.t("The text is longer than the model's context: the first {0} of {1} tokens were kept.", kept, total)
    : vscode.l10n.t("The text is longer than the model's context: the last {0} of {1} tokens were kept.", kept, total);
}

/** With the focus in the inspector no text editor is active: the one its text came from is meant, if it is visible. */
export function sourceEditor(tracker: SourceTracker): vscode.TextEditor | undefined {
  return vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === tracker.source?.uri);
}

function choose({ document, selection }: vscode.TextEditor, scope: "selection" | "selectionOrFile"): ChosenText {
  const selected = { text: document.getText(selection), offset: document.offsetAt(selection.start) };
  return scope === "selection" ? chooseSelection(selected) : chooseSelectionOrFile(selected, () => document.getText());
}

function whyNone({ kind }: Exclude<ChosenText, { kind: "text" }>): string {
  return kind === "noSelection"
    ? vscode.l10n.t("Select the text to complete first: nothing is selected.")
    : vscode.l10n.t("There is no text to run on: it is empty or only white space.");
}

function notes({ selections, selection }: vscode.TextEditor, chosen: Extract<ChosenText, { kind: "text" }>): string[] {
  const several = selections.length > 1 && !selection.isEmpty;
  return [
    ...(several ? [vscode.l10n.t("Of several selections only the primary one was used.")] : []),
    ...(chosen.kept === "all" ? [] : [limitNote(chosen.kept, chosen.from)]),
  ];
}

function limitNote(kept: "start" | "end", from: "selection" | "file"): string {
  const limit = textLimit.toLocaleString(vscode.env.language);
  if (kept === "end") {
    return vscode.l10n.t("The selection is longer than {0} characters: only its end was used.", limit);
  }
  return from === "file"
    ? vscode.l10n.t("The file is longer than {0} characters: only its start was used.", limit)
    : vscode.l10n.t("The selection is longer than {0} characters: only its start was used.", limit);
}

/** The last part of a URI's path. */
export function fileName(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf("/") + 1) || uri.toString();
}
