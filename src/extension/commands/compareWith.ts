import { homedir } from "node:os";
import * as vscode from "vscode";
import type { TextSource } from "../../runtime/panelProtocol";
import type { Truncation } from "../../runtime/protocol";
import { type ComparedText, inspectComparison } from "../compare";
import { modelReference } from "../modelFolder";
import type { Workbench } from "../workbench";
import { type ChosenText, chooseSelectionOrFile } from "./chooseText";
import { comparisonChoices, type OpenSide, type OtherSide, openText } from "./comparisonChoices";
import { findDocument } from "./documents";
import { fileName, type Prepared, prepare, sourceEditor, truncationNote } from "./prepare";
import { report } from "./report";

/** Compares the selection, or the file, with another text, or with itself under another model. */
export async function compareWith(workbench: Workbench): Promise<void> {
  const prepared = prepare(workbench, "selectionOrFile");
  if (!prepared) return;
  const { settings, source } = prepared;
  const editor = vscode.window.activeTextEditor ?? sourceEditor(workbench.tracker);
  const { models } = await workbench.modelStore.list({ store: settings.store, selected: settings.model.folder });
  const choices = comparisonChoices(await openSides(editor), models, settings.model.folder);
  const title = vscode.l10n.t("Compare the token probabilities of {0} with", source.label);
  const other = await workbench.dialogs.choose(title, choices);
  const b = other && (await otherText(workbench, prepared, other));
  if (other && b) await compare(workbench, prepared, other, b);
}

async function compare(workbench: Workbench, prepared: Prepared, other: OtherSide, b: ComparedText): Promise<void> {
  const { text, source, settings, notes } = prepared;
  const model = settings.model;
  const a: ComparedText = { label: source.label, source, model, text };
  workbench.tracker.follow(source, true);
  workbench.panel.reveal();
  const title =
    other.kind === "model"
      ? vscode.l10n.t("Comparison: {0} under another model", source.label)
      : vscode.l10n.t("Comparison: {0} and {1}", a.label, b.label);
  const { models } = workbench;
  const topK = settings.config.topAlternatives;
  const outcome = await workbench.runs.start((run) => inspectComparison({ models, run, title, a, b, topK }));
  report(workbench, outcome, notes, (result) => sideNotes([result.a.truncation, result.b.truncation]));
}

function sideNotes(truncations: readonly (Truncation | null)[]): string[] {
  const [a, b] = truncations;
  const all = [a, b].flatMap((truncation) => (truncation ? [truncationNote(truncation)] : []));
  return [...new Set(all)];
}

/** Texts of other editors, other selections of this one, and documents in tabs that are not in sight. */
async function openSides(active: vscode.TextEditor | undefined): Promise<OpenSide[]> {
  const sides: OpenSide[] = [];
  for (const selection of active?.selections.slice(1) ?? []) {
    if (active && !selection.isEmpty) sides.push(openSide(active.document, selection));
  }
  for (const editor of vscode.window.visibleTextEditors) {
    if (editor !== active && isText(editor.document.uri)) sides.push(openSide(editor.document, editor.selection));
  }
  const known = new Set([active?.document.uri.toString(), ...sides.map(({ uri }) => uri)]);
  for (const { input } of vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs)) {
    if (!(input instanceof vscode.TabInputText) || known.has(input.uri.toString())) continue;
    known.add(input.uri.toString());
    const document = await findDocument(input.uri.toString());
    if (document) sides.push(openSide(document, null));
  }
  return sides;
}

/** The log and other panels are text editors too. */
function isText({ scheme }: vscode.Uri): boolean {
  return scheme !== "output" && scheme !== "comment";
}

function openSide(document: vscode.TextDocument, selection: vscode.Selection | null): OpenSide {
  const selected = selection
    ? { text: document.getText(selection), offset: document.offsetAt(selection.start) }
    : { text: "", offset: 0 };
  return {
    uri: document.uri.toString(),
    label: fileName(document.uri),
    selected,
    file: () => document.getText(),
  };
}

/** Reads the other side; undefined when the user turned back, or when there is no text, which is told. */
async function otherText(
  workbench: Workbench,
  { text, source, settings }: Prepared,
  other: OtherSide,
): Promise<ComparedText | undefined> {
  const { model, config } = settings;
  switch (other.kind) {
    case "model":
      return { label: source.label, source, model: modelReference(other.folder, config, homedir()), text };
    case "open": {
      const { uri, label } = other.text;
      return named(workbench, label, openText(other.text), { uri, label }, model);
    }
    case "clipboard": {
      const read = await vscode.env.clipboard.readText();
      const label = vscode.l10n.t("Clipboard");
      return named(
        workbench,
        label,
        chooseSelectionOrFile({ text: "", offset: 0 }, () => read),
        null,
        model,
      );
    }
    case "file":
      return chosenFile(workbench, model);
    default:
      return other satisfies never;
  }
}

async function chosenFile(workbench: Workbench, model: ComparedText["model"]): Promise<ComparedText | undefined> {
  const [uri] = (await vscode.window.showOpenDialog({ title: vscode.l10n.t("Compare with File") })) ?? [];
  if (!uri) return undefined;
  const document = await findDocument(uri.toString());
  const label = fileName(uri);
  if (!document) {
    workbench.messages.info(vscode.l10n.t("{0} cannot be opened as text.", label));
    return undefined;
  }
  const chosen = chooseSelectionOrFile({ text: "", offset: 0 }, () => document.getText());
  return named(workbench, label, chosen, { uri: uri.toString(), label }, model);
}

function named(
  { messages }: Workbench,
  label: string,
  chosen: ChosenText,
  source: Omit<TextSource, "offset"> | null,
  model: ComparedText["model"],
): ComparedText | undefined {
  if (chosen.kind === "text") {
    return { label, source: source && { ...source, offset: chosen.offset }, model, text: chosen.text };
  }
  messages.info(vscode.l10n.t("There is nothing to compare in {0}: it is empty or only white space.", label));
  return undefined;
}
