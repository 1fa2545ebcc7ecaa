import assert from "node:assert/strict";
import { join } from "node:path";
import { parameterValues } from "../../../src/runtime/checkpoint/parameterValues";
import { writeQuantized } from "../../../src/runtime/checkpoint/quantize";
import { openModelFolder } from "../../../src/runtime/checkpoint/store";
import { Classifier } from "../../../src/runtime/engine/classifier";
import { MemoryBudget } from "../../../src/runtime/engine/deviceMemory";
import { createTraceSession, trace } from "../../../src/runtime/engine/trace";
import { CancelledError } from "../../../src/runtime/errors";
import { type GPTConfig, parseGPTConfig } from "../../../src/runtime/model/config";
import { RuntimeService } from "../../../src/runtime/service";
import { encodeItem } from "../../../src/runtime/training/inputTransforms";
import type { TaskType } from "../../../src/runtime/trainingDataProtocol";
import { fails, withFolder } from "./checkpoint/support";
import { gpt2Config, vocabSize, writeTinyClassifier } from "./engine/tinyClassifier";

const starter = join(__dirname, "../../../media/models/starter");
const fixture = join(__dirname, "../../fixtures/gpt2-tiny");
const { signal } = new AbortController();

type Fields = Readonly<Record<string, string | readonly string[]>>;

const items: { readonly [T in TaskType]: readonly Fields[] } = {
  classification: [{ text: "A warm and funny film." }, { text: "Dull." }, { text: "word ".repeat(60) }, { text: "" }],
  entailment: [
    { premise: "A man sleeps.", hypothesis: "Somebody is asleep." },
    { premise: "It rains.", hypothesis: "The street is dry, and has been so for a long time." },
  ],
  similarity: [
    { text_a: "one", text_b: "the first of many" },
    { text_a: "the first of many", text_b: "one" },
  ],
  multipleChoice: [
    { context: "The glass fell, so", choices: ["it broke.", "it sang a song to us all."] },
    { context: "He was tired, so", choices: ["he slept.", "he ran on.", "it snowed."] },
  ],
};

const small = { n_layer: 2, n_head: 2, n_embd: 16, n_positions: 48, vocab_size: vocabSize };
const families: readonly GPTConfig[] = [
  gpt2Config,
  parseGPTConfig({ model_type: "gpt3", ...small, attention_patterns: ["dense", "strided(5)"] }, "c"),
];

/** The definition, in float64, from the trace's final states: each sequence by itself. */
async function definition(folder: string, task: TaskType, fields: Fields): Promise<number[]> {
  const model = await openModelFolder(folder);
  const { classifier, config, tokenizer } = model;
  assert.ok(classifier && tokenizer);
  const encode = (text: string) => tokenizer.encode(text);
  const { sequences } = encodeItem({ fields, label: 0 }, task, encode, classifier.special, classifier.maxLength);
  tokenizer.free();
  const weight = await parameterValues(model, "score.weight");
  const bias = classifier.headBias ? await parameterValues(model, "score.bias") : new Float32Array(9);
  const session = await createTraceSession(model, "cpu");
  const C = config.nEmbd;
  const states: Float64Array[] = [];
  for (const ids of sequences) {
    const { hiddenStates } = await trace(session, config, { ids: [ids] });
    states.push(Float64Array.from((hiddenStates.at(-1) ?? new Float32Array()).slice(-C)));
  }
  await session.release();
  const row = (state: Float64Array, r: number) =>
    state.reduce((sum, x, c) => sum + x * (weight[r * C + c] ?? 0), bias[r] ?? 0);
  const added = states.reduce((sum, state) => sum.map((x, c) => x + (state[c] ?? 0)));
  const scores =
    task === "multipleChoice" ? states.map((state) => row(state, 0)) : classifier.labels.map((_, r) => row(added, r));
  const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
  return scores.map((score) => Math.exp(score) / total);
}

describe("ClassifierService", () => {
  for (const config of families)
    for (const [task, ofTask] of Object.entries(items) as [TaskType, readonly Fields[]][])
      it(`classifies by the definition: ${task}, ${config.modelType}`, () =>
        withFolder(async (parent) => {
          const folder = join(parent, "model");
          const labels = task === "multipleChoice" ? [] : ["negative", "positive", "neither"];
          await writeTinyClassifier(folder, { task, labels, headBias: task !== "entailment" }, config);
          const service = new RuntimeService();
          try {
            const params = { model: { folder, device: "cpu" as const }, items: ofTask };
            const found = await service.classifiers.classify(params, { signal });
            assert.equal(found.length, ofTask.length);
            for (const [i, fields] of ofTask.entries()) {
              const expected = await definition(folder, task, fields);
              const names = task === "multipleChoice" ? (fields.choices as string[]) : labels;
              const byLabel = new Map(found[i]?.labels.map(({ label, probability }) => [label, probability]));
              for (const [label, probability] of expected.entries())
                assert.ok(
                  Math.abs((byLabel.get(names[label] ?? "") ?? -1) - probability) < 1e-5,
                  `${i} ${names[label]}`,
                );
              const ordered = found[i]?.labels.map(({ probability }) => probability) ?? [];
              assert.deepEqual(
                ordered,
                [...ordered].sort((a, b) => b - a),
              );
            }
            if (task === "classification") {
              assert.deepEqual(
                found.map(({ truncated }) => truncated),
                [false, false, true, false],
              );
              assert.equal(found[2]?.tokens, 32);
            }
          } finally {
            await service.dispose();
          }
        }));

  it("says the same of an item alone and among many", () =>
    withFolder(async (parent) => {
      const folder = join(parent, "model");
      await writeTinyClassifier(folder);
      const service = new RuntimeService();
      const model = { folder, device: "cpu" as const };
      const texts = Array.from({ length: 200 }, (_, i) => ({ text: `item ${"and more ".repeat(i % 9)}${i}` }));
      const all = await service.classifiers.classify({ model, items: texts }, { signal });
      for (const i of [0, 77, 199]) {
        const [alone] = await service.classifiers.classify({ model, items: [texts[i] ?? {}] }, { signal });
        for (const { label, probability } of alone?.labels ?? []) {
          const among = all[i]?.labels.find((other) => other.label === label)?.probability ?? -1;
          assert.ok(Math.abs(among - probability) < 1e-5);
        }
      }
      await service.dispose();
    }));

  it("is cancelled between batches", () =>
    withFolder(async (parent) => {
      const folder = join(parent, "model");
      await writeTinyClassifier(folder);
      const service = new RuntimeService();
      const controller = new AbortController();
      const items = Array.from({ length: 300 }, (_, i) => ({ text: `a text of some words, number ${i}` }));
      const begun = {
        signal: controller.signal,
        onProgress: ({ stage }: { stage: string }) => stage === "classifying" && controller.abort(),
      };
      await assert.rejects(
        service.classifiers.classify({ model: { folder, device: "cpu" }, items }, begun),
        CancelledError,
      );
      await service.dispose();
    }));

  it("tells what is wrong with a request", () =>
    withFolder(async (parent) => {
      const folder = join(parent, "model");
      await writeTinyClassifier(folder);
      const service = new RuntimeService();
      const model = { folder, device: "cpu" as const };
      const classify = (params: unknown) => service.classifiers.classify(params as never, { signal });
      await assert.rejects(classify({ model, items: [{ premise: "x" }] }), fails("invalidRequest", "text"));
      await assert.rejects(classify({ model, items: [1] }), fails("invalidRequest", "items.0"));
      await assert.rejects(
        classify({ model: { folder: starter, device: "cpu" }, items: [{ text: "x" }] }),
        fails("invalidRequest", "starter"),
      );
      assert.deepEqual(await classify({ model, items: [] }), []);
      await service.dispose();
    }));

  it("classifies when it is quantized, and follows no gradient then", () =>
    withFolder(async (parent) => {
      const [folder, target] = [join(parent, "model"), join(parent, "quantized")];
      const config = parseGPTConfig({ model_type: "gpt2", ...small, n_embd: 32 }, "c");
      await writeTinyClassifier(folder, { headBias: true }, config);
      const model = await openModelFolder(folder);
      await writeQuantized(model, target, { quantization: { bits: 8, blockSize: 32 }, sourceSha256: "0", signal });
      model.tokenizer?.free();
      const service = new RuntimeService();
      const ask = async (path: string) => {
        const items = [{ text: "A warm and funny film." }];
        const [found] = await service.classifiers.classify(
          { model: { folder: path, device: "cpu" }, items },
          { signal },
        );
        return found?.labels.find(({ label }) => label === "positive")?.probability ?? Number.NaN;
      };
      assert.ok(Math.abs((await ask(target)) - (await ask(folder))) < 0.05);
      const followed = { kind: "token", place: 1, id: 1 } as const;
      const params = { model: { folder: target, device: "cpu" as const }, ids: [1, 2], followed };
      await assert.rejects(service.analysis.salience(params, { signal }), fails("invalidRequest", "quantized"));
      await service.dispose();
    }));

  it("merges an adapter into a folder, or as a new model of the store", () =>
    withFolder(async (parent) => {
      const service = new RuntimeService();
      const merge = (into: unknown) => {
        const params = { adapter: join(fixture, "train/lora_c_attn"), base: fixture, into };
        return service.classifiers.merge(params as never, { signal });
      };
      const [folder, store] = [join(parent, "alone"), join(parent, "store")];
      assert.equal(await merge({ kind: "folder", folder }), folder);
      assert.equal(await merge({ kind: "store", store, name: "mine" }), join(store, "mine"));
      for (const made of [folder, join(store, "mine")]) assert.equal((await openModelFolder(made)).adapter, null);
      const wrong = [
        { kind: "folder", folder: "alone" },
        { kind: "store", store, name: " " },
        { kind: "store", store },
        undefined,
      ];
      for (const into of wrong) await assert.rejects(merge(into), fails("invalidRequest", "into"));
      await service.dispose();
    }));

  it("refuses a graph for which there is no memory", () =>
    withFolder(async (parent) => {
      const folder = join(parent, "model");
      const info = await writeTinyClassifier(folder);
      const model = await openModelFolder(folder);
      model.tokenizer?.free();
      const classifier = new Classifier(model, info, "cpu", new MemoryBudget(model, "cpu", 1000));
      await assert.rejects(classifier.probabilities([[[1, 2, 3]]], { signal }), fails("notEnoughMemory"));
      await classifier.dispose();
    }));
});
