/** Our numbers against those of Hugging Face's models, on every device that runs here. Truth is float64. */
import assert from "node:assert/strict";
import type { SafetensorsFile } from "../../src/runtime/checkpoint/safetensors";
import { type ModelFolder, openModelFolder } from "../../src/runtime/checkpoint/store";
import { forward } from "../../src/runtime/engine/forward";
import { generateTokens } from "../../src/runtime/engine/generate";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { scoreTokens } from "../../src/runtime/engine/score";
import type { Session } from "../../src/runtime/engine/session";
import { createTraceSession, denseProbabilities, trace } from "../../src/runtime/engine/trace";
import type { Device, TokenPrediction } from "../../src/runtime/protocol";
import { assertClose } from "./assertClose";
import { probedDevices, skipUnlessAvailable } from "./devices";
import { logSoftmax } from "./logSoftmax";
import {
  expectedRows,
  expectedTensors,
  fixturesFolder,
  type ReferenceCase,
  type ReferenceModel,
  referenceModels,
} from "./reference";
import { batchLogits, createScoringSession } from "./scoringSession";

/** Scores that are not scaled, as GPT-Neo's, amplify rounding. */
const tolerances = {
  usual: { logits: 1e-4, probabilities: 1e-5, logprobs: 1e-4, stretches: 2e-5 },
  unscaled: { logits: 3e-4, probabilities: 5e-5, logprobs: 3e-4, stretches: 6e-5 },
};
const lossTolerance = 1e-5;
const greedyLength = 16;
const signal = new AbortController().signal;
const describeToken = (id: number) => ({ id, text: String(id) });

/** Row r of a case without its padding. */
function realTokens(reference: ReferenceCase, row: number): number[] {
  const mask = reference.attention_mask?.[row];
  return (reference.input_ids[row] ?? []).filter((_, i) => mask?.[i] !== 0);
}

/** Mean negative log-probability of the labels that are not ignored; logits at t against labels at t + 1. */
function languageModelLoss(logits: readonly Float32Array[], reference: ReferenceCase): number {
  const losses = reference.labels.flatMap((labels, row) =>
    labels.slice(1).flatMap((label, t) => {
      const predicted = logits[row * labels.length + t];
      return label === -100 || !predicted ? [] : [-(logSoftmax(predicted)[label] ?? Number.NaN)];
    }),
  );
  return losses.reduce((a, b) => a + b, 0) / losses.length;
}

for (const device of ["cpu", "webgpu"] satisfies Device[]) {
  describe(`parity on ${device} with ${fixturesFolder.split("/").at(-1)}`, () => {
    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
    });
    for (const reference of referenceModels(fixturesFolder)) {
      describe(reference.name, () => modelTests(reference, device));
    }
  });
}

function modelTests(reference: ReferenceModel, device: Device): void {
  let folder: ModelFolder;
  let model: LoadedModel;
  let scoring: Session;
  let tracing: Session;
  let tolerance = tolerances.usual;

  before(async () => {
    folder = await openModelFolder(reference.folder);
    if (!folder.config.scaleAttnWeights) tolerance = tolerances.unscaled;
    model = await loadModel(folder, device, performance.now());
    scoring = await createScoringSession(folder, device);
    tracing = await createTraceSession(folder, device);
  });

  after(async () => {
    await model?.dispose();
    await scoring?.release();
    await tracing?.release();
  });

  for (const [name, data] of Object.entries(reference.cases)) {
    it(`${name}: logits of the batch`, async () => {
      const expected = await expectedRows(await expectedTensors(reference), `${name}.logits`);
      const found = await batchLogits(scoring, data);
      const mask = data.attention_mask?.flat();
      for (const [row, logits] of expected.entries())
        if (mask?.[row] !== 0) assertClose(found[row] ?? [], logits, { atol: tolerance.logits, what: `row ${row}` });
    });

    it(`${name}: hidden states of every layer, attention of every head`, async () => {
      const batch = {
        ids: data.input_ids,
        ...(data.attention_mask && { attentionMask: data.attention_mask }),
        ...(data.position_ids && { positionIds: data.position_ids }),
      };
      const found = await trace(tracing, folder.config, batch);
      const expected = await expectedTensors(reference);
      const { nHead } = folder.config;
      const compare = new TraceComparison(expected, name, data, tolerance);
      await compare.layers("hidden_states", found.hiddenStates, 1);
      await compare.layers(
        "attentions",
        found.attentions.map((layer) => denseProbabilities(layer, nHead, found)),
        nHead,
      );
      assertClose(
        found.logits,
        (await batchLogits(scoring, data)).flatMap((row) => [...row]),
        {
          atol: tolerance.logits,
          what: "logits",
        },
      );
      if (name !== "plain") return;
      await compare.layers("attn_out", found.attnOut, 1);
      await compare.layers("mlp_out", found.mlpOut, 1);
      await compare.layers("block_out", found.blockOut, 1);
    });

    it(`${name}: loss`, async () => {
      const loss = languageModelLoss(await batchLogits(scoring, data), data);
      assertClose([loss], [data.loss], { atol: lossTolerance, what: "loss" });
    });

    for (const row of data.input_ids.keys()) {
      it(`${name}: log-probabilities of row ${row}, with cache`, async () => {
        const predictions = await scoreTokens(model, realTokens(data, row), {
          topK: 5,
          describe: describeToken,
          signal,
        });
        const logprobs = predictions.slice(1).map((prediction) => prediction?.logprob ?? Number.NaN);
        const all = await expectedRows(await expectedTensors(reference), `${name}.token_logprobs`);
        const mask = data.attention_mask?.[row];
        const expected = Array.from(all[row] ?? []).filter((_, i) => mask?.[i] !== 0 && mask?.[i + 1] !== 0);
        assertClose(logprobs, expected, { atol: tolerance.logprobs, what: "log-probability" });
        checkPredictions(predictions);
      });

      it(`${name}: greedy continuation of row ${row}`, async () => {
        const prompt = realTokens(data, row);
        const config = { maxNewTokens: greedyLength, temperature: 0, topK: 0, topP: 1, seed: 0 };
        const found: number[] = [];
        const options = { config, topK: 5, describe: describeToken, signal, endOfText: null };
        for await (const step of generateTokens(model, prompt, options)) {
          if (found.length === 0) checkTop5(data, row, step.prediction, tolerance.logprobs);
          found.push(step.id);
        }
        assert.deepEqual(found, data.greedy_16[row]);
      });
    }
  }

  it("a long text in stretches gives what it gives whole", async () => {
    const ids = longText(folder);
    const whole = await batchLogits(scoring, { input_ids: [ids], attention_mask: null, position_ids: null });
    const predictions = await scoreTokens(model, ids, { topK: 1, describe: describeToken, signal });
    const expected = ids.slice(1).map((id, i) => logSoftmax(whole[i] ?? new Float32Array())[id] ?? Number.NaN);
    const found = predictions.slice(1).map((prediction) => prediction?.logprob ?? Number.NaN);
    assertClose(found, expected, { atol: tolerance.logprobs, what: "log-probability" });
  });

  it("a token at a time gives what all at once gives", async () => {
    const ids = longText(folder).slice(0, 40);
    const whole = await scoreTokens(model, ids, { topK: 1, describe: describeToken, signal });
    const cache = model.newCache(ids.length);
    const found: number[] = [];
    for (const [i, id] of ids.slice(0, -1).entries()) {
      const request = { ids: [id], rows: [0], targets: [ids[i + 1] ?? 0], topK: 1 };
      found.push((await forward(model, cache, request)).targetLogprobs[0] ?? Number.NaN);
    }
    cache.dispose();
    const expected = whole.slice(1).map((prediction) => prediction?.logprob ?? Number.NaN);
    assertClose(found, expected, { atol: tolerance.stretches, what: "log-probability" });
  });
}

/** Compares a trace with the reference; rows of padded queries mean nothing. */
class TraceComparison {
  constructor(
    private readonly file: SafetensorsFile,
    private readonly name: string,
    private readonly data: ReferenceCase,
    private readonly tolerance: (typeof tolerances)[keyof typeof tolerances],
  ) {}

  /** `found` [layers][B, heads, T, …]: `heads` is 1 where there are none. */
  async layers(what: string, found: readonly Float32Array[], heads: number): Promise<void> {
    const rows = await expectedRows(this.file, `${this.name}.${what}`);
    const width = rows[0]?.length ?? 0;
    const perLayer = rows.length / found.length;
    const tokens = this.data.input_ids[0]?.length ?? 0;
    const atol = what === "attentions" ? this.tolerance.probabilities : this.tolerance.logits;
    for (const [i, expected] of rows.entries()) {
      const [layer, row] = [Math.floor(i / perLayer), i % perLayer];
      const [sequence, query] = [Math.floor(row / (tokens * heads)), row % tokens];
      if (this.data.attention_mask?.[sequence]?.[query] === 0) continue;
      const values = found[layer]?.subarray(row * width, (row + 1) * width) ?? [];
      assertClose(values, expected, { atol, what: `${what} of layer ${layer}, row ${row}` });
    }
  }
}

/** Any ids will do: what matters is that a text longer than a stretch is the same read whole and in stretches. */
function longText(model: ModelFolder): number[] {
  const { nPositions, vocabSize } = model.config;
  return Array.from({ length: Math.min(nPositions, 150) }, (_, i) => (i * i * 31 + 7 * i) % vocabSize);
}

function checkTop5(data: ReferenceCase, row: number, { top }: TokenPrediction, atol: number): void {
  assert.deepEqual(
    top.map(({ id }) => id),
    data.top5_ids[row],
  );
  const logprobs = top.map(({ logprob }) => logprob);
  assertClose(logprobs, data.top5_logprobs[row] ?? [], { atol, what: "top 5" });
}

/** What holds for every distribution, whatever the model. */
function checkPredictions(predictions: readonly (TokenPrediction | null)[]): void {
  for (const prediction of predictions) {
    if (!prediction) continue;
    const { logprob, rank, entropy, top } = prediction;
    const best = top[0]?.logprob ?? Number.NaN;
    assert.ok(logprob <= best + 1e-6, "no token is more probable than the first");
    assert.equal(rank === 1, Math.abs(logprob - best) < 1e-7, "rank 1 is the most probable");
    assert.ok(entropy >= -best * Math.LOG2E - 1e-3, "entropy is at least the surprisal of the most probable token");
    assert.ok(top.reduce((sum, t) => sum + Math.exp(t.logprob), 0) <= 1 + 1e-5, "probabilities sum to at most 1");
  }
}
