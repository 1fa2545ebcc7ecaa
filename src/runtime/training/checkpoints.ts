/**
 * The state of a run on disk: `checkpoint/`, from which it goes on, and `best/`, the parameters that did best on dev. A state is written
 * into a folder of its own, which then takes the place of the former one: at every moment there is a whole one. Only trained parameters
 * are in it. What is read is not trusted.
 */
import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { openSafetensors, readTensor, type SafetensorsFile } from "../checkpoint/safetensors";
import { type TensorToWrite, writeSafetensors } from "../checkpoint/safetensorsWriter";
import type { TensorKind, Trainable } from "../engine/trainable";
import { cannotWrite, invalidCheckpoint, RuntimeError, trainingFailed } from "../errors";
import { isMissing, readJsonFile } from "../textFile";

const best = z.object({ step: z.int().min(0), loss: z.number(), accuracy: z.number().nullable() });

const progressForm = z.object({
  version: z.literal(1),
  step: z.int().min(0),
  best: best.nullable(),
  looksWithoutBetter: z.int().min(0),
  elapsedMs: z.number().min(0),
  lookIsDue: z.boolean().exactOptional(),
});

/** Where a run stands, beside the values of its parameters. */
export interface TrainingProgress {
  /** Steps that are done. */
  readonly step: number;
  readonly best: z.output<typeof best> | null;
  /** Looks at dev since the best one. */
  readonly looksWithoutBetter: number;
  /** Time spent, milliseconds. */
  readonly elapsedMs: number;
  /** Whether the look at dev after the last step was broken off; `false` when absent. */
  readonly lookIsDue?: boolean;
}

/** Where a run begins. */
export const noProgress: TrainingProgress = { step: 0, best: null, looksWithoutBetter: 0, elapsedMs: 0 };

/** The file system's part in writing, which tests replace. */
export interface FileOperations {
  readonly mkdir: (folder: string) => Promise<unknown>;
  readonly writeSafetensors: typeof writeSafetensors;
  /** Written, and on the disk when it resolves. */
  readonly writeText: (file: string, text: string) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly remove: (path: string) => Promise<void>;
}

/** Node's. */
export const fileOperations: FileOperations = {
  mkdir: (folder) => mkdir(folder, { recursive: true }),
  writeSafetensors,
  writeText: (file, text) => writeFile(file, text, { flush: true }),
  rename,
  remove: (path) => rm(path, { recursive: true, force: true }),
};

/** A model's state, whatever its batches are. */
export type TrainedState = Pick<Trainable<never>, "trained" | "shapes" | "read" | "write">;

const names = {
  checkpoint: "checkpoint",
  best: "best",
  progress: "progress.json",
  tensors: "state.safetensors",
} as const;
/** All of which a run can go on. */
const allKinds: readonly TensorKind[] = ["parameter", "m", "v"];
const maxProgressBytes = 1 << 20;

/** The two states of the run in `folder`. Methods that write throw `cannotWrite`; those that read throw `invalidCheckpoint`. */
export class Checkpoints {
  readonly #folder: string;
  readonly #files: FileOperations;

  constructor(folder: string, files: FileOperations = fileOperations) {
    this.#folder = folder;
    this.#files = files;
  }

  /** Keeps parameters and moments, from which the run can go on. */
  save(model: TrainedState, progress: TrainingProgress): Promise<void> {
    return this.#write(names.checkpoint, model, allKinds, progress);
  }

  /** Puts the model where the last checkpoint was, and tells how far that is; null when there is none. */
  restore(model: TrainedState): Promise<TrainingProgress | null> {
    return this.#read(names.checkpoint, model, allKinds);
  }

  /** Whether there is a checkpoint, and of which step; null when there is none. */
  async savedStep(): Promise<number | null> {
    const folder = await this.#current(names.checkpoint);
    return folder === null ? null : (await readProgress(folder)).step;
  }

  /** Keeps the parameters as the best so far. */
  saveBest(model: TrainedState, progress: TrainingProgress): Promise<void> {
    return this.#write(names.best, model, ["parameter"], progress);
  }

  /** Gives the model the best parameters, and tells how good they are; null when there are none. */
  async restoreBest(model: TrainedState): Promise<TrainingProgress["best"]> {
    return (await this.#read(names.best, model, ["parameter"]))?.best ?? null;
  }

  /** Removes both, and what an interrupted write left. */
  async remove(): Promise<void> {
    for (const name of [names.checkpoint, names.best]) {
      await this.#files.remove(join(this.#folder, name));
      await this.#removeLeftovers(name);
    }
  }

  async #write(
    name: string,
    model: TrainedState,
    kinds: readonly TensorKind[],
    progress: TrainingProgress,
  ): Promise<void> {
    const target = join(this.#folder, name);
    const part = `${target}.part-${randomUUID()}`;
    try {
      // What is there may be whole only under its second name.
      await this.#settle(name);
      await this.#files.mkdir(part);
      await this.#files.writeSafetensors(join(part, names.tensors), stateTensors(model, kinds));
      await this.#files.writeText(join(part, names.progress), JSON.stringify({ version: 1, ...progress }));
      await syncFolder(part);
      await this.#replace(name, part);
      await syncFolder(this.#folder);
    } catch (error) {
      await this.#files.remove(part).catch(() => undefined);
      if (error instanceof RuntimeError) throw error;
      throw cannotWrite(target, error);
    }
  }

  /** A folder that is not empty cannot be renamed over: for a moment the former one stands under its second name. */
  async #replace(name: string, part: string): Promise<void> {
    const target = join(this.#folder, name);
    const previous = `${target}.previous`;
    if (await isFolder(target)) await this.#files.rename(target, previous);
    await this.#files.rename(part, target);
    await this.#files.remove(previous);
  }

  /** Ends what an interrupted replacement began. */
  async #settle(name: string): Promise<void> {
    const target = join(this.#folder, name);
    const previous = `${target}.previous`;
    if (!(await isFolder(target)) && (await isFolder(previous))) await this.#files.rename(previous, target);
    await this.#removeLeftovers(name);
  }

  async #removeLeftovers(name: string): Promise<void> {
    for (const entry of await readdir(this.#folder).catch(() => []))
      if (entry === `${name}.previous` || entry.startsWith(`${name}.part-`))
        await this.#files.remove(join(this.#folder, entry));
  }

  /** Folder of the whole state; null when there is none. */
  async #current(name: string): Promise<string | null> {
    for (const folder of [join(this.#folder, name), join(this.#folder, `${name}.previous`)])
      if (await isFolder(folder)) return folder;
    return null;
  }

  async #read(name: string, model: TrainedState, kinds: readonly TensorKind[]): Promise<TrainingProgress | null> {
    const folder = await this.#current(name);
    if (folder === null) return null;
    const progress = await readProgress(folder);
    const path = join(folder, names.tensors);
    await refuseLink(path);
    const file = await openSafetensors(path);
    checkTensors(file, model, kinds);
    for (const kind of kinds)
      for (const parameter of model.trained)
        await model.write(kind, parameter, await readTensor(file, `${kind}.${parameter}`));
    return progress;
  }
}

function shapeOf(model: TrainedState, name: string): readonly number[] {
  const shape = model.shapes.get(name);
  if (shape === undefined) throw new RangeError(`the parameter ${name} has no shape`);
  return shape;
}

function stateTensors(model: TrainedState, kinds: readonly TensorKind[]): TensorToWrite[] {
  return kinds.flatMap((kind) =>
    model.trained.map((name) => ({
      name: `${kind}.${name}`,
      dtype: "F32" as const,
      shape: shapeOf(model, name),
      bytes: () => finiteBytes(model, kind, name),
    })),
  );
}

/** The values' bytes. A state that is lost to numbers that are none must not take the place of a good one. */
async function* finiteBytes(model: TrainedState, kind: TensorKind, name: string): AsyncIterable<Uint8Array> {
  const values = await model.read(kind, name);
  if (!values.every(Number.isFinite)) throw notFinite(name);
  yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A trained parameter has values that are no numbers. */
export function notFinite(parameter: string): RuntimeError {
  return trainingFailed(l10n.t("The parameter {0} has values that are not finite.", parameter), divergenceRemedy());
}

/** What to do about a run that went astray. */
export function divergenceRemedy(): string {
  return l10n.t("Lower the learning rate, lengthen the warm-up, or clip gradients (maxGradNorm: 1), and start again.");
}

/** Neither more nor fewer tensors than the model's, with its shapes: the file belongs to another run else. */
function checkTensors(file: SafetensorsFile, model: TrainedState, kinds: readonly TensorKind[]): void {
  const expected = new Map<string, readonly number[]>(
    kinds.flatMap((kind) => model.trained.map((name) => [`${kind}.${name}`, shapeOf(model, name)] as const)),
  );
  for (const [name, shape] of expected) {
    const found = file.tensors.get(name);
    if (!found) throw invalidCheckpoint(file.path, l10n.t("is missing"), name);
    if (found.dtype === "F32" && found.shape.join() === shape.join()) continue;
    const problem = l10n.t("is {0} [{1}], expected F32 [{2}]", found.dtype, found.shape.join(", "), shape.join(", "));
    throw invalidCheckpoint(file.path, problem, name);
  }
  for (const name of file.tensors.keys())
    if (!expected.has(name)) throw invalidCheckpoint(file.path, l10n.t("belongs to no trained parameter"), name);
}

async function readProgress(folder: string): Promise<TrainingProgress> {
  const path = join(folder, names.progress);
  await refuseLink(path);
  const json = await readJsonFile(path, maxProgressBytes, (problem) => invalidCheckpoint(path, problem));
  const parsed = progressForm.safeParse(json);
  if (parsed.success) {
    const { version: _, ...progress } = parsed.data;
    return progress;
  }
  const issue = parsed.error.issues[0];
  throw invalidCheckpoint(path, l10n.t('"{0}": {1}', issue?.path.join(".") ?? "", issue?.message ?? ""));
}

async function refuseLink(path: string): Promise<void> {
  const info = await lstat(path).catch((error: unknown) => {
    if (isMissing(error)) throw invalidCheckpoint(path, l10n.t("is missing"));
    throw error;
  });
  if (!info.isFile()) throw invalidCheckpoint(path, l10n.t("is not a file"));
}

/** Links are followed nowhere. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Renames are on the disk only when their folder is. Windows cannot, and has no need to. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
