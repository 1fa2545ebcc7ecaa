import assert from "node:assert/strict";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { TrainingService } from "../../../../src/runtime/trainingService";
import { fails, withFolder } from "../checkpoint/support";
import { sentences, tinyModel, tinyParams, writeRows } from "./tinyTraining";

const context = { signal: new AbortController().signal };

describe("a run that ended, but was killed while it tidied up", function () {
  this.timeout(240_000);

  it("is tidied up when it is to go on, and keeps its record and model", () =>
    withFolder(async (parent) => {
      const model = await tinyModel(parent);
      const path = writeRows(parent, "sentences.jsonl", sentences(16));
      const service = new TrainingService();
      const { folder, record } = await service.fineTune(tinyParams(parent, model, "head", { path }), context, () => 0);
      const tidy = await readdir(folder);
      for (const name of ["checkpoint", "best", "checkpoint.part-1", "features", "tokens"]) {
        await mkdir(join(folder, name));
        await writeFile(join(folder, name, "state.json"), "{}");
      }
      await writeFile(join(folder, "run.json.618339674"), "{");
      assert.deepEqual(await service.resume({ folder }, context, () => 0), { folder, record });
      assert.deepEqual(await readdir(folder), tidy);
      // Nothing but the record that was being written.
      await writeFile(join(folder, "run.json.1"), "");
      assert.deepEqual(await service.resume({ folder }, context, () => 0), { folder, record });
      assert.deepEqual(await readdir(folder), tidy);
      // Nothing but the lock of a process that is gone: no system gives a process this number.
      await writeFile(join(folder, "lock-4194999999-01234567-89ab-cdef-0123-456789abcdef"), "");
      assert.deepEqual(await service.resume({ folder }, context, () => 0), { folder, record });
      assert.deepEqual(await readdir(folder), tidy);
      await assert.rejects(
        service.resume({ folder }, context, () => 0),
        fails("invalidRequest", "has ended"),
      );
    }));

  it("is left alone while another process works on it", () =>
    withFolder(async (parent) => {
      const model = await tinyModel(parent);
      const path = writeRows(parent, "sentences.jsonl", sentences(16));
      const service = new TrainingService();
      const refused: unknown[] = [];
      await service.fineTune(tinyParams(parent, model, "head", { path }), context, async (event) => {
        if (event.kind !== "begin") return;
        const other = new TrainingService().resume({ folder: event.folder }, context, () => 0);
        await other.catch((error: unknown) => refused.push(error));
      });
      assert.equal(refused.length, 1);
      assert.ok(fails("invalidRequest", `process ${process.pid}`)(refused[0] as Error));
    }));

  it("leaves no half-written record when it goes on, and takes nothing else away", () =>
    withFolder(async (parent) => {
      const model = await tinyModel(parent);
      const path = writeRows(parent, "sentences.jsonl", sentences(16));
      const service = new TrainingService();
      const { folder } = await service.fineTune(tinyParams(parent, model, "head", { path }), context, (event) => {
        if (event.kind === "begin") service.control({ action: "pause" });
      });
      for (const name of ["run.json.618339674", "run.json.bak", "other.json.1"])
        await writeFile(join(folder, name), "");
      await mkdir(join(folder, "run.json.2"));
      await mkdir(join(folder, "model.1.part"));
      const { record } = await service.resume({ folder }, context, () => 0);
      assert.equal(record.state, "completed");
      const expected = ["metrics.jsonl", "model", "other.json.1", "run.json", "run.json.2", "run.json.bak"];
      assert.deepEqual((await readdir(folder)).sort(), expected);
    }));
});
