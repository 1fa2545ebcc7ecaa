import * as vscode from "vscode";
import type { ListedModel } from "../modelStore";
import { modelDocumentUri } from "../views/modelDocuments";

/** Opens everything about a model, down to its tensors, as a read-only document. */
export async function showModelDetails(_: unknown, model: ListedModel): Promise<void> {
  const document = await vscode.workspace.openTextDocument(modelDocumentUri(model));
  await vscode.window.showTextDocument(document, { preview: true });
}
