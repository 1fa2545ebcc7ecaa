import assert from "node:assert/strict";
import { type GenerateOptions, generateTokens, type TokenStep } from "../../../../src/runtime/engine/generate";
import type { LoadedModel } from "../../../../src/runtime/engine/loadedModel";
import { type SampleTokens, sampleContinuations, sampleSeed } from "../../../../src/runtime/engine/samples";
import { loadTiny } from "./tinyModel";

const prompt = [3, 14, 15, 9, 2, 6];
const options: GenerateOptions = {
  config: { maxNewTokens: 8, temperature: 1, topK: 0, topP: 1, minP: 0.01, repetitionPenalty: 1.1, seed: 77 },
  topK: 2,
  describe: (id) => ({ id, text: String(id) }),
  signal: new AbortController().signal,
  endOfText: null,
};

async function idsOf(steps: SampleTokens): Promise<number[]> {
  const all: TokenStep[] = [];
  for await (const step of steps) all.push(step);
  return all.map(({ id }) => id);
}

describe("several samples of one prompt", () => {
  let model: LoadedModel;
  let free: () => Promise<void>;
  before(async () => ({ model, free } = await loadTiny(40, 9)));
  after(() => free());

  it("are what plain generation gives with their seeds, the first with the seed itself", async () => {
    const found: number[][] = [];
    for await (const steps of sampleContinuations(model, prompt, 5, options)) found.push(await idsOf(steps));
    const expected: number[][] = [];
    for (let i = 0; i < 5; i++) {
      const config = { ...options.config, seed: sampleSeed(77, i) };
      expected.push(await idsOf(generateTokens(model, prompt, { ...options, config })));
    }
    assert.deepEqual(found, expected);
    assert.deepEqual(found[0], await idsOf(generateTokens(model, prompt, options)));
    assert.ok(new Set(found.map(String)).size > 1);
  });

  it("read the prompt once", async () => {
    let tokens = 0;
    const run = (...args: Parameters<typeof model.session.run>) => {
      tokens += args[0].input_ids?.size ?? 0;
      return model.session.run(...args);
    };
    const counting: LoadedModel = Object.create(model, { session: { value: { run } } });
    for await (const steps of sampleContinuations(counting, prompt, 4, options)) await idsOf(steps);
    // Of 8 tokens the last is not read.
    assert.equal(tokens, prompt.length + 4 * 7);
  });

  it("have seeds of their own", () => {
    const seeds = Array.from({ length: 1000 }, (_, i) => sampleSeed(5, i));
    assert.equal(new Set(seeds).size, 1000);
    assert.equal(seeds[0], 5);
    assert.ok(seeds.every((seed) => Number.isInteger(seed) && seed >= 0 && seed <= 0xffffffff));
    assert.notDeepEqual(
      seeds.slice(1),
      Array.from({ length: 999 }, (_, i) => sampleSeed(6, i + 1)),
    );
  });
});
