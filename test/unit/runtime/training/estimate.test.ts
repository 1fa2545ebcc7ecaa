/** What a run needs, and what is offered when a run does not fit. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parseGPTConfig } from "../../../../src/runtime/model/config";
import { fitMemory, type MemorySettings } from "../../../../src/runtime/training/estimate";
import { estimatePretrain } from "../../../../src/runtime/training/pretrainEstimate";
import { pretrainDefaults } from "../../../../src/runtime/training/pretrainSettings";
import { fails, root } from "../checkpoint/support";

const signal = new AbortController().signal;

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

describe("what pre-training needs", () => {
  const corpus = { root, include: [], exclude: [], respectIgnoreFiles: true, maxFileBytes: 1000 };
  const model = { kind: "new", preset: "gpt2-small", tokenizer: { train: 50_257 } } as const;
  const config = parseGPTConfig({ model_type: "gpt2" }, "gpt2");
  const settings = pretrainDefaults(config, 100);
  const needs = (available: number | null) => estimatePretrain({ model, corpus, settings }, "cpu", signal, available);

  it("is known of GPT-2 small before anything is read", async () => {
    const found = await needs(null);
    assert.equal(found.trainedParameters, 124_439_808);
    assert.equal(found.memory.parameters, 4 * 124_439_808);
    assert.equal(found.memory.moments, 8 * 124_439_808);
    assert.equal(found.diskBytes, 4 * 124_439_808);
    assert.deepEqual([found.fits, found.steps, found.remedies], [true, 100, []]);
    assert.ok(found.memory.total > found.memory.moments + found.memory.gradients);
  });

  it("is made to fit into less, if that can be", async () => {
    const { memory } = await needs(null);
    const less = await needs(memory.total - memory.activations / 4);
    assert.equal(less.fits, false);
    assert.ok(less.remedies.some(({ microBatchSize, recompute }) => microBatchSize === 1 || recompute === true));
    const none = await needs(1e9);
    assert.deepEqual(none.remedies, [{ text: "Choose a smaller model." }]);
  });

  it("is told for a model that goes on, with its own vocabulary", async () => {
    const folder = join(root, "media/models/starter");
    const goesOn = { kind: "continue", model: { folder, device: "cpu" } } as const;
    const short = { ...settings, sequenceLength: 64 };
    const found = await estimatePretrain({ model: goesOn, corpus, settings: short }, "cpu", signal, null);
    assert.equal(found.trainedParameters, 3_451_008);
    await assert.rejects(estimatePretrain({ model: goesOn, corpus, settings }, "cpu", signal), fails("invalidRequest"));
  });
});
