import assert from "node:assert/strict";
import fc from "fast-check";
import { notEnoughMemory } from "../../../../src/runtime/errors";
import { type GPTConfig, parseGPTConfig } from "../../../../src/runtime/model/config";
import { estimateMemory } from "../../../../src/runtime/model/memory";
import { contextStep, eightBitBytes, planMemory } from "../../../../src/runtime/model/memoryPlan";

const small = parseGPTConfig({ model_type: "gpt2" }, "config.json");
const smallBytes = 4 * 124_439_808;
const quantized: GPTConfig = { ...small, quantization: { bits: 8, blockSize: 32 } };

const configs = fc
  .record({
    nLayer: fc.integer({ min: 1, max: 48 }),
    nHead: fc.integer({ min: 1, max: 16 }),
    size: fc.integer({ min: 8, max: 128 }),
    nPositions: fc.integer({ min: 1, max: 4096 }),
    vocabSize: fc.integer({ min: 1, max: 60_000 }),
    tieWordEmbeddings: fc.boolean(),
  })
  .map(({ size, ...rest }): GPTConfig => {
    const nEmbd = rest.nHead * size;
    const attentionPatterns = Array.from({ length: rest.nLayer }, () => ({ kind: "dense" }) as const);
    return { ...small, ...rest, nEmbd, nInner: 4 * nEmbd, attentionPatterns };
  });
const devices = fc.constantFrom("cpu" as const, "webgpu" as const);

/** Float32 bytes of the matrices and the token embedding. */
const bytesOf = ({ nLayer, nEmbd, vocabSize }: GPTConfig) => 4 * (nLayer * 12 * nEmbd * nEmbd + vocabSize * nEmbd);

describe("planMemory", () => {
  it("refuses nothing where the memory is not known", () => {
    assert.equal(planMemory(small, "webgpu", smallBytes, null).kind, "unknown");
  });

  it("fits exactly at the need and is short one byte below", () => {
    const { total } = estimateMemory(small, "cpu", smallBytes);
    assert.equal(planMemory(small, "cpu", smallBytes, total).kind, "fits");
    assert.equal(planMemory(small, "cpu", smallBytes, total - 1).kind, "short");
  });

  it("has nothing to offer where not even the weights fit", () => {
    const plan = planMemory(small, "cpu", smallBytes, 1e6);
    assert.ok(plan.kind === "short");
    assert.deepEqual([plan.context, plan.quantizedFits], [null, false]);
  });

  it("offers no 8-bit copy of a quantized model", () => {
    assert.equal(eightBitBytes(quantized, smallBytes), null);
    const plan = planMemory(quantized, "cpu", smallBytes, estimateMemory(quantized, "cpu", smallBytes).total - 1);
    assert.ok(plan.kind === "short" && !plan.quantizedFits);
  });

  it("counts an 8-bit copy's blocks as they are stored", () => {
    const values = 12 * 12 * 768 * 768;
    assert.equal(eightBitBytes(small, smallBytes), smallBytes - 4 * values + values + values / 8);
  });

  it("recommends only what fits, and the longest context that does", () => {
    fc.assert(
      fc.property(configs, devices, fc.double({ min: 0, max: 1.2, noNaN: true }), (config, device, share) => {
        const bytes = bytesOf(config);
        const available = Math.floor(estimateMemory(config, device, bytes).total * share);
        const plan = planMemory(config, device, bytes, available);
        const total = (context: number) => estimateMemory(config, device, bytes, context).total;
        if (plan.kind !== "short") return assert.ok(plan.kind === "fits" && plan.needed <= available);
        assert.ok(plan.needed > available);
        const context = plan.context ?? 0;
        if (context > 0) assert.ok(context < config.nPositions && total(context) <= available);
        const longer = Math.min(context + contextStep, config.nPositions);
        assert.ok(total(longer) > available);
        const copy = eightBitBytes(config, bytes);
        assert.ok(copy !== null);
        assert.equal(plan.quantizedFits, estimateMemory(config, device, copy).total <= available);
      }),
    );
  });
});

describe("notEnoughMemory", () => {
  const shortfall = { needed: 900e6, available: 500e6, context: 128, quantizedFits: true };

  it("says what is needed, what there is and what would fit", () => {
    const { code, message, hint } = notEnoughMemory("gpt2", shortfall);
    assert.equal(code, "notEnoughMemory");
    assert.equal(message, "gpt2 needs 900 MB of memory; there are 500 MB.");
    assert.equal(
      hint,
      'A context of 128 tokens fits ("gptWorkbench.contextLength", or --context). An 8-bit copy of the model fits.',
    );
  });

  it("has a remedy where nothing of the model fits", () => {
    const { hint } = notEnoughMemory("gpt2", { ...shortfall, context: null, quantizedFits: false });
    assert.equal(hint, "Choose a smaller model.");
  });
});
