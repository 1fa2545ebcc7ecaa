import assert from "node:assert/strict";
import fc from "fast-check";
import { dequantizeBlock, quantizeBlock } from "../../../../src/runtime/checkpoint/quantizeBlock";

const bits = fc.constantFrom(4 as const, 8 as const);
const finite = fc.float({ noNaN: true, noDefaultInfinity: true, min: Math.fround(-1e30), max: Math.fround(1e30) });
/** Of one magnitude, as weights are, or of any. */
const values = fc.oneof(
  fc.float32Array({ minLength: 32, maxLength: 32, noNaN: true, min: -1, max: 1 }),
  fc.array(finite, { minLength: 32, maxLength: 32 }).map((list) => Float32Array.from(list)),
);

function quantize(block: Float32Array, size: 4 | 8) {
  const bytes = new Uint8Array((block.length * size) / 8);
  const scale = quantizeBlock(block, size, bytes);
  return { bytes, scale, back: dequantizeBlock(bytes, scale, size) };
}

describe("quantizeBlock", () => {
  it("is off by at most half a scale, or by one where a value is beyond 7 at 4 bits", () => {
    fc.assert(
      fc.property(values, bits, (block, size) => {
        const { scale, back } = quantize(block, size);
        // What float32 cannot say of a scale it cannot say of its multiples.
        const rounding = 256 * 2 ** -149;
        for (const [i, x] of block.entries()) {
          const cut = size === 4 && x / scale > 7.5;
          const allowed = Math.abs(scale) * (cut ? 1 : 0.5) * (1 + 1e-5) + rounding;
          assert.ok(Math.abs((back[i] ?? Number.NaN) - x) <= allowed, `${x} became ${back[i]}, scale ${scale}`);
        }
      }),
    );
  });

  it("keeps the value farthest from 0", () => {
    fc.assert(
      fc.property(values, bits, (block, size) => {
        const farthest = block.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
        const { back } = quantize(block, size);
        const found = back[block.indexOf(farthest)] ?? Number.NaN;
        assert.ok(Math.abs(found - farthest) <= Math.abs(farthest) * 1e-6 + 256 * 2 ** -149);
      }),
    );
  });

  it("gives the same bytes when what it stands for is quantized again", () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 32, maxLength: 32, noNaN: true, min: -1, max: 1 }), (block) => {
        fc.pre(block.some((x) => Math.abs(x) > 1e-6));
        const first = quantize(block, 8);
        assert.deepEqual(quantize(first.back, 8).bytes, first.bytes);
      }),
    );
  });

  it("stores 4-bit numbers in pairs, the first in the lower half, 0 as 8", () => {
    const block = Float32Array.from({ length: 32 }, (_, i) => (i < 8 ? i : i < 16 ? i - 16 : 0));
    const { bytes, scale } = quantize(block, 4);
    assert.equal(scale, 1);
    assert.deepEqual([...bytes.subarray(0, 10)], [0x98, 0xba, 0xdc, 0xfe, 0x10, 0x32, 0x54, 0x76, 0x88, 0x88]);
  });

  it("stores 8-bit numbers with 0 as 128", () => {
    const { bytes, scale } = quantize(Float32Array.from([0, 1, -1, 63.5, -63.5, 0.24, 0.26]), 8);
    assert.equal(scale, 0.5);
    assert.deepEqual([...bytes], [128, 130, 126, 255, 1, 128, 129]);
  });

  it("stores zeros as zeros", () => {
    for (const size of [4, 8] as const) {
      const { scale, back } = quantize(new Float32Array(32), size);
      assert.equal(Math.abs(scale), 0);
      assert.ok(back.every((x) => x === 0));
    }
  });

  it("has a scale that is not finite when a value is not", () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      for (const size of [4, 8] as const)
        assert.ok(!Number.isFinite(quantize(Float32Array.of(1, bad, 3, 4), size).scale), `${bad}`);
  });
});
