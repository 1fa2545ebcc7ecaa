import assert from "node:assert/strict";
import fc from "fast-check";
import { ContaminationCheck, gramLength, overlapWords } from "../../../../src/runtime/evaluation/contamination";

const words = (text: string) => Array.from(overlapWords(text));
const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `w${from + i}`).join(" ");

/** The definition, by comparing every N-gram with every other: which begin an overlap, for each item. */
function slowOverlaps(items: readonly string[], pool: readonly string[], n: number): number[][] {
  const grams = (text: string) => {
    const all = words(text);
    return Array.from({ length: Math.max(0, all.length - n + 1) }, (_, i) => all.slice(i, i + n).join(" "));
  };
  const known = new Set(pool.flatMap(grams));
  return items.map((item) => grams(item).flatMap((gram, at) => (known.has(gram) ? [at] : [])));
}

describe("the contamination check", () => {
  it("ignores case, punctuation, symbols and the kind of white space", () => {
    assert.deepEqual(words("Don't  STOP —\n“now”, 3.5% $x_y e\u0301\t…"), ["dont", "stop", "now", "35", "xy", "é"]);
    assert.deepEqual(words(" – "), []);
  });

  it("takes the 5th percentile of the lengths for N, from 8 to 13", () => {
    const lengths = (...counts: number[]) => gramLength(counts.map((count) => numbered(count)));
    assert.equal(lengths(3), 8);
    assert.equal(lengths(40), 13);
    assert.equal(lengths(10), 10);
    // Of 20 items one is 5 %; of 40 two are.
    const long = (count: number) => new Array<number>(count).fill(30);
    assert.equal(lengths(9, ...long(19)), 9);
    assert.equal(lengths(9, 11, ...long(38)), 11);
    assert.equal(lengths(9, ...long(39)), 13);
    assert.throws(() => gramLength([]), /no items/);
  });

  it("says which words an item shares, with which text, and how much of it that is", () => {
    const items = [`start ${numbered(9)} end`, numbered(12, 100), "too short"];
    const check = new ContaminationCheck(items, 8);
    check.add({ source: "a.txt:1", text: `x ${numbered(7)} y` });
    check.add({ source: "a.txt:2", text: `Before: ${numbered(9).toUpperCase()}. After ${numbered(9)}!` });
    check.add({ source: "a.txt:3", text: numbered(8) });
    const [dirty, clean, short] = check.report();
    assert.deepEqual(dirty, {
      kind: "dirty",
      ngrams: 4,
      coverage: 9 / 11,
      overlaps: [
        { ngram: numbered(8), at: 1, source: "a.txt:2", texts: 2 },
        { ngram: numbered(8, 1), at: 2, source: "a.txt:2", texts: 1 },
      ],
    });
    assert.deepEqual(clean, { kind: "clean", ngrams: 5, coverage: 0, overlaps: [] });
    assert.deepEqual(short, { kind: "clean", ngrams: 0, coverage: 0, overlaps: [] });
  });

  it("finds nothing across the border of two texts or two items", () => {
    const check = new ContaminationCheck([numbered(8), numbered(8, 8)], 8);
    check.add({ source: "1", text: numbered(4) });
    check.add({ source: "2", text: numbered(4, 4) });
    check.add({ source: "3", text: numbered(8, 4) });
    assert.deepEqual(
      check.report().map(({ kind }) => kind),
      ["clean", "clean"],
    );
  });

  it("finds what comparing everything finds, and no more", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", "A.", "new"), { maxLength: 25 }).map((all) => all.join(" "));
    const property = fc.property(
      fc.array(text, { minLength: 1, maxLength: 5 }),
      fc.array(text, { maxLength: 5 }),
      fc.integer({ min: 1, max: 5 }),
      (items, pool, n) => {
        const check = new ContaminationCheck(items, n);
        for (const [i, part] of pool.entries()) check.add({ source: `${i}`, text: part });
        const found = check.report();
        assert.deepEqual(
          found.map(({ overlaps }) => overlaps.map(({ at }) => at)),
          slowOverlaps(items, pool, n),
        );
        for (const { kind, coverage, overlaps } of found) {
          assert.equal(kind === "dirty", overlaps.length > 0);
          assert.ok(coverage >= 0 && coverage <= 1);
          for (const { ngram, source } of overlaps) {
            assert.ok(
              words(pool[Number(source)] ?? "")
                .join(" ")
                .includes(ngram),
            );
          }
        }
      },
    );
    fc.assert(property, { numRuns: 300, seed: 1 });
  });

  it("marks an item dirty that stands in the pool whole, with every word covered", () => {
    const items = Array.from({ length: 300 }, (_, i) => numbered(20, i * 7));
    const check = new ContaminationCheck(items);
    for (const [i, text] of items.entries()) if (i % 10 === 0) check.add({ source: `${i}`, text });
    const report = check.report();
    for (let i = 0; i < items.length; i += 10) assert.equal(report[i]?.coverage, 1);
    // Neighbours share 13 words, items two apart six.
    assert.equal(check.n, 13);
    const dirty = report.flatMap(({ kind }, i) => (kind === "dirty" ? [i % 10] : []));
    assert.deepEqual([...new Set(dirty)].sort(), [0, 1, 9]);
  });

  it("refuses no items and no words", () => {
    assert.throws(() => new ContaminationCheck([]), /no items/);
    assert.throws(() => new ContaminationCheck(["a"], 0), /"n" is 0/);
  });
});
