/** Little-endian floating-point bytes to float32. Every machine that Node and onnxruntime run on is little-endian. */
import type { SafetensorsDType } from "./safetensors";

/** For each type that fits in float32 without loss: its bytes, a whole number of elements, as float32. */
export const widen: Readonly<Partial<Record<SafetensorsDType, (bytes: Uint8Array<ArrayBuffer>) => Float32Array>>> = {
  F32: (bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4),
  F16: (bytes) => Float32Array.from(words(bytes), widenF16),
  BF16: (bytes) => new Float32Array(Uint32Array.from(words(bytes), (word) => word << 16).buffer),
};

function words(bytes: Uint8Array<ArrayBuffer>): Uint16Array {
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
}

/** IEEE 754 half precision: 1 bit sign, 5 bits exponent (bias 15), 10 bits fraction. */
function widenF16(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const exponent = (word >> 10) & 0x1f;
  const fraction = word & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
