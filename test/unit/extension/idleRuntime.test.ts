import assert from "node:assert/strict";
import { IdleRuntime, idleMs, type OwnProcess } from "../../../src/extension/idleRuntime";
import { TrainingClient } from "../../../src/extension/training/trainingClient";
import { FakeClock } from "./support";

describe("the process of long work", () => {
  function fake() {
    const clock = new FakeClock();
    const asked: { method: string; params: unknown; answer: (value: unknown) => void }[] = [];
    let ends = 0;
    const runtime: OwnProcess = {
      request: (type, params) =>
        new Promise((resolve) =>
          asked.push({ method: type.method, params, answer: resolve as (value: unknown) => void }),
        ),
      dispose: async () => undefined,
      end: async () => void ends++,
      onDidCrash: () => ({ dispose: () => undefined }),
    };
    return { client: new TrainingClient(new IdleRuntime(runtime, clock)), clock, asked, ends: () => ends };
  }

  it("ends once nothing was asked for a while, and not while a run goes on", async () => {
    const { client, clock, asked, ends } = fake();
    const run = client.resume({ folder: "/run" }, {});
    const guess = client.guess({ path: "/data.tsv" });
    asked[1]?.answer({});
    await guess;
    clock.advance(10 * idleMs);
    assert.equal(ends(), 0, "a run goes on");
    asked[0]?.answer({});
    await run;
    clock.advance(idleMs - 1);
    assert.equal(ends(), 0);
    clock.advance(1);
    assert.equal(ends(), 1);
    assert.deepEqual(
      asked.map(({ method }) => method),
      ["training/resume", "training/guess"],
    );
  });

  it("stays for what is asked before it ends", async () => {
    const { client, clock, asked, ends } = fake();
    for (let i = 0; i < 3; i++) {
      const control = client.control({ action: "pause" });
      asked[i]?.answer(true);
      assert.equal(await control, true);
      clock.advance(idleMs - 1);
    }
    assert.equal(ends(), 0);
  });
});
