import assert from "node:assert/strict";
import { parameterShapes } from "../../../../src/runtime/checkpoint/parameterNames";
import { formatPattern } from "../../../../src/runtime/model/attentionPattern";
import { formatGPTConfig, parseGPTConfig } from "../../../../src/runtime/model/config";
import { initialValues } from "../../../../src/runtime/model/initialize";
import { estimateMemory } from "../../../../src/runtime/model/memory";
import { presets } from "../../../../src/runtime/model/presets";
import { seededRandom } from "../../../../src/runtime/random";

const byName = (name: string) => {
  const preset = presets.find((candidate) => candidate.name === name);
  assert.ok(preset);
  return preset.config;
};

/**
 * Millions of parameters. GPT-1's and GPT-2's as counted in the published checkpoints (the GPT-2 paper's own table says 117, 345, 762
 * and 1542, which its authors corrected); GPT-3's as its table 2.1 rounds them.
 */
const published: Readonly<Record<string, readonly [millions: number, tolerance: number]>> = {
  gpt1: [116.5, 0.001],
  "gpt2-small": [124.4, 0.001],
  "gpt2-medium": [354.8, 0.001],
  "gpt2-large": [774.0, 0.001],
  "gpt2-xl": [1557.6, 0.001],
  "gpt3-small": [125, 0.02],
  "gpt3-medium": [350, 0.03],
  "gpt3-large": [760, 0.03],
  "gpt3-xl": [1300, 0.03],
  "gpt3-2.7b": [2700, 0.03],
  "gpt3-6.7b": [6700, 0.03],
  "gpt3-13b": [13_000, 0.03],
  "gpt3-175b": [175_000, 0.01],
};

describe("presets", () => {
  it("has GPT-1, GPT-2's four and GPT-3's eight", () => {
    assert.deepEqual(
      presets.map(({ name }) => name),
      Object.keys(published),
    );
  });

  for (const [name, [millions, tolerance]] of Object.entries(published)) {
    it(`${name} has the parameters that its paper says`, () => {
      const config = byName(name);
      const shapes = [...parameterShapes(config).values()];
      const count = shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
      assert.ok(Math.abs(count / 1e6 / millions - 1) <= tolerance, `${count / 1e6} million`);
      assert.deepEqual(parseGPTConfig(formatGPTConfig(config), name), config);
      assert.ok(estimateMemory(config, "cpu", 4 * count).total > 4 * count);
    });
  }

  it("alternates dense and banded layers in GPT-3 alone", () => {
    const patterns = byName("gpt3-small").attentionPatterns.map(formatPattern);
    assert.deepEqual(patterns.slice(0, 3), ["dense", "banded(256)", "dense"]);
    assert.ok(byName("gpt2-xl").attentionPatterns.every(({ kind }) => kind === "dense"));
  });
});

describe("initialValues", () => {
  const config = byName("gpt2-small");
  const count = 200_000;

  function moments(name: string, of = config) {
    const values = [...initialValues(name, count, of, seededRandom(3))].flatMap((piece) => [...piece]);
    assert.equal(values.length, count);
    const mean = values.reduce((a, b) => a + b, 0) / count;
    return { mean, deviation: Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count) };
  }

  it("draws matrices and embeddings with deviation 0.02, projections into the residual with 0.02 / √(2 · layers)", () => {
    for (const name of ["wte.weight", "wpe.weight", "h.3.attn.c_attn.weight", "h.0.mlp.c_fc.weight"]) {
      const { mean, deviation } = moments(name);
      assert.ok(Math.abs(mean) < 2e-4 && Math.abs(deviation - 0.02) < 2e-4, `${name}: ${mean}, ${deviation}`);
    }
    const scaled = 0.02 / Math.sqrt(24);
    for (const name of ["h.3.attn.c_proj.weight", "h.0.mlp.c_proj.weight"])
      assert.ok(Math.abs(moments(name).deviation - scaled) < 5e-5);
    assert.ok(Math.abs(moments("h.3.attn.c_proj.weight", byName("gpt1")).deviation - 0.02) < 2e-4);
  });

  it("begins gains with 1 and biases with 0", () => {
    for (const name of ["h.0.ln_1.weight", "ln_f.weight"]) assert.deepEqual(moments(name), { mean: 1, deviation: 0 });
    for (const name of ["h.0.ln_1.bias", "h.0.mlp.c_fc.bias"])
      assert.deepEqual(moments(name), { mean: 0, deviation: 0 });
  });

  it("gives the same for the same seed, in pieces", () => {
    const draw = (seed: number) => [...initialValues("wte.weight", 2_000_000, config, seededRandom(seed))];
    const [a, b, c] = [draw(1), draw(1), draw(2)];
    assert.ok(a.length > 1);
    assert.deepEqual(a, b);
    assert.notDeepEqual(a[0]?.slice(0, 9), c[0]?.slice(0, 9));
  });
});
