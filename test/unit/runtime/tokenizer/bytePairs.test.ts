/** Lists of merges such as no trainer would make: a token that several pairs make, halves made later than the whole. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { byteToChar } from "../../../../src/runtime/tokenizer/byteAlphabet";
import { encodeByMerges, isCanonical } from "../../../../src/runtime/tokenizer/bytePairs";
import { loadTokenizer } from "../../../../src/runtime/tokenizer/loadTokenizer";
import type { Vocabulary } from "../../../../src/runtime/tokenizer/vocabulary";
import { readTokenizerFiles } from "../../../../src/runtime/tokenizer/vocabularyFiles";
import { root, withFolder } from "../checkpoint/support";
import { loadReference, referenceEncode } from "./referenceBpe";
import { hardTexts } from "./texts";

/** Writes a vocabulary of the 256 bytes and these merges' words. */
async function writeVocabulary(folder: string, merges: readonly (readonly [string, string])[]): Promise<void> {
  const words = new Set([...byteToChar, ...merges.map(([left, right]) => left + right)]);
  const vocab = Object.fromEntries([...words].map((word, id) => [word, id]));
  await writeFile(join(folder, "vocab.json"), JSON.stringify(vocab));
  const lines = merges.map(([left, right]) => `${left} ${right}`);
  await writeFile(join(folder, "merges.txt"), ["#version: 0.2", ...lines, ""].join("\n"));
}

async function readVocabulary(folder: string, vocabSize: number): Promise<Vocabulary> {
  const files = await readTokenizerFiles(folder, { vocabSize, modelType: "gpt2" });
  assert.equal(files?.kind, "byteLevel");
  return files.vocabulary;
}

async function isCanonicalFolder(folder: string): Promise<boolean> {
  const vocabulary = await readVocabulary(folder, 10_000);
  return isCanonical(vocabulary.table, (id) => vocabulary.bytes.get(id) ?? new Uint8Array());
}

describe("byte pair encoding by merges", () => {
  it("agrees with tiktoken on the starter's vocabulary", async () => {
    const folder = join(root, "media/models/starter");
    assert.ok(await isCanonicalFolder(folder));
    const vocabulary = await readVocabulary(folder, 8192);
    const tokenizer = await loadTokenizer(folder, { vocabSize: 8192, modelType: "gpt2" });
    assert.ok(tokenizer);
    for (const text of Object.values(hardTexts)) {
      assert.deepEqual(encodeByMerges(vocabulary.table, text), tokenizer.encode(text));
    }
    tokenizer.free();
  });

  const odd: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
    "two pairs for one token": [
      ["a", "b"],
      ["b", "c"],
      ["ab", "c"],
      ["a", "bc"],
    ],
    "a half made later": [
      ["ab", "c"],
      ["a", "b"],
    ],
    "a pair that never meets": [
      ["b", "c"],
      ["a", "b"],
      ["ab", "c"],
    ],
  };
  for (const [what, merges] of Object.entries(odd)) {
    it(`sees that ranks would not do: ${what}`, async () => {
      await withFolder(async (folder) => {
        await writeVocabulary(folder, merges);
        assert.equal(await isCanonicalFolder(folder), false);
        const tokenizer = await loadTokenizer(folder, { vocabSize: 300, modelType: "gpt2" });
        for (const text of ["abc", "abcabc", "aabcc", "bcabc", "cab"]) {
          assert.deepEqual(tokenizer?.encode(text), referenceEncode(loadReference(folder), text), text);
        }
        tokenizer?.free();
      });
    });
  }

  it("encodes as a plain merge loop does, whatever the merges a trainer could make", async function () {
    this.timeout(240_000);
    let canonical = 0;
    // Each merge joins two of the words there are, by number.
    const choices = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 10 });
    const texts = fc.array(fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 14 }), {
      minLength: 5,
      maxLength: 10,
    });
    await fc.assert(
      fc.asyncProperty(choices, texts, async (numbers, samples) => {
        const words = ["a", "b", "c"];
        const merges = new Map<string, readonly [string, string]>();
        for (const [i, j] of numbers) {
          const [left = "a", right = "a"] = [words[i % words.length], words[j % words.length]];
          merges.set(`${left} ${right}`, [left, right]);
          words.push(left + right);
        }
        await withFolder(async (folder) => {
          await writeVocabulary(folder, [...merges.values()]);
          if (await isCanonicalFolder(folder)) canonical++;
          const tokenizer = await loadTokenizer(folder, { vocabSize: 300, modelType: "gpt2" });
          const reference = loadReference(folder);
          for (const text of samples) assert.deepEqual(tokenizer?.encode(text), referenceEncode(reference, text));
          tokenizer?.free();
        });
      }),
      { numRuns: 250 },
    );
    assert.ok(canonical > 20 && canonical < 230, `${canonical} of 250 went to tiktoken: both ways must be tried`);
  });
});
