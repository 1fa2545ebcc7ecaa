/** The comparison panel's pure parts: columns and their order, kept options, filters, overlaps, curves. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { lowerIsBetter as ofFiles } from "../../../src/runtime/comparison/comparisonFile";
import { buildReport } from "../../../src/runtime/comparison/report/buildReport";
import type { ComparisonReport, ReportArm } from "../../../src/runtime/comparisonReport";
import {
  armColumns,
  bestArms,
  fixedMetric,
  lowerIsBetter,
  nextSort,
  sortedArms,
} from "../../../src/webview/comparison/columns";
import { crossingsOf, curveSeries, strongArms } from "../../../src/webview/comparison/curveSeries";
import { firstView } from "../../../src/webview/comparison/itemsTitle";
import { lookOf } from "../../../src/webview/comparison/looks";
import {
  armsOf,
  defaultOptions,
  filterOf,
  type ItemsView,
  readOptions,
  withOpen,
} from "../../../src/webview/comparison/options";
import { overlapPieces } from "../../../src/webview/comparison/overlap";
import { numberFormats } from "../../../src/webview/shared/format";
import { simulated } from "../runtime/comparison/report/simulatedComparison";

const formats = numberFormats("en");

describe("the comparison panel's table of arms", () => {
  let report: ComparisonReport;
  before(async () => {
    const input = simulated({
      arms: [
        { name: "zero-shot", kind: "prompt", accuracy: 0.5, k: 0, dev: 0.5 },
        { name: "few-shot", kind: "prompt", accuracy: 0.6, seeds: [0, 1], dev: 0.6 },
        { name: "LoRA", kind: "lora", accuracy: 0.9, seeds: [0, 1], dev: 0.9, labelCurve: { 10: 0.5, 40: 0.9 } },
      ],
    });
    ({ report } = await buildReport(input));
  });

  it("takes less for better where files do", () => assert.deepEqual(lowerIsBetter, ofFiles));

  it("has every arm once in any order, values ascending or descending, those without one last", () => {
    const columns = armColumns(report, formats);
    const order = fc.tuple(fc.constantFrom(...columns), fc.boolean());
    fc.assert(
      fc.property(order, ([column, descending]) => {
        const places = sortedArms(report.arms, columns, { column: column.id, descending });
        assert.deepEqual(
          [...places].sort((a, b) => a - b),
          report.arms.map((_, place) => place),
        );
        const values = places.map((place) => column.value(report.arms[place] as ReportArm));
        const present = values.filter((value) => value !== null);
        assert.ok(values.slice(present.length).every((value) => value === null));
        for (const [i, value] of present.entries()) {
          const next = present[i + 1];
          if (typeof value === "number" && typeof next === "number")
            assert.ok(descending ? value >= next : value <= next);
        }
      }),
      { numRuns: 60 },
    );
    assert.deepEqual(
      sortedArms(report.arms, columns, { column: "unknown", descending: true }),
      report.arms.map((_, i) => i),
    );
  });

  it("turns round with a second click, and gives the file's order back with a third", () => {
    const column = { id: "accuracy", first: "descending" } as const;
    const first = nextSort(null, column);
    const second = nextSort(first, column);
    assert.deepEqual(
      [first, second, nextSort(second, column)],
      [{ column: "accuracy", descending: true }, { column: "accuracy", descending: false }, null],
    );
    assert.deepEqual(nextSort(second, { id: "logLoss", first: "ascending" }), { column: "logLoss", descending: false });
  });

  it("marks the highest accuracy and the lowest log-loss, and equals alike", () => {
    const columns = armColumns(report, formats);
    const column = (id: string) => columns.find((one) => one.id === id) ?? assert.fail(id);
    const values = (id: "accuracy" | "logLoss") => report.arms.map(({ metrics }) => metrics[id]?.value ?? Number.NaN);
    const accuracies = values("accuracy");
    assert.deepEqual([...bestArms(report.arms, column("accuracy"))], [accuracies.indexOf(Math.max(...accuracies))]);
    const losses = values("logLoss");
    assert.ok(bestArms(report.arms, column("logLoss")).has(losses.indexOf(Math.min(...losses))));
    const [arm] = report.arms;
    assert.deepEqual([...bestArms([arm, arm] as ReportArm[], column("accuracy"))], [0, 1]);
    assert.equal(bestArms(report.arms, column("seeds")).size, 0);
  });

  it("writes values of a metric with equal decimals", () => {
    assert.deepEqual(
      [0.8125, 1, 0].map((value) => fixedMetric("accuracy", value)),
      ["81.3 %", "100.0 %", "0.0 %"],
    );
    assert.deepEqual(
      [13.5164, 0.07, -1].map((value) => fixedMetric("logLoss", value)),
      ["13.516", "0.070", "−1.000"],
    );
  });

  it("writes costs in one unit, in which the least is not nothing", () => {
    const cost = (itemMs: number) => ({ trainMs: null, itemMs, peakBytes: 2e9, addedBytes: 0, itemTokens: 1 });
    const arms = [4, 90_000].map((itemMs) => ({ ...(report.arms[0] as ReportArm), cost: cost(itemMs) }));
    const columns = armColumns({ ...report, arms }, formats);
    const texts = (id: string) => arms.map((arm) => columns.find((one) => one.id === id)?.text(arm));
    assert.deepEqual(texts("item"), ["4.0", "90,000.0"]);
    assert.deepEqual(texts("memory"), ["2.00", "2.00"]);
    assert.deepEqual(texts("added"), ["–", "–"]);
    assert.equal(columns.find(({ id }) => id === "memory")?.name, "Memory, GB");
  });

  it("begins with the best prompt against the best training, on dev", () => {
    assert.deepEqual(firstView(report), { kind: "differ", right: 1, wrong: 2 });
    const alone = { ...report, arms: report.arms.slice(0, 1), pairs: [] };
    assert.deepEqual(firstView(alone), { kind: "wrong", arm: 0 });
  });

  it("draws prompts without a curve as level lines from the least to the most labels, those of test among them", () => {
    const series = curveSeries(report, "labels");
    assert.deepEqual(
      series.map(({ name, flat }) => [name, flat]),
      [
        ["LoRA", false],
        ["zero-shot", true],
        ["few-shot", true],
      ],
    );
    for (const { points } of series) assert.deepEqual([points[0]?.at, points.at(-1)?.at], [10, 60]);
    assert.deepEqual(strongArms(series, report), [2, 0, 1]);
    assert.deepEqual(curveSeries(report, "k"), []);
    const crossover = {
      first: 2,
      second: 0,
      words: "",
      low: { kind: "at", labels: 1 },
      high: { kind: "at", labels: 9 },
    } as const;
    const crossovers = (["at", "beyond"] as const).map((kind) => ({ ...crossover, estimate: { kind, labels: 5 } }));
    assert.deepEqual(
      crossingsOf(crossovers, series).map(({ look }) => look),
      [2],
    );
  });

  it("lets the best prompt and the best training stand out of many curves", () => {
    const one = curveSeries(report, "labels");
    const many = [
      ...one,
      ...one.map((curve) => ({ ...curve, points: curve.points.map((point) => ({ ...point, mean: 0 })) })),
    ];
    assert.deepEqual(strongArms(many, report), [1, 2]);
  });

  it("tells twenty-eight arms apart", () => {
    const looks = Array.from({ length: 28 }, (_, i) => JSON.stringify(lookOf(i)));
    assert.equal(new Set(looks).size, 28);
  });
});

describe("the comparison panel's options", () => {
  it("are read back as they were kept", () => {
    const views: readonly ItemsView[] = [
      { kind: "all", arm: 2 },
      { kind: "wrong", arm: 1 },
      { kind: "differ", right: 3, wrong: 0 },
      { kind: "cell", arm: 0, label: 2, answer: 1 },
      { kind: "bin", arm: 1, from: 0.2, to: 0.4 },
      { kind: "slice", slice: 5 },
      { kind: "item", item: 17 },
    ];
    for (const items of views) {
      const options = {
        sort: { column: "accuracy", descending: true },
        open: ["arm-1"],
        pair: [1, 2],
        curves: [0],
        items,
      };
      assert.deepEqual(readOptions(JSON.parse(JSON.stringify(options))), options);
    }
  });

  it("are the defaults for what is none of ours", () => {
    fc.assert(
      fc.property(fc.anything(), (kept) => {
        const { sort, open, pair, curves, items } = readOptions(kept);
        assert.ok(open.every((id) => typeof id === "string"));
        for (const number of [...(pair ?? []), ...(curves ?? [])])
          assert.ok(Number.isSafeInteger(number) && number >= 0);
        assert.ok(sort === null || typeof sort.column === "string");
        if (items) filterOf(items, []);
      }),
      { numRuns: 200 },
    );
    for (const kept of [null, 3, "x", [], {}]) assert.deepEqual(readOptions(kept), defaultOptions);
  });

  it("ask for the items behind what is looked at", () => {
    const slices = [{ arm: 1, only: [4, 5] }];
    assert.deepEqual(filterOf({ kind: "slice", slice: 0 }, slices), { only: [4, 5], wrong: 1 });
    assert.deepEqual(filterOf({ kind: "slice", slice: 1 }, slices), { only: [] });
    assert.deepEqual(filterOf({ kind: "item", item: 3 }, slices), { only: [3] });
    assert.deepEqual(armsOf({ kind: "differ", right: 2, wrong: 0 }, slices), [2, 0]);
    assert.deepEqual(armsOf({ kind: "slice", slice: 0 }, slices), [1]);
  });

  it("open and close parts once", () => {
    const opened = withOpen(defaultOptions, "a", true);
    assert.equal(withOpen(opened, "a", true), opened);
    assert.deepEqual(withOpen(opened, "a", false), defaultOptions);
  });
});

describe("an overlap in an item's text", () => {
  it("is marked whatever its case and punctuation, and leaves no letter out", () => {
    const text = "Well: “Don't panic,” — it SAID. Twice.";
    const pieces = overlapPieces(text, "dont panic it said");
    assert.deepEqual(pieces.map((piece) => piece.text).join(""), text);
    assert.deepEqual(
      pieces.filter(({ marked }) => marked).map((piece) => piece.text),
      ["“Don't panic,” — it SAID."],
    );
  });

  it("that was shortened is marked as far as it goes; one that is not there is not", () => {
    assert.deepEqual(
      overlapPieces("a b c d", "b c …").map(({ text, marked }) => [text, marked]),
      [
        ["a ", false],
        ["b c", true],
        [" d", false],
      ],
    );
    assert.deepEqual(overlapPieces("a b c", "x y"), [{ text: "a b c", marked: false }]);
    assert.deepEqual(overlapPieces("a b c", ""), [{ text: "a b c", marked: false }]);
  });
});
