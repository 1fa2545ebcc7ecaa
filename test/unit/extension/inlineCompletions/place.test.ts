import assert from "node:assert/strict";
import { indentation, normalized, type Shape, shapeOf } from "../../../../src/extension/inlineCompletions/place";

describe("place", () => {
  const cases: readonly (readonly [what: string, before: string, after: string, shape: Shape])[] = [
    ["at the end of a line", "const a = ", "\nnext", "single"],
    ["at the end of the document", "a = b", "", "single"],
    ["on an empty line", "f();\n", "\nnext", "multi"],
    ["on an indented empty line", "f() {\n    ", "\n}", "multi"],
    ["after an open bracket", "function f() {", "\n", "multi"],
    ["after a colon", "def f(x):", "\n    pass", "multi"],
    ["after an arrow", "const f = () => ", "", "multi"],
    ["after a word that opens a block", "if [ -f x ]; then", "\nfi", "multi"],
    ["not after a word that only ends like one", "the bredo", "", "single"],
    ["before brackets that close", "f(a, ", ")\nnext", "single"],
    ["before a quote and a bracket", 'print("', '")', "single"],
    ["on an empty line before brackets on the same line", "f(\n  ", ");", "single"],
    ["in front of text", "const ", "= 3;", "none"],
    ["within a word", "wo", "rd", "none"],
  ];
  for (const [what, before, after, shape] of cases) {
    it(`fits ${shape === "none" ? "nothing" : `${shape} ${shape === "multi" ? "lines" : "line"}`} ${what}`, () => {
      assert.equal(shapeOf({ before, after }), shape);
    });
  }

  it("makes every line end a line feed", () => {
    assert.equal(normalized("a\r\nb\rc\n"), "a\nb\nc\n");
  });

  it("counts a tab as four columns", () => {
    assert.equal(indentation("\t  x"), 6);
    assert.equal(indentation("x"), 0);
    assert.equal(indentation(" \t"), 5);
  });
});
