import * as l10n from "@vscode/l10n";
import { sameFolder } from "../modelFolder";
import type { ListedModel } from "../modelStore";
import type { ModelWorkbench } from "../workbench";
import { tellFailure } from "./loadModel";

/** Deletes a model, after asking. Of a folder of the user's only the entry goes, and no file. */
export async function deleteModel(workbench: ModelWorkbench, model: ListedModel): Promise<void> {
  const resolved = workbench.settings.resolve();
  if (resolved.kind === "invalid") return workbench.messages.problems(resolved.problems);
  if (model.origin.kind === "starter") return;
  const keepsFiles = model.origin.kind === "folder";
  const selected = sameFolder(resolved.model.folder, model.folder);
  if (!(await workbench.dialogs.confirm(question(model, keepsFiles, selected)))) return;
  try {
    // Some systems do not delete files that are in use.
    if (!keepsFiles && isLoaded(workbench, model)) await workbench.models.unload();
    await workbench.modelStore.remove(resolved.store, model.id);
    if (!keepsFiles && selected) await workbench.settings.update("model", "");
  } catch (error) {
    tellFailure(workbench, error);
  }
}

function question({ name, folder }: ListedModel, keepsFiles: boolean, selected: boolean) {
  if (keepsFiles) {
    return {
      message: l10n.t("Remove {0} from the models?", name),
      detail: l10n.t("Only the entry goes. The folder {0} and its files stay as they are.", folder),
      action: l10n.t("Remove"),
    };
  }
  const files = l10n.t("The folder {0} is deleted with all its files. This cannot be undone.", folder);
  const successor = l10n.t("It is the model of the settings: the starter model takes its place.");
  return {
    message: l10n.t("Delete {0}?", name),
    detail: selected ? `${files}\n\n${successor}` : files,
    action: l10n.t("Delete"),
  };
}

function isLoaded({ models }: ModelWorkbench, { folder }: ListedModel): boolean {
  return models.state.kind === "loaded" && sameFolder(models.state.info.folder, folder);
}
