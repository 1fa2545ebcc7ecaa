import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { comparisonFileJsonSchema } from "../../../../src/runtime/comparison/comparisonSchema";
import { readComparisonText } from "../../../../src/runtime/comparison/comparisonText";

const good = `data: { file: a.jsonl, task: classification }
arms:
  - name: zero
    prompt: { template: "{{ text }} => {{ answer }}" }
  - name: few
    prompt:
      template: "{{ text }} => {{ answer }}"
      k: [4, 8]
  - name: head
    finetune: { method: head }
`;

/** Problems as `line:column code path`, warnings with a mark. */
function told(text: string): string[] {
  return readComparisonText(text).problems.map(
    ({ line, column, code, path, severity }) =>
      `${line}:${column} ${severity === "warning" ? "~" : ""}${code} ${path.join(".")}`,
  );
}

/** The good file with another text in place of a part. */
function changed(part: string | RegExp, other: string): string {
  const text = good.replace(part, other);
  assert.notEqual(text, good);
  return text;
}

describe("the text of a comparison file", () => {
  it("is read", () => {
    const { file, problems } = readComparisonText(good);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      file?.arms.map(({ name }) => name),
      ["zero", "few", "head"],
    );
  });

  it("has arms of different names, which assertions name", () => {
    assert.deepEqual(told(changed("name: few", "name: zero")), ["5:11 arm.name arms.1.name"]);
    assert.deepEqual(told(`${good}assertions:\n  - { arm: hed, atLeast: 0.8 }\n`), [
      "12:12 assertion.arm assertions.0.arm",
    ]);
    assert.deepEqual(told(`${good}assertions:\n  - { arm: head, noWorseThan: one, by: 0.1 }\n`), [
      "12:31 assertion.arm assertions.0.noWorseThan",
    ]);
    assert.deepEqual(told(`${good}assertions:\n  - { arm: head, betterThan: head }\n`), [
      "12:5 assertion.same assertions.0",
    ]);
  });

  it("says which key of an assertion is wrong, whatever kind of assertion it is", () => {
    assert.deepEqual(told(`${good}assertions: [{ arm: head, atLeest: 1 }]\n`), [
      "11:27 unrecognized_keys assertions.0.atLeest",
    ]);
    assert.deepEqual(told(`${good}assertions: [{ arm: head, noWorseThan: few, bye: 1 }]\n`), [
      "11:45 unrecognized_keys assertions.0.bye",
    ]);
    assert.deepEqual(told(`${good}assertions: [{ arm: head }]\n`), ["11:14 assertion.empty assertions.0"]);
  });

  it("is judged by metrics of its task", () => {
    assert.deepEqual(told(`${good}metrics: [accuracy, bleu, accuracy]\n`), [
      "11:21 metric metrics.1",
      "11:27 twice metrics.2",
    ]);
    assert.deepEqual(told(`${good}metrics: [logLoss]\nassertions: [{ arm: head, metric: accuracy, atLeast: 0.5 }]\n`), [
      "12:35 metric assertions.0.metric",
    ]);
  });

  it("trains no arm to write", () => {
    const text = changed("classification", "generation");
    assert.deepEqual(told(text), ["10:5 finetune.generation arms.2.finetune"]);
    const { problems } = readComparisonText(text);
    assert.match(problems[0]?.message ?? "", /classifiers, which write no texts/);
  });

  it("writes no labels, and chooses no texts", () => {
    const prompt = (keys: string) =>
      `data: { file: a.jsonl, task: generation }\narms:\n  - name: a\n    prompt: { ${keys} }\n`;
    assert.deepEqual(told(prompt("template: '{{ q }}: {{ answer }}', decoding: { maxNewTokens: 3 }")), []);
    assert.deepEqual(told(prompt("template: '{{ q }}: {{ answer }}', rule: sum")), [
      "4:50 prompt.generation arms.0.prompt.rule",
    ]);
    assert.deepEqual(told(changed("k: [4, 8]", "decoding: { numBeams: 4 }")), [
      "8:7 prompt.decoding arms.1.prompt.decoding",
    ]);
    const choices = changed("classification", "multipleChoice").replaceAll("{{ text }}", "{{ context }}");
    assert.deepEqual(told(choices.replace("k: [4, 8]", "labels: { a: A, b: B }")), [
      "8:7 prompt.labels arms.1.prompt.labels",
    ]);
  });

  it("knows the fields of the labelled tasks", () => {
    assert.deepEqual(told(changed("{{ text }}", "{{ sentence }}")), [
      "4:29 template.unknownVariable arms.0.prompt.template",
    ]);
    assert.deepEqual(told(changed("{{ answer }}", "x")), ["4:26 template.answerMissing arms.0.prompt.template"]);
    assert.deepEqual(told(changed("classification }", "classification, columns: { txt: a } }")), [
      "1:57 data.field data.columns.txt",
    ]);
  });

  it("says a prompt itself, or names a file that does", () => {
    assert.deepEqual(told(changed("k: [4, 8]", "file: a.prompt.yaml")), ["7:7 prompt.file arms.1.prompt.template"]);
    assert.deepEqual(told(changed('template: "{{ text }} => {{ answer }}"\n      k', "k")), [
      "6:5 prompt.template arms.1.prompt",
    ]);
    assert.deepEqual(told(changed("k: [4, 8]", "variant: a")), ["8:7 prompt.variant arms.1.prompt.variant"]);
  });

  it("has curves of arms that learn", () => {
    const zero = good.replace("k: [4, 8]", "k: 0").replace(/ {2}- name: head\n.*\n/, "");
    assert.deepEqual(told(`${zero}curve: { k: [0, 1], labels: [8, 8] }\n`), [
      "9:10 curve curve.k",
      "9:21 curve curve.labels",
      "9:33 twice curve.labels.1",
    ]);
    assert.deepEqual(told(`${good}curve: { k: [0, 1], labels: [8, 16] }\n`), []);
  });

  it("bounds what an arm may choose from", () => {
    const lists =
      "k: [1, 2, 3, 4, 5, 6, 7, 8, 9], rule: [sum, perToken, pmi, perByte, perCharacter, pmiAnswer], calibration: [none, contextual, batch], sampler: [random, balanced]";
    assert.deepEqual(told(changed('answer }}" }', `answer }}", ${lists} }`)), ["4:5 arm.combinations arms.0.prompt"]);
    assert.deepEqual(told(changed("[4, 8]", "[4, 4]")), ["8:14 twice arms.1.prompt.k.1"]);
  });

  it("refuses settings that the training engine would refuse", () => {
    const head = (keys: string) => told(changed("method: head", `method: head, ${keys}`));
    assert.deepEqual(head("lmCoef: 0.5"), ["10:39 finetune arms.2.finetune.lmCoef"]);
    assert.deepEqual(head("r: 4"), ["10:31 finetune.lora arms.2.finetune.r"]);
    assert.deepEqual(head("batchSize: [4, 8], microBatchSize: 8"), ["10:66 finetune arms.2.finetune.microBatchSize"]);
    assert.deepEqual(head("batchSize: 4"), []);
  });

  it("leaves something to measure with, and to choose by", () => {
    const split = (shares: string) => told(changed("classification }", `classification, split: ${shares} }`));
    assert.deepEqual(split("{ test: 0 }"), ["1:61 data.test data.split.test"]);
    assert.deepEqual(split("{ dev: 0.5, test: 0.5 }"), ["1:53 data.split data.split"]);
    assert.deepEqual(split("{ dev: 0 }"), ["1:60 data.dev data.split.dev"]);
    assert.deepEqual(
      told(good.replace("classification }", "classification, split: { dev: 0 } }").replace("[4, 8]", "4")),
      [],
    );
  });

  it("trains on two labels or more", () => {
    assert.deepEqual(told(`${good}labels: 1\n`), [
      "8:11 ~prompt.k arms.1.prompt.k.0",
      "8:14 ~prompt.k arms.1.prompt.k.1",
      "11:9 finetune.labels labels",
    ]);
    assert.deepEqual(told(`${good}curve: { labels: [1, 2] }\n`), ["11:19 ~curve.few curve.labels.0"]);
  });

  it("warns of more demonstrations than there are labels, and is read all the same", () => {
    const reading = readComparisonText(`${good}labels: 6\n`);
    assert.deepEqual(told(`${good}labels: 6\n`), ["8:14 ~prompt.k arms.1.prompt.k.1"]);
    assert.notEqual(reading.file, null);
  });

  it("never throws, and keeps its places inside the text", () => {
    const lines = good.split(/(?<=[\n:,{}[\]])/);
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: lines.length - 4 }), (pieces) => {
        const text = pieces.join("");
        for (const { start, end } of readComparisonText(text).problems)
          assert.ok(start >= 0 && start <= end && end <= text.length + 1);
      }),
      { numRuns: 200 },
    );
  });
});

describe("the JSON Schema of comparison files", () => {
  const schema = JSON.parse(JSON.stringify(comparisonFileJsonSchema()));

  it("is what the code says: `npm run schema` renews it", () => {
    const file = join(__dirname, "../../../../media/compareFile.schema.json");
    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), schema);
  });

  it("describes every key, and every value of every enumeration", () => {
    const bare: string[] = [];
    const visit = (node: unknown, path: string) => {
      if (typeof node !== "object" || node === null) return;
      const { properties = {}, ...rest } = node as Record<string, unknown> & {
        properties?: Record<string, { description?: string }>;
      };
      for (const [key, value] of Object.entries(properties)) {
        if (!value.description) bare.push(`${path}.${key}`);
        visit(value, `${path}.${key}`);
      }
      const { enum: values, enumDescriptions: texts } = rest;
      // The names of matrices are the checkpoints'.
      if (
        Array.isArray(values) &&
        !path.includes("targetModules") &&
        values.length !== (Array.isArray(texts) ? texts.length : 0)
      )
        bare.push(`${path} values`);
      for (const value of Object.values(rest)) visit(value, `${path}.*`);
    };
    visit(schema, "");
    assert.deepEqual(bare, []);
  });
});
