import assert from "node:assert/strict";
import { Analysis } from "../../../src/extension/analysis";
import {
  type AblateParams,
  ablateRequest,
  type SalienceParams,
  salienceRequest,
} from "../../../src/runtime/analysisProtocol";
import { CancelledError, tensorMissing } from "../../../src/runtime/errors";
import { scores } from "../../webview/states";

const state = scores();
const { signal } = new AbortController();
const question = {
  text: state.text,
  items: [
    { place: 3, id: 17 },
    { place: 1, id: 18 },
  ],
  sets: [[{ kind: "mlp", layer: 0 }]],
} as const;

/** The models' answer is the test's; the transport's types do not matter here. */
function analysis(answer: (params: unknown) => unknown) {
  const asked: { method: string; params: unknown }[] = [];
  const analyze = async (type: { method: string }, params: unknown) => {
    asked.push({ method: type.method, params });
    return answer(params);
  };
  return { asked, analysis: new Analysis({ analyze } as never, { state }) };
}

describe("analysis", () => {
  it("sends every watched place with the tokens up to it, and the model of the text", async () => {
    const { asked, analysis: made } = analysis(() => "effects");
    assert.deepEqual(await made.ablate(question, { signal }), { kind: "ready", value: "effects" });
    const ids = state.tokens.map(({ id }) => id);
    const items = [
      { ids: ids.slice(0, 3), place: 3, id: 17 },
      { ids: ids.slice(0, 1), place: 1, id: 18 },
    ];
    const params: AblateParams = { model: state.reference, items, sets: question.sets };
    assert.deepEqual(asked, [{ method: ablateRequest.method, params }]);
  });

  it("asks for salience with the tokens and the model of the text", async () => {
    const { asked, analysis: made } = analysis(() => "salience");
    const { text, reference: model } = state;
    const ids = state.tokens.map(({ id }) => id);
    await made.salience({ text, kind: "token", place: 3, id: 17 }, { signal });
    await made.salience({ text, kind: "label", label: "positive" }, { signal });
    const params: SalienceParams[] = [
      { model, ids, followed: { kind: "token", place: 3, id: 17 } },
      { model, ids, followed: { kind: "label", label: "positive" } },
    ];
    assert.deepEqual(
      asked,
      params.map((one) => ({ method: salienceRequest.method, params: one })),
    );
  });

  it("answers nothing about a text that is not shown any more", async () => {
    const { asked, analysis: made } = analysis(() => assert.fail("not asked for"));
    assert.deepEqual(await made.ablate({ ...question, text: state.text + 1 }, { signal }), { kind: "outdated" });
    assert.equal(asked.length, 0);
  });

  it("tells a failure from a cancellation", async () => {
    const error = tensorMissing("f", "t");
    const failing = analysis(() => {
      throw error;
    });
    assert.deepEqual(await failing.analysis.ablate(question, { signal }), { kind: "failed", error: error.toInfo() });
    const cancelled = analysis(() => {
      throw new CancelledError();
    });
    assert.deepEqual(await cancelled.analysis.ablate(question, { signal }), { kind: "cancelled" });
  });
});
