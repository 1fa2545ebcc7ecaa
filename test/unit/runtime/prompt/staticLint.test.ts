import assert from "node:assert/strict";
import { type PromptProblem, readPromptText } from "../../../../src/runtime/prompt/promptText";
import { staticLint } from "../../../../src/runtime/prompt/staticLint";

const template = '    template: "Review: {{ text }}\\nOpinion: {{ answer }}"\n';
const one = `  - name: plain\n${template}`;
const labels = "labels: { positive: good, negative: bad }\n";

function problems(text: string, columns?: ReadonlyMap<string, readonly string[]>): readonly PromptProblem[] {
  const reading = readPromptText(text);
  assert.ok(reading.file, JSON.stringify(reading.problems));
  return staticLint(reading.file, reading, columns);
}

/** Problems as `line code`. */
function told(text: string): string[] {
  return problems(text).map(({ line, code }) => `${line} ${code}`);
}

function file(variants: string, rest = ""): string {
  return `task: classification\nvariants:\n${variants}${rest}`;
}

function inVariant(value: string): string {
  return file(`  - name: plain\n    template: ${value}\n`);
}

/** Demonstrations with these labels, one a line. */
function demonstrations(said: string, answers: readonly string[]): string {
  const items = answers.map((label, i) => `    - { text: number ${i}, label: ${label} }\n`).join("");
  return `demonstrations:\n${said}  from:\n${items}`;
}

describe("the linter of prompt files", () => {
  it("says nothing of a file without hazards", () => {
    const items = demonstrations("  k: 2\n", ["positive", "negative", "negative", "positive"]);
    assert.deepEqual(told(file(one, `${labels}${items}input:\n  - { text: new, label: positive }\n`)), []);
  });

  it("finds white space before the answer, in each kind of scalar, and says what should stand there", () => {
    for (const value of [
      '"A: {{ text }} B:  {{ answer }}"',
      "'A: {{ text }} B:  {{ answer }}'",
      "|-\n      A: {{ text }}\n      B:  {{ answer }}",
    ]) {
      const text = inVariant(value);
      const [problem, ...others] = problems(text);
      assert.deepEqual(others, []);
      assert.equal(problem?.code, "lint.trailingSpace");
      assert.equal(text.slice(problem.start, problem.end), "  ");
      assert.equal(problem.replacement, " ");
      assert.equal(problem.line, value.startsWith("|") ? 6 : 4);
    }
    const escaped = inVariant('"A: {{ text }}\\n\\n{{ answer }}"');
    const [problem] = problems(escaped);
    assert.equal(escaped.slice(problem?.start, problem?.end), "\\n\\n");
    assert.equal(problem?.replacement, undefined);
    assert.deepEqual(told(inVariant("|-\n      {{ text }}\n\n      {{ answer }}")), ["5 lint.trailingSpace"]);
  });

  it("finds fields that there are not, at their places, once the fields are known", () => {
    const block = "|-\n      A: {{ text }}\n      B: {{ answer }} {{ txet }}";
    const text = inVariant(block);
    assert.deepEqual(told(text), [], "a file without items says nothing of fields");
    const inline = `${text}input: [{ text: a }]\n`;
    const [problem, ...others] = problems(inline);
    assert.deepEqual(others, []);
    assert.equal(problem?.code, "template.unknownVariable");
    assert.equal(inline.slice(problem.start, problem.end), "txet");
    assert.deepEqual([problem.line, problem.column], [6, 26]);
    const data = `${text}input: { file: a.csv, columns: { text: review } }\n`;
    assert.deepEqual(told(data), [], "the columns are not known");
    const columns = new Map([["a.csv", ["review"]]]);
    assert.deepEqual(
      problems(data, columns).map(({ code }) => code),
      ["template.unknownVariable"],
    );
    assert.deepEqual(problems(data.replace("txet", "review"), columns), []);
  });

  it("finds what templates may not hold: no answer, two, a broken tag, an answer in the instruction", () => {
    for (const [value, expected] of [
      ['"{{ text }}"', "template.answerMissing"],
      ['"{{ answer }} {{ answer }}"', "template.answerTwice"],
      ['"{{ text {{ answer }}"', "template.syntax"],
      ['"{{ answer | upper }}"', "template.answerChanged"],
    ] as const) {
      assert.deepEqual(told(inVariant(value)), [`4 ${expected}`], value);
    }
    assert.deepEqual(told(`instruction: "Say {{ answer }}"\n${file(one)}`), ["1 template.answerChanged"]);
    assert.deepEqual(told(`instruction: "One of {{ labels | join(', ') }}."\n${file(one, labels)}`), []);
  });

  it("takes one space or line break for meant", () => {
    for (const value of [
      '"{{ text }} {{ answer }}"',
      '"{{ text }}\\n{{ answer }}"',
      "|\n      {{ text }}\n      {{ answer }}",
    ])
      assert.deepEqual(told(inVariant(value)), []);
  });

  it("finds white space at the end of template and instruction", () => {
    assert.deepEqual(told(inVariant('"{{ text }} {{ answer }} "')), ["4 lint.spaceAtEnd"]);
    assert.deepEqual(told(inVariant("|+\n      {{ text }} {{ answer }}\n\n")), ["4 lint.spaceAtEnd"]);
    assert.deepEqual(told(`instruction: |\n  Say it.\n${file(one)}`), ["1 lint.spaceAtEnd"]);
    assert.deepEqual(told(`instruction: |-\n  Say it.\n${file(one)}`), []);
  });

  it("finds delimiters that are mixed within a template, at their places", () => {
    const text = inVariant("|-\n      Review - {{ text }}\n      Stars: {{ stars }}\n      Opinion: {{ answer }}");
    const [problem, ...others] = problems(text);
    assert.deepEqual(others, []);
    assert.equal(problem?.code, "lint.mixedDelimiters");
    assert.equal(text.slice(problem.start, problem.end), " -");
    assert.deepEqual([problem.line, problem.column, problem.replacement], [5, 13, ":"]);
    assert.deepEqual(told(inVariant('"English: {{ a }} => {{ answer }}"')), ["4 lint.mixedDelimiters"]);
  });

  it("takes a calculation for no delimiter", () => {
    assert.deepEqual(told(inVariant('"Q: What is {{ a }} - {{ b }}?\\nA: {{ answer }}"')), []);
    assert.deepEqual(told(inVariant('"{{ a }} - {{ b }} = {{ answer }}"')), []);
  });

  it("finds cues that the instruction writes in another way", () => {
    const text = `instruction: Write Opinion => and a word.\n${file(one)}`;
    const [problem] = problems(text);
    assert.equal(problem?.code, "lint.mixedDelimiters");
    assert.equal(text.slice(problem.start, problem.end), "=>");
    assert.deepEqual(told(`instruction: "After Opinion: write a word - one."\n${file(one)}`), []);
  });

  it("tells when variants differ in their delimiters too", () => {
    const other = '  - name: arrow\n    template: "{{ text }} => {{ answer }}"\n';
    assert.deepEqual(told(file(one + other)), ["6 lint.delimitersDiffer"]);
  });

  it("finds variants of one name, and offers a free one", () => {
    const [problem] = problems(file(one + one));
    assert.deepEqual([problem?.code, problem?.line, problem?.replacement], ["lint.duplicateVariant", 5, "plain 2"]);
  });

  it("finds label words that begin alike, or differ in length", () => {
    const alike = "labels:\n  yes: very good\n  no: very bad\n  maybe: mixed feelings\n";
    assert.deepEqual(told(file(one, alike)), ["7 lint.labelPrefix"]);
    assert.deepEqual(told(file(one, "labels: { a: ['in', of], b: inside }\n")), ["5 lint.labelPrefix"]);
    const longer = "labels: { a: good, b: not good }\n";
    assert.deepEqual(
      problems(file(one, longer)).map(({ code, severity }) => `${severity} ${code}`),
      ["info lint.labelLength"],
    );
    assert.equal(problems(file(one, `${longer}scoring: { rule: sum }\n`))[0]?.severity, "warning");
  });

  it("finds right answers that are no label, no choice, or missing", () => {
    const items = demonstrations("  k: 2\n", ["positive", "postive", "negative"]);
    assert.deepEqual(told(file(one, `${labels}${items}input:\n  - { text: a, label: other }\n  - { text: b }\n`)), [
      "10 lint.unknownLabel",
      "13 lint.unknownLabel",
    ]);
    assert.deepEqual(told(file(one, `${labels}demonstrations: { k: 1, from: [{ text: a }] }\n`)), [
      "6 lint.missingAnswer",
    ]);
    const choice = "choices: options\ninput:\n";
    for (const [item, expected] of [
      ["{ text: a, options: [x, y], label: 1 }", []],
      ["{ text: a, options: [x, y], label: '0' }", []],
      ["{ text: a, options: [x, y], label: 2 }", ["7 lint.choice"]],
      ["{ text: a, options: [x, y], label: x }", []],
      ["{ text: a, options: [x, y], label: z }", ["7 lint.choice"]],
      ["{ text: a, options: x, label: 0 }", ["7 lint.choice"]],
    ] as const) {
      assert.deepEqual(told(file(one, `${choice}  - ${item}\n`)), expected, item);
    }
  });

  it("finds one label that demonstrations have too often", () => {
    const many = ["positive", "positive", "negative", "positive"];
    assert.deepEqual(told(file(one, labels + demonstrations("", many))), ["6 lint.imbalance"]);
    assert.deepEqual(told(file(one, labels + demonstrations("  sampler: balanced\n", many))), []);
    const first = ["negative", "positive", ...many];
    assert.deepEqual(told(file(one, labels + demonstrations("  sampler: fixed\n  k: 2\n", first))), []);
  });

  it("finds one label at the end of fixed demonstrations, and nowhere else", () => {
    const run = ["positive", "positive", "negative", "negative"];
    assert.deepEqual(told(file(one, labels + demonstrations("  sampler: fixed\n", run))), ["6 lint.recency"]);
    assert.deepEqual(told(file(one, labels + demonstrations("  sampler: random\n", run))), []);
    const mixed = ["positive", "negative", "negative", "positive"];
    assert.deepEqual(told(file(one, labels + demonstrations("  sampler: fixed\n", mixed))), []);
  });

  it("finds demonstrations that are there twice, are inputs, or are too few", () => {
    const text = file(
      one,
      `${labels}demonstrations:\n  k: 4\n  from:\n    - { text: a, label: positive }\n    - { text: b, label: negative }\n    - { text: "a ", label: negative }\ninput:\n  - { label: negative, text: b }\n`,
    );
    assert.deepEqual(told(text), ["7 lint.tooFewDemonstrations", "10 lint.leak", "11 lint.duplicateDemonstration"]);
  });

  it("tells once what holds for several variants", () => {
    const two = one + one.replace("plain", "other");
    assert.deepEqual(told(file(two, labels + demonstrations("", ["positive", "positive", "positive", "positive"]))), [
      "8 lint.imbalance",
    ]);
  });
});
