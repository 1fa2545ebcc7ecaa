import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Checkpoint, openCheckpoint } from "../../../../src/runtime/checkpoint/checkpoint";
import { parameterShapes, resolveParameters, storedName } from "../../../../src/runtime/checkpoint/parameterNames";
import { parseSafetensorsHeader } from "../../../../src/runtime/checkpoint/safetensors";
import { type GPTConfig, parseGPTConfig } from "../../../../src/runtime/model/config";
import { fails, fixture, root, safetensorsOf } from "./support";

async function open(folder: string): Promise<{ config: GPTConfig; file: Checkpoint }> {
  const config = parseGPTConfig(JSON.parse(readFileSync(join(folder, "config.json"), "utf8")), "config.json");
  return { config, file: await openCheckpoint(folder) };
}

const tiny = parseGPTConfig(
  { model_type: "gpt2", n_layer: 1, n_head: 1, n_embd: 2, n_positions: 3, vocab_size: 5 },
  "config.json",
);

function fileOf(tensors: Readonly<Record<string, readonly number[]>>, dtype?: string, bytes?: number): Checkpoint {
  const whole = safetensorsOf(tensors, dtype, bytes);
  const dataStart = 8 + Number(whole.readBigUInt64LE(0));
  const file = parseSafetensorsHeader(whole.subarray(8, dataStart), "m.safetensors", dataStart, whole.length);
  const entries = [...file.tensors].map(([name, entry]) => [name, { ...entry, file: file.path }] as const);
  return { path: file.path, files: [file], tensors: new Map(entries) };
}

function tinyTensors(prefix = ""): Record<string, readonly number[]> {
  return Object.fromEntries([...parameterShapes(tiny)].map(([name, shape]) => [prefix + name, shape]));
}

describe("parameterShapes", () => {
  it("counts 124,439,808 parameters for GPT-2 small", () => {
    // The number Hugging Face's GPT2Model(GPT2Config()).num_parameters() gives.
    const shapes = parameterShapes(parseGPTConfig({ model_type: "gpt2" }, "config.json"));
    let count = 0;
    for (const shape of shapes.values()) count += shape.reduce((a, b) => a * b, 1);
    assert.equal(count, 124_439_808);
  });

  it("has a head of its own only when untied", () => {
    assert.ok(!parameterShapes(tiny).has("lm_head.weight"));
    assert.deepEqual(parameterShapes({ ...tiny, tieWordEmbeddings: false }).get("lm_head.weight"), [5, 2]);
  });
});

describe("resolveParameters", () => {
  const models = readdirSync(fixture("")).filter((name) => !name.includes("."));
  for (const name of models) {
    it(`finds every parameter of ${name}, and leaves no parameter over`, async () => {
      const { config, file } = await open(fixture(name));
      const parameters = resolveParameters(file, config);
      const used = new Set([...parameters.values()].map((entry) => entry.name));
      const unused = [...file.tensors.keys()].filter((stored) => !used.has(stored));
      assert.deepEqual(
        unused.filter((stored) => !/\.attn\.bias$/.test(stored)),
        [],
      );
      assert.equal(unused.length > 0, name === "gpt2-tiny-hubstyle");
      assert.deepEqual([...parameters.keys()], [...parameterShapes(config).keys()]);
      if (name === "gpt2-tiny-hubstyle") return;
      for (const [canonical, entry] of parameters) assert.equal(entry.name, storedName(canonical, config));
    });
  }

  it("finds the starter's", async () => {
    const { config, file } = await open(join(root, "media/models/starter"));
    assert.equal(resolveParameters(file, config).size, 4 * 12 + 4);
  });

  it("gives the same bytes with and without the prefix", async () => {
    const plain = await open(fixture("gpt2-tiny"));
    const hub = await open(fixture("gpt2-tiny-hubstyle"));
    const read = (path: string, offset: number, length: number) => readFileSync(path).subarray(offset, offset + length);
    const theirs = resolveParameters(hub.file, hub.config);
    for (const [name, entry] of resolveParameters(plain.file, plain.config)) {
      const other = theirs.get(name);
      assert.ok(other);
      assert.deepEqual(
        read(entry.file, entry.offset, entry.byteLength),
        read(other.file, other.offset, other.byteLength),
      );
    }
  });

  it("refuses a type that is no floating-point number of 16 or 32 bits", () => {
    const file = fileOf(tinyTensors(), "F64", 8);
    assert.throws(() => resolveParameters(file, tiny), fails("unsupportedDType", file.path, "wte.weight", "F64"));
  });

  for (const prefix of ["", "transformer."]) {
    it(`names the missing tensor as the file would, with prefix "${prefix}"`, () => {
      const tensors = tinyTensors(prefix);
      delete tensors[`${prefix}h.0.mlp.c_fc.bias`];
      const missing = fails("tensorMissing", "m.safetensors", `"${prefix}h.0.mlp.c_fc.bias"`);
      assert.throws(() => resolveParameters(fileOf(tensors), tiny), missing);
    });
  }

  it("prints both shapes when they differ, also when only the order does", () => {
    const tensors = { ...tinyTensors(), "h.0.mlp.c_fc.weight": [8, 2] };
    const wrong = fails("tensorShape", "m.safetensors", "h.0.mlp.c_fc.weight", "[8, 2]", "[2, 8]");
    assert.throws(() => resolveParameters(fileOf(tensors), tiny), wrong);
    const flat = fileOf({ ...tinyTensors(), "wte.weight": [10] });
    assert.throws(() => resolveParameters(flat, tiny), fails("tensorShape", "wte.weight", "[10]", "[5, 2]"));
  });

  it("leaves masks, a tied head's copy and heads of other tasks alone", () => {
    const extra = { "h.0.attn.bias": [1, 1, 3, 3], "h.0.attn.masked_bias": [], "lm_head.weight": [5, 2], score: [2] };
    const parameters = resolveParameters(fileOf({ ...tinyTensors(), ...extra }), tiny);
    assert.deepEqual([...parameters.keys()], [...parameterShapes(tiny).keys()]);
  });

  it("wants the head of an untied model, beside the transformer", () => {
    const untied = { ...tiny, tieWordEmbeddings: false };
    const tensors = { ...tinyTensors("transformer."), "lm_head.weight": [5, 2] };
    assert.equal(resolveParameters(fileOf(tensors), untied).get("lm_head.weight")?.name, "lm_head.weight");
    const headless = fileOf(tinyTensors("transformer."));
    assert.throws(() => resolveParameters(headless, untied), fails("tensorMissing", '"lm_head.weight"'));
  });
});
