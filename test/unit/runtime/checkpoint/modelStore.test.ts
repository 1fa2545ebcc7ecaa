import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import fc from "fast-check";
import {
  addModel,
  listModels,
  modelFolder,
  newModelId,
  placeWithOrigin,
  removeModel,
  temporaryFolder,
} from "../../../../src/runtime/checkpoint/modelStore";
import { fails, fixture, withFolder } from "./support";

const tiny = fixture("gpt2-tiny");
const quantized = { kind: "quantized", source: "x", sourceSha256: "00", bits: 8, blockSize: 32 } as const;

/** A model of the store's own, with a copy of the fixture's files. */
async function place(store: string, name: string) {
  const temporary = await temporaryFolder(store);
  for (const file of ["config.json", "model.safetensors"]) await cp(join(tiny, file), join(temporary, file));
  return placeWithOrigin(store, temporary, { id: name, name, origin: quantized });
}

describe("the model store", () => {
  it("is empty before anything is added, and makes no folder by being looked at", async () => {
    await withFolder(async (folder) => {
      const store = join(folder, "store");
      assert.deepEqual(await listModels(store), []);
      assert.ok(!existsSync(store));
    });
  });

  it("adds a user's folder where it is, once, and takes only the entry out", async () => {
    await withFolder(async (store) => {
      const model = await addModel(store, tiny);
      assert.deepEqual(
        [model.id, model.name, model.folder, model.origin.kind],
        ["gpt2-tiny", "gpt2-tiny", tiny, "folder"],
      );
      assert.equal((await addModel(store, `${tiny}/`)).id, model.id);
      assert.deepEqual(readdirSync(join(store, model.id)), ["gpt-workbench.json"]);
      assert.equal(await modelFolder(store, model.id), tiny);
      await removeModel(store, model.id);
      assert.deepEqual(await listModels(store), []);
      assert.ok(existsSync(join(tiny, "config.json")));
    });
  });

  it("refuses a folder that is no model", async () => {
    await withFolder(async (store) => {
      await assert.rejects(addModel(store, store), fails("notAModelFolder", store));
      assert.deepEqual(readdirSync(store), []);
    });
  });

  it("keeps its own models, gives each its id, and deletes them whole", async () => {
    await withFolder(async (store) => {
      const ids = [(await place(store, "a/b c")).id, (await place(store, "A-b-c")).id];
      assert.deepEqual(ids, ["a-b-c", "A-b-c-2"]);
      assert.deepEqual(
        (await listModels(store)).map(({ state }) => state.kind),
        ["ready", "ready"],
      );
      await removeModel(store, "a-b-c");
      assert.deepEqual(readdirSync(store), ["A-b-c-2"]);
    });
  });

  it("lists a model that is broken, with what is wrong, and can take it out", async () => {
    await withFolder(async (store) => {
      await place(store, "lost");
      await rm(join(store, "lost", "model.safetensors"));
      await place(store, "mad");
      await writeFile(join(store, "mad", "gpt-workbench.json"), '{"version": 2}');
      const states = (await listModels(store)).map(({ id, state }) => [
        id,
        state.kind === "broken" ? state.error.code : "",
      ]);
      assert.deepEqual(states, [
        ["lost", "notAModelFolder"],
        ["mad", "storeFailed"],
      ]);
      for (const [id = ""] of states) await removeModel(store, id);
      assert.deepEqual(await listModels(store), []);
    });
  });

  it("sees neither what is no model nor what is not finished", async () => {
    await withFolder(async (store) => {
      await temporaryFolder(store);
      await mkdir(join(store, "other"));
      await writeFile(join(store, "file"), "");
      assert.deepEqual(await listModels(store), []);
    });
  });

  it("removes nothing outside itself", async () => {
    await withFolder(async (folder) => {
      const store = join(folder, "store");
      await mkdir(join(folder, "precious"));
      await mkdir(store);
      await symlink(join(folder, "precious"), join(store, "link"));
      for (const id of ["../precious", "..", ".", "", "link", "/", "a/b", "none"])
        await assert.rejects(removeModel(store, id), fails("storeFailed", store));
      assert.ok(existsSync(join(folder, "precious")));
      assert.ok(existsSync(join(store, "link")));
    });
  });

  it("makes names that every file system takes", async () => {
    await withFolder(async (store) => {
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: "binary" }), async (wanted) => {
          const id = await newModelId(store, wanted);
          assert.match(id, /^[A-Za-z0-9][A-Za-z0-9._-]*$/);
          assert.equal(basename(id), id);
          assert.doesNotMatch(id, /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
        }),
      );
      for (const name of ["con", "NUL.x", "..", ""]) assert.match(await newModelId(store, name), /^model-/);
    });
  });
});
