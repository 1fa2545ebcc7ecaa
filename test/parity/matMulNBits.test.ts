/** onnxruntime's product with a quantized matrix against plain TypeScript, on every device that runs here. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { quantizeBlock } from "../../src/runtime/checkpoint/quantizeBlock";
import { float32Tensor, readFloat32, Session } from "../../src/runtime/engine/session";
import { GraphBuilder } from "../../src/runtime/graph/graph";
import { type Quantization, quantizedShapes } from "../../src/runtime/model/quantization";
import type { Device } from "../../src/runtime/protocol";
import { type Random, seededRandom } from "../../src/runtime/random";
import { dequantizeRows } from "../dequantized";
import { probedDevices, skipUnlessAvailable } from "./devices";

/** x [T, K] times a quantized matrix [N, K]. */
interface Product extends Quantization {
  readonly T: number;
  readonly N: number;
  readonly K: number;
  readonly x: Float32Array;
  readonly qweight: Uint8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

/** Widths that blocks divide and that they do not; rows on either side of WebGPU's limit of 31. */
const sizes = fc.record({
  T: fc.constantFrom(1, 2, 5, 31),
  N: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(64, 128)),
  K: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(32, 128, 256)),
  seed: fc.nat(),
});

/** Of the rest, the graph language refuses it. */
const differs = ({ N, K }: { readonly N: number; readonly K: number }, blockSize: number) =>
  N * K !== blockSize || N === 1;

const quantizations: readonly Quantization[] = [
  { bits: 8, blockSize: 32 },
  { bits: 8, blockSize: 128 },
  { bits: 4, blockSize: 32 },
  { bits: 4, blockSize: 128 },
];

for (const device of ["cpu", "webgpu"] satisfies Device[])
  describe(`matMulNBits on ${device}`, () => {
    let folder: string;
    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
      folder = await mkdtemp(join(tmpdir(), "gptw-nbits-"));
    });
    after(async () => {
      if (folder) await rm(folder, { recursive: true, force: true });
    });

    const numRuns = device === "cpu" ? 40 : 4;
    for (const quantization of quantizations) {
      const { bits, blockSize } = quantization;
      it(`is the product with what ${bits} bits in blocks of ${blockSize} stand for`, () =>
        fc.assert(
          fc.asyncProperty(
            sizes.filter((size) => differs(size, blockSize)),
            async ({ seed, ...size }) => {
              const product = randomProduct({ ...size, ...quantization }, seededRandom(seed));
              check(product, await run(product, { device, folder, accuracy: 1 }), (x) => Math.abs(x) * 1e-5);
            },
          ),
          { numRuns, seed: 1 },
        ));

      // Products are exact on WebGPU: see `deviceTraits`.
      if (device === "cpu")
        it(`with inputs rounded to 8 bits is off by no more than their rounding, ${bits} bits, ${blockSize}`, () =>
          fc.assert(
            fc.asyncProperty(
              sizes.filter((size) => differs(size, blockSize)),
              async ({ seed, ...size }) => {
                const product = randomProduct({ ...size, ...quantization }, seededRandom(seed));
                check(product, await run(product, { device, folder, accuracy: 4 }), (_, largest) => largest / 254);
              },
            ),
            { numRuns, seed: 1 },
          ));
    }
  });

function randomProduct(size: Pick<Product, "T" | "N" | "K" | "bits" | "blockSize">, random: Random): Product {
  const { T, N, K, bits, blockSize } = size;
  const [, blocks, blockBytes] = quantizedShapes(N, K, size).qweight;
  const qweight = new Uint8Array(N * blocks * blockBytes);
  const scales = Float32Array.from({ length: N * blocks }, (_, i) => {
    const available = K - (i % blocks) * blockSize;
    const values = Float32Array.from({ length: blockSize }, (_, k) => (k < available ? random() - 0.5 : 0));
    return quantizeBlock(values, bits, qweight.subarray(i * blockBytes, (i + 1) * blockBytes));
  });
  return { ...size, x: Float32Array.from({ length: T * K }, () => 4 * random() - 2), qweight, scales };
}

interface RunOptions {
  readonly device: Device;
  readonly folder: string;
  readonly accuracy: 1 | 4;
}

async function run(product: Product, { device, folder, accuracy }: RunOptions): Promise<Float32Array> {
  const { T, N, K, bits, blockSize, x, qweight, scales } = product;
  const shapes = quantizedShapes(N, K, product);
  await writeFile(join(folder, "matrix"), Buffer.concat([qweight, new Uint8Array(scales.buffer)]));
  const place = (offset: number, byteLength: number) => ({ location: "matrix", offset, byteLength });
  const g = new GraphBuilder();
  const matrix = {
    quants: g.external("quants", "uint8", shapes.qweight, place(0, qweight.length)),
    scales: g.external("scales", "float32", shapes.scales, place(qweight.length, scales.byteLength)),
  };
  const attributes = { K, N, bits, block_size: blockSize, accuracy_level: accuracy };
  g.outputAs("y", g.matMulNBits(g.input("x", "float32", ["rows", K]), matrix, attributes));
  const session = await Session.create(g.build(), { name: "product", device, folder });
  const y = readFloat32(await session.run({ x: float32Tensor(x, [T, K]) }, { y: null }), "y");
  await session.release();
  return y;
}

/**
 * Each result is a sum of inputs times weights; `off` says by how much an input may be off, given it and the largest of its block. To
 * that comes the rounding of the sum.
 */
function check(product: Product, found: Float32Array, off: (x: number, largest: number) => number): void {
  const { T, N, K, blockSize, x } = product;
  const weights = dequantizeRows(product.qweight, product.scales, product, product);
  for (let t = 0; t < T; t++) {
    const row = x.subarray(t * K, (t + 1) * K);
    const errors = row.map((value, k) => {
      const start = k - (k % blockSize);
      const largest = row.subarray(start, start + blockSize).reduce((max, other) => Math.max(max, Math.abs(other)), 0);
      return off(value, largest);
    });
    for (let n = 0; n < N; n++) {
      const weight = weights.subarray(n * K, (n + 1) * K);
      const expected = weight.reduce((sum, w, k) => sum + w * (row[k] ?? 0), 0);
      const allowed = 2e-5 + 1.01 * weight.reduce((sum, w, k) => sum + Math.abs(w) * (errors[k] ?? 0), 0);
      const difference = Math.abs((found[t * N + n] ?? Number.NaN) - expected);
      assert.ok(difference <= allowed, `[${t}, ${n}] is off by ${difference}, ${allowed} allowed`);
    }
  }
}
