import assert from "node:assert/strict";
import fc from "fast-check";
import { argmax } from "../../../../src/runtime/evaluation/checkInputs";
import {
  accuracy,
  brierScore,
  classificationReport,
  classScores,
  confusionMatrix,
  expectedCalibrationError,
  logLoss,
  macroF1,
  reliabilityBins,
  topAnswers,
} from "../../../../src/runtime/evaluation/classificationMetrics";
import { close } from "./close";
import { simulatedAnswers } from "./simulatedAnswers";

const { labels, probabilities } = simulatedAnswers();
const predicted = probabilities.map(argmax);

/** scikit-learn 1.9.1 on `simulatedAnswers`: precision_recall_fscore_support(labels, predicted), class by class. */
const scores: readonly (readonly [number, number, number, number])[] = [
  [0.5294117647058824, 0.6428571428571429, 0.5806451612903226, 42],
  [0.5333333333333333, 0.48, 0.5052631578947369, 50],
  [0.6078431372549019, 0.6326530612244898, 0.62, 49],
  [0.6415094339622641, 0.576271186440678, 0.6071428571428571, 59],
];

/** scikit-learn 1.9.1's calibration_curve(correct, confidence, n_bins=10, strategy=…): prob_true and prob_pred; counts by its searchsorted. */
const curves = {
  equalWidth: {
    counts: [0, 0, 0, 24, 63, 53, 28, 20, 12, 0],
    accuracy: [0.5833333333333334, 0.38095238095238093, 0.5660377358490566, 0.75, 0.75, 1.0],
    confidence: [
      0.35064580693920483, 0.4513973953097561, 0.542319804881879, 0.6509375385682556, 0.7406138749911355,
      0.847688117385936,
    ],
    error: 0.08034400445434516,
  },
  equalMass: {
    counts: [20, 20, 20, 20, 20, 20, 20, 20, 20, 20],
    accuracy: [0.55, 0.4, 0.45, 0.45, 0.4, 0.65, 0.5, 0.7, 0.75, 0.95],
    confidence: [
      0.34344767770770523, 0.40811761049105044, 0.44556846587733234, 0.47337342528486837, 0.5025452482406391,
      0.53095884739885, 0.575812971489311, 0.6347747096627058, 0.7120604603564654, 0.8137041293990841,
    ],
    error: 0.0779334965103726,
  },
} as const;

/** The first and last edges, numpy 2.4.6's percentile(confidence, linspace(0, 100, 11)). */
const massEdges = [0.30242371926635175, 0.37728322466683034, 0.7440400440884717, 0.8861930107706906];

describe("classification metrics", () => {
  it("gives scikit-learn's scores", () => {
    const report = classificationReport(labels, predicted, 4);
    close(report.accuracy, 0.58, "accuracy");
    close(report.macroF1, 0.5782627940819792, "macro-F1");
    assert.deepEqual(report.confusion, [
      [27, 7, 4, 4],
      [11, 24, 7, 8],
      [6, 5, 31, 7],
      [7, 9, 9, 34],
    ]);
    for (const [k, [precision, recall, f1, support]] of scores.entries()) {
      const found = report.classes[k];
      close(found?.precision ?? -1, precision, `precision of ${k}`);
      close(found?.recall ?? -1, recall, `recall of ${k}`);
      close(found?.f1 ?? -1, f1, `F1 of ${k}`);
      assert.equal(found?.support, support);
    }
    assert.equal(report.items, 200);
  });

  it("takes quotients by 0 as 0, and leaves a class without items and answers out of the mean", () => {
    // scikit-learn 1.9.1, zero_division=0, labels 0 … 3; f1_score(average="macro"), which sees classes 0, 1 and 3.
    const confusion = confusionMatrix([0, 0, 1, 1, 3], [0, 1, 1, 1, 0], 4);
    const found = classScores(confusion);
    const column = (of: (score: (typeof found)[number]) => number) => found.map((score) => of(score).toFixed(12));
    const wanted = (values: readonly number[]) => values.map((value) => value.toFixed(12));
    assert.deepEqual(
      column((s) => s.precision),
      wanted([0.5, 2 / 3, 0, 0]),
    );
    assert.deepEqual(
      column((s) => s.recall),
      wanted([0.5, 1, 0, 0]),
    );
    assert.deepEqual(
      column((s) => s.f1),
      wanted([0.5, 0.8, 0, 0]),
    );
    close(macroF1(confusion), 0.43333333333333335, "macro-F1");
  });

  it("gives scikit-learn's log-loss and Brier score", () => {
    close(logLoss(labels, probabilities), 1.0191643591725752, "log_loss");
    close(brierScore(labels, probabilities), 0.5558265296148482, "brier_score_loss(scale_by_half=False)");
  });

  it("clips probabilities of 0 as scikit-learn does", () => {
    const rows = [
      [1, 0],
      [1, 0],
      [0.25, 0.75],
    ];
    close(logLoss([0, 1, 1], rows), 12.110445153856311, "log_loss");
    close(brierScore([0, 1, 1], rows), (0 + 2 + 0.125) / 3, "Brier");
  });

  for (const binning of ["equalWidth", "equalMass"] as const) {
    it(`has scikit-learn's calibration curve with ${binning} bins`, () => {
      const bins = reliabilityBins(topAnswers(labels, probabilities), { bins: 10, binning });
      const wanted = curves[binning];
      assert.deepEqual(
        bins.map(({ count }) => count),
        wanted.counts,
      );
      const filled = bins.filter(({ count }) => count > 0);
      for (const [i, bin] of filled.entries()) {
        close(bin.accuracy ?? -1, wanted.accuracy[i] ?? -2, `accuracy of bin ${i}`);
        close(bin.confidence ?? -1, wanted.confidence[i] ?? -2, `confidence of bin ${i}`);
        assert.ok(bin.low <= (bin.confidence ?? -1) && (bin.confidence ?? 2) <= bin.high);
      }
      close(expectedCalibrationError(bins), wanted.error, "ECE");
    });
  }

  it("has 15 bins of equal width by default, and quantiles for bounds of bins of equal mass", () => {
    const answers = topAnswers(labels, probabilities);
    close(expectedCalibrationError(reliabilityBins(answers)), 0.06856734634267642, "ECE, 15 bins of equal width");
    const mass = reliabilityBins(answers, { binning: "equalMass" });
    close(expectedCalibrationError(mass), 0.1117182287495918, "ECE, 15 bins of equal mass");
    const ten = reliabilityBins(answers, { bins: 10, binning: "equalMass" });
    const edges = [ten[0]?.low, ten[0]?.high, ten[9]?.low, ten[9]?.high];
    for (const [i, edge] of edges.entries()) close(edge ?? -1, massEdges[i] ?? -2, `edge ${i}`);
  });

  it("puts a confidence on an edge into the bin below, and 0 into the first", () => {
    const answers = [0, 0.5, 1].map((confidence) => ({ confidence, correct: true }));
    const bins = reliabilityBins(answers, { bins: 2 });
    assert.deepEqual(
      bins.map(({ count }) => count),
      [2, 1],
    );
  });

  it("never parts equal confidences, and knows no order of items", () => {
    const answer = fc.record({ confidence: fc.constantFrom(0, 0.25, 0.5, 0.75, 1), correct: fc.boolean() });
    const property = fc.property(
      fc.array(answer, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 7 }),
      (answers, bins) => {
        const options = { bins, binning: "equalMass" } as const;
        const found = reliabilityBins(answers, options);
        assert.equal(
          found.reduce((sum, { count }) => sum + count, 0),
          answers.length,
        );
        const reversed = reliabilityBins(answers.slice().reverse(), options);
        assert.ok(Math.abs(expectedCalibrationError(found) - expectedCalibrationError(reversed)) < 1e-12);
      },
    );
    fc.assert(property, { numRuns: 200, seed: 1 });
  });

  it("relates its scores as they must be", () => {
    const data = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 40 });
    const property = fc.property(data, (pairs) => {
      const [gold, answers] = [pairs.map(([g]) => g), pairs.map(([, a]) => a)];
      const report = classificationReport(gold, answers, 4);
      const right = report.classes.reduce((sum, { recall, support }) => sum + recall * support, 0);
      assert.ok(Math.abs(right / gold.length - accuracy(gold, answers)) < 1e-12);
      for (const { f1, precision, recall } of report.classes) {
        const harmonic = precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
        assert.ok(Math.abs(f1 - harmonic) < 1e-12);
      }
      // Exchanging labels and answers exchanges precision and recall.
      const swapped = classificationReport(answers, gold, 4);
      assert.ok(Math.abs(swapped.macroF1 - report.macroF1) < 1e-12);
      assert.equal(classificationReport(gold, gold, 4).macroF1, 1);
    });
    fc.assert(property, { numRuns: 200, seed: 2 });
  });

  it("refuses what it cannot score", () => {
    assert.throws(() => accuracy([], []), /no items/);
    assert.throws(() => accuracy([0, 1], [0]), /1 values for 2 items/);
    assert.throws(() => confusionMatrix([0, 4], [0, 1], 4), /4 is not the number of one of 4 classes/);
    assert.throws(() => logLoss([0], [[0.5, 0.4]]), /item 0/);
    assert.throws(() => logLoss([0, 0], [[1, 0], [1]]), /item 1/);
    assert.throws(() => brierScore([0], [[Number.NaN, 1]]), /item 0/);
    assert.throws(() => logLoss([2], [[0.5, 0.5]]), /2 is not the number/);
    assert.throws(() => reliabilityBins([]), /no items/);
    assert.throws(() => reliabilityBins([{ confidence: 1.1, correct: true }]), /1.1 is not a probability/);
    assert.throws(() => reliabilityBins([{ confidence: 1, correct: true }], { bins: 0 }), /"bins" is 0/);
  });
});
