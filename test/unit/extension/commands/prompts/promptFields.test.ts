import assert from "node:assert/strict";
import fc from "fast-check";
import {
  inputFields,
  selectedValue,
  typedList,
  typedValue,
} from "../../../../../src/extension/commands/prompts/promptFields";
import { readPromptText } from "../../../../../src/runtime/prompt/promptText";

function fileOf(text: string) {
  const { file, problems } = readPromptText(text);
  return file ?? assert.fail(problems.map(({ message }) => message).join(" "));
}

describe("inputFields", () => {
  it("tells texts from lists, over all variants or those named", () => {
    const file = fileOf(`
task: multipleChoice
choices: endings
variants:
  - { name: a, template: "{{ context }} {{ answer }}" }
  - { name: b, template: "{{ topic }}: {{ context }} {{ hints }} {{ answer }}" }
input:
  - { context: x, topic: y, hints: [p, q], endings: [u, v] }
`);
    assert.deepEqual(inputFields(file).texts, ["context", "topic"]);
    assert.deepEqual(inputFields(file).lists, ["endings", "hints"]);
    assert.deepEqual(inputFields(file, ["a"]).texts, ["context"]);
    assert.deepEqual(inputFields(file, ["a"]).lists, ["endings"]);
    assert.equal(inputFields(file).sample.topic, "y");
  });
});

describe("values", () => {
  it("takes the selection without blank lines before it and white space after it", () => {
    assert.equal(selectedValue("\r\n  \r\n  one\r\n  two \r\n\r\n"), "  one\n  two");
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = selectedValue(text);
        assert.equal(selectedValue(value), value);
        assert.equal(value.trim(), text.replaceAll("\r\n", "\n").trim());
      }),
    );
  });

  it("reads lists in one line as they are shown", () => {
    assert.deepEqual(typedList("yes | no|maybe "), ["yes", "no", "maybe"]);
    assert.equal(typedValue(["yes", "no"]), "yes | no");
    assert.deepEqual(typedList(typedValue(["yes", "no"])), ["yes", "no"]);
    assert.equal(typedValue(undefined), "");
    assert.equal(typedValue(3), "3");
  });
});
