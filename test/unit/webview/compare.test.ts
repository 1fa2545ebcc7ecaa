import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { CellBrief, CompareHeader } from "../../../src/runtime/comparePanelProtocol";
import { CompareData } from "../../../src/webview/compare/data";
import { exportedFile } from "../../../src/webview/compare/exportFiles";
import {
  columnSpan,
  columnWidths,
  keyTarget,
  numbersOf,
  rowHeight,
  rowSpan,
  scrolledTo,
} from "../../../src/webview/compare/gridLayout";
import { defaultOptions, readOptions, toggled, type ViewOptions } from "../../../src/webview/compare/options";
import { matchesOf, visibleRows } from "../../../src/webview/compare/rows";
import { diffWords } from "../../../src/webview/shared/textDiff";

const header: Extract<CompareHeader, { kind: "run" }> = {
  ...{
    kind: "run",
    run: 7,
    title: "t",
    folders: [],
    models: [],
    task: "",
    startedAt: null,
    items: 4,
    done: 8,
    total: 8,
  },
  variants: [
    { name: "a", rule: "sum" },
    { name: "=b", rule: "sum" },
  ],
  ...{ elapsedMs: 1, status: { kind: "complete" }, notes: [], summaries: [], repeatable: true },
};

function cell(variant: number, item: number, output: string, more: Partial<CellBrief> = {}): CellBrief {
  return {
    ...{ variant, item, output, gold: "yes", correct: output.trim() === "yes", answers: null, shares: [], tokens: [] },
    ...{ logprob: -item, logprobTokens: 1, ms: 10 - item, cached: false, shortened: false },
    ...more,
  };
}

/** Outputs: 0 yes/yes, 1 yes/no, 2 no/no, 3 NO/missing. */
function fourRows(): CompareData {
  const data = new CompareData();
  data.show(header);
  const items = ["Apple", "pear", "fig", "plum"].map((text) => ({ fields: { text }, gold: "yes" }));
  data.addItems({ run: 7, from: 0, items });
  const cells = [cell(0, 0, "yes"), cell(1, 0, " yes"), cell(0, 1, "yes"), cell(1, 1, "no"), cell(0, 2, "no")];
  data.addCells({ run: 7, cells: [...cells, cell(1, 2, "no"), cell(0, 3, "NO", { logprob: null })] });
  data.showMarks({
    run: 7,
    marks: [
      { variant: 0, item: 3, rating: null, note: "n", pinned: false },
      { variant: 1, item: 2, rating: null, note: "", pinned: true },
    ],
  });
  return data;
}

const rowsOf = (data: CompareData, more: Partial<ViewOptions>) => visibleRows(data, { ...defaultOptions, ...more });

describe("rows of the compare panel", () => {
  it("filters by differences, mistakes, disagreement, pins and marks, all at once", () => {
    const data = fourRows();
    assert.deepEqual(rowsOf(data, {}), [0, 1, 2, 3]);
    assert.deepEqual(rowsOf(data, { filters: ["differences"] }), [1]);
    assert.deepEqual(rowsOf(data, { filters: ["wrong"] }), [1, 2, 3]);
    assert.deepEqual(rowsOf(data, { filters: ["disagreeing"] }), [1]);
    assert.deepEqual(rowsOf(data, { filters: ["pinned"] }), [2]);
    assert.deepEqual(rowsOf(data, { filters: ["rated"] }), [3]);
    assert.deepEqual(rowsOf(data, { filters: ["wrong", "pinned"] }), [2]);
  });

  it("finds text in inputs and outputs whatever its case, and leaves rows out only when it filters", () => {
    const data = fourRows();
    assert.deepEqual(rowsOf(data, { query: "APPLE" }), [0]);
    assert.deepEqual(rowsOf(data, { query: "no" }), [1, 2, 3]);
    const all = rowsOf(data, { query: "no", filtering: false });
    assert.deepEqual(all, [0, 1, 2, 3]);
    assert.deepEqual(matchesOf(data, all, "no"), [
      [1, 1],
      [2, 0],
      [2, 1],
      [3, 0],
    ]);
    assert.deepEqual(matchesOf(data, all, "pear"), [[1, -1]]);
  });

  it("sorts by a variant, stably, with what has no value last either way", () => {
    const data = fourRows();
    const by = (key: ViewOptions["sort"]["key"], variant: number, descending: boolean) =>
      rowsOf(data, { sort: { key, variant, descending } });
    assert.deepEqual(by("input", 0, true), [3, 2, 1, 0]);
    assert.deepEqual(by("correct", 0, false), [2, 3, 0, 1]);
    assert.deepEqual(by("logprob", 0, false), [2, 1, 0, 3]);
    assert.deepEqual(by("logprob", 0, true), [0, 1, 2, 3]);
    assert.deepEqual(by("ms", 1, false), [2, 1, 0, 3]);
  });

  it("drops what belongs to another run, and forgets everything when a new one begins", () => {
    const data = fourRows();
    data.addCells({ run: 6, cells: [cell(0, 0, "late")] });
    assert.equal(data.cell(0, 0)?.output, "yes");
    data.show({ ...header, done: 9 });
    assert.equal(data.items.length, 4);
    data.show({ ...header, run: 8 });
    assert.deepEqual([data.items.length, data.cell(0, 0), data.marksOf(3).length], [0, undefined, 0]);
  });

  it("reads back the options that it kept, and nothing else", () => {
    const options: ViewOptions = {
      ...{ tab: "summary", query: "x", filtering: false, filters: ["wrong", "rated"] },
      sort: { key: "ms", variant: 2, descending: true },
    };
    assert.deepEqual(readOptions(JSON.parse(JSON.stringify(options))), options);
    fc.assert(
      fc.property(fc.anything(), (kept) => {
        const read = readOptions(kept);
        assert.deepEqual(readOptions(read), read);
      }),
    );
    assert.deepEqual(toggled(toggled(defaultOptions, "wrong"), "wrong"), defaultOptions);
  });
});

describe("the grid's layout", () => {
  const sizes = fc.record({
    count: fc.nat(100_000),
    top: fc.nat(7_000_000),
    height: fc.integer({ min: 1, max: 3000 }),
  });

  it("draws every row in sight, and few more", () => {
    fc.assert(
      fc.property(sizes, ({ count, top, height }) => {
        const { first, last } = rowSpan(top, height, count);
        assert.ok(first >= 0 && last < Math.max(1, count));
        assert.ok(last - first + 1 <= height / rowHeight + 9);
        const seen = Math.floor(top / rowHeight);
        if (seen < count) assert.ok(first <= seen && seen <= last);
      }),
    );
  });

  it("keeps the active row in the document, in its place", () => {
    assert.deepEqual(numbersOf({ first: 5, last: 7 }, 2, 100), [2, 5, 6, 7]);
    assert.deepEqual(numbersOf({ first: 5, last: 7 }, 90, 100), [5, 6, 7, 90]);
    assert.deepEqual(numbersOf({ first: 5, last: 7 }, 6, 100), [5, 6, 7]);
    assert.deepEqual(numbersOf({ first: 0, last: -1 }, 0, 0), []);
  });

  it("draws the columns in sight at every width", () => {
    for (const width of [320, 560, 900, 2000]) {
      for (const count of [1, 2, 10, 200]) {
        const widths = columnWidths(width, count);
        const { first, last } = columnSpan(0, width, widths, count);
        assert.equal(first, 0);
        assert.ok(last === count - 1 || (last + 1) * widths.variant + widths.input >= width);
      }
    }
  });

  it("goes where the keys say, and stays inside", () => {
    const size = { rows: 50, columns: 3, page: 10 };
    const go = (key: string, row: number, column: number, ctrlKey = false) =>
      keyTarget({ key, ctrlKey, metaKey: false }, { row, column }, size);
    assert.deepEqual(go("PageDown", 45, 1), { row: 49, column: 1 });
    assert.deepEqual(go("PageUp", 5, 1), { row: 0, column: 1 });
    assert.deepEqual(go("ArrowUp", 0, 1), { row: -1, column: 1 });
    assert.deepEqual(go("ArrowLeft", 3, 0), { row: 3, column: -1 });
    assert.deepEqual(go("Home", 3, 2, true), { row: 0, column: -1 });
    assert.deepEqual(go("End", 3, 0, true), { row: 49, column: 2 });
    assert.equal(go("x", 0, 0), null);
  });

  it("scrolls no further than needed", () => {
    assert.equal(scrolledTo(100, 50, 0, 500), 0);
    assert.equal(scrolledTo(600, 50, 0, 500), 150);
    assert.equal(scrolledTo(100, 50, 300, 500), 100);
  });
});

describe("exports of the compare panel", () => {
  it("gives the rows that are shown, in their order, with nothing that a spreadsheet would run", () => {
    const data = fourRows();
    const { content: csv } = exportedFile("csv", header, data, [3, 1]);
    const lines = String(csv).trim().split("\r\n");
    assert.equal(lines.length, 1 + 1 + 2);
    assert.match(lines[1] ?? "", /^3,plum,yes,a,sum,NO,false,,,1,7,false,,false,n$/);
    assert.match(lines[3] ?? "", /^1,pear,yes,'=b,/);
    const json = JSON.parse(String(exportedFile("json", header, data, [2]).content));
    assert.deepEqual(
      json.rows.map((row: { item: number }) => row.item),
      [2],
    );
    assert.equal(json.rows[0].marks[0].pinned, true);
    const markdown = String(exportedFile("md", header, data, [1]).content);
    assert.match(markdown, /\| 2 \| pear \| yes \| ✓ yes \| ✗ no \|/);
  });
});

describe("the diff of two texts", () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "cc", " ", "\n", ".", "ü"), { maxLength: 40 })
    .map((parts) => parts.join(""));

  it("gives both texts back, and no difference for one text", () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        const parts = diffWords(a, b);
        const without = (kind: string) =>
          parts
            .filter((part) => part.kind !== kind)
            .map((part) => part.text)
            .join("");
        assert.equal(without("added"), a);
        assert.equal(without("removed"), b);
        assert.ok(diffWords(a, a).every(({ kind }) => kind === "same"));
      }),
    );
  });

  it("changes as little as can be", () => {
    assert.deepEqual(diffWords("the old film was good", "the new film was very good"), [
      { kind: "same", text: "the " },
      { kind: "removed", text: "old" },
      { kind: "added", text: "new" },
      { kind: "same", text: " film was" },
      { kind: "added", text: " very" },
      { kind: "same", text: " good" },
    ]);
  });

  it("stays quick when nothing is the same", () => {
    const words = (prefix: string) => Array.from({ length: 4000 }, (_, i) => `${prefix}${i}`).join(" ");
    const parts = diffWords(words("a"), words("b"));
    assert.ok(parts.length > 0);
  });
});
