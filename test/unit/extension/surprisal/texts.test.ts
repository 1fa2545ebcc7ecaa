import assert from "node:assert/strict";
import fc from "fast-check";
import {
  chooseParts,
  convertLineEnds,
  moveParts,
  type Part,
  type ReadText,
  readParts,
} from "../../../../src/extension/surprisal/texts";

const selection = (start: number, end: number): Part => ({ kind: "selection", start, end });
const reading =
  (text: string): ReadText =>
  (start, end) =>
    text.slice(start, end);

describe("the texts of a document", () => {
  it("are all selections that hold something, in order, each by itself; without any the file", () => {
    const stretch = (start: number, end: number) => ({ start, end });
    assert.deepEqual(chooseParts([stretch(8, 9), stretch(5, 5), stretch(1, 3)]), [selection(1, 3), selection(8, 9)]);
    assert.deepEqual(chooseParts([stretch(4, 4)]), [{ kind: "file" }]);
    const { texts } = readParts([selection(1, 3), selection(4, 9)], reading("abcdefgh"));
    assert.deepEqual(texts, [
      { text: "bc", offset: 1 },
      { text: "efgh", offset: 4 },
    ]);
  });

  it("are cut at the limit, which they share, between whole characters", () => {
    const file: Part = { kind: "file" };
    assert.deepEqual(readParts([file], reading("abcd"), 4), { texts: [{ text: "abcd", offset: 0 }], cut: false });
    assert.deepEqual(readParts([file], reading("abcde"), 4), { texts: [{ text: "abcd", offset: 0 }], cut: true });
    assert.equal(readParts([file], reading("abc🙂e"), 4).texts[0]?.text, "abc");
    const { texts, cut } = readParts([selection(0, 3), selection(3, 6), selection(6, 9)], reading("aaabbbccc"), 4);
    assert.deepEqual([texts.map(({ text }) => text), cut], [["aaa", "b", ""], true]);
  });

  it("grow with what is typed at their edges, and never overlap", () => {
    const insert = (rangeOffset: number, text: string) => ({ rangeOffset, rangeLength: 0, text });
    assert.deepEqual(moveParts([selection(2, 4)], [insert(2, "x")]), [selection(2, 5)]);
    assert.deepEqual(moveParts([selection(2, 4)], [insert(4, "x")]), [selection(2, 5)]);
    assert.deepEqual(moveParts([selection(2, 4)], [insert(1, "xy")]), [selection(4, 6)]);
    assert.deepEqual(moveParts([selection(0, 2), selection(2, 4)], [insert(2, "x")]), [
      selection(0, 3),
      selection(3, 5),
    ]);
    assert.deepEqual(moveParts([selection(2, 4)], [{ rangeOffset: 0, rangeLength: 9, text: "" }]), [selection(0, 0)]);
    assert.deepEqual(moveParts([{ kind: "file" }], [insert(0, "x")]), [{ kind: "file" }]);
  });

  it("stay the same texts when the line ends become others", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "\n", "🙂"), maxLength: 30 });
    fc.assert(
      fc.property(letters, fc.nat(), fc.nat(), (text, one, other) => {
        const [start = 0, end = 0] = [one % (text.length + 1), other % (text.length + 1)].sort((a, b) => a - b);
        const crlf = text.replaceAll("\n", "\r\n");
        const [there] = convertLineEnds([selection(start, end)], crlf, "crlf");
        assert.ok(there?.kind === "selection");
        assert.equal(crlf.slice(there.start, there.end).replaceAll("\r\n", "\n"), text.slice(start, end));
        assert.deepEqual(convertLineEnds([there], text, "lf"), [selection(start, end)]);
      }),
    );
  });
});
