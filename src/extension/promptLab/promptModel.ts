/** Which model a prompt file is run on. Knows nothing of VS Code. */
import { dirname, isAbsolute, normalize, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../../runtime/errors";
import { readPromptText } from "../../runtime/prompt/promptText";
import type { PromptSource } from "../../runtime/promptProtocol";
import type { ListedModel } from "../modelStore";

/** What a prompt file's `model` may name. */
export interface ModelChoices {
  /** The folder of the settings' model. */
  readonly selected: string;
  /** Models by name and by id. */
  list(): Promise<readonly Pick<ListedModel, "id" | "name" | "folder">[]>;
  /** Whether the workspace is trusted: one that is not may not choose what is loaded, as it may not by a setting. */
  readonly trusted: boolean;
}

/**
 * The absolute folder of the model that the prompt file names: a model of the store by its name or id, a folder relative to the file when
 * it has a slash in front (`./model`, `../model`, `/models/x`); the settings' when the file names none. Throws `invalidRequest`.
 */
export async function promptModelFolder(source: PromptSource, choices: ModelChoices): Promise<string> {
  // A file with errors is run all the same: the runtime says what is wrong with it.
  const named = readPromptText(source.text).file?.model?.trim();
  if (!named) return choices.selected;
  const path = isPath(named);
  if (path && !choices.trusted) {
    throw invalidRequest(
      l10n.t('the prompt file names the model folder "{0}", and this workspace is not trusted', named),
      l10n.t("Trust the workspace, or name a model of the store."),
    );
  }
  if (path) return normalize(resolve(dirname(source.path), named));
  const models = await choices.list();
  // A hub's owner/name is a folder owner--name in the store.
  const found = models.find(({ id, name }) => name === named || id === named || id === named.replace("/", "--"));
  if (found) return found.folder;
  throw invalidRequest(
    l10n.t('there is no model "{0}" in the model store', named),
    l10n.t('Add it in the Models view, or write a path that starts with "./" or "/".'),
  );
}

function isPath(named: string): boolean {
  return isAbsolute(named) || /^\.{1,2}([\\/]|$)/.test(named);
}
