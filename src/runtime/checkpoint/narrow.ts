/** float32 to the 16-bit types, rounding to the nearest and ties to even, as PyTorch does. */

/** Types in which we write parameters. */
export type WrittenDType = "F32" | "F16" | "BF16";

/** The values' bytes in `dtype`, little-endian. */
export function encodeFloats(values: Float32Array, dtype: WrittenDType): Uint8Array {
  if (dtype === "F32") return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const narrow = dtype === "BF16" ? toBF16 : toF16;
  const narrowed = new Uint16Array(bits.length);
  // A loop: Uint16Array.from takes ten times as long.
  for (let i = 0; i < bits.length; i++) narrowed[i] = narrow(bits[i] ?? 0);
  return new Uint8Array(narrowed.buffer);
}

/** The upper half of a float32's bits, rounded. */
function toBF16(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40; // NaN stays one
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

/** IEEE 754 half precision of a float32's bits. */
function toF16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65,520 and more round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) return sign | roundShift(magnitude - 0x38000000, 13);
  const exponent = magnitude >>> 23;
  // Below half of the smallest: zero.
  if (exponent < 102) return sign;
  return sign | roundShift((magnitude & 0x7fffff) | 0x800000, 126 - exponent);
}

/** `value` / 2^shift, to the nearest, ties to even. */
function roundShift(value: number, shift: number): number {
  const half = 2 ** (shift - 1);
  const whole = Math.floor(value / 2 ** shift);
  const rest = value - whole * 2 ** shift;
  return rest > half || (rest === half && whole % 2 === 1) ? whole + 1 : whole;
}
