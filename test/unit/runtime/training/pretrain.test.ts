/** Pre-training from text to a model folder, on this repository's own source. */
import assert from "node:assert/strict";
import { cp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { tokenizerFilesOf } from "../../../../src/runtime/checkpoint/exportClassifier";
import { parameterValues } from "../../../../src/runtime/checkpoint/parameterValues";
import { openSafetensors, readTensor } from "../../../../src/runtime/checkpoint/safetensors";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { pretrain, resumePretrain } from "../../../../src/runtime/training/pretrain";
import type { TrainingContext } from "../../../../src/runtime/training/recordTraining";
import { sampleText } from "../../../../src/runtime/training/sampleText";
import { readTraining } from "../../../../src/runtime/training/trainingRunStore";
import type { PretrainParams, PretrainSettings, TrainingEvent } from "../../../../src/runtime/trainingProtocol";
import { fails, root, withFolder } from "../checkpoint/support";

const settings: PretrainSettings = {
  optimizer: {
    learningRate: 5e-3,
    batchSize: 16,
    microBatchSize: 8,
    warmup: 0.1,
    decay: "cosine",
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weightDecay: 0.1,
    maxGradNorm: 1,
  },
  dropout: { embedding: 0.1, residual: 0.1, attention: 0.1 },
  sequenceLength: 32,
  steps: 60,
  heldOutShare: 0.1,
  evaluateEvery: 30,
  sampleEvery: 60,
  checkpointEvery: 10,
  seed: 5,
  recompute: false,
};
const config = { model_type: "gpt2", n_layer: 2, n_head: 2, n_embd: 32, n_positions: 32 };

function params(runs: string, given: Partial<PretrainParams> = {}): PretrainParams {
  const corpus = {
    root: join(root, "src/runtime"),
    include: ["tokenizer/*.ts", "engine/*.ts"],
    exclude: [],
    respectIgnoreFiles: true,
    maxFileBytes: 100_000,
  };
  const model = { kind: "new", config, tokenizer: { train: 400 } } as const;
  return { model, corpus, settings, device: "cpu", runs, name: "tiny", ...given };
}

/** A context that asks for a pause after so many steps. */
function context(events: TrainingEvent[] = [], pauseAfter = Number.POSITIVE_INFINITY): TrainingContext {
  const steps = () => events.filter(({ kind }) => kind === "step").length;
  return {
    control: { signal: new AbortController().signal, wanted: () => (steps() >= pauseAfter ? "pause" : null) },
    onEvent: (event) => void events.push(event),
    chooseDevice: async () => "cpu",
  };
}

async function parameters(folder: string): Promise<Map<string, Float32Array>> {
  const file = await openSafetensors(join(folder, "model/model.safetensors"));
  const found = new Map<string, Float32Array>();
  for (const name of file.tensors.keys()) found.set(name, await readTensor(file, name));
  return found;
}

function lossesOf(events: readonly TrainingEvent[]): number[] {
  return events.flatMap((event) => (event.kind === "step" ? [event.loss] : []));
}

describe("pre-training", function () {
  this.timeout(120_000);

  it("lowers the held-out loss, and leaves a model that opens and nothing else", () =>
    withFolder(async (runs) => {
      const events: TrainingEvent[] = [];
      const { folder, record } = await pretrain(params(runs), context(events));
      assert.deepEqual([record.state, record.reason, record.step], ["completed", null, 60]);
      const looks = events.flatMap((event) => (event.kind === "evaluation" ? [event.loss] : []));
      assert.equal(looks.length, 2);
      // A new model is as good as guessing: ln 400 = 5.99.
      assert.ok(Math.abs((lossesOf(events)[0] ?? 0) - Math.log(400)) < 0.1);
      assert.ok((looks.at(-1) ?? 9) < 5.1, `${looks}`);
      assert.ok(record.counts.train > 5 * record.counts.dev && record.counts.dev > 0);
      assert.ok(events.some(({ kind }) => kind === "sample"));
      assert.deepEqual(
        (await readdir(folder)).sort((a, b) => (a < b ? -1 : 1)),
        ["metrics.jsonl", "model", "run.json"],
      );
      const model = await openModelFolder(join(folder, "model"));
      assert.deepEqual([model.config.vocabSize, model.config.eosTokenId, model.config.nLayer], [400, 399, 2]);
      assert.equal(model.tokenizer?.vocabSize, 400);
      model.tokenizer?.free();
    }));

  it("ends with the same parameters to the bit when it was paused and resumed", () =>
    withFolder(async (runs) => {
      const short = { settings: { ...settings, steps: 20, evaluateEvery: 8, sampleEvery: 0 } };
      const whole: TrainingEvent[] = [];
      const { folder } = await pretrain(params(join(runs, "a"), short), context(whole));
      const first: TrainingEvent[] = [];
      const paused = await pretrain(params(join(runs, "b"), short), context(first, 13));
      assert.equal(paused.record.state, "paused");
      const second: TrainingEvent[] = [];
      const resumed = await resumePretrain(await readTraining(paused.folder), context(second));
      assert.equal(resumed.record.state, "completed");
      assert.deepEqual([...lossesOf(first), ...lossesOf(second)], lossesOf(whole));
      assert.deepEqual(await parameters(resumed.folder), await parameters(folder));
      assert.deepEqual(resumed.record.data, paused.record.data);
      await assert.rejects(resumePretrain(await readTraining(folder), context()), fails("invalidRequest", "has ended"));
    }));

  for (const [moment, is] of [
    ["the text is encoded", (event: TrainingEvent) => event.kind === "stage" && event.stage === "Encoding the text"],
    ["it trains, and its text is gone since", (event: TrainingEvent) => event.kind === "step" && event.step === 7],
  ] as const)
    it(`ends with the same parameters when it was cancelled while ${moment}`, () =>
      withFolder(async (folder) => {
        const { corpus, model } = params(folder);
        const given = { settings: { ...settings, steps: 10, evaluateEvery: 5, checkpointEvery: 4, sampleEvery: 0 } };
        const copy = { ...corpus, root: join(folder, "text") };
        await cp(join(corpus.root, "tokenizer"), join(copy.root, "tokenizer"), { recursive: true });
        const whole = await pretrain(params(join(folder, "a"), { ...given, model, corpus: copy }), context());
        const cancel = new AbortController();
        const stopping = context([]);
        const { record, folder: run } = await pretrain(params(join(folder, "b"), { ...given, model, corpus: copy }), {
          ...stopping,
          control: { signal: cancel.signal, wanted: () => null },
          onEvent: (event) => void (is(event) && cancel.abort()),
        });
        assert.equal(record.state, "paused", record.reason ?? "");
        // Once there are tokens, they are what counts.
        if (moment.startsWith("it trains")) await rm(copy.root, { recursive: true });
        const resumed = await resumePretrain(await readTraining(run), context());
        assert.equal(resumed.record.state, "completed", resumed.record.reason ?? "");
        assert.deepEqual(await parameters(resumed.folder), await parameters(whole.folder));
        assert.deepEqual(await readdir(run), await readdir(whole.folder));
      }));

  it("goes on with a model that there is, with its vocabulary", () =>
    withFolder(async (runs) => {
      const short = { settings: { ...settings, steps: 30 } };
      const { folder } = await pretrain(params(runs, short), context());
      const model = { kind: "continue", model: { folder: join(folder, "model"), device: "cpu" } } as const;
      const events: TrainingEvent[] = [];
      const more = await pretrain(params(runs, { ...short, model, name: "more" }), context(events));
      assert.equal(more.record.base?.name, "model");
      assert.ok((lossesOf(events)[0] ?? 9) < 5.2, "begins where the other ended");
      const vocab = (at: string) => readFile(join(at, "model/vocab.json"), "utf8");
      assert.equal(await vocab(more.folder), await vocab(folder));
    }));

  for (const model_type of ["openai-gpt", "gpt_neo"])
    it(`trains a new ${model_type} too`, () =>
      withFolder(async (runs) => {
        const neo = { num_layers: 2, num_heads: 2, hidden_size: 32, max_position_embeddings: 32, window_size: 8 };
        const sizes = model_type === "gpt_neo" ? { ...neo, attention_types: [[["global", "local"], 1]] } : config;
        const model = { kind: "new", config: { ...sizes, model_type }, tokenizer: { train: 500 } } as const;
        const short = { ...settings, steps: 12, evaluateEvery: 6, sampleEvery: 0 };
        const events: TrainingEvent[] = [];
        const { record, folder } = await pretrain(params(runs, { model, settings: short }), context(events));
        assert.equal(record.state, "completed", record.reason ?? "");
        const losses = lossesOf(events);
        assert.ok((losses.at(-1) ?? 9) < (losses[0] ?? 0) - 0.2, `${losses}`);
        const opened = await openModelFolder(join(folder, "model"));
        assert.equal(opened.config.modelType, model_type);
        opened.tokenizer?.free();
      }));

  it("takes the vocabulary of another model", () =>
    withFolder(async (runs) => {
      const model = { kind: "new", config, tokenizer: { from: join(root, "media/models/starter") } } as const;
      const short = { ...settings, steps: 2, evaluateEvery: 2, sampleEvery: 0 };
      const { record, folder } = await pretrain(params(runs, { model, settings: short }), context());
      assert.equal(record.state, "completed", record.reason ?? "");
      const opened = await openModelFolder(join(folder, "model"));
      assert.deepEqual([opened.config.vocabSize, opened.config.eosTokenId], [8192, 8191]);
      opened.tokenizer?.free();
    }));

  it("samples text from parameters as the engine would from the model that they make", () =>
    withFolder(async (folder) => {
      const starter = await openModelFolder(join(root, "media/models/starter"));
      const values = async function* (name: string) {
        yield await parameterValues(starter, name);
      };
      const options = { prompt: starter.tokenizer?.encode("function add(") ?? [], seed: 3 };
      starter.tokenizer?.free();
      const tokenizerFiles = await tokenizerFilesOf(starter.folder);
      const signal = new AbortController().signal;
      const model = { config: starter.config, values };
      const text = await sampleText(join(folder, "sample"), model, { ...options, tokenizerFiles, signal });
      assert.ok(text.length > 100 && /[a-z)]/.test(text), text);
      assert.deepEqual(await readdir(folder), []);
    }));

  it("says what is wrong before anything is written, or in the record", () =>
    withFolder(async (runs) => {
      const wrong = (given: Partial<PretrainParams>, ...words: string[]) =>
        assert.rejects(pretrain(params(runs, given), context()), fails("invalidRequest", ...words));
      await wrong({ settings: { ...settings, sequenceLength: 64 } }, "64", "32");
      await wrong({ model: { kind: "new", preset: "gpt9", tokenizer: { train: 400 } } }, "gpt9", "gpt2-small");
      await wrong({ model: { kind: "new", config, tokenizer: { train: 100 } } }, "257", "100");
      const { corpus } = params(runs);
      const gone = pretrain(params(runs, { corpus: { ...corpus, root: join(runs, "none") } }), context());
      await assert.rejects(gone, fails("invalidDataset", "none"));
      assert.deepEqual(await readdir(runs), []);
      const empty = await pretrain(params(runs, { corpus: { ...corpus, include: ["*.none"] } }), context());
      assert.equal(empty.record.state, "failed");
      assert.match(empty.record.reason ?? "", /no text to train on/);
    }));
});
