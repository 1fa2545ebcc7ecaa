/** What a run leaves behind: nothing of what it went on from stays beside its model, nothing half-written anywhere. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import type { Device } from "../protocol";
import { isLeftOf } from "../runFolder";
import type { TrainingRecord } from "../trainingProtocol";
import { Checkpoints } from "./checkpoints";
import { textFolders } from "./pretrainText";
import { type StoredTraining, trainingFiles } from "./trainingRunStore";

/** Folders that a run works in besides its checkpoints. */
const workFolders: readonly string[] = ["features", textFolders.tokenizer, textFolders.tokens];

/** Removes checkpoints, kept features, vocabulary and tokens from a run's folder. */
export async function removeWork(folder: string): Promise<void> {
  await new Checkpoints(folder).remove();
  for (const name of workFolders) await rm(join(folder, name), { recursive: true, force: true });
}

/** Names of what a process that was killed was writing; the checkpoints see to theirs. */
const leftFolder = /^(tokenizer|tokens|sample|model)\..*part/;

/** Removes what was being written when the run's process was killed. Whether there was any. */
export async function removeLeftovers(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true });
  const left = entries.filter((entry) =>
    entry.isFile() ? isLeftOf(trainingFiles.record, entry.name) : leftFolder.test(entry.name),
  );
  for (const { name } of left) await rm(join(folder, name), { recursive: true, force: true });
  return left.length > 0;
}

/** Whether a run has come to its end, so that nothing is left to go on with. */
export function hasEnded({ state }: TrainingRecord): boolean {
  return state === "completed" || state === "stopped";
}

/** The device that a run goes on on. Throws `invalidRequest` for a run that has ended. */
export function resumedDevice({ folder, record }: StoredTraining): Device {
  if (hasEnded(record)) throw invalidRequest(l10n.t("the run in {0} has ended", folder));
  const { device } = record;
  if (device === "cpu" || device === "webgpu") return device;
  throw invalidRequest(l10n.t('nothing is trained on the device "{0}"', device));
}

/**
 * Tidies a run whose record says that it has ended but whose process was killed before all was removed. False when the run has not
 * ended, or there is nothing to remove.
 */
export async function tidyEnded({ folder, record }: StoredTraining): Promise<boolean> {
  if (record.model === null || !hasEnded(record)) return false;
  const left = await removeLeftovers(folder);
  const found = await readdir(folder);
  if (!found.some((name) => /^(checkpoint|best)(\.|$)/.test(name) || workFolders.includes(name))) return left;
  await removeWork(folder);
  return true;
}
