/** Tokens on disk, which text is held out, and which sequences a step has. */
import assert from "node:assert/strict";
import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { holdOut, splitText } from "../../../../src/runtime/training/heldOut";
import { type SplitText, type Tokenization, TokenShards, writeShards } from "../../../../src/runtime/training/shards";
import {
  evenlySpaced,
  inPieces,
  requireWindows,
  windowBatch,
  windowCount,
  windowSampler,
} from "../../../../src/runtime/training/windows";
import { fails, withFolder } from "../checkpoint/support";

/** A token for each UTF-16 unit. */
function tokenization(vocabSize = 0x1_0000): Tokenization {
  const encode = (text: string) => Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return { encode, endOfText: 3, vocabSize, vocabulary: "ab".repeat(32) };
}

async function* given(texts: readonly SplitText[]): AsyncGenerator<SplitText> {
  yield* texts;
}

async function withShards<T>(
  texts: readonly SplitText[],
  use: (shards: TokenShards, folder: string) => Promise<T>,
  { mostTokens = 10, vocabSize = 0x1_0000 } = {},
): Promise<T> {
  return withFolder(async (folder) => {
    const tokens = join(folder, "tokens");
    await writeShards(tokens, given(texts), tokenization(vocabSize), mostTokens);
    const shards = await TokenShards.open(tokens);
    assert.ok(shards);
    try {
      return await use(shards, tokens);
    } finally {
      await shards.close();
    }
  });
}

describe("token shards", () => {
  for (const vocabSize of [100, 0x1_0001])
    it(`give back every token, from any place, for a vocabulary of ${vocabSize}`, () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ text: fc.string({ maxLength: 30 }), split: fc.constantFrom("train", "dev") }), {
            maxLength: 12,
          }),
          fc.array(fc.tuple(fc.nat(150), fc.nat(60)), { maxLength: 10 }),
          async (texts, reads) => {
            const expected = (split: string) =>
              texts.filter((text) => text.split === split).flatMap(({ text }) => [...tokenization().encode(text), 3]);
            await withShards(
              texts,
              async (shards) => {
                for (const split of ["train", "dev"] as const) {
                  const all = expected(split);
                  assert.equal(shards.counts[split].tokens, all.length);
                  assert.equal(shards.counts[split].documents, texts.filter((text) => text.split === split).length);
                  for (const [start, length] of reads)
                    assert.deepEqual([...(await shards.read(split, start, length))], all.slice(start, start + length));
                }
              },
              { vocabSize },
            );
          },
        ),
        { numRuns: 30 },
      ));

  it("are not there when writing them fails, and are opened only whole", () =>
    withFolder(async (folder) => {
      const tokens = join(folder, "tokens");
      const failing = async function* (): AsyncGenerator<SplitText> {
        yield { text: "some", split: "train" };
        throw new Error("no more");
      };
      await assert.rejects(writeShards(tokens, failing(), tokenization()), /no more/);
      assert.deepEqual(await readdir(folder), []);
      assert.equal(await TokenShards.open(tokens), null);
    }));

  it("refuse files that were cut, changed or exchanged", () =>
    withShards([{ text: "a text of some length", split: "train" }], async (_, folder) => {
      const file = join(folder, "train-00000.tokens");
      const bytes = await readFile(file);
      const broken = async (change: (bytes: Buffer) => void, word: string) => {
        const copy = Buffer.from(bytes);
        change(copy);
        await writeFile(file, copy);
        await assert.rejects(TokenShards.open(folder), fails("invalidDataset", "train-00000.tokens", word));
      };
      await broken((copy) => void copy.write("X"), "no file of tokens");
      await broken((copy) => void copy.writeUInt32LE(9, 8), "version");
      await broken((copy) => void copy.writeUInt32LE(3, 12), "size");
      await broken((copy) => void copy.writeBigUInt64LE(2n ** 60n, 16), "as long as");
      await broken((copy) => void copy.writeUInt8(1, 40), "index.json");
      await truncate(file, 10);
      await assert.rejects(TokenShards.open(folder), fails("invalidDataset", "no file of tokens"));
      await writeFile(join(folder, "index.json"), '{"version":1}');
      await assert.rejects(TokenShards.open(folder), fails("invalidDataset", "index.json"));
    }));
});

describe("held-out text", () => {
  const files = (sizes: readonly number[]) =>
    sizes.map((bytes, i) => ({ path: `f${i}`, bytes, sha256: String((i * 7919) % 1000).padStart(3, "0") }));

  it("is near the share that was asked for, and leaves something to train on", () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 60 }),
        fc.double({ min: 0.01, max: 0.5, noNaN: true }),
        (sizes, share) => {
          const all = files(sizes);
          const { paths, end } = holdOut(all, share);
          assert.equal(end, null);
          assert.ok(paths.size >= 1 && paths.size < all.length);
          const total = sizes.reduce((a, b) => a + b, 0);
          const held = all.filter(({ path }) => paths.has(path)).reduce((sum, { bytes }) => sum + bytes, 0);
          assert.ok(paths.size === 1 || held <= share * total + Math.max(...sizes) / 2);
          assert.deepEqual(holdOut([...all].reverse(), share), { paths, end });
        },
      ),
    ));

  it("hangs on no order, of texts of one size and of the same text twice either", () => {
    const [one, two] = files([123, 123]);
    assert.ok(one && two);
    const twice = [one, { ...one, path: "copy" }, { ...two, bytes: 5000 }];
    for (const all of [[one, two], twice])
      for (const share of [0.01, 0.1]) assert.deepEqual(holdOut(all.toReversed(), share), holdOut(all, share));
    assert.deepEqual([...holdOut([two, one], 0.01).paths], ["f0"]);
  });

  it("is the end of a text that is alone, from a line's end on", () => {
    const [only] = files([20]);
    assert.ok(only);
    const held = holdOut([only], 0.28);
    const parts = splitText(held, only.path, "line one\nline two\nline three\nend of it\n");
    assert.deepEqual(parts, [
      { text: "line one\nline two\nline three\n", split: "train" },
      { text: "end of it\n", split: "dev" },
    ]);
    assert.deepEqual(splitText(held, only.path, "😀😀"), [
      { text: "😀", split: "train" },
      { text: "😀", split: "dev" },
    ]);
  });

  it("is none when none is asked for", () => {
    assert.deepEqual(splitText(holdOut(files([5, 6]), 0), "f0", "text"), [{ text: "text", split: "train" }]);
  });
});

describe("sequences", () => {
  it("have every token but the first as a target once an epoch", () =>
    withShards(
      [
        { text: "abcdefghijkl", split: "train" },
        { text: "vwxyz", split: "dev" },
      ],
      async (shards) => {
        const length = 4;
        assert.equal(windowCount(shards, "train", length), 3);
        assert.equal(windowCount(shards, "dev", length), 2);
        const batch = await windowBatch(shards, "train", [2, 0], length);
        const text = (ids: Int32Array) => String.fromCharCode(...ids);
        assert.equal(text(batch.inputIds), "ijklabcd");
        assert.equal(text(batch.lmTargets), "jkl\u0003bcde");
        assert.deepEqual([batch.rows, batch.length, batch.lengths], [2, 4, [4, 4]]);
        const rest = await windowBatch(shards, "dev", [1], length);
        assert.deepEqual([...rest.inputIds], [122, 0, 0, 0]);
        assert.deepEqual([...rest.lmTargets], [3, -1, -1, -1]);
        assert.deepEqual(rest.lengths, [1]);
        assert.throws(() => requireWindows(shards, 13, "root"), fails("invalidDataset", "root", "13 tokens"));
      },
    ));

  it("are a permutation in each epoch, and the same whenever a step is asked for", () =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 50 }),
        fc.nat(1000),
        (windows, batchSize, seed) => {
          const steps = Math.ceil((3 * windows) / batchSize);
          const sampler = windowSampler(windows, batchSize, seed);
          const all = Array.from({ length: steps }, (_, step) => sampler(step));
          for (const epoch of inPieces(all.flat().slice(0, 3 * windows), windows))
            assert.deepEqual(
              [...epoch].sort((a, b) => a - b),
              Array.from({ length: windows }, (_, i) => i),
            );
          for (const step of [...all.keys()].reverse())
            assert.deepEqual(windowSampler(windows, batchSize, seed)(step), all[step]);
        },
      ),
    ));

  it("are looked at evenly when they are many", () => {
    assert.deepEqual(evenlySpaced(10, 4), [0, 2, 5, 7]);
    assert.deepEqual(evenlySpaced(3, 4), [0, 1, 2]);
  });
});
