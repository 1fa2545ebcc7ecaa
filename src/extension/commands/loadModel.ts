import { homedir } from "node:os";
import * as l10n from "@vscode/l10n";
import { CancelledError, RuntimeError, toErrorInfo } from "../../runtime/errors";
import type { ModelReference } from "../../runtime/protocol";
import { errorText } from "../errorText";
import { modelReference, sameFolder } from "../modelFolder";
import type { ListedModel } from "../modelStore";
import type { ModelWorkbench } from "../workbench";

/** Loads a model of the list now, and makes it the one that the settings name. */
export async function loadModel(workbench: ModelWorkbench, { folder, origin }: ListedModel): Promise<void> {
  // The starter's folder moves with every version of the extension; its setting is the empty one.
  await useModelFolder(workbench, folder, origin.kind === "starter" ? "" : folder);
}

/** Frees the model that is loaded, whichever it is. The next command that needs one loads it again. */
export async function unloadModel({ models, log }: ModelWorkbench): Promise<void> {
  await models.unload();
  log.info("Model unloaded.");
}

/** Loads a folder, and only then writes `setting` to the settings: when it is no model, the former one stays. */
export async function useModelFolder(workbench: ModelWorkbench, folder: string, setting = folder): Promise<void> {
  const resolved = workbench.settings.resolve();
  if (resolved.kind === "invalid") {
    workbench.messages.problems(resolved.problems);
  } else if (await load(workbench, modelReference(folder, resolved.config, homedir()))) {
    if (!sameFolder(resolved.model.folder, folder)) await workbench.settings.update("model", setting);
  }
}

/** Tells of a failure, unless the user caused it by cancelling, or a crash that has its own message did. */
export function tellFailure({ messages, log }: Pick<ModelWorkbench, "messages" | "log">, error: unknown): void {
  const toldAlready = error instanceof RuntimeError && error.code === "runtimeExited";
  if (error instanceof CancelledError || toldAlready) return;
  if (!(error instanceof RuntimeError)) log.error(String(error));
  messages.error(errorText(toErrorInfo(error)));
}

function load(workbench: ModelWorkbench, model: ModelReference): Promise<boolean> {
  return workbench.dialogs.withProgress(l10n.t("Loading the model in {0}", model.folder), async (_, signal) => {
    try {
      await workbench.models.load(model, signal);
      return true;
    } catch (error) {
      tellFailure(workbench, error);
      return false;
    }
  });
}
