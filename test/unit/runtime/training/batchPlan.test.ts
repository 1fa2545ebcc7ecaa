import assert from "node:assert/strict";
import * as fc from "fast-check";
import { batchPlan, cutBatch, lengthStep, passSequences, passTokens } from "../../../../src/runtime/training/batchPlan";
import { randomStream, shuffled } from "../../../../src/runtime/training/streams";

const items = fc.array(
  fc.record({ sequences: fc.integer({ min: 1, max: 4 }), length: fc.integer({ min: 3, max: 99 }) }),
  {
    minLength: 1,
    maxLength: 60,
  },
);
const options = fc.record({
  batchSize: fc.integer({ min: 1, max: 20 }),
  microBatchSize: fc.integer({ min: 1, max: 9 }),
  passTokens: fc.constantFrom(64, 256, Number.POSITIVE_INFINITY),
  epochs: fc.integer({ min: 1, max: 3 }),
  seed: fc.integer({ min: 0, max: 0xffffffff }),
});

describe("the plan of a run's batches", () => {
  it("has every item once in each epoch, in batches of the size that was asked for", () => {
    fc.assert(
      fc.property(items, options, (all, given) => {
        const plan = batchPlan(all, given);
        assert.equal(plan.steps, plan.stepsPerEpoch * given.epochs);
        for (let epoch = 0; epoch < given.epochs; epoch++) {
          const steps = Array.from({ length: plan.stepsPerEpoch }, (_, i) =>
            plan.microBatches(epoch * plan.stepsPerEpoch + i).flat(),
          );
          for (const step of steps.slice(0, -1)) assert.equal(step.length, given.batchSize);
          assert.deepEqual(
            steps.flat().toSorted((a, b) => a - b),
            all.map((_, i) => i),
          );
        }
      }),
    );
  });

  it("is the same whichever step is asked for first", () => {
    fc.assert(
      fc.property(items, options, (all, given) => {
        const forwards = batchPlan(all, given);
        const backwards = batchPlan(all, given);
        const steps = Array.from({ length: forwards.steps }, (_, i) => i);
        const expected = steps.map((step) => forwards.microBatches(step));
        const found = steps.toReversed().map((step) => backwards.microBatches(step));
        assert.deepEqual(found.toReversed(), expected);
      }),
    );
  });

  it("cuts no item, exceeds the micro-batch only for one item, and mixes no numbers of sequences", () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 9 }), fc.integer({ min: 50, max: 500 }), (all, most, tokens) => {
        const numbers = all.map((_, i) => i);
        for (const micro of cutBatch(numbers, all, most, tokens)) {
          const sequences = micro.map((i) => all[i]?.sequences ?? 0);
          assert.equal(new Set(sequences).size, 1);
          const rows = sequences.reduce((a, b) => a + b);
          assert.ok(micro.length === 1 || rows <= most);
          const longest = Math.max(...micro.map((i) => all[i]?.length ?? 0));
          const padded = Math.ceil(longest / lengthStep) * lengthStep;
          assert.ok(micro.length === 1 || rows * padded <= tokens);
        }
      }),
    );
  });

  it("makes few sizes of passes: as many items as there is room for, or a power of two", () => {
    const lengths = [100, 90, 60, 60, 60, 60, 60, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 30, 20];
    const all = lengths.map((length) => ({ sequences: 1, length }));
    const numbers = all.map((_, i) => i);
    const sizes = (most: number, tokens?: number) => cutBatch(numbers, all, most, tokens).map(({ length }) => length);
    assert.deepEqual(sizes(8, 256), [2, 4, 4, 8, 1]);
    assert.deepEqual(sizes(3, 256), [2, 3, 3, 3, 3, 3, 2]);
    assert.deepEqual(sizes(8), [8, 8, 3]);
    // An item is never cut, however many sequences it has.
    const pairs = all.map(({ length }) => ({ sequences: 2, length }));
    assert.deepEqual(cutBatch(numbers, pairs, 8, 256)[0], [0]);
  });

  it("keeps passes short where they cannot be stopped, and large elsewhere", () => {
    assert.equal(passTokens("webgpu"), Number.POSITIVE_INFINITY);
    assert.equal(passSequences(8, 256, "webgpu"), 8);
    assert.equal(passSequences(8, 16, "cpu"), 8);
    assert.equal(passSequences(8, 128, "cpu"), 2);
    assert.equal(passSequences(8, 1024, "cpu"), 1);
  });

  it("shuffles every epoch anew, by the seed", () => {
    const order = (seed: number, epoch: number) => shuffled(50, randomStream(seed, "order", epoch));
    assert.deepEqual(order(1, 0), order(1, 0));
    assert.notDeepEqual(order(1, 0), order(1, 1));
    assert.notDeepEqual(order(1, 0), order(2, 0));
  });
});
