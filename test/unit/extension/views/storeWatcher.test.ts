import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreWatcher } from "../../../../src/extension/views/storeWatcher";
import { FakeClock, until } from "../support";

describe("storeWatcher", () => {
  let folder: string;
  let clock: FakeClock;
  let changes: number;
  let watcher: StoreWatcher;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "gptw-"));
    clock = new FakeClock();
    changes = 0;
    watcher = new StoreWatcher(clock, () => changes++);
  });

  afterEach(() => {
    watcher.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  const noticed = () => until(() => clock.waiting.length > 0, "a change");

  it("tells once of a burst of changes, when it has paused", async () => {
    watcher.follow(folder);
    for (const name of ["a", "b", "c"]) mkdirSync(join(folder, name));
    await noticed();
    clock.advance(200);
    writeFileSync(join(folder, "index.json"), "{}");
    await until(() => (clock.waiting[0] ?? 0) > 200, "the pause to begin anew");
    assert.equal(changes, 0);
    clock.advance(400);
    assert.equal(changes, 1);
  });

  it("takes up a folder that was not there the first time", async () => {
    const later = join(folder, "models");
    watcher.follow(later);
    mkdirSync(later);
    watcher.follow(later);
    mkdirSync(join(later, "a1"));
    await noticed();
  });

  it("notices that its folder was deleted, and takes up the one that was made anew", async () => {
    const store = join(folder, "models");
    mkdirSync(store);
    watcher.follow(store);
    rmSync(store, { recursive: true });
    await noticed();
    mkdirSync(store);
    clock.advance(400);
    assert.equal(changes, 1);
    watcher.follow(store);
    mkdirSync(join(store, "a1"));
    await noticed();
  });

  it("follows one folder, and none after its end", async () => {
    const other = join(folder, "other");
    mkdirSync(other);
    watcher.follow(folder);
    watcher.follow(other);
    mkdirSync(join(folder, "a1"));
    mkdirSync(join(other, "b2"));
    await noticed();
    watcher.dispose();
    assert.deepEqual(clock.waiting, []);
    mkdirSync(join(other, "c3"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(clock.waiting, []);
  });
});
