import * as vscode from "vscode";
import { sameFolder } from "../modelFolder";
import type { ListedModel } from "../modelStore";
import { ModelNode } from "../views/modelNodes";
import type { Workbench } from "../workbench";

/**
 * A command on one model: that of the row it was chosen on, or whose folder a `Uri` names; without either that of the
 * selected row.
 */
export function onModel(
  work: (workbench: Workbench, model: ListedModel) => unknown,
): (workbench: Workbench, argument?: unknown) => Promise<void> {
  return async (workbench, argument) => {
    const model = await findModel(workbench, argument);
    if (model) await work(workbench, model);
    else workbench.messages.info(vscode.l10n.t("Choose a model in the Models view first."));
  };
}

/** The folder of a row, where a command that takes a folder was chosen on one; else the argument as it is. */
export function folderOf(argument: unknown): unknown {
  return argument instanceof ModelNode ? vscode.Uri.file(argument.model.folder) : argument;
}

async function findModel(workbench: Workbench, argument: unknown): Promise<ListedModel | undefined> {
  if (argument instanceof ModelNode) return argument.model;
  if (!(argument instanceof vscode.Uri)) return workbench.modelsView.selected;
  const resolved = workbench.settings.resolve();
  if (resolved.kind === "invalid") return undefined;
  const { store, model } = resolved;
  const { models } = await workbench.modelStore.list({ store, selected: model.folder });
  return models.find(({ folder }) => sameFolder(folder, argument.fsPath));
}
