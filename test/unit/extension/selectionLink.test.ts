import assert from "node:assert/strict";
import { DocumentEdits, type Gravity } from "../../../src/extension/documentEdits";
import { Emitter } from "../../../src/extension/emitter";
import { InspectorStore } from "../../../src/extension/panels/inspectorStore";
import { type EditorSelection, SelectionLink, tokensIn } from "../../../src/extension/selectionLink";
import type { InspectorState, TokenRange } from "../../../src/runtime/panelProtocol";
import { FakeClock, modelInfo } from "./support";
import { wordTokens } from "./surprisal/support";

const uri = "file:///a.txt";

const scores: Extract<InspectorState, { kind: "scores" }> = {
  kind: "scores",
  title: "a.txt",
  source: { uri, label: "a.txt", offset: 10 },
  model: modelInfo,
  reference: { folder: "/model", device: "cpu" },
  text: 1,
  segments: [],
  tokens: wordTokens("one two three four"),
  summary: { tokens: 3, bits: 10, perplexity: 2, bitsPerByte: 1 },
  slides: 0,
  truncation: null,
  elapsedMs: 1,
};

function setUp() {
  const clock = new FakeClock();
  const store = new InspectorStore(clock);
  const selected = new Emitter<EditorSelection>();
  const chosen = new Emitter<number>();
  const edits = new DocumentEdits();
  const said: unknown[] = [];
  const link = new SelectionLink({
    editors: { onDidSelect: selected.event, mark: (stretch) => void said.push({ mark: stretch }) },
    panel: {
      onDidChooseToken: chosen.event,
      selectTokens: (range: TokenRange | null) => void said.push({ tokens: range }),
    },
    store,
    tracker: { map: (_, offset: number, gravity: Gravity) => edits.map(offset, gravity) },
    stretchOf: (index) => ({ uri, start: index, end: index + 1 }),
    clock,
  });
  store.show(scores);
  const select = (start: number, end: number, of = uri) => {
    selected.fire({ uri: of, start, end });
    clock.advance(1000);
  };
  return { clock, store, selected, chosen, edits, said, link, select };
}

describe("SelectionLink", () => {
  it("marks the tokens of which something is selected, once the selection rests", () => {
    const { selected, clock, said } = setUp();
    for (const end of [15, 16, 19]) selected.fire({ uri, start: 15, end });
    assert.deepEqual(said, []);
    clock.advance(1000);
    assert.deepEqual(said, [{ tokens: { start: 1, end: 3 } }]);
  });

  it("follows the text through edits", () => {
    const { edits, said, select } = setUp();
    edits.record([{ rangeOffset: 0, rangeLength: 0, text: "12345" }]);
    select(20, 21);
    assert.deepEqual(said, [{ tokens: { start: 1, end: 2 } }]);
  });

  it("takes the mark back when nothing is selected, and does not say so twice", () => {
    const { said, select } = setUp();
    select(12, 12);
    select(15, 16);
    select(12, 12);
    select(11, 11);
    assert.deepEqual(said, [{ tokens: { start: 1, end: 2 } }, { tokens: null }]);
  });

  it("leaves other documents and other states alone", () => {
    const { said, select, store } = setUp();
    select(15, 16, "file:///b.txt");
    store.show({ kind: "empty" });
    select(15, 16);
    assert.deepEqual(said, []);
  });

  it("marks a token chosen in the panel in the editor, until something is selected there or the panel shows something else", () => {
    const { chosen, said, select, store } = setUp();
    chosen.fire(2);
    chosen.fire(3);
    select(12, 12);
    chosen.fire(1);
    store.show({ kind: "empty" });
    assert.deepEqual(said, [
      { mark: { uri, start: 2, end: 3 } },
      { mark: { uri, start: 3, end: 4 } },
      { mark: null },
      { mark: { uri, start: 1, end: 2 } },
      { mark: null },
    ]);
  });

  it("knows that a completion that was not inserted stands nowhere", () => {
    const { store, said, select } = setUp();
    store.show({ ...scores, documentLength: 7 });
    select(10, 99);
    assert.deepEqual(said, [{ tokens: { start: 0, end: 2 } }]);
  });

  it("answers neither side's choice on that side: nothing goes round", () => {
    const { chosen, said, select } = setUp();
    select(15, 16);
    assert.ok(said.every((what) => !JSON.stringify(what).includes("mark")));
    said.length = 0;
    chosen.fire(2);
    assert.ok(said.every((what) => !JSON.stringify(what).includes("tokens")));
  });

  it("is silent once disposed", () => {
    const { link, chosen, said, select } = setUp();
    link.dispose();
    chosen.fire(1);
    select(15, 16);
    assert.deepEqual(said, []);
  });

  it("finds tokens that share a character together", () => {
    const tokens = [
      { start: 0, end: 3 },
      { start: 3, end: 5 },
      { start: 3, end: 5 },
      { start: 5, end: 6 },
    ];
    const place = { start: (i: number) => tokens[i]?.start ?? 0, end: (i: number) => tokens[i]?.end ?? 0 };
    assert.deepEqual(tokensIn({ start: 4, end: 5 }, 4, place), { start: 1, end: 3 });
    assert.equal(tokensIn({ start: 6, end: 9 }, 4, place), null);
    assert.equal(tokensIn({ start: 4, end: 4 }, 4, place), null);
  });
});
