/** A matrix in whole numbers of few bits, made from its source a few blocks at a time. */
import { type Quantization, quantizedShapes } from "../model/quantization";
import { quantizeBlock } from "./quantizeBlock";

/** A matrix of N outputs and K inputs, stored as [K, N] (`inOut`) or [N, K] (`outIn`). */
export interface MatrixSource {
  readonly N: number;
  readonly K: number;
  readonly layout: "inOut" | "outIn";
}

/** Elements that are quantized at a time: some 10 ms, between which a cancellation can be looked for. */
const panelElements = 1 << 19;

/** Elements of the source that lie side by side, and the whole blocks they make up. Ends are exclusive. */
export interface Panel {
  readonly start: number;
  readonly count: number;
  readonly rows: readonly [number, number];
  readonly blocks: readonly [number, number];
  /** Elements from one output to the next, and from one input to the next. */
  readonly strides: readonly [n: number, k: number];
}

/** The matrix in pieces. */
export function* panels({ N, K, layout }: MatrixSource, blockSize: number): Generator<Panel> {
  const blocks = Math.ceil(K / blockSize);
  if (layout === "outIn") {
    const step = Math.max(1, Math.floor(panelElements / K));
    for (let n = 0; n < N; n += step) {
      const end = Math.min(n + step, N);
      yield { start: n * K, count: (end - n) * K, rows: [n, end], blocks: [0, blocks], strides: [K, 1] };
    }
    return;
  }
  const step = Math.max(1, Math.floor(panelElements / (N * blockSize)));
  for (let b = 0; b < blocks; b += step) {
    const end = Math.min(b + step, blocks);
    const [first, last] = [b * blockSize, Math.min(end * blockSize, K)];
    yield { start: first * N, count: (last - first) * N, rows: [0, N], blocks: [b, end], strides: [1, N] };
  }
}

/** A matrix [N, K] as it is filled, block by block. */
export class QuantizedMatrix {
  /** `[N, blocks, bytes of a block]`. */
  readonly qweight: Uint8Array;
  /** `[N, blocks]`. */
  readonly scales: Float32Array<ArrayBuffer>;
  readonly #K: number;
  readonly #blocks: number;
  readonly #blockBytes: number;
  readonly #quantization: Quantization;
  /** The block at hand. */
  readonly #values: Float32Array;

  constructor({ N, K }: MatrixSource, quantization: Quantization) {
    const [, blocks, blockBytes] = quantizedShapes(N, K, quantization).qweight;
    this.qweight = new Uint8Array(N * blocks * blockBytes);
    this.scales = new Float32Array(N * blocks);
    this.#K = K;
    this.#blocks = blocks;
    this.#blockBytes = blockBytes;
    this.#quantization = quantization;
    this.#values = new Float32Array(quantization.blockSize);
  }

  /** Quantizes a panel's blocks. Returns false when it holds a value that is not finite. */
  fill(panelValues: Float32Array, { start, rows, blocks, strides }: Panel): boolean {
    for (let n = rows[0]; n < rows[1]; n++)
      for (let block = blocks[0]; block < blocks[1]; block++) {
        const k = block * this.#quantization.blockSize;
        this.#load(panelValues, n * strides[0] + k * strides[1] - start, strides[1], this.#K - k);
        if (!this.#store(n * this.#blocks + block)) return false;
      }
    return true;
  }

  /** Takes the block that begins at `from`; zeros follow the last of the matrix' `available` values. */
  #load(panelValues: Float32Array, from: number, stride: number, available: number): void {
    const values = this.#values;
    const count = Math.min(values.length, available);
    for (let i = 0; i < count; i++) values[i] = panelValues[from + i * stride] ?? 0;
    values.fill(0, count);
  }

  #store(index: number): boolean {
    const at = index * this.#blockBytes;
    const block = this.qweight.subarray(at, at + this.#blockBytes);
    const scale = quantizeBlock(this.#values, this.#quantization.bits, block);
    this.scales[index] = scale;
    return Number.isFinite(scale);
  }
}
