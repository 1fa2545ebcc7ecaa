/** Quantized models against the float32 models they stand for, on every device that runs here. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeQuantized } from "../../src/runtime/checkpoint/quantize";
import { type ModelFolder, openModelFolder } from "../../src/runtime/checkpoint/store";
import { attentionRows } from "../../src/runtime/engine/attentionMatrix";
import { forward } from "../../src/runtime/engine/forward";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { scoreTokens } from "../../src/runtime/engine/score";
import { createTraceSession, denseProbabilities, trace } from "../../src/runtime/engine/trace";
import { deviceTraits } from "../../src/runtime/model/deviceTraits";
import type { Products } from "../../src/runtime/model/gpt";
import type { Quantization } from "../../src/runtime/model/quantization";
import type { Device } from "../../src/runtime/protocol";
import { writeDequantized } from "../dequantized";
import { assertClose } from "./assertClose";
import { withoutNaN } from "./attentionReference";
import { probedDevices, skipUnlessAvailable } from "./devices";
import { logSoftmax } from "./logSoftmax";
import { type Batch, batchLogits, createScoringSession } from "./scoringSession";

const fixtures = join(__dirname, "../fixtures");
/** One of each family, one with a width (60) that no block divides, one stored in 16 bits. */
const models = ["gpt2-tiny", "gpt2-tiny-untied", "gpt-neo-tiny", "openai-gpt-tiny", "gpt2-tiny-bf16"];
const quantizations: readonly Quantization[] = [
  { bits: 8, blockSize: 32 },
  { bits: 8, blockSize: 128, embeddingBits: 8 },
  { bits: 4, blockSize: 32, embeddingBits: 8 },
  { bits: 4, blockSize: 128 },
];

/**
 * Exact products differ from float32's as those of two float32 models do. Where inputs are rounded to 8 bits, a difference in the last
 * place may turn a rounding the other way. What rounding costs a trained model is
 * measured in the unit tests of quantization.
 */
const tolerances: { readonly [P in Products]: number } = { exact: 1e-4, rounded: 0.2 };
const signal = new AbortController().signal;
const describeToken = (id: number) => ({ id, text: String(id) });

for (const device of ["cpu", "webgpu"] satisfies Device[])
  describe(`quantized models on ${device}`, () => {
    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
    });
    for (const name of models)
      for (const quantization of quantizationsOf(device, name))
        describe(`${name} at ${quantization.bits} bits in blocks of ${quantization.blockSize}${quantization.embeddingBits ? ", embeddings too" : ""}`, () =>
          modelTests(join(fixtures, name), quantization, device));
  });

/** On software WebGPU a model takes some ten seconds: there, four models have one form each. */
function quantizationsOf(device: Device, name: string): readonly Quantization[] {
  const at = models.indexOf(name);
  return device === "cpu" ? quantizations : quantizations.slice(at, at + 1);
}

function modelTests(source: string, quantization: Quantization, device: Device): void {
  let temporary: string;
  let quantized: ModelFolder;
  let model: LoadedModel;
  let ids: readonly number[];
  let expected: readonly Float32Array[];
  const batch = () => ({ input_ids: [[...ids]], attention_mask: null, position_ids: null });

  before(async () => {
    temporary = await mkdtemp(join(tmpdir(), "gptw-quantized-"));
    const folder = join(temporary, "quantized");
    await writeQuantized(await openModelFolder(source), folder, { quantization, sourceSha256: "", signal });
    quantized = await openModelFolder(folder);
    model = await loadModel(quantized, device, performance.now());
    const { nPositions, vocabSize } = quantized.config;
    const length = device === "cpu" ? nPositions : Math.min(34, nPositions);
    ids = Array.from({ length }, (_, i) => (i * i * 31 + 7 * i) % vocabSize);
    await writeDequantized(folder, join(temporary, "float32"));
    expected = await logitsOf(await openModelFolder(join(temporary, "float32")), batch(), device);
  });

  after(async () => {
    await model?.dispose();
    await rm(temporary, { recursive: true, force: true });
  });

  it("exact products give the float32 model's logits", async () => {
    const found = await logitsOf(quantized, batch(), device);
    for (const [row, logits] of expected.entries())
      assertClose(found[row] ?? [], logits, { atol: tolerances.exact, what: `row ${row}` });
  });

  it("scoring gives its log-probabilities, or those of rounded products", async () => {
    const products = deviceTraits[device].quantizedProducts;
    const logits = products === "exact" ? expected : await logitsOf(quantized, batch(), device, products);
    const wanted = ids.slice(1).map((id, i) => logSoftmax(logits[i] ?? new Float32Array())[id] ?? Number.NaN);
    assertClose(await logprobs(), wanted, { atol: tolerances[products], what: "log-probability" });
  });

  it("attends as the trace graph has it, with the same products", async () => {
    const session = await createTraceSession(quantized, device);
    const traced = await trace(session, quantized.config, { ids: [ids] });
    await session.release();
    const { nHead } = quantized.config;
    const capture = await model.captures.get(ids, { signal });
    for (const [layer, attention] of traced.attentions.entries()) {
      const all = denseProbabilities(attention, nHead, traced); // [H, T, T]
      const found = await attentionRows(model, capture, layer, ids.length - 1, { signal });
      for (let head = 0; head < nHead; head++) {
        const row = found.subarray(head * ids.length, (head + 1) * ids.length);
        const last = all.subarray(((head + 1) * ids.length - 1) * ids.length, (head + 1) * ids.length ** 2);
        assertClose(withoutNaN(row), last, { atol: 1e-3, what: `head ${head} of layer ${layer}` });
      }
    }
  });

  it("a token at a time gives what all at once gives", async () => {
    const cache = model.newCache(ids.length);
    const found: number[] = [];
    const count = device === "cpu" ? ids.length - 1 : 12;
    for (const [i, id] of ids.slice(0, count).entries()) {
      const request = { ids: [id], rows: [0], targets: [ids[i + 1] ?? 0], topK: 1 };
      found.push((await forward(model, cache, request)).targetLogprobs[0] ?? Number.NaN);
    }
    cache.dispose();
    assertClose(found, (await logprobs()).slice(0, count), {
      atol: tolerances[deviceTraits[device].quantizedProducts],
      what: "cached",
    });
  });

  async function logprobs(): Promise<number[]> {
    const predictions = await scoreTokens(model, ids, { topK: 1, describe: describeToken, signal });
    return predictions.slice(1).map((prediction) => prediction?.logprob ?? Number.NaN);
  }
}

async function logitsOf(model: ModelFolder, batch: Batch, device: Device, products: Products = "exact") {
  const session = await createScoringSession(model, device, products);
  const logits = await batchLogits(session, batch);
  await session.release();
  return logits;
}
