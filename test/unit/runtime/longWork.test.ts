import assert from "node:assert/strict";
import { LongWork } from "../../../src/runtime/longWork";
import { fails } from "./checkpoint/support";

describe("long work", () => {
  it("is one training or one comparison at a time, and says what is under way", async () => {
    const work = new LongWork();
    const nothing = async () => undefined;
    for (const [running, other, words] of [
      ["training", "training", "another training"],
      ["training", "comparison", "a training"],
      ["comparison", "training", "a comparison"],
      ["comparison", "comparison", "another comparison"],
    ] as const)
      await work.alone(running, () =>
        assert.rejects(work.alone(other, nothing), fails("invalidRequest", `${words} is under way`)),
      );
  });

  it("is over when it fails, and gives what it came to", async () => {
    const work = new LongWork();
    await assert.rejects(
      work.alone("training", () => Promise.reject(new TypeError("a fault"))),
      TypeError,
    );
    assert.equal(await work.alone("comparison", async () => 7), 7);
  });
});
