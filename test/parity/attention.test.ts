/**
 * Attention as the inspector gets it: matrices against Hugging Face's, everything that is summed up in graphs against sums over the trace
 * graph's full matrices, on every device that runs here.
 */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTensor } from "../../src/runtime/checkpoint/safetensors";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import { attentionMatrix, attentionRows } from "../../src/runtime/engine/attentionMatrix";
import { attentionOverview } from "../../src/runtime/engine/attentionOverview";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { createTraceSession, denseProbabilities, trace } from "../../src/runtime/engine/trace";
import { seesDistance } from "../../src/runtime/model/attentionPattern";
import type { Device } from "../../src/runtime/protocol";
import { sparseConfig, writeSparseModel } from "../sparseModel";
import { assertClose } from "./assertClose";
import { AttentionReference, withoutNaN } from "./attentionReference";
import { probedDevices, skipUnlessAvailable } from "./devices";
import { expectedTensors, fixturesFolder, type ReferenceModel, referenceModels } from "./reference";

/** The fixtures' own: GPT-Neo's scores are unscaled, so that rounding is amplified. */
const tolerances = { usual: 1e-5, unscaled: 5e-5 };
const turn = { signal: new AbortController().signal };

/** On software WebGPU a text takes seconds for every layer: there, one sequence of each model, and sums of one model of each family. */
const summed = ["gpt2-tiny", "gpt-neo-tiny", "openai-gpt-tiny"];
const thumbnailSizes: Readonly<Partial<Record<Device, readonly number[]>>> = { cpu: [8, 13, 128], webgpu: [13, 128] };

/** Texts that repeat tokens, longer than what a device's small kernels take. */
function makeText(tokens: number, vocabSize: number): number[] {
  return Array.from({ length: tokens }, (_, i) => (i % 3 === 0 ? i * i * 31 + 7 * i : i % 11) % vocabSize);
}

for (const device of ["cpu", "webgpu"] satisfies Device[]) {
  describe(`attention on ${device}`, () => {
    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
    });
    for (const reference of referenceModels(fixturesFolder))
      describe(reference.name, () => fixtureTests(reference, device));
    describe("a model with sparse layers", () => sparseTests(device));
  });
}

function fixtureTests(reference: ReferenceModel, device: Device): void {
  let model: LoadedModel;
  let atol = tolerances.usual;

  before(async () => {
    const folder = await openModelFolder(reference.folder);
    if (!folder.config.scaleAttnWeights) atol = tolerances.unscaled;
    model = await loadModel(folder, device, performance.now());
  });
  after(() => model?.dispose());

  it("gives every head's matrix as Hugging Face has it", async () => {
    const { input_ids: rows } = reference.cases.plain ?? assert.fail("no plain case");
    const expected = await readTensor(await expectedTensors(reference), "plain.attentions"); // [L, B, H, T, T]
    const { nLayer, nHead } = model.config;
    for (const [row, ids] of rows.slice(0, device === "cpu" ? 2 : 1).entries()) {
      const capture = await model.captures.get(ids, turn);
      const size = ids.length ** 2;
      for (let layer = 0; layer < nLayer; layer++)
        for (let head = 0; head < nHead; head++) {
          const source = { kind: "head", layer, head } as const;
          const found = await attentionMatrix(model, capture, source, [0, ids.length], turn);
          const at = ((layer * rows.length + row) * nHead + head) * size;
          const what = `head ${head} of layer ${layer}, row ${row}`;
          assertClose(withoutNaN(found), expected.subarray(at, at + size), { atol, what });
          checkSeen(model, layer, found, ids.length);
        }
    }
  });

  if (device !== "cpu" && !summed.includes(reference.name)) return;
  it("sums up a text of more than 32 tokens as its full matrices do", async () => {
    const ids = makeText(Math.min(60, model.config.nPositions), model.config.vocabSize);
    await compareOverviews(model, await tracedReference(reference.folder, device, ids), atol);
  });
}

function sparseTests(device: Device): void {
  let path: string;
  let model: LoadedModel;
  let expected: AttentionReference;

  before(async () => {
    path = await mkdtemp(join(tmpdir(), "gptw-attention-"));
    await writeSparseModel(path);
    model = await loadModel(await openModelFolder(path), device, performance.now());
    expected = await tracedReference(path, device, makeText(170, sparseConfig.vocab_size));
  });
  after(async () => {
    await model?.dispose();
    if (path) await rm(path, { recursive: true });
  });

  it("gives every head's matrix, with NaN exactly where nothing is seen", async () => {
    const { ids } = expected;
    const capture = await model.captures.get(ids, turn);
    for (let layer = 0; layer < model.config.nLayer; layer++)
      for (let head = 0; head < model.config.nHead; head++) {
        const source = { kind: "head", layer, head } as const;
        const found = await attentionMatrix(model, capture, source, [0, ids.length], turn);
        const what = `head ${head} of layer ${layer}`;
        assertClose(withoutNaN(found), expected.head(layer, head), { atol: tolerances.usual, what });
        checkSeen(model, layer, found, ids.length);
      }
  });

  it("sums up sparse layers as their full matrices do", () => compareOverviews(model, expected, tolerances.usual));

  it("combines heads and layers, and rolls out, as the full matrices do", async () => {
    const { ids } = expected;
    const capture = await model.captures.get(ids, turn);
    const rows = [33, 150] as const;
    const part = (matrix: Float64Array) => matrix.subarray(rows[0] * ids.length, rows[1] * ids.length);
    for (const combine of ["mean", "max"] as const) {
      for (let layer = 0; layer < model.config.nLayer; layer++) {
        const found = await attentionMatrix(model, capture, { kind: "layer", layer, combine }, rows, turn);
        const what = `${combine} of layer ${layer}`;
        assertClose(withoutNaN(found), part(expected.layer(layer, combine)), { atol: tolerances.usual, what });
      }
      const found = await attentionMatrix(model, capture, { kind: "all", combine }, rows, turn);
      assertClose(withoutNaN(found), part(expected.all(combine)), { atol: tolerances.usual, what: combine });
    }
    for (let layer = 0; layer < model.config.nLayer; layer++) {
      const found = await attentionMatrix(model, capture, { kind: "rollout", layer }, rows, turn);
      const what = `rollout to layer ${layer}`;
      assertClose(withoutNaN(found), part(expected.rollout(layer)), { atol: tolerances.usual, what });
      for (let row = 0; row < rows[1] - rows[0]; row++) {
        const sum = withoutNaN(found.subarray(row * ids.length, (row + 1) * ids.length)).reduce((a, b) => a + b, 0);
        assertClose([sum], [1], { atol: 1e-5, what: `${what}, row ${row}` });
      }
    }
  });

  it("gives one query in all heads", async () => {
    const { ids } = expected;
    const { nHead } = model.config;
    const capture = await model.captures.get(ids, turn);
    for (const [layer, query] of [
      [0, 100],
      [1, 0],
      [2, 169],
    ] as const) {
      const found = await attentionRows(model, capture, layer, query, turn);
      for (let head = 0; head < nHead; head++) {
        const row = found.subarray(head * ids.length, (head + 1) * ids.length);
        const full = expected.head(layer, head).subarray(query * ids.length, (query + 1) * ids.length);
        assertClose(withoutNaN(row), full, { atol: tolerances.usual, what: `query ${query}, layer ${layer}` });
      }
    }
  });
}

/** NaN exactly where the layer computes nothing, and rows that sum to 1. */
function checkSeen(model: LoadedModel, layer: number, matrix: Float32Array, tokens: number): void {
  const pattern = model.config.attentionPatterns[layer] ?? assert.fail();
  for (let query = 0; query < tokens; query++) {
    const row = matrix.subarray(query * tokens, (query + 1) * tokens);
    for (const [key, p] of row.entries())
      assert.equal(Number.isNaN(p), !seesDistance(pattern, query - key), `${query}, ${key} of layer ${layer}`);
    const sum = withoutNaN(row).reduce((a, b) => a + b, 0);
    assertClose([sum], [1], { atol: 1e-5, what: `row ${query} of layer ${layer}` });
  }
}

async function tracedReference(path: string, device: Device, ids: readonly number[]): Promise<AttentionReference> {
  const folder = await openModelFolder(path);
  const session = await createTraceSession(folder, device);
  const traced = await trace(session, folder.config, { ids: [ids] });
  await session.release();
  const layers = traced.attentions.map((layer) => denseProbabilities(layer, folder.config.nHead, traced));
  return new AttentionReference(ids, layers, folder.config);
}

/** Statistics are in bits and tokens: up to 7 and 170 here, so that rounding of 1e-5 in probabilities adds up. */
const statisticsTolerance = 2e-3;

async function compareOverviews(model: LoadedModel, expected: AttentionReference, atol: number): Promise<void> {
  const { ids } = expected;
  const { nLayer } = model.config;
  const capture = await model.captures.get(ids, turn);
  const segments = [
    { name: "second", start: 20, end: 23 },
    { name: "first", start: 2, end: 20 },
    { name: "last", start: ids.length - 1, end: ids.length },
  ];
  const statistics = expected.statistics();
  for (const thumbnailSize of thumbnailSizes[model.info.device] ?? []) {
    const progress: number[] = [];
    const options = { ...turn, onProgress: (done: number) => void progress.push(done) };
    const found = await attentionOverview(model, capture, { thumbnailSize, segments }, options);
    const { block, size, data } = found.thumbnails;
    assert.deepEqual([block, size], [Math.ceil(ids.length / thumbnailSize), Math.ceil(ids.length / block)]);
    const thumbnails = expected.thumbnails(block);
    assertClose(withoutNaN(data), withoutNaN(thumbnails), { atol, what: `thumbnails of ${size}` });
    assert.deepEqual(Array.from(data, Number.isNaN), Array.from(thumbnails, Number.isNaN));
    assertClose(found.segments?.data ?? [], expected.segments(segments), { atol, what: "segments" });
    assertClose(found.statistics, statistics, { atol: statisticsTolerance, what: "statistics" });
    assert.deepEqual(
      progress,
      Array.from({ length: nLayer + 1 }, (_, i) => i),
    );
  }
}
