import assert from "node:assert/strict";
import { parameterCount } from "../../../../src/runtime/checkpoint/parameterNames";
import { parseGPTConfig } from "../../../../src/runtime/model/config";
import { estimateTrainingMemory, type TrainingMemoryOptions } from "../../../../src/runtime/model/trainingMemory";

const gpt2 = { model_type: "gpt2", n_layer: 6, n_head: 6, n_embd: 384, n_positions: 256, vocab_size: 8192 };
const families = {
  gpt2,
  "gpt2 with a head of its own": { ...gpt2, tie_word_embeddings: false },
  "openai-gpt": { ...gpt2, model_type: "openai-gpt" },
  gpt3: { ...gpt2, model_type: "gpt3", attention_patterns: Array(6).fill("strided(16)") },
  gpt_neo: {
    model_type: "gpt_neo",
    num_layers: 2,
    num_heads: 2,
    hidden_size: 16,
    attention_types: [[["global", "local"], 1]],
  },
};
const config = parseGPTConfig(gpt2, "config.json");
const full: TrainingMemoryOptions = {
  objective: { kind: "languageModel" },
  method: { kind: "full" },
  microBatchSize: 8,
  length: 256,
  recompute: false,
  drops: false,
};

describe("the memory of a training step", () => {
  it("counts every family's parameters", () => {
    for (const [name, raw] of Object.entries(families)) {
      const parsed = parseGPTConfig(raw, "config.json");
      assert.equal(estimateTrainingMemory(parsed, full).parameters, 4 * parameterCount(parsed), name);
    }
  });

  it("is near what was measured: `npm run bench -- train`, less 80 MB of the process", () => {
    // Peak of the process with 8,192 and 50,257 words.
    for (const [words, measured] of [
      [8192, 755e6],
      [50_257, 1230e6],
    ] as const) {
      const { total } = estimateTrainingMemory(parseGPTConfig({ ...gpt2, vocab_size: words }, "config.json"), full);
      assert.ok(Math.abs((total + 80e6) / measured - 1) < 0.25, `${words} words: ${total}`);
    }
  });

  it("falls with what is offered as a remedy, and is made of its parts", () => {
    const all = estimateTrainingMemory(config, full);
    const smaller: readonly Partial<TrainingMemoryOptions>[] = [
      { recompute: true },
      { microBatchSize: 4 },
      { length: 128 },
      { method: { kind: "lora", r: 8, loraAlpha: 16, loraDropout: 0, targetModules: ["attn.c_attn"] } },
    ];
    for (const change of smaller) {
      const less = estimateTrainingMemory(config, { ...full, ...change });
      assert.ok(less.total < all.total, JSON.stringify(change));
      assert.equal(less.total, less.parameters + less.gradients + less.moments + less.activations);
    }
    assert.ok(estimateTrainingMemory(config, { ...full, accumulates: true }).gradients === 2 * all.gradients);
    assert.ok(estimateTrainingMemory(config, { ...full, drops: true }).total > all.total);
  });

  it("of low-rank factors and a head counts what they train", () => {
    const objective = { kind: "classification", numLabels: 2, lmCoef: 0, headBias: true } as const;
    const head = estimateTrainingMemory(config, { ...full, objective, method: { kind: "head" } });
    assert.equal(head.gradients, 4 * (2 * 384 + 2));
    assert.equal(head.moments, 2 * head.gradients);
  });
});
