/** Rounds the values of a block to whole numbers of few bits with one scale, and back. */
import type { Quantization } from "../model/quantization";

type Bits = Quantization["bits"];

/**
 * Rounds `values` to the nearest multiples of one scale. The value farthest from 0 is kept: at 8 bits as ±127 scales, at 4 bits as
 * −8, for which the scale may be negative (llama.cpp's Q8_0 and Q4_0). No value is off by more than half a scale, except at 4 bits
 * those opposite to the farthest and beyond 7.5 scales, which become 7.
 * @param out gets a byte per value at 8 bits; at 4 bits a byte per two, the first in the lower half.
 * @returns the scale, a float32; not finite when a value is not.
 */
export function quantizeBlock(values: Float32Array, bits: Bits, out: Uint8Array): number {
  const scale = Math.fround(bits === 8 ? Math.abs(farthest(values)) / 127 : farthest(values) / -8);
  if (bits === 8) for (let i = 0; i < values.length; i++) out[i] = 128 + multiple(values[i] ?? 0, scale, 127);
  else
    for (let i = 0; i < values.length; i += 2) {
      const low = 8 + multiple(values[i] ?? 0, scale, 7);
      out[i >> 1] = low | ((8 + multiple(values[i + 1] ?? 0, scale, 7)) << 4);
    }
  return scale;
}

/** The values that a block stands for. */
export function dequantizeBlock(block: Uint8Array, scale: number, bits: Bits): Float32Array {
  if (bits === 8) return Float32Array.from(block, (byte) => (byte - 128) * scale);
  const half = (i: number) => ((block[i >> 1] ?? 0) >> (4 * (i & 1))) & 15;
  return Float32Array.from({ length: 2 * block.length }, (_, i) => (half(i) - 8) * scale);
}

/** The value with the largest magnitude, the first of equals; or the first that is not finite. */
function farthest(values: Float32Array): number {
  let found = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (!Number.isFinite(value)) return value;
    if (Math.abs(value) > Math.abs(found)) found = value;
  }
  return found;
}

/** How many scales are nearest to `value`, from −max − 1 to `max`. */
function multiple(value: number, scale: number, max: number): number {
  if (scale === 0) return 0;
  return Math.max(-max - 1, Math.min(max, Math.round(value / scale)));
}
