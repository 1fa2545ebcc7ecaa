import assert from "node:assert/strict";
import { buildReport } from "../../../../../src/runtime/comparison/report/buildReport";
import type { ReportInput } from "../../../../../src/runtime/comparison/report/reportInput";
import type { Prediction } from "../../../../../src/runtime/comparisonRecord";
import type { ComparisonReport } from "../../../../../src/runtime/comparisonReport";
import {
  accuracy,
  brierScore,
  classificationReport,
  expectedCalibrationError,
  logLoss,
  reliabilityBins,
  topAnswers,
} from "../../../../../src/runtime/evaluation/classificationMetrics";
import { wilsonInterval } from "../../../../../src/runtime/evaluation/significance";
import { close } from "../../evaluation/close";
import { simulated } from "./simulatedComparison";

const arms = [
  { name: "zero-shot", kind: "prompt", accuracy: 0.55, k: 0, dev: 0.5 },
  { name: "few-shot", kind: "prompt", accuracy: 0.7, seeds: [0, 1, 2, 3, 4], deviation: 0.02, dev: 0.6 },
  { name: "LoRA", kind: "lora", accuracy: 0.92, seeds: [0, 1, 2], deviation: 0.01 },
] as const;

describe("the report of a comparison", () => {
  const input = simulated({ arms, labels: ["a", "b", "c"], items: 300, train: 90 });
  let report: ComparisonReport;
  before(async () => {
    ({ report } = await buildReport(input));
  });

  const runs = (arm: number): readonly (readonly Prediction[])[] =>
    input.outcomes.filter(({ unit }) => unit.arm === arm).map(({ unit }) => input.predictions.get(unit.id) ?? []);
  const labels = input.data.test.map(({ label }) => label ?? -1);

  it("has the arms in their order, then the baselines", () => {
    assert.deepEqual(
      report.arms.map(({ name }) => name),
      ["zero-shot", "few-shot", "LoRA", "most frequent answer", "random answer", "bag of words"],
    );
    assert.match(report.notes[0] ?? "", /^The nearest neighbour is left out/);
    assert.match(
      report.notes[1] ?? "",
      /^\d+ items of test have fewer than 8 words: no overlap of them was looked for\.$/,
    );
  });

  it("means every metric over the seeds", () => {
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    for (const [arm, { metrics }] of report.arms.slice(0, 3).entries()) {
      const answers = runs(arm).map((of) => of.map(({ label }) => label ?? -1));
      const shares = runs(arm).map((of) => of.map(({ probabilities }) => probabilities ?? []));
      const expected = {
        accuracy: mean(answers.map((of) => accuracy(labels, of))),
        macroF1: mean(answers.map((of) => classificationReport(labels, of, 3).macroF1)),
        logLoss: mean(shares.map((of) => logLoss(labels, of))),
        brier: mean(shares.map((of) => brierScore(labels, of))),
        calibrationError: mean(shares.map((of) => expectedCalibrationError(reliabilityBins(topAnswers(labels, of))))),
      };
      for (const name of ["accuracy", "macroF1", "logLoss", "brier", "calibrationError"] as const) {
        close(metrics[name]?.value ?? Number.NaN, expected[name], `${name} of arm ${arm}`);
      }
    }
  });

  it("gives a single seed's accuracy Wilson's interval", () => {
    const right = runs(0)[0]?.filter(({ label }, i) => label === labels[i]).length ?? 0;
    const { low, high } = report.arms[0]?.metrics.accuracy ?? {};
    assert.deepEqual([low, high], [...wilsonInterval(right, 300)]);
  });

  it("has intervals that hold their values, about as wide as the errors say", () => {
    for (const { metrics, spread } of report.arms) {
      for (const { value, low, high } of Object.values(metrics)) assert.ok(low <= value && value <= high);
      const { low = 0, high = 0 } = metrics.accuracy ?? {};
      const errors = (high - low) / 2 / Math.max(spread.totalError, 0.01);
      assert.ok(errors > 1.5 && errors < 5, `half an interval is ${errors} standard errors`);
    }
  });

  it("counts confusion and reliability over all seeds", () => {
    const { confusion, classes, reliability } = report.arms[1] ?? assert.fail();
    const all = runs(1).flat();
    const truth = runs(1).flatMap(() => labels);
    const expected = classificationReport(
      truth,
      all.map(({ label }) => label ?? -1),
      3,
    );
    assert.deepEqual(confusion, expected.confusion);
    assert.deepEqual(
      classes.map(({ recall }) => recall),
      expected.classes.map(({ recall }) => recall),
    );
    assert.equal(
      classes.reduce((sum, { items }) => sum + items, 0),
      300,
    );
    assert.equal(
      reliability.reduce((sum, { items }) => sum + items, 0),
      1500,
    );
  });

  it("tells what arms used and cost", () => {
    assert.deepEqual(
      report.arms.map((arm) => arm.labels),
      [
        { train: 0, dev: 20 },
        { train: 90, dev: 20 },
        { train: 90, dev: 20 },
        { train: 90, dev: 0 },
        { train: 0, dev: 0 },
        { train: 90, dev: 0 },
      ],
    );
    // Units are numbered from 0, and cost so much more each.
    assert.equal(report.arms[1]?.cost?.itemMs, 4);
    assert.equal(report.arms[1]?.cost?.trainMs, null);
    assert.equal(report.arms[2]?.cost?.trainMs, 8000);
    assert.equal(report.arms[3]?.cost, null);
  });

  it("finds the planted differences, with the right sign", () => {
    assert.deepEqual(
      report.pairs.map(({ first, second, verdict }) => [first, second, verdict]),
      [
        [0, 1, "secondBetter"],
        [0, 2, "secondBetter"],
        [1, 2, "secondBetter"],
      ],
    );
    for (const { p, holm, difference, smallest } of report.pairs) {
      assert.ok(p <= holm && holm <= 0.05);
      assert.ok(difference.low <= difference.value && difference.high < 0);
      assert.ok(smallest !== null && smallest > 0.02 && smallest < 0.3);
    }
  });

  it("answers first, by arms that dev chose", () => {
    const [first, second, third] = report.verdicts;
    assert.match(first ?? "", /^Fine-tuning does better\. LoRA is better than few-shot by \d+\.\d points \(95 %: /);
    assert.equal(second, "They were chosen on dev, among 2 arms that prompt and 1 that train.");
    assert.ok(third);
  });

  it("is the same every time", async () => {
    assert.deepEqual((await buildReport(input)).report, report);
  });

  it("refuses answers that are not to its items", async () => {
    const [unit] = input.outcomes;
    const torn = new Map(input.predictions).set(unit?.unit.id ?? "", []);
    await assert.rejects(
      buildReport({ ...input, predictions: torn }),
      /0 answers of unit u0 are not those to the 300 items/,
    );
  });

  it("can be cancelled", async () => {
    await assert.rejects(buildReport(input, AbortSignal.abort()), { name: "CancelledError" });
  });
});

describe("the verdicts of a comparison", () => {
  const verdicts = async (of: Parameters<typeof simulated>[0]) => (await buildReport(simulated(of))).report.verdicts;

  it("say not decisive where the interval holds 0, and what the test set could show", async () => {
    const same = [
      { name: "prompt", kind: "prompt", accuracy: 0.7, k: 0 },
      { name: "head", kind: "head", accuracy: 0.7, seeds: [0, 1, 2] },
    ] as const;
    const [first] = await verdicts({ arms: same });
    assert.match(
      first ?? "",
      /^Prompting or fine-tuning\? Not decisive: prompt minus head is [−\d.]+ points \(95 %: −[\d.]+ to [\d.]+, which holds 0\)\. This test set could show a difference of [\d.]+ points or more\.$/,
    );
  });

  it("do not choose by test", async () => {
    const two = [
      { name: "worse", kind: "prompt", accuracy: 0.6, k: 0, dev: 0.9 },
      { name: "better", kind: "prompt", accuracy: 0.8, k: 0, dev: 0.3 },
      { name: "full", kind: "full", accuracy: 0.95 },
    ] as const;
    const chosen = await verdicts({ arms: two });
    assert.match(chosen[0] ?? "", /full is better than worse/);
    const unseen = await verdicts({ arms: two.map((arm) => ({ ...arm, dev: null })) });
    assert.match(unseen[0] ?? "", /full is better than worse/);
    assert.match(unseen[1] ?? "", /full is better than better/);
    assert.match(unseen[2] ?? "", /^Dev was not looked at for every arm/);
  });

  it("say loudly that a baseline is better, and that test was read often", async () => {
    const poor = [{ name: "poor", kind: "prompt", accuracy: 0.2, k: 0, testReads: 2 }] as const;
    const said = await verdicts({ arms: poor, record: { testReadsBefore: 3 } });
    assert.ok(
      said.some((words) => /^Beaten by a baseline! .* is better than poor by/.test(words)),
      said.join("\n"),
    );
    const many = await verdicts({ arms: [...poor, { ...poor[0], name: "as poor", accuracy: 0.3 }] });
    const bounds = String.raw`[\d.]+ \([\d.]+ to [\d.]+\)`;
    const sentence = `^Beaten by a baseline! .* % is better than 2 arms, by so many points \\(95 %\\): poor ${bounds}; as poor ${bounds}\\.$`;
    assert.equal(many.filter((words) => new RegExp(sentence).test(words)).length, 1, many.join("\n"));
    assert.equal(many.filter((words) => words.startsWith("Beaten")).length, 1);
    assert.ok(said.includes("poor read test 2 times in this run!"));
    assert.ok(said.some((words) => words.startsWith("This test set was read 3 times before this run!")));
  });

  it("say that a single seed of training leaves others out, but not of zero-shot", async () => {
    const one = [
      { name: "zero", kind: "prompt", accuracy: 0.6, k: 0 },
      { name: "full", kind: "full", accuracy: 0.95 },
    ] as const;
    const said = (await verdicts({ arms: one })).filter((words) => words.includes("one seed"));
    assert.deepEqual(said, ["full was run with one seed: its interval leaves out what another seed would change."]);
  });
});

describe("the curves of a comparison", () => {
  const curve = { 10: 0.5, 20: 0.6, 40: 0.72, 80: 0.82, 160: 0.9 };
  const input: ReportInput = simulated({
    items: 400,
    train: 320,
    arms: [
      { name: "16-shot", kind: "prompt", accuracy: 0.75, seeds: [0, 1, 2, 3, 4], kCurve: { 0: 0.5, 4: 0.6, 16: 0.75 } },
      { name: "full", kind: "full", accuracy: 0.95, seeds: [0, 1, 2], labelCurve: curve },
    ],
  });

  it("have every size with the arm's own, and cross where they should", async () => {
    const { curves, crossovers, verdicts } = (await buildReport(input)).report;
    assert.deepEqual(
      curves.map(({ arm, axis, points }) => [arm, axis, points.map(({ at }) => at)]),
      [
        [0, "k", [0, 4, 16]],
        [1, "labels", [10, 20, 40, 80, 160, 320]],
      ],
    );
    for (const { points } of curves) for (const { low, mean, high } of points) assert.ok(low <= mean && mean <= high);
    const [{ words = "", estimate } = {}] = crossovers;
    assert.equal(crossovers.length, 1);
    assert.ok(estimate?.kind === "at" && estimate.labels > 25 && estimate.labels < 100, JSON.stringify(estimate));
    assert.match(words, /^full overtakes 16-shot at about \d+ labels \(95 %: /);
    assert.ok(verdicts.includes(words));
  });

  it("have no bands beyond what the metric can be", async () => {
    const sure = { name: "full", kind: "full", accuracy: 0.97, seeds: [0, 1, 2], deviation: 0.05 } as const;
    const { curves } = (await buildReport(simulated({ arms: [{ ...sure, labelCurve: { 10: 0.02, 20: 0.9 } }] })))
      .report;
    const points = curves.flatMap((one) => one.points);
    assert.equal(points.length, 3);
    for (const { low, mean, high } of points) assert.ok(0 <= low && low <= mean && mean <= high && high <= 1);
    assert.ok(points.some(({ high }) => high === 1) && points.some(({ low }) => low === 0), JSON.stringify(points));
  });

  it("are not called decisive where the arms' tests are not", async () => {
    const close = simulated({
      items: 400,
      train: 320,
      arms: [
        { name: "16-shot", kind: "prompt", accuracy: 0.75, seeds: [0, 1, 2, 3, 4], deviation: 0.01 },
        { name: "full", kind: "full", accuracy: 0.76, seeds: [0, 1, 2], deviation: 0.01, labelCurve: curve },
      ],
    });
    const { pairs, crossovers } = (await buildReport(close)).report;
    assert.equal(pairs[0]?.verdict, "notDecisive");
    assert.notEqual(crossovers[0]?.estimate.kind, "beyond");
    assert.match(crossovers[0]?.words ?? "", /^Not decisive: full /);
  });

  it("of a loss cross the other way up", async () => {
    const { crossovers } = (await buildReport({ ...input, record: { ...input.record, metrics: ["brier"] } })).report;
    assert.equal(crossovers[0]?.estimate.kind, "at");
  });
});

describe("the assertions of a comparison", () => {
  it("hold by the value, by the margin of the interval, and by a decisive difference", async () => {
    const { report } = await buildReport(
      simulated({
        arms: [
          { name: "good", kind: "full", accuracy: 0.95 },
          { name: "same", kind: "full", accuracy: 0.95 },
          { name: "poor", kind: "prompt", accuracy: 0.6, k: 0 },
        ],
        file: {
          assertions: [
            { arm: "good", atLeast: 0.8 },
            { arm: "poor", atLeast: 0.8 },
            { arm: "poor", metric: "logLoss", atMost: 100 },
            { arm: "good", noWorseThan: "same", by: 0.2 },
            { arm: "good", noWorseThan: "same" },
            { arm: "same", noWorseThan: "good", by: 0.2 },
            { arm: "poor", noWorseThan: "good", by: 0.1 },
            { arm: "good", betterThan: "poor" },
            { arm: "poor", betterThan: "good" },
            { arm: "good", betterThan: "same" },
            { arm: "good", metric: "brier", betterThan: "poor" },
            { arm: "good", betterThan: "random answer" },
            { arm: "gone", atLeast: 0 },
          ],
        },
      }),
    );
    assert.deepEqual(
      report.assertions.map(({ passed }) => passed),
      [true, false, true, true, false, true, false, true, false, false, true, true, false],
      JSON.stringify(report.assertions, null, 1),
    );
    assert.match(
      report.assertions[1]?.words ?? "",
      /^poor: accuracy is \d\d\.\d % \([\d.–]+\), not at least 80\.0 %\.$/,
    );
    assert.match(
      report.assertions[3]?.words ?? "",
      /^good is no worse than same by more than 20 points: the difference is /,
    );
    assert.match(report.verdicts.join("\n"), /6 of 13 assertions do not hold\./);
  });
});
