/** Colours that tell things apart, not in order: heads of a layer. */
import { contrast, fromOklch, type Rgb } from "./color";

/** WCAG 2.2's contrast of graphics (1.4.11). */
const minimumContrast = 3;

/** `count` colours around the circle of hues, lightness alternating, each at least 3:1 on `background`. */
export function categoryColors(count: number, background: Rgb): readonly Rgb[] {
  return Array.from({ length: count }, (_, index) =>
    distinct((index * 360) / Math.max(1, count) + 30, index, background),
  );
}

function distinct(hue: number, index: number, background: Rgb): Rgb {
  const up = contrast(background, [1, 1, 1]) >= contrast(background, [0, 0, 0]);
  const step = up ? 0.02 : -0.02;
  let lightness = up ? 0.64 + 0.14 * (index % 2) : 0.58 - 0.14 * (index % 2);
  for (; lightness > 0 && lightness < 1; lightness += step) {
    const color = fromOklch({ lightness, chroma: 0.14, hue });
    if (contrast(color, background) >= minimumContrast) return color;
  }
  return up ? [1, 1, 1] : [0, 0, 0];
}
