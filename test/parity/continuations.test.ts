/** Many continuations scored together, on every device: the branches of one pass do not see each other. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { scoreTokens } from "../../src/runtime/engine/score";
import { scoreContinuations } from "../../src/runtime/engine/scoreContinuations";
import type { Device } from "../../src/runtime/protocol";
import { probedDevices, skipUnlessAvailable } from "./devices";

const models = {
  starter: join(__dirname, "../../media/models/starter"),
  // Global and local layers in turn: no pass reads more than one branch.
  sparse: join(__dirname, "../fixtures/gpt-neo-tiny"),
};
const { signal } = new AbortController();

/** A prompt, queries after it, labels after each. */
function pairs(vocabSize: number) {
  const token = (i: number) => (i * 37 + 11) % vocabSize; // prime to every vocabulary here: all differ
  const prompt = Array.from({ length: 20 }, (_, i) => token(i));
  const queries = Array.from({ length: 6 }, (_, i) => [token(50 + i), token(60), token(61 + i)]);
  const labels = [[token(70)], [token(71), token(72)], [token(71), token(73), token(74)]];
  return queries.flatMap((query) =>
    labels.map((label) => ({ ids: [...prompt, ...query, ...label], start: prompt.length + query.length })),
  );
}

async function alone(model: LoadedModel, ids: readonly number[], start: number): Promise<number> {
  const scored = await scoreTokens(model, ids, { topK: 0, describe: (id) => ({ id, text: "" }), signal });
  return scored.slice(start).reduce((sum, token) => sum + (token?.logprob ?? 0), 0);
}

for (const device of ["cpu", "webgpu"] as const satisfies readonly Device[]) {
  describe(`continuations scored together on ${device}`, () => {
    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
    });

    for (const [name, folder] of Object.entries(models)) {
      it(`${name}: the log-likelihoods of each scored by itself`, async () => {
        const model = await loadModel(await openModelFolder(folder), device, performance.now());
        try {
          const items = pairs(model.config.vocabSize);
          const { scores, computed } = await scoreContinuations(model, items, { signal });
          assert.ok(computed < 80, `${computed} tokens`);
          for (const [i, { ids, start }] of items.entries())
            assert.ok(Math.abs((scores[i]?.logprob ?? 0) - (await alone(model, ids, start))) < 1e-4, `pair ${i}`);
        } finally {
          await model.dispose();
        }
      });
    }
  });
}
