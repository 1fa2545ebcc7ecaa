import assert from "node:assert/strict";
import fc from "fast-check";
import {
  errorSlices,
  lengthSlices,
  type RateInterval,
  type SliceItem,
} from "../../../../src/runtime/evaluation/slices";
import { close } from "./close";

/** Wilson's interval at 95 %. */
const wilson: RateInterval = (successes, trials) => {
  const z = 1.959963984540054;
  const rate = successes / trials;
  const centre = rate + (z * z) / (2 * trials);
  const half = z * Math.sqrt((rate * (1 - rate)) / trials + (z * z) / (4 * trials * trials));
  const scale = 1 + (z * z) / trials;
  return [(centre - half) / scale, (centre + half) / scale];
};

const item = (text: string, label: string, correct: boolean): SliceItem => ({ text, label, correct });

const items: readonly SliceItem[] = [
  item("not good", "neg", false),
  item("not bad at all", "pos", false),
  item("not not nice", "neg", false),
  item("a good film", "pos", true),
  item("good and nice", "pos", true),
  item("bad", "neg", true),
  item("very bad film with bad actors and bad jokes", "neg", true),
  item("nice", "pos", false),
];

describe("error slices", () => {
  it("count errors by label, with intervals and the rate of the others", () => {
    const { labels } = errorSlices(items, wilson);
    assert.deepEqual(
      labels.map(({ key, items: members, errors }) => ({ key, members, errors })),
      [
        { key: { kind: "label", label: "neg" }, members: [0, 2, 5, 6], errors: 2 },
        { key: { kind: "label", label: "pos" }, members: [1, 3, 4, 7], errors: 2 },
      ],
    );
    assert.equal(labels[0]?.errorRate, 0.5);
    assert.equal(labels[0]?.otherErrorRate, 0.5);
    // statsmodels 0.15.0: proportion_confint(2, 4, method="wilson").
    close(labels[0]?.interval[0] ?? -1, 0.15003898915214955, "low");
    close(labels[0]?.interval[1] ?? -1, 0.8499610108478506, "high");
  });

  it("name the words of the errors, each item once", () => {
    const { words } = errorSlices(items, wilson, { minimumItems: 3, words: 3 });
    const found = words.map((slice) => [slice.key.kind === "word" && slice.key.word, slice.errors, slice.items.length]);
    assert.deepEqual(found, [
      ["not", 3, 3],
      ["nice", 2, 3],
      ["bad", 1, 3],
    ]);
    assert.equal(words[0]?.otherErrorRate, 0.2);
  });

  it("divide by length, with the lengths that there are", () => {
    const { lengths } = errorSlices(items, wilson, { lengths: 3 });
    const found = lengths.map(({ key, items: members }) => [key, members.length]);
    // Words of two letters or more: 2, 4, 3, 2, 3, 1, 9, 1.
    assert.deepEqual(found, [
      [{ kind: "length", shortest: 1, longest: 2 }, 4],
      [{ kind: "length", shortest: 3, longest: 3 }, 2],
      [{ kind: "length", shortest: 4, longest: 9 }, 2],
    ]);
  });

  it("make one slice of items of one length", () => {
    const [only, ...others] = lengthSlices([item("one two", "x", true), item("six ten", "x", false)], wilson, 4);
    assert.deepEqual(only?.key, { kind: "length", shortest: 2, longest: 2 });
    assert.equal(only?.otherErrorRate, null);
    assert.equal(others.length, 0);
  });

  it("hold every item once by label and by length, in slices that do not overlap", () => {
    const one = fc.record({
      text: fc.array(fc.constantFrom("good", "bad", "film", "not"), { maxLength: 7 }).map((words) => words.join(" ")),
      label: fc.constantFrom("x", "y", "constructor", "__proto__"),
      correct: fc.boolean(),
    });
    const property = fc.property(
      fc.array(one, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 6 }),
      (all, lengths) => {
        const slices = errorSlices(all, wilson, { lengths, minimumItems: 1 });
        for (const kind of ["labels", "lengths"] as const) {
          const members = slices[kind].flatMap((slice) => slice.items);
          assert.deepEqual(
            members.sort((a, b) => a - b),
            all.map((_, i) => i),
          );
          const errors = slices[kind].reduce((sum, slice) => sum + slice.errors, 0);
          assert.equal(errors, all.filter(({ correct }) => !correct).length);
        }
        assert.ok(slices.lengths.length <= lengths);
        for (const { interval, errorRate } of slices.words) {
          assert.ok(interval[0] <= errorRate + 1e-12 && errorRate <= interval[1] + 1e-12);
        }
        const lows = slices.words.map(({ interval }) => interval[0]);
        assert.deepEqual(
          lows,
          lows.toSorted((a, b) => b - a),
        );
      },
    );
    fc.assert(property, { numRuns: 150, seed: 1 });
  });

  it("refuse no items and options that are no counts", () => {
    assert.throws(() => errorSlices([], wilson), /no items/);
    assert.throws(() => errorSlices(items, wilson, { lengths: 0 }), /"lengths" is 0/);
    assert.throws(() => errorSlices(items, wilson, { minimumItems: 0.5 }), /"minimumItems" is 0.5/);
  });
});
