import assert from "node:assert/strict";
import { mock } from "node:test";
import { keepInterval, stateKeeper } from "../../../src/webview/inspector/keeper";
import { emptyPanel, type PanelState, reduce } from "../../../src/webview/inspector/state";
import { completion, generatedTokens, scores } from "../../webview/states";

describe("keeping the panel's state", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
  afterEach(() => mock.timers.reset());

  function keeper() {
    const written: PanelState[] = [];
    return { written, ...stateKeeper((panel) => written.push(panel)) };
  }
  const scored = reduce(emptyPanel, { kind: "show", state: scores() });
  const choose = (panel: PanelState, index: number) => reduce(panel, { kind: "select", index });

  it("keeps what is shown at once, and nothing twice", () => {
    const { keep, written } = keeper();
    keep(scored);
    keep(scored);
    mock.timers.tick(keepInterval);
    assert.deepEqual(written, [scored]);
  });

  it("keeps the last of many chosen tokens, once per interval", () => {
    const { keep, written } = keeper();
    keep(scored);
    for (let index = 0; index < 20; index++) keep(choose(scored, index));
    assert.equal(written.length, 1);
    mock.timers.tick(keepInterval);
    assert.deepEqual(
      written.map(({ selected }) => selected),
      [null, 19],
    );
  });

  it("keeps a stream at intervals and its end at once", () => {
    const { keep, written } = keeper();
    let panel = reduce(emptyPanel, { kind: "show", state: completion("running") });
    keep(panel);
    for (const token of generatedTokens("a b c")) {
      panel = reduce(panel, { kind: "append", delta: { tokens: [token], textDelta: token.text } });
      keep(panel);
    }
    assert.equal(written.length, 0);
    mock.timers.tick(keepInterval);
    assert.deepEqual(written, [panel]);
    const ended = reduce(panel, { kind: "show", state: completion("finished") });
    keep(ended);
    assert.deepEqual(written, [panel, ended]);
  });

  it("writes what is due when the page goes, once", () => {
    const { keep, flush, written } = keeper();
    keep(scored);
    const chosen = choose(scored, 3);
    keep(chosen);
    flush();
    mock.timers.tick(keepInterval);
    assert.deepEqual(written, [scored, chosen]);
  });
});
