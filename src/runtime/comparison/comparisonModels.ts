/** Models of a comparison: found by what the file says, and known by what they hold. */
import { dirname, isAbsolute, join, normalize, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { adapterFiles } from "../checkpoint/adapterNames";
import { modelHash } from "../checkpoint/modelHash";
import { listModels } from "../checkpoint/modelStore";
import { openModelFolder } from "../checkpoint/store";
import type { ComparisonParams, ComparisonRecord } from "../comparisonRecord";
import { invalidRequest } from "../errors";
import { hashMemory } from "../prompt/recordedRun";
import { fileExists } from "../textFile";
import { checkBase } from "../training/fineTuneInput";
import type { ResolvedArm } from "./comparisonInput";

/** Where models are looked for. */
type ModelPlaces = Pick<ComparisonParams, "source" | "model" | "store" | "modelsFromStoreOnly">;

/**
 * The absolute folder of the model that a comparison file names: a path that begins with `./`, `../` or `/` is taken from the file, another
 * name is a model of the store by its id or name, or else a folder beside the file; the parameters' model when none is named. Throws
 * `invalidRequest`, too for a folder where only the store's models may be named.
 */
export async function modelFolder(
  named: string | undefined,
  { source, model, store, modelsFromStoreOnly: onlyStore = false }: ModelPlaces,
): Promise<string> {
  if (named === undefined) return normalize(model);
  const beside = normalize(resolve(dirname(source.path), named));
  const isPath = isAbsolute(named) || /^\.{1,2}([\\/]|$)/.test(named);
  if (isPath && onlyStore) throw isNotTrusted(named);
  if (isPath) return beside;
  const models = await listModels(store);
  // A hub's owner/name is a folder owner--name in the store.
  const found = models.find(({ id, name }) => id === named || name === named || id === named.replace("/", "--"));
  if (found) return found.folder;
  for (const file of ["config.json", adapterFiles.config])
    if (await fileExists(join(beside, file))) {
      if (onlyStore) throw isNotTrusted(named);
      return beside;
    }
  throw invalidRequest(
    l10n.t('there is no model "{0}" in the store, and no such folder beside the comparison file', named),
    l10n.t("Add it in the Models view, or write the path of its folder."),
  );
}

/**
 * Opens the models of the arms, each once, and sees whether those that are to be trained can be.
 * @throws RuntimeError as `openModelFolder` and `fineTune` do; `CancelledError`.
 */
export async function openModels(
  arms: readonly ResolvedArm[],
  { contextLength, cache }: Pick<ComparisonParams, "contextLength" | "cache">,
  signal: AbortSignal,
): Promise<ComparisonRecord["models"]> {
  const models: ComparisonRecord["models"][number][] = [];
  for (const folder of new Set(arms.map(({ model }) => model))) {
    const opened = await openModelFolder(folder);
    opened.tokenizer?.free();
    for (const arm of arms)
      for (const choice of arm.model === folder ? arm.choices : [])
        if (choice.kind === "finetune") checkBase(opened, choice.settings);
    const { nPositions } = opened.config;
    models.push({
      name: opened.name,
      folder,
      sha256: await modelHash(folder, { signal, memory: hashMemory(cache) }),
      contextLength: Math.min(contextLength ?? nPositions, nPositions),
    });
  }
  return models;
}

function isNotTrusted(named: string): Error {
  return invalidRequest(
    l10n.t('the comparison file names the model folder "{0}", and this workspace is not trusted', named),
    l10n.t("Trust the workspace, or name a model of the store."),
  );
}
