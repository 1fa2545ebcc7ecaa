/**
 * Two more scales beside that of surprisal. Probability: lightness moves one way, in blue. Differences: away from the background in two
 * directions, orange where there is less and blue where there is more, which every kind of colour vision tells apart.
 */
import { formatColor, fromOklch, toOklch } from "./color";
import type { Paint, Painter } from "./drawing";
import { type ScaleTheme, type Swatch, surprisalPalette, swatch } from "./surprisalScale";

/** Upper bounds of all levels of probability but the last. */
export const probabilityBounds = [0.01, 0.05, 0.1, 0.25, 0.5, 0.8] as const;

/** Bits at which a difference reaches the next level, on either side of 0. */
export const differenceBounds = [0.1, 0.5, 1, 2, 4] as const;

/** Level of a probability, 0 to 6. */
export function probabilityLevel(probability: number): number {
  return probabilityBounds.filter((bound) => probability >= bound).length;
}

/** Level of a rank, 0 for the most probable token to 6 for one of thousands: decades, and their first halves. */
export function rankLevel(rank: number): number {
  return rankBounds.filter((bound) => rank >= bound).length;
}

/** Ranks at which the next level begins. */
export const rankBounds = [2, 6, 11, 51, 101, 1001] as const;

/** Direction of a difference and its level, 1 to 5; null where it is next to nothing. */
export function differenceLevel(bits: number): { readonly side: "less" | "more"; readonly level: number } | null {
  const level = differenceBounds.filter((bound) => Math.abs(bits) >= bound).length;
  return level === 0 ? null : { side: bits < 0 ? "less" : "more", level };
}

/** CSS class of a difference; `difference-0` for next to nothing. */
export function differenceClass(bits: number): string {
  const found = Number.isNaN(bits) ? null : differenceLevel(bits);
  return found ? `difference-${found.side}-${found.level}` : "difference-0";
}

/** The colour of a difference, and that of text on it. */
export function differencePaint(bits: number): { readonly fill: Paint; readonly text: Paint } {
  const found = Number.isNaN(bits) ? null : differenceLevel(bits);
  if (!found) return { fill: "background", text: "foreground" };
  const fill = `difference-${found.side}-${found.level}` as const;
  return { fill, text: `${fill}-text` };
}

/** Every paint of a theme, as hexadecimal colours. */
export type PaintTable = ReadonlyMap<string, string>;

/** The theme's colours that pictures and scales are made of. */
export interface PaintTheme extends ScaleTheme {
  readonly muted: ScaleTheme["foreground"];
  readonly line: ScaleTheme["foreground"];
  /** Gives the scales of probability and of differences their blue. */
  readonly blue: ScaleTheme["foreground"];
}

/** Colours of all paints. Names are those of `Paint`, and with `--` before them of the page's custom properties. */
export function paintTable(theme: PaintTheme): PaintTable {
  const table = new Map<string, string>([
    ["background", formatColor(theme.background)],
    ["foreground", formatColor(theme.foreground)],
    ["muted", formatColor(theme.muted)],
    ["line", formatColor(theme.line)],
    ["accent", formatColor(theme.blue)],
  ]);
  const add = (name: string, { background, text }: Swatch) => {
    table.set(name, formatColor(background)).set(`${name}-text`, formatColor(text));
  };
  for (const [level, one] of surprisalPalette(theme).entries()) add(`surprisal-${level}`, one);
  for (const [level, one] of probabilityPalette(theme).entries()) add(`probability-${level}`, one);
  for (const side of ["less", "more"] as const) {
    for (const [index, one] of differencePalette(theme, side).entries()) add(`difference-${side}-${index + 1}`, one);
  }
  return table;
}

/** Gives paints their colours of a table; what is not in it is the foreground. */
export function painterOf(table: PaintTable): Painter {
  const other = table.get("foreground") ?? "#000000";
  return (paint) => table.get(paint) ?? other;
}

/** One swatch per level; level 0 is the theme's own background. */
export function probabilityPalette(theme: PaintTheme): readonly Swatch[] {
  return Array.from({ length: probabilityBounds.length + 1 }, (_, level) =>
    ramp(theme, theme.blue, level / probabilityBounds.length),
  );
}

function differencePalette(theme: PaintTheme, side: "less" | "more"): readonly Swatch[] {
  const hue = side === "less" ? theme.accent : theme.blue;
  return differenceBounds.map((_, index) => ramp(theme, hue, (index + 1) / differenceBounds.length));
}

/** The background when `part` is 0, moved by `part` towards the far end of lightness, in the hue of `color`. */
function ramp({ background, foreground }: ScaleTheme, color: ScaleTheme["accent"], part: number): Swatch {
  if (part === 0) return swatch(background, foreground);
  const from = toOklch(background).lightness;
  const to = from < 0.6 ? 0.82 : 0.42;
  const { hue, chroma } = toOklch(color);
  const strong = Math.min(0.15, Math.max(0.1, chroma)) * (0.35 + 0.65 * Math.sin(Math.PI * (0.15 + 0.5 * part)));
  return swatch(fromOklch({ lightness: from + (to - from) * part, hue, chroma: strong }), foreground);
}
