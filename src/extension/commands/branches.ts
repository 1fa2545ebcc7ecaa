import * as vscode from "vscode";
import { branchText, isWhole } from "../branches";
import type { Workbench } from "../workbench";
import { findDocument, isReadOnly, showRange } from "./documents";
import { lengthIn } from "./insertCompletion";
import { stretchOf } from "./revealToken";

/** Puts a branch, alternative and continuation, on the clipboard. */
export async function copyBranch({ branches }: Workbench, id: number): Promise<void> {
  const branch = branches.find(id);
  if (branch) await vscode.env.clipboard.writeText(branchText(branch));
}

/** Replaces the token in whose place a branch began by the branch's alternative, in its document. Says why when it cannot. */
export async function replaceByBranch(workbench: Workbench, id: number): Promise<void> {
  const branch = workbench.branches.find(id);
  const { state } = workbench.store;
  if (!branch || (state.kind !== "scores" && state.kind !== "completion")) return;
  const { alternative, index } = branch;
  const refuse = (reason: string) => workbench.messages.error(vscode.l10n.t("The token was not replaced: {0}", reason));
  const token = state.tokens[index];
  if (!token || !isWhole(token) || !isWhole(alternative)) {
    return refuse(vscode.l10n.t("it is only a part of a character."));
  }
  const document = await findDocument(state.source.uri);
  if (!document) return refuse(vscode.l10n.t("{0} cannot be opened any more.", state.source.label));
  const { start, end } = stretchOf(workbench, document, index);
  const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
  if (!stands(document.getText(range), token.text)) {
    return refuse(vscode.l10n.t("it no longer stands in {0}.", state.source.label));
  }
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, range, alternative.text);
  if ((await isReadOnly(document.uri)) || !(await vscode.workspace.applyEdit(edit))) {
    return refuse(vscode.l10n.t("{0} is read-only.", state.source.label));
  }
  const length = lengthIn(document, alternative.text, alternative.text.length);
  await showRange(document, start, start + length, workbench.panel.viewColumn);
}

function stands(found: string, token: string): boolean {
  return found.replaceAll("\r\n", "\n") === token.replaceAll("\r\n", "\n") && token !== "";
}
