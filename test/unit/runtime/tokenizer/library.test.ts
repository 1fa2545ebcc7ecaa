import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { loadTokenizer } from "../../../../src/runtime/tokenizer/loadTokenizer";
import {
  decodeTokens,
  joint,
  predictedBytes,
  type Tokenizer,
  tokenSpans,
} from "../../../../src/runtime/tokenizer/tokenizer";
import { fails, withFolder } from "../checkpoint/support";
import { assertPlaces } from "./places";
import { readReference } from "./reference";
import { anyText, hardTexts } from "./texts";

async function load(json: unknown, vocabSize = 1000): Promise<Tokenizer> {
  return withFolder(async (folder) => {
    await writeFile(join(folder, "tokenizer.json"), JSON.stringify(json));
    const tokenizer = await loadTokenizer(folder, { vocabSize, modelType: "gpt2" });
    assert.ok(tokenizer);
    return tokenizer;
  });
}

const reference = readReference();

/** The reference's, which the library runs; and how often a place may differ from Hugging Face's by more than the rules. */
const kinds: Readonly<Record<string, number>> = {
  unigram: 12,
  byteFallback: 5,
  wordPiece: 5,
  byteLevelNFC: 5,
  byteLevelSplit: 0,
};

for (const [name, oddPlaces] of Object.entries(kinds)) {
  describe(`a tokenizer.json for the library: ${name}`, () => {
    const { json, cases } = reference.get(name) ?? assert.fail();
    let tokenizer: Tokenizer;
    before(async () => {
      tokenizer = await load(json);
    });

    it("gives Hugging Face's ids", () => {
      for (const { text, ids } of cases) assert.deepEqual(tokenizer.encode(text), ids, JSON.stringify(text));
    });

    it("gives Hugging Face's places, but for blanks that are not there and accents that were dropped", () => {
      const odd = cases.flatMap(({ text, ids, places }) =>
        tokenizer
          .places(text, ids)
          .flatMap((found, i) => (samePlace(text, found, places[i] ?? assert.fail()) ? [] : [{ text, i, found }])),
      );
      assert.ok(odd.length <= oddPlaces, JSON.stringify(odd));
    });

    it("decodes token by token as Hugging Face decodes the whole, but for the first blank", () => {
      for (const { text, ids, decoded } of cases) {
        const shown = decodeTokens(tokenizer, ids).text;
        // Of bytes that are no character, Hugging Face's decoders show more or fewer U+FFFD.
        if (decoded.includes("\ufffd") || shown.includes("\ufffd")) continue;
        assert.ok(shown === decoded || shown === ` ${decoded}`, JSON.stringify({ text, shown, decoded }));
      }
    });

    it("places the tokens of any text", () => {
      fc.assert(
        fc.property(anyText, (text) => assertPlaces(tokenizer, text)),
        { numRuns: 150 },
      );
    });

    it("encodes special tokens' names as ordinary text", () => {
      for (const special of ["<|endoftext|>", "<unk>", "</s>", "[PAD]"]) {
        assert.notEqual(tokenizer.encode(special).length, 0);
        assert.ok(!tokenizer.encode(`a${special}`).some((id) => id === tokenizer.endOfTextId));
      }
    });

    it("counts no byte of the text twice", () => {
      for (const { text, ids } of cases) {
        const bytes = predictedBytes(tokenizer, text, tokenSpans(tokenizer, text, ids));
        assert.ok(bytes >= 0 && bytes <= Buffer.byteLength(text), JSON.stringify(text));
      }
    });

    it("takes a hundred thousand characters", function () {
      this.timeout(240_000); // a few seconds by itself, many times that on a busy machine
      assertPlaces(tokenizer, Object.values(hardTexts).join("\n").repeat(90).slice(0, 100_000));
    });
  });
}

/** Whether a place is Hugging Face's, or that without blanks or with the accents after it. */
function samePlace(text: string, found: { start: number; end: number }, expected: typeof found): boolean {
  if (found.start === found.end) return expected.end - expected.start <= 1;
  const isBlank = (from: number, to: number) => text.slice(Math.min(from, to), Math.max(from, to)).trim() === "";
  const extra = text.slice(expected.end, found.end);
  return isBlank(found.start, expected.start) && (isBlank(found.end, expected.end) || /^\p{Mn}*$/u.test(extra));
}

describe("a tokenizer.json for the library", () => {
  const words = { "<unk>": 0, a: 1, b: 2, ab: 3 };
  const bpe = { type: "BPE", vocab: words, merges: [["a", "b"]], unk_token: "<unk>" };

  it("is lossless only where nothing changes the text", async () => {
    const lossless = async (name: string) => (await load(reference.get(name)?.json)).lossless;
    assert.equal(await lossless("byteLevelSplit"), true);
    for (const name of ["byteLevelNFC", "byteFallback", "unigram"]) assert.equal(await lossless(name), false, name);
  });

  it("keeps added tokens that are not special whole, and knows the end of text among the special ones", async () => {
    const added_tokens = [
      { id: 4, content: "<turn>", special: false },
      { id: 5, content: "<|endoftext|>", special: true },
    ];
    const tokenizer = await load({ model: bpe, normalizer: { type: "Lowercase" }, added_tokens });
    assert.deepEqual(tokenizer.encode("AB<turn>b"), [3, 4, 2]);
    assert.equal(tokenizer.endOfTextId, 5);
    assert.deepEqual(tokenizer.places("AB<turn>b", [3, 4, 2]), [
      { start: 0, end: 2 },
      { start: 2, end: 8 },
      { start: 8, end: 9 },
    ]);
    assert.equal(Buffer.from(tokenizer.tokenBytes(5)).toString(), "<|endoftext|>");
  });

  it("may be one of whole words", async () => {
    const model = { type: "WordLevel", vocab: { "<unk>": 0, the: 1, end: 2 }, unk_token: "<unk>" };
    const tokenizer = await load({ model, pre_tokenizer: { type: "Whitespace" } });
    assert.deepEqual(tokenizer.encode("the very end"), [1, 0, 2]);
    assert.deepEqual(tokenizer.places("the very end", [1, 0, 2]), [
      { start: 0, end: 3 },
      { start: 4, end: 8 },
      { start: 9, end: 12 },
    ]);
  });

  it("joins a prompt and what follows without a blank where tokens begin with theirs", async () => {
    const tokenizer = await load(reference.get("unigram")?.json);
    assert.equal(joint(tokenizer, "the", tokenizer.encode("the")), "");
  });

  it("is broken off when its regular expressions take exponential time", async function () {
    this.timeout(120_000);
    const pattern = { Regex: "(?:a+)+$" };
    const slow = { type: "Split", pattern, behavior: "Isolated", invert: false };
    const tokenizer = await load({ model: bpe, pre_tokenizer: slow });
    assert.deepEqual(tokenizer.encode("ab"), [3]);
    assert.throws(
      () => tokenizer.encode(`${"a".repeat(50)}b`),
      fails("invalidTokenizer", "tokenizer.json", "too long"),
    );
    assert.deepEqual(tokenizer.encode("ab"), [3]);
  });

  it("that grows a text beyond all bounds is refused, not run out of memory", async () => {
    const grow = { type: "Replace", pattern: { Regex: "" }, content: "x".repeat(1_000_000) };
    const normalizer = { type: "Sequence", normalizers: [grow, grow, grow] };
    const tokenizer = await load({ model: bpe, normalizer });
    assert.throws(() => tokenizer.encode("abababab".repeat(100)), fails("invalidTokenizer", "tokenizer.json"));
  });
});
