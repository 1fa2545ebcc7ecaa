import assert from "node:assert/strict";
import fc from "fast-check";
import { drawnKeys, drawnQueries } from "../../../src/webview/inspector/attention/linesLayout";
import { tickStep } from "../../../src/webview/inspector/attention/mapDrawing";
import { mapKey } from "../../../src/webview/inspector/attention/mapKeys";
import {
  gridTarget,
  layerLayout,
  maxQuestionBytes,
  placeOf,
  sortedLayout,
  thumbnailSize,
} from "../../../src/webview/inspector/attention/overviewLayout";
import { reachRows, reachShare } from "../../../src/webview/inspector/attention/reachLayout";
import {
  cellAt,
  fitView,
  gutter,
  levelFor,
  panBy,
  reveal,
  visibleCells,
  zoomAt,
} from "../../../src/webview/inspector/attention/viewport";

describe("the grid of heads", () => {
  it("keeps thumbnails apart and inside", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 1100 }),
        fc.integer({ min: 1, max: 48 }),
        fc.integer({ min: 1, max: 25 }),
        (width, layers, heads) => {
          for (const layout of [layerLayout(width, layers, heads), sortedLayout(width, layers * heads)]) {
            const last = placeOf(layers * heads - 1, layout);
            assert.ok(last[0] + layout.side <= layout.width && last[1] + layout.side <= layout.height);
            assert.ok(layout.stepX > layout.side && layout.stepY > layout.side && layout.side >= 18);
          }
          assert.ok(sortedLayout(width, layers * heads).width <= width);
        },
      ),
    );
  });

  it("asks for thumbnails that cover their place and fit in one answer", () => {
    assert.equal(thumbnailSize(26, 12, 12), 32);
    assert.equal(thumbnailSize(104, 4, 3), 128);
    assert.equal(thumbnailSize(32, 4, 3), 32);
    const size = thumbnailSize(128, 48, 25);
    assert.ok(48 * 25 * size * size * 4 <= maxQuestionBytes && size >= 8);
  });

  it("moves with the arrow keys, over a last row that is not full", () => {
    const to = (key: string, from: number, ctrlKey = false) => gridTarget({ key, ctrlKey }, from, 10, 4);
    assert.deepEqual(
      [
        to("ArrowRight", 3),
        to("ArrowLeft", 0),
        to("ArrowDown", 5),
        to("ArrowDown", 7),
        to("ArrowUp", 2),
        to("ArrowUp", 9),
      ],
      [4, 0, 9, 7, 2, 5],
    );
    assert.deepEqual(
      [to("Home", 6), to("End", 8), to("Home", 6, true), to("End", 1, true), to("a", 1)],
      [4, 9, 0, 9, null],
    );
  });
});

const shape = { rows: 1024, columns: 1024, width: 600, height: 500 };

describe("the view of a map", () => {
  it("fits the whole map, of any size, below its labels", () => {
    for (const tokens of [1, 5, 36, 40, 108, 1024, 8192]) {
      const all = { ...shape, rows: tokens, columns: tokens };
      const view = fitView(all);
      const { left, top } = gutter(view.cell);
      assert.ok(view.cell * tokens <= 600 - left + 1e-6 && view.cell * tokens <= 500 - top + 1e-6, String(tokens));
      assert.deepEqual(visibleCells(view, all), { rows: [0, tokens], columns: [0, tokens] });
    }
  });

  it("keeps the cell under the pointer where it is when zooming", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 100, max: 590, noNaN: true }),
        fc.double({ min: 100, max: 490, noNaN: true }),
        fc.double({ min: 0.5, max: 4, noNaN: true }),
        (x, y, factor) => {
          const before = panBy({ cell: 8, row: 300, column: 300 }, shape, 0, 0);
          const cell = cellAt(before, shape, x, y);
          const after = zoomAt(before, shape, factor, x, y);
          assert.ok(after.cell >= fitView(shape).cell);
          const place = (view: typeof before) => view.column + (x - gutter(view.cell).left) / view.cell;
          assert.ok(Math.abs(place(after) - place(before)) < 1e-6);
          assert.ok(cell);
        },
      ),
    );
  });

  it("stays on the map however it is moved", () => {
    fc.assert(
      fc.property(fc.integer({ min: -9999, max: 9999 }), fc.integer({ min: -9999, max: 9999 }), (dx, dy) => {
        const { row, column } = panBy({ cell: 10, row: 100, column: 100 }, shape, dx, dy);
        assert.ok(row >= 0 && column >= 0);
        assert.ok(
          row + (500 - gutter(10).top) / 10 <= 1024 + 1e-9 && column + (600 - gutter(10).left) / 10 <= 1024 + 1e-9,
        );
      }),
    );
  });

  it("finds cells, and none in the gutter or beyond the map", () => {
    const view = { cell: 20, row: 10, column: 5 };
    assert.deepEqual(cellAt(view, shape, 84 + 1, 76 + 1), { row: 10, column: 5 });
    assert.deepEqual(cellAt(view, shape, 84 + 45, 76 + 65), { row: 13, column: 7 });
    assert.equal(cellAt(view, shape, 50, 200), null);
    const small = { rows: 3, columns: 3, width: 600, height: 500 };
    assert.equal(cellAt({ cell: 20, row: 0, column: 0 }, small, 84 + 61, 80), null);
  });

  it("moves no further than needed to show a cell", () => {
    const view = { cell: 20, row: 10, column: 10 };
    assert.deepEqual(reveal(view, shape, { row: 12, column: 12 }), view);
    assert.deepEqual(reveal(view, shape, { row: 3, column: 12 }), { ...view, row: 3 });
    const right = reveal(view, shape, { row: 12, column: 600 });
    assert.ok(Math.abs(right.column + (600 - 84) / 20 - 601) < 1e-9);
  });

  it("draws from the level whose blocks are a pixel or more, less than two", () => {
    for (const cell of [0.06, 0.3, 0.5, 0.55, 0.99]) {
      const block = 2 ** levelFor(cell, 1, 9);
      assert.ok(cell * block >= 1 - 1e-9 && cell * block < 2, `${cell}`);
    }
    assert.equal(levelFor(3, 1, 9), 0);
    assert.equal(levelFor(0.5, 2, 9), 0);
    assert.equal(levelFor(0.001, 1, 4), 3);
    for (const cell of [0.3, 1, 7]) assert.ok(tickStep(cell) * cell >= 44 && tickStep(cell) * cell < 88);
  });
});

describe("keys on a map", () => {
  const map = { first: 0, rows: 50, columns: 50, page: 10 };
  const press = (key: string, more = {}) =>
    mapKey({ key, shiftKey: false, ctrlKey: false, ...more }, { row: 20, column: 7 }, map);

  it("move, pan, zoom and choose", () => {
    assert.deepEqual(press("ArrowDown"), { kind: "move", cell: { row: 21, column: 7 } });
    assert.deepEqual(press("PageUp"), { kind: "move", cell: { row: 10, column: 7 } });
    assert.deepEqual(press("Home"), { kind: "move", cell: { row: 20, column: 0 } });
    assert.deepEqual(press("End"), { kind: "move", cell: { row: 20, column: 20 } });
    assert.deepEqual(press("End", { ctrlKey: true }), { kind: "move", cell: { row: 49, column: 49 } });
    assert.deepEqual(press("ArrowLeft", { shiftKey: true }), { kind: "pan", dx: -48, dy: 0 });
    assert.deepEqual(
      [press("+"), press("-"), press("0")].map((action) => action?.kind),
      ["zoom", "zoom", "fit"],
    );
    assert.deepEqual(press("Enter"), { kind: "choose", token: 20 });
    assert.deepEqual(press("Enter", { shiftKey: true }), { kind: "choose", token: 7 });
    assert.equal(press("Tab"), null);
  });
});

describe("lines", () => {
  const tokens = 1024;
  const data = new Float32Array(2 * tokens).fill(0.0001);
  data[5] = 0.4;
  data[tokens + 300] = 0.6;
  const row = { heads: 2, tokens, data };

  it("are drawn to the nearest keys and to the strongest of the heads that are shown", () => {
    const both = drawnKeys(row, 1000, new Set([0, 1]), 20);
    assert.equal(both.keys.length, 20);
    assert.equal(both.near, 10);
    assert.ok(both.keys.includes(5) && both.keys.includes(300));
    assert.deepEqual(
      both.keys.slice(-10),
      Array.from({ length: 10 }, (_, i) => 991 + i),
    );
    assert.deepEqual(
      [...both.keys],
      [...both.keys].sort((a, b) => a - b),
    );
    assert.ok(!drawnKeys(row, 1000, new Set([1]), 20).keys.includes(5));
  });

  it("are drawn to all keys of a short text, and never beyond the query", () => {
    assert.deepEqual(drawnKeys(row, 3, new Set([0]), 20), { keys: [0, 1, 2, 3], near: 4 });
  });

  it("come from a list of queries around the chosen one", () => {
    assert.deepEqual(drawnQueries(2, 100, 5), [0, 1, 2, 3, 4]);
    assert.deepEqual(drawnQueries(50, 100, 5), [48, 49, 50, 51, 52]);
    assert.deepEqual(drawnQueries(99, 100, 5), [95, 96, 97, 98, 99]);
    assert.deepEqual(drawnQueries(1, 3, 5), [0, 1, 2]);
  });
});

describe("the reachable context", () => {
  it("is counted per depth, the last layer first", () => {
    const data = Uint8Array.from([0, 1, 1, 0, 0, 0, 1, 0]);
    assert.deepEqual(reachRows(data, 4, 2), [
      { depth: 1, reached: 1, seen: 3 },
      { depth: 0, reached: 2, seen: 3 },
    ]);
    assert.equal(reachShare(data, 4, 0, 0, 4), 0.5);
    assert.equal(reachShare(data, 4, 1, 3, 3), 0);
  });
});
