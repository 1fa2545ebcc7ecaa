/**
 * Finds the model that an adapter changes. Its folder is told by somebody else's file, so it is believed only when it is a folder of this
 * machine whose content has the recorded hash; where none is recorded, as in adapters that PEFT wrote, when the shapes are right.
 */
import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import * as l10n from "@vscode/l10n";
import { baseNotFound } from "../errors";
import { isMissing } from "../textFile";
import { isAdapterFolder } from "./adapterFolder";
import { modelHash } from "./modelHash";

/** Where the base is said to be, and what it is. */
export interface RecordedBase {
  /** The file that says so. */
  readonly file: string;
  readonly folder: string;
  /** Null when none is recorded. */
  readonly sha256: string | null;
}

/**
 * The base's folder. `given` takes the place of the recorded one; its hash must be the same.
 * @throws RuntimeError `baseNotFound`, saying what is wrong with it; and as `modelHash`.
 */
export async function findBase({ file, folder, sha256 }: RecordedBase, given?: string): Promise<string> {
  const path = given ?? folder;
  if (path === "") throw baseNotFound(file, l10n.t("the adapter does not say which model it changes"));
  // A path to another machine would make this one sign in there.
  if (/^[\\/]{2}/.test(path)) throw baseNotFound(file, l10n.t("the base model {0} is not on this machine", path));
  if (!isAbsolute(path) || !(await isFolder(path)))
    throw baseNotFound(file, l10n.t("the base model {0} is not there", path));
  if (await isAdapterFolder(path)) throw baseNotFound(file, l10n.t("the base model {0} is an adapter itself", path));
  if (sha256 === null || sha256 === "") return path;
  const found = await hashOf(path);
  if (found !== sha256)
    throw baseNotFound(file, l10n.t("{0} is not the model that the adapter was trained on: it has changed", path));
  return path;
}

/** Being hashed, by folder: a list of models opens all adapters of a base at once. */
const underWay = new Map<string, Promise<string>>();

function hashOf(folder: string): Promise<string> {
  const known = underWay.get(folder);
  if (known) return known;
  const hash = modelHash(folder, { signal: new AbortController().signal, memory: null });
  const done = hash.finally(() => underWay.delete(folder));
  underWay.set(folder, done);
  return done;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
