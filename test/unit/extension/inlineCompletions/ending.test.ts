import assert from "node:assert/strict";
import fc from "fast-check";
import { fitSuggestion, repeatsNextLine, wholeLines } from "../../../../src/extension/inlineCompletions/ending";
import { shapeOf } from "../../../../src/extension/inlineCompletions/place";

type Case = readonly [what: string, before: string, after: string, text: string, shown: string, ended: boolean];

function fitted(before: string, after: string, text: string) {
  const place = { before, after };
  const shape = shapeOf(place);
  if (shape === "none") throw new Error("Nothing fits there.");
  return fitSuggestion(place, shape, text);
}

describe("fitSuggestion", () => {
  const cases: readonly Case[] = [
    ["the end of the line", "a = ", "\nb", "1;\nb = 2;", "1;", true],
    ["no end while the line goes on", "a = ", "", "1 + 2", "1 + 2", false],
    ["a bracket that follows the cursor", "f(a, ", ")\n", "b, g(c))", "b, g(c)", true],
    ["no end at a bracket opened in the suggestion", "f(a, ", ")\n", "g(c)", "g(c)", false],
    ["a quote that follows the cursor", 'print("', '")', 'hello") #', "hello", true],
    ["a dedent", "def f():\n    ", "\n", "return 1\nprint(2)", "return 1", true],
    [
      "a dedent after the line that opened the block",
      "def f():",
      "\n",
      "\n    return 1\nprint(2)",
      "\n    return 1",
      true,
    ],
    ["no end at deeper lines", "def f():\n    ", "", "if x:\n        y\n    z", "if x:\n        y\n    z", false],
    ["a blank line", "x = 1\n", "\n", "y = 2\n\nz = 3", "y = 2", true],
    ["the bracket that closes the block", "function f() {\n  ", "\n", "g();\n}\nh();", "g();\n}", true],
    ["no second closing bracket after that one", "function f() {\n  ", "", "g();\n})\n", "g();\n}", true],
    ["nothing but the body where the bracket stands already", "f() {\n  ", "\n}", "g();\n}\nh();", "g();", true],
    ["a bracket that closes nothing", "x\n", "", "y)", "y", true],
    ["twenty lines", "x\n", "", "y\n".repeat(30), `${"y\n".repeat(20)}`.trimEnd(), true],
    [
      "a line that is cut off within an object",
      "a = {\n  ",
      "",
      "b: {\n    c,\n  },\n  d",
      "b: {\n    c,\n  },\n  d",
      false,
    ],
    ["white space cut off", "a = ", "", "1;  ", "1;", false],
  ];
  for (const [what, before, after, text, shown, ended] of cases) {
    it(`finds ${what}`, () => assert.deepEqual(fitted(before, after, text), { text: shown, ended }));
  }

  const code = fc
    .array(fc.constantFrom("a", " ", "\n", "    ", "(", ")", "{", "}", "[", "]", '"', "\t", ";", "é"), {
      maxLength: 60,
    })
    .map((parts) => parts.join(""));

  it("shows the beginning of the text, and an end once found stays where it is", () => {
    fc.assert(
      fc.property(code, code, code, code, (before, after, text, more) => {
        const place = { before, after };
        const shape = shapeOf(place);
        if (shape === "none") return;
        const { text: shown, ended } = fitSuggestion(place, shape, text);
        assert.ok(text.startsWith(shown));
        if (shape === "single") assert.ok(!shown.includes("\n"));
        const later = fitSuggestion(place, shape, text + more);
        if (ended) assert.deepEqual(later, { text: shown, ended });
        else assert.ok(later.text.startsWith(shown));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("wholeLines", () => {
  it("drops a last line that was cut off, never the only one", () => {
    assert.equal(wholeLines("a;\nb;\nc +"), "a;\nb;");
    assert.equal(wholeLines("a + b"), "a + b");
    assert.equal(wholeLines("\n  a + b"), "\n  a + b");
  });
});

describe("repeatsNextLine", () => {
  it("tells whether the next line says the same", () => {
    assert.ok(repeatsNextLine({ before: "", after: "\n\n  return x;\n}" }, "return x;"));
    assert.ok(!repeatsNextLine({ before: "", after: "\nreturn y;" }, "return x;"));
    assert.ok(!repeatsNextLine({ before: "", after: "" }, ""));
    assert.ok(repeatsNextLine({ before: "", after: ")\n  b;" }, "b;\nc;"));
  });
});
