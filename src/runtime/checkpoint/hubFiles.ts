/** Which files of a hub's repository make a model folder. Names come from elsewhere: only those we know are taken. */
import * as l10n from "@vscode/l10n";
import { hubFailed, pickledCheckpoint } from "../errors";
import { checkpointNames } from "./checkpoint";

/** A file as a hub lists it. */
export interface ListedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of a large file, hexadecimal. */
  readonly sha256: string | null;
  /** Git's SHA-1 of a small one (of `blob SIZE\0` and the content), hexadecimal. */
  readonly gitSha1: string | null;
}

/** Taken when they are there. */
const wanted = new Set([
  "config.json",
  "generation_config.json",
  "vocab.json",
  "merges.txt",
  "tokenizer.json",
  "tokenizer_config.json",
  "added_tokens.json",
  "special_tokens_map.json",
  "LICENSE",
  "README.md",
]);

const shardForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}\.safetensors$/;

/**
 * The files to download, the small ones first.
 * @param source names the repository in errors.
 * @throws RuntimeError `hubFailed` when no model is there, `unsupportedModel` when its weights are pickles only.
 */
export function filesOfModel(listed: readonly ListedFile[], source: string): ListedFile[] {
  const named = (name: string) => listed.find(({ path }) => path === name);
  const hint = l10n.t("Choose a repository of a GPT with safetensors weights.");
  if (!named("config.json")) throw hubFailed(source, l10n.t("has no config.json"), hint);
  const weights = weightsOf(listed);
  if (weights.length === 0) {
    const pickle = listed.find(({ path }) => /^pytorch_model.*\.bin$/.test(path));
    throw pickle
      ? pickledCheckpoint(`${source}/${pickle.path}`)
      : hubFailed(source, l10n.t("has no weights as safetensors"), hint);
  }
  const small = listed.filter(({ path }) => wanted.has(path));
  return [...small, ...weights].sort((a, b) => a.size - b.size);
}

function weightsOf(listed: readonly ListedFile[]): ListedFile[] {
  const single = listed.find(({ path }) => path === checkpointNames.single);
  if (single) return [single];
  const index = listed.find(({ path }) => path === checkpointNames.index);
  if (!index) return [];
  return [index, ...listed.filter(({ path }) => shardForm.test(path) && /-\d+-of-\d+\.safetensors$/.test(path))];
}

/** Whether `path` names a file that may be written into a model folder, beside the others. */
export function isModelFile(path: string): boolean {
  return wanted.has(path) || path === checkpointNames.index || shardForm.test(path);
}
