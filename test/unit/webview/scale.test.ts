import assert from "node:assert/strict";
import fc from "fast-check";
import { contrast, formatColor, fromOklch, parseColor, type Rgb, toOklch } from "../../../src/webview/shared/color";
import {
  surprisalBounds,
  surprisalLevel,
  surprisalLevels,
  surprisalPalette,
} from "../../../src/webview/shared/surprisalScale";
import { themes } from "../../webview/themes";

const channel = fc.integer({ min: 0, max: 255 }).map((value) => value / 255);
const color = fc.tuple(channel, channel, channel) as fc.Arbitrary<Rgb>;

function read(variables: Readonly<Record<string, string>>, name: string): Rgb {
  const found = parseColor(variables[`--vscode-${name}`] ?? "");
  assert.ok(found, name);
  return found;
}

describe("the surprisal scale", () => {
  it("has a level for every surprisal, higher for more bits", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 60, noNaN: true }), fc.double({ min: 0, max: 60, noNaN: true }), (a, b) => {
        const [low, high] = [surprisalLevel(Math.min(a, b)), surprisalLevel(Math.max(a, b))];
        assert.ok(low <= high && low >= 0 && high < surprisalLevels);
      }),
    );
    assert.deepEqual(
      surprisalBounds.map((bound) => surprisalLevel(bound)),
      [1, 2, 3, 4, 5, 6],
    );
  });

  for (const [name, { variables }] of Object.entries(themes)) {
    it(`moves one way in lightness and keeps text readable: ${name}`, () => {
      const background = read(variables, "editor-background");
      const foreground = read(variables, "editor-foreground");
      const palette = surprisalPalette({ background, foreground, accent: read(variables, "charts-orange") });
      const lightness = palette.map((swatch) => toOklch(swatch.background).lightness);
      const steps = lightness.slice(1).map((value, i) => value - (lightness[i] ?? 0));
      assert.ok(steps.every((step) => step > 0.02) || steps.every((step) => step < -0.02), steps.join(" "));
      for (const swatch of palette.slice(1)) {
        assert.ok(contrast(swatch.background, swatch.text) >= 4.5);
        assert.ok(contrast(swatch.background, swatch.mark) >= 4.5);
      }
    });
  }
});

describe("the surprisal scale of any theme", () => {
  it("keeps its text readable", () => {
    fc.assert(
      fc.property(color, color, color, (background, foreground, accent) => {
        for (const swatch of surprisalPalette({ background, foreground, accent })) {
          assert.ok(contrast(swatch.background, swatch.text) >= 4.5);
          assert.ok(contrast(swatch.background, swatch.mark) >= 4.5);
        }
      }),
    );
  });
});

describe("colours", () => {
  it("are read as they are written", () => {
    fc.assert(
      fc.property(color, (rgb) => {
        assert.equal(formatColor(parseColor(formatColor(rgb)) ?? [9, 9, 9]), formatColor(rgb));
      }),
    );
    assert.deepEqual(parseColor("#fff"), [1, 1, 1]);
    assert.deepEqual(parseColor("rgba(255, 0, 0, 0.5)"), [1, 0, 0]);
    for (const text of ["", "red", "#12", "url(x)"]) assert.equal(parseColor(text), null);
  });

  it("come back from OKLCH", () => {
    fc.assert(
      fc.property(color, (rgb) => {
        const back = fromOklch(toOklch(rgb));
        for (const i of [0, 1, 2] as const) assert.ok(Math.abs(back[i] - rgb[i]) < 0.02);
      }),
    );
  });

  it("have WCAG's contrast", () => {
    assert.ok(Math.abs(contrast([0, 0, 0], [1, 1, 1]) - 21) < 1e-9);
    assert.ok(Math.abs(contrast([0x76 / 255, 0x76 / 255, 0x76 / 255], [1, 1, 1]) - 4.54) < 0.01);
  });
});
