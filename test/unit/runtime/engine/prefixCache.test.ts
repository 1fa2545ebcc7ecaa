import assert from "node:assert/strict";
import fc from "fast-check";
import type { KVCache } from "../../../../src/runtime/engine/kvCache";
import { PrefixCache } from "../../../../src/runtime/engine/prefixCache";

/** A cache of ids alone: a byte a token of its capacity. */
class FakeCache {
  readonly ids: number[] = [];
  disposed = false;

  constructor(
    readonly capacity: number,
    readonly forks: boolean,
  ) {}

  get length(): number {
    return this.ids.length;
  }

  get byteLength(): number {
    return this.capacity;
  }

  truncate(length: number): void {
    this.ids.length = length;
  }

  fork(length: number, tokens: number): KVCache | null {
    if (!this.forks) return null;
    const copy = new FakeCache(tokens, true);
    copy.ids.push(...this.ids.slice(0, length));
    return copy as unknown as KVCache;
  }

  dispose(): void {
    assert.ok(!this.disposed, "freed once");
    this.disposed = true;
  }
}

function read(cache: KVCache, ids: readonly number[]): number {
  const fake = cache as unknown as FakeCache;
  const before = fake.ids.length;
  fake.ids.push(...ids.slice(before));
  assert.ok(fake.ids.length <= fake.capacity);
  return fake.ids.length - before;
}

function pool(maxBytes: number, forks = true) {
  const made: FakeCache[] = [];
  const create = (tokens: number) => {
    const cache = new FakeCache(tokens, forks);
    made.push(cache);
    return cache as unknown as KVCache;
  };
  return { made, prefixCache: new PrefixCache(create, maxBytes) };
}

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe("the prefix cache", () => {
  it("goes on with a text that grows, and reads the last token of one that is the same", () => {
    const { made, prefixCache } = pool(1000);
    const first = prefixCache.take(upTo(20), 64);
    assert.equal(read(first, upTo(20)), 20);
    prefixCache.give(first);
    const second = prefixCache.take(upTo(25), 64);
    assert.equal(read(second, upTo(25)), 5);
    prefixCache.give(second);
    const third = prefixCache.take(upTo(25), 64);
    assert.equal(read(third, upTo(25)), 1);
    assert.equal(made.length, 1);
    assert.deepEqual(prefixCache.statistics, { asked: 70, reused: 44, byteLength: 0 });
  });

  it("branches from a text of which much is not shared, and leaves it as it was", () => {
    const { prefixCache } = pool(1000);
    const long = prefixCache.take(upTo(50), 64);
    read(long, upTo(50));
    prefixCache.give(long);
    const branch = prefixCache.take([...upTo(10), 99], 64);
    assert.notEqual(branch, long);
    assert.deepEqual([branch.length, long.length], [10, 50]);
  });

  it("gives one cache to one taker", () => {
    const { prefixCache } = pool(1000);
    const first = prefixCache.take(upTo(20), 64);
    read(first, upTo(20));
    prefixCache.give(first);
    assert.notEqual(prefixCache.take(upTo(21), 64), prefixCache.take(upTo(21), 64));
  });

  it("frees what was used longest ago when there is no room, and everything at the end", () => {
    const { made, prefixCache } = pool(100);
    const caches = [0, 1, 2].map((i) => prefixCache.take([i, i, i, i, i, i], 40));
    for (const cache of caches) prefixCache.give(cache);
    assert.deepEqual(
      made.map(({ disposed }) => disposed),
      [true, false, false],
    );
    const taken = prefixCache.take([7], 40);
    prefixCache.dispose();
    prefixCache.give(taken);
    assert.ok(made.every(({ disposed }) => disposed));
  });

  it("never gives a wrong beginning, all of the text, too little room, or more memory than it may", () => {
    const text = fc.array(fc.nat(1), { minLength: 1, maxLength: 30 });
    const steps = fc.array(fc.record({ ids: text, more: fc.nat(10) }), { maxLength: 30 });
    fc.assert(
      fc.property(steps, fc.boolean(), fc.integer({ min: 0, max: 200 }), (requests, forks, maxBytes) => {
        const { prefixCache } = pool(maxBytes, forks);
        for (const { ids, more } of requests) {
          const cache = prefixCache.take(ids, ids.length + more);
          assert.deepEqual(cache.ids, ids.slice(0, cache.length));
          assert.ok(cache.length < ids.length && cache.capacity >= ids.length + more);
          read(cache, ids);
          prefixCache.give(cache);
          assert.ok(prefixCache.statistics.byteLength <= maxBytes);
        }
      }),
    );
  });
});
