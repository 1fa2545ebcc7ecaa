import assert from "node:assert/strict";
import fc from "fast-check";
import { countWords, fitVocabulary, wordsOf } from "../../../../src/runtime/evaluation/bagOfWords";
import {
  bagOfWordsBaseline,
  majorityBaseline,
  nearestNeighbourBaseline,
  randomBaseline,
} from "../../../../src/runtime/evaluation/baselines";
import { fitLogisticRegression, predictProbabilities } from "../../../../src/runtime/evaluation/logisticRegression";
import { sparseRows } from "../../../../src/runtime/evaluation/sparseRows";
import { seededRandom } from "../../../../src/runtime/random";
import { close } from "./close";

const train = {
  texts: [
    "A warm, funny and moving film",
    "the plot is dull and the jokes are not funny",
    "an utter bore",
    "Warm-hearted and wise: a film to love",
    "I don't know what the plot is about",
    "dull, dull, dull",
    "naïve but charming film 2",
    "what is it about? not a film for 2",
    "the best film of the year",
    "a dull bore of a plot",
    "moving and wise",
    "who made the film of the year?",
  ],
  labels: [0, 1, 1, 0, 2, 1, 0, 2, 0, 1, 0, 2],
};
const test = [
  "a wise film",
  "dull plot",
  "what year is it?",
  "unknown words alone",
  "the funny, funny bore",
  "Naïve and DULL",
];

/**
 * scikit-learn 1.9.1: CountVectorizer() fitted on `train`, LogisticRegression(C=1 / l2, solver="newton-cg", tol=1e-13), predict_proba of `test`;
 * a dense Newton iteration in NumPy agrees to 1e-12.
 */
const logistic: readonly (readonly [l2: number, readonly (readonly number[])[]])[] = [
  [
    1,
    [
      [0.7338789299025701, 0.12968125788181847, 0.13643981221561147],
      [0.2098445572866547, 0.6807063351460669, 0.10944910756727848],
      [0.27719715909481607, 0.20346502059204838, 0.5193378203131356],
      [0.5003783714581503, 0.3309061667329409, 0.1687154618089088],
      [0.31946196502262353, 0.5610830724771899, 0.11945496250018652],
      [0.47320776972571355, 0.4531710238477025, 0.07362120642658389],
    ],
  ],
  [
    0.1,
    [
      [0.9068706675056193, 0.0400358882511887, 0.053093444243192046],
      [0.10099896462652312, 0.8597959172602464, 0.039205118113230505],
      [0.173701127887431, 0.10823953165160274, 0.7180593404609662],
      [0.5881956603463581, 0.3081397807506316, 0.10366455890301034],
      [0.18911481131538513, 0.7718351893598275, 0.03904999932478729],
      [0.5308200313155993, 0.4480144728079581, 0.021165495876442612],
    ],
  ],
];

/** The same of two classes, label 1 or not: p of the second, C=1. */
const binary = [
  0.14455224360866592, 0.6037347255845411, 0.18665759141642282, 0.3009736858916298, 0.4995052747282795,
  0.4574046091390076,
];

/** scikit-learn 1.9.1's KNeighborsClassifier(k, metric=…) on the vectors below: its predictions, and votes where k is 4. */
const neighbours = {
  cosine: {
    one: [0, 2, 0, 2, 0, 0, 2, 1, 1, 0, 0, 2],
    four: [1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2],
    votes: ["121", "202", "301", "121", "301", "310", "301", "220", "220", "301", "301", "112"],
  },
  euclidean: {
    one: [0, 2, 0, 1, 0, 0, 0, 1, 1, 0, 0, 1],
    four: [0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    votes: ["220", "103", "400", "211", "301", "310", "301", "220", "310", "310", "301", "022"],
  },
} as const;

const sumOf = (row: ArrayLike<number>) => Array.from(row).reduce((sum, p) => sum + p, 0);

describe("majority and random baselines", () => {
  it("answer the most frequent class, with the classes' shares", () => {
    const { predicted, probabilities } = majorityBaseline([2, 1, 1, 2, 0], 4, 3);
    assert.deepEqual(predicted, [1, 1, 1]);
    assert.deepEqual(Array.from(probabilities[2] ?? []), [0.2, 0.4, 0.4, 0]);
    assert.throws(() => majorityBaseline([], 2, 1), /no items/);
    assert.throws(() => majorityBaseline([2], 2, 1), /2 is not the number/);
  });

  it("draw evenly, and the same again for the same seed", () => {
    const { predicted, probabilities } = randomBaseline(3, 3000, 5);
    assert.deepEqual(randomBaseline(3, 3000, 5).predicted, predicted);
    assert.notDeepEqual(randomBaseline(3, 3000, 6).predicted, predicted);
    for (const k of [0, 1, 2]) {
      const count = predicted.filter((label) => label === k).length;
      assert.ok(Math.abs(count - 1000) < 4 * Math.sqrt((3000 * 2) / 9), `${count} of class ${k}`);
    }
    assert.deepEqual(Array.from(probabilities[0] ?? []), [1 / 3, 1 / 3, 1 / 3]);
    assert.throws(() => randomBaseline(0, 1, 0), /"classes" is 0/);
  });
});

describe("bag of words", () => {
  it("has CountVectorizer's words", () => {
    const wanted =
      "about an and are best bore but charming don dull film for funny hearted is it jokes know love made moving naïve not of plot the to " +
      "utter warm what who wise year";
    assert.equal([...fitVocabulary(train.texts).keys()].join(" "), wanted);
    assert.deepEqual(wordsOf("I don't_know 4 42: Ünïcode, 日本語"), ["don", "t_know", "42", "ünïcode", "日本語"]);
  });

  it("counts known words only", () => {
    const rows = countWords(fitVocabulary(["b1 a1 b1"]), ["new", "b1 a1 b1 b1", ""]);
    assert.deepEqual([...rows.starts], [0, 0, 2, 2]);
    assert.deepEqual([...rows.indices], [1, 0]);
    assert.deepEqual([...rows.values], [3, 1]);
  });

  for (const [l2, wanted] of logistic) {
    it(`is scikit-learn's logistic regression, l2 = ${l2}`, () => {
      const { predicted, probabilities, model } = bagOfWordsBaseline(train, 3, test, { l2 });
      assert.ok(model.converged);
      for (const [item, row] of wanted.entries()) {
        for (const [k, p] of row.entries()) close(probabilities[item]?.[k] ?? -1, p, `item ${item}, class ${k}`);
      }
      assert.deepEqual(predicted, [0, 1, 2, 0, 1, 0]);
    });
  }

  it("is scikit-learn's with two classes", () => {
    const labels = train.labels.map((label) => (label === 1 ? 1 : 0));
    const { probabilities } = bagOfWordsBaseline({ ...train, labels }, 2, test);
    for (const [item, p] of binary.entries()) close(probabilities[item]?.[1] ?? -1, p, `item ${item}`);
  });

  it("knows no word of the test set, and no order of the training items", () => {
    const options = { l2: 0.5 };
    const found = bagOfWordsBaseline(train, 3, test, options);
    const more = bagOfWordsBaseline(train, 3, [...test, "zebra zebra"], options);
    const reversed = { texts: train.texts.toReversed(), labels: train.labels.toReversed() };
    const other = bagOfWordsBaseline(reversed, 3, test, options);
    for (const [item, row] of found.probabilities.entries()) {
      assert.deepEqual(more.probabilities[item], row);
      for (const [k, p] of Array.from(row).entries()) close(other.probabilities[item]?.[k] ?? -1, p, `item ${item}`);
    }
  });

  it("gives a class without training items no probability, and the only class all", () => {
    const one = bagOfWordsBaseline({ texts: ["good", "fine"], labels: [2, 2] }, 4, ["good", "x"]);
    assert.deepEqual(one.predicted, [2, 2]);
    assert.deepEqual(Array.from(one.probabilities[0] ?? []), [0, 0, 1, 0]);
    const wordless = bagOfWordsBaseline({ texts: ["", "!", "?"], labels: [0, 3, 3] }, 4, ["any"]);
    close(wordless.probabilities[0]?.[3] ?? -1, 2 / 3, "the share of the class");
    assert.equal(wordless.probabilities[0]?.[1], 0);
  });

  it("fits what is separable, and what is large, to its optimum", () => {
    const random = seededRandom(4);
    const rows = Array.from({ length: 300 }, (_, i) => new Map([[i % 40, 1 + Math.floor(random() * 500)]]));
    const labels = rows.map((row) => ([...row.keys()][0] ?? 0) % 3);
    for (const l2 of [1e-6, 1, 1e4]) {
      const model = fitLogisticRegression(sparseRows(40, rows), labels, 3, { l2 });
      assert.ok(model.converged, `l2 = ${l2}: gradient ${model.gradientNorm} after ${model.iterations}`);
    }
  });

  it("ends where the loss is least", () => {
    const item = fc.tuple(fc.array(fc.nat(4), { maxLength: 5 }), fc.nat(2));
    const property = fc.property(
      fc.array(item, { minLength: 1, maxLength: 15 }),
      fc.infiniteStream(fc.double({ min: -1, max: 1, noNaN: true })),
      (items, noise) => {
        const texts = items.map(([words]) => words.map((w) => `w${w}`).join(" "));
        const labels = items.map(([, label]) => label);
        const rows = countWords(fitVocabulary(texts), texts);
        const model = fitLogisticRegression(rows, labels, 3);
        assert.ok(model.converged);
        const strength = model.seen.length === 2 ? 2 : 1;
        const loss = (weights: Float64Array) => {
          const probabilities = predictProbabilities({ ...model, weights }, rows);
          const penalty = weights.subarray(0, rows.columns * model.seen.length).reduce((sum, w) => sum + w * w, 0);
          return labels.reduce((sum, k, i) => sum - Math.log(probabilities[i]?.[k] ?? 0), (strength * penalty) / 2);
        };
        const moved = model.weights.map((weight) => weight + 0.01 * (noise.next().value ?? 0));
        assert.ok(loss(moved) >= loss(model.weights) - 1e-9);
        for (const row of predictProbabilities(model, rows)) close(sumOf(row), 1, "sum");
      },
    );
    fc.assert(property, { numRuns: 60, seed: 5 });
  });

  it("refuses what it cannot fit", () => {
    assert.throws(() => bagOfWordsBaseline({ texts: [], labels: [] }, 2, []), /no items/);
    assert.throws(() => bagOfWordsBaseline({ texts: ["a"], labels: [] }, 2, []), /0 values for 1 items/);
    assert.throws(() => bagOfWordsBaseline(train, 2, []), /2 is not the number/);
    assert.throws(() => bagOfWordsBaseline(train, 3, [], { l2: 0 }), /"l2" is 0/);
    const model = fitLogisticRegression(sparseRows(2, [new Map()]), [0], 1);
    assert.throws(() => predictProbabilities(model, sparseRows(3, [])), /3 features for a model of 2/);
  });
});

describe("the nearest neighbour baseline", () => {
  const random = seededRandom(3);
  const vectors = (count: number) =>
    Array.from({ length: count }, () => Array.from({ length: 5 }, () => random() * 2 - 1));
  const features = vectors(30);
  const labels = features.map(() => Math.floor(random() * 3));
  const queries = vectors(12);

  for (const distance of ["cosine", "euclidean"] as const) {
    it(`is scikit-learn's by ${distance} distance`, () => {
      const wanted = neighbours[distance];
      const one = nearestNeighbourBaseline({ features, labels }, 3, queries, { distance });
      assert.deepEqual(one.predicted, wanted.one);
      const four = nearestNeighbourBaseline({ features, labels }, 3, queries, { distance, k: 4 });
      assert.deepEqual(four.predicted, wanted.four);
      const votes = four.probabilities.map((row) => Array.from(row, (p) => String(4 * p)).join(""));
      assert.deepEqual(votes, wanted.votes);
    });
  }

  it("finds a training item itself, and of equal ones the first", () => {
    const { predicted } = nearestNeighbourBaseline({ features, labels }, 3, features);
    assert.deepEqual(predicted, labels);
    const twice = {
      features: [
        [1, 0],
        [1, 0],
        [0, 1],
      ],
      labels: [1, 0, 0],
    };
    assert.deepEqual(nearestNeighbourBaseline(twice, 2, [[2, 0]]).predicted, [1]);
    assert.deepEqual(nearestNeighbourBaseline(twice, 2, [[2, 0]], { k: 9 }).predicted, [0]);
    assert.equal(nearestNeighbourBaseline(twice, 2, [[0, 0]]).predicted.length, 1);
  });

  it("measures by the angle whatever the lengths", () => {
    const scale = fc.array(fc.double({ min: 0.1, max: 50, noNaN: true }), { minLength: 12, maxLength: 12 });
    const property = fc.property(scale, (factors) => {
      const scaled = queries.map((query, i) => Float32Array.from(query, (value) => value * (factors[i] ?? 1)));
      const found = nearestNeighbourBaseline({ features, labels }, 3, scaled);
      assert.deepEqual(found.predicted, neighbours.cosine.one);
    });
    fc.assert(property, { numRuns: 30, seed: 6 });
  });

  it("refuses vectors that have no distance", () => {
    const good = { features: [[1, 2]], labels: [0] };
    assert.throws(() => nearestNeighbourBaseline(good, 1, [[1]]), /2 finite numbers/);
    assert.throws(() => nearestNeighbourBaseline(good, 1, [[1, Number.NaN]]), /2 finite numbers/);
    assert.throws(() => nearestNeighbourBaseline(good, 1, [], { k: 0 }), /"k" is 0/);
    assert.throws(() => nearestNeighbourBaseline({ features: [], labels: [] }, 1, []), /no items/);
  });
});
