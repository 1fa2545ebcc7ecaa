import assert from "node:assert/strict";
import fc from "fast-check";
import { bagOfWordsBaseline } from "../../../../src/runtime/evaluation/baselines";
import {
  confidentJoint,
  confidentThresholds,
  crossValidatedProbabilities,
  estimatedJoint,
  rankLabelErrors,
  stratifiedFolds,
} from "../../../../src/runtime/evaluation/labelErrors";
import { seededRandom } from "../../../../src/runtime/random";
import { close } from "./close";
import { simulatedAnswers, withWrongLabels } from "./simulatedAnswers";

const { labels: right, probabilities } = simulatedAnswers();
const { labels } = withWrongLabels(right);

/** On `simulatedAnswers` with wrong labels: the equations of Northcutt et al. 2021 in NumPy 2.4.6, written down anew. */
const wanted = {
  thresholds: [0.4492392303053535, 0.3720710271225743, 0.3936678943118611, 0.41339206770844095],
  joint: [
    [21, 6, 7, 3],
    [8, 22, 9, 10],
    [5, 5, 25, 6],
    [3, 8, 7, 27],
  ],
  estimated: [
    [0.11067567567567567, 0.031621621621621625, 0.0368918918918919, 0.015810810810810812],
    [0.04163265306122448, 0.11448979591836733, 0.04683673469387755, 0.05204081632653061],
    [0.03170731707317073, 0.03170731707317073, 0.15853658536585366, 0.03804878048780488],
    [0.019333333333333334, 0.051555555555555556, 0.04511111111111111, 0.174],
  ],
  suspected: 77,
  byMargin: [50, 187, 57, 63, 138, 192, 114, 182],
  margins: [-0.8329809425910849, -0.742056103863986, -0.7111900719366728],
  byConfidence: [57, 63, 41, 21, 51, 138, 50, 127],
  confidences: [0.021544724262080525, 0.02266618925446442, 0.024728543180379026],
};

describe("suspected label errors", () => {
  it("are counted as in confident learning", () => {
    for (const [k, threshold] of confidentThresholds(labels, probabilities).entries()) {
      close(threshold, wanted.thresholds[k] ?? -1, `threshold of ${k}`);
    }
    assert.deepEqual(confidentJoint(labels, probabilities), wanted.joint);
    for (const [i, row] of estimatedJoint(labels, probabilities).entries()) {
      for (const [j, share] of row.entries()) close(share, wanted.estimated[i]?.[j] ?? -1, `${i}, ${j}`);
    }
  });

  it("are ranked by normalised margin and by self-confidence", () => {
    const byMargin = rankLabelErrors(labels, probabilities);
    assert.equal(byMargin.filter(({ suspected }) => suspected).length, wanted.suspected);
    assert.deepEqual(
      byMargin.slice(0, 8).map(({ item }) => item),
      wanted.byMargin,
    );
    for (const [i, margin] of wanted.margins.entries()) close(byMargin[i]?.normalisedMargin ?? 0, margin, "margin");
    const byConfidence = rankLabelErrors(labels, probabilities, "selfConfidence");
    assert.deepEqual(
      byConfidence.slice(0, 8).map(({ item }) => item),
      wanted.byConfidence,
    );
    for (const [i, confidence] of wanted.confidences.entries()) {
      close(byConfidence[i]?.selfConfidence ?? 0, confidence, "self-confidence");
    }
  });

  it("stand off the diagonal of the joint, with another label suggested", () => {
    const rank = rankLabelErrors(labels, probabilities);
    const offDiagonal = wanted.joint.flatMap((row, i) => row.filter((_, j) => j !== i)).reduce((a, b) => a + b, 0);
    assert.equal(offDiagonal, wanted.suspected);
    for (const { suspected, suggested, label } of rank) if (suspected) assert.notEqual(suggested, label);
    const firstTrusted = rank.findIndex(({ suspected }) => !suspected);
    assert.ok(rank.slice(firstTrusted).every(({ suspected }) => !suspected));
  });

  it("are found where they were planted, by a classifier that did not see them", () => {
    const random = seededRandom(9);
    const topics = [
      ["goal", "match", "team", "score", "coach"],
      ["bank", "stock", "price", "market", "trade"],
      ["virus", "doctor", "cell", "patient", "drug"],
    ];
    const truth = Array.from({ length: 150 }, (_, i) => i % 3);
    const texts = truth.map((k) => Array.from({ length: 6 }, () => topics[k]?.[Math.floor(random() * 5)]).join(" "));
    const planted = new Set([4, 33, 71, 100, 148]);
    const given = truth.map((k, i) => (planted.has(i) ? (k + 1) % 3 : k));
    const fit = (train: readonly number[], held: readonly number[]) => {
      assert.ok(held.every((item) => !train.includes(item)));
      const pick = <T>(values: readonly T[], items: readonly number[]) => values.filter((_, i) => items.includes(i));
      const examples = { texts: pick(texts, train), labels: pick(given, train) };
      return bagOfWordsBaseline(examples, 3, pick(texts, held)).probabilities;
    };
    const rank = rankLabelErrors(given, crossValidatedProbabilities(given, 3, fit));
    const suspected = rank.filter((found) => found.suspected);
    assert.deepEqual(new Set(rank.slice(0, 5).map(({ item }) => item)), planted);
    for (const { item, suggested } of suspected.slice(0, 5)) assert.equal(suggested, truth[item]);
  });

  it("do not exist where the classifier is sure of every label", () => {
    const rows = [0, 1, 1].map((k) => (k === 0 ? [1, 0, 0] : [0, 1, 0]));
    assert.ok(rankLabelErrors([0, 1, 1], rows).every(({ suspected }) => !suspected));
    assert.deepEqual(estimatedJoint([0, 1, 1], rows), [
      [1 / 3, 0, 0],
      [0, 2 / 3, 0],
      [0, 0, 0],
    ]);
  });

  it("add up to 1 with the labels that are right, whatever the probabilities", () => {
    const item = fc.tuple(fc.nat(2), fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }));
    const property = fc.property(fc.array(item, { minLength: 1, maxLength: 20 }), (items) => {
      const given = items.map(([label]) => label);
      const rows = items.map(([, weights]) => weights.map((w) => w / weights.reduce((a, b) => a + b, 0)));
      const joint = estimatedJoint(given, rows);
      for (const [label, row] of joint.entries()) {
        const share = given.filter((other) => other === label).length / given.length;
        assert.ok(Math.abs(row.reduce((a, b) => a + b, 0) - share) < 1e-12);
      }
      const rank = rankLabelErrors(given, rows);
      assert.equal(new Set(rank.map(({ item: number }) => number)).size, items.length);
      for (const { normalisedMargin } of rank) assert.ok(normalisedMargin >= -1 && normalisedMargin <= 1);
    });
    fc.assert(property, { numRuns: 150, seed: 1 });
  });
});

describe("stratified folds", () => {
  it("spread every class evenly, and the same way for the same seed", () => {
    const data = fc.tuple(
      fc.array(fc.nat(3), { minLength: 6, maxLength: 60 }),
      fc.integer({ min: 2, max: 6 }),
      fc.nat(99),
    );
    const property = fc.property(data, ([given, folds, seed]) => {
      const foldOf = stratifiedFolds(given, 4, { folds, seed });
      assert.deepEqual(stratifiedFolds(given, 4, { folds, seed }), foldOf);
      const sizes = (of: (item: number) => boolean) =>
        Array.from({ length: folds }, (_, f) => foldOf.filter((fold, i) => fold === f && of(i)).length);
      const spread = (counts: readonly number[]) => Math.max(...counts) - Math.min(...counts);
      assert.ok(spread(sizes(() => true)) <= 1);
      for (const k of [0, 1, 2, 3]) assert.ok(spread(sizes((i) => given[i] === k)) <= 1);
    });
    fc.assert(property, { numRuns: 150, seed: 2 });
  });

  it("differ by seed", () => {
    assert.notDeepEqual(stratifiedFolds(labels, 4, { seed: 1 }), stratifiedFolds(labels, 4, { seed: 2 }));
  });

  it("refuse what cannot be divided", () => {
    assert.throws(() => stratifiedFolds([0, 1], 2), /2 items cannot be divided into 5 folds/);
    assert.throws(() => stratifiedFolds([0, 1], 2, { folds: 1 }), /into 1 folds/);
    assert.throws(() => crossValidatedProbabilities([0, 1], 2, () => [], { folds: 2 }), /0 values for 1 items/);
  });
});
