import assert from "node:assert/strict";
import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { openCheckpoint } from "../../../../src/runtime/checkpoint/checkpoint";
import { RuntimeError } from "../../../../src/runtime/errors";
import { fails, fixture, safetensorsOf, withFolder } from "./support";

const index = "model.safetensors.index.json";
const shards = { "a.safetensors": { x: [2], y: [3] }, "b.safetensors": { z: [1, 4] } };
const weightMap = { x: "a.safetensors", y: "a.safetensors", z: "b.safetensors" };

/** A folder with two shards and an index that names them. */
async function withShards<T>(map: unknown, use: (folder: string) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    for (const [name, tensors] of Object.entries(shards)) await writeFile(join(folder, name), safetensorsOf(tensors));
    await writeFile(join(folder, index), JSON.stringify({ metadata: { total_size: 36 }, weight_map: map }));
    return use(folder);
  });
}

describe("openCheckpoint", () => {
  it("opens shards as one checkpoint", async () => {
    await withShards(weightMap, async (folder) => {
      const { path, files, tensors } = await openCheckpoint(folder);
      assert.equal(path, join(folder, index));
      assert.equal(files.length, 2);
      assert.deepEqual([...tensors.keys()].sort(), ["x", "y", "z"]);
      assert.ok(tensors.get("z")?.file.endsWith("b.safetensors"));
    });
  });

  it("follows links, as in Hugging Face's cache", async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, "blobs"));
      await mkdir(join(folder, "snapshot"));
      await cp(fixture("gpt2-tiny/model.safetensors"), join(folder, "blobs/abc"));
      await symlink("../blobs/abc", join(folder, "snapshot/model.safetensors"));
      const { files } = await openCheckpoint(join(folder, "snapshot"));
      assert.ok(files[0]?.path.endsWith("blobs/abc"));
    });
  });

  const refused: readonly (readonly [what: string, map: unknown, words: readonly string[]])[] = [
    ["an index without a map", undefined, ["weight_map"]],
    ["a map that is none", ["a"], ["weight_map"]],
    ["a map to numbers", { x: 1 }, ["weight_map"]],
    ["a missing shard", { ...weightMap, w: "c.safetensors" }, ["c.safetensors", "missing"]],
    ["a tensor that is not where the index says", { ...weightMap, w: "a.safetensors" }, ['"w"', "a.safetensors"]],
    ["a shard outside the folder", { x: "../a.safetensors" }, ["../a.safetensors", "beside it"]],
    ["a shard by an absolute path", { x: "/etc/a.safetensors" }, ["/etc/a.safetensors"]],
    ["a shard of another kind", { x: "pytorch_model.bin" }, ["pytorch_model.bin"]],
  ];
  for (const [what, map, words] of refused) {
    it(`refuses ${what}, naming the index`, async () => {
      await withShards(map, (folder) =>
        assert.rejects(openCheckpoint(folder), fails("invalidCheckpoint", index, ...words)),
      );
    });
  }

  it("refuses a tensor that two shards have, naming it and both", async () => {
    await withShards(weightMap, async (folder) => {
      await writeFile(join(folder, "b.safetensors"), safetensorsOf({ z: [1, 4], x: [2] }));
      const words = ['"x"', "a.safetensors", "b.safetensors"];
      await assert.rejects(openCheckpoint(folder), fails("invalidCheckpoint", ...words));
    });
  });

  it("will not open a pickle in several files either", async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "pytorch_model.bin.index.json"), "{}");
      await assert.rejects(openCheckpoint(folder), fails("unsupportedModel", "pickle"));
    });
  });

  it("prefers the single file, and says when a link leads nowhere", async () => {
    await withShards(weightMap, async (folder) => {
      await cp(fixture("gpt2-tiny/model.safetensors"), join(folder, "model.safetensors"));
      assert.equal((await openCheckpoint(folder)).files.length, 1);
      await rm(join(folder, "model.safetensors"));
    });
  });

  it("lives through any index", async () => {
    await withShards(weightMap, async (folder) => {
      const file = fc.oneof(fc.constantFrom("a.safetensors", "b.safetensors", "..", "a.safetensors/../b"), fc.string());
      const map = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom("x", "y", "z", "__proto__"), file));
      await fc.assert(
        fc.asyncProperty(map, async (weight_map) => {
          await writeFile(join(folder, index), JSON.stringify({ weight_map }));
          try {
            await openCheckpoint(folder);
          } catch (error) {
            assert.ok(error instanceof RuntimeError, String(error));
          }
        }),
        { numRuns: 60 },
      );
    });
  });
});
