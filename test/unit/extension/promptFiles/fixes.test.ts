import assert from "node:assert/strict";
import { analyzePrompt } from "../../../../src/extension/promptFiles/analysis";
import { fixesFor } from "../../../../src/extension/promptFiles/fixes";

/** Applies the fix of the first problem of this code, which is then gone. */
function fixed(text: string, code: string, columns?: ReadonlyMap<string, readonly string[]>): string {
  const { reading, problems } = analyzePrompt(text, columns);
  const problem = problems.find((one) => one.code === code);
  assert.ok(problem, `${code} is not among ${problems.map((one) => one.code).join(", ")}`);
  const [fix] = fixesFor(reading, problem, [...(columns?.values() ?? [])].flat());
  assert.ok(fix, `no fix for ${code}`);
  let mended = text;
  for (const change of fix.changes.toSorted((a, b) => b.start - a.start))
    mended = mended.slice(0, change.start) + change.text + mended.slice(change.end);
  const left = analyzePrompt(mended, columns).problems.filter(
    (one) => one.code === code && one.message === problem.message,
  );
  assert.deepEqual(left, [], mended);
  return mended;
}

const head = "task: classification\n";
const variant = (template: string) => `variants:\n  - name: a\n    template: ${template}\n`;
const plain = variant('"{{ text }} {{ answer }}"');
const labels = "labels: { yes: good, no: bad }\n";

describe("quick fixes in prompt files", () => {
  it("name the key or the value that was meant", () => {
    assert.match(fixed(`${head}${plain}scorng:\n  rule: sum\n`, "unrecognized_keys"), /^scoring:$/m);
    assert.match(fixed(`${head}variants: [{ name: a, tmplate: x }]`, "unrecognized_keys"), /template: x/);
    assert.match(fixed(`task: clasification\n${plain}`, "invalid_value"), /^task: classification$/m);
    assert.match(fixed(`${head}${plain}scoring: { rule: pertoken }`, "invalid_value"), /rule: perToken/);
  });

  it("name the field that was meant, also one of a data file, and add the answer", () => {
    const items = "input: [{ text: a }]\n";
    const wrong = variant('"Text: {{ txet }}\\nA: {{ answer }}"');
    assert.match(fixed(`${head}${wrong}${items}`, "template.unknownVariable"), /Text: \{\{ text \}\}/);
    const columns = new Map([["a.csv", ["text", "stars"]]]);
    const data = `${head}${wrong}input: { file: a.csv }\n`;
    assert.match(fixed(data, "template.unknownVariable", columns), /Text: \{\{ text \}\}/);
    for (const value of ['"Text: {{ text }}\\nA:"', "'Text: {{ text }} A:'", "|-\n      {{ text }}\n      A:"]) {
      assert.match(fixed(`${head}${variant(value)}${items}`, "template.answerMissing"), /A: \{\{ answer \}\}["']?$/m);
    }
  });

  it("put one space before the answer, and none at the end", () => {
    assert.match(fixed(`${head}${variant('"{{ text }}   {{ answer }}"')}`, "lint.trailingSpace"), /\}\} \{\{/);
    assert.match(fixed(`${head}${variant('"{{ text }} {{ answer }}  "')}`, "lint.spaceAtEnd"), /answer \}\}"$/m);
    assert.match(
      fixed(`${head}${variant("|+\n      {{ text }} {{ answer }}\n\n")}`, "lint.spaceAtEnd"),
      /template: \|-\n/,
    );
    assert.match(fixed(`instruction: |\n  Do.\n${head}${plain}`, "lint.spaceAtEnd"), /^instruction: \|-$/m);
  });

  it("keep to one delimiter", () => {
    const text = `${head}${variant("|-\n      A: {{ a }}\n      B => {{ b }}\n      C: {{ answer }}")}`;
    assert.match(fixed(text, "lint.mixedDelimiters"), /^ {6}B: \{\{ b \}\}$/m);
  });

  it("put a template in quotes that YAML takes for a map", () => {
    const quoted = /template: '\{\{ text \}\}''s \{\{ answer \}\}'$/m;
    const bad = `${head}${variant("{{ text }}'s {{ answer }}")}`;
    const [problem] = analyzePrompt(bad).problems;
    assert.match(fixed(bad, problem?.code ?? ""), quoted);
    assert.match(fixed(`${head}${variant("{{ answer }}")}`, "invalid_type"), /template: '\{\{ answer \}\}'$/m);
  });

  it("give each variant its name", () => {
    const text = `${head}${plain}  - name: a\n    template: "{{ answer }} it is"\n`;
    assert.match(fixed(text, "lint.duplicateVariant"), /- name: a 2$/m);
  });

  it("name the label that was meant", () => {
    const text = `${head}${plain}${labels}input:\n  - { text: a, label: yess }\n`;
    assert.match(fixed(text, "lint.unknownLabel"), /label: yes \}/);
  });

  it("take words away that all label words share", () => {
    const text = `${head}${plain}labels:\n  a: very good\n  b: [very bad, "very poor"]\n`;
    assert.match(fixed(text, "lint.labelPrefix"), /a: good\n {2}b: \[bad, poor\]/);
  });

  it("balance demonstrations, wherever they are said", () => {
    const from = "from:\n    - { text: a, label: yes }\n    - { text: b, label: yes }\n";
    const block = `${head}${plain}${labels}demonstrations:\n  ${from}`;
    assert.match(fixed(block, "lint.imbalance"), /^ {2}sampler: balanced\n {2}from:$/m);
    assert.match(fixed(`${block}  sampler: fixed\n`, "lint.imbalance"), /^ {2}sampler: balanced$/m);
    const own = `${head}${plain}    demonstrations: { k: 2 }\n${labels}demonstrations:\n  ${from}`;
    assert.match(fixed(own, "lint.imbalance"), /demonstrations: \{ sampler: balanced, k: 2 \}/);
  });

  it("remove a demonstration that is there twice or is an input", () => {
    const items =
      "  k: 1\n  from:\n    - text: a\n      label: yes\n    - text: b\n      label: no\n    - text: a\n      label: no\n";
    const text = `${head}${plain}${labels}demonstrations:\n${items}input: [{ text: b }]\n`;
    assert.match(fixed(text, "lint.duplicateDemonstration"), /label: no\ninput/);
    assert.match(fixed(text, "lint.leak"), /label: yes\n {4}- text: a\n/);
  });

  it("take as many demonstrations as there are", () => {
    const text = `${head}${plain}${labels}demonstrations:\n  k: 9\n  from:\n    - { text: a, label: yes }\n    - { text: b, label: no }\n`;
    assert.match(fixed(text, "lint.tooFewDemonstrations"), /k: 2$/m);
  });
});
