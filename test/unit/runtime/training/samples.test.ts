/** The labelled data among the samples: guessed right, whole, balanced, and without a repetition. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { guessTrainingData } from "../../../../src/runtime/training/guessData";
import { previewTrainingData } from "../../../../src/runtime/training/preview";
import { loadTrainingData } from "../../../../src/runtime/training/trainingData";

const folder = join(__dirname, "../../../../samples/data");
const samples = [
  { file: "sentiment.jsonl", task: "classification", labels: ["negative", "positive"], counts: [70, 70] },
  {
    ...{ file: "entailment.csv", task: "entailment", counts: [45, 45, 45] },
    labels: ["contradiction", "entailment", "neutral"],
  },
  { file: "paraphrases.tsv", task: "similarity", labels: ["different", "paraphrase"], counts: [62, 62] },
  // The right choice is the first as often as the second.
  { file: "causes.jsonl", task: "multipleChoice", labels: [], counts: [66, 64] },
];

describe("the labelled samples", () => {
  for (const { file, task, labels, counts } of samples) {
    it(`${file} is ready for ${task}`, async () => {
      const { data, missing } = await guessTrainingData({ path: join(folder, file) });
      assert.deepEqual([data.task, missing], [task, []]);
      const all = await previewTrainingData({ data: { ...data, devShare: 0, testShare: 0, seed: 1 } }, null);
      assert.deepEqual(all.labels, labels);
      assert.deepEqual(all.splits[0]?.byLabel, counts);
      assert.deepEqual([all.duplicates.count, all.contradictions.count], [0, 0]);
      const shares = { devShare: 0.15, testShare: 0.15, seed: 1 };
      const { splits, warnings } = await loadTrainingData({ ...data, ...shares });
      assert.deepEqual(warnings, []);
      const total = counts.reduce((sum, count) => sum + count, 0);
      const sizes = Object.values(splits).map(({ length }) => length);
      assert.equal(
        sizes.reduce((sum, size) => sum + size, 0),
        total,
      );
      for (const size of sizes.slice(1)) assert.ok(Math.abs(size - 0.15 * total) < counts.length);
    });
  }
});
