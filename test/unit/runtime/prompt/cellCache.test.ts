import assert from "node:assert/strict";
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { CellCache } from "../../../../src/runtime/prompt/cellCache";

const identity = { model: "abc", contextLength: 512, device: "cpu", versions: ["1", "2"] };
const form = z.object({ x: z.number() });
const limits = { maxBytes: 10_000, maxModels: 3 };

describe("the cell cache", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "cells-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = (own = identity) => CellCache.open(folder, own, limits);
  const file = async () => join(folder, (await readdir(folder))[0] ?? "");
  const fill = async (count: number, own = identity) => {
    const cache = await open(own);
    for (let i = 0; i < count; i++) cache.set(cache.key(i), { x: i / 3 });
    await cache.flush();
    return cache;
  };

  it("gives to a later run what an earlier one kept, to the last bit", async () => {
    await fill(5);
    const cache = await open();
    assert.deepEqual(cache.get(cache.key(1), form), { x: 1 / 3 });
    assert.equal(cache.get(cache.key(5), form), undefined);
  });

  it("has another key for another model, context, device or version", async () => {
    const key = (await open()).key("?");
    const others = [
      { ...identity, model: "abd" },
      { ...identity, contextLength: 511 },
      { ...identity, device: "webgpu" },
      { ...identity, versions: ["1", "3"] },
    ];
    for (const other of others) assert.notEqual((await open(other)).key("?"), key);
  });

  it("computes anew what was torn by a crash, and goes on behind it", async () => {
    await fill(5);
    const path = await file();
    await truncate(path, (await stat(path)).size - 7);
    const cache = await open();
    assert.equal(cache.get(cache.key(4), form), undefined);
    assert.deepEqual(cache.get(cache.key(3), form), { x: 1 });
    cache.set(cache.key(4), { x: 4 });
    await cache.flush();
    const again = await open();
    assert.deepEqual(again.get(again.key(4), form), { x: 4 });
  });

  it("does not believe lines that are not as they should be", async () => {
    await fill(1);
    const cache = await open();
    await appendFile(await file(), `nonsense\n{"k":"short","v":1}\n{"k":"${cache.key(9)}","v":{"x":"text"}}\n[]\n`);
    const again = await open();
    assert.equal(again.get(again.key(9), form), undefined);
    assert.deepEqual(again.get(again.key(0), form), { x: 0 });
  });

  it("keeps the newer half of a file that has grown too large", async () => {
    await fill(500);
    const cache = await open();
    assert.ok((await stat(await file())).size <= limits.maxBytes);
    assert.equal(cache.get(cache.key(0), form), undefined);
    assert.deepEqual(cache.get(cache.key(499), form), { x: 499 / 3 });
    assert.match((await readFile(await file(), "utf8")).at(-1) ?? "", /\n/);
  });

  it("keeps the files of a few models", async () => {
    for (let i = 0; i < 6; i++) await fill(1, { ...identity, model: `m${i}` });
    assert.equal((await readdir(folder)).length, limits.maxModels);
  });

  it("leaves other files alone, and lives in memory without a folder", async () => {
    await writeFile(join(folder, "notes.txt"), "mine");
    for (let i = 0; i < 6; i++) await fill(1, { ...identity, model: `m${i}` });
    assert.equal(await readFile(join(folder, "notes.txt"), "utf8"), "mine");
    const cache = await CellCache.open(null, identity);
    cache.set(cache.key(1), { x: 2 });
    await cache.flush();
    assert.deepEqual(cache.get(cache.key(1), form), { x: 2 });
  });
});
