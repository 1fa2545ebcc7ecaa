/** A model's weights, in one safetensors file or in shards listed by `model.safetensors.index.json`. */
import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidCheckpoint, invalidIndex, notAModelFolder, pickledCheckpoint } from "../errors";
import { fileExists, isMissing, readJsonFile } from "../textFile";
import { brief } from "./headerText";
import { openSafetensors, type SafetensorsFile, type TensorEntry } from "./safetensors";

export type { SafetensorsDType } from "./safetensors";

/** A tensor and the file it lies in. */
export interface CheckpointTensor extends TensorEntry {
  /** Path of the file, links followed. */
  readonly file: string;
}

/** All tensors of a model. */
export interface Checkpoint {
  /** The file, or the index of the shards: what errors name. */
  readonly path: string;
  /** Every file with tensors, links followed; all in one folder. */
  readonly files: readonly SafetensorsFile[];
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
}

/** Names of the two forms. */
export const checkpointNames = { single: "model.safetensors", index: "model.safetensors.index.json" } as const;

/**
 * Opens the checkpoint of a model folder: headers are read and checked, weights are not.
 * @throws RuntimeError `notAModelFolder`, `invalidCheckpoint`, `invalidIndex`, or `unsupportedModel` for pickles.
 */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const single = join(folder, checkpointNames.single);
  if (await fileExists(single)) return makeCheckpoint(single, [await openLinked(single)]);
  const index = join(folder, checkpointNames.index);
  const json = await readJsonFile(index, maxIndexBytes, (problem) => invalidIndex(index, problem));
  if (json !== undefined) return openShards(folder, index, json);
  for (const name of ["pytorch_model.bin", "pytorch_model.bin.index.json"])
    if (await fileExists(join(folder, name))) throw pickledCheckpoint(join(folder, name));
  throw notAModelFolder(folder, checkpointNames.single);
}

const maxIndexBytes = 100_000_000;
const maxShards = 10_000;

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

async function openShards(folder: string, index: string, json: unknown): Promise<Checkpoint> {
  const parsed = indexSchema.safeParse(json);
  if (!parsed.success) throw invalidIndex(index, l10n.t('has no "weight_map" from tensor to file'));
  const places = Object.entries(parsed.data.weight_map);
  const names = [...new Set(places.map(([, file]) => file))].sort();
  if (names.length > maxShards) throw invalidIndex(index, l10n.t("names more than {0} files", maxShards));
  for (const name of names) checkShardName(name, index);
  const files = new Map<string, SafetensorsFile>();
  for (const name of names) files.set(name, await openShard(folder, name, index));
  for (const [tensor, name] of places) {
    if (files.get(name)?.tensors.has(tensor)) continue;
    throw invalidIndex(index, l10n.t('says that "{0}" is in {1}, where it is not', brief(tensor), brief(name)));
  }
  return makeCheckpoint(index, [...files.values()]);
}

/** A shard lies beside its index: a name that leads elsewhere is not followed. */
function checkShardName(name: string, index: string): void {
  if (/^[\w][\w.-]*\.safetensors$/.test(name) && !name.includes("..")) return;
  throw invalidIndex(index, l10n.t('names "{0}", which is no safetensors file beside it', brief(name)));
}

async function openShard(folder: string, name: string, index: string): Promise<SafetensorsFile> {
  const path = join(folder, name);
  if (!(await fileExists(path))) throw invalidIndex(index, l10n.t("names {0}, which is missing", brief(name)));
  return openLinked(path);
}

/** A checkpoint may be a link, as in Hugging Face's cache: onnxruntime reads only what lies in the folder it is told. */
async function openLinked(path: string): Promise<SafetensorsFile> {
  try {
    return await openSafetensors(await realpath(path));
  } catch (error) {
    if (isMissing(error)) throw invalidCheckpoint(path, l10n.t("is a link to a file that is not there"));
    throw error;
  }
}

function makeCheckpoint(path: string, files: readonly SafetensorsFile[]): Checkpoint {
  const tensors = new Map<string, CheckpointTensor>();
  const [first] = files;
  for (const file of files) {
    if (first && dirname(file.path) !== dirname(first.path))
      throw invalidCheckpoint(file.path, l10n.t("is in another folder than {0}", first.path));
    for (const [name, entry] of file.tensors) {
      const other = tensors.get(name);
      if (other) throw invalidCheckpoint(file.path, l10n.t("is in {0} too", basename(other.file)), brief(name));
      tensors.set(name, { ...entry, file: file.path });
    }
  }
  return { path, files, tensors };
}
