/** Vocabularies: against a trainer that counts everything anew in each round, and through our own loader. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { loadTokenizer } from "../../../../src/runtime/tokenizer/loadTokenizer";
import { PieceCounter, type VocabularyKind } from "../../../../src/runtime/tokenizer/pieceCounts";
import { leastVocabulary, trainBpe } from "../../../../src/runtime/tokenizer/trainBpe";
import { writeVocabulary } from "../../../../src/runtime/tokenizer/writeVocabulary";
import { fails, root, withFolder } from "../checkpoint/support";
import { naiveMerges } from "./naiveTrainer";
import { hardTexts } from "./texts";

function countsOf(kind: VocabularyKind, ...texts: readonly string[]): ReadonlyMap<string, number> {
  const counter = new PieceCounter(kind);
  for (const text of texts) counter.add(text);
  return counter.counts;
}

describe("training a vocabulary", () => {
  it("counts GPT-2's pieces, over all texts", () => {
    const counts = countsOf("byteLevel", "the cat's the  end", "the\n");
    assert.deepEqual(
      [...counts],
      [
        ["the", 2],
        [" cat", 1],
        ["'s", 1],
        [" the", 1],
        [" ", 1],
        [" end", 1],
        ["\n", 1],
      ],
    );
  });

  it("forgets the rarest pieces when there are too many", () => {
    const counter = new PieceCounter("byteLevel", 20);
    counter.add("often often often often often");
    for (let i = 0; i < 30; i++) counter.add(` rare${String.fromCharCode(97 + (i % 26))}x`);
    assert.equal(counter.counts.get(" often"), 4);
    assert.ok([...counter.counts.keys()].join("").length <= 20);
  });

  it("joins what Sennrich et al.'s algorithm joins, on the repository's own text", async () => {
    const text = await readFile(join(root, "CHANGELOG.md"), "utf8");
    const counts = countsOf("byteLevel", text.slice(0, 30_000), ...Object.values(hardTexts));
    const trained = await trainBpe(counts, { kind: "byteLevel", vocabSize: 450 });
    assert.deepEqual(trained.merges, naiveMerges(counts, "byteLevel", 450 - leastVocabulary, 2));
    assert.equal(trained.tokens.length, 450);
    assert.equal(trained.tokens.at(-1), "<|endoftext|>");
    assert.equal(new Set(trained.tokens).size, 450);
  });

  for (const kind of ["byteLevel", "gpt1"] as const)
    it(`joins the same pairs as a naive trainer, on any text: ${kind}`, () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.stringMatching(/^[ab ]{0,40}$/), { maxLength: 8 }),
          fc.array(fc.string({ unit: "grapheme", maxLength: 12 }), { maxLength: 4 }),
          fc.integer({ min: 1, max: 3 }),
          async (dull, varied, minFrequency) => {
            const counts = countsOf(kind, ...dull, ...varied);
            // GPT-1's characters take an eighth of the vocabulary at most, twice: here all have room.
            const vocabSize = kind === "byteLevel" ? leastVocabulary + 25 : 4000;
            const { merges } = await trainBpe(counts, { kind, vocabSize, minFrequency });
            assert.deepEqual(merges, naiveMerges(counts, kind, merges.length, minFrequency));
            if (kind === "byteLevel") assert.deepEqual(merges, naiveMerges(counts, kind, 25, minFrequency));
          },
        ),
      ));

  it("ends early when a text has no more pairs", async () => {
    const { tokens, merges } = await trainBpe(countsOf("byteLevel", "ab ab"), { kind: "byteLevel", vocabSize: 1000 });
    assert.deepEqual(merges, [["a", "b"]]);
    assert.equal(tokens.length, leastVocabulary + 1);
  });

  it("takes a piece of a million letters in its stride", async () => {
    const counts = countsOf("byteLevel", "ab".repeat(500_000), "abc".repeat(100_000));
    const { merges } = await trainBpe(counts, { kind: "byteLevel", vocabSize: 300 });
    assert.deepEqual(merges.slice(0, 2), [
      ["a", "b"],
      ["ab", "ab"],
    ]);
  });

  it("tells how far it is, and ends when it is told to", async () => {
    const counts = countsOf("byteLevel", "some text of some words, some of them words");
    const seen: number[] = [];
    const pause = async () => {
      if (seen.length === 3) throw new Error("enough");
    };
    const onProgress = (done: number) => void seen.push(done);
    await assert.rejects(trainBpe(counts, { kind: "byteLevel", vocabSize: 300, pause, onProgress }), /enough/);
    assert.deepEqual(seen, [1, 2, 3]);
  });

  for (const vocabSize of [0, 256, 300.5, 1e9])
    it(`refuses a vocabulary of ${vocabSize}`, () =>
      assert.rejects(
        trainBpe(new Map(), { kind: "byteLevel", vocabSize }),
        fails("invalidRequest", "vocabulary", String(vocabSize)),
      ));

  it("writes files that our loader reads: a text comes back from its tokens, and they are fewer than its bytes", () =>
    withFolder(async (folder) => {
      const text = await readFile(join(root, "CHANGELOG.md"), "utf8");
      const counts = countsOf("byteLevel", text);
      const vocabulary = await trainBpe(counts, { kind: "byteLevel", vocabSize: 600 });
      await writeVocabulary(folder, vocabulary, 128);
      const tokenizer = await loadTokenizer(folder, { modelType: "gpt2", vocabSize: 600 });
      assert.ok(tokenizer);
      assert.equal(tokenizer.vocabSize, 600);
      assert.equal(tokenizer.endOfTextId, 599);
      for (const sample of [text, ...Object.values(hardTexts)]) {
        const ids = tokenizer.encode(sample);
        const bytes = Buffer.concat(ids.map((id) => tokenizer.tokenBytes(id)));
        assert.ok(bytes.equals(Buffer.from(sample)));
      }
      assert.ok(tokenizer.encode(text).length < 0.5 * Buffer.byteLength(text));
      tokenizer.free();
    }));

  it("writes GPT-1's form too", () =>
    withFolder(async (folder) => {
      const counts = countsOf("gpt1", "The lower, the lowest: the LOWEST 語 low. The end");
      const vocabulary = await trainBpe(counts, { kind: "gpt1", vocabSize: 400 });
      assert.ok(vocabulary.tokens.includes("the</w>"));
      assert.equal(vocabulary.tokens[0], "<unk>");
      await writeVocabulary(folder, vocabulary, 128);
      const size = vocabulary.tokens.length;
      const tokenizer = await loadTokenizer(folder, { modelType: "openai-gpt", vocabSize: size });
      assert.ok(tokenizer);
      assert.equal(tokenizer.endOfTextId, size - 1);
      const shown = tokenizer.encode("the lowest end?").map((id) => Buffer.from(tokenizer.tokenBytes(id)).toString());
      assert.equal(shown.join(""), "the lowest end <unk>");
      assert.equal(shown[0], "the ");
      tokenizer.free();
    }));
});
