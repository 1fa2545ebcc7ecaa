import assert from "node:assert/strict";
import { chooseSelection, chooseSelectionOrFile, textLimit } from "../../../../src/extension/commands/chooseText";

const nothing = { text: "", offset: 0 };
const file = (text: string) => () => text;

describe("chooseText", () => {
  it("takes the selection as it stands, line ends and all", () => {
    const selected = { text: " a\r\nb ", offset: 7 };
    const chosen = { kind: "text", text: " a\r\nb ", offset: 7, from: "selection", kept: "all" };
    assert.deepEqual(chooseSelection(selected), chosen);
    const unread = () => assert.fail("the file is not asked for");
    assert.deepEqual(chooseSelectionOrFile(selected, unread), chosen);
  });

  it("tells no selection from a blank one", () => {
    assert.deepEqual(chooseSelection(nothing), { kind: "noSelection" });
    assert.deepEqual(chooseSelection({ text: " \r\n\t", offset: 0 }), { kind: "blank" });
    assert.deepEqual(chooseSelectionOrFile(nothing, file(" \n")), { kind: "blank" });
    assert.deepEqual(chooseSelectionOrFile(nothing, file("")), { kind: "blank" });
  });

  it("takes a text up to the limit whole; of a longer one the start to score, the end to complete", () => {
    const whole = "a".repeat(textLimit);
    const chosen = { kind: "text", text: whole, offset: 0, from: "file", kept: "all" };
    assert.deepEqual(chooseSelectionOrFile(nothing, file(whole)), chosen);
    assert.deepEqual(chooseSelectionOrFile(nothing, file(`${whole}b`)), { ...chosen, kept: "start" });
    const selected = { text: `b${whole}`, offset: 5 };
    const end = { kind: "text", text: whole, offset: 6, from: "selection", kept: "end" };
    assert.deepEqual(chooseSelection(selected), end);
    const start = { ...end, text: `b${whole.slice(1)}`, offset: 5, kept: "start" };
    assert.deepEqual(chooseSelectionOrFile(selected, file("")), start);
  });

  it("does not cut a surrogate pair in two", () => {
    const texts = (limit: number) => {
      const scored = chooseSelectionOrFile(nothing, file("ab😀cd"), limit);
      const completed = chooseSelection({ text: "ab😀cd", offset: 10 }, limit);
      return [scored, completed].map((chosen) => (chosen.kind === "text" ? [chosen.offset, chosen.text] : chosen.kind));
    };
    assert.deepEqual(texts(3), [
      [0, "ab"],
      [14, "cd"],
    ]);
    assert.deepEqual(texts(4), [
      [0, "ab😀"],
      [12, "😀cd"],
    ]);
  });
});
