import assert from "node:assert/strict";
import { divergenceBounds, divergencePaint, rankedHeads } from "../../../src/webview/inspector/comparison/headRanks";
import {
  differs,
  largest,
  linesOf,
  sideNames,
  sumsOf,
  tokensIn,
  unitsOf,
} from "../../../src/webview/inspector/comparison/units";
import { unitLabel } from "../../../src/webview/inspector/comparison/unitViews";
import { contrast, parseColor, toOklch } from "../../../src/webview/shared/color";
import { numberFormats } from "../../../src/webview/shared/format";
import { differenceBounds, differenceClass, differenceLevel, paintTable } from "../../../src/webview/shared/scales";
import { comparison } from "../../webview/analysisAnswers";
import { themes } from "../../webview/themes";

const state = comparison();
const units = unitsOf(state);

describe("a comparison's units", () => {
  it("hold every token of both sides once, in order", () => {
    for (const side of ["a", "b"] as const) {
      const held = units.flatMap((unit) => tokensIn(state, unit, side));
      assert.deepEqual(held, state[side].tokens);
    }
  });

  it("add up to the difference of the totals", () => {
    const { a, b, difference } = sumsOf(units);
    // Sums of some hundred doubles in another order.
    assert.ok(Math.abs(a - state.a.summary.bits) < 1e-9);
    assert.ok(Math.abs(b - state.b.summary.bits) < 1e-9);
    assert.ok(Math.abs(difference - (state.b.summary.bits - state.a.summary.bits)) < 1e-9);
    assert.ok(Math.abs(difference) > 5);
  });

  it("take runs of the same tokens apart, and no others", () => {
    for (const { kind, a, b } of units) {
      if (kind === "same") assert.deepEqual([a[1] - a[0], b[1] - b[0]], [1, 1]);
    }
    const kinds = new Set(units.map(({ kind }) => kind));
    assert.deepEqual([...kinds].sort(), ["changed", "onlyB", "same"]);
  });

  it("differ where tokens or bits do", () => {
    const [same] = units.filter(({ kind }) => kind === "same");
    assert.ok(same);
    assert.equal(differs({ ...same, difference: 0.09 }), false);
    assert.equal(differs({ ...same, difference: -0.2 }), true);
    assert.equal(differs({ ...same, kind: "changed", difference: 0 }), true);
  });

  it("stand in lines that end at line breaks", () => {
    const lines = linesOf(state, units);
    assert.deepEqual(
      lines.flatMap((line) => line.units),
      units,
    );
    for (const line of lines) {
      const inner = line.units.slice(0, -1);
      assert.ok(inner.every((unit) => tokensIn(state, unit, "a").every(({ text }) => !text.includes("\n"))));
    }
    assert.ok(lines.length >= 4);
  });

  it("are listed by what they make of the difference", () => {
    const top = largest(units, 5).map(({ difference }) => Math.abs(difference));
    assert.equal(top.length, 5);
    assert.equal(top[0], Math.max(...units.map(({ difference }) => Math.abs(difference))));
  });

  it("are spoken with their side and their sign", () => {
    const formats = numberFormats("en");
    const changed = units.find(({ kind }) => kind === "changed") ?? assert.fail();
    assert.match(unitLabel(changed, { state, formats }), /^A ' France', B ' Germany': \+\d\.\d\d bits$/);
  });

  it("name models where the text is one", () => {
    const other = { ...state.b, label: state.a.label, model: { ...state.b.model, folder: "/m/two", name: "two" } };
    assert.deepEqual(sideNames({ ...state, b: other }), { a: "A · starter", b: "B · two" });
    assert.deepEqual(sideNames(state), { a: "A · france.txt", b: "B · germany.txt" });
  });
});

describe("heads by divergence", () => {
  it("come the most different first, without those that could not be compared", () => {
    const heads = { layers: 2, heads: 2, queries: 3, divergence: [0.1, null, 0.4, 0.2] };
    assert.deepEqual(rankedHeads(heads), [
      { layer: 1, head: 0, divergence: 0.4 },
      { layer: 1, head: 1, divergence: 0.2 },
      { layer: 0, head: 0, divergence: 0.1 },
    ]);
  });

  it("have a level for every divergence", () => {
    assert.deepEqual([null, 0, ...divergenceBounds, 1].map(divergencePaint), [
      "background",
      ...[0, 1, 2, 3, 4, 5, 6, 6].map((level) => `surprisal-${level}`),
    ]);
  });
});

describe("the scale of differences", () => {
  it("has a side and a level, and a middle that is neither", () => {
    assert.equal(differenceLevel(0), null);
    assert.equal(differenceLevel(-0.05), null);
    assert.deepEqual(
      differenceBounds.map((bound) => differenceLevel(-bound)),
      [1, 2, 3, 4, 5].map((level) => ({ side: "less", level })),
    );
    assert.deepEqual([differenceClass(Number.NaN), differenceClass(1.5)], ["difference-0", "difference-more-3"]);
  });

  for (const [name, { variables }] of Object.entries(themes)) {
    it(`keeps text readable and moves one way on either side: ${name}`, () => {
      const read = (key: string) => parseColor(variables[`--vscode-${key}`] ?? "") ?? assert.fail(key);
      const [background, foreground] = [read("editor-background"), read("editor-foreground")];
      const table = paintTable({
        ...{ background, foreground, muted: foreground, line: foreground },
        ...{ accent: read("charts-orange"), blue: read("charts-blue") },
      });
      const color = (paint: string) => parseColor(table.get(paint) ?? "") ?? assert.fail(paint);
      for (const scale of ["difference-less", "difference-more", "probability"]) {
        const from = scale === "probability" ? 0 : 1;
        const levels = [0, 1, 2, 3, 4].map((index) => `${scale}-${index + from}`);
        for (const level of levels) assert.ok(contrast(color(level), color(`${level}-text`)) >= 4.5, level);
        const lightness = levels.map((level) => toOklch(color(level)).lightness);
        const steps = lightness.slice(1).map((value, index) => value - (lightness[index] ?? 0));
        assert.ok(steps.every((step) => step > 0.02) || steps.every((step) => step < -0.02), steps.join(" "));
      }
    });
  }
});
