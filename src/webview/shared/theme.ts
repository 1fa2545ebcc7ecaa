/** The surprisal scale of the current theme, as custom properties of the page; follows the theme. */
import { formatColor, parseColor, type Rgb } from "./color";
import { type ColorMode, colorModes, modePalette } from "./colorModes";
import { type ScaleTheme, type Swatch, surprisalLevels, surprisalPalette } from "./surprisalScale";

/**
 * Sets `--surprisal-N`, `--surprisal-N-text` and `--surprisal-N-mark`, and the same as `--by-MODE-N` for every colour mode, now and
 * whenever the theme changes.
 */
export function followTheme(document: Document): void {
  const root = document.documentElement;
  let last = "";
  const apply = () => {
    const theme = readTheme(document);
    const key = JSON.stringify(theme);
    if (key === last) return; // our own properties are in the style attribute that is observed
    last = key;
    setLevels(root, "surprisal", surprisalPalette(theme));
    for (const mode of colorModes) setLevels(root, `by-${mode}`, modePalette(mode, theme));
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

const white: Rgb = [1, 1, 1];
const black: Rgb = [0, 0, 0];
const orange: Rgb = [0.82, 0.525, 0.086];

function readTheme(document: Document): ScaleTheme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => parseColor(style.getPropertyValue(name));
  const { classList } = document.body;
  const light = classList.contains("vscode-light") || classList.contains("vscode-high-contrast-light");
  return {
    background: read("--vscode-editor-background") ?? (light ? white : black),
    foreground: read("--vscode-editor-foreground") ?? read("--vscode-foreground") ?? (light ? black : white),
    accent: read("--vscode-charts-orange") ?? orange,
  };
}
