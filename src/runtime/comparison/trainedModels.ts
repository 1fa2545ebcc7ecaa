/** Folders of what a comparison trains: a training that was tried on dev is not done again for test, one model of every arm stays, all else goes. */
import { createHash } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ComparisonUnit } from "../comparisonRecord";

const folders = { work: "work", models: "models" } as const;

/** What was trained in a run's folder. */
export class TrainedModels {
  readonly #folder: string;
  /** By arm, the training that did best on dev so far: it is likely to be asked about test too. */
  readonly #best = new Map<number, { readonly unit: ComparisonUnit; readonly score: number }>();

  /** @param folder absolute path of the run's folder. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Absolute path of the folder that a unit's training works in: the same one for units that ask about the same training. */
  workFolder(unit: ComparisonUnit): string {
    return join(this.#folder, folders.work, trainingKey(unit));
  }

  /**
   * A unit on dev was answered. The training stays while no other one of the arm is better.
   * @param score the higher, the better.
   */
  async tried(unit: ComparisonUnit, score: number): Promise<void> {
    const best = this.#best.get(unit.arm);
    const isBetter = best === undefined || score > best.score;
    if (isBetter) this.#best.set(unit.arm, { unit, score });
    await this.forget(isBetter ? best?.unit : unit);
  }

  /** Removes what a unit's training left. */
  async forget(unit: ComparisonUnit | undefined): Promise<void> {
    if (unit) await rm(this.workFolder(unit), { recursive: true, force: true });
  }

  /** Moves a trained model to where it stays, in place of an earlier one. Gives its folder, relative to the run's. */
  async keep(arm: number, name: string, model: string): Promise<string> {
    const kept = `${folders.models}/${modelName(arm, name)}`;
    const target = join(this.#folder, kept);
    await mkdir(dirname(target), { recursive: true });
    await rm(target, { recursive: true, force: true });
    await rename(model, target);
    return kept;
  }

  /** Removes all but the models that stay. */
  async removeWork(): Promise<void> {
    await rm(join(this.#folder, folders.work), { recursive: true, force: true });
  }
}

/** Whether two units ask about the same training. */
export function sameTraining(one: ComparisonUnit, other: ComparisonUnit): boolean {
  return trainingKey(one) === trainingKey(other);
}

/** Of all that a training hangs on within a comparison. */
export function trainingKey({ arm, choice, labels, seed }: ComparisonUnit): string {
  const what = JSON.stringify([arm, choice, labels, seed]);
  return createHash("sha256").update(what).digest("hex").slice(0, 32);
}

/** A folder's name that no file system dislikes: different for every arm. */
function modelName(arm: number, name: string): string {
  const plain = name.replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "");
  return `${arm + 1}-${[...plain].slice(0, 60).join("") || "arm"}`;
}
