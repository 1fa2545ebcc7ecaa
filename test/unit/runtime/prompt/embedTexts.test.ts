/** Texts as vectors: against the trace graph, which computes the same states another way. */
import assert from "node:assert/strict";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { type LoadedModel, loadModel } from "../../../../src/runtime/engine/loadedModel";
import { trace } from "../../../../src/runtime/engine/trace";
import { CancelledError } from "../../../../src/runtime/errors";
import { embedTexts } from "../../../../src/runtime/prompt/embedTexts";
import { fixture } from "../checkpoint/support";
import { loadStarter } from "../engine/starter";

const turn = { signal: new AbortController().signal };

async function reference(model: LoadedModel, ids: readonly number[]): Promise<number[]> {
  const { hiddenStates } = await trace(await model.traceSession(), model.config, { ids: [ids] });
  const C = model.config.nEmbd;
  const state = hiddenStates.at(-1) ?? new Float32Array();
  const mean = Array.from({ length: C }, (_, c) => ids.reduce((sum, _, t) => sum + (state[t * C + c] ?? 0), 0));
  const length = Math.hypot(...mean);
  return mean.map((x) => x / length);
}

function assertClose(found: Float32Array | undefined, expected: readonly number[]): void {
  assert.equal(found?.length, expected.length);
  for (const [c, x] of expected.entries())
    assert.ok(Math.abs((found?.[c] ?? 9) - x) < 1e-5, `${found?.[c]} is not ${x}`);
}

describe("texts as vectors", () => {
  for (const name of ["gpt2-tiny", "openai-gpt-tiny", "gpt-neo-tiny"]) {
    it(`${name}: are the mean last hidden states, of length 1, whatever else is in the batch`, async () => {
      const model = await loadModel(await openModelFolder(fixture(name)), "cpu", performance.now());
      try {
        const texts = [[3, 1, 4], [1], Array.from({ length: 30 }, (_, i) => (i * 7 + 2) % model.config.vocabSize), [5]];
        const found = await model.embeddings.get(texts, turn);
        for (const [i, ids] of texts.entries()) assertClose(found[i], await reference(model, ids));
        assert.equal((await model.embeddings.get([[5]], turn))[0], found[3], "kept");
      } finally {
        await model.dispose();
      }
    });
  }

  it("read the start of what is longer than the context, and can be cancelled", async () => {
    const model = await loadStarter();
    try {
      const long = "word ".repeat(2000);
      const [vector, empty] = await embedTexts(model, [long, ""], turn);
      const ids = (model.tokenizer?.encode(long) ?? []).slice(0, model.config.nPositions);
      assertClose(vector, await reference(model, ids));
      assert.ok(empty?.every(Number.isFinite));
      await assert.rejects(embedTexts(model, ["new"], { signal: AbortSignal.abort() }), CancelledError);
    } finally {
      await model.dispose();
    }
  });
});
