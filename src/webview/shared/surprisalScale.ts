/** Surprisal as colour: seven levels whose lightness moves one way, away from the theme's background. */
import { contrast, fromOklch, mix, type Rgb, toOklch } from "./color";

/** Upper bounds of all levels but the last, bits. 1 bit is p = 50 %, 13 bits p = 0.012 %. */
export const surprisalBounds = [1, 2, 4, 6, 9, 13] as const;

/** Number of levels. */
export const surprisalLevels = surprisalBounds.length + 1;

/** Level of a surprisal in bits, 0 (expected) to 6. */
export function surprisalLevel(bits: number): number {
  return surprisalBounds.filter((bound) => bits >= bound).length;
}

/** The theme's colours that the scale starts from. */
export interface ScaleTheme {
  readonly background: Rgb;
  readonly foreground: Rgb;
  /** Gives the scale its hue. */
  readonly accent: Rgb;
}

/** Colours of one level. */
export interface Swatch {
  readonly background: Rgb;
  /** At least 4.5:1 on the background. */
  readonly text: Rgb;
  /** For whitespace marks: as faint as 4.5:1 allows. */
  readonly mark: Rgb;
}

/** One swatch per level. Level 0 is the theme's own background, so that what was expected recedes. */
export function surprisalPalette(theme: ScaleTheme): readonly Swatch[] {
  return levelPalette(theme, surprisalLevels);
}

/** As many levels of the accent's hue, whose lightness moves one way, away from the background, which is level 0. */
export function levelPalette(theme: ScaleTheme, levels: number): readonly Swatch[] {
  return Array.from({ length: levels }, (_, level) => {
    const background = level === 0 ? theme.background : levelColor(theme, level / (levels - 1));
    const text = readableText(background, theme.foreground);
    return { background, text, mark: faintest(background, text) };
  });
}

/** The contrast that WCAG 2.2 asks of text (1.4.3), with room for rounding to 8 bits. */
const minimumContrast = 4.6;

function levelColor({ background, accent }: ScaleTheme, part: number): Rgb {
  const from = toOklch(background).lightness;
  const { hue, chroma } = toOklch(accent);
  const dark = from < 0.6;
  const to = dark ? 0.88 : 0.4;
  return fromOklch({
    lightness: from + (to - from) * part,
    // Towards yellow where it is bright, towards red where it is dark, as heat does.
    hue: dark ? hue - 24 + 48 * part : hue + 24 - 48 * part,
    chroma: Math.max(0.09, chroma) * (0.3 + 0.7 * Math.sin(Math.PI * (0.15 + 0.5 * part))),
  });
}

function readableText(background: Rgb, foreground: Rgb): Rgb {
  const black: Rgb = [0, 0, 0];
  const white: Rgb = [1, 1, 1];
  if (contrast(background, foreground) >= minimumContrast) return foreground;
  return contrast(background, black) >= contrast(background, white) ? black : white;
}

function faintest(background: Rgb, text: Rgb): Rgb {
  for (let amount = 0.6; amount > 0; amount -= 0.05) {
    const candidate = mix(text, background, amount);
    if (contrast(background, candidate) >= minimumContrast) return candidate;
  }
  return text;
}
