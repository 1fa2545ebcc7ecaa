import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { RuntimeError } from "../../../../src/runtime/errors";
import { formatPattern, parsePattern, seesDistance } from "../../../../src/runtime/model/attentionPattern";
import { formatGPTConfig, type GPTConfig, parseGPTConfig } from "../../../../src/runtime/model/config";
import { fails, fixture } from "../checkpoint/support";

const file = "somewhere/config.json";
const parse = (json: unknown) => parseGPTConfig(json, file);
const patterns = (config: GPTConfig) => config.attentionPatterns.map(formatPattern);

describe("the families' configs", () => {
  it("has the defaults of OpenAIGPTConfig: norms after the sums, tanh GELU", () => {
    const { attentionPatterns, ...config } = parse({ model_type: "openai-gpt" });
    assert.deepEqual(config, {
      modelType: "openai-gpt",
      nLayer: 12,
      nHead: 12,
      nEmbd: 768,
      nInner: 3072,
      nPositions: 512,
      vocabSize: 40_478,
      activationFunction: "gelu_new",
      layerNormEpsilon: 1e-5,
      normPlacement: "post",
      qkvProjection: "fused",
      matrixLayout: "inOut",
      scaleAttnWeights: true,
      scaleAttnByInverseLayerIdx: false,
      tieWordEmbeddings: true,
      eosTokenId: null,
      bosTokenId: null,
      quantization: null,
    });
    assert.equal(attentionPatterns.length, 12);
  });

  it("has the defaults of GPTNeoConfig: unscaled, every other layer local", () => {
    const config = parse({ model_type: "gpt_neo" });
    assert.deepEqual(
      [config.nLayer, config.nHead, config.nEmbd, config.nInner, config.nPositions, config.vocabSize],
      [24, 16, 2048, 8192, 2048, 50_257],
    );
    assert.deepEqual(
      [config.qkvProjection, config.matrixLayout, config.scaleAttnWeights],
      ["separate", "outIn", false],
    );
    // window_size 256: a token and the 255 before it.
    assert.deepEqual(patterns(config).slice(0, 3), ["dense", "banded(255)", "dense"]);
  });

  it("expands attention_types group by group", () => {
    const odd = parse(JSON.parse(readFileSync(fixture("gpt-neo-tiny-odd/config.json"), "utf8")));
    assert.deepEqual(patterns(odd), ["dense", "banded(4)", "banded(4)"]);
    assert.deepEqual([odd.nInner, odd.activationFunction], [80, "gelu"]);
  });

  it("reads GPT-3's patterns", () => {
    const keys = { model_type: "gpt3", n_layer: 3, n_positions: 512 };
    const config = parse({ ...keys, attention_patterns: ["dense", "banded(128)", "strided(32)"] });
    assert.deepEqual(patterns(config), ["dense", "banded(128)", "strided(32)"]);
    assert.equal(config.modelType, "gpt3");
    assert.equal(parse({ model_type: "gpt3", n_layer: 1, attention_patterns: ["dense"] }).nPositions, 2048);
  });

  const refused: readonly (readonly [what: string, json: Record<string, unknown>, words: readonly string[]])[] = [
    ["an afn that is none", { model_type: "openai-gpt", afn: "tanhh" }, ["afn", "tanhh"]],
    ["patterns that are missing", { model_type: "gpt3" }, ["attention_patterns", "list"]],
    ["a pattern that is none", { model_type: "gpt3", n_layer: 1, attention_patterns: ["banded"] }, ['"banded"']],
    ["a stride of 0", { model_type: "gpt3", n_layer: 1, attention_patterns: ["strided(0)"] }, ["strided(0)"]],
    ["too few patterns", { model_type: "gpt3", n_layer: 2, attention_patterns: ["dense"] }, ["1 layers", "2"]],
    [
      "a band wider than the context",
      { model_type: "gpt3", n_layer: 1, n_positions: 64, attention_patterns: ["banded(64)"] },
      ["attention_patterns", "larger than the context of 64"],
    ],
    [
      "a window wider than the context",
      { model_type: "gpt_neo", max_position_embeddings: 100 },
      ["window_size", "100"],
    ],
    ["too few layer kinds", { model_type: "gpt_neo", num_layers: 5 }, ["attention_types", "24", "5"]],
    ["kinds that are none", { model_type: "gpt_neo", attention_types: [[["far"], 24]] }, ["attention_types"]],
    ["heads that do not divide", { model_type: "gpt_neo", num_heads: 3 }, ["hidden_size", "num_heads = 3"]],
    ["an alias with a bad value", { model_type: "gpt_neo", num_hidden_layers: 0 }, ["num_hidden_layers"]],
  ];
  for (const [what, json, words] of refused) {
    it(`refuses ${what}, naming file and key`, () => {
      const code = what.startsWith("an afn") ? "unsupportedModel" : "invalidConfig";
      assert.throws(() => parse(json), fails(code, file, ...words));
    });
  }

  it("writes what it reads, for every fixture", () => {
    for (const name of readdirSync(fixture("")).filter((entry) => !entry.includes("."))) {
      const config = parse(JSON.parse(readFileSync(fixture(`${name}/config.json`), "utf8")));
      assert.deepEqual(parse(JSON.parse(JSON.stringify(formatGPTConfig(config)))), config, name);
    }
  });

  it("writes what it reads, for any patterns", () => {
    const k = fc.integer({ min: 1, max: 63 });
    const pattern = fc.oneof(
      fc.constant("dense"),
      k.map((n) => `banded(${n})`),
      k.map((n) => `strided(${n})`),
    );
    fc.assert(
      fc.property(fc.array(pattern, { minLength: 1, maxLength: 6 }), (list) => {
        const raw = { model_type: "gpt3", n_layer: list.length, n_positions: 64, attention_patterns: list };
        assert.deepEqual(patterns(parse(formatGPTConfig(parse(raw)))), list);
      }),
    );
  });
});

describe("any config", () => {
  const keys = [
    "n_layer",
    "n_head",
    "n_embd",
    "n_inner",
    "n_positions",
    "vocab_size",
    "afn",
    "activation_function",
    "layer_norm_epsilon",
    "attention_patterns",
    "attention_types",
    "window_size",
    "hidden_size",
    "num_layers",
    "num_heads",
    "intermediate_size",
    "max_position_embeddings",
    "tie_word_embeddings",
    "eos_token_id",
    "quantization_config",
    "__proto__",
  ];
  const value = fc.oneof(
    fc.jsonValue(),
    fc.integer({ min: 1, max: 64 }),
    fc.constantFrom("dense", "gelu", ["dense"], ["banded(3)", "strided(2)"], [[["global", "local"], 1]]),
  );

  it("is read or refused with file and key, never anything else", () => {
    const type = fc.constantFrom("openai-gpt", "gpt2", "gpt_neo", "gpt3");
    const raw = fc.dictionary(fc.constantFrom(...keys), value);
    fc.assert(
      fc.property(type, raw, (model_type, rest) => {
        try {
          const config = parse({ ...rest, model_type });
          assert.equal(config.nEmbd % config.nHead, 0);
          assert.equal(config.attentionPatterns.length, config.nLayer);
          assert.deepEqual(parse(JSON.parse(JSON.stringify(formatGPTConfig(config)))), config);
        } catch (error) {
          assert.ok(error instanceof RuntimeError, String(error));
          assert.ok(error.message.startsWith(`${file}: "`), error.message);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("attention patterns", () => {
  it("sees what the papers say", () => {
    const seen = (text: string) => {
      const pattern = parsePattern(text);
      assert.ok(pattern);
      return Array.from({ length: 13 }, (_, distance) => distance).filter((distance) =>
        seesDistance(pattern, distance),
      );
    };
    assert.deepEqual(seen("banded(2)"), [0, 1, 2]);
    assert.deepEqual(seen("banded(0)"), [0]);
    assert.deepEqual(seen("strided(4)"), [0, 1, 2, 3, 4, 8, 12]);
    assert.equal(seen("dense").length, 13);
  });

  it("takes any text without harm", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const pattern = parsePattern(text);
        if (pattern !== null) assert.equal(parsePattern(formatPattern(pattern))?.kind, pattern.kind);
      }),
    );
  });
});
