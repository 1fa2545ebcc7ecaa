import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { schedule, warmupSteps } from "../../../../src/runtime/training/schedule";

const fixtures = join(__dirname, "../../../fixtures");

describe("learning-rate schedule", () => {
  it("is that of the reference trajectory, step by step", () => {
    const { finetune } = JSON.parse(readFileSync(join(fixtures, "gpt2-tiny/train/train.json"), "utf8"));
    const steps: readonly { lr: number }[] = finetune.steps;
    const rate = schedule({ learningRate: 1e-3, warmup: 0.2, decay: "linear" }, steps.length);
    for (const [step, { lr }] of steps.entries()) assert.ok(Math.abs(rate(step) - lr) < 1e-12, `step ${step}`);
  });

  it("falls along a cosine, or not at all", () => {
    const cosine = schedule({ learningRate: 2, warmup: 0.2, decay: "cosine" }, 20);
    assert.deepEqual([cosine(0), cosine(2), cosine(4)], [0, 1, 2]);
    assert.ok(Math.abs(cosine(12) - 1) < 1e-12);
    const constant = schedule({ learningRate: 2, warmup: 0, decay: "constant" }, 20);
    assert.deepEqual([constant(0), constant(19)], [2, 2]);
  });

  it("learns in a run of one step, though there is a warm-up", () => {
    assert.equal(schedule({ learningRate: 1, warmup: 0.002, decay: "linear" }, 1)(0), 1);
    assert.equal(warmupSteps({ warmup: 0.002 }, 138), 1);
  });

  it("is never negative, nor above its peak", () => {
    const settings = fc.record({
      learningRate: fc.double({ min: 1e-9, max: 1, noNaN: true }),
      warmup: fc.double({ min: 0, max: 1, noNaN: true }),
      decay: fc.constantFrom("linear" as const, "cosine" as const, "constant" as const),
    });
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 500 }), (of, steps) => {
        const rate = schedule(of, steps);
        for (let step = 0; step < steps; step++) assert.ok(rate(step) >= 0 && rate(step) <= of.learningRate);
      }),
    );
  });
});
