/** Real labelled data, where they are: guessed, read, split and previewed as GPT-1's task types. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { guessTrainingData } from "../../src/runtime/training/guessData";
import { encodeItem } from "../../src/runtime/training/inputTransforms";
import { itemLength, previewTrainingData } from "../../src/runtime/training/preview";
import { loadTrainingData } from "../../src/runtime/training/trainingData";
import type { TaskType, TrainingData } from "../../src/runtime/trainingDataProtocol";

const datasets = join(__dirname, "../../../shared/datasets");

/** What a data set is known to hold. */
interface Known {
  readonly name: string;
  readonly file: string;
  readonly task: TaskType;
  readonly labels: readonly string[];
  readonly choices?: number;
  /** Rows of the file to train on. */
  readonly rows: number;
  /** Names of files that stand beside it. */
  readonly dev?: string;
  readonly test?: string;
}

const sets: readonly Known[] = [
  {
    ...{ name: "SST-2", file: "sst2.train.jsonl", task: "classification", rows: 6920 },
    ...{ labels: ["negative", "positive"], dev: "sst2.validation.jsonl", test: "sst2.test.jsonl" },
  },
  {
    ...{ name: "TREC", file: "trec.train.jsonl", task: "classification", rows: 5452, test: "trec.test.jsonl" },
    labels: ["abbreviation", "description", "entity", "human", "location", "number"],
  },
  {
    ...{ name: "RTE", file: "rte.train.jsonl", task: "entailment", rows: 2490 },
    ...{ labels: ["entailment", "not_entailment"], dev: "rte.validation.jsonl" },
  },
  {
    ...{ name: "MRPC", file: "mrpc.train.jsonl", task: "similarity", rows: 4076 },
    ...{ labels: ["different", "paraphrase"], test: "mrpc.test.jsonl" },
  },
  {
    ...{ name: "COPA", file: "copa.train.jsonl", task: "multipleChoice", rows: 368 },
    ...{ labels: [], choices: 2, dev: "copa.validation.jsonl" },
  },
];

describe("real labelled data", () => {
  for (const known of sets) {
    const path = join(datasets, known.file);
    it(`${known.name} is guessed right, read, and split`, async function () {
      if (!existsSync(path)) return this.skip();
      const { data: guessed, missing } = await guessTrainingData({ path });
      assert.deepEqual([guessed.task, missing], [known.task, []]);
      const beside = (name: string | undefined) => (name === undefined ? undefined : join(datasets, name));
      assert.deepEqual([guessed.dev, guessed.test], [beside(known.dev), beside(known.test)]);
      const data: TrainingData = { ...guessed, devShare: 0.1, testShare: 0.1, seed: 1, keepDuplicates: true };
      const all = await loadTrainingData(data);
      assert.deepEqual([all.labels, all.choices], [known.labels, known.choices ?? null]);
      const split = Object.entries(all.splits).filter(([name]) => name === "train" || !(name in guessed));
      assert.equal(
        split.reduce((sum, [, items]) => sum + items.length, 0),
        known.rows,
      );
      for (const items of Object.values(all.splits)) {
        assert.ok(items.length > 0);
        for (const item of items) itemLength(item, known.task, { encode: () => [0] });
      }
      const screened = await previewTrainingData({ data: { ...data, keepDuplicates: false } }, null);
      const left = screened.duplicates.count + screened.leaked.count + screened.contradictions.count;
      const used = split.reduce(
        (sum, [name]) => sum + (screened.splits.find((part) => part.name === name)?.items ?? 0),
        0,
      );
      assert.equal(used + left, known.rows);
    });
  }

  it("COPA's question becomes words", async function () {
    const path = join(datasets, "copa.train.jsonl");
    if (!existsSync(path)) return this.skip();
    const { data } = await guessTrainingData({ path });
    const { splits } = await loadTrainingData({ ...data, devShare: 0, testShare: 0, seed: 1 });
    const first = splits.train.find(({ line }) => line === 1);
    assert.ok(first);
    assert.equal(first.fields.context, "My body cast a shadow over the grass. What was the cause?");
    const words: string[] = [];
    const encode = (text: string) => text.split(" ").map((word) => words.push(word) + 2);
    const { sequences } = encodeItem(first, "multipleChoice", encode, { start: 0, delimiter: 1, extract: 2 }, 100);
    assert.equal(sequences.length, 2);
  });
});
