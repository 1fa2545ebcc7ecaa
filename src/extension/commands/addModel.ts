import * as l10n from "@vscode/l10n";
import type { ModelWorkbench } from "../workbench";
import { chosenFolder } from "./chosenFolder";
import { tellFailure, useModelFolder } from "./loadModel";

/** Adds a folder of the user's to the list of models, where it is. A `Uri` as argument takes the place of the question. */
export async function addModel(workbench: ModelWorkbench, argument?: unknown): Promise<void> {
  const resolved = workbench.settings.resolve();
  if (resolved.kind === "invalid") return workbench.messages.problems(resolved.problems);
  const folder = await chosenFolder(workbench, argument, l10n.t("Add This Model"));
  if (folder === undefined) return;
  const added = await workbench.dialogs.withProgress(l10n.t("Reading {0}", folder), async (_, signal) => {
    try {
      return await workbench.modelStore.add(resolved.store, folder, signal);
    } catch (error) {
      tellFailure(workbench, error);
      return undefined;
    }
  });
  if (!added) return;
  workbench.messages.info(l10n.t("{0} was added to the models.", added.name), {
    title: l10n.t("Load"),
    run: () => useModelFolder(workbench, added.folder),
  });
}
