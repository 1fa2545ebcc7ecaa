import assert from "node:assert/strict";
import fc from "fast-check";
import { categoryColors } from "../../../src/webview/shared/categoryColors";
import { contrast, formatColor, parseColor, type Rgb, toOklch } from "../../../src/webview/shared/color";
import {
  heatPalette,
  heatPosition,
  heatScales,
  heatStep,
  heatSteps,
  heatTicks,
  logFloor,
  pixel,
} from "../../../src/webview/shared/heatScale";
import { themes } from "../../webview/themes";

function read(variables: Readonly<Record<string, string>>, name: string): Rgb {
  return parseColor(variables[`--vscode-${name}`] ?? "") ?? assert.fail(name);
}

const palettes = Object.entries(themes).map(([name, { variables, bodyClass }]) => {
  const theme = {
    background: read(variables, "editor-background"),
    foreground: read(variables, "editor-foreground"),
    blue: read(variables, "charts-blue"),
    accent: read(variables, "charts-orange"),
    highContrast: bodyClass.includes("high-contrast"),
  };
  return { name, theme, palette: heatPalette(theme) };
});

/** Machado et al. (2009), severity 1: what is seen without one kind of cones, linear RGB. */
const deficiencies: Readonly<Record<string, readonly (readonly number[])[]>> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function seenAs([r, g, b]: Rgb, matrix: readonly (readonly number[])[]): Rgb {
  const linear = [r, g, b].map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  const [x = 0, y = 0, z = 0] = matrix.map((row) => {
    const value = Math.min(
      1,
      Math.max(
        0,
        row.reduce((sum, part, i) => sum + part * (linear[i] ?? 0), 0),
      ),
    );
    return value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
  });
  return [x, y, z];
}

/** Lightness of every sixteenth colour. */
function lightness(colors: readonly Rgb[]): readonly number[] {
  return colors.filter((_, step) => step % 16 === 0 || step === heatSteps - 1).map((color) => toOklch(color).lightness);
}

function movesOneWay(values: readonly number[]): boolean {
  const steps = values.slice(1).map((value, i) => value - (values[i] ?? 0));
  return steps.every((step) => step > 0.005) || steps.every((step) => step < -0.005);
}

describe("the heat scale", () => {
  const probability = fc.double({ min: 0, max: 1, noNaN: true });

  it("keeps the order of probabilities, from one end to the other", () => {
    for (const scale of heatScales) {
      assert.equal(heatStep(0, scale), 0);
      assert.equal(heatStep(1, scale), heatSteps - 1);
      fc.assert(
        fc.property(probability, probability, (a, b) => {
          assert.ok(heatPosition(Math.min(a, b), scale) <= heatPosition(Math.max(a, b), scale));
        }),
      );
    }
  });

  it("gives a power of ten a quarter of the logarithmic scale", () => {
    for (const [p, position] of [
      [logFloor, 0],
      [1e-3, 0.25],
      [1e-2, 0.5],
      [0.1, 0.75],
    ] as const)
      assert.ok(Math.abs(heatPosition(p, "log") - position) < 1e-9, String(p));
    assert.equal(heatPosition(0.25, "sqrt"), 0.5);
  });

  it("names both ends in the legend, in order", () => {
    for (const scale of heatScales) {
      const positions = heatTicks(scale).map((tick) => heatPosition(tick, scale));
      assert.deepEqual([positions[0], positions.at(-1)], [0, 1]);
      assert.deepEqual(
        positions,
        [...positions].sort((a, b) => a - b),
      );
    }
  });

  for (const { name, theme, palette } of palettes) {
    it(`moves one way in lightness, for colour-blind eyes too, over half of its range: ${name}`, () => {
      assert.ok(movesOneWay(lightness(palette.colors)), lightness(palette.colors).join(" "));
      for (const [kind, matrix] of Object.entries(deficiencies))
        assert.ok(movesOneWay(lightness(palette.colors.map((color) => seenAs(color, matrix)))), kind);
      const all = lightness(palette.colors);
      assert.ok(Math.abs((all[0] ?? 0) - (all.at(-1) ?? 0)) > 0.5);
    });

    it(`starts at the background; nothing is three other things: ${name}`, () => {
      assert.equal(palette.colors[0], theme.background);
      assert.notEqual(formatColor(palette.future), formatColor(theme.background));
      assert.notEqual(formatColor(palette.hatch), formatColor(palette.notComputed));
      assert.ok(contrast(palette.mark, theme.background) >= 2.5);
    });
  }

  it("packs colours as a canvas reads them", () => {
    const bytes = new Uint8Array(Uint32Array.of(pixel([1, 0.5, 0])).buffer);
    assert.deepEqual([...bytes], [255, 128, 0, 255]);
  });
});

describe("colours of categories", () => {
  for (const { name, theme } of palettes) {
    it(`differ, and can be seen: ${name}`, () => {
      for (const count of [1, 3, 12, 25]) {
        const colors = categoryColors(count, theme.background);
        assert.equal(new Set(colors.map(formatColor)).size, count);
        for (const color of colors) assert.ok(contrast(color, theme.background) >= 3);
      }
    });
  }
});
