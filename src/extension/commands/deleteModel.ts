import * as l10n from "@vscode/l10n";
import type { Confirmation } from "../dialogs";
import { sameFolder } from "../modelFolder";
import { isInStore, type ListedModel } from "../modelStore";
import type { ModelWorkbench } from "../workbench";
import { tellFailure } from "./loadModel";

/**
 * Deletes a model, after asking. Of a folder of the user's only the entry goes, and no file. Where it was the model of
 * the settings, the starter takes its place: named by them alone it would stay in the list.
 */
export async function deleteModel(workbench: ModelWorkbench, model: ListedModel): Promise<void> {
  const resolved = workbench.settings.resolve();
  if (resolved.kind === "invalid") return workbench.messages.problems(resolved.problems);
  if (!isInStore(model.origin)) return;
  const keepsFiles = model.origin.kind === "folder";
  const selected = sameFolder(resolved.model.folder, model.folder);
  if (!(await workbench.dialogs.confirm(question(model, keepsFiles, selected)))) return;
  try {
    // Some systems do not delete files that are in use.
    if (!keepsFiles && isLoaded(workbench, model)) await workbench.models.unload();
    await workbench.modelStore.remove(resolved.store, model.id);
    if (selected) await workbench.settings.update("model", "");
  } catch (error) {
    tellFailure(workbench, error);
  }
}

function question({ name, folder }: ListedModel, keepsFiles: boolean, selected: boolean): Confirmation {
  const files = keepsFiles
    ? l10n.t("Only the entry goes. The folder {0} and its files stay as they are.", folder)
    : l10n.t("The folder {0} is deleted with all its files. This cannot be undone.", folder);
  const successor = l10n.t("It is the model of the settings: the starter model takes its place.");
  return {
    message: keepsFiles ? l10n.t("Remove {0} from the models?", name) : l10n.t("Delete {0}?", name),
    detail: selected ? `${files}\n\n${successor}` : files,
    action: keepsFiles ? l10n.t("Remove") : l10n.t("Delete"),
  };
}

function isLoaded({ models }: ModelWorkbench, { folder }: ListedModel): boolean {
  return models.state.kind === "loaded" && sameFolder(models.state.info.folder, folder);
}
