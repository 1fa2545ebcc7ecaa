import assert from "node:assert/strict";
import fc from "fast-check";
import {
  cellKind,
  emptyMap,
  placeRows,
  rowOf,
  shownQueries,
  stretches,
  valueAt,
} from "../../../src/webview/inspector/attention/attentionMap";
import { paintRows, paintThumbnail } from "../../../src/webview/inspector/attention/paint";
import { heatPalette, heatStep, pixel } from "../../../src/webview/shared/heatScale";

/** Rows of a causal matrix with a band of `k` computed keys. */
function causal(from: number, to: number, columns: number, k = columns): Float32Array {
  return Float32Array.from({ length: (to - from) * columns }, (_, index) => {
    const [query, key] = [from + Math.floor(index / columns), index % columns];
    return key > query || query - key >= k ? Number.NaN : ((query * 31 + key * 17) % 97) / 97;
  });
}

const palette = heatPalette({
  background: [0.1, 0.1, 0.1],
  foreground: [0.8, 0.8, 0.8],
  blue: [0.2, 0.58, 1],
  accent: [0.8, 0.5, 0.1],
  highContrast: false,
});

describe("the map of a matrix", () => {
  it("gives back what was put in, and tells four kinds of cells", () => {
    const map = emptyMap([0, 10], 10);
    placeRows(map, 4, causal(4, 10, 10, 3));
    assert.equal(cellKind(map, 2, 1), "pending");
    assert.equal(cellKind(map, 5, 6), "future");
    assert.equal(cellKind(map, 5, 1), "notComputed");
    assert.equal(cellKind(map, 5, 4), "value");
    assert.ok(Math.abs(valueAt(map, 5, 4) - ((5 * 31 + 4 * 17) % 97) / 97) < 1e-7);
    assert.equal(rowOf(map, 2), null);
    assert.equal(rowOf(map, 5)?.length, 10);
    assert.throws(() => placeRows(map, 9, causal(9, 11, 10)), RangeError);
  });

  it("asks for every row once, those of the chosen query first", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1500 }), fc.nat(1499), (tokens, at) => {
        const query = at % tokens;
        const parts = stretches(emptyMap([0, tokens], tokens), query);
        assert.ok((parts[0]?.[0] ?? 0) <= query && query < (parts[0]?.[1] ?? 0));
        const sorted = [...parts].sort((one, other) => one[0] - other[0]);
        assert.equal(sorted[0]?.[0], 0);
        assert.equal(sorted.at(-1)?.[1], tokens);
        for (const [i, part] of sorted.slice(1).entries()) assert.equal(part[0], sorted[i]?.[1]);
        for (const [from, to] of parts) assert.ok((to - from) * tokens * 4 <= 4 << 20);
      }),
      { numRuns: 15 },
    );
  });

  it("keeps at every level the largest of its block, however the rows arrive", () => {
    const size = 300;
    const map = emptyMap([0, size], size);
    for (const [from, to] of [
      [200, 300],
      [0, 77],
      [77, 200],
    ] as const)
      placeRows(map, from, causal(from, to, size, 50));
    assert.ok(map.levels.length >= 3);
    const [cells] = map.levels;
    for (const level of map.levels.slice(1)) {
      for (const [row, column] of [
        [0, 0],
        [3, 2],
        [level.rows - 1, level.columns - 1],
        [level.rows - 1, 0],
      ] as const) {
        let largest = Number.NaN;
        for (let r = row * level.block; r < Math.min(size, (row + 1) * level.block); r++)
          for (let c = column * level.block; c < Math.min(size, (column + 1) * level.block); c++) {
            const value = cells?.values[r * size + c] ?? Number.NaN;
            if (!Number.isNaN(value)) largest = Number.isNaN(largest) ? value : Math.max(largest, value);
          }
        assert.ok(Object.is(level.values[row * level.columns + column], largest), `${level.block}: ${row}, ${column}`);
      }
    }
  });

  it("shows all of a text, and of a very long one the part around the query", () => {
    assert.deepEqual(shownQueries(1024, 700), [0, 1024]);
    const [from, to] = shownQueries(16_384, 10_000);
    assert.equal((to - from) * 16_384 * 4, 64 << 20);
    assert.ok(from <= 10_000 && 10_000 < to);
    assert.equal(shownQueries(16_384, 16_383)[1], 16_384);
  });
});

describe("painting", () => {
  for (const scale of ["linear", "sqrt", "log"] as const) {
    it(`gives values their colour, within a step: ${scale}`, () => {
      const map = emptyMap([0, 64], 64);
      placeRows(map, 0, causal(0, 64, 64, 20));
      const [level] = map.levels;
      if (!level) return assert.fail();
      const pixels = paintRows(map, level, 0, 64, { palette, scale });
      for (const [query, key] of [
        [10, 3],
        [40, 38],
        [63, 63],
      ] as const) {
        const step = palette.pixels.indexOf(pixels[query * 64 + key] ?? 0);
        assert.ok(Math.abs(step - heatStep(valueAt(map, query, key), scale)) <= 1, `${query}, ${key}`);
      }
      assert.equal(pixels[10 * 64 + 11], pixel(palette.future));
      assert.equal(pixels[40 * 64 + 1], 0, "transparent: the hatch shows");
    });
  }

  it("leaves what has not arrived in the background's colour", () => {
    const map = emptyMap([0, 8], 8);
    const [level] = map.levels;
    assert.ok(level);
    const pixels = paintRows(map, level, 0, 8, { palette, scale: "sqrt" });
    assert.equal(pixels[7 * 8], pixel(palette.background));
    assert.equal(pixels[7], pixel(palette.future));
  });

  it("tells later tokens from what is not computed in thumbnails", () => {
    const data = new Float32Array(16).fill(Number.NaN);
    data[0] = 1;
    data[5] = 0;
    const pixels = paintThumbnail(data, 4, 2, { palette, scale: "sqrt" });
    assert.deepEqual(
      [...pixels],
      [palette.pixels[255], pixel(palette.future), 0, 0].map(Number).with(3, palette.pixels[0] ?? 0),
    );
  });
});
