import assert from "node:assert/strict";
import {
  calibrationError,
  countAccepted,
  countRequest,
  countShown,
  emptyStatistics,
  parseStatistics,
  totalOf,
  wilson,
} from "../../../../src/extension/inlineCompletions/statistics";

const now = "2026-01-01T00:00:00.000Z";

describe("statistics", () => {
  it("counts by language and by confidence", () => {
    let counts = countRequest(emptyStatistics(), "python", true, now);
    counts = countShown(counts, "python", 0.75);
    counts = countAccepted(counts, "python", 0.75);
    counts = countRequest(counts, "markdown", false, "later");
    assert.equal(counts.since, now);
    assert.deepEqual(counts.languages, {
      python: { requests: 1, answered: 1, shown: 1, accepted: 1 },
      markdown: { requests: 1, answered: 0, shown: 0, accepted: 0 },
    });
    assert.deepEqual(totalOf(counts), { requests: 2, answered: 1, shown: 1, accepted: 1 });
    assert.deepEqual(counts.buckets[7], { shown: 1, accepted: 1, confidence: 0.75 });
  });

  it("takes no inherited key for a language", () => {
    const counts = countRequest(emptyStatistics(), "constructor", true, now);
    assert.deepEqual(Object.entries(counts.languages), [
      ["constructor", { requests: 1, answered: 1, shown: 0, accepted: 0 }],
    ]);
  });

  it("reads what it kept, and begins anew from anything else", () => {
    const counts = countShown(countRequest(emptyStatistics(), "c", true, now), "c", 0.5);
    assert.deepEqual(parseStatistics(JSON.parse(JSON.stringify(counts))), counts);
    for (const kept of [undefined, null, 3, {}, { ...counts, version: 2 }, { ...counts, buckets: [] }]) {
      assert.deepEqual(parseStatistics(kept), emptyStatistics());
    }
  });
});

describe("wilson", () => {
  // Roots x of (k/n − x)² = z² x (1 − x) / n, solved with 40 digits.
  const cases: readonly (readonly [k: number, n: number, low: number, high: number])[] = [
    [0, 10, 0, 0.27753279],
    [5, 10, 0.23659309, 0.76340691],
    [10, 10, 0.72246721, 1],
    [1, 100, 0.00176743, 0.0544862],
    [300, 1000, 0.27240684, 0.32912386],
  ];
  for (const [k, n, low, high] of cases) {
    it(`holds the true share of ${k} of ${n}`, () => {
      const interval = wilson(k, n);
      assert.ok(Math.abs(interval.low - low) < 1e-8, `${interval.low}`);
      assert.ok(Math.abs(interval.high - high) < 1e-8, `${interval.high}`);
    });
  }

  it("knows nothing without trials", () => assert.deepEqual(wilson(0, 0), { low: 0, high: 1 }));
});

describe("calibrationError", () => {
  it("weighs the distance of confidence from acceptance by counts", () => {
    let counts = emptyStatistics();
    assert.equal(calibrationError(counts), null);
    for (let i = 0; i < 4; i++) counts = countShown(counts, "c", 0.85);
    for (let i = 0; i < 4; i++) counts = countShown(counts, "c", 0.25);
    for (let i = 0; i < 2; i++) counts = countAccepted(counts, "c", 0.85);
    // Half at 0.85 with half accepted, half at 0.25 with none: 0.5 · 0.35 + 0.5 · 0.25.
    assert.ok(Math.abs((calibrationError(counts) ?? 0) - 0.3) < 1e-12);
  });
});
