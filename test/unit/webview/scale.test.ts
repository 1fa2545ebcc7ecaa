import assert from "node:assert/strict";
import fc from "fast-check";
import { contrast, formatColor, fromOklch, parseColor, type Rgb, toOklch } from "../../../src/webview/shared/color";
import { colorModes, levelCount, levelOf, modePalette } from "../../../src/webview/shared/colorModes";
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

describe("the colour modes", () => {
  const predicted = fc.record({
    logprob: fc.double({ min: -40, max: 0, noNaN: true }),
    rank: fc.integer({ min: 1, max: 60_000 }),
    entropy: fc.double({ min: 0, max: 16, noNaN: true }),
  });

  it("have a level for every token, higher for what was expected less", () => {
    fc.assert(
      fc.property(predicted, predicted, fc.constantFrom(...colorModes), (one, other, mode) => {
        const less = Object.fromEntries(
          (["logprob", "rank", "entropy"] as const).map((key) => {
            const pair = [one[key], other[key]].sort((a, b) => (key === "logprob" ? b - a : a - b));
            return [key, pair] as const;
          }),
        );
        const at = (i: 0 | 1) => ({
          logprob: less.logprob?.[i] ?? 0,
          rank: less.rank?.[i] ?? 1,
          entropy: less.entropy?.[i] ?? 0,
        });
        const [low, high] = [levelOf(mode, at(0)), levelOf(mode, at(1))];
        assert.ok(low <= high && low >= 0 && high < levelCount(mode), `${mode}: ${low}, ${high}`);
      }),
    );
  });

  it("have GLTR's buckets of ranks, and surprisal's own levels", () => {
    const of = (rank: number) => levelOf("rank", { logprob: -1, rank, entropy: 1 });
    assert.deepEqual([1, 2, 10, 11, 100, 101, 1000, 1001, 50_000].map(of), [0, 1, 1, 2, 2, 3, 3, 4, 4]);
    for (const bits of [0, 0.9, 1, 5, 12.9, 40])
      assert.equal(
        levelOf("surprisal", { logprob: -bits * Math.LN2, rank: 1, entropy: 1 }),
        surprisalLevel(-(-bits * Math.LN2) / Math.LN2),
      );
    assert.deepEqual(
      [0.95, 0.6, 0.3, 0.2, 0.05, 0.005, 0.0005].map((p) =>
        levelOf("probability", { logprob: Math.log(p), rank: 1, entropy: 1 }),
      ),
      [0, 1, 2, 3, 4, 5, 6],
    );
  });

  it("keep text readable in any theme, and tell levels apart by lightness alone", () => {
    fc.assert(
      fc.property(color, color, color, fc.constantFrom(...colorModes), (background, foreground, accent, mode) => {
        for (const swatch of modePalette(mode, { background, foreground, accent })) {
          assert.ok(contrast(swatch.background, swatch.text) >= 4.5);
          assert.ok(contrast(swatch.background, swatch.mark) >= 4.5);
        }
      }),
    );
    for (const [name, { variables }] of Object.entries(themes)) {
      const [background, foreground] = [read(variables, "editor-background"), read(variables, "editor-foreground")];
      const theme = { background, foreground, accent: read(variables, "charts-orange") };
      for (const mode of colorModes) {
        const lightness = modePalette(mode, theme).map((swatch) => toOklch(swatch.background).lightness);
        const steps = lightness.slice(1).map((value, i) => value - (lightness[i] ?? 0));
        assert.ok(
          steps.every((step) => step > 0.02) || steps.every((step) => step < -0.02),
          `${name}, ${mode}: ${steps.join(" ")}`,
        );
      }
    }
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
