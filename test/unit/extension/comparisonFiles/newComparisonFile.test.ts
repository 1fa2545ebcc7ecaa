import assert from "node:assert/strict";
import fc from "fast-check";
import {
  armKinds,
  armNames,
  armsFor,
  type NewComparison,
  newComparisonFile,
  usualArms,
} from "../../../../src/extension/comparisonFiles/newComparisonFile";
import { scalar } from "../../../../src/extension/comparisonFiles/yamlScalar";
import { comparisonTasks } from "../../../../src/runtime/comparison/comparisonFile";
import { lintComparison } from "../../../../src/runtime/comparison/comparisonLint";
import { readComparisonText } from "../../../../src/runtime/comparison/comparisonText";
import { PromptTemplate } from "../../../../src/runtime/prompt/template";
import { taskFields } from "../../../../src/runtime/trainingDataProtocol";

const plain: NewComparison = {
  ...{ file: "reviews.jsonl", task: "classification", columns: { text: "review" } },
  ...{ allColumns: ["review", "label"], labels: { "0": "negative", "1": "positive" } },
  ...{ arms: armKinds, budget: 100 },
};

/** The file, read; fails where it has a problem. */
function read(text: string) {
  const { file, problems } = readComparisonText(text);
  assert.deepEqual(
    problems.map(({ line, message }) => `${line}: ${message}\n${text}`),
    [],
  );
  assert.ok(file);
  assert.deepEqual(lintComparison(file), []);
  return file;
}

const word = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }),
  fc.constantFrom(
    "yes",
    "No",
    "null",
    "~",
    "0",
    "1.5",
    "a: b",
    "- a",
    "#x",
    "{{ x }}",
    "{% if",
    "a, b",
    "'",
    '"',
    "\\",
    "\u2028",
    "é è",
  ),
  fc.constantFrom("entailment", "not_entailment", "neutral", "contradiction", "paraphrase", "different", "duplicate"),
);

/** Files that a user may come to, with whatever names. */
const asked: fc.Arbitrary<NewComparison> = fc
  .constantFrom(...comparisonTasks)
  .chain((task) => {
    const fields = task === "generation" ? fc.oneof(word, fc.constant("answer")) : fc.constantFrom(...taskFields[task]);
    const needsLabels = task !== "generation" && task !== "multipleChoice";
    return fc.record({
      task: fc.constant(task),
      file: word,
      columns: fc.dictionary(fields, word, { maxKeys: 4 }),
      allColumns: fc.array(word, { maxLength: 8 }),
      labels: needsLabels ? fc.dictionary(word, word, { maxKeys: 30 }) : fc.constant({}),
      arms: fc.subarray([...armKinds], { minLength: 1 }),
      budget: fc.option(fc.integer({ min: 2, max: 5000 })),
      parts: fc.subarray(["dev", "test"] as const),
      model: fc.option(word),
    });
  })
  .map(({ parts, model, ...said }) => ({
    ...said,
    ...Object.fromEntries(parts.map((part) => [part, `${part}.csv`])),
    ...(model === null ? {} : { model }),
  }));

describe("a new comparison file", () => {
  it("reads without problems, whatever the task, the labels and the columns", () => {
    fc.assert(
      fc.property(asked, (said) => {
        const file = read(newComparisonFile(said));
        assert.equal(file.data.file, said.file);
        assert.equal(file.data.task, said.task);
        assert.deepEqual(file.data.columns ?? {}, { ...said.columns });
        assert.equal(file.model, said.model);
        const renamed = Object.entries(said.labels).filter(([value, name]) => value !== name);
        assert.deepEqual(file.data.labels ?? {}, Object.fromEntries(renamed));
      }),
      { numRuns: 100 },
    );
  });

  it("has the arms that were chosen, and those alone that the task has", () => {
    for (const task of comparisonTasks) {
      for (const arms of [armKinds, usualArms(task)]) {
        const { arms: made } = read(newComparisonFile({ ...plain, task, columns: {}, arms }));
        const expected = armsFor(task).filter((kind) => arms.includes(kind));
        assert.deepEqual(
          made.map(({ name }) => name),
          expected.map((kind) => armNames[kind]),
        );
      }
    }
  });

  it("has prompts that render the fields of their task", () => {
    for (const task of comparisonTasks) {
      const { arms } = read(newComparisonFile({ ...plain, task, columns: {}, allColumns: ["english", "answer"] }));
      const fields =
        task === "generation" ? ["english"] : taskFields[task].filter((name) => !["label", "choices"].includes(name));
      for (const { prompt } of arms) {
        if (!prompt) continue;
        const item = Object.fromEntries(fields.map((field) => [field, `<${field}>`]));
        const { before, space } = new PromptTemplate(String(prompt.template), true).example(item, {});
        for (const field of fields) assert.ok(before.includes(`<${field}>`), `${task}: ${before}`);
        assert.equal(space, " ");
      }
    }
  });

  it("asks for entailment as GPT-3 did, and says yes and no of sentences that mean the same", () => {
    const labels = (...names: string[]) => Object.fromEntries(names.map((name) => [name, name]));
    const first = (task: NewComparison["task"], ...names: string[]) =>
      read(newComparisonFile({ ...plain, task, columns: {}, labels: labels(...names) })).arms[0]?.prompt;
    const three = first("entailment", "neutral", "entailment", "contradiction");
    assert.equal(
      three?.template,
      "{{ premise }}\nQuestion: {{ hypothesis }} True, False or Neither?\nAnswer: {{ answer }}",
    );
    assert.deepEqual(three?.labels, { entailment: "True", contradiction: "False", neutral: "Neither" });
    assert.match(String(first("entailment", "entailment", "not_entailment")?.template), / True or False\?/);
    assert.deepEqual(first("similarity", "different", "paraphrase")?.labels, { paraphrase: "yes", different: "no" });
    // Two labels for which one word stands are named as they are.
    assert.equal(first("entailment", "contradiction", "not_entailment")?.labels, undefined);
  });

  it("takes no more demonstrations than there are labels, and names the field by its column", () => {
    const { arms } = read(newComparisonFile({ ...plain, budget: 3 }));
    assert.deepEqual(arms.map(({ prompt }) => prompt?.k).slice(0, 3), [0, 1, 2]);
    assert.match(String(arms[0]?.prompt?.template), /^Review: /);
  });

  it("stays right when what is commented out is taken in", () => {
    for (const arms of [armKinds, ["zeroShot", "fewShot"] as const, ["head", "lora"] as const]) {
      const text = newComparisonFile({ ...plain, arms });
      const whole = text.replace(/^# (curve|assertions| {2}- )/gm, "$1");
      const file = read(whole);
      assert.ok(file.curve && file.assertions, whole);
    }
  });
});

describe("a YAML scalar", () => {
  it("stays bare where it is plainly text", () => {
    for (const text of ["positive", "full fine-tuning", "naïve", "not_entailment"]) assert.equal(scalar(text), text);
    assert.equal(scalar("data/reviews.jsonl"), "data/reviews.jsonl");
    for (const text of ["yes", "1", "a: b", "", " a", "null"]) assert.match(scalar(text), /^"/);
  });
});
