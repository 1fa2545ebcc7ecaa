import assert from "node:assert/strict";
import fc from "fast-check";
import type { AlignedTokens } from "../../../src/runtime/analysisProtocol";
import type { ScoredToken } from "../../../src/runtime/protocol";
import { type AlignedSide, alignById, alignByText } from "../../../src/runtime/textAlignment";

/** Tokens of the given pieces of a text, which stand one behind the other, each with a surprisal of its own. */
function side(pieces: readonly string[], text = pieces.join("")): AlignedSide {
  let end = 0;
  const tokens = pieces.map((piece, i): ScoredToken => {
    const start = text.indexOf(piece, end);
    end = start + piece.length;
    const prediction = { logprob: -0.1 - (i % 7), rank: 1, entropy: 0, top: [] };
    return { id: i, text: piece, start, end, prediction: i === 0 ? null : prediction };
  });
  return { tokens, text };
}

/** Tokens of ids; the first has no prediction. */
function tokensOf(ids: readonly number[]): ScoredToken[] {
  return side(ids.map((id) => String(id))).tokens.map((token, i) => ({ ...token, id: ids[i] ?? 0 }));
}

const totalBits = (tokens: readonly ScoredToken[]) =>
  -tokens.reduce((sum, { prediction }) => sum + (prediction?.logprob ?? 0), 0) * Math.LOG2E;

/** Every token of both sides once, in order, and the sums. */
function check(runs: readonly AlignedTokens[], a: readonly ScoredToken[], b: readonly ScoredToken[]): void {
  let [endA, endB] = [0, 0];
  for (const run of runs) {
    assert.deepEqual([run.a[0], run.b[0]], [endA, endB]);
    [endA, endB] = [run.a[1], run.b[1]];
    const [countA, countB] = [endA - run.a[0], endB - run.b[0]];
    assert.ok(countA >= 0 && countB >= 0 && countA + countB > 0);
    const kinds = countA === 0 ? ["onlyB"] : countB === 0 ? ["onlyA"] : ["same", "changed"];
    assert.ok(kinds.includes(run.kind), run.kind);
  }
  assert.deepEqual([endA, endB], [a.length, b.length]);
  const sum = runs.reduce((total, { bitsA, bitsB }) => total + bitsB - bitsA, 0);
  assert.ok(Math.abs(sum - (totalBits(b) - totalBits(a))) < 1e-9);
}

const shown = (runs: readonly AlignedTokens[]) =>
  runs.map(({ kind, a, b }) => `${kind} ${a.join("-")} ${b.join("-")}`).join(", ");

describe("the alignment of tokens", () => {
  it("of one tokenizer covers every token once, and its differences are the difference of the texts", () => {
    const ids = fc.array(fc.nat(4), { maxLength: 30 });
    fc.assert(
      fc.property(ids, ids, (idsA, idsB) => {
        const [a, b] = [tokensOf(idsA), tokensOf(idsB)];
        const runs = alignById(a, b);
        check(runs, a, b);
        for (const run of runs.filter(({ kind }) => kind === "same")) assert.equal(a[run.a[0]]?.id, b[run.b[0]]?.id);
      }),
    );
  });

  it("of one tokenizer tells what was put in, taken out and changed", () => {
    const runs = alignById(tokensOf([1, 2, 3, 4, 5, 6, 7]), tokensOf([9, 1, 2, 30, 4, 6, 7, 8, 8]));
    assert.equal(
      shown(runs),
      "onlyB 0-0 0-1, same 0-1 1-2, same 1-2 2-3, changed 2-3 3-4, same 3-4 4-5, onlyA 4-5 5-5, " +
        "same 5-6 5-6, same 6-7 6-7, onlyB 7-7 7-9",
    );
  });

  it("survives insertions: all that was there is still the same", () => {
    const ids = fc.array(fc.nat(50), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(ids, fc.array(fc.tuple(fc.nat(40), fc.nat(50)), { maxLength: 10 }), (before, put) => {
        const after = [...before];
        for (const [at, id] of put) after.splice(at, 0, id);
        const same = alignById(tokensOf(before), tokensOf(after)).filter(({ kind }) => kind === "same");
        assert.equal(same.length, before.length);
      }),
    );
  });

  it("of two tokenizers finds the smallest runs with common boundaries", () => {
    const runs = alignByText(
      side(["un", "break", "able", " things", "!"]),
      side(["unb", "reakable", " th", "ings", "!"]),
    );
    assert.equal(shown(runs), "same 0-3 0-2, same 3-4 2-4, same 4-5 4-5");
  });

  it("of two tokenizers does not mind blanks that one of them has in no token", () => {
    const runs = alignByText(
      side(["Hello", " big", " world", "."]),
      side(["Hello", "big", "wor", "ld", "."], "Hello big world."),
    );
    assert.equal(shown(runs), "same 0-1 0-1, same 1-2 1-2, same 2-3 2-4, same 3-4 4-5");
  });

  it("of two tokenizers tells what one text has alone", () => {
    const a = side(["one", " two", " three", " four"]);
    const b = side(["o", "ne", " two", " and", " a half", " three", " fo", "ur", "!"]);
    assert.equal(
      shown(alignByText(a, b)),
      "same 0-1 0-2, same 1-2 2-3, onlyB 2-2 3-5, same 2-3 5-6, same 3-4 6-8, onlyB 4-4 8-9",
    );
    const changed = alignByText(side(["red", " cat", " sat"]), side(["red", " d", "og", " sat"]));
    assert.equal(shown(changed), "same 0-1 0-1, changed 1-2 1-3, same 2-3 3-4");
  });

  it("of two tokenizers covers every token of any texts once, cut anywhere", () => {
    const pieces = fc.array(fc.stringMatching(/^[ab é🙂.]{1,4}$/u), { maxLength: 15 });
    fc.assert(
      fc.property(pieces, pieces, fc.boolean(), fc.integer({ min: 1, max: 5 }), (first, second, sameText, size) => {
        const text = first.join("");
        const units = Array.from(text);
        const cut = Array.from({ length: Math.ceil(units.length / size) }, (_, i) =>
          units.slice(i * size, (i + 1) * size).join(""),
        );
        const [a, b] = [side(first), side(sameText ? cut : second)];
        const runs = alignByText(a, b);
        check(runs, a.tokens, b.tokens);
        if (sameText) assert.ok(runs.every(({ kind, a: [start, end] }) => kind === "same" || isBlank(a, start, end)));
      }),
      { numRuns: 300 },
    );
  });

  it("of models without texts is one run", () => {
    const [a, b] = [side(["", ""], ""), side(["", "", ""], "")];
    check(alignByText(a, b), a.tokens, b.tokens);
  });
});

function isBlank({ tokens }: AlignedSide, start: number, end: number): boolean {
  return tokens.slice(start, end).every(({ text }) => text.trim() === "");
}
