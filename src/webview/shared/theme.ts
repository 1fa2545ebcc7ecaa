/** The scales of the current theme, as custom properties of the page; they follow the theme. */
import { formatColor, parseColor, type Rgb } from "./color";
import { type ColorMode, colorModes, modePalette } from "./colorModes";
import type { HeatTheme } from "./heatScale";
import { type PaintTable, type PaintTheme, paintTable } from "./scales";
import { type Swatch, surprisalLevels, surprisalPalette } from "./surprisalScale";

/** The document tells with this event that its theme is another one. */
export const themeEvent = "gptw-theme";

/**
 * Sets a property for every level of the scales in `paintTable`, `--probability-3-text` say, and `--surprisal-N`, `--surprisal-N-text` and
 * `--surprisal-N-mark`, and the same as `--by-MODE-N` for every colour mode of the strip, now and whenever the theme changes.
 */
export function followTheme(document: Document): void {
  const root = document.documentElement;
  let last = "";
  const apply = () => {
    const theme = readTheme(document);
    const key = JSON.stringify(theme);
    if (key === last) return; // our own properties are in the style attribute that is observed
    last = key;
    for (const [name, color] of paintTable(theme)) if (isLevel(name)) root.style.setProperty(`--${name}`, color);
    setLevels(root, "surprisal", surprisalPalette(theme));
    for (const mode of colorModes) setLevels(root, `by-${mode}`, modePalette(mode, theme));
    document.dispatchEvent(new Event(themeEvent));
  };
  apply();
  new MutationObserver(apply).observe(root, { attributes: true, attributeFilter: ["style", "class"] });
  new MutationObserver(apply).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}

/** Makes `--level-N` within `element` those of `mode`. */
export function useMode(element: HTMLElement, mode: ColorMode): void {
  for (let level = 0; level < surprisalLevels; level++) {
    for (const part of ["", "-text", "-mark"])
      element.style.setProperty(`--level-${level}${part}`, `var(--by-${mode}-${level}${part})`);
  }
}

function setLevels(root: HTMLElement, name: string, palette: readonly Swatch[]): void {
  palette.forEach(({ background, text, mark }, level) => {
    root.style.setProperty(`--${name}-${level}`, formatColor(background));
    root.style.setProperty(`--${name}-${level}-text`, formatColor(text));
    root.style.setProperty(`--${name}-${level}-mark`, formatColor(mark));
  });
}

/** The paints of the theme that the page has now. */
export function currentPaints(document: Document): PaintTable {
  return paintTable(readTheme(document));
}

/** The other paints are the theme's own, which the style sheets name as VS Code does. */
function isLevel(name: string): boolean {
  return /\d/.test(name);
}

const white: Rgb = [1, 1, 1];
const black: Rgb = [0, 0, 0];
const orange: Rgb = [0.82, 0.525, 0.086];
const azure: Rgb = [0.216, 0.58, 1];

/** The theme's colours for the scales; fallbacks where it sets none. */
export function readTheme(document: Document): PaintTheme & HeatTheme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => parseColor(style.getPropertyValue(name));
  const { classList } = document.body;
  const light = classList.contains("vscode-light") || classList.contains("vscode-high-contrast-light");
  const foreground = read("--vscode-editor-foreground") ?? read("--vscode-foreground") ?? (light ? black : white);
  return {
    background: read("--vscode-editor-background") ?? (light ? white : black),
    foreground,
    accent: read("--vscode-charts-orange") ?? orange,
    blue: read("--vscode-charts-blue") ?? azure,
    highContrast: classList.contains("vscode-high-contrast") || classList.contains("vscode-high-contrast-light"),
    muted: read("--vscode-descriptionForeground") ?? foreground,
    line: read("--vscode-panel-border") ?? read("--vscode-contrastBorder") ?? foreground,
  };
}
