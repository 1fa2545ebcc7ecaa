import assert from "node:assert/strict";
import { totalmem } from "node:os";
import { parametersInMemory } from "../../../../src/runtime/checkpoint/describe";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { ablate } from "../../../../src/runtime/engine/ablation";
import { checkMemory, deviceMemory } from "../../../../src/runtime/engine/deviceMemory";
import { loadModel } from "../../../../src/runtime/engine/loadedModel";
import { scoreTokens } from "../../../../src/runtime/engine/score";
import { RuntimeError } from "../../../../src/runtime/errors";
import { estimateMemory } from "../../../../src/runtime/model/memory";
import { loadStarter, starterFolder } from "./starter";

describe("device memory", () => {
  it("refuses a model that can never fit, and says what would", async () => {
    const model = await openModelFolder(starterFolder);
    model.tokenizer?.free();
    const refused = (available: number) => {
      try {
        checkMemory(model, "cpu", { available });
        return null;
      } catch (error) {
        assert.ok(error instanceof RuntimeError && error.code === "notEnoughMemory");
        return error;
      }
    };
    assert.match(refused(20_000_000)?.message ?? "", /^starter needs \d+ MB of memory; there are 20 MB\.$/);
    assert.match(refused(1_000_000)?.hint ?? "", /smaller model/);
    assert.equal(refused(8e9), null);
    checkMemory(model, "cpu");
    checkMemory(model, "webgpu");
  });

  it("refuses a context that was asked for and does not fit, and names one that does", async () => {
    const model = await openModelFolder(starterFolder);
    model.tokenizer?.free();
    const { total } = estimateMemory(model.config, "cpu", parametersInMemory(model), 128);
    checkMemory(model, "cpu", { available: total }); // caches are planned when they are made
    checkMemory(model, "cpu", { available: total, contextLength: 128 });
    assert.throws(
      () => checkMemory(model, "cpu", { available: total, contextLength: 512 }),
      (error) => error instanceof RuntimeError && /A context of 128 tokens fits/.test(error.hint),
    );
  });

  it("plans every cache beside those in use, and frees those that wait first", async () => {
    const folder = await openModelFolder(starterFolder);
    const { total, cache: bytes } = estimateMemory(folder.config, "cpu", parametersInMemory(folder), 128);
    const model = await loadModel(folder, "cpu", 0, undefined, { available: total });
    try {
      const first = model.newCache(128);
      assert.equal(first.byteLength, bytes);
      assert.throws(
        () => model.newCache(64),
        (error) => error instanceof RuntimeError && error.code === "notEnoughMemory",
      );
      first.dispose();
      first.dispose(); // twice gives its memory back once
      assert.throws(
        () => model.newCache(192),
        (error) => error instanceof RuntimeError && /A context of 128 tokens fits/.test(error.hint),
      );
      const second = model.newCache(128);
      assert.throws(() => second.fork(0, 64), { code: "notEnoughMemory" });
      second.dispose();
      const waiting = model.prefixCache.take([1, 2, 3, 4, 5, 6, 7, 8], 128);
      model.prefixCache.give(waiting);
      assert.equal(model.prefixCache.statistics.byteLength, bytes);
      model.newCache(128).dispose();
      assert.equal(model.prefixCache.statistics.byteLength, 0);
    } finally {
      await model.dispose();
    }
  });

  it("refuses a second copy of the parameters that has no room, and frees what waits for one that has", async () => {
    const folder = await openModelFolder(starterFolder);
    const { total, weights, cache } = estimateMemory(folder.config, "cpu", parametersInMemory(folder), 64);
    const ablated = [[{ kind: "head", layer: 0, head: 0 }]] as const;
    const items = [{ ids: [1, 2, 3], place: 3, id: 4 }];
    const { signal } = new AbortController();
    const small = await loadModel(folder, "cpu", 0, undefined, { available: total + weights - 1 });
    await assert.rejects(ablate(small, items, ablated, { signal }), { code: "notEnoughMemory" });
    await small.dispose();
    const large = await loadModel(await openModelFolder(starterFolder), "cpu", 0, undefined, {
      available: total + weights + cache / 2,
    });
    try {
      large.prefixCache.give(large.prefixCache.take([1, 2, 3, 4, 5], 64));
      assert.equal((await ablate(large, items, ablated, { signal })).baseline.length, 1);
      assert.equal(large.prefixCache.statistics.byteLength, 0);
      await assert.rejects(async () => large.newCache(128), { code: "notEnoughMemory" });
    } finally {
      await large.dispose();
    }
  });

  it("a shorter context is used as the model's own would be", async () => {
    const model = await loadModel(await openModelFolder(starterFolder), "cpu", 0, undefined, { contextLength: 64 });
    try {
      assert.equal(model.info.nPositions, 64);
      assert.equal(model.newCache(1000).capacity, 64);
      const ids = Array.from({ length: 64 }, (_, i) => i + 10);
      const { signal } = new AbortController();
      const scored = await scoreTokens(model, ids, { topK: 0, describe: (id) => ({ id, text: "" }), signal });
      const whole = await loadStarter();
      const expected = await scoreTokens(whole, ids, { topK: 0, describe: (id) => ({ id, text: "" }), signal });
      await whole.dispose();
      for (const [i, token] of scored.entries())
        assert.ok(Math.abs((token?.logprob ?? 0) - (expected[i]?.logprob ?? 0)) < 1e-5);
    } finally {
      await model.dispose();
    }
  });

  it("is what the machine has, or a container may take; of a GPU it is not known", () => {
    const found = deviceMemory("cpu") ?? 0;
    assert.ok(found > 1e8 && found <= totalmem());
    assert.equal(deviceMemory("webgpu"), null);
  });
});
