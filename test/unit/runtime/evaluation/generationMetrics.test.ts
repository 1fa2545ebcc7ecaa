import assert from "node:assert/strict";
import fc from "fast-check";
import {
  corpusBleu,
  exactMatch,
  normaliseAnswer,
  perplexity,
  rougeL,
  tokenF1,
  tokenize13a,
} from "../../../../src/runtime/evaluation/generationMetrics";
import { close } from "./close";

/** Prediction, reference, and what a transcription of SQuAD's evaluate-v1.1.py (F1 without words: evaluate-v2.0.py) makes of them. */
const squad: readonly (readonly [string, string, string, 0 | 1, number])[] = [
  ["The Eiffel Tower!", "eiffel tower", "eiffel tower", 1, 1],
  ["in 1889, by A. Eiffel", "1889", "in 1889 by eiffel", 0, 0.4],
  ["éa the thé  an\u00a0anna a-b", "x", "éa thé anna ab", 0, 0],
  ["the", "a", "", 1, 1],
  ["", "x", "", 0, 0],
  ["the cat the cat sat", "cat cat cat on mat", "cat cat sat", 0, 0.5],
];

interface BleuCase {
  readonly predictions: readonly string[];
  readonly references: readonly (readonly string[])[];
  readonly score: number;
  readonly precisions: readonly number[];
  readonly brevityPenalty: number;
  readonly lengths: readonly [prediction: number, reference: number];
}

/** sacrebleu 2.6.0: metrics.BLEU().corpus_score, signature case:mixed|eff:no|tok:13a|smooth:exp. */
const bleu: readonly BleuCase[] = [
  {
    predictions: ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."],
    references: [
      ["The dog bit the man.", "The dog had bit the man."],
      ["It was not unexpected.", "No one was surprised."],
      ["The man bit him first.", "The man had bitten the dog."],
    ],
    score: 48.530827009929865,
    precisions: [82.3529411764706, 50.0, 45.45454545454545, 37.5],
    brevityPenalty: 0.9428731438548749,
    lengths: [17, 18],
  },
  {
    predictions: ["a b c d"],
    references: [["a c b d"]],
    score: 22.59005009024613,
    precisions: [100.0, 16.666666666666668, 12.5, 12.5],
    brevityPenalty: 1,
    lengths: [4, 4],
  },
  {
    predictions: ["the cat"],
    references: [["the cat"]],
    score: 0,
    precisions: [100, 100, 0, 0],
    brevityPenalty: 1,
    lengths: [2, 2],
  },
  {
    predictions: ["nothing alike here at all"],
    references: [["quite another sentence"]],
    score: 0,
    precisions: [0, 0, 0, 0],
    brevityPenalty: 1,
    lengths: [5, 3],
  },
  {
    predictions: ["It costs $1,234.50 &amp; 3-4 days, i.e. &quot;long&quot;...", "Über-große Straße – „schön“!"],
    references: [
      ['It costs $1,234.50 & 3-4 days, i.e. "long".', "It costs 1,234.50 dollars & 3-4 days"],
      ["Über große Straße - „schön“!"],
    ],
    score: 79.298610094585,
    precisions: [84.0, 78.26086956521739, 76.19047619047619, 78.94736842105263],
    brevityPenalty: 1,
    lengths: [25, 24],
  },
  {
    predictions: ["", "a short one of six words"],
    references: [["not empty at all"], ["a short one of seven words indeed"]],
    score: 23.350308364304226,
    precisions: [83.33333333333333, 60.0, 50.0, 33.333333333333336],
    brevityPenalty: 0.43459820850707825,
    lengths: [6, 11],
  },
  {
    predictions: ["end-\nless line <skipped>\nbreaks in it 😀, 5%."],
    references: [["endless line breaks in it 😀, 5 %."]],
    score: 100.00000000000004,
    precisions: [100, 100, 100, 100],
    brevityPenalty: 1,
    lengths: [10, 10],
  },
  {
    predictions: ["The Cat sat on the mat mat mat mat"],
    references: [["the cat sat on the mat", "The Cat is on a mat mat"]],
    score: 39.00578865534529,
    precisions: [77.77777777777777, 62.5, 28.571428571428573, 16.666666666666668],
    brevityPenalty: 1,
    lengths: [9, 7],
  },
];

/** sacrebleu 2.6.0: Tokenizer13a, its result split at spaces. */
const tokens: readonly (readonly [string, string])[] = [
  ["Hello, world! 3.14 1,000. a.b -5 3-4 x-y", "Hello , world ! 3.14 1,000 . a . b -5 3 - 4 x-y"],
  [
    'it\'s "quoted" (yes) [no] {so} a/b @me #1 $5 50% ^ _ ` ~ = + < > | \\ ; : ? * &lt;b&gt;',
    'it\'s " quoted " ( yes ) [ no ] { so } a / b @ me # 1 $ 5 50 % ^ _ ` ~ = + < > | \\ ; : ? * < b >',
  ],
  ["x.é,9.9,9.. 😀.😀", "x . é , 9.9,9 . . 😀 . 😀"],
];

/**
 * Prediction, reference, precision, recall, F1. The first three are from rouge-score's own tests (google-research/rouge, rouge_scorer_test.py);
 * the others are by a transcription of its tokenize.py and rouge_scorer.py at 0c1bbe5, without stemmer.
 */
const rouge: readonly (readonly [string, string, number, number, number])[] = [
  ["testing one", "testing one two", 1, 2 / 3, 4 / 5],
  ["testing two", "testing one two", 1, 2 / 3, 4 / 5],
  ["", "testing one two", 0, 0, 0],
  [
    "The quick brown dog jumps on the log.",
    "The quick brown fox jumps over the lazy dog",
    0.625,
    0.5555555555555556,
    0.5882352941176471,
  ],
  ["It's café-time, 3.5 km", "its caf time 3 5 km away", 0.7142857142857143, 0.7142857142857143, 0.7142857142857143],
  ["a b c d e f", "f e d c b a", 0.16666666666666666, 0.16666666666666666, 0.16666666666666666],
  [
    "the gunman was shot dead by police",
    "police killed the gunman; the gunman was then taken away by police",
    0.7142857142857143,
    0.4166666666666667,
    0.5263157894736842,
  ],
];

const word = fc.constantFrom("a", "the", "cat", "sat", "on", "mat", "3.5", "it's", "–");
const sentence = fc.array(word, { minLength: 1, maxLength: 9 }).map((words) => words.join(" "));

describe("exact match and token F1", () => {
  for (const [prediction, reference, normalised, exact, f1] of squad) {
    it(`scores ${JSON.stringify(prediction)} as SQuAD's evaluation does`, () => {
      assert.equal(normaliseAnswer(prediction), normalised);
      assert.equal(exactMatch(prediction, [reference]), exact);
      close(tokenF1(prediction, [reference]), f1, "F1");
    });
  }

  it("takes the best of several references", () => {
    assert.equal(exactMatch("Paris", ["London", "paris."]), 1);
    close(tokenF1("in Paris", ["London", "Paris, France", "Paris"]), 2 / 3, "F1");
    assert.throws(() => exactMatch("x", []), /no reference/);
    assert.throws(() => tokenF1("x", []), /no reference/);
  });

  it("is 1 for F1 where it is 1 for exact match, and the same both ways", () => {
    const property = fc.property(sentence, sentence, (a, b) => {
      if (exactMatch(a, [b]) === 1) assert.equal(tokenF1(a, [b]), 1);
      assert.equal(tokenF1(a, [b]), tokenF1(b, [a]));
    });
    fc.assert(property, { numRuns: 200, seed: 1 });
  });
});

describe("BLEU", () => {
  for (const [i, wanted] of bleu.entries()) {
    it(`is sacrebleu's, case ${i}`, () => {
      const found = corpusBleu(wanted.predictions, wanted.references);
      close(found.score, wanted.score, "score");
      close(found.brevityPenalty, wanted.brevityPenalty, "brevity penalty");
      for (const [n, precision] of wanted.precisions.entries()) {
        close(found.precisions[n] ?? -1, precision, `precision ${n + 1}`);
      }
      assert.deepEqual([found.predictionLength, found.referenceLength], wanted.lengths);
    });
  }

  for (const [text, wanted] of tokens) {
    it(`tokenizes ${JSON.stringify(text.slice(0, 12))}… as 13a`, () =>
      assert.equal(tokenize13a(text).join(" "), wanted));
  }

  it("is 100 for a reference of four tokens, and knows no order of items", () => {
    const pairs = fc.array(fc.tuple(sentence, sentence), { minLength: 1, maxLength: 5 });
    const property = fc.property(pairs, (items) => {
      const [predictions, references] = [items.map(([a]) => a), items.map(([, b]) => [b])];
      const { score } = corpusBleu(predictions, references);
      assert.ok(score >= 0 && score < 100 + 1e-9);
      const reversed = corpusBleu(predictions.toReversed(), references.toReversed());
      assert.ok(Math.abs(score - reversed.score) < 1e-9);
      const long = predictions.map((text) => `${text} and so on again`);
      const same = long.map((text) => [text]);
      assert.ok(Math.abs(corpusBleu(long, same).score - 100) < 1e-9);
    });
    fc.assert(property, { numRuns: 100, seed: 2 });
  });

  it("refuses items without references", () => {
    assert.throws(() => corpusBleu(["a"], [[]]), /no reference/);
    assert.throws(() => corpusBleu(["a"], []), /0 values for 1 items/);
    assert.throws(() => corpusBleu([], []), /no items/);
  });
});

describe("ROUGE-L", () => {
  for (const [prediction, reference, precision, recall, f1] of rouge) {
    it(`is rouge-score's of ${JSON.stringify(prediction)}`, () => {
      const found = rougeL(prediction, [reference]);
      close(found.precision, precision, "precision");
      close(found.recall, recall, "recall");
      close(found.f1, f1, "F1");
    });
  }

  it("takes the reference with the best F1", () => {
    const found = rougeL("testing one", ["testing one two", "testing one", "other"]);
    assert.deepEqual(found, { precision: 1, recall: 1, f1: 1 });
    assert.throws(() => rougeL("x", []), /no reference/);
  });

  it("is never over the F1 of bags of words", () => {
    const words = fc.array(fc.constantFrom("b", "c", "d", "e"), { minLength: 1, maxLength: 12 });
    const property = fc.property(words, words, (a, b) => {
      const [first, second] = [a.join(" "), b.join(" ")];
      assert.ok(rougeL(first, [second]).f1 <= tokenF1(first, [second]) + 1e-12);
      assert.equal(rougeL(first, [second]).precision, rougeL(second, [first]).recall);
      assert.equal(rougeL(first, [first]).f1, 1);
    });
    fc.assert(property, { numRuns: 200, seed: 3 });
  });
});

describe("perplexity", () => {
  it("is the number of equally likely tokens, over all texts together", () => {
    const texts = [3, 5, 100].map((tokens) => ({ tokens, logprob: tokens * Math.log(1 / 50_257) }));
    close(perplexity(texts), 50_257, "perplexity");
    // By hand: two tokens of ½ and one of ⅛ are 5 bits for 3 tokens.
    const mixed = [
      { tokens: 2, logprob: 2 * Math.log(0.5) },
      { tokens: 1, logprob: Math.log(0.125) },
    ];
    close(perplexity(mixed), 2 ** (5 / 3), "perplexity");
    assert.equal(perplexity([{ tokens: 1, logprob: Number.NEGATIVE_INFINITY }]), Number.POSITIVE_INFINITY);
    assert.throws(() => perplexity([]), /no tokens/);
  });
});
