import * as vscode from "vscode";
import * as z from "zod";
import type { Workbench } from "../workbench";
import { isReadOnly } from "./documents";

const replacementSchema = z.object({
  /** Address of an open document. */
  uri: z.string(),
  /** Where the token begins, UTF-16 code units. */
  start: z.int().min(0),
  /** What stands there; nothing is replaced unless it does. */
  text: z.string().min(1),
  replacement: z.string().min(1),
});

/** What a hover's Replace link asks for. */
export type Replacement = z.infer<typeof replacementSchema>;

/** Puts an alternative in a token's place, if the token still stands there. */
export async function replaceToken({ log, messages }: Workbench, argument: unknown): Promise<void> {
  const parsed = replacementSchema.safeParse(argument);
  if (!parsed.success) return log.warn(`Replace: ${z.prettifyError(parsed.error)}`);
  const { uri, start, text, replacement } = parsed.data;
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri);
  const readOnly = document && (await isReadOnly(document.uri));
  const range = document && new vscode.Range(document.positionAt(start), document.positionAt(start + text.length));
  if (!document || !range || document.offsetAt(range.start) !== start || document.getText(range) !== text) {
    return messages.info(vscode.l10n.t("Nothing was replaced: the token no longer stands there."));
  }
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, range, replacement);
  if (readOnly || !(await vscode.workspace.applyEdit(edit))) {
    messages.info(vscode.l10n.t("Nothing was replaced: the document is read-only."));
  }
}
