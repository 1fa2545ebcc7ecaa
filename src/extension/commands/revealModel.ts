import * as l10n from "@vscode/l10n";
import type { ListedModel } from "../modelStore";
import type { ModelWorkbench } from "../workbench";

/** Shows a model's folder in the system's file manager. */
export async function revealModel({ dialogs, messages }: ModelWorkbench, { folder }: ListedModel): Promise<void> {
  if (await dialogs.revealFolder(folder)) return;
  messages.info(l10n.t("The files lie on another machine than this window. Their path was copied: {0}", folder));
}
