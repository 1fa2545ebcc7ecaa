/**
 * Which models a comparison may use: a workspace that is not trusted may not choose what is loaded, as it may not by a setting or a prompt
 * file. Knows nothing of VS Code.
 */
import * as l10n from "@vscode/l10n";
import { readComparisonText } from "../../runtime/comparison/comparisonText";
import type { ComparisonParams, ComparisonRecord } from "../../runtime/comparisonRecord";
import { invalidRequest } from "../../runtime/errors";
import { sameFolder } from "../modelFolder";
import type { ListedModel } from "../modelStore";

/** What the user chose, outside of the workspace's files. */
export interface TrustedChoices {
  readonly trusted: boolean;
  /** Models of the store and the settings' model. */
  list(): Promise<readonly Pick<ListedModel, "id" | "name" | "folder">[]>;
}

/**
 * Throws `invalidRequest` where a workspace that is not trusted names a model that is not of the store: by a path, or by the name of a folder
 * beside the file. What a file with errors says does not matter: the runtime refuses it.
 */
export async function checkNamedModels(text: string, { trusted, list }: TrustedChoices): Promise<void> {
  if (trusted) return;
  const { file } = readComparisonText(text);
  const named = [file?.model, ...(file?.arms ?? []).map(({ model }) => model)].filter((name) => name !== undefined);
  if (named.length === 0) return;
  const models = await list();
  const isListed = (name: string) =>
    models.some((model) => model.id === name || model.name === name || model.id === name.replace("/", "--"));
  const other = named.find((name) => isPath(name) || !isListed(name));
  if (other === undefined) return;
  throw invalidRequest(
    l10n.t('the comparison file names the model "{0}", and this workspace is not trusted', other),
    l10n.t("Trust the workspace, or name a model of the store."),
  );
}

/**
 * Throws `invalidRequest` for a stored run of a workspace that is not trusted whose record names models, or folders to write to, that are not
 * the user's own. `own`: absolute paths, of the settings.
 */
export async function checkStoredRun(
  { text, params }: Pick<ComparisonRecord, "text" | "params">,
  own: Pick<ComparisonParams, "store" | "cache">,
  choices: TrustedChoices,
): Promise<void> {
  if (choices.trusted) return;
  const models = await choices.list();
  const isOwn =
    sameFolder(params.store, own.store) &&
    (params.cache === undefined || (own.cache !== undefined && sameFolder(params.cache, own.cache))) &&
    models.some(({ folder }) => sameFolder(folder, params.model));
  if (isOwn) return checkNamedModels(text, choices);
  throw invalidRequest(
    l10n.t("the record of this run names folders that are not of your settings, and this workspace is not trusted"),
    l10n.t("Trust the workspace, or start a new comparison."),
  );
}

function isPath(named: string): boolean {
  return /^(\.{1,2}([\\/]|$)|[\\/]|[A-Za-z]:)/.test(named);
}
