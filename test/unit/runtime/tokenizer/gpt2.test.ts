import assert from "node:assert/strict";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import p50k from "tiktoken/encoders/p50k_base.json";
import { Tiktoken } from "tiktoken/lite";
import { loadTokenizer } from "../../../../src/runtime/tokenizer/loadTokenizer";
import type { Tokenizer } from "../../../../src/runtime/tokenizer/tokenizer";
import { fails, root, withFolder } from "../checkpoint/support";
import { loadReference, referenceDecode, referenceEncode } from "./referenceBpe";
import { anyText, hardTexts } from "./texts";

const starter = join(root, "media/models/starter");

async function load(folder: string, limit: number): Promise<Tokenizer> {
  const tokenizer = await loadTokenizer(folder, { vocabSize: limit, modelType: "gpt2" });
  assert.ok(tokenizer);
  return tokenizer;
}

function decode(tokenizer: Tokenizer, ids: readonly number[]): Buffer {
  return Buffer.concat(ids.map((id) => tokenizer.tokenBytes(id)));
}

describe("the starter's tokenizer", () => {
  const reference = loadReference(starter);
  let tokenizer: Tokenizer;
  before(async () => {
    tokenizer = await load(starter, 8192);
  });
  after(() => tokenizer.free());

  for (const [what, text] of Object.entries(hardTexts)) {
    it(`agrees with a plain merge loop, and gives the bytes back: ${what}`, () => {
      const ids = tokenizer.encode(text);
      assert.deepEqual(ids, referenceEncode(reference, text));
      assert.deepEqual(decode(tokenizer, ids), Buffer.from(text));
      assert.deepEqual(referenceDecode(reference, ids), Buffer.from(text));
    });
  }

  it("agrees with a plain merge loop on any text", () => {
    const agrees = fc.property(anyText, (text) => {
      const ids = tokenizer.encode(text);
      assert.deepEqual(ids, referenceEncode(reference, text));
      assert.deepEqual(decode(tokenizer, ids), Buffer.from(text));
    });
    fc.assert(agrees, { numRuns: 1500 });
  });

  it("encodes a special token's name as ordinary text", () => {
    const ids = tokenizer.encode("a<|endoftext|>b");
    assert.ok(!ids.includes(8191));
    assert.equal(tokenizer.endOfTextId, 8191);
    assert.equal(Buffer.from(tokenizer.tokenBytes(8191)).toString(), "<|endoftext|>");
  });

  it("refuses ids that are none", () => {
    for (const id of [-1, 8192, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => tokenizer.tokenBytes(id), fails("invalidTokenIds", String(id), "8191"));
    }
  });

  it("takes a million characters of one kind in a few seconds, where tiktoken overflows", function () {
    this.timeout(240_000);
    for (const unit of ["a", "\n", "漢"]) {
      const text = `x = ${unit.repeat(1_000_000)}; y`;
      assert.equal(decode(tokenizer, tokenizer.encode(text)).compare(Buffer.from(text)), 0);
    }
    assert.deepEqual(tokenizer.encode("Hello"), referenceEncode(reference, "Hello"));
  });

  it("encodes long runs as a plain merge loop does", () => {
    const runs = fc.tuple(
      fc.constantFrom("a", "ab", " ", "\n", " \n", "=", "é", "9", "\t"),
      fc.integer({ min: 500, max: 700 }),
    );
    const agrees = fc.property(
      fc.array(fc.oneof(runs, fc.tuple(anyText, fc.constant(1))), { maxLength: 3 }),
      (parts) => {
        const text = parts.map(([unit, count]) => unit.repeat(count)).join("");
        assert.deepEqual(tokenizer.encode(text), referenceEncode(reference, text));
      },
    );
    fc.assert(agrees, { numRuns: 40 });
  });

  it("encodes a megabyte of ordinary text", function () {
    this.timeout(240_000);
    const text = Object.values(hardTexts).join("\n").repeat(1000);
    assert.equal(decode(tokenizer, tokenizer.encode(text)).compare(Buffer.from(text)), 0);
  });
});

describe("GPT-2's own encoding", () => {
  let tokenizer: Tokenizer;
  before(async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "tokenizer_config.json"), '{"tiktoken_encoding": "gpt2"}');
      tokenizer = await load(folder, 50_257);
    });
  });
  after(() => tokenizer.free());

  // Ids of openai/gpt-2's own encoder, as printed in its and Hugging Face's documentation.
  const known: Readonly<Record<string, readonly number[]>> = {
    "Hello world": [15_496, 995],
    " the": [262],
    "Hello, my dog is cute": [15_496, 11, 616, 3290, 318, 13_779],
    "\n\n": [628],
    "<|endoftext|>": [27, 91, 437, 1659, 5239, 91, 29],
  };
  for (const [text, ids] of Object.entries(known)) {
    it(`encodes ${JSON.stringify(text)}`, () => assert.deepEqual(tokenizer.encode(text), ids));
  }

  it("has 50,257 tokens, the last of which ends a text", () => {
    assert.equal(tokenizer.vocabSize, 50_257);
    assert.equal(tokenizer.endOfTextId, 50_256);
    assert.equal(Buffer.from(tokenizer.tokenBytes(262)).toString(), " the");
  });

  it("gives every text's bytes back", () => {
    fc.assert(
      fc.property(anyText, (text) => assert.deepEqual(decode(tokenizer, tokenizer.encode(text)), Buffer.from(text))),
    );
  });

  it("encodes long runs as tiktoken encodes short ones", () => {
    assert.deepEqual(new Set(tokenizer.encode("a".repeat(4096))), new Set(tokenizer.encode("aaaa".repeat(100))));
  });
});

describe("tiktoken's p50k_base", () => {
  let tokenizer: Tokenizer;
  before(async () => {
    await withFolder(async (folder) => {
      await writeFile(join(folder, "tokenizer_config.json"), '{"tiktoken_encoding": "p50k_base"}');
      tokenizer = await load(folder, 50_281);
    });
  });
  after(() => tokenizer.free());

  it("is made from GPT-2's as tiktoken has it", () => {
    const reference = new Tiktoken(p50k.bpe_ranks, p50k.special_tokens, p50k.pat_str);
    fc.assert(
      fc.property(anyText, fc.nat(60), (text, spaces) => {
        const indented = `${text}\n${" ".repeat(spaces)}x`;
        const ids = tokenizer.encode(indented);
        assert.deepEqual(ids, [...reference.encode_ordinary(Buffer.from(indented).toString())]);
        assert.deepEqual(decode(tokenizer, ids), Buffer.from(indented));
      }),
    );
    for (let id = 0; id < 50_281; id++) {
      if (id === 50_256) continue;
      assert.deepEqual(Buffer.from(tokenizer.tokenBytes(id)), Buffer.from(reference.decode_single_token_bytes(id)));
    }
    reference.free();
  });

  it("has runs of spaces, and GPT-2's end of text before them", () => {
    assert.equal(tokenizer.vocabSize, 50_281);
    assert.equal(tokenizer.endOfTextId, 50_256);
    assert.equal(Buffer.from(tokenizer.tokenBytes(50_280)).toString(), " ".repeat(25));
  });
});

describe("loadTokenizer", () => {
  it("is null for a folder without tokenizer files", async () => {
    assert.equal(await withFolder((folder) => loadTokenizer(folder, { vocabSize: 100, modelType: "gpt2" })), null);
  });

  it("can be freed twice, and is dead then, while another lives", async () => {
    const [tokenizer, other] = [await load(starter, 8192), await load(starter, 8192)];
    tokenizer.free();
    tokenizer.free();
    assert.throws(() => tokenizer.encode("a"));
    assert.equal(decode(other, other.encode("abc")).toString(), "abc");
    other.free();
  });

  it("gives no bytes for ids that only the padded embedding has", async () => {
    const tokenizer = await load(starter, 8256);
    assert.equal(tokenizer.tokenBytes(8255).length, 0);
    assert.throws(() => tokenizer.tokenBytes(8256), fails("invalidTokenIds"));
    tokenizer.free();
  });

  it("keeps ids that are in another order than the merges", async () => {
    const reference = loadReference(starter);
    // Multiplying by an odd number permutes the ids modulo 8192.
    const shuffled = new Map([...reference.vocab].map(([word, id]) => [word, (id * 4097 + 11) % 8192]));
    await withFolder(async (folder) => {
      await writeFile(join(folder, "vocab.json"), JSON.stringify(Object.fromEntries(shuffled)));
      await cp(join(starter, "merges.txt"), join(folder, "merges.txt"));
      const tokenizer = await load(folder, 8192);
      for (const text of Object.values(hardTexts)) {
        assert.deepEqual(tokenizer.encode(text), referenceEncode({ ...reference, vocab: shuffled }, text));
      }
      assert.equal(tokenizer.endOfTextId, (8191 * 4097 + 11) % 8192);
      tokenizer.free();
    });
  });

  it("reads the same from tokenizer.json", async () => {
    const { vocab, ranks } = loadReference(starter);
    const pairs = [...ranks.keys()].map((line) => line.split(" "));
    for (const merges of [[...ranks.keys()], pairs]) {
      await withFolder(async (folder) => {
        const json = {
          normalizer: null,
          pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
          model: { type: "BPE", dropout: null, vocab: Object.fromEntries(vocab), merges },
        };
        await writeFile(join(folder, "tokenizer.json"), JSON.stringify(json));
        const tokenizer = await load(folder, 8192);
        const text = Object.values(hardTexts).join("");
        assert.deepEqual(tokenizer.encode(text), referenceEncode({ vocab, ranks }, text));
        tokenizer.free();
      });
    }
  });
});
