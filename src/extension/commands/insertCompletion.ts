import * as vscode from "vscode";
import type { InspectorState } from "../../runtime/panelProtocol";
import { findInsertionOffset, withCarriageReturns } from "../documentEdits";
import type { Workbench } from "../workbench";
import { findDocument, isReadOnly, showRange } from "./documents";

type Completion = Extract<InspectorState, { kind: "completion" }>;

/** Inserts the shown completion behind its prompt, and selects it there. Says why when it cannot. */
export async function insertCompletion(workbench: Workbench): Promise<void> {
  const { state } = workbench.store;
  if (state.kind !== "completion" || !state.text) return;
  const document = await findDocument(state.source.uri);
  if (!document) {
    return refuse(workbench, vscode.l10n.t("{0} cannot be opened any more.", state.source.label));
  }
  const offset = insertionOffset(workbench, document, state);
  if (offset === null) {
    return refuse(workbench, vscode.l10n.t("The prompt no longer stands in {0}.", state.source.label));
  }
  if ((await isReadOnly(document.uri)) || !(await insert(document, offset, state.text))) {
    return refuse(workbench, vscode.l10n.t("{0} is read-only.", state.source.label));
  }
  const length = lengthIn(document, state.text, state.text.length);
  await showRange(document, offset, offset + length, workbench.panel.viewColumn);
}

/** Puts the shown completion on the clipboard. */
export async function copyCompletion({ store }: Workbench): Promise<void> {
  const { state } = store;
  if (state.kind === "completion") await vscode.env.clipboard.writeText(state.text);
}

/** Length of the first `offset` code units of generated text once they stand in `document`, whose lines may end in CRLF. */
export function lengthIn(document: vscode.TextDocument, text: string, offset: number): number {
  return document.eol === vscode.EndOfLine.CRLF ? withCarriageReturns(text, offset) : offset;
}

function insertionOffset({ tracker }: Workbench, document: vscode.TextDocument, state: Completion): number | null {
  const { prompt, source } = state;
  const tracked = tracker.map(source, source.offset + prompt.length, "before");
  return findInsertionOffset({ text: document.getText(), prompt, tracked, continuous: tracker.isContinuous(source) });
}

async function insert(document: vscode.TextDocument, offset: number, text: string): Promise<boolean> {
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, document.positionAt(offset), text);
  return vscode.workspace.applyEdit(edit);
}

function refuse(workbench: Workbench, reason: string): void {
  const text = vscode.l10n.t("The completion was not inserted: {0}", reason);
  workbench.messages.error(text, { title: vscode.l10n.t("Copy"), run: () => copyCompletion(workbench) });
}
