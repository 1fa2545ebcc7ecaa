import assert from "node:assert/strict";
import fc from "fast-check";
import {
  DocumentEdits,
  type Edit,
  findInsertionOffset,
  withCarriageReturns,
} from "../../../src/extension/documentEdits";

function mapped(offset: number, gravity: "before" | "after", ...edits: Edit[]): number {
  const log = new DocumentEdits();
  for (const edit of edits) log.record([edit]);
  return log.map(offset, gravity);
}

const insert = (rangeOffset: number, text: string): Edit => ({ rangeOffset, rangeLength: 0, text });
const replace = (rangeOffset: number, rangeLength: number, text: string): Edit => ({ rangeOffset, rangeLength, text });

describe("documentEdits", () => {
  it("moves with text inserted before, stays with text inserted after", () => {
    assert.equal(mapped(5, "before", insert(2, "abc")), 8);
    assert.equal(mapped(5, "before", insert(6, "abc")), 5);
  });

  it("goes by its gravity for text inserted right there", () => {
    assert.equal(mapped(5, "before", insert(5, "abc")), 5);
    assert.equal(mapped(5, "after", insert(5, "abc")), 8);
  });

  it("stays behind a word whose end it marks when the word is typed anew", () => {
    assert.equal(mapped(5, "before", replace(2, 3, "longer")), 8);
    assert.equal(mapped(5, "before", replace(2, 3, "")), 2);
  });

  it("stays before a word whose start it marks", () => {
    assert.equal(mapped(5, "after", replace(5, 3, "longer")), 5);
  });

  it("goes to the end of what replaced the text it was in", () => {
    assert.equal(mapped(5, "before", replace(3, 6, "xy")), 5);
    assert.equal(mapped(5, "before", replace(0, 100, "")), 0);
  });

  it("follows a mark through any edits that leave it alone", () => {
    const edits = fc.array(fc.record({ at: fc.nat(), length: fc.nat(4), text: fc.string({ maxLength: 5 }) }));
    fc.assert(
      fc.property(edits, (steps) => {
        let text = "some words before |and some after";
        const start = text.indexOf("|");
        const log = new DocumentEdits();
        for (const step of steps) {
          const mark = text.indexOf("|");
          // An edit on one side of the mark, never over it.
          const before = step.at % 2 === 0;
          const low = before ? 0 : mark + 1;
          const high = before ? mark : text.length;
          const at = low + (step.at % (high - low + 1));
          const length = Math.min(step.length, high - at);
          const inserted = step.text.replaceAll("|", "!");
          log.record([{ rangeOffset: at, rangeLength: length, text: inserted }]);
          text = text.slice(0, at) + inserted + text.slice(at + length);
        }
        // The mark is the character behind the place: text inserted right at the place comes before it.
        assert.equal(log.map(start, "after"), text.indexOf("|"));
      }),
    );
  });

  it("takes the edits of one event as VS Code orders them: last place first", () => {
    const log = new DocumentEdits();
    log.record([insert(10, "22"), insert(2, "1")]);
    assert.equal(log.map(5, "before"), 6);
    assert.equal(log.map(12, "before"), 15);
  });

  describe("findInsertionOffset", () => {
    it("takes the tracked place when the prompt stands before it", () => {
      const text = "one two one two";
      assert.equal(findInsertionOffset({ text, prompt: "one", tracked: 11, continuous: false }), 11);
    });

    it("takes the prompt's only occurrence when the place was lost", () => {
      const search = { text: "new line\none two", prompt: "one", tracked: 3 };
      assert.equal(findInsertionOffset({ ...search, continuous: false }), 12);
      assert.equal(findInsertionOffset({ ...search, continuous: true }), 12);
    });

    it("keeps the tracked place when the prompt itself was edited under its eyes, within the document", () => {
      assert.equal(findInsertionOffset({ text: "onne two", prompt: "one", tracked: 4, continuous: true }), 4);
      assert.equal(findInsertionOffset({ text: "on", prompt: "one", tracked: 9, continuous: true }), 2);
    });

    it("gives up when edits went unseen and the prompt is gone or stands there twice", () => {
      assert.equal(findInsertionOffset({ text: "onne", prompt: "one", tracked: 4, continuous: false }), null);
      assert.equal(findInsertionOffset({ text: "x one one", prompt: "one", tracked: 3, continuous: false }), null);
    });

    it("does not take a place beyond the document's end", () => {
      assert.equal(findInsertionOffset({ text: "one", prompt: "one", tracked: 9, continuous: false }), 3);
    });
  });

  it("counts a line feed twice where it becomes a CRLF, and a CRLF as it is", () => {
    assert.equal(withCarriageReturns("a\nb\r\nc\nd", 0), 0);
    assert.equal(withCarriageReturns("a\nb\r\nc\nd", 2), 3);
    assert.equal(withCarriageReturns("a\nb\r\nc\nd", 5), 6);
    assert.equal(withCarriageReturns("a\nb\r\nc\nd", 8), 10);
  });
});
