/** Colours: what a theme's variables hold, Ottosson's OKLCH (2020), and WCAG 2.2's contrast. */

/** Red, green, blue of sRGB, 0 to 1. */
export type Rgb = readonly [number, number, number];

/** Perceptual lightness 0 to 1, chroma from 0, hue in degrees. */
export interface Oklch {
  readonly lightness: number;
  readonly chroma: number;
  readonly hue: number;
}

/** Reads `#rgb`, `#rrggbb`, both with alpha, and `rgb()` or `rgba()` with commas; null for anything else. Alpha is dropped. */
export function parseColor(text: string): Rgb | null {
  const value = text.trim().toLowerCase();
  const short = /^#([\da-f])([\da-f])([\da-f])[\da-f]?$/.exec(value);
  if (short) return channels(short, (digit) => Number.parseInt(digit + digit, 16));
  const long = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})(?:[\da-f]{2})?$/.exec(value);
  if (long) return channels(long, (digits) => Number.parseInt(digits, 16));
  const rgb = /^rgba?\(\s*([\d.]+)[\s,]+([\d.]+)[\s,]+([\d.]+)(?:\s*[,/]\s*[\d.]+%?)?\s*\)$/.exec(value);
  return rgb ? channels(rgb, Number) : null;
}

function channels(match: RegExpExecArray, read: (text: string) => number): Rgb {
  const [r = 0, g = 0, b = 0] = match.slice(1, 4).map((text) => Math.min(255, read(text)) / 255);
  return [r, g, b];
}

/** `#rrggbb`. */
export function formatColor(color: Rgb): string {
  const digits = color.map((value) =>
    Math.round(clamp(value) * 255)
      .toString(16)
      .padStart(2, "0"),
  );
  return `#${digits.join("")}`;
}

/** WCAG relative luminance, 0 to 1. */
export function luminance(color: Rgb): number {
  const [r, g, b] = linear(color);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG contrast ratio, 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** The colour `amount` (0 to 1) of the way from `from` to `to`, in sRGB. */
export function mix(from: Rgb, to: Rgb, amount: number): Rgb {
  const at = (index: 0 | 1 | 2) => from[index] + (to[index] - from[index]) * amount;
  return [at(0), at(1), at(2)];
}

/** sRGB to OKLCH. */
export function toOklch(color: Rgb): Oklch {
  const [r, g, b] = linear(color);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const bb = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return {
    lightness: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    chroma: Math.hypot(a, bb),
    hue: (Math.atan2(bb, a) * 180) / Math.PI,
  };
}

/** OKLCH to sRGB; chroma is lowered until the colour fits. */
export function fromOklch({ lightness, chroma, hue }: Oklch): Rgb {
  for (let part = 1; part > 0; part -= 0.02) {
    const color = unbounded({ lightness, chroma: chroma * part, hue });
    if (color.every((value) => value >= -1e-4 && value <= 1.0001)) return clampAll(color);
  }
  return clampAll(unbounded({ lightness, chroma: 0, hue }));
}

function unbounded({ lightness, chroma, hue }: Oklch): Rgb {
  const angle = (hue * Math.PI) / 180;
  const [a, b] = [chroma * Math.cos(angle), chroma * Math.sin(angle)];
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function linear([r, g, b]: Rgb): Rgb {
  const one = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return [one(r), one(g), one(b)];
}

function gamma(value: number): number {
  return value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
}

function clampAll([r, g, b]: Rgb): Rgb {
  return [clamp(r), clamp(g), clamp(b)];
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
