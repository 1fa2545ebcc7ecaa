import assert from "node:assert/strict";
import fc from "fast-check";
import { readPromptText } from "../../../../src/runtime/prompt/promptText";

const good = "task: translation\nvariants:\n  - name: plain\n    template: '{{ text }} => {{ answer }}'\n";

/** Problems as `line:column code path`. */
function told(text: string): string[] {
  return readPromptText(text).problems.map(
    ({ line, column, code, path }) => `${line}:${column} ${code} ${path.join(".")}`,
  );
}

describe("the text of a prompt file", () => {
  it("is read, with ranges of keys and values", () => {
    const reading = readPromptText(good);
    assert.deepEqual(reading.problems, []);
    assert.equal(reading.file?.variants[0]?.name, "plain");
    const at = ({ start, end }: { start: number; end: number }) => good.slice(start, end);
    assert.equal(at(reading.rangeOf(["variants", 0, "name"])), "plain");
    assert.equal(at(reading.keyRangeOf(["variants", 0, "template"])), "template");
    assert.equal(at(reading.rangeOf(["variants", 0, "nowhere"])).slice(0, 4), "name");
  });

  it("names every key that it does not know, at its place", () => {
    const found = told(`${good}    tmplate: x\n    other: 1\ninput: { fil: a.csv, limt: 3 }\n`);
    assert.deepEqual(found, [
      "5:5 unrecognized_keys variants.0.tmplate",
      "6:5 unrecognized_keys variants.0.other",
      "7:8 invalid_type input.file",
      "7:10 unrecognized_keys input.fil",
      "7:22 unrecognized_keys input.limt",
    ]);
  });

  it("says which element is wrong where a list or a map may stand", () => {
    assert.deepEqual(told(`${good}input: [{ text: a }, 3]\n`), ["5:22 invalid_type input.1"]);
    assert.deepEqual(told(`${good}labels: { a: [1], b: {} }\n`), [
      "5:15 invalid_type labels.a.0",
      "5:22 invalid_union labels.b",
    ]);
  });

  it("says what is missing", () => {
    const { problems } = readPromptText("task: arithmetic\n");
    assert.deepEqual(
      problems.map(({ message }) => message),
      ['The key "variants" is missing.'],
    );
  });

  it("gives line and column of mistakes in the YAML", () => {
    assert.deepEqual(told("task: a\ntask: b\n"), ["2:1 yaml.DUPLICATE_KEY "]);
    assert.match(told(`${good}input: [\n`)[0] ?? "", /^6:1 yaml\./);
  });

  it("follows no anchors, and refuses what is nested deeply or long, before parsing it", () => {
    assert.deepEqual(told("task: &a x\ndescription: *a\n"), ["1:1 alias "]);
    const deep = [
      "- ".repeat(50_000),
      "[".repeat(50_000),
      `${Array.from({ length: 200 }, (_, i) => `${" ".repeat(i)}a:`).join("\n")}`,
    ];
    for (const text of deep) assert.deepEqual(told(text), ["1:1 size "]);
    assert.deepEqual(told(`# ${"x".repeat(5_000_001)}`), ["1:1 size "]);
  });

  it("never throws, and keeps its ranges inside the text", () => {
    const parts = fc.constantFrom(
      "task: ",
      "variants:",
      "\n",
      "  - ",
      "name: a",
      "{",
      "}",
      "[",
      "]",
      '"',
      "|",
      "{{ answer }}",
      "? ",
      ": ",
      "#",
      "\t",
      "é🙂",
      "\r",
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        for (const { start, end, line, column } of readPromptText(text).problems) {
          assert.ok(start >= 0 && start <= end && end <= text.length + 1, JSON.stringify(text));
          assert.ok(line >= 1 && column >= 1);
        }
      }),
      { numRuns: 500 },
    );
  });
});
