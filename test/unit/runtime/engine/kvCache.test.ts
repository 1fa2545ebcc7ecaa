/** A cache that grows with its text, and passes of every size over it. */
import assert from "node:assert/strict";
import { forward } from "../../../../src/runtime/engine/forward";
import type { KVCache } from "../../../../src/runtime/engine/kvCache";
import type { LoadedModel } from "../../../../src/runtime/engine/loadedModel";
import { mostInParts } from "../../../../src/runtime/model/attention";
import { loadStarter } from "./starter";

const length = 300;
const tolerance = 2e-5;

describe("a growing cache on the starter model", () => {
  let model: LoadedModel;
  let ids: number[];
  let expected: Float32Array;

  before(async () => {
    model = await loadStarter();
    ids = Array.from({ length: length + 1 }, (_, i) => (i * i * 31 + 7 * i) % model.config.vocabSize);
    expected = await inPasses(model.newCache(length), [length]);
  });
  after(() => model.dispose());

  /** ln p of every next token, read in passes of these sizes, the last one again and again. */
  async function inPasses(cache: KVCache, sizes: readonly number[]): Promise<Float32Array> {
    const found = new Float32Array(length);
    for (let i = 0; cache.length < length; i++) {
      const start = cache.length;
      const count = Math.min(sizes[i] ?? sizes.at(-1) ?? 1, length - start);
      const rows = Array.from({ length: count }, (_, row) => row);
      const targets = ids.slice(start + 1, start + count + 1);
      const read = await forward(model, cache, { ids: ids.slice(start, start + count), rows, targets, topK: 1 });
      found.set(read.targetLogprobs, start);
    }
    cache.dispose();
    return found;
  }

  function assertSame(found: Float32Array, from = 0): void {
    for (let i = from; i < length; i++)
      assert.ok(Math.abs((found[i] ?? 9) - (expected[i] ?? 0)) < tolerance, `token ${i}: ${found[i]} ${expected[i]}`);
  }

  // Up to `mostInParts` tokens meet cached and new keys each by itself, more of them together.
  for (const sizes of [[1], [mostInParts], [mostInParts + 1], [100, 1], [1, 200, 1], [127, 1, 1, 5]])
    it(`gives in passes of ${sizes.join(", ")} what it gives in one`, async () => {
      assertSame(await inPasses(model.newCache(length), sizes));
    });

  it("takes no more room than the text needs, and never more than its capacity", async () => {
    const cache = model.newCache(length);
    const rooms: number[] = [];
    for (const count of [1, 127, 1, 128, 43]) {
      const read = Array.from({ length: count }, (_, i) => i);
      await forward(model, cache, { ids: read, rows: [count - 1], targets: [0], topK: 1 });
      rooms.push(cache.room);
    }
    assert.deepEqual(rooms, [128, 128, 256, 320, 320]);
    assert.equal(cache.capacity, 320);
    await assert.rejects(
      async () => forward(model, cache, { ids: Array(21).fill(0), rows: [0], targets: [0], topK: 1 }),
      RangeError,
    );
    cache.dispose();
  });

  it("forks at any place, and forgets to any place", async () => {
    const cache = model.newCache(length);
    await forward(model, cache, { ids: ids.slice(0, 200), rows: [0], targets: [0], topK: 1 });
    const fork = cache.fork(150, length);
    assert.ok(fork);
    assertSame(await inPasses(fork, [1]), 150);
    cache.truncate(130);
    assertSame(await inPasses(cache, [3]), 130);
  });
});
