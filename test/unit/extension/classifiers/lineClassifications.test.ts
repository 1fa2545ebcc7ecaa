import assert from "node:assert/strict";
import fc from "fast-check";
import type { ListedClassifier } from "../../../../src/extension/classifiers/classifierParts";
import { LineClassifications, mostUnits, restMs } from "../../../../src/extension/classifiers/lineClassifications";
import { type UnitKind, unitsOf } from "../../../../src/extension/classifiers/textUnits";
import { CancelledError } from "../../../../src/runtime/errors";
import type { Classification } from "../../../../src/runtime/trainingProtocol";
import { FakeClock } from "../support";
import { turns } from "../surprisal/support";

const uri = "file:///a.txt";
const classifier: ListedClassifier = { name: "c", folder: "/c", task: "classification", labels: ["short", "long"] };

function answer(text: string): Classification {
  const best = text.length > 5 ? "long" : "short";
  const other = best === "long" ? "short" : "long";
  return {
    labels: [
      { label: best, probability: 0.9 },
      { label: other, probability: 0.1 },
    ],
    tokens: 3,
    truncated: false,
  };
}

/** A document that can be typed into, and a classifier that answers when it is told to. */
function setUp(text: string, answers: "at once" | "when told" = "at once") {
  const clock = new FakeClock();
  const asked: string[][] = [];
  const failures: unknown[] = [];
  const waiting: (() => void)[] = [];
  const state: { text: string; fail: Error | null } = { text, fail: null };
  const lines = new LineClassifications({
    clock,
    failed: (error) => void failures.push(error),
    classify: async (_, items, { signal }) => {
      const texts = items.map((item) => String(item.text));
      asked.push(texts);
      if (answers === "when told") await new Promise<void>((resolve) => waiting.push(resolve));
      if (signal?.aborted) throw new CancelledError("cancelled");
      if (state.fail) throw state.fail;
      return texts.map(answer);
    },
  });
  return {
    ...{ clock, asked, failures, waiting, state, lines },
    show: (kind: UnitKind = "line", region: { start: number; end: number } | null = null, signal?: AbortSignal) =>
      lines.show(uri, { classifier, kind, region, read: () => state.text }, signal),
    type: (offset: number, inserted: string, length = 0) => {
      state.text = state.text.slice(0, offset) + inserted + state.text.slice(offset + length);
      lines.edited(uri, [{ rangeOffset: offset, rangeLength: length, text: inserted }]);
    },
    shown: () =>
      lines
        .units(uri)
        .map(({ start, end, classification }) => [state.text.slice(start, end), classification.labels[0]?.label]),
  };
}

describe("LineClassifications", () => {
  it("classifies every line that is not blank, equal ones once", async () => {
    const { show, shown, asked } = setUp("one\n\n  a longer line \r\none\n");
    assert.deepEqual(await show(), { kind: "done", units: 3, cut: false });
    assert.deepEqual(asked, [["one", "a longer line"]]);
    assert.deepEqual(shown(), [
      ["one", "short"],
      ["a longer line", "long"],
      ["one", "short"],
    ]);
  });

  it("classifies only what an edit changed, when the edits rest", async () => {
    const { show, shown, asked, type, clock } = setUp("one\ntwo\nthree and four");
    await show();
    type(4, "2");
    type(5, "2");
    assert.deepEqual(
      shown().map(([text]) => text),
      ["one", "three and four"],
    );
    clock.advance(restMs - 1);
    await turns();
    assert.equal(asked.length, 1);
    clock.advance(1);
    await turns();
    assert.deepEqual(asked[1], ["22two"]);
    assert.deepEqual(
      shown().map(([text]) => text),
      ["one", "22two", "three and four"],
    );
  });

  it("keeps to the selection, which grows and moves with edits", async () => {
    const { show, shown, type, clock } = setUp("one\ntwo\nthree");
    await show("line", { start: 4, end: 7 });
    assert.deepEqual(shown(), [["two", "short"]]);
    type(0, "zero\n");
    type(12, " more");
    clock.advance(restMs);
    await turns();
    assert.deepEqual(shown(), [["two more", "long"]]);
  });

  it("is cancelled, and keeps what was done", async () => {
    const text = Array.from({ length: 100 }, (_, i) => `line ${i}`).join("\n");
    const { show, shown, waiting } = setUp(text, "when told");
    const controller = new AbortController();
    const running = show("line", null, controller.signal);
    await turns();
    waiting.shift()?.();
    await turns();
    controller.abort();
    waiting.shift()?.();
    assert.deepEqual(await running, { kind: "cancelled" });
    assert.equal(shown().length, 64);
  });

  it("is forgotten when it is cancelled before anything was done", async () => {
    const { show, lines, waiting, type, clock, asked } = setUp("one\ntwo", "when told");
    const controller = new AbortController();
    const running = show("line", null, controller.signal);
    await turns();
    controller.abort();
    waiting.shift()?.();
    assert.deepEqual(await running, { kind: "cancelled" });
    assert.equal(lines.any, false);
    type(0, "a");
    clock.advance(restMs);
    await turns();
    assert.equal(asked.length, 1, "an edit asks nothing");
  });

  it("tells of a failure after an edit once, and keeps what it shows", async () => {
    const { show, shown, type, clock, state, failures } = setUp("one\ntwo");
    await show();
    state.fail = new Error("no");
    for (const typed of ["a", "b"]) {
      type(0, typed);
      clock.advance(restMs);
      await turns();
    }
    assert.equal(failures.length, 1);
    assert.deepEqual(shown(), [["two", "short"]]);
  });

  it("shows nothing when it failed from the start, or is hidden", async () => {
    const failing = setUp("one");
    failing.state.fail = new Error("no");
    assert.equal((await failing.show()).kind, "failed");
    assert.equal(failing.lines.has(uri), false);
    const { show, lines, shown } = setUp("one");
    await show();
    lines.hideAll();
    assert.deepEqual(shown(), []);
  });

  it("takes no more lines than it can show", async () => {
    const { show } = setUp(Array.from({ length: mostUnits + 1 }, (_, i) => `${i % 7}`).join("\n"));
    assert.deepEqual(await show(), { kind: "done", units: mostUnits, cut: true });
  });
});

describe("unitsOf", () => {
  it("takes paragraphs up to blank lines", () => {
    const units = unitsOf("one\ntwo\n \t\n  three\r\nfour\r\n\r\nfive", "paragraph", null);
    assert.deepEqual(
      units.map(({ text }) => text),
      ["one\ntwo", "three\r\nfour", "five"],
    );
  });

  it("gives units in order that lie where they say and are trimmed", () => {
    const piece = fc.constantFrom("a", "b c", " ", "\t", "\n", "\r\n", "\n\n", "é");
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.constantFrom<UnitKind>("line", "paragraph"),
        (pieces, kind) => {
          const text = pieces.join("");
          const units = unitsOf(text, kind, null);
          let end = 0;
          for (const unit of units) {
            assert.equal(text.slice(unit.start, unit.end), unit.text);
            assert.equal(unit.text, unit.text.trim());
            assert.notEqual(unit.text, "");
            assert.ok(unit.start >= end);
            end = unit.end;
          }
          const words = (value: string) => value.split(/\s+/).filter((word) => word !== "");
          assert.deepEqual(
            units.flatMap((unit) => words(unit.text)),
            words(text),
          );
        },
      ),
    );
  });
});
