import assert from "node:assert/strict";
import fc from "fast-check";
import { keyTarget, type StripGeometry } from "../../../src/webview/inspector/stripKeys";
import { blockRows, blocksAt, boxOf, layoutRows, rowIndexOf } from "../../../src/webview/inspector/stripLayout";
import { defaultStripOptions, readStripOptions } from "../../../src/webview/inspector/stripOptions";

const token = fc.constantFrom("a", " word", "\n", "}\n", "\n\n", "x".repeat(40)).map((text) => ({ text }));
const tokens = fc.array(token, { maxLength: 700 });
const sizes = (list: readonly { readonly text: string }[]) => ({
  width: 100,
  rowHeight: 20,
  paragraphGap: 12,
  widths: list.map(({ text }) => text.length * 7 + 3),
  tallHeight: () => 60,
});

describe("the strip's layout", () => {
  it("holds every token once, in order, in rows that are no wider than the strip and cross no line", () => {
    fc.assert(
      fc.property(tokens, (list) => {
        const { rows, widths, height } = layoutRows(list, sizes(list));
        let [at, bottom] = [0, 0];
        for (const row of rows) {
          assert.equal(row.start, at);
          assert.ok(row.end > row.start && row.top >= bottom);
          const width = widths.slice(row.start, row.end).reduce((sum, one) => sum + one, 0);
          assert.ok(width <= 100 || row.end - row.start === 1);
          assert.equal(row.height, width > 100 ? 60 : 20);
          assert.ok(list.slice(row.start, row.end - 1).every(({ text }) => !text.includes("\n")));
          const next = widths[row.end];
          const full = next === undefined || width + next > 100;
          assert.ok(full || list[row.end - 1]?.text.includes("\n"), "no row ends early");
          [at, bottom] = [row.end, row.top + row.height];
        }
        assert.deepEqual([at, bottom], [list.length, height]);
      }),
    );
  });

  it("leaves a gap between paragraphs", () => {
    const list = ["a", "\n\n", "b", "\n", "c"].map((text) => ({ text }));
    assert.deepEqual(
      layoutRows(list, sizes(list)).rows.map(({ top }) => top),
      [0, 32, 52],
    );
  });

  it("knows where each token stands", () => {
    fc.assert(
      fc.property(tokens, (list) => {
        const layout = layoutRows(list, sizes(list));
        for (const [i, row] of layout.rows.entries()) {
          let left = 0;
          for (let index = row.start; index < row.end; index++) {
            assert.equal(rowIndexOf(layout, index), i);
            const right = left + (layout.widths[index] ?? 0);
            assert.deepEqual(boxOf(layout, index), { left, right, top: row.top, bottom: row.top + row.height });
            left = right;
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it("draws the rows in sight and the pinned tokens' alone, however many there are", () => {
    const list = Array.from({ length: 10_000 }, () => ({ text: "word" }));
    const layout = layoutRows(list, sizes(list));
    fc.assert(
      fc.property(fc.integer({ min: -500, max: 70_000 }), fc.nat({ max: 9_999 }), (from, pinned) => {
        const blocks = blocksAt(layout, from, from + 600, [pinned]);
        const rows = blocks.flatMap((block) => block.rows);
        const inSight = layout.rows.filter(({ top, height }) => top < from + 600 && top + height > from);
        assert.ok(inSight.every((row) => rows.includes(row)));
        assert.ok(rows.some((row) => pinned >= row.start && pinned < row.end));
        assert.ok(rows.length <= 600 / 20 + 4 * blockRows, `${rows.length} rows`);
        assert.deepEqual(
          blocks.map(({ id }) => id),
          [...new Set(blocks.map(({ id }) => id))].sort((a, b) => a - b),
        );
      }),
    );
    assert.deepEqual(blocksAt(layoutRows([], sizes([])), 0, 600, []), []);
  });
});

describe("the strip's options", () => {
  it("are read back, and are at their defaults where they are none", () => {
    const options = { mode: "rank", boundaries: true, ids: false, bytes: true } as const;
    assert.deepEqual(readStripOptions(JSON.parse(JSON.stringify(options))), options);
    for (const kept of [null, 3, "rank", {}, { mode: "x", ids: "yes" }])
      assert.deepEqual(readStripOptions(kept), defaultStripOptions);
  });
});

describe("the strip's keys", () => {
  /** Ten tokens a line, each 10 by 20 pixels. */
  const strip: StripGeometry = {
    count: 95,
    pageHeight: 60,
    boxOf: (index) => ({
      left: (index % 10) * 10,
      right: (index % 10) * 10 + 10,
      top: Math.floor(index / 10) * 20,
      bottom: Math.floor(index / 10) * 20 + 20,
    }),
  };
  const go = (key: string, from: number, ctrlKey = false) =>
    keyTarget({ key, ctrlKey }, from, (from % 10) * 10 + 5, strip);

  it("go by token, line, page and to the ends", () => {
    assert.deepEqual(
      [go("ArrowRight", 3), go("ArrowLeft", 3), go("ArrowLeft", 0), go("ArrowRight", 94)],
      [4, 2, 0, 94],
    );
    assert.deepEqual([go("ArrowDown", 23), go("ArrowUp", 23), go("ArrowUp", 3)], [33, 13, 3]);
    assert.deepEqual([go("Home", 27), go("End", 27), go("Home", 27, true), go("End", 27, true)], [20, 29, 0, 94]);
    assert.deepEqual([go("PageDown", 5), go("PageUp", 65)], [35, 35]);
    assert.equal(go("x", 5), null);
  });

  it("down from the last full line lands on the nearest token of the short one", () => {
    assert.equal(go("ArrowDown", 89), 94);
    assert.equal(go("ArrowDown", 93), 93);
  });

  it("never leave the strip", () => {
    const keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.integer({ min: 0, max: 94 }), fc.boolean(), (key, from, ctrl) => {
        const target = go(key, from, ctrl);
        assert.ok(target !== null && target >= 0 && target < 95);
      }),
    );
  });
});
