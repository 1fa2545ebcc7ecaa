/** Splits: shares of every label, contents that stay together, rows that stay where they are, and limits. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { contentKey } from "../../../../src/runtime/training/duplicates";
import { evenQuotas, limitItems, type SplitOptions, splitItems } from "../../../../src/runtime/training/split";

interface Row {
  readonly line: number;
  readonly key: number;
  readonly answer: number;
  readonly label: number;
}

const names = ["train", "dev", "test"] as const;

const keyed = (text: string, label: number) => ({
  label,
  ...contentKey({ fields: { text }, label }, "classification"),
});

/** Rows of different contents with these labels. */
const rowsOf = (labels: readonly number[], from = 0): Row[] =>
  labels.map((label, i) => ({ line: from + i + 1, ...keyed(`content ${from + i}`, label) }));

const labels = fc.array(fc.nat({ max: 4 }), { maxLength: 120 });
const share = fc.double({ min: 0, max: 0.45, noNaN: true });
const options = fc.record({ devShare: share, testShare: share, seed: fc.nat({ max: 1000 }) });

/** The part of every content. */
async function partsOf(rows: readonly Row[], how: SplitOptions): Promise<Map<number, string>> {
  const parts = await splitItems(rows, how);
  return new Map(names.flatMap((name) => parts[name].map(({ key }) => [key, name] as const)));
}

describe("splits", () => {
  it("give every label its share of each part to within one, and train at least one", async () => {
    await fc.assert(
      fc.asyncProperty(labels, options, async (drawn, how) => {
        const rows = rowsOf(drawn);
        const parts = await splitItems(rows, how);
        for (const label of new Set(drawn)) {
          const count = (of: readonly Row[]) => of.filter((row) => row.label === label).length;
          const all = count(rows);
          assert.ok(Math.abs(count(parts.dev) - all * how.devShare) < 1);
          assert.ok(Math.abs(count(parts.test) - all * how.testShare) < 1);
          assert.ok(count(parts.train) >= 1);
        }
        const inOrder = names.flatMap((name) => parts[name]).sort((a, b) => a.line - b.line);
        assert.deepEqual(inOrder, rows);
        for (const name of names) {
          assert.deepEqual(
            parts[name].map(({ line }) => line),
            parts[name].map(({ line }) => line).sort((a, b) => a - b),
          );
        }
      }),
    );
  });

  it("do not hang on the order of the rows", async () => {
    const shuffled = labels.chain((drawn) =>
      fc.tuple(
        fc.constant(rowsOf(drawn)),
        fc.shuffledSubarray(rowsOf(drawn), { minLength: drawn.length, maxLength: drawn.length }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, options, async ([rows, other], how) => {
        const [parts, others] = [await partsOf(rows, how), await partsOf(other, how)];
        for (const { key } of rows) assert.equal(others.get(key), parts.get(key));
      }),
    );
  });

  it("move no row of another label, and at most one across each border, when a row is added", async () => {
    const moderate = fc.record({
      devShare: fc.double({ min: 0, max: 0.3, noNaN: true }),
      testShare: fc.double({ min: 0, max: 0.3, noNaN: true }),
      seed: fc.nat({ max: 1000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 2 }), { minLength: 5, maxLength: 80 }), moderate, async (drawn, how) => {
        // Five of each: of fewer, what train must keep may matter.
        const rows = rowsOf([...[0, 1, 2].flatMap((label) => new Array<number>(5).fill(label)), ...drawn]);
        const [added] = rowsOf([1], 5000);
        assert.ok(added);
        const [before, after] = [await partsOf(rows, how), await partsOf([added, ...rows], how)];
        const moved = rows.filter(({ key }) => before.get(key) !== after.get(key));
        assert.ok(moved.every(({ label }) => label === 1));
        assert.ok(moved.length <= 2, `${moved.length} moved`);
      }),
    );
  });

  it("keep rows of the same content together, whatever their labels", async () => {
    const row = fc.record({ content: fc.nat({ max: 15 }), label: fc.nat({ max: 2 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 60 }), options, async (drawn, how) => {
        const rows = drawn.map(({ content, label }, i) => ({ line: i + 1, ...keyed(`${content}`, label) }));
        const parts = await splitItems(rows, how);
        const keys = names.map((name) => new Set(parts[name].map(({ key }) => key)));
        const all = new Set(rows.map(({ key }) => key));
        assert.equal(
          keys.reduce((sum, { size }) => sum + size, 0),
          all.size,
        );
      }),
    );
  });

  it("differ from seed to seed, and keep test when the share of dev changes", async () => {
    const rows = rowsOf(Array.from({ length: 400 }, (_, i) => i % 2));
    const how = { devShare: 0.1, testShare: 0.2, seed: 1 };
    const lines = (of: readonly Row[]) => of.map(({ line }) => line);
    const first = await splitItems(rows, how);
    assert.deepEqual([first.train.length, first.dev.length, first.test.length], [280, 40, 80]);
    assert.notDeepEqual(lines((await splitItems(rows, { ...how, seed: 2 })).test), lines(first.test));
    assert.deepEqual(lines((await splitItems(rows, { ...how, devShare: 0.3 })).test), lines(first.test));
  });

  it("give many small classes as large a dev as asked for, on the whole", async () => {
    const rows = rowsOf(Array.from({ length: 1200 }, (_, i) => i % 300));
    const { length } = (await splitItems(rows, { devShare: 0.1, testShare: 0, seed: 7 })).dev;
    // 120 ± 4 standard deviations of 300 roundings up with probability 0.4.
    assert.ok(Math.abs(length - 120) < 35, `${length}`);
  });
});

describe("limits", () => {
  it("draw as many as asked for, evenly over labels, and the same for the same seed", async () => {
    const rows = rowsOf([...new Array<number>(50).fill(0), ...new Array<number>(50).fill(1), 2, 2, 2]);
    const drawn = await limitItems(rows, 20, 3);
    const count = (label: number) => drawn.filter((row) => row.label === label).length;
    assert.deepEqual([count(0), count(1), count(2)], [9, 8, 3]);
    assert.deepEqual(await limitItems(rows, 20, 3), drawn);
    assert.notDeepEqual(await limitItems(rows, 20, 4), drawn);
    assert.equal((await limitItems(rows, 1000, 3)).length, rows.length);
    const again = [...rows, ...rows];
    assert.equal((await limitItems(again, 21, 3)).length, 21);
  });

  it("with a larger limit hold all that a smaller one holds", async () => {
    await fc.assert(
      fc.asyncProperty(labels, fc.nat({ max: 60 }), fc.nat({ max: 30 }), async (drawn, few, more) => {
        const rows = rowsOf(drawn);
        const [small, large] = [await limitItems(rows, few + 1, 5), new Set(await limitItems(rows, few + 1 + more, 5))];
        assert.equal(small.length, Math.min(few + 1, rows.length));
        assert.ok(small.every((row) => large.has(row)));
      }),
    );
  });

  it("take all of a small group and the same of the others", () => {
    assert.deepEqual(evenQuotas([10, 2, 10], 12), [5, 2, 5]);
    assert.deepEqual(evenQuotas([10, 2, 10], 11), [5, 2, 4]);
    assert.deepEqual(evenQuotas([1, 1], 5), [1, 1]);
    assert.deepEqual(evenQuotas([], 5), []);
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 8 }), fc.nat({ max: 100 }), (sizes, limit) => {
        const quotas = evenQuotas(sizes, limit);
        const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
        assert.equal(sum(quotas), Math.min(limit, sum(sizes)));
        const level = Math.max(0, ...quotas);
        quotas.forEach((quota, i) => {
          assert.ok(quota <= (sizes[i] ?? 0));
          assert.ok(quota === sizes[i] || quota >= level - 1);
        });
      }),
    );
  });
});
