import * as l10n from "@vscode/l10n";
import * as z from "zod";
import type { FolderUri } from "../dialogs";
import type { ModelWorkbench } from "../workbench";

const folderUri = z.object({ scheme: z.string(), fsPath: z.string() }) satisfies z.ZodType<FolderUri>;

/**
 * The model folder that a command is to work on: that of a `Uri` given as argument, else one that the user chooses.
 * Undefined when there is none; one that does not lie on disk is refused with a message.
 */
export async function chosenFolder(
  { dialogs, messages }: Pick<ModelWorkbench, "dialogs" | "messages">,
  argument: unknown,
  action: string,
  title = l10n.t("Select a Hugging Face model folder"),
): Promise<string | undefined> {
  const given = folderUri.safeParse(argument);
  const folder = given.success ? given.data : await dialogs.askFolder(title, action);
  if (!folder || folder.scheme === "file") return folder?.fsPath;
  messages.error(l10n.t("A model must lie in a folder on disk; {0} does not.", `${folder.scheme}:${folder.fsPath}`));
  return undefined;
}
