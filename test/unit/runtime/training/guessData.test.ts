/** Guesses of what a data file holds. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RuntimeError } from "../../../../src/runtime/errors";
import { guessTrainingData } from "../../../../src/runtime/training/guessData";
import { loadTrainingData } from "../../../../src/runtime/training/trainingData";

describe("guesses of what a data file holds", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "gptw-guess-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, content: string) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  /** Task and columns that a CSV file with this header and these rows seems to have. */
  const guess = async (header: string, ...rows: string[]) => {
    const { data, missing } = await guessTrainingData({ path: write("any.csv", [header, ...rows].join("\n")) });
    return { task: data.task, columns: data.columns, labels: data.labels, missing };
  };
  const found = (task: string, columns: Record<string, string>, labels: Record<string, string> = {}) => ({
    ...{ task, columns, labels },
    missing: [],
  });

  it("knows texts and labels by the names that are usual", async () => {
    assert.deepEqual(await guess("text,label", "a,0"), found("classification", {}));
    assert.deepEqual(
      await guess("Sentence,Sentiment", "a,0"),
      found("classification", { text: "Sentence", label: "Sentiment" }),
    );
    assert.deepEqual(
      await guess("id,question,category", "1,a?,b"),
      found("classification", { text: "question", label: "category" }),
    );
  });

  it("takes the longest column for the text and the one with the fewest values for the label", async () => {
    const rows = ["1,a longer text,x", "2,another long text,y", "3,the third text,x", "4,and a fourth one,y"];
    assert.deepEqual(await guess("id,words,kind", ...rows), found("classification", { text: "words", label: "kind" }));
    assert.deepEqual((await guess("id,words", "1,a longer text", "2,other text")).missing, ["label"]);
  });

  it("tells pairs for entailment from pairs for similarity", async () => {
    assert.deepEqual(await guess("premise,hypothesis,gold_label", "a,b,0"), {
      ...found("entailment", { label: "gold_label" }),
    });
    const sentences = { premise: "sentence1", hypothesis: "sentence2" };
    assert.deepEqual(await guess("sentence1,sentence2,label", "a,b,not_entailment"), found("entailment", sentences));
    assert.deepEqual(
      await guess("sentence1,sentence2,label", "a,b,1"),
      found("similarity", { text_a: "sentence1", text_b: "sentence2" }),
    );
    assert.deepEqual(
      await guess("question1,question2,is_duplicate", "a,b,1"),
      found("similarity", { text_a: "question1", text_b: "question2", label: "is_duplicate" }),
    );
    assert.deepEqual(
      await guess("question,passage,answer", "a,b,true"),
      found("entailment", { premise: "passage", hypothesis: "question", label: "answer" }),
    );
  });

  it("knows choices as a list, and as columns, and numbers the right one from 0", async () => {
    assert.deepEqual(
      await guess("stem,options,answerKey", 'a,"[""x"",""y""]",A', 'b,"[""x"",""y""]",B'),
      found("multipleChoice", { context: "stem", choices: "options", label: "answerKey" }, { A: "0", B: "1" }),
    );
    assert.deepEqual(
      await guess("passage,question,choice1,choice2,label", "a,b,x,y,1", "a,b,x,y,2"),
      found("multipleChoice", { context: "passage|question", choices: "choice1|choice2" }, { "1": "0", "2": "1" }),
    );
    const copa = await guess("premise,choice1,choice2,question,label", "It rained.,x,y,effect,1", "b,x,y,cause,0");
    const context = "{{premise}} What was the {{question}}?";
    assert.deepEqual(copa, found("multipleChoice", { context, choices: "choice1|choice2" }));
  });

  it("finds the other parts beside a file for training, and gives the labels' values", async () => {
    const rows = "text,label\na,p\nb,q\nc,q\n";
    for (const name of ["x.train.csv", "x.validation.csv", "x.test.csv", "training.csv"]) write(name, rows);
    const { data, labelValues, columns } = await guessTrainingData({ path: join(folder, "x.train.csv") });
    assert.equal(data.dev, join(folder, "x.validation.csv"));
    assert.equal(data.test, join(folder, "x.test.csv"));
    assert.deepEqual(
      [labelValues, columns],
      [
        ["q", "p"],
        ["text", "label"],
      ],
    );
    const loaded = await loadTrainingData({ ...data, devShare: 0, testShare: 0, seed: 1, keepDuplicates: true });
    assert.equal(loaded.splits.dev.length, 3);
    const alone = await guessTrainingData({ path: join(folder, "training.csv") });
    assert.deepEqual([alone.data.dev, alone.data.test], [undefined, undefined]);
  });

  it("says why a file cannot be read, and looks past bad rows", async () => {
    const fails = (path: string, message: RegExp) =>
      assert.rejects(
        guessTrainingData({ path }),
        (error) => error instanceof RuntimeError && error.code === "invalidDataset" && message.test(error.message),
      );
    await fails(write("bad.jsonl", "no\nno\n"), /^bad\.jsonl:1: .*JSON/);
    await fails(write("empty.csv", "text,label\n"), /^empty\.csv: .*no rows/);
    await fails(join(folder, "none.csv"), /cannot be read/);
    const some = await guessTrainingData({ path: write("some.jsonl", 'no\n{"text": "a", "label": 1}\n') });
    assert.deepEqual([some.data.task, some.missing], ["classification", []]);
  });
});
