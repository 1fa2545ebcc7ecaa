/** The logit lens against the reference's hidden states read in float64, and against the model's own output, on every device. */
import assert from "node:assert/strict";
import { openSafetensors, readTensor, type SafetensorsFile } from "../../src/runtime/checkpoint/safetensors";
import { type ModelFolder, openModelFolder } from "../../src/runtime/checkpoint/store";
import { type LensCells, readLens } from "../../src/runtime/engine/lens";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { checkpointFolder, checkpointParameters } from "../../src/runtime/engine/parameters";
import { scoreTokens } from "../../src/runtime/engine/score";
import { float32Tensor, int64Tensor, readFloat32, readInt64, Session } from "../../src/runtime/engine/session";
import type { TextCapture } from "../../src/runtime/engine/textCapture";
import { GraphBuilder } from "../../src/runtime/graph/graph";
import { type Context, finalNorm, languageModelHead, memoize, unobserved } from "../../src/runtime/model/gpt";
import { predictionNames, predictionOutputs } from "../../src/runtime/model/predictions";
import type { Device } from "../../src/runtime/protocol";
import { assertClose } from "./assertClose";
import { probedDevices, skipUnlessAvailable } from "./devices";
import { expectedTensors, fixturesFolder, type ReferenceModel, referenceModels } from "./reference";

/** One of each: tied and untied heads, GPT-1 without a final norm, GPT-Neo, whose scores are unscaled so that rounding is amplified. */
const tolerances: Readonly<Record<string, number>> = {
  "gpt2-tiny": 1e-4,
  "gpt2-tiny-untied": 1e-4,
  "openai-gpt-tiny": 1e-4,
  "gpt-neo-tiny": 3e-4,
};
const topK = 3;
const { signal } = new AbortController();

/** Reads states of C numbers in float64: final norm, where there is one, and output head; natural logarithms [V]. */
class Reader {
  private constructor(
    private readonly folder: ModelFolder,
    private readonly parameters: ReadonlyMap<string, Float32Array>,
  ) {}

  static async open(folder: ModelFolder): Promise<Reader> {
    const parameters = new Map<string, Float32Array>();
    for (const name of ["wte.weight", "lm_head.weight", "ln_f.weight", "ln_f.bias"]) {
      const tensor = folder.parameters.get(name);
      if (tensor) parameters.set(name, await readTensor(await openSafetensors(tensor.file), tensor.name));
    }
    return new Reader(folder, parameters);
  }

  logprobs(state: Float64Array, normed: boolean): Float64Array {
    const { vocabSize, nEmbd, tieWordEmbeddings } = this.folder.config;
    const x = normed ? state : this.#norm(state);
    const head = this.#parameter(tieWordEmbeddings ? "wte.weight" : "lm_head.weight");
    const logits = Float64Array.from({ length: vocabSize }, (_, v) =>
      x.reduce((sum, value, c) => sum + value * (head[v * nEmbd + c] ?? 0), 0),
    );
    const max = logits.reduce((a, b) => Math.max(a, b));
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - max), 0);
    return logits.map((logit) => logit - max - Math.log(sum));
  }

  #norm(state: Float64Array): Float64Array {
    if (this.folder.config.normPlacement === "post") return state;
    const mean = state.reduce((a, b) => a + b) / state.length;
    const variance = state.reduce((sum, x) => sum + (x - mean) ** 2, 0) / state.length;
    const [gain, bias] = [this.#parameter("ln_f.weight"), this.#parameter("ln_f.bias")];
    const scale = 1 / Math.sqrt(variance + this.folder.config.layerNormEpsilon);
    return state.map((x, c) => (x - mean) * scale * (gain[c] ?? 0) + (bias[c] ?? 0));
  }

  #parameter(name: string): Float32Array {
    const values = this.parameters.get(name);
    assert.ok(values, name);
    return values;
  }
}

/** [L + 1][T][V] of the first sequence of the plain case. */
async function expectedLogprobs(file: SafetensorsFile, folder: ModelFolder): Promise<Float64Array[][]> {
  const reader = await Reader.open(folder);
  const states = await readTensor(file, "plain.hidden_states");
  const [rows = 0, batch = 0, tokens = 0, width = 0] = file.tensors.get("plain.hidden_states")?.shape ?? [];
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: tokens }, (_, t) => {
      const at = (row * batch * tokens + t) * width;
      // The reference's last state has been through the final norm.
      return reader.logprobs(Float64Array.from(states.subarray(at, at + width)), row === rows - 1);
    }),
  );
}

/** Checks every cell of `found` for places 1 to T; returns the worst differences' bound. */
function checkCells(found: LensCells, expected: readonly Float64Array[][], ids: readonly number[], atol: number): void {
  const T = ids.length;
  const own = expected.at(-1) ?? [];
  for (const [row, places] of expected.entries())
    for (const [t, q] of places.entries()) {
      const at = row * T + t;
      const what = `row ${row}, place ${t + 1}`;
      const order = [...q.keys()].sort((a, b) => (q[b] ?? 0) - (q[a] ?? 0));
      const top = Array.from(found.topIds.subarray(at * topK, (at + 1) * topK));
      assertClose(
        found.topLogprobs.subarray(at * topK, (at + 1) * topK),
        top.map((id) => q[id] ?? 0),
        { atol, what },
      );
      assertClose(
        top.map((id) => q[id] ?? 0),
        order.slice(0, topK).map((id) => q[id] ?? 0),
        { atol: 2 * atol, what },
      );
      const p = own[t] ?? q;
      const divergence = p.reduce((sum, lnP, v) => sum + Math.exp(lnP) * (lnP - (q[v] ?? 0)), 0) * Math.LOG2E;
      assertClose([found.divergence[at] ?? Number.NaN], [divergence], { atol: 2 * atol, what: `divergence, ${what}` });
      const id = ids[t + 1];
      if (id === undefined) {
        assert.deepEqual([found.logprobs[at], found.ranks[at]], [Number.NaN, 0], what);
        continue;
      }
      assertClose([found.logprobs[at] ?? Number.NaN], [q[id] ?? 0], { atol, what });
      const better = (slack: number) => q.filter((lnQ) => lnQ > (q[id] ?? 0) + slack).length;
      const rank = found.ranks[at] ?? 0;
      assert.ok(rank >= 1 + better(2 * atol) && rank <= 1 + better(-2 * atol), `rank ${rank}, ${what}`);
    }
}

/** The model's output graph by itself: predictions after every token, from what the last block gives. */
async function ownPredictions(folder: ModelFolder, device: Device, capture: TextCapture) {
  const { config } = folder;
  const g = new GraphBuilder();
  const source = checkpointParameters(folder);
  const attend = () => assert.fail("there is nothing to attend to");
  const parameter = memoize((name) => source(g, name));
  const context: Context = { g, config, parameter, attend, observe: unobserved, products: "exact" };
  const logits = languageModelHead(context, finalNorm(context, g.input("states", "float32", ["rows", config.nEmbd])));
  predictionOutputs(g, logits, g.input("targets", "int64", ["rows"]), g.input("top_k", "int64", [1]));
  const path = checkpointFolder(folder.checkpoint);
  const session = await Session.create(g.build(), { name: "output head", device, folder: path });
  try {
    const { ids, states } = capture;
    const feeds = {
      states: float32Tensor(states.at(-1) ?? new Float32Array(), [ids.length, config.nEmbd]),
      targets: int64Tensor([...ids.slice(1), 0], [ids.length]),
      top_k: int64Tensor([topK], [1]),
    };
    const outputs = await session.run(feeds, Object.fromEntries(Object.values(predictionNames).map((n) => [n, null])));
    return {
      topIds: readInt64(outputs, predictionNames.topIds),
      topLogprobs: readFloat32(outputs, predictionNames.topLogprobs),
      logprobs: readFloat32(outputs, predictionNames.targetLogprobs),
      ranks: readFloat32(outputs, predictionNames.targetRanks),
    };
  } finally {
    await session.release();
  }
}

for (const device of ["cpu", "webgpu"] as const satisfies readonly Device[]) {
  describe(`the logit lens on ${device}`, function () {
    this.timeout(300_000); // a software GPU compiles a shader for every shape
    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
    });
    for (const reference of referenceModels(fixturesFolder).filter(({ name }) => name in tolerances))
      describe(reference.name, () => modelTests(reference, device, tolerances[reference.name] ?? 0));
  });
}

function modelTests(reference: ReferenceModel, device: Device, atol: number): void {
  const ids = reference.cases.plain?.input_ids[0] ?? [];
  let folder: ModelFolder;
  let model: LoadedModel;
  let found: LensCells;
  before(async () => {
    folder = await openModelFolder(reference.folder);
    model = await loadModel(folder, device, performance.now());
    const capture = await model.captures.get(ids, { signal });
    found = await readLens(model, capture, { places: [1, ids.length + 1], topK }, { signal });
  });
  after(() => model?.dispose());

  it("reads every layer's state as float64 does", async () => {
    checkCells(found, await expectedLogprobs(await expectedTensors(reference), folder), ids, atol);
  });

  it("ends with the model's own output, to the last bit", async () => {
    const own = await ownPredictions(folder, device, await model.captures.get(ids, { signal }));
    const last = folder.config.nLayer * ids.length;
    assert.deepEqual(Array.from(found.topIds.subarray(last * topK)), own.topIds);
    assert.deepEqual(found.topLogprobs.subarray(last * topK), own.topLogprobs);
    assert.deepEqual(found.logprobs.subarray(last, -1), own.logprobs.subarray(0, -1));
    assert.deepEqual(Array.from(found.ranks.subarray(last, -1)), Array.from(own.ranks.subarray(0, -1)));
    assert.ok(found.divergence.subarray(last).every((bits) => bits === 0));
    const scored = await scoreTokens(model, ids, { topK, describe: (id) => ({ id, text: "" }), signal });
    const logprobs = scored.slice(1).map((prediction) => prediction?.logprob ?? Number.NaN);
    assertClose(found.logprobs.subarray(last, -1), logprobs, { atol: Math.min(atol, 6e-5) / 6, what: "score" });
  });

  it("finds the first row that leads with the model's own token, and gives places alone as with others", async () => {
    const T = ids.length;
    const lead = (row: number, place: number) => found.topIds[(row * T + place) * topK];
    for (const [place, first] of found.firstLeads.entries()) {
      const rows = Array.from({ length: folder.config.nLayer + 1 }, (_, row) => row);
      assert.equal(
        first,
        rows.find((row) => lead(row, place) === lead(folder.config.nLayer, place)),
      );
    }
    const capture = await model.captures.get(ids, { signal });
    const some = await readLens(model, capture, { places: [5, 8], topK }, { signal });
    for (let row = 0; row <= folder.config.nLayer; row++)
      assertClose(some.divergence.subarray(row * 3, row * 3 + 3), found.divergence.subarray(row * T + 4, row * T + 7), {
        atol: 1e-5,
        what: `row ${row}`,
      });
  });
}
