/** Probabilities as pixels. Pure. */
import { type HeatPalette, type HeatScale, heatPosition, heatSteps, pixel } from "../../shared/heatScale";
import type { AttentionMap, Level } from "./attentionMap";

/** How numbers become colours. */
export interface Look {
  readonly palette: HeatPalette;
  readonly scale: HeatScale;
}

/** Rows `from` … `to` of a level as pixels. What is not computed stays transparent: the hatch below shows. */
export function paintRows(
  map: AttentionMap,
  level: Level,
  from: number,
  to: number,
  look: Look,
): Uint32Array<ArrayBuffer> {
  const { columns, values, block } = level;
  const pixels = new Uint32Array((to - from) * columns);
  const future = pixel(look.palette.future);
  const pending = pixel(look.palette.background);
  const colorOf = colorTable(look);
  for (let row = from; row < to; row++) {
    const line = (row - from) * columns;
    // The last query of the block sees keys up to itself.
    const seen = Math.min(columns, Math.floor((map.first + Math.min(map.rows, (row + 1) * block) - 1) / block) + 1);
    if (map.loaded[row * block]) {
      for (let column = 0; column < seen; column++) {
        const value = values[row * columns + column] ?? 0;
        if (!Number.isNaN(value)) pixels[line + column] = colorOf(value);
      }
    } else pixels.fill(pending, line, line + seen);
    pixels.fill(future, line + seen, line + columns);
  }
  return pixels;
}

/** A thumbnail of S × S as pixels, S being what `data` is the square of; blocks of later tokens are told from what is not computed. */
export function paintThumbnail(data: Float32Array, size: number, used: number, look: Look): Uint32Array<ArrayBuffer> {
  const pixels = new Uint32Array(used * used);
  const future = pixel(look.palette.future);
  const colorOf = colorTable(look);
  for (let row = 0; row < used; row++) {
    for (let column = 0; column < used; column++) {
      const value = data[row * size + column] ?? Number.NaN;
      if (column > row) pixels[row * used + column] = future;
      else if (!Number.isNaN(value)) pixels[row * used + column] = colorOf(value);
    }
  }
  return pixels;
}

/** Colour of a number as a pixel. The logarithm is looked up by the number's own bits: exponent and seven bits of its fraction. */
function colorTable({ palette, scale }: Look): (value: number) => number {
  const { pixels } = palette;
  const last = heatSteps - 1;
  if (scale === "linear") return (value) => pixels[Math.round(Math.min(1, value) * last)] ?? 0;
  if (scale === "sqrt") return (value) => pixels[Math.round(Math.sqrt(Math.min(1, value)) * last)] ?? 0;
  const bits = new Uint32Array(1);
  const float = new Float32Array(bits.buffer);
  const table = new Uint32Array(1 << 15);
  for (let index = 0; index < table.length; index++) {
    bits[0] = (index << 16) | 0x8000;
    const value = float[0] ?? 0;
    table[index] = pixels[Math.round(heatPosition(Number.isFinite(value) ? value : 1, scale) * last)] ?? 0;
  }
  return (value) => {
    float[0] = value;
    return table[(bits[0] ?? 0) >>> 16] ?? 0;
  };
}
