import * as vscode from "vscode";
import * as z from "zod";
import { toErrorInfo } from "../../runtime/errors";
import type { ListedModel, ModelStore } from "../modelStore";
import { modelDocument, problemDocument } from "./modelDocument";

/** The scheme of the documents about models. */
const scheme = "gpt-workbench-model";

/** The address of the document about a model. */
export function modelDocumentUri({ name, folder }: Pick<ListedModel, "name" | "folder">): vscode.Uri {
  return vscode.Uri.from({
    scheme,
    path: `/${name.replaceAll(/[\\/]/g, "-")}.txt`,
    query: JSON.stringify({ name, folder }),
  });
}

/** Provides the documents about models: made when they are opened, and again when the models changed. */
export function provideModelDocuments(modelStore: ModelStore): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const renew = () => {
    for (const { uri } of vscode.workspace.textDocuments) if (uri.scheme === scheme) changed.fire(uri);
  };
  return vscode.Disposable.from(
    changed,
    vscode.Disposable.from(modelStore.onDidChange(renew)),
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => content(modelStore, uri),
    }),
  );
}

async function content(modelStore: ModelStore, uri: vscode.Uri): Promise<string> {
  const { name, folder } = parse(uri);
  try {
    return modelDocument(name, await modelStore.details(folder));
  } catch (error) {
    return problemDocument(name, folder, toErrorInfo(error));
  }
}

const query = z.object({ name: z.string(), folder: z.string() });

/** Throws when the address is not one of ours. */
function parse(uri: vscode.Uri): z.infer<typeof query> {
  return query.parse(JSON.parse(uri.query));
}
