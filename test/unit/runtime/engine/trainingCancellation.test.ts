/** A step of several passes looks between them whether it is still wanted. */
import assert from "node:assert/strict";
import { HeadModel } from "../../../../src/runtime/engine/headModel";
import type { FeatureBatch } from "../../../../src/runtime/engine/trainable";
import { CancelledError } from "../../../../src/runtime/errors";
import { parseGPTConfig } from "../../../../src/runtime/model/config";

const sizes = { n_layer: 1, n_head: 1, n_embd: 4, n_positions: 8, vocab_size: 16 };
const batch: FeatureBatch = { features: Float32Array.from([1, 2, 3, 4]), labels: [1] };

describe("engine/trainedModel", () => {
  it("sees after a pass what was cancelled while it ran, and changes nothing", async () => {
    const model = await HeadModel.create({
      config: parseGPTConfig({ model_type: "gpt2", ...sizes }, "config.json"),
      objective: { kind: "classification", numLabels: 2, lmCoef: 0, headBias: false },
      optimizer: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, maxGradNorm: 1 },
      dropout: { embedding: 0, residual: 0, attention: 0, classifier: 0 },
      seed: 1,
      device: "cpu",
      initial: async (_, shape) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5),
    });
    try {
      // Compiles both passes.
      await model.step([batch, batch], 0.1, 0);
      const before = await model.read("parameter", "score.weight");
      const cancel = new AbortController();
      const seen: number[] = [];
      const watched = [0, 1].map((number) => ({
        labels: batch.labels,
        get features() {
          if (!seen.includes(number)) seen.push(number);
          // The pass runs among the same immediates, so that the timer is due while it runs, and fires when messages come in.
          if (number === 0 && seen.length === 1) setImmediate(() => whileItRuns(() => cancel.abort()));
          return batch.features;
        },
      }));
      await assert.rejects(model.step(watched, 0.1, 1, cancel.signal), CancelledError);
      assert.deepEqual(seen, [0]);
      assert.deepEqual(await model.read("parameter", "score.weight"), before);
    } finally {
      await model.dispose();
    }
  });
});

function whileItRuns(then: () => void): void {
  setTimeout(then, 1);
  const began = performance.now();
  while (performance.now() - began < 5);
}
