import assert from "node:assert/strict";
import fc from "fast-check";
import { numberFormats, surprisalBits } from "../../../src/webview/shared/format";
import { spokenToken, tokenBytes, tokenPieces } from "../../../src/webview/shared/tokenText";
import { visiblePieces, visibleString } from "../../../src/webview/shared/visibleText";

const anyText = fc.string({ unit: "binary", maxLength: 40 });

describe("visible text", () => {
  it("holds no character that does not show or that reorders others", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.doesNotMatch(visibleString(text), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it("leaves ordinary text as it is", () => {
    assert.deepEqual(visiblePieces("naïve 漢字"), [
      { kind: "text", text: "naïve" },
      { kind: "mark", text: "·" },
      { kind: "text", text: "漢字" },
    ]);
    assert.equal(visibleString("a\tb\u202e\u0000", "keep"), "a\tbU+202E␀");
  });
});

describe("a token's text", () => {
  it("shows bytes where they are no characters", () => {
    assert.deepEqual(tokenPieces({ text: "\ufffd", bytes: "f09f" }), [{ kind: "bytes", text: "f0 9f" }]);
    assert.equal(tokenBytes({ text: " the" }), "20 74 68 65");
    assert.deepEqual(tokenPieces({ text: "" }), [{ kind: "mark", text: "∅" }]);
  });

  it("is spoken in words", () => {
    assert.equal(spokenToken({ text: "\n" }), "line break");
    assert.equal(spokenToken({ text: "   " }), "3 spaces");
    assert.equal(spokenToken({ text: " the" }), "' the'");
    assert.equal(spokenToken({ text: "\ufffd", bytes: "f09f" }), "bytes f0 9f");
  });
});

describe("numbers", () => {
  const en = numberFormats("en");

  it("never round a probability to nothing or to certainty", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1, maxExcluded: true, noNaN: true }), (p) => {
        assert.ok(!["0%", "100%"].includes(en.percent(p)), `${p} became ${en.percent(p)}`);
      }),
    );
    assert.deepEqual([en.percent(0), en.percent(1), en.percent(0.1234)], ["0%", "100%", "12.3%"]);
  });

  it("keep three significant digits of a probability, so that columns of them line up", () => {
    assert.deepEqual([0.42, 0.015, 0.00207].map(en.percent), ["42.0%", "1.50%", "0.207%"]);
    assert.deepEqual([0, 0.4, 0.666, 1].map(en.progress), ["0%", "40%", "67%", "100%"]);
  });

  it("are written as the language does, and in English where it is none", () => {
    assert.equal(numberFormats("de").count(1024), "1.024");
    assert.equal(numberFormats("not a tag").count(1024), "1,024");
    assert.equal(en.sum(99.94), "99.9");
    assert.equal(en.decimal(2e9), "2E9");
  });

  it("give bits for log-probabilities", () => {
    assert.equal(surprisalBits(Math.log(0.25)), 2);
    assert.equal(surprisalBits(1e-9), 0);
  });
});
