import assert from "node:assert/strict";
import { deltaIntervalMs, InspectorStore, type InspectorView } from "../../../../src/extension/panels/inspectorStore";
import type { CompletionDelta, InspectorState } from "../../../../src/runtime/panelProtocol";
import { FakeClock, generatedToken, runningCompletion } from "../support";

type Sent = { readonly kind: "show"; state: InspectorState } | { readonly kind: "append"; delta: CompletionDelta };

function makeStore() {
  const clock = new FakeClock();
  const store = new InspectorStore(clock);
  const sent: Sent[] = [];
  const view: InspectorView = {
    show: (state) => sent.push({ kind: "show", state }),
    append: (delta) => sent.push({ kind: "append", delta }),
  };
  return { clock, store, sent, view };
}

const delta = (id: number): CompletionDelta => ({ tokens: [generatedToken(id)], textDelta: `${id} ` });

/** What a panel shows that was sent all this. */
function shown(sent: readonly Sent[]): InspectorState {
  let state: InspectorState = { kind: "empty" };
  for (const message of sent) {
    state = message.kind === "show" ? message.state : appended(state, message.delta);
  }
  return state;
}

function appended(state: InspectorState, { tokens, textDelta }: CompletionDelta): InspectorState {
  if (state.kind !== "completion") throw new Error("A delta without a completion");
  return { ...state, tokens: [...state.tokens, ...tokens], text: state.text + textDelta };
}

describe("inspectorStore", () => {
  it("sends nothing before the panel is ready, then everything", () => {
    const { store, sent, view, clock } = makeStore();
    store.show(runningCompletion);
    store.append(delta(1));
    clock.advance(1000);
    assert.deepEqual(sent, []);
    store.append(delta(2));
    store.attach(view);
    clock.advance(1000);
    assert.equal(sent.length, 1);
    assert.deepEqual(shown(sent), store.state);
    assert.equal(store.state.kind === "completion" && store.state.text, "1 2 ");
  });

  it("sends a stream in batches, at most one per interval", () => {
    const { store, sent, view, clock } = makeStore();
    store.attach(view);
    store.show(runningCompletion);
    for (let id = 0; id < 10; id++) {
      store.append(delta(id));
      clock.advance(deltaIntervalMs / 5);
    }
    clock.advance(deltaIntervalMs);
    assert.deepEqual(
      sent.map((message) => (message.kind === "append" ? message.delta.tokens.map(({ id }) => id) : message.kind)),
      ["show", "show", [0, 1, 2, 3, 4], [5, 6, 7, 8, 9]],
    );
    assert.deepEqual(shown(sent), store.state);
  });

  it("keeps collecting while the panel is hidden, and sends the whole when it is shown again", () => {
    const { store, sent, view, clock } = makeStore();
    store.attach(view);
    store.show(runningCompletion);
    store.append(delta(1));
    store.detach();
    store.append(delta(2));
    clock.advance(1000);
    assert.equal(sent.length, 2);
    store.append(delta(3));
    store.attach(view);
    assert.equal(sent.length, 3);
    store.append(delta(4));
    clock.advance(1000);
    assert.deepEqual(shown(sent), store.state);
    assert.equal(store.state.kind === "completion" && store.state.text, "1 2 3 4 ");
  });

  it("never shows a token twice, nor one of the stream before", () => {
    const { store, sent, view, clock } = makeStore();
    store.attach(view);
    store.show(runningCompletion);
    store.append(delta(1));
    const finished: InspectorState = { ...runningCompletion, text: "end", tokens: [generatedToken(9)] };
    store.show(finished);
    clock.advance(1000);
    assert.deepEqual(shown(sent), finished);
    assert.equal(sent.filter(({ kind }) => kind === "append").length, 0);
  });

  it("drops tokens when no completion is shown", () => {
    const { store, clock } = makeStore();
    store.append(delta(1));
    clock.advance(1000);
    assert.deepEqual(store.state, { kind: "empty" });
  });
});
