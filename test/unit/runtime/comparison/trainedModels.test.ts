import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sameTraining, TrainedModels } from "../../../../src/runtime/comparison/trainedModels";
import type { ComparisonUnit } from "../../../../src/runtime/comparisonRecord";
import { fineTuneDefaults } from "../../../../src/runtime/training/settings";

describe("models that a comparison trains", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "gptw-models-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function unit(changes: Partial<ComparisonUnit> = {}): ComparisonUnit {
    const choice = { kind: "finetune", settings: fineTuneDefaults.head } as const;
    return { id: "ab", arm: 0, purpose: "choose", choice, labels: 8, seed: 1, split: "dev", ...changes };
  }

  /** Leaves a file where the unit's training works. */
  function train(models: TrainedModels, of: ComparisonUnit): string {
    const work = models.workFolder(of);
    mkdirSync(join(work, "model"), { recursive: true });
    writeFileSync(join(work, "model", "weights"), String(of.seed));
    return work;
  }

  it("share a folder for the same training, whatever it is asked about", () => {
    const models = new TrainedModels(folder);
    const tested = unit({ id: "cd", purpose: "test", split: "test" });
    assert.equal(models.workFolder(unit()), models.workFolder(tested));
    assert.ok(sameTraining(unit(), tested));
    const others = [unit({ arm: 1 }), unit({ labels: 9 }), unit({ seed: 2 })];
    const folders = new Set([unit(), ...others].map((one) => models.workFolder(one)));
    assert.equal(folders.size, 4);
  });

  it("of those tried on dev, leave the best of every arm", async () => {
    const models = new TrainedModels(folder);
    const tries = [0.5, 0.8, 0.8, 0.6].map((score, seed) => ({ score, of: unit({ seed }) }));
    for (const { score, of } of tries) {
      train(models, of);
      await models.tried(of, score);
    }
    const other = unit({ arm: 1 });
    train(models, other);
    await models.tried(other, 0);
    assert.deepEqual(
      [...tries.map(({ of }) => of), other].map((of) => existsSync(models.workFolder(of))),
      [false, true, false, false, true],
    );
  });

  it("stay where an arm's name leads nowhere else, one of each arm", async () => {
    const models = new TrainedModels(folder);
    const names = ["full", "../../up", "a/b", "…", "full"];
    for (const [arm, name] of names.entries()) {
      const work = train(models, unit({ arm, seed: arm }));
      const kept = await models.keep(arm, name, join(work, "model"));
      assert.match(kept, /^models\/[\p{L}\p{N}_-]+$/u);
      assert.equal(readFileSync(join(folder, kept, "weights"), "utf8"), String(arm));
    }
    assert.equal(readdirSync(join(folder, "models")).length, names.length);
    const again = train(models, unit({ seed: 7 }));
    const kept = await models.keep(0, "full", join(again, "model"));
    assert.equal(readFileSync(join(folder, kept, "weights"), "utf8"), "7");
    await models.removeWork();
    assert.deepEqual(readdirSync(folder), ["models"]);
  });
});
