/** The surprisal scale of the current theme, as custom properties of the page; follows the theme. */
import { formatColor, parseColor, type Rgb } from "./color";
import type { HeatTheme } from "./heatScale";
import { type ScaleTheme, surprisalPalette } from "./surprisalScale";

/** The document tells with this event that its theme is another one. */
export const themeEvent = "gptw-theme";

/** Sets `--surprisal-N`, `--surprisal-N-text` and `--surprisal-N-mark` now and whenever the theme changes. */
export function followTheme(document: Document): void {
  const root = document.documentElement;
  let last = "";
  const apply = () => {
    const theme = readTheme(document);
    const key = JSON.stringify(theme);
    if (key === last) return; // our own properties are in the style attribute that is observed
    last = key;
    surprisalPalette(theme).forEach(({ background, text, mark }, level) => {
      root.style.setProperty(`--surprisal-${level}`, formatColor(background));
      root.style.setProperty(`--surprisal-${level}-text`, formatColor(text));
      root.style.setProperty(`--surprisal-${level}-mark`, formatColor(mark));
    });
    document.dispatchEvent(new Event(themeEvent));
  };
  apply();
  new MutationObserver(apply).observe(root, { attributes: true, attributeFilter: ["style", "class"] });
  new MutationObserver(apply).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}

const white: Rgb = [1, 1, 1];
const black: Rgb = [0, 0, 0];
const orange: Rgb = [0.82, 0.525, 0.086];
const blue: Rgb = [0.216, 0.58, 1];

/** The theme's colours for the scales; fallbacks where it sets none. */
export function readTheme(document: Document): ScaleTheme & HeatTheme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => parseColor(style.getPropertyValue(name));
  const { classList } = document.body;
  const light = classList.contains("vscode-light") || classList.contains("vscode-high-contrast-light");
  return {
    background: read("--vscode-editor-background") ?? (light ? white : black),
    foreground: read("--vscode-editor-foreground") ?? read("--vscode-foreground") ?? (light ? black : white),
    accent: read("--vscode-charts-orange") ?? orange,
    cool: read("--vscode-charts-blue") ?? blue,
    highContrast: classList.contains("vscode-high-contrast") || classList.contains("vscode-high-contrast-light"),
  };
}
