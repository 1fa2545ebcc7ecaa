import assert from "node:assert/strict";
import { chooseSelection, chooseSelectionOrFile, fileLimit } from "../../../../src/extension/commands/chooseText";

const nothing = { text: "", offset: 0 };

describe("chooseText", () => {
  it("takes the selection as it stands, line ends and all", () => {
    const selected = { text: " a\r\nb ", offset: 7 };
    const chosen = { kind: "text", text: " a\r\nb ", offset: 7, cut: false };
    assert.deepEqual(chooseSelection(selected), chosen);
    assert.deepEqual(
      chooseSelectionOrFile(selected, () => assert.fail("the file is not asked for")),
      chosen,
    );
  });

  it("tells no selection from a blank one", () => {
    assert.deepEqual(chooseSelection(nothing), { kind: "noSelection" });
    assert.deepEqual(chooseSelection({ text: " \r\n\t", offset: 0 }), { kind: "blank" });
    assert.deepEqual(
      chooseSelectionOrFile(nothing, () => " \n"),
      { kind: "blank" },
    );
    assert.deepEqual(
      chooseSelectionOrFile(nothing, () => ""),
      { kind: "blank" },
    );
  });

  it("takes a file up to the limit whole, and a longer one's start", () => {
    const whole = "a".repeat(fileLimit);
    assert.deepEqual(
      chooseSelectionOrFile(nothing, () => whole),
      { kind: "text", text: whole, offset: 0, cut: false },
    );
    assert.deepEqual(
      chooseSelectionOrFile(nothing, () => `${whole}b`),
      { kind: "text", text: whole, offset: 0, cut: true },
    );
  });

  it("does not cut a surrogate pair in two", () => {
    assert.deepEqual(
      chooseSelectionOrFile(nothing, () => "ab😀cd", 3),
      { kind: "text", text: "ab", offset: 0, cut: true },
    );
    assert.deepEqual(
      chooseSelectionOrFile(nothing, () => "ab😀cd", 4),
      { kind: "text", text: "ab😀", offset: 0, cut: true },
    );
  });
});
