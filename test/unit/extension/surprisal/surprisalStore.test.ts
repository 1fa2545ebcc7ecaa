import assert from "node:assert/strict";
import { debounceMs, type RangesChange, SurprisalStore } from "../../../../src/extension/surprisal/surprisalStore";
import { CancelledError } from "../../../../src/runtime/errors";
import type { ModelReference } from "../../../../src/runtime/protocol";
import { FakeClock } from "../support";
import { FakeScorer, turns } from "./support";

const uri = "file:///a.txt";
const whole = [{ kind: "file" }] as const;

/** A store, its clock and model, and a document that can be typed into. */
function setUp(text: string) {
  const clock = new FakeClock();
  const scorer = new FakeScorer();
  const failures: unknown[] = [];
  const changes: RangesChange[] = [];
  let reference: ModelReference = { folder: "/model", device: "cpu" };
  const store = new SurprisalStore({
    models: scorer,
    clock,
    reference: () => reference,
    failed: (error) => void failures.push(error),
  });
  store.onDidChangeRanges((change) => void changes.push(change));
  const document = { text };
  const read = (start: number, end: number) => document.text.slice(start, end);
  return {
    ...{ clock, scorer, failures, changes, store, document, read },
    use: (folder: string) => {
      reference = { ...reference, folder };
      store.refresh();
    },
    /** Types `inserted` at `offset`, over `length` characters. */
    type: (offset: number, inserted: string, length = 0) => {
      document.text = document.text.slice(0, offset) + inserted + document.text.slice(offset + length);
      store.edited(uri, [{ rangeOffset: offset, rangeLength: length, text: inserted }]);
    },
    shown: () => store.ranges(uri).map(({ start, end }) => document.text.slice(start, end)),
  };
}

/** One whose document is shown. */
async function shown(text: string) {
  const all = setUp(text);
  const outcome = all.store.show(uri, whole, all.read);
  await turns();
  all.scorer.last.answer();
  assert.deepEqual(await outcome, { kind: "done", cut: false, truncation: null });
  return all;
}

describe("SurprisalStore", () => {
  it("scores a document with the highest priority, and shows it", async () => {
    const { scorer, changes, shown: texts, store } = await shown("one two three");
    assert.deepEqual(texts(), ["one", " two", " three"]);
    assert.equal(scorer.last.params.priority, "interactive");
    assert.deepEqual(scorer.last.params.model, { folder: "/model", device: "cpu" });
    assert.equal(changes.length, 1);
    assert.equal(changes[0]?.before.length, 0);
    assert.equal(store.at(uri, 5)?.range.tokens[0], 1);
  });

  it("moves ranges at once, and scores anew when typing rests", async () => {
    const { scorer, clock, type, shown: texts, changes, store } = await shown("one two three");
    type(0, "x ");
    assert.deepEqual(texts(), ["one", " two", " three"], "moved along");
    type(7, "!");
    assert.equal(store.at(uri, 8), undefined, "nothing is said of a token whose text was changed");
    assert.equal(store.at(uri, 2)?.range.tokens[0], 0);
    clock.advance(debounceMs - 1);
    type(15, "?");
    clock.advance(debounceMs - 1);
    await turns();
    assert.equal(scorer.asked.length, 1, "typing has not rested");
    clock.advance(1);
    await turns();
    assert.equal(scorer.last.text, "x one t!wo thre?e");
    assert.equal(changes.length, 1, "what was shown stays until the new is there");
    scorer.last.answer();
    await turns();
    assert.equal(changes.length, 2);
    assert.equal(texts()[0], "x");
  });

  it("cancels the scoring under way when one types on; the newest wins, whatever comes in late", async () => {
    const { scorer, clock, type, shown: texts, changes } = await shown("one");
    type(3, " two");
    clock.advance(debounceMs);
    await turns();
    const older = scorer.last;
    type(7, " three");
    assert.ok(older.signal.aborted);
    clock.advance(debounceMs);
    await turns();
    scorer.last.answer();
    await turns();
    older.answer();
    await turns();
    assert.deepEqual(texts(), ["one", " two", " three"]);
    assert.equal(changes.length, 2);
  });

  it("keeps what it showed when scoring fails, and tells once until something succeeds", async () => {
    const { scorer, clock, type, shown: texts, failures, changes } = await shown("one two");
    const failing = async () => {
      type(7, "!");
      clock.advance(debounceMs);
      await turns();
      scorer.last.fail(new Error("no device"));
      await turns();
    };
    await failing();
    await failing();
    assert.deepEqual(texts(), ["one", " two"]);
    assert.equal(changes.length, 1);
    assert.equal(failures.length, 1);
    type(7, "", 1);
    clock.advance(debounceMs);
    await turns();
    scorer.last.answer();
    await turns();
    await failing();
    assert.equal(failures.length, 2);
  });

  it("does not tell of what was cancelled", async () => {
    const { scorer, clock, type, failures } = await shown("one two");
    type(7, "!");
    clock.advance(debounceMs);
    await turns();
    scorer.last.fail(new CancelledError());
    await turns();
    assert.deepEqual(failures, []);
  });

  it("shows nothing when the first scoring fails or there is only white space", async () => {
    const { store, scorer, read, document } = setUp("one");
    const failing = store.show(uri, whole, read);
    await turns();
    scorer.last.fail(new Error("broken model"));
    assert.equal((await failing).kind, "failed");
    assert.ok(!store.has(uri));
    document.text = " \n";
    assert.deepEqual(await store.show(uri, whole, read), { kind: "blank" });
    assert.ok(!store.has(uri));
    assert.equal(scorer.asked.length, 1);
  });

  it("goes on when one types during the first scoring", async () => {
    const { store, scorer, read, type, clock, shown: texts } = setUp("one");
    const outcome = store.show(uri, whole, read);
    await turns();
    type(3, " two");
    scorer.last.fail(new CancelledError());
    assert.equal((await outcome).kind, "cancelled");
    clock.advance(debounceMs);
    await turns();
    scorer.last.answer();
    await turns();
    assert.deepEqual(texts(), ["one", " two"]);
  });

  it("scores each selection as a text of its own, and anew only those that changed", async () => {
    const { store, scorer, read, type, clock, shown: texts } = setUp("one two | three four");
    const parts = [
      { kind: "selection", start: 0, end: 7 },
      { kind: "selection", start: 10, end: 20 },
    ] as const;
    const outcome = store.show(uri, parts, read);
    for (let i = 0; i < 2; i++) {
      await turns();
      scorer.last.answer();
    }
    await outcome;
    assert.deepEqual(
      scorer.asked.map(({ text }) => text),
      ["one two", "three four"],
    );
    assert.deepEqual(texts(), ["one", " two", "three", " four"]);
    assert.equal(store.ranges(uri)[2]?.bits, null, "nothing stands before it in its text");
    type(3, "s");
    clock.advance(debounceMs);
    await turns();
    scorer.last.answer();
    await turns();
    assert.equal(scorer.asked.length, 3);
    assert.deepEqual(texts(), ["ones", " two", "three", " four"]);
  });

  it("asks the model nothing when an edit is undone, and knows its tokens again", async () => {
    const { scorer, clock, type, store } = await shown("one two");
    type(5, "x");
    type(5, "", 1);
    assert.equal(store.at(uri, 5), undefined);
    clock.advance(debounceMs);
    await turns();
    assert.equal(scorer.asked.length, 1);
    assert.equal(store.at(uri, 5)?.range.tokens[0], 1);
  });

  it("scores anew under another model, and only then when settings change", async () => {
    const { scorer, use } = await shown("one two");
    use("/model");
    await turns();
    assert.equal(scorer.asked.length, 1);
    use("/other");
    await turns();
    assert.equal(scorer.last.params.model.folder, "/other");
  });

  it("finds its texts again when the line ends become others", async () => {
    const { store, scorer, read, document } = setUp("a\nb c\nd");
    const outcome = store.show(uri, [{ kind: "selection", start: 2, end: 5 }], read);
    await turns();
    scorer.last.answer();
    await outcome;
    document.text = document.text.replaceAll("\n", "\r\n");
    store.lineEndsChanged(uri, "crlf");
    assert.deepEqual(store.ranges(uri), []);
    await turns();
    assert.equal(scorer.asked.length, 1, "the same text");
    assert.deepEqual(
      store.ranges(uri).map(({ start, end }) => document.text.slice(start, end)),
      ["b", " c"],
    );
  });

  it("takes everything back, cancels, and forgets when it is hidden", async () => {
    const { store, scorer, clock, type, changes } = await shown("one two");
    const shownUris: (readonly string[])[] = [];
    store.onDidChangeShown((uris) => void shownUris.push(uris));
    type(0, "x");
    clock.advance(debounceMs);
    await turns();
    store.hide(uri);
    assert.ok(scorer.last.signal.aborted);
    assert.deepEqual(changes.at(-1)?.after, []);
    assert.deepEqual([store.has(uri), store.ranges(uri), shownUris], [false, [], [[]]]);
  });

  it("leaves alternatives of long texts for later: reading them would hold the host", async () => {
    const { store, scorer, read } = setUp("word ".repeat(5000));
    void store.show(uri, whole, read);
    await turns();
    assert.equal(scorer.last.params.topK, 0);
    store.dispose();
    assert.ok(scorer.last.signal.aborted);
  });
});
