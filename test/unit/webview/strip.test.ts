import assert from "node:assert/strict";
import fc from "fast-check";
import { keyTarget, type StripGeometry } from "../../../src/webview/inspector/stripKeys";
import { blockLength, chunkLength, extendLayout } from "../../../src/webview/inspector/stripLayout";

const token = fc.constantFrom("a", " word", "\n", "}\n", "\n\n").map((text) => ({ text }));
const tokens = fc.array(token, { maxLength: 700 });

describe("the strip's layout", () => {
  it("holds every token once, in order, in chunks that cross no line", () => {
    fc.assert(
      fc.property(tokens, (list) => {
        const chunks = extendLayout([], list).flatMap(({ lines }) => lines.flatMap((line) => line.chunks));
        let at = 0;
        for (const { start, end } of chunks) {
          assert.equal(start, at);
          assert.ok(end > start && end - start <= chunkLength);
          assert.ok(list.slice(start, end - 1).every(({ text }) => !text.includes("\n")));
          at = end;
        }
        assert.equal(at, list.length);
      }),
    );
  });

  it("grown token by token is what it is at once, and keeps its closed blocks", () => {
    fc.assert(
      fc.property(tokens, fc.integer({ min: 0, max: 700 }), (list, cut) => {
        const before = extendLayout([], list.slice(0, cut));
        const grown = extendLayout(before, list);
        assert.deepEqual(grown, extendLayout([], list));
        for (const [i, block] of before.slice(0, -1).entries()) assert.equal(grown[i], block);
      }),
      { numRuns: 50 },
    );
  });

  it("closes blocks at line ends", () => {
    const blocks = extendLayout(
      [],
      Array.from({ length: 1000 }, (_, i) => ({ text: i % 10 === 9 ? "\n" : "x" })),
    );
    assert.ok(blocks.slice(0, -1).every(({ start, end }) => end - start >= blockLength && end % 10 === 0));
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
