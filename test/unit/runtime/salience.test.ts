/** Gradient × input against central differences: how ln p changes when a token's embedding is scaled, or moved along one axis. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { exportModel } from "../../../src/runtime/checkpoint/export";
import { parameterValues } from "../../../src/runtime/checkpoint/parameterValues";
import { openModelFolder } from "../../../src/runtime/checkpoint/store";
import { type LoadedModel, loadModel } from "../../../src/runtime/engine/loadedModel";
import { checkpointFolder, checkpointParameters } from "../../../src/runtime/engine/parameters";
import { salience } from "../../../src/runtime/engine/salience";
import { float32Tensor, int64Tensor, readFloat32, Session } from "../../../src/runtime/engine/session";
import { CancelledError } from "../../../src/runtime/errors";
import { type GPTConfig, parseGPTConfig } from "../../../src/runtime/model/config";
import { deviceTraits } from "../../../src/runtime/model/deviceTraits";
import { buildHeadGradientGraph, type Followed } from "../../../src/runtime/model/salienceGraphs";
import { buildBlocksGraph } from "../../../src/runtime/model/stateGraphs";
import { fillNormal, longRandom } from "../../../src/runtime/random";
import { RuntimeService } from "../../../src/runtime/service";
import { fails, withFolder } from "./checkpoint/support";
import { writeTinyClassifier } from "./engine/tinyClassifier";

const starter = join(__dirname, "../../../media/models/starter");
const { signal } = new AbortController();
const sizes = { n_layer: 2, n_head: 2, n_embd: 16, n_positions: 48, vocab_size: 50 };
const neo = {
  num_layers: 2,
  num_heads: 2,
  hidden_size: 16,
  max_position_embeddings: 48,
  vocab_size: 50,
  window_size: 4,
  attention_types: [[["global", "local"], 1]],
};
const models: readonly (readonly [string, GPTConfig, "F32" | "F16" | "BF16"])[] = [
  ["GPT-2", parseGPTConfig({ model_type: "gpt2", ...sizes }, "c"), "F32"],
  ["GPT-2 in float16", parseGPTConfig({ model_type: "gpt2", ...sizes }, "c"), "F16"],
  [
    "GPT-2 in bfloat16, a head of its own",
    parseGPTConfig({ model_type: "gpt2", ...sizes, tie_word_embeddings: false }, "c"),
    "BF16",
  ],
  ["GPT-1", parseGPTConfig({ model_type: "openai-gpt", ...sizes }, "c"), "F32"],
  ["GPT-Neo, banded", parseGPTConfig({ model_type: "gpt_neo", ...neo }, "c"), "F32"],
  [
    "GPT-3, strided",
    parseGPTConfig({ model_type: "gpt3", ...sizes, attention_patterns: ["dense", "strided(4)"] }, "c"),
    "F32",
  ],
];

async function withModel(
  config: GPTConfig,
  dtype: "F32" | "F16" | "BF16",
  work: (model: LoadedModel) => Promise<void>,
) {
  await withFolder(async (parent) => {
    const folder = join(parent, "tiny");
    const random = longRandom(7);
    const values = (_: string, count: number) => {
      const list = new Float32Array(count);
      fillNormal(list, 0.4, random);
      return [list];
    };
    await exportModel(folder, { config, values }, { dtype });
    const model = await loadModel(await openModelFolder(folder), "cpu", performance.now());
    try {
      await work(model);
    } finally {
      await model.dispose();
    }
  });
}

/** ln p of `target` after the last token, of other embeddings than the tokens': the scoring pass, not the one that is differentiated. */
async function forward(model: LoadedModel, followed: Followed) {
  const { config, folder } = model;
  const options = { device: "cpu" as const, folder: checkpointFolder(folder.checkpoint) };
  const parameters = checkpointParameters(folder);
  const blocks = buildBlocksGraph(config, parameters, deviceTraits.cpu, [0, config.nLayer]);
  const head = buildHeadGradientGraph(config, parameters, followed);
  const sessions = [
    await Session.create(blocks, { name: "blocks", ...options }),
    await Session.create(head, { name: "head", ...options }),
  ] as const;
  const logprob = async (state: Float32Array, target: number) => {
    const T = state.length / config.nEmbd;
    const feeds = {
      "state.0": float32Tensor(state, [1, T, config.nEmbd]),
      attention_mask: int64Tensor(Array(T).fill(1), [1, T]),
    };
    const names = Array.from({ length: config.nLayer }, (_, layer) => `state.${layer + 1}`);
    const outputs = await sessions[0].run(feeds, Object.fromEntries(names.map((name) => [name, null])));
    const last = readFloat32(outputs, names.at(-1) ?? "").slice(-config.nEmbd);
    const found = await sessions[1].run(
      { state: float32Tensor(last, [1, config.nEmbd]), target: int64Tensor([target], [1]) },
      { logprob: null, gradient: null },
    );
    return readFloat32(found, "logprob")[0] ?? Number.NaN;
  };
  const release = async () => {
    for (const session of sessions) await session.release();
  };
  return { logprob, release };
}

function close(found: number, expected: number, what: string): void {
  assert.ok(Math.abs(found - expected) <= 2e-3 + 1e-2 * Math.abs(expected), `${what}: ${found}, expected ${expected}`);
}

/** Every token's two numbers against differences in embedding space. */
async function check(model: LoadedModel, ids: readonly number[], followed: Followed, target: number): Promise<void> {
  const C = model.config.nEmbd;
  const found = await salience(model, { ids, place: ids.length, followed, target }, { signal });
  const { states } = await model.captures.get(ids, { signal });
  const state = states[0] ?? assert.fail();
  const table = await parameterValues(model.folder, "wte.weight");
  const { logprob, release } = await forward(model, followed);
  assert.ok(Math.abs(found.logprob - (await logprob(state, target))) < 1e-4);
  const moved = (t: number, by: (c: number) => number) => {
    const other = state.slice();
    for (let c = 0; c < C; c++) other[t * C + c] = (other[t * C + c] ?? 0) + by(c);
    return logprob(other, target);
  };
  for (const [t, id] of ids.entries()) {
    const embedding = table.subarray(id * C, (id + 1) * C);
    const step = 1e-2;
    const up = await moved(t, (c) => step * (embedding[c] ?? 0));
    const down = await moved(t, (c) => -step * (embedding[c] ?? 0));
    close(found.gradientTimesInput[t] ?? Number.NaN, (up - down) / (2 * step), `token ${t}`);
  }
  const t = ids.length - 2;
  let squares = 0;
  for (let axis = 0; axis < C; axis++) {
    const step = 5e-3;
    const [up, down] = [
      await moved(t, (c) => (c === axis ? step : 0)),
      await moved(t, (c) => (c === axis ? -step : 0)),
    ];
    squares += ((up - down) / (2 * step)) ** 2;
  }
  const id = ids[t] ?? 0;
  const length = Math.hypot(...table.subarray(id * C, (id + 1) * C));
  close(found.norm[t] ?? Number.NaN, Math.sqrt(squares) * length, "norm");
  await release();
}

describe("salience", function () {
  this.timeout(240_000);
  const ids = [3, 17, 42, 8, 8, 29, 31, 0, 12, 5, 44];

  for (const [name, config, dtype] of models)
    it(`is the derivative of ln p by the embeddings: ${name}`, () =>
      withModel(config, dtype, (model) => check(model, ids, { kind: "token" }, 9)));

  it("reads a text once for all its places, and nothing after a place", () =>
    withModel(models[0]?.[1] ?? assert.fail(), "F32", async (model) => {
      const whole = await model.captures.get(ids, { signal });
      const ask = (text: readonly number[]) =>
        salience(model, { ids: text, place: 5, followed: { kind: "token" }, target: 9 }, { signal });
      const [inside, alone] = [await ask(ids), await ask(ids.slice(0, 5))];
      assert.equal(await model.captures.get(ids, { signal }), whole, "what was read is used again");
      assert.equal(inside.gradientTimesInput.length, 5);
      close(inside.logprob, alone.logprob, "ln p");
      for (const [t, value] of alone.gradientTimesInput.entries())
        close(inside.gradientTimesInput[t] ?? Number.NaN, value, `token ${t}`);
    }));

  it("works over the whole context", () =>
    withModel(models[5]?.[1] ?? assert.fail(), "F32", async (model) => {
      const long = Array.from({ length: 48 }, (_, i) => (i * 7) % 50);
      const found = await salience(model, { ids: long, place: 48, followed: { kind: "token" }, target: 1 }, { signal });
      assert.equal(found.gradientTimesInput.length, 48);
      assert.ok(found.gradientTimesInput.every(Number.isFinite));
      assert.ok(found.gradientTimesInput.every((value, t) => Math.abs(value) <= (found.norm[t] ?? 0) + 1e-9));
    }));

  it("sees a cancellation between layers", () =>
    withModel(models[0]?.[1] ?? assert.fail(), "F32", async (model) => {
      const controller = new AbortController();
      const onProgress = (done: number) => done >= 2 && controller.abort();
      const running = salience(
        model,
        { ids, place: ids.length, followed: { kind: "token" }, target: 1 },
        { signal: controller.signal, onProgress },
      );
      await assert.rejects(running, CancelledError);
    }));
});

describe("engine/salience", function () {
  this.timeout(240_000);

  it("gives every token before the prediction, of the starter", async () => {
    const service = new RuntimeService();
    try {
      const model = { folder: starter, device: "cpu" as const };
      const input = { kind: "text", text: "The river ran to the sea." } as const;
      const { tokens } = await service.score({ model, input, topK: 2 }, { signal });
      const ids = tokens.map(({ id }) => id);
      const { id = 0, prediction } = tokens[4] ?? {};
      for (const { id: watched, logprob } of [{ id, logprob: prediction?.logprob ?? 0 }, ...(prediction?.top ?? [])]) {
        const followed = { kind: "token", place: 4, id: watched } as const;
        const found = await service.analysis.salience({ model, ids, followed }, { signal });
        assert.equal(found.tokens.length, 4);
        assert.ok(Math.abs(found.logprob - logprob) < 1e-4);
      }
      const ask = (params: unknown) => service.analysis.salience({ model, ...Object(params) }, { signal });
      const token = { kind: "token", place: 1, id };
      await assert.rejects(ask({ ids: [], followed: token }), fails("emptyText"));
      await assert.rejects(ask({ ids: [8192], followed: token }), fails("invalidTokenIds"));
      await assert.rejects(ask({ ids: Array(3000).fill(1), followed: token }), fails("invalidRequest", "3000"));
      await assert.rejects(ask({ ids, followed: { ...token, id: 8192 } }), fails("invalidRequest", "followed.id"));
      for (const place of [0, ids.length + 1])
        await assert.rejects(ask({ ids, followed: { ...token, place } }), fails("invalidRequest", "followed"));
      await assert.rejects(ask({ ids, followed: { kind: "label", label: "x" } }), fails("invalidRequest", "starter"));
      await assert.rejects(ask({ ids, followed: { kind: "head" } }), fails("invalidRequest", "followed"));
    } finally {
      await service.dispose();
    }
  });

  it("follows a label of a classifier", () =>
    withFolder(async (parent) => {
      const folder = join(parent, "model");
      const info = await writeTinyClassifier(folder, { headBias: true });
      const model = await loadModel(await openModelFolder(folder), "cpu", performance.now());
      const text = "A warm film.";
      const own = model.tokenizer?.encode(text) ?? [];
      await check(model, [8192, ...own, 8194], { kind: "label", headBias: true }, 1);
      await model.dispose();
      const service = new RuntimeService();
      const reference = { folder, device: "cpu" as const };
      const ask = (ids: readonly number[], label: string) =>
        service.analysis.salience({ model: reference, ids, followed: { kind: "label", label } }, { signal });
      const found = await ask(own, "positive");
      const items = [{ text }];
      const [classification] = await service.classifiers.classify({ model: reference, items }, { signal });
      const probability = classification?.labels.find(({ label }) => label === "positive")?.probability ?? 0;
      assert.ok(Math.abs(Math.exp(found.logprob) - probability) < 1e-5);
      assert.equal(found.tokens.length, own.length, "the special tokens are left out");
      const cut = await ask(Array(48).fill(own[0]), "positive");
      assert.equal(cut.tokens.length, info.maxLength - 2, "of a text that is too long, what is read");
      await assert.rejects(ask(own, "neither"), fails("invalidRequest", "neither"));
      await service.dispose();
    }));
});
