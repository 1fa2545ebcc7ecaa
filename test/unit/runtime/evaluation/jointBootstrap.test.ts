import assert from "node:assert/strict";
import fc from "fast-check";
import { pairedBootstrap } from "../../../../src/runtime/evaluation/bootstrap";
import { confusionMatrix, macroF1 } from "../../../../src/runtime/evaluation/classificationMetrics";
import {
  armDifference,
  armInterval,
  drawArms,
  type ItemStatistic,
  itemScores,
  meanStatistic,
  statisticOn,
  statisticValue,
} from "../../../../src/runtime/evaluation/jointBootstrap";
import { seedSpread } from "../../../../src/runtime/evaluation/spread";
import { studentQuantile } from "../../../../src/runtime/evaluation/studentT";
import { longRandom } from "../../../../src/runtime/random";
import { close } from "./close";

const random = longRandom(5);
const scores = (items: number, rate: number) => Array.from({ length: items }, () => Number(random() < rate));

/** A ratio of sums: the simplest that is no mean. */
function ratio(values: readonly number[]): ItemStatistic {
  return {
    width: 2,
    add: (sums, item, times) => {
      sums[0] = (sums[0] ?? 0) + times * (values[item] ?? 0);
      sums[1] = (sums[1] ?? 0) + times * (item + 1);
    },
    value: ([a = 0, b = 1]) => a / b,
  };
}

describe("drawing items for several arms", () => {
  it("agrees with the paired bootstrap for a single seed", async () => {
    const [a, b] = [scores(300, 0.8), scores(300, 0.7)];
    const [first, second] = await drawArms(300, [[meanStatistic(a)], [meanStatistic(b)]], { resamples: 4000, seed: 3 });
    assert.ok(first && second);
    const found = armDifference(first, second, { level: 0.95, seed: 3, pairSeeds: false });
    const wanted = pairedBootstrap(a, b, { resamples: 4000, seed: 9, method: "percentile" });
    close(found.estimate, wanted.estimate, "estimate");
    for (const bound of [0, 1] as const) close(found.interval[bound], wanted.interval[bound], "bound", 0.01);
    close(found.standardError, wanted.standardError, "standard error", 0.002);
    assert.ok(Math.abs(found.pValue - wanted.pValue) < 0.01);
  });

  it("gives the same numbers for the same seed", async () => {
    const arms = [[meanStatistic(scores(50, 0.5))]];
    const draw = () => drawArms(50, arms, { resamples: 100, seed: 1 });
    assert.deepEqual(await draw(), await draw());
  });

  it("is Student's t over seeds where items have nothing to add", async () => {
    const seeds = [0.5, 0.52, 0.57];
    const constant = seeds.map((value) => meanStatistic(new Array<number>(20).fill(value)));
    const [arm] = await drawArms(20, [constant], { resamples: 40_000, seed: 2 });
    assert.ok(arm);
    const { estimate, interval, standardError } = armInterval(arm, 0.9, 2);
    const mean = (0.5 + 0.52 + 0.57) / 3;
    const error = Math.sqrt(seeds.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2 / 3);
    close(estimate, mean, "mean");
    close(standardError, error, "standard error");
    close(interval[1] - mean, studentQuantile(0.95, 2) * error, "half width", 0.004);
    close(mean - interval[0], studentQuantile(0.95, 2) * error, "half width", 0.004);
  });

  it("has the standard error of the two-level spread", async () => {
    const seeds = [0.6, 0.7, 0.8, 0.75].map((rate) => scores(200, rate));
    const [arm] = await drawArms(200, [seeds.map((of) => meanStatistic(of))], { resamples: 4000, seed: 2 });
    assert.ok(arm);
    close(armInterval(arm, 0.95, 2).standardError, seedSpread(seeds).totalError, "error", 0.003);
  });

  it("pairs seeds where they belong together", async () => {
    const seeds = [0.5, 0.6, 0.9].map((rate) => scores(100, rate));
    const arms = [
      seeds.map((of) => meanStatistic(of)),
      seeds.map((of) => meanStatistic(of.map((score) => score + 0.1))),
    ];
    const [first, second] = await drawArms(100, arms, { resamples: 200, seed: 2 });
    assert.ok(first && second);
    const { interval } = armDifference(second, first, { level: 0.95, seed: 2, pairSeeds: true });
    for (const bound of interval) close(bound, 0.1, "bound");
    const apart = armDifference(second, first, { level: 0.95, seed: 2, pairSeeds: false }).interval;
    assert.ok(apart[1] - apart[0] > 0.1);
  });

  it("refuses one item, seeds that are no pairs, and what is no number", async () => {
    await assert.rejects(drawArms(1, [[meanStatistic([1])]], { resamples: 10, seed: 0 }), /two values/);
    await assert.rejects(drawArms(3, [[meanStatistic([1, Number.NaN, 1])]], { resamples: 10, seed: 0 }), /not defined/);
    const [first, second] = await drawArms(
      3,
      [[meanStatistic([1, 0, 1])], [1, 2].map(() => meanStatistic([1, 0, 1]))],
      {
        ...{ resamples: 10, seed: 0 },
      },
    );
    assert.ok(first && second);
    assert.throws(
      () => armDifference(first, second, { level: 0.9, seed: 0, pairSeeds: true }),
      /1 seeds cannot be paired/,
    );
  });

  it("stops when it is cancelled", async () => {
    const signal = AbortSignal.abort();
    const arms = [[meanStatistic([1, 0])]];
    await assert.rejects(drawArms(2, arms, { resamples: 10, seed: 0, signal }), { name: "CancelledError" });
  });
});

describe("what items add to a statistic", () => {
  it("has the statistic as its mean, and for a mean is the scores", () => {
    const values = scores(40, 0.5);
    assert.deepEqual(itemScores(meanStatistic(values), 40), values);
    const statistic = ratio(values);
    const added = itemScores(statistic, 40);
    close(added.reduce((sum, value) => sum + value, 0) / 40, statisticValue(statistic, 40), "mean");
  });

  it("is the jackknife's for a macro-F1", () => {
    const labels = Array.from({ length: 12 }, (_, i) => i % 3);
    const answers = labels.map((label, i) => (i % 4 === 0 ? (label + 1) % 3 : label));
    const f1 = (items: readonly number[]) =>
      macroF1(
        confusionMatrix(
          items.map((i) => labels[i] ?? 0),
          items.map((i) => answers[i] ?? 0),
          3,
        ),
      );
    const statistic: ItemStatistic = {
      width: 9,
      add: (sums, item, times) => {
        const at = 3 * (labels[item] ?? 0) + (answers[item] ?? 0);
        sums[at] = (sums[at] ?? 0) + times;
      },
      value: (sums) => macroF1([0, 3, 6].map((row) => Array.from(sums.subarray(row, row + 3)))),
    };
    const all = labels.map((_, i) => i);
    const without = all.map((left) => f1(all.filter((i) => i !== left)));
    const mean = without.reduce((sum, value) => sum + value, 0) / 12;
    const found = itemScores(statistic, 12);
    // θ − (n − 1)(θ₍₋ᵢ₎ − their mean).
    for (const [i, value] of found.entries()) close(value, f1(all) - 11 * ((without[i] ?? 0) - mean), `item ${i}`);
  });

  it("sums over any items", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(19), { minLength: 1 }), (items) => {
        const values = Array.from({ length: 20 }, (_, i) => i * i);
        const wanted = items.reduce((sum, item) => sum + item * item, 0) / items.length;
        close(statisticOn(meanStatistic(values), items), wanted, "mean");
      }),
      { numRuns: 50 },
    );
  });
});
