/** What is offered when a run does not fit. */
import assert from "node:assert/strict";
import { fitMemory, type MemorySettings } from "../../../../src/runtime/training/estimate";

/** 100 bytes of parameters, gradients and moments; a byte a token of activations, half of that when they are computed twice. */
function memoryOf({ microBatchSize, length, recompute }: MemorySettings) {
  const activations = microBatchSize * length * (recompute ? 0.5 : 1);
  return { parameters: 25, gradients: 25, moments: 50, activations, total: 100 + activations };
}

const settings = { microBatchSize: 8, length: 128, recompute: false };
const remedies = (available: number | null, changed: Partial<MemorySettings> = {}) =>
  fitMemory(memoryOf, { ...settings, ...changed }, available).remedies.map(({ text: _, ...change }) => change);

describe("the memory of a run", () => {
  it("fits, or is not known", () => {
    const { memory, fits } = fitMemory(memoryOf, settings, 2000);
    assert.deepEqual([memory.total, memory.available, fits], [1124, 2000, true]);
    assert.ok(fitMemory(memoryOf, settings, null).fits);
    assert.deepEqual(remedies(2000), []);
  });

  it("is made to fit by the gentlest change that suffices", () => {
    assert.deepEqual(remedies(700), [{ microBatchSize: 4 }, { recompute: true }]);
    assert.deepEqual(remedies(250), [{ microBatchSize: 1 }]);
    assert.deepEqual(remedies(170), [{ recompute: true, microBatchSize: 1 }]);
    assert.deepEqual(remedies(135), [{ recompute: true, microBatchSize: 1, maxLength: 64 }]);
    assert.deepEqual(remedies(90), [{}]);
    assert.deepEqual(remedies(170, { recompute: true }), [{ microBatchSize: 1 }]);
    assert.equal(fitMemory(memoryOf, settings, 90).remedies[0]?.text, "Choose a smaller model.");
  });

  it("only offers what does fit", () => {
    for (let available = 100; available < 1200; available += 7)
      for (const { text, maxLength, ...change } of fitMemory(memoryOf, settings, available).remedies) {
        if (text === "Choose a smaller model.") continue;
        const changed = { ...settings, ...change, ...(maxLength && { length: maxLength }) };
        assert.ok(memoryOf(changed).total <= available, `${available}: ${text}`);
      }
  });
});
