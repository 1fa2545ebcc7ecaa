import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import type { Edit } from "../../../../src/extension/documentEdits";
import {
  colorOf,
  levelBounds,
  levelCount,
  levelOf,
  stepCount,
  stepOf,
} from "../../../../src/extension/surprisal/levels";
import { changedKinds, moveRanges } from "../../../../src/extension/surprisal/movedRanges";
import {
  combineTokens,
  firstEndingAfter,
  rangeAt,
  type SurprisalRange,
} from "../../../../src/extension/surprisal/ranges";
import { loadTokenizer } from "../../../../src/runtime/tokenizer/loadTokenizer";
import { tokenSpans } from "../../../../src/runtime/tokenizer/tokenizer";
import { surprisalBounds, surprisalLevel } from "../../../../src/webview/shared/surprisalScale";
import { scoredToken, wordTokens } from "./support";

const close = (actual: number | null | undefined, expected: number) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - expected) < 1e-12, `${actual} is not ${expected}`);

describe("the ranges of a scored text", () => {
  it("are those of its tokens, moved to the text's place, with bits", () => {
    const ranges = combineTokens(wordTokens("one two three"), 100);
    assert.deepEqual(
      ranges.map(({ start, end, tokens }) => [start, end, ...tokens]),
      [
        [100, 103, 0, 1],
        [103, 107, 1, 2],
        [107, 113, 2, 3],
      ],
    );
    assert.equal(ranges[0]?.bits, null);
    close(ranges[1]?.bits, 4);
  });

  it("join tokens that share a character, and sum their bits", () => {
    // ` 🙂`: a blank with the emoji's first bytes, then two tokens of the rest; then a word.
    const tokens = [
      scoredToken("a", 0, 1, null),
      { ...scoredToken("\uFFFD", 1, 4, 3), bytes: "20f0" },
      { ...scoredToken("\uFFFD", 2, 4, 5), bytes: "9f99" },
      { ...scoredToken("\uFFFD", 2, 4, 1), bytes: "82" },
      scoredToken("b", 4, 5, 2),
    ];
    const ranges = combineTokens(tokens, 0);
    assert.deepEqual(
      ranges.map(({ start, end, tokens: of }) => [start, end, ...of]),
      [
        [0, 1, 0, 1],
        [1, 4, 1, 4],
        [4, 5, 4, 5],
      ],
    );
    close(ranges[1]?.bits, 9);
  });

  it("count a first token without a prediction as nothing when another shares its character", () => {
    const [range] = combineTokens([scoredToken("x", 0, 2, null), scoredToken("y", 0, 2, 4)], 0);
    close(range?.bits, 4);
    assert.deepEqual(range?.tokens, [0, 2]);
  });

  it("take a token without text along with the one before it, or leave it out", () => {
    const tokens = [
      scoredToken("", 0, 0, null),
      scoredToken("a", 0, 1, 1),
      scoredToken("", 1, 1, 2),
      scoredToken("b", 1, 2, 3),
    ];
    const ranges = combineTokens(tokens, 0);
    assert.deepEqual(
      ranges.map(({ tokens: of, bits }) => [...of, Math.round(bits ?? -1)]),
      [
        [1, 3, 3],
        [3, 4, 3],
      ],
    );
  });

  it("cover CRLF, tabs and emoji exactly, with the starter's tokenizer", async () => {
    const folder = join(__dirname, "../../../../media/models/starter");
    const tokenizer = await loadTokenizer(folder, { modelType: "gpt2", vocabSize: 8192 });
    assert.ok(tokenizer);
    const text = "if (x) {\r\n\t\treturn '👩‍👩‍👧 naïve 汉字';\r\n}\r\n";
    const spans = tokenSpans(tokenizer, text, tokenizer.encode(text));
    const ranges = combineTokens(
      spans.map((span) => ({ ...span, prediction: null })),
      0,
    );
    assert.equal(ranges.map(({ start, end }) => text.slice(start, end)).join(""), text);
    assert.ok(ranges.length < spans.length, "some tokens share a character");
    for (const { start, end } of ranges) {
      assert.doesNotMatch(text.slice(start, end), /^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/, "a pair is split");
    }
    // Each token is in one range, and each range holds its tokens' characters.
    assert.deepEqual(
      ranges.flatMap(({ tokens: [first, end] }) => spans.slice(first, end)),
      spans,
    );
  });

  it("are found by any of their characters", () => {
    const ranges = combineTokens(wordTokens("one two"), 10);
    const at = (offset: number) => rangeAt(ranges, offset)?.tokens[0];
    assert.deepEqual([9, 10, 12, 13, 16, 17].map(at), [undefined, 0, 0, 1, 1, undefined]);
    assert.equal(firstEndingAfter(ranges, 100), 2);
  });
});

describe("the levels", () => {
  it("are those of the inspector's strip", () => {
    assert.deepEqual(levelBounds, surprisalBounds);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 60, noNaN: true }), (bits) => levelOf(bits) === surprisalLevel(bits)),
    );
  });

  it("give every surprisal a step, higher for more bits, whose colours lie beside the level's own", () => {
    const bits = fc.double({ min: 0, max: 60, noNaN: true });
    fc.assert(
      fc.property(bits, bits, fc.constantFrom("buckets" as const, "continuous" as const), (a, b, scale) => {
        const [low, high] = [stepOf(scale, Math.min(a, b)), stepOf(scale, Math.max(a, b))];
        assert.ok(low >= 0 && low <= high && high < stepCount(scale));
        assert.equal(colorOf(scale, stepOf(scale, a)).level, levelOf(a));
      }),
    );
    assert.equal(stepCount("buckets"), levelCount);
    assert.deepEqual(colorOf("continuous", stepCount("continuous") - 1), { level: 6, part: 0 });
    assert.deepEqual(colorOf("continuous", stepOf("continuous", 3)), { level: 2, part: 0.5 });
  });
});

/** A document of letters, each its own range, and edits of one event as VS Code orders them: from its end to its start. */
const textAndEdits = fc.tuple(
  fc.string({ minLength: 1, maxLength: 40 }),
  fc.array(fc.nat(200), { maxLength: 6 }),
  fc.string({ maxLength: 4 }),
);

describe("ranges under edits", () => {
  it("keep to their text, or know that it changed", () => {
    fc.assert(
      fc.property(textAndEdits, ([text, places, inserted]) => {
        const ranges = Array.from({ length: Math.ceil(text.length / 2) }, (_, i): SurprisalRange => {
          const start = 2 * i;
          return { start, end: Math.min(text.length, start + 2), tokens: [i, i + 1], bits: i, stale: false };
        });
        const changes = editsFrom(places, text.length, inserted);
        const moved = moveRanges(ranges, changes);
        const now = changes.reduce(applied, text);
        for (const { start, end, tokens, stale } of moved) {
          assert.ok(start < end && end <= now.length);
          const [first] = tokens;
          if (!stale) assert.equal(now.slice(start, end), text.slice(2 * first, 2 * first + 2));
        }
        for (let i = 1; i < moved.length; i++) assert.ok((moved[i]?.start ?? 0) >= (moved[i - 1]?.end ?? 0));
        const untouched = ranges.filter(
          ({ start, end }) =>
            !changes.some((edit) => edit.rangeOffset < end && edit.rangeOffset + edit.rangeLength > start),
        );
        assert.ok(
          moved.filter(({ stale }) => !stale).length === untouched.length,
          "what was not touched is still there",
        );
      }),
    );
  });

  it("stay stale through later edits", () => {
    const ranges = combineTokens(wordTokens("one two"), 0);
    const once = moveRanges(ranges, [{ rangeOffset: 1, rangeLength: 0, text: "x" }]);
    assert.deepEqual(
      once.map(({ stale }) => stale),
      [true, false],
    );
    assert.deepEqual(
      moveRanges(once, [{ rangeOffset: 8, rangeLength: 0, text: "y" }]).map(({ stale }) => stale),
      [true, false],
    );
  });

  it("tell exactly which kinds of decorations a new scoring changes", () => {
    const kindOf = ({ bits }: SurprisalRange) => (bits === null ? undefined : Math.floor(bits));
    const range = (start: number, end: number, bits: number | null, stale = false): SurprisalRange => ({
      ...{ start, end, bits, stale },
      tokens: [0, 1],
    });
    const same = [range(0, 2, null), range(2, 4, 1), range(4, 6, 2)];
    assert.deepEqual([...changedKinds(same, same, kindOf)], []);
    assert.deepEqual([...changedKinds([], same, kindOf)], [1, 2]);
    assert.deepEqual([...changedKinds(same, [...same.slice(0, 2), range(4, 6, 5)], kindOf)], [2, 5]);
    assert.deepEqual([...changedKinds(same, [range(0, 4, 7), range(4, 6, 2)], kindOf)], [7, 1]);
    assert.deepEqual([...changedKinds([range(2, 4, 1, true)], [range(2, 4, 1)], kindOf)], [1]);
  });

  it("tell all kinds whose lists of places differ, whatever the ranges", () => {
    const lists = fc.array(fc.tuple(fc.nat(3), fc.nat(2)), { maxLength: 12 });
    const build = (steps: readonly (readonly [number, number])[]) => {
      let place = 0;
      return steps.map(([length, bits]): SurprisalRange => {
        const start = place;
        place += length + 1;
        return { start, end: place, bits, tokens: [0, 1], stale: false };
      });
    };
    fc.assert(
      fc.property(lists, lists, (one, other) => {
        const [before, after] = [build(one), build(other)];
        const changed = changedKinds(before, after, ({ bits }) => bits ?? undefined);
        const places = (ranges: readonly SurprisalRange[], kind: number) =>
          JSON.stringify(ranges.filter(({ bits }) => bits === kind).map(({ start, end }) => [start, end]));
        for (const kind of [0, 1, 2]) assert.equal(changed.has(kind), places(before, kind) !== places(after, kind));
      }),
    );
  });
});

function editsFrom(places: readonly number[], length: number, inserted: string): Edit[] {
  const cuts = [...new Set(places.map((place) => place % (length + 1)))].sort((a, b) => a - b);
  const edits: Edit[] = [];
  for (let i = 0; i + 1 < cuts.length; i += 2) {
    const [from, to] = [cuts[i] ?? 0, cuts[i + 1] ?? 0];
    const text = inserted.slice(i % 3);
    if (to > from || text) edits.push({ rangeOffset: from, rangeLength: i % 4 === 0 ? to - from : 0, text });
  }
  return edits.reverse();
}

function applied(text: string, { rangeOffset, rangeLength, text: inserted }: Edit): string {
  return text.slice(0, rangeOffset) + inserted + text.slice(rangeOffset + rangeLength);
}
