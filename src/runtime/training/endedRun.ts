/** A run that has ended: nothing of what it went on from stays beside its model. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Checkpoints } from "./checkpoints";
import { textFolders } from "./pretrainText";
import type { StoredTraining } from "./trainingRunStore";

/** Folders that a run works in besides its checkpoints. */
const workFolders: readonly string[] = ["features", textFolders.tokenizer, textFolders.tokens];

/** Removes checkpoints, kept features, vocabulary and tokens from a run's folder. */
export async function removeWork(folder: string): Promise<void> {
  await new Checkpoints(folder).remove();
  for (const name of workFolders) await rm(join(folder, name), { recursive: true, force: true });
}

/**
 * Tidies a run whose record says that it has ended but whose process was killed before all was removed. False when the run has not
 * ended, or there is nothing to remove.
 */
export async function tidyEnded({ folder, record }: StoredTraining): Promise<boolean> {
  if (record.model === null || (record.state !== "completed" && record.state !== "stopped")) return false;
  const found = await readdir(folder);
  if (!found.some((name) => /^(checkpoint|best)(\.|$)/.test(name) || workFolders.includes(name))) return false;
  await removeWork(folder);
  return true;
}
