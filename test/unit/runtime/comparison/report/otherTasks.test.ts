import assert from "node:assert/strict";
import type { ComparisonItem } from "../../../../../src/runtime/comparison/comparisonInput";
import { buildReport } from "../../../../../src/runtime/comparison/report/buildReport";
import { predictionsJsonl } from "../../../../../src/runtime/comparison/report/reportCsv";
import type { ReportInput } from "../../../../../src/runtime/comparison/report/reportInput";
import { reportItems } from "../../../../../src/runtime/comparison/report/reportItems";
import type { Prediction } from "../../../../../src/runtime/comparisonRecord";
import { corpusBleu, perplexity, rougeL, tokenF1 } from "../../../../../src/runtime/evaluation/generationMetrics";
import { close } from "../../evaluation/close";
import { simulated } from "./simulatedComparison";

/** A comparison of one prompt, with items and answers of another task. */
function ofTask(
  data: Omit<ReportInput["data"], "dev">,
  record: Partial<ReportInput["record"]>,
  predictions: readonly Prediction[],
): ReportInput {
  const { length } = data.train;
  const plain = simulated({ arms: [{ name: "prompt", kind: "prompt", accuracy: 0.5 }], items: 2, train: length });
  return {
    ...plain,
    data: { ...data, dev: [] },
    record: {
      ...plain.record,
      ...{ labels: [], items: { train: length, dev: 0, test: data.test.length } },
      ...record,
    },
    predictions: new Map(plain.outcomes.map(({ unit }) => [unit.id, predictions])),
    pool: (count) => data.train.slice(0, count),
  };
}

describe("a report on texts", () => {
  const item = (file: string, line: number, gold: string): ComparisonItem => {
    return { file, line, fields: { question: `question ${line}` }, label: null, gold };
  };
  const golds = ["the red house stands here", "a blue car", "the red house stands here", "green"];
  const texts = ["the red house stands there", "A blue car!", "nothing", "green"];
  const input = ofTask(
    {
      train: ["green", "green", "a blue car"].map((gold, i) => item("train.jsonl", i + 1, gold)),
      test: golds.map((gold, i) => item("test.jsonl", i + 1, gold)),
      choices: null,
    },
    { task: "generation", metrics: ["exactMatch", "tokenF1", "bleu", "rougeL", "perplexity"] },
    texts.map((text, i) => ({
      ...{ item: i, label: null, probabilities: null, text },
      ...{ logprob: -2 * (i + 1), tokens: i + 2, ms: 1 },
    })),
  );

  it("has every metric of texts, and baselines that say what train says", async () => {
    const { report, arms } = await buildReport(input);
    const mean = (of: (text: string, golds: readonly string[]) => number) =>
      texts.reduce((sum, text, i) => sum + of(text, [golds[i] ?? ""]), 0) / texts.length;
    const [{ metrics } = assert.fail(), frequent] = report.arms;
    close(metrics.exactMatch?.value ?? -1, 0.5, "exact match");
    close(metrics.tokenF1?.value ?? -1, mean(tokenF1), "token F1");
    close(
      metrics.rougeL?.value ?? -1,
      mean((text, of) => rougeL(text, of).f1),
      "ROUGE-L",
    );
    const bleu = corpusBleu(
      texts,
      golds.map((gold) => [gold]),
    );
    close(metrics.bleu?.value ?? -1, bleu.score, "BLEU");
    const all = perplexity(texts.map((_, i) => ({ logprob: -2 * (i + 1), tokens: i + 2 })));
    close(metrics.perplexity?.value ?? -1, all, "perplexity");
    assert.equal(frequent?.name, "most frequent answer");
    assert.equal(frequent.metrics.exactMatch?.value, 0.25);
    assert.equal(frequent.metrics.perplexity, undefined, "a baseline has no likelihood");
    const { items } = reportItems(input, arms, { from: 1, count: 1 });
    assert.deepEqual(items[0]?.answers[0], {
      ...{ answer: "A blue car!", right: 1, seeds: 1, probabilities: null },
      bySeed: [{ seed: 0, answer: "A blue car!", right: true, probabilities: null }],
    });
    const [line = ""] = predictionsJsonl(input, arms);
    assert.equal(JSON.parse(line).logprob, -2);
  });

  it("by perplexity has no baselines, and says so", async () => {
    const { report } = await buildReport({ ...input, record: { ...input.record, metrics: ["perplexity"] } });
    assert.equal(report.arms.length, 1);
    assert.equal(report.notes[0], "No baseline can be judged by perplexity: none was made.");
  });
});

describe("a report on choices", () => {
  const item = (file: string, line: number): ComparisonItem => {
    const label = (line * 7) % 2;
    const choices = [0, 1].map((choice) => (choice === label ? `fine answer ${line % 5}` : `odd answer ${line % 3}`));
    return { file, line, fields: { context: `context ${line % 4}`, choices }, label, gold: String(label) };
  };
  const items = (file: string, count: number) => Array.from({ length: count }, (_, i) => item(file, i + 1));

  it("has a bag of words that reads each choice, and answers by their texts", async () => {
    const test = items("test.jsonl", 20);
    const input = ofTask(
      { train: items("train.jsonl", 30), test, choices: 2 },
      { task: "multipleChoice", metrics: ["accuracy", "logLoss"] },
      test.map((_, i) => ({
        ...{ item: i, label: 0, probabilities: [0.6, 0.4], text: null },
        ...{ logprob: null, tokens: null, ms: 1 },
      })),
    );
    assert.match((await buildReport(input)).report.notes.join(), /nearest neighbour is left out/);
    // Right choices point one way, wrong ones another.
    const vectors = ({ line, label }: ComparisonItem) =>
      [0, 1].map((choice) => Float32Array.of(...turned(choice === label ? 0.1 * (line % 3) : 1 + 0.1 * (line % 5))));
    const turned = (angle: number) => [Math.cos(angle), Math.sin(angle)];
    const features = { train: input.data.train.map(vectors), test: input.data.test.map(vectors) };
    const { report, arms } = await buildReport({ ...input, features });
    const nearest = report.arms.find(({ name }) => name === "nearest neighbour");
    assert.equal(nearest?.metrics.accuracy?.value, 1);
    const words = report.arms.find(({ name }) => name === "bag of words");
    assert.equal(words?.metrics.accuracy?.value, 1);
    assert.deepEqual(report.arms[0]?.confusion, []);
    assert.deepEqual(report.suspicions, []);
    assert.match(report.verdicts.join("\n"), /Beaten by a baseline! bag of words is better than prompt/);
    const [first] = reportItems(input, arms, { from: 0, count: 1 }).items;
    assert.equal(first?.gold, "fine answer 1");
    assert.equal(first?.answers[0]?.answer, "odd answer 1");
  });
});

describe("a report on the data", () => {
  const plain = simulated({
    items: 80,
    train: 120,
    labels: ["no", "yes"],
    arms: [{ name: "prompt", kind: "prompt", accuracy: 0.8, k: 0 }],
  });
  const labelled = (file: string, line: number, label: number, text: string): ComparisonItem => {
    return { file, line, fields: { text }, label, gold: label === 0 ? "no" : "yes" };
  };
  const telling = (file: string, count: number, wrong: readonly number[] = []) =>
    Array.from({ length: count }, (_, i) => {
      const truth = i % 2;
      const word = truth === 0 ? "dull" : "bright";
      return labelled(file, i + 1, wrong.includes(i) ? 1 - truth : truth, `${word} ${word} filler${i % 7}`);
    });

  it("finds planted wrong labels, with what would stand in the file", async () => {
    const wrong = [3, 40, 77];
    const { report } = await buildReport({
      ...plain,
      data: { ...plain.data, train: telling("train.jsonl", 120, wrong), dev: [] },
      file: {
        ...plain.file,
        data: { ...plain.file.data, columns: { label: "polarity" }, labels: { "0": "no", "1": "yes" } },
      },
    });
    assert.deepEqual(
      report.suspicions.map(({ line }) => line - 1).sort((a, b) => a - b),
      wrong,
    );
    const found = report.suspicions.find(({ line }) => line === 4);
    assert.deepEqual([found?.label, found?.suggested, found?.column, found?.value], ["no", "yes", "polarity", "1"]);
    assert.ok((found?.labelProbability ?? 1) < 0.2 && (found?.suggestedProbability ?? 0) > 0.8);
  });

  it("finds items of test that were in train, and scores the others alone", async () => {
    const long = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
    const test = plain.data.test.map((item, i) => ({
      ...item,
      fields: { text: i < 2 ? `${long} ${i}` : Array.from({ length: 14 }, (_, w) => `w${i}x${w}`).join(" ") },
    }));
    const train = [labelled("train.jsonl", 9, 0, `before it ${long}`), ...plain.data.train];
    const pretraining = {
      ...{ n: 13, files: 2, bytes: 3e6, cut: false },
      found: [{ source: "books:7", text: String(test[5]?.fields.text).split(" ").slice(0, 13).join(" ") }],
    };
    const { report } = await buildReport({
      ...plain,
      data: { ...plain.data, train, test },
      prompts: [{ source: "prompt of x", text: test[7]?.fields.text ?? "" }],
      pretraining,
    });
    const { overlap } = report;
    assert.equal(overlap?.n, 13);
    assert.deepEqual(
      overlap.dirty.map(({ item, sources }) => [item, sources]),
      [
        [0, ["train.jsonl:9"]],
        [1, ["train.jsonl:9"]],
        [5, ["books:7"]],
        [7, ["prompt of x"]],
      ],
    );
    assert.equal(overlap.dirty[0]?.overlap, long);
    assert.equal(overlap.clean, 76);
    assert.deepEqual(overlap.searched, [
      "train (121 items)",
      "instructions and templates (1)",
      "text of pre-training (2 files, 3.0 MB)",
    ]);
    const answers = [...plain.predictions.values()][0] ?? [];
    const clean = answers.filter((_, i) => ![0, 1, 5, 7].includes(i));
    const right = clean.filter(({ label, item }) => label === test[item]?.label).length;
    close(overlap.cleanScores[0] ?? -1, right / 76, "clean score");
    assert.match(
      report.verdicts.join("\n"),
      /4 of 80 items of test share 13 words in a row or more with what was learnt/,
    );
  });

  it("has the nearest neighbour where there are features of all that is learnt from", async () => {
    const ofLabel = ({ label }: ComparisonItem) => [Float32Array.of(label === 0 ? 1 : 0.1, label === 0 ? 0.1 : 1)];
    const features = { train: plain.data.train.map(ofLabel), test: plain.data.test.map(ofLabel) };
    const { report } = await buildReport({ ...plain, features });
    const nearest = report.arms.find(({ name }) => name === "nearest neighbour");
    assert.equal(nearest?.metrics.accuracy?.value, 1);
    assert.doesNotMatch(report.notes.join(), /neighbour/);
    const sampled = { ...features, train: features.train.map((row, i) => (i < 20 ? [] : row)) };
    const ofSample = (await buildReport({ ...plain, features: sampled })).report;
    assert.match(ofSample.notes.join(), /nearest neighbour knows a sample of 100 of 120 items/);
    assert.equal(ofSample.arms.find(({ name }) => name === "nearest neighbour")?.metrics.accuracy?.value, 1);
    const none = { ...features, train: features.train.map(() => []) };
    assert.match(
      (await buildReport({ ...plain, features: none })).report.notes.join(),
      /nearest neighbour is left out/,
    );
  });

  it("finds the word that an arm is wrong on", async () => {
    const test = telling("test.jsonl", 80).map((item, i) => {
      return i % 4 === 0 ? { ...item, fields: { text: String(item.fields.text).replace(/filler\d/, "never") } } : item;
    });
    const wrongOn = (i: number) => i % 4 === 0 || i % 20 === 1;
    const answers = test.map(({ label }, item) => {
      const answer = wrongOn(item) ? 1 - (label ?? 0) : (label ?? 0);
      const probabilities = [answer === 0 ? 0.9 : 0.1, answer === 0 ? 0.1 : 0.9];
      return { item, label: answer, probabilities, text: null, logprob: null, tokens: null, ms: 1 };
    });
    const predictions = new Map(plain.outcomes.map(({ unit }) => [unit.id, answers]));
    const { report } = await buildReport({ ...plain, data: { ...plain.data, test }, predictions });
    const [worst] = report.slices;
    assert.equal(worst?.name, "with the word “never”");
    assert.deepEqual([worst.arm, worst.items, worst.wrong, worst.rate.value], [0, 20, 20, 1]);
    assert.deepEqual(
      worst.only,
      test.flatMap((_, i) => (i % 4 === 0 ? [i] : [])),
    );
  });
});
