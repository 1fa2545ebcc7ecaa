import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { holdingRun } from "../../../src/runtime/runLock";
import { fails, withFolder } from "./checkpoint/support";

const other = "01234567-89ab-cdef-0123-456789abcdef";

async function holder(folder: string): Promise<ChildProcess> {
  const child = fork(join(__dirname, "lockChild.ts"), [folder], { execArgv: ["--import", "tsx"] });
  await once(child, "message");
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

describe("the lock of a run", function () {
  this.timeout(120_000);

  it("lets one process in at a time, whatever becomes of its work, and leaves nothing", () =>
    withFolder(async (folder) => {
      const inner = () => holdingRun(folder, async () => 2);
      await holdingRun(folder, async (tookOver) => {
        assert.equal(tookOver, false);
        await assert.rejects(inner(), fails("invalidRequest", `process ${process.pid}`));
        assert.equal(readdirSync(folder).length, 1);
      });
      await assert.rejects(
        holdingRun(folder, async () => {
          throw new TypeError("a fault");
        }),
        TypeError,
      );
      assert.equal(await inner(), 2);
      assert.deepEqual(readdirSync(folder), []);
    }));

  it("is another process' while that lives, and is taken over once it was killed", () =>
    withFolder(async (folder) => {
      const child = await holder(folder);
      const work = async (tookOver: boolean) => tookOver;
      try {
        await assert.rejects(
          holdingRun(folder, work),
          fails("invalidRequest", `process ${child.pid} on ${hostname()}`),
        );
      } finally {
        await killed(child);
      }
      assert.equal(await holdingRun(folder, work), true);
      assert.equal(await holdingRun(folder, work), false);
      assert.deepEqual(readdirSync(folder), []);
    }));

  it("is not taken from a process of another machine, but from a former one with this one's number", () =>
    withFolder(async (folder) => {
      const file = join(folder, `lock-${process.pid}-${other}`);
      writeFileSync(file, hostname());
      assert.equal(await holdingRun(folder, async (tookOver) => tookOver), true);
      writeFileSync(file, "elsewhere");
      await assert.rejects(
        holdingRun(folder, async () => undefined),
        (error: Error & { hint?: string }) => /on elsewhere/.test(error.message) && error.hint?.includes(file) === true,
      );
      assert.deepEqual(readdirSync(folder), [`lock-${process.pid}-${other}`]);
    }));
});
