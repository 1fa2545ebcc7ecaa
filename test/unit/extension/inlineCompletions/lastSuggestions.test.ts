import assert from "node:assert/strict";
import { LastSuggestions } from "../../../../src/extension/inlineCompletions/lastSuggestions";

const suggestion = { id: 7, text: "range(10):", confidence: 0.8 };

function remembering(text = suggestion.text, before = "for i in ", after = "") {
  const last = new LastSuggestions();
  last.remember("file:///a", { before, after }, [{ ...suggestion, text }]);
  return (before: string, after = "", document = "file:///a") => last.at(document, { before, after });
}

describe("LastSuggestions", () => {
  it("gives what is left while typing matches, under the same id", () => {
    const at = remembering();
    assert.deepEqual(at("for i in "), [suggestion]);
    assert.deepEqual(at("for i in ran"), [{ ...suggestion, text: "ge(10):" }]);
    assert.deepEqual(at("for i in range(10):"), []);
  });

  it("gives nothing after other text, elsewhere, or in front of text", () => {
    const at = remembering();
    assert.deepEqual(at("for i in x"), []);
    assert.deepEqual(at("for j in "), []);
    assert.deepEqual(at("for i in ran", "", "file:///b"), []);
    assert.deepEqual(at("for i in ran", "dom"), []);
  });

  it("leaves out what an editor closes by itself", () => {
    const at = remembering("range(10)");
    assert.deepEqual(at("for i in range(", ")"), [{ ...suggestion, text: "10" }]);
  });

  it("keeps the lines of one suggestion after its first was typed", () => {
    const at = remembering("x = 1\n  y = 2", "f() {\n  ", "\n}");
    assert.deepEqual(at("f() {\n  x = 1\n", "\n}"), [{ ...suggestion, text: "  y = 2" }]);
  });

  it("keeps those of several that still match", () => {
    const last = new LastSuggestions();
    const place = { before: "a ", after: "" };
    last.remember("d", place, [
      { id: 1, text: "bee", confidence: 1 },
      { id: 2, text: "cow", confidence: 1 },
      { id: 3, text: "bear", confidence: 1 },
    ]);
    assert.deepEqual(
      last.at("d", { before: "a be", after: "" }).map(({ id, text }) => [id, text]),
      [
        [1, "e"],
        [3, "ar"],
      ],
    );
    last.clear();
    assert.deepEqual(last.at("d", place), []);
  });
});
