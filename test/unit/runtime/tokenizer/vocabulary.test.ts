import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { byteToChar } from "../../../../src/runtime/tokenizer/byteAlphabet";
import { loadTokenizer } from "../../../../src/runtime/tokenizer/loadTokenizer";
import { fails, withFolder } from "../checkpoint/support";

const bytes: Readonly<Record<string, unknown>> = Object.fromEntries(byteToChar.map((char, id) => [char, id]));
const good = { ...bytes, ab: 256, abc: 257 };
const merges = "#version: 0.2\na b\nab c\n";

/** Loads a folder of these files, of a model with 300 tokens. */
async function load(files: Readonly<Record<string, string | Uint8Array>>) {
  return withFolder(async (folder) => {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    return loadTokenizer(folder, { vocabSize: 300, modelType: "gpt2" });
  });
}

async function encodes(files: Readonly<Record<string, string>>, text: string): Promise<number[]> {
  const tokenizer = await load(files);
  assert.ok(tokenizer);
  const ids = tokenizer.encode(text);
  tokenizer.free();
  return ids;
}

describe("a vocabulary's files", () => {
  it("may have CRLF line ends, no version line and no last line end", async () => {
    for (const text of [merges, merges.replaceAll("\n", "\r\n"), "a b\nab c", "a b\n\nab c\n\n"]) {
      assert.deepEqual(await encodes({ "vocab.json": JSON.stringify(good), "merges.txt": text }, "abc"), [257]);
    }
  });

  it("may merge number signs", async () => {
    const vocab = JSON.stringify({ ...bytes, "##": 256 });
    assert.deepEqual(await encodes({ "vocab.json": vocab, "merges.txt": "# #\n" }, "##"), [256]);
  });

  it("may name tokens that no merge makes: special ones, in any characters", async () => {
    const vocab = { ...good, "<|end of turn|>": 290, "☃": 291, abcd: 292 };
    const tokenizer = await load({ "vocab.json": JSON.stringify(vocab), "merges.txt": merges });
    assert.ok(tokenizer);
    assert.equal(tokenizer.vocabSize, 293);
    assert.equal(tokenizer.endOfTextId, null);
    assert.equal(Buffer.from(tokenizer.tokenBytes(290)).toString(), "<|end of turn|>");
    assert.equal(Buffer.from(tokenizer.tokenBytes(291)).toString(), "☃");
    assert.deepEqual(tokenizer.encode("abcd"), [257, 100]);
    tokenizer.free();
  });

  const badVocabularies: readonly (readonly [what: string, content: string | Uint8Array, words: readonly string[]])[] =
    [
      ["not JSON", "{", ["vocab.json", "JSON"]],
      ["a list", "[]", ["vocab.json", "object"]],
      ["not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), ["vocab.json", "UTF-8"]],
      ["an id that is text", JSON.stringify({ ...good, ab: "256" }), ["vocab.json", '"ab"', "not a number"]],
      ["a fractional id", JSON.stringify({ ...good, ab: 1.5 }), ["vocab.json", '"ab"', "1.5"]],
      ["a negative id", JSON.stringify({ ...good, ab: -1 }), ["vocab.json", '"ab"', "-1"]],
      ["an id beyond the model", JSON.stringify({ ...good, ab: 300 }), ["vocab.json", '"ab"', "300"]],
      ["an id twice", JSON.stringify({ ...good, ab: 257 }), ["vocab.json", "257", "another"]],
      ["no token for a byte", JSON.stringify({ ...good, Ġ: undefined }), ["vocab.json", "0x20"]],
      ["nothing", "{}", ["vocab.json", "0x00"]],
    ];
  for (const [what, content, words] of badVocabularies) {
    it(`is refused with ${what} in vocab.json`, async () => {
      await assert.rejects(load({ "vocab.json": content, "merges.txt": merges }), fails("invalidTokenizer", ...words));
    });
  }

  const badMerges: readonly (readonly [what: string, content: string, words: readonly string[]])[] = [
    ["one word on a line", "#version: 0.2\na b\nabc\n", ["merges.txt", "line 3", '"abc"']],
    ["three words on a line", "a b c\n", ["merges.txt", "line 1", '"a b c"']],
    ["an empty half", "a \n", ["merges.txt", "line 1"]],
    ["a comment in the middle", "a b\n#version: 0.2 x\n", ["merges.txt", "line 2"]],
    ["an unknown half", "#version: 0.2\na b\nab ☃\n", ["merges.txt", "line 3", '"☃"', "vocabulary"]],
    ["an unknown product", "#version: 0.2\r\nb a\r\n", ["merges.txt", "line 2", '"ba"', "vocabulary"]],
  ];
  for (const [what, content, words] of badMerges) {
    it(`is refused with ${what} in merges.txt`, async () => {
      const files = { "vocab.json": JSON.stringify(good), "merges.txt": content };
      await assert.rejects(load(files), fails("invalidTokenizer", ...words));
    });
  }

  it("must both be there", async () => {
    await assert.rejects(load({ "vocab.json": "{}" }), fails("invalidTokenizer", "merges.txt", "missing"));
    await assert.rejects(load({ "merges.txt": merges }), fails("invalidTokenizer", "vocab.json", "missing"));
  });

  it("must be files", async () => {
    await withFolder(async (folder) => {
      await mkdir(join(folder, "vocab.json"));
      await assert.rejects(
        loadTokenizer(folder, { vocabSize: 300, modelType: "gpt2" }),
        fails("invalidTokenizer", "vocab.json", "not a file"),
      );
    });
  });

  it("shorten the words they quote in errors", async () => {
    const files = { "vocab.json": JSON.stringify(good), "merges.txt": "x".repeat(100_000) };
    await assert.rejects(load(files), (error: Error) => error.message.length < 300);
  });
});

/** A tokenizer.json that cuts words by a regular expression. */
function split(Regex: string, model: unknown): unknown {
  return { pre_tokenizer: { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false }, model };
}

describe("tokenizer.json", () => {
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true };
  const model = { type: "BPE", vocab: good, merges: ["a b", "ab c"] };

  it("is read when vocab.json is not there", async () => {
    const json = JSON.stringify({ pre_tokenizer: byteLevel, model });
    assert.deepEqual(await encodes({ "tokenizer.json": json }, "abc"), [257]);
  });

  it("may keep special tokens in a list of their own", async () => {
    const added_tokens = [
      { id: 256, content: "ab", special: false },
      { id: 299, content: "<|endoftext|>", special: true },
    ];
    const json = JSON.stringify({ pre_tokenizer: byteLevel, model, added_tokens });
    const tokenizer = await load({ "tokenizer.json": json });
    assert.equal(tokenizer?.endOfTextId, 299);
    assert.deepEqual(tokenizer.encode("ab"), [256]);
    tokenizer.free();
    const clash = JSON.stringify({ pre_tokenizer: byteLevel, model, added_tokens: [{ id: 257, content: "<pad>" }] });
    await assert.rejects(load({ "tokenizer.json": clash }), fails("invalidTokenizer", '"<pad>"', "257"));
  });

  const broken: readonly (readonly [what: string, json: unknown, words: readonly string[]])[] = [
    ["no model", { pre_tokenizer: byteLevel }, ["model"]],
    ["no vocabulary", { model: { type: "BPE", merges: [] } }, ["model.vocab", "token to id"]],
    ["a merge that is a number", { pre_tokenizer: byteLevel, model: { ...model, merges: [7] } }, ["model.merges.0"]],
    ["an unknown model", { model: { ...model, type: "Oracle", vocab: good } }, ["model.type", "WordLevel"]],
    ["an unknown normalizer", { normalizer: { type: "Spell" }, model }, ["cannot be run", "Spell"]],
    ["an unknown pre-tokenizer", { pre_tokenizer: { type: "Cut" }, model }, ["cannot be run", "Cut"]],
    [
      "an unknown decoder",
      { decoder: { type: "Oracle" }, model, pre_tokenizer: null, normalizer: { type: "NFC" } },
      ["Oracle"],
    ],
    ["an id beyond the model", { normalizer: { type: "NFC" }, model: { ...model, vocab: { a: 300 } } }, ['"a"', "300"]],
    [
      "a word twice",
      {
        model: {
          type: "Unigram",
          vocab: [
            ["a", 0],
            ["a", 0],
          ],
        },
      },
      ["model.vocab.1", "twice"],
    ],
    ["a regular expression that is none", split("(", model), ["cannot be run"]],
  ];
  for (const [what, json, words] of broken) {
    it(`is refused with ${what}`, async () => {
      const loaded = load({ "tokenizer.json": JSON.stringify(json) });
      await assert.rejects(loaded, fails("invalidTokenizer", "tokenizer.json", ...words));
    });
  }

  it("names the merge at fault by its place", async () => {
    const json = JSON.stringify({ pre_tokenizer: byteLevel, model: { ...model, merges: ["a b", "b a"] } });
    await assert.rejects(load({ "tokenizer.json": json }), fails("invalidTokenizer", "model.merges.1", '"ba"'));
  });
});

describe("tiktoken_encoding in tokenizer_config.json", () => {
  it("must be one that there is, and fit the model", async () => {
    const named = (name: string) => load({ "tokenizer_config.json": JSON.stringify({ tiktoken_encoding: name }) });
    await assert.rejects(named("cl100k_base"), fails("invalidTokenizer", "tiktoken_encoding", "cl100k_base"));
    await assert.rejects(named("gpt2"), fails("invalidTokenizer", "50256", "300"));
  });

  it("is not needed: other settings alone name no vocabulary", async () => {
    assert.equal(await load({ "tokenizer_config.json": '{"model_max_length": 1024}' }), null);
  });
});
