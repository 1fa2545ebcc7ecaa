import assert from "node:assert/strict";
import fc from "fast-check";
import { findTokens, joinTokens, matchFrom } from "../../../src/webview/inspector/tokens/find";

/** Tokens of pieces of text, cut at any byte. */
function cut(text: string, lengths: readonly number[]) {
  const bytes = Buffer.from(text);
  const tokens: { id: number; text: string; bytes?: string }[] = [];
  for (let [at, i] = [0, 0]; at < bytes.length; i++) {
    const piece = bytes.subarray(at, at + (lengths[i % lengths.length] ?? 1));
    const whole = Buffer.from(piece.toString()).equals(piece);
    tokens.push({ id: i, text: piece.toString(), ...(whole ? {} : { bytes: piece.toString("hex") }) });
    at += piece.length;
  }
  return tokens;
}

const words = (texts: readonly string[]) => texts.map((text, id) => ({ id, text }));

describe("finding in tokens", () => {
  it("finds what spans tokens, in both cases, without overlaps", () => {
    const joined = joinTokens(words(["const", " dis", "tance", " = Dist", "ance", "(dis)"]));
    assert.deepEqual(findTokens(joined, "distance"), [
      { start: 1, end: 3 },
      { start: 3, end: 5 },
    ]);
    assert.deepEqual(findTokens(joined, "(DIS)"), [{ start: 5, end: 6 }]);
    assert.deepEqual(findTokens(joined, "dist.nce"), []);
    assert.deepEqual(findTokens(joined, ""), []);
    assert.equal(findTokens(joinTokens(words(["aaaa"])), "aa").length, 2);
  });

  it("finds a token's id", () => {
    const joined = joinTokens([7, 71, 7].map((id) => ({ id, text: "#7" })));
    assert.deepEqual(findTokens(joined, "#7"), [
      { start: 0, end: 1 },
      { start: 2, end: 3 },
    ]);
    assert.equal(findTokens(joined, "#").length, 3);
  });

  it("puts characters together that are split over tokens, wherever they are cut", () => {
    const text = "naïve 🙂 日本語, 🙂!";
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 9 }), (lengths) => {
        const tokens = cut(text, lengths);
        const joined = joinTokens(tokens);
        assert.equal(joined.text, text);
        const found = findTokens(joined, "🙂");
        assert.equal(found.length, 2);
        for (const { start, end } of found) {
          const held = tokens
            .slice(start, end)
            .map(({ text: whole, bytes }) => bytes ?? Buffer.from(whole).toString("hex"));
          assert.ok(held.join("").includes(Buffer.from("🙂").toString("hex")));
        }
      }),
    );
  });

  it("takes bytes that are no character for one unknown character each", () => {
    const joined = joinTokens([
      { id: 1, text: "a" },
      { id: 2, text: "\ufffd", bytes: "f09f" },
      { id: 3, text: "b" },
    ]);
    assert.equal(joined.text, "a\ufffd\ufffdb");
    assert.deepEqual(findTokens(joined, "b"), [{ start: 2, end: 3 }]);
  });

  it("goes on from where one is", () => {
    const ranges = [2, 5, 9].map((start) => ({ start, end: start + 2 }));
    assert.deepEqual(
      [0, 2, 3, 4, 8, 11].map((token) => matchFrom(ranges, token)),
      [0, 0, 0, 1, 2, 0],
    );
    assert.equal(matchFrom([], 3), -1);
  });
});
