import * as l10n from "@vscode/l10n";
import type { ModelWorkbench } from "../workbench";
import { chosenFolder } from "./chosenFolder";
import { useModelFolder } from "./loadModel";

/** Asks for a model folder and uses it. A `Uri` as argument takes the place of the question. */
export async function selectModelFolder(workbench: ModelWorkbench, argument?: unknown): Promise<void> {
  const folder = await chosenFolder(workbench, argument, l10n.t("Use This Model"));
  if (folder !== undefined) await useModelFolder(workbench, folder);
}
