import assert from "node:assert/strict";
import fc from "fast-check";
import { promptOf } from "../../../../src/extension/inlineCompletions/prompt";

describe("promptOf", () => {
  it("gives the whole of a short text", () => {
    assert.deepEqual(promptOf("a\nb"), { text: "a\nb", held: "" });
  });

  it("holds back a space at the end, and one only", () => {
    assert.deepEqual(promptOf("a  "), { text: "a ", held: " " });
    assert.deepEqual(promptOf("a\n\t"), { text: "a\n\t", held: "" });
  });

  it("gives nothing for white space", () => {
    for (const before of ["", " ", "\n\n  "]) assert.equal(promptOf(before), undefined);
  });

  it("begins a long text at a line", () => {
    assert.equal(promptOf("one\ntwo\nthree\nfour", 12)?.text, "three\nfour");
  });

  it("keeps its beginning for a quarter of the limit", () => {
    const line = "some words in a line\n";
    const text = line.repeat(100);
    const beginnings = new Set<number>();
    for (let end = 1000; end < 1000 + 256; end++) {
      const prompt = promptOf(text.slice(0, end), 512);
      if (prompt) beginnings.add(end - prompt.text.length - prompt.held.length);
    }
    assert.ok(beginnings.size <= 3, `${beginnings.size} beginnings`);
  });

  it("is an end of the text, not longer than the limit, and splits no character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 80 }), fc.integer({ min: 4, max: 40 }), (before, limit) => {
        const prompt = promptOf(before, limit);
        if (!prompt) return;
        const whole = prompt.text + prompt.held;
        assert.ok(before.endsWith(whole) && whole.length <= limit);
        assert.ok(before.length === whole.length || !/^[\uDC00-\uDFFF]/.test(whole));
      }),
    );
  });
});
