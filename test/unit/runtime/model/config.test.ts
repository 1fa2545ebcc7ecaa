import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type GPTConfig, parseGPTConfig } from "../../../../src/runtime/model/config";
import { fails, fixture, root } from "../checkpoint/support";

const file = "somewhere/config.json";
const minimal = { model_type: "gpt2" };

function parse(json: unknown): GPTConfig {
  return parseGPTConfig(json, file);
}

function parseFile(path: string): GPTConfig {
  return parseGPTConfig(JSON.parse(readFileSync(path, "utf8")), path);
}

describe("parseGPTConfig", () => {
  it("has the defaults of GPT2Config", () => {
    assert.deepEqual(parse(minimal), {
      modelType: "gpt2",
      nLayer: 12,
      nHead: 12,
      nEmbd: 768,
      nInner: 3072,
      nPositions: 1024,
      vocabSize: 50_257,
      activationFunction: "gelu_new",
      layerNormEpsilon: 1e-5,
      scaleAttnWeights: true,
      scaleAttnByInverseLayerIdx: false,
      normPlacement: "pre",
      qkvProjection: "fused",
      matrixLayout: "inOut",
      attentionPatterns: Array.from({ length: 12 }, () => ({ kind: "dense" })),
      tieWordEmbeddings: true,
      eosTokenId: 50_256,
      bosTokenId: 50_256,
      quantization: null,
    });
  });

  it("reads the starter's config", () => {
    const config = parseFile(join(root, "media/models/starter/config.json"));
    assert.equal(config.nLayer, 4);
    assert.equal(config.nEmbd, 192);
    assert.equal(config.nInner, 768);
    assert.equal(config.nPositions, 512);
    assert.equal(config.eosTokenId, 8191);
  });

  const sizes: Readonly<Record<string, Partial<GPTConfig>>> = {
    "gpt2-tiny": { nEmbd: 32, nHead: 4, nLayer: 3, nInner: 128, vocabSize: 131, eosTokenId: null },
    "gpt2-tiny-hubstyle": { nEmbd: 32, nPositions: 64, eosTokenId: 0, bosTokenId: 0, tieWordEmbeddings: true },
    "gpt2-tiny-untied": { nEmbd: 60, tieWordEmbeddings: false },
    "gpt2-tiny-invlayer": { scaleAttnByInverseLayerIdx: true, activationFunction: "gelu", layerNormEpsilon: 0.001 },
    "gpt2-tiny-noscale": { scaleAttnWeights: false, activationFunction: "relu" },
    "gpt2-tiny-silu": { activationFunction: "silu", layerNormEpsilon: 1e-6 },
    "gpt2-tiny-quickgelu": { activationFunction: "quick_gelu" },
  };
  for (const [name, expected] of Object.entries(sizes)) {
    it(`reads ${name}`, () => {
      const config = parseFile(fixture(`${name}/config.json`));
      assert.deepEqual({ ...config, ...expected }, config);
    });
  }

  it("refuses another architecture, and says what is supported", () => {
    const other = { ...minimal, model_type: "llama" };
    assert.throws(() => parse(other), fails("unsupportedModel", file, "model_type", "llama"));
    assert.throws(() => parse(other), { hint: "Supported: openai-gpt, gpt2, gpt_neo, gpt3." });
  });

  it("takes the aliases of GPT2Config, and n_ctx", () => {
    const config = parse({
      ...minimal,
      hidden_size: 64,
      num_attention_heads: 4,
      num_hidden_layers: 2,
      n_ctx: 99,
    });
    assert.deepEqual([config.nEmbd, config.nHead, config.nLayer, config.nPositions], [64, 4, 2, 99]);
  });

  it("prefers a key to its alias", () => {
    assert.equal(parse({ ...minimal, n_positions: 128, n_ctx: 64 }).nPositions, 128);
  });

  it("knows a config without model_type by its architecture", () => {
    assert.equal(parse({ architectures: ["GPT2LMHeadModel"] }).modelType, "gpt2");
    assert.throws(() => parse({ architectures: ["BertModel"] }), fails("invalidConfig", "model_type", "missing"));
    assert.throws(() => parse({ model_type: 2 }), fails("invalidConfig", "model_type", "gpt2"));
  });

  it("takes a null n_inner as four times the width", () => {
    assert.equal(parse({ ...minimal, n_inner: null, n_embd: 24, n_head: 3 }).nInner, 96);
    assert.equal(parse({ ...minimal, n_inner: 100 }).nInner, 100);
  });

  it("has no end token when it is outside the vocabulary", () => {
    const config = parse({ ...minimal, vocab_size: 100, bos_token_id: 99, eos_token_id: 100 });
    assert.deepEqual([config.bosTokenId, config.eosTokenId], [99, null]);
  });

  it("maps every name of an activation to the function it is", () => {
    const names = { gelu_fast: "gelu_new", gelu_pytorch_tanh: "gelu_new", gelu_python: "gelu", swish: "silu" };
    for (const [name, expected] of Object.entries(names)) {
      assert.equal(parse({ ...minimal, activation_function: name }).activationFunction, expected);
    }
  });

  const bad: readonly (readonly [key: string, value: unknown])[] = [
    ["n_layer", 0],
    ["n_layer", 1.5],
    ["n_layer", "12"],
    ["n_layer", 1e9],
    ["n_head", -3],
    ["n_head", null],
    ["n_embd", 1e300],
    ["n_embd", 770],
    ["n_inner", 0],
    ["n_positions", []],
    ["n_positions", 0],
    ["vocab_size", {}],
    ["vocab_size", 2 ** 40],
    ["layer_norm_epsilon", 0],
    ["layer_norm_epsilon", -1e-5],
    ["layer_norm_epsilon", "1e-5"],
    ["layer_norm_epsilon", 1],
    ["layer_norm_epsilon", null],
    ["scale_attn_weights", 1],
    ["tie_word_embeddings", "false"],
    ["eos_token_id", -1],
    ["eos_token_id", [1, 2]],
    ["activation_function", 7],
  ];
  for (const [key, value] of bad) {
    it(`refuses ${key} = ${JSON.stringify(value)}, naming file and key`, () => {
      assert.throws(() => parse({ ...minimal, [key]: value }), fails("invalidConfig", file, `"${key}"`));
    });
  }

  it("names the alias when the bad value is there", () => {
    assert.throws(() => parse({ ...minimal, hidden_size: -1 }), fails("invalidConfig", '"hidden_size"'));
  });

  it("refuses an unknown activation and cross-attention as unsupported", () => {
    const activation = () => parse({ ...minimal, activation_function: "snake" });
    assert.throws(activation, fails("unsupportedModel", "activation_function", "snake"));
    assert.throws(() => parse({ ...minimal, add_cross_attention: true }), fails("unsupportedModel", "add_cross"));
  });

  for (const json of [null, [], "gpt2", 3, undefined]) {
    it(`refuses ${JSON.stringify(json)} for a config`, () => {
      assert.throws(() => parse(json), fails("invalidConfig", file, "JSON object"));
    });
  }

  it("shortens what it quotes", () => {
    const model = () => parse({ model_type: "x".repeat(10_000) });
    assert.throws(model, (error: Error) => error.message.length < 300);
  });
});
