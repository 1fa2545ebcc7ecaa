import assert from "node:assert/strict";
import fc from "fast-check";
import { completionsAt } from "../../../../src/extension/promptFiles/completions";
import { promptHoverAt } from "../../../../src/extension/promptFiles/hovers";
import { outlineOf } from "../../../../src/extension/promptFiles/outline";
import { variantsOf } from "../../../../src/extension/promptFiles/promptTree";
import { editDistance, nearest } from "../../../../src/extension/yamlFiles/nearest";
import type { OutlineNode } from "../../../../src/extension/yamlFiles/outline";
import { readPromptText } from "../../../../src/runtime/prompt/promptText";
import { readAtCursor } from "./support";

const file = `task: classification
labels: { positive: good, "on the fence": [mixed, unsure] }
input:
  - { text: It works., label: positive }
  - text: |-
      It hums.
      All night.
    label: on the fence
demonstrations:
  k: 2
  sampler: balanced
  from: { file: reviews.jsonl, columns: { text: review } }
variants:
  - name: plain
    template: "Review: {{ text }}\\nOpinion: {{ answer }}"
  - name: terse
    template: |-
      {{ text }}
      {{ answer }}
`;
const around = { files: ["reviews.jsonl", "data/more.csv"], columns: ["review", "stars"] };

/** Labels of what is offered at `¦`. */
function offered(marked: string): string[] {
  const { reading, offset } = readAtCursor(marked);
  return completionsAt(reading, offset, around).map(({ label }) => label);
}

/** The text with what is offered under this label put in. */
function accepted(marked: string, label: string): string {
  const { reading, offset } = readAtCursor(marked);
  const found = completionsAt(reading, offset, around).find((one) => one.label === label);
  assert.ok(found, label);
  return reading.text.slice(0, found.start) + found.insert + reading.text.slice(offset);
}

describe("completion in prompt files", () => {
  it("offers the keys of every level, without those that are there", () => {
    const top = offered(`${file}¦`);
    assert.ok(top.includes("scoring") && top.includes("instruction"));
    assert.ok(!top.includes("task") && !top.includes("labels"));
    assert.deepEqual(offered(`${file}scoring:\n  rule: sum\n  ¦`), ["calibration", "contentFree", "answerContext"]);
    assert.ok(offered("variants:\n  - name: a\n    demonstrations:\n      ¦").includes("sampler"));
    assert.deepEqual(offered("input: { file: a.csv, ¦ }"), ["columns", "limit"]);
  });

  it("writes keys with what follows them", () => {
    assert.equal(accepted("ta¦", "task"), "task: $0");
    assert.equal(accepted("scor¦", "scoring"), "scoring:\n  $0");
    assert.equal(
      accepted("variants:\n  - name: a\n    tem¦", "template"),
      "variants:\n  - name: a\n    template: |-\n  $0",
    );
    assert.equal(accepted("task¦: x", "task"), "task: x");
    assert.equal(accepted("scoring: { ru¦ }", "rule"), "scoring: { rule: $0 }");
  });

  it("offers the values of enumerations, with what they mean", () => {
    assert.deepEqual(offered("demonstrations:\n  sampler: ¦"), ["random", "balanced", "nearest", "fixed"]);
    assert.deepEqual(offered("demonstrations: { fresh: ¦"), ["true", "false"]);
    const { reading, offset } = readAtCursor("scoring:\n  rule: ¦");
    for (const { documentation } of completionsAt(reading, offset, around)) assert.ok(documentation);
  });

  it("offers fields in templates only between braces", () => {
    const before = file.replace("{{ text }}\\n", "{{ te¦ }}\\n");
    assert.deepEqual(offered(before), ["answer", "text", "label", "review", "stars"]);
    assert.deepEqual(offered(file.replace("Review: {{ text }}", "Review¦")), []);
    assert.deepEqual(offered(`${file.trimEnd().replace(/\{\{ answer \}\}$/, "")}{{ ¦`).slice(0, 2), ["answer", "text"]);
    assert.equal(accepted('variants:\n  - template: "{{ an¦', "answer"), 'variants:\n  - template: "{{ answer }}');
    assert.equal(accepted('variants:\n  - template: "{{ an¦}}"', "answer"), 'variants:\n  - template: "{{ answer}}"');
  });

  it("offers labels, fields and files where they go", () => {
    assert.deepEqual(offered(`${file.replace("label: on the fence", "label: ¦")}`), ["positive", "on the fence"]);
    assert.deepEqual(offered(`${file}answer: ¦`), ["text", "label", "review", "stars"]);
    assert.deepEqual(offered("input:\n  - text: a\n    label: b\n  - text: c\n    ¦"), ["label", "review", "stars"]);
    assert.deepEqual(offered("input:\n  file: ¦"), around.files);
    assert.deepEqual(offered("input: { file: a.csv, columns: { text: ¦"), around.columns);
  });

  it("never throws, wherever the cursor is, and replaces no more than what was written", () => {
    fc.assert(
      fc.property(fc.nat(file.length), fc.nat(file.length), (end, offset) => {
        const reading = readPromptText(file.slice(0, Math.max(end, offset)));
        for (const { start } of completionsAt(reading, offset, around)) assert.ok(start >= 0 && start <= offset);
        promptHoverAt(reading, offset);
        outlineOf(reading);
      }),
    );
  });
});

describe("hovers in prompt files", () => {
  const hover = (marked: string) => {
    const { reading, offset } = readAtCursor(marked);
    return promptHoverAt(reading, offset)?.text;
  };

  it("explain keys and values", () => {
    assert.match(hover(file.replace("sampler:", "sam¦pler:")) ?? "", /^\*\*sampler\*\*\n\nHow .*\n\n- `random`: /s);
    assert.match(hover(file.replace("balanced", "bal¦anced")) ?? "", /^\*\*balanced\*\*\n\nAs many/);
    assert.match(hover(file.replace("columns:", "col¦umns:")) ?? "", /Field → column/);
    assert.equal(hover(file.replace("It works", "It w¦orks")), undefined);
  });

  it("show an example of a field, as code that cannot break out", () => {
    assert.equal(hover(file.replace("{{ text }}", "{{ te¦xt }}")), "A field of the inputs, such as `It works.`.");
    const hostile = file.replace("It works.", '"`[x](command:y)`"').replace("{{ text }}", "{{ te¦xt }}");
    assert.equal(hover(hostile), "A field of the inputs, such as `[x](command:y)`.");
    assert.match(hover(file.replace("{{ answer }}", "{{ an¦swer }}")) ?? "", /answer stands/);
  });
});

describe("the outline of a prompt file", () => {
  const flat = (nodes: readonly OutlineNode[], depth = 0): string[] =>
    nodes.flatMap((node) => [`${"  ".repeat(depth)}${node.kind} ${node.name}`, ...flat(node.children, depth + 1)]);

  it("has variants, demonstrations, labels and inputs", () => {
    assert.deepEqual(flat(outlineOf(readPromptText(file))), [
      ...["property task", "section labels", "  label positive", "  label on the fence"],
      ...["section input", "  item 1: It works.", "  item 2: It hums."],
      ...["section demonstrations", "  property k", "  property sampler", "  section from"],
      ...["    property file", "    section columns"],
      ...["section variants", "  variant plain", "    property template", "  variant terse", "    property template"],
    ]);
  });

  it("keeps selections inside ranges, and children inside their parents, whatever is cut off", () => {
    const check = (nodes: readonly OutlineNode[], outer: { start: number; end: number }) => {
      for (const { range, selection, children } of nodes) {
        assert.ok(selection.start >= range.start && selection.end <= range.end);
        assert.ok(range.start >= outer.start && range.end <= outer.end);
        check(children, range);
      }
    };
    for (let end = 0; end <= file.length; end++) {
      check(outlineOf(readPromptText(file.slice(0, end))), { start: 0, end: end + 1 });
    }
  });

  it("finds variants also where the file has mistakes", () => {
    const names = (text: string) => variantsOf(readPromptText(text)).map(({ name, index }) => `${index} ${name}`);
    assert.deepEqual(names(file), ["0 plain", "1 terse"]);
    assert.deepEqual(names("variants:\n  - template: x\n  - name: b\n    bad: ["), ["1 b"]);
    assert.deepEqual(names("variants: 3"), []);
  });
});

describe("the nearest word", () => {
  it("is the one with the fewest slips, if they are few", () => {
    assert.equal(nearest("tmplate", ["template", "task", "name"]), "template");
    assert.equal(nearest("Sampler", ["sampler", "seed"]), "sampler");
    assert.equal(nearest("xyz", ["template", "task"]), undefined);
    assert.equal(nearest("k", ["k"]), undefined);
  });

  it("has a distance that is symmetric, zero for the same, and no more than the longer word", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const distance = editDistance(a, b);
        assert.equal(distance, editDistance(b, a));
        assert.equal(distance === 0, a === b);
        assert.ok(distance <= Math.max(a.length, b.length));
      }),
    );
    assert.equal(editDistance("kitten", "sitting"), 3);
    assert.equal(editDistance("form", "from"), 1);
  });
});
