import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { levelCount } from "../../../../src/extension/surprisal/levels";
import { contrast, mix, parseColor, type Rgb, toOklch } from "../../../../src/webview/shared/color";

const kinds = ["dark", "light", "highContrast", "highContrastLight"] as const;
type Kind = (typeof kinds)[number];

const hex = z.string().regex(/^#[\da-f]{8}$/);
const manifest = z.object({
  contributes: z.object({
    colors: z.array(z.object({ id: z.string(), description: z.string(), defaults: z.record(z.enum(kinds), hex) })),
  }),
});

/** Background and text of VS Code's default themes: Dark 2026, Dark Modern, Dark+; Light 2026, Light Modern, Light+; high contrast. */
const themes: Readonly<Record<Kind, readonly (readonly [background: string, foreground: string])[]>> = {
  dark: [
    ["#121314", "#bbbebf"],
    ["#1f1f1f", "#cccccc"],
    ["#1e1e1e", "#d4d4d4"],
  ],
  light: [
    ["#ffffff", "#202020"],
    ["#ffffff", "#3b3b3b"],
    ["#ffffff", "#000000"],
  ],
  highContrast: [["#000000", "#ffffff"]],
  highContrastLight: [["#ffffff", "#292929"]],
};

describe("the colours of surprisal in editors", () => {
  const { contributes } = manifest.parse(JSON.parse(readFileSync(join(__dirname, "../../../../package.json"), "utf8")));

  it("are one for each level", () => {
    assert.deepEqual(
      contributes.colors.map(({ id }) => id),
      Array.from({ length: levelCount }, (_, level) => `gptWorkbench.surprisal${level}`),
    );
  });

  for (const kind of kinds) {
    for (const [background, foreground] of themes[kind]) {
      it(`keep text readable and differ from level to level: ${kind}, ${background}`, () => {
        const shown = contributes.colors.map(({ defaults }) => over(defaults[kind], background));
        for (const color of shown)
          assert.ok(contrast(color, rgb(foreground)) >= 4.5, `${contrast(color, rgb(foreground))}`);
        const lightness = shown.map((color) => toOklch(color).lightness);
        const steps = lightness.slice(1).map((value, i) => value - (lightness[i] ?? 0));
        assert.ok(steps.every((step) => step > 0.02) || steps.every((step) => step < -0.02), steps.join(" "));
      });
    }
  }
});

/** A colour with alpha over another. */
function over(color: string, background: string): Rgb {
  return mix(rgb(background), rgb(color), Number.parseInt(color.slice(7), 16) / 255);
}

function rgb(text: string): Rgb {
  const color = parseColor(text);
  assert.ok(color);
  return color;
}
