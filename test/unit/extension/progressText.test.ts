import assert from "node:assert/strict";
import { ProgressText } from "../../../src/extension/progressText";
import { FakeClock } from "./support";

describe("progressText", () => {
  it("shows bytes, their rate over the last seconds, and how much the bar grows", () => {
    const clock = new FakeClock();
    const text = new ProgressText(clock);
    const at = (ms: number, done: number) => {
      clock.advance(ms);
      return text.next({ stage: "downloading", done, total: 100e6 });
    };
    assert.deepEqual(at(0, 0), { message: "0 B of 100 MB", increment: 0 });
    assert.deepEqual(at(1000, 20e6), { message: "20 MB of 100 MB at 20 MB/s", increment: 20 });
    assert.deepEqual(at(1000, 30e6), { message: "30 MB of 100 MB at 15 MB/s", increment: 10 });
    // Six seconds on, only the last sample is young enough to compare with: none is, so no rate.
    assert.deepEqual(at(6000, 60e6), { message: "60 MB of 100 MB", increment: 30 });
    assert.deepEqual(at(1000, 90e6), { message: "90 MB of 100 MB at 30 MB/s", increment: 30 });
  });

  it("shows at most five reports a second, but the last one always", () => {
    const clock = new FakeClock();
    const text = new ProgressText(clock);
    const at = (ms: number, done: number) => {
      clock.advance(ms);
      return text.next({ stage: "downloading", done, total: 10 });
    };
    assert.ok(at(0, 1));
    assert.equal(at(199, 2), undefined);
    assert.equal(at(1, 3)?.increment, 20, "what was not shown counts with the next");
    assert.equal(at(1, 10)?.increment, 70);
  });

  it("counts the bytes of a check, and nothing of one that is a single step", () => {
    const message = (done: number, total: number) =>
      new ProgressText(new FakeClock()).next({ stage: "checking", done, total })?.message;
    assert.equal(message(20e6, 100e6), "Checking the files: 20 MB of 100 MB");
    assert.equal(message(0, 1), "Checking the files");
  });

  it("counts a resumed download from where it goes on", () => {
    const clock = new FakeClock();
    const text = new ProgressText(clock);
    assert.deepEqual(text.next({ stage: "downloading", done: 50e6, total: 100e6 }), {
      message: "50 MB of 100 MB",
      increment: 50,
    });
    clock.advance(1000);
    assert.match(text.next({ stage: "downloading", done: 55e6, total: 100e6 })?.message ?? "", /at 5\.0 MB\/s$/);
  });

  it("names each stage, begins its rate anew and never takes the bar back", () => {
    const text = new ProgressText(new FakeClock());
    const step = (
      stage: "downloading" | "checking" | "quantizing" | "measuring" | "scoring" | "answering" | "loading",
    ) => text.next({ stage, done: 5, total: 10 });
    assert.deepEqual(step("downloading"), { message: "5 B of 10 B", increment: 50 });
    assert.deepEqual(step("checking"), { message: "Checking the files: 5 B of 10 B", increment: 0 });
    assert.deepEqual(step("quantizing"), { message: "Quantizing: 5 B of 10 B", increment: 0 });
    assert.equal(step("measuring")?.message, "Measuring perplexity: 5 of 10 tokens");
    assert.equal(step("scoring")?.message, "Scoring: 5 of 10 tokens");
    assert.equal(step("answering")?.message, "Answers: 5 of 10");
    assert.equal(step("loading")?.message, "Loading the model");
    assert.deepEqual(text.next({ stage: "downloading", done: 0, total: 0 }), {
      message: "0 B of 0 B",
      increment: 0,
    });
  });
});
