import assert from "node:assert/strict";
import { PassQueue, type Turn } from "../../../../src/runtime/engine/passes";
import { CancelledError } from "../../../../src/runtime/errors";
import type { Priority } from "../../../../src/runtime/protocol";

const turn = (priority: Priority): Turn => ({ signal: new AbortController().signal, priority });

/** A request of `count` passes, each written down. */
async function request(queue: PassQueue, name: string, count: number, priority: Priority, log: string[]) {
  for (let i = 0; i < count; i++) await queue.run(turn(priority), async () => void log.push(name));
}

describe("passes", () => {
  it("run one at a time", async () => {
    const queue = new PassQueue();
    let running = 0;
    const pass = () =>
      queue.run(turn("normal"), async () => {
        assert.equal(++running, 1);
        await new Promise((done) => setTimeout(done, 2));
        running--;
      });
    await Promise.all([pass(), pass(), pass()]);
  });

  it("of requests alike take turns", async () => {
    const log: string[] = [];
    const queue = new PassQueue();
    await Promise.all([request(queue, "a", 4, "normal", log), request(queue, "b", 4, "normal", log)]);
    assert.equal(log.join(""), "abababab");
  });

  it("of an urgent request come first, once the one that runs is done", async () => {
    const log: string[] = [];
    const queue = new PassQueue();
    const batch = request(queue, "b", 6, "batch", log);
    await queue.run(turn("batch"), async () => void log.push("x"));
    await request(queue, "i", 3, "interactive", log);
    await batch;
    assert.match(log.join(""), /^bxb?iii/);
  });

  it("of a patient request come at last, however many urgent ones there are", async () => {
    const log: string[] = [];
    const queue = new PassQueue();
    const urgent = [1, 2].map(() => request(queue, "i", 100, "interactive", log));
    await Promise.all([...urgent, request(queue, "b", 3, "batch", log)]);
    assert.ok(log.indexOf("b") > 20 && log.lastIndexOf("b") < 150, log.join(""));
  });

  it("that wait are taken out when cancelled, and the others go on", async () => {
    const queue = new PassQueue();
    const controller = new AbortController();
    let open = (): void => assert.fail("set below");
    const gate = new Promise<void>((done) => {
      open = done;
    });
    const first = queue.run(turn("normal"), () => gate);
    const waiting = queue.run({ signal: controller.signal }, async () => assert.fail("was cancelled"));
    const last = queue.run(turn("batch"), async () => "done");
    controller.abort();
    await assert.rejects(waiting, CancelledError);
    open();
    await first;
    assert.equal(await last, "done");
    await assert.rejects(
      queue.run({ signal: controller.signal }, async () => 1),
      CancelledError,
    );
  });

  it("that fail let the next one in", async () => {
    const queue = new PassQueue();
    const failing = queue.run(turn("normal"), async () => {
      throw new Error("broken");
    });
    const next = queue.run(turn("normal"), async () => 7);
    await assert.rejects(failing, /broken/);
    assert.equal(await next, 7);
  });
});
