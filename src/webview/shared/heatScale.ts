/** Probabilities as colour: 256 steps whose lightness moves one way, away from the theme's background, through hues that no form of colour blindness confuses (blue, green, yellow). */
import { fromOklch, luminance, mix, type Rgb, toOklch } from "./color";

/** How a probability becomes a place on the scale. The square root lifts small values; the logarithm, four powers of ten. */
export const heatScales = ["linear", "sqrt", "log"] as const;

/** A way from probability to place. */
export type HeatScale = (typeof heatScales)[number];

/** Number of colours. */
export const heatSteps = 256;

/** The logarithmic scale begins here: what is less has the colour of zero. */
export const logFloor = 1e-4;

/** The theme's colours that the scale starts from. */
export interface HeatTheme {
  readonly background: Rgb;
  readonly foreground: Rgb;
  /** Gives the scale its first hue. */
  readonly blue: Rgb;
  /** Marks stand out from the scale in this one. */
  readonly accent: Rgb;
  /** Whether the theme is one of high contrast. */
  readonly highContrast: boolean;
}

/** Colours of a heat map. */
export interface HeatPalette {
  /** `heatSteps` of them; the first is the theme's background, so that zero recedes. */
  readonly colors: readonly Rgb[];
  /** The same as pixels: RGBA as a canvas holds them, one 32-bit number each. */
  readonly pixels: Uint32Array;
  /** Tokens that come later: nothing to compute. */
  readonly future: Rgb;
  /** Ground and lines of the hatch where nothing is computed. */
  readonly notComputed: Rgb;
  readonly hatch: Rgb;
  /** Chosen rows, columns and cells. */
  readonly mark: Rgb;
  readonly background: Rgb;
  readonly foreground: Rgb;
}

/** Place of a probability on the scale, 0 to 1. */
export function heatPosition(probability: number, scale: HeatScale): number {
  const p = Math.min(1, Math.max(0, probability));
  switch (scale) {
    case "linear":
      return p;
    case "sqrt":
      return Math.sqrt(p);
    case "log":
      return p <= logFloor ? 0 : 1 - Math.log(p) / Math.log(logFloor);
    default:
      return scale satisfies never;
  }
}

/** Step of a probability, 0 to `heatSteps` − 1. */
export function heatStep(probability: number, scale: HeatScale): number {
  return Math.round(heatPosition(probability, scale) * (heatSteps - 1));
}

/** Probabilities that the legend names, from the first to the last of the scale. */
export function heatTicks(scale: HeatScale): readonly number[] {
  switch (scale) {
    case "linear":
      return [0, 0.25, 0.5, 0.75, 1];
    case "sqrt":
      return [0, 0.05, 0.25, 0.5, 1];
    case "log":
      return [logFloor, 0.001, 0.01, 0.1, 1];
    default:
      return scale satisfies never;
  }
}

/** The palette of a theme. */
export function heatPalette(theme: HeatTheme): HeatPalette {
  const { background, foreground, accent, highContrast } = theme;
  const colors = Array.from({ length: heatSteps }, (_, step) => heatColor(theme, step / (heatSteps - 1)));
  return {
    colors,
    pixels: new Uint32Array(colors.map(pixel)),
    future: mix(background, foreground, highContrast ? 0.2 : 0.07),
    notComputed: background,
    hatch: mix(background, foreground, highContrast ? 0.7 : 0.3),
    mark: highContrast ? foreground : accent,
    background,
    foreground,
  };
}

/** A colour as one pixel of a canvas, opaque. */
export function pixel(color: Rgb): number {
  const bytes = Uint8ClampedArray.of(...color.map((value) => value * 255), 255);
  return new Uint32Array(bytes.buffer)[0] ?? 0;
}

function heatColor({ background, blue, highContrast }: HeatTheme, part: number): Rgb {
  if (part === 0) return background;
  const from = toOklch(background).lightness;
  const { hue } = toOklch(blue);
  const dark = luminance(background) < 0.2;
  const to = dark ? 0.94 : 0.26;
  return fromOklch({
    lightness: from + (to - from) * (highContrast ? part ** 0.6 : part),
    // From blue to yellow as it gets brighter; from yellow to blue as it gets darker.
    hue: dark ? hue + 15 - 165 * part : hue - 140 + 155 * part,
    chroma: 0.16 * Math.sin(Math.PI * (0.08 + 0.77 * part)),
  });
}
