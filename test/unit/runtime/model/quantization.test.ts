import assert from "node:assert/strict";
import fc from "fast-check";
import { formatGPTConfig, parseGPTConfig } from "../../../../src/runtime/model/config";
import { parseQuantization, quantizedShapes } from "../../../../src/runtime/model/quantization";
import { fails } from "../checkpoint/support";

const file = "somewhere/config.json";
const parse = (value: unknown) => parseQuantization({ quantization_config: value }, file);
const ours = { quant_method: "gpt-workbench", bits: 8, block_size: 32 };

describe("quantization_config", () => {
  it("may be absent or null", () => {
    assert.equal(parseQuantization({}, file), null);
    assert.equal(parse(null), null);
  });

  for (const model_type of ["gpt2", "openai-gpt", "gpt_neo"])
    for (const bits of [4, 8])
      for (const block_size of [32, 128])
        it(`of a ${model_type} with ${bits} bits and blocks of ${block_size} is read and written`, () => {
          const quantization_config = { ...ours, bits, block_size };
          const config = parseGPTConfig({ model_type, quantization_config }, file);
          assert.deepEqual(config.quantization, { bits, blockSize: block_size });
          const written = formatGPTConfig(config);
          assert.deepEqual(written.quantization_config, quantization_config);
          assert.deepEqual(parseGPTConfig(written, file), config);
        });

  it("says when token embeddings are quantized too, in 8 bits only", () => {
    const quantization_config = { ...ours, bits: 4, block_size: 32, embedding_bits: 8 };
    const config = parseGPTConfig({ model_type: "gpt2", quantization_config }, file);
    assert.deepEqual(config.quantization, { bits: 4, blockSize: 32, embeddingBits: 8 });
    assert.deepEqual(formatGPTConfig(config).quantization_config, quantization_config);
    const wrong = { ...quantization_config, embedding_bits: 4 };
    assert.throws(() => parse(wrong), fails("invalidConfig", file, '"quantization_config.embedding_bits" must be 8'));
  });

  it("is not written where there is none", () => {
    assert.ok(!("quantization_config" in formatGPTConfig(parseGPTConfig({ model_type: "gpt2" }, file))));
  });

  for (const method of ["gptq", "awq", "bitsandbytes", "fp8", ""])
    it(`of another program (${method}) is refused by name`, () => {
      const found = fails("unsupportedModel", file, "quantization_config.quant_method", `"${method}"`);
      assert.throws(() => parse({ quant_method: method, bits: 4, group_size: 128 }), found);
    });

  const wrong: readonly (readonly [unknown, string])[] = [
    ["8bit", '"quantization_config" must be a JSON object'],
    [[], '"quantization_config" must be a JSON object'],
    [{ bits: 8 }, '"quantization_config.quant_method" must be text'],
    [{ ...ours, bits: 3 }, '"quantization_config.bits" must be 4 or 8'],
    [{ ...ours, bits: "8" }, '"quantization_config.bits" must be 4 or 8'],
    [{ ...ours, block_size: 64 }, '"quantization_config.block_size" must be 32 or 128'],
    [{ quant_method: "gpt-workbench", bits: 4 }, '"quantization_config.block_size" must be 32 or 128'],
  ];
  for (const [value, words] of wrong)
    it(`is refused: ${JSON.stringify(value)}`, () =>
      assert.throws(() => parse(value), fails("invalidConfig", file, words)));
});

describe("quantizedShapes", () => {
  it("have room for every value, and for less than a block more", () => {
    const sizes = [fc.integer({ min: 1, max: 9000 }), fc.constantFrom(4 as const, 8 as const)] as const;
    fc.assert(
      fc.property(...sizes, fc.constantFrom(32 as const, 128 as const), (K, bits, blockSize) => {
        const { qweight, scales } = quantizedShapes(7, K, { bits, blockSize });
        const [N, blocks, bytes] = qweight;
        assert.deepEqual(scales, [N, blocks]);
        assert.equal(N, 7);
        const room = (blocks * bytes * 8) / bits;
        assert.ok(room >= K && room < K + blockSize);
      }),
    );
  });
});
