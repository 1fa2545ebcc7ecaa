import assert from "node:assert/strict";
import { emptyPanel, readKept, reduce } from "../../../src/webview/inspector/state";
import { completion, failed, generatedTokens, loading, scores } from "../../webview/states";

describe("the inspector's state", () => {
  const scored = reduce(emptyPanel, { kind: "show", state: scores() });

  it("chooses a token that there is, and no other", () => {
    const chosen = reduce(scored, { kind: "select", index: 4 });
    assert.equal(chosen.selected, 4);
    for (const index of [-1, 1.5, 10_000, Number.NaN]) assert.equal(reduce(chosen, { kind: "select", index }), chosen);
    assert.equal(reduce(chosen, { kind: "select", index: null }).selected, null);
  });

  it("keeps the chosen token while the same text is shown, and lets go of it with another", () => {
    const chosen = reduce(scored, { kind: "select", index: 4 });
    assert.equal(reduce(chosen, { kind: "show", state: scores() }).selected, 4);
    assert.equal(reduce(chosen, { kind: "show", state: completion("running") }).selected, null);
    const other = { ...scores(), source: { uri: "file:///other.ts", label: "other.ts", offset: 0 } };
    assert.equal(reduce(chosen, { kind: "show", state: other }).selected, null);
  });

  it("keeps the open tab and the strip's options when another text is shown, and over a reload", () => {
    const options = { mode: "entropy", boundaries: true, ids: true, bytes: false } as const;
    const opened = reduce(reduce(scored, { kind: "open", tab: "lens" }), { kind: "options", options });
    for (const state of [loading, completion("running"), scores()]) {
      const next = reduce(opened, { kind: "show", state });
      assert.deepEqual([next.tab, next.options], ["lens", options]);
    }
    const kept = readKept(JSON.parse(JSON.stringify(opened)));
    assert.deepEqual([kept.tab, kept.options], ["lens", options]);
  });

  it("marks tokens that there are, until another text is shown", () => {
    const mark = (start: number, end: number) => reduce(scored, { kind: "mark", range: { start, end } }).marked;
    assert.deepEqual(mark(2, 5), { start: 2, end: 5 });
    assert.deepEqual(mark(-3, 2), { start: 0, end: 2 });
    for (const [start, end] of [
      [5, 5],
      [1e6, 2e6],
      [Number.NaN, 3],
    ] as const)
      assert.equal(mark(start, end), null);
    const marked = reduce(scored, { kind: "mark", range: { start: 2, end: 5 } });
    assert.equal(reduce(marked, { kind: "select", index: 1 }).marked, marked.marked);
    assert.equal(reduce(marked, { kind: "mark", range: null }).marked, null);
    assert.equal(reduce(marked, { kind: "show", state: scores() }).marked, null);
  });

  it("appends tokens and text to a completion, and to nothing else", () => {
    const running = reduce(emptyPanel, { kind: "show", state: completion("running") });
    const [token] = generatedTokens("more");
    assert.ok(token && running.state.kind === "completion");
    const after = reduce(running, { kind: "append", delta: { tokens: [token], textDelta: "more" } });
    assert.ok(after.state.kind === "completion");
    assert.equal(after.state.tokens.length, running.state.tokens.length + 1);
    assert.equal(after.state.text, `${running.state.text}more`);
    assert.equal(reduce(scored, { kind: "append", delta: { tokens: [token], textDelta: "x" } }), scored);
  });

  it("reads back what it kept, and takes nothing else for it", () => {
    const chosen = reduce(scored, { kind: "select", index: 4 });
    assert.deepEqual(readKept(JSON.parse(JSON.stringify(chosen))), chosen);
    assert.equal(readKept({ ...chosen, selected: 1e9 }).selected, null);
    for (const kept of [null, undefined, 3, "x", {}, { state: { kind: "other" } }, { state: { kind: "scores" } }])
      assert.deepEqual(readKept(kept), emptyPanel);
    for (const whole of [
      scores(),
      completion("running"),
      completion("finished"),
      completion("failed"),
      failed,
      loading,
    ])
      assert.deepEqual(readKept({ state: whole, selected: null }).state, whole);
  });

  it("takes no state of which something is missing that the view reads", () => {
    const parts = {
      scores: ["title", "model", "source", "tokens", "summary"],
      completion: ["prompt", "text", "status"],
    };
    for (const [state, keys] of [
      [scores(), parts.scores],
      [completion("finished"), parts.completion],
      [failed, ["title", "error"]],
      [loading, ["title", "message"]],
    ] as const) {
      for (const key of keys) assert.deepEqual(readKept({ state: { ...state, [key]: undefined } }), emptyPanel, key);
    }
    const [first] = scores().tokens;
    const odd = { ...first, prediction: { logprob: -1, rank: 1, entropy: 1, top: [null] } };
    assert.deepEqual(readKept({ state: { ...scores(), tokens: [odd] } }), emptyPanel);
    for (const status of [{ kind: "finished" }, { kind: "failed" }, { kind: "other" }])
      assert.deepEqual(readKept({ state: { ...completion("running"), status } }), emptyPanel);
  });
});
