import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { cleanWords } from "../../../../src/runtime/tokenizer/gpt1Text";
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

const reference = readReference().get("gpt1") ?? assert.fail();
const { vocab, merges = [] } = reference.json.model;
const gpt1 = { vocabSize: 500, modelType: "openai-gpt" } as const;

const files = {
  "vocab.json": JSON.stringify(vocab),
  "merges.txt": `#version: 0.2\n${merges.map((pair) => `${pair.join(" ")}\n`).join("")}`,
};

async function load(content: Readonly<Record<string, string>>, model: Parameters<typeof loadTokenizer>[1] = gpt1) {
  return withFolder(async (folder) => {
    for (const [name, text] of Object.entries(content)) await writeFile(join(folder, name), text);
    const tokenizer = await loadTokenizer(folder, model);
    assert.ok(tokenizer);
    return tokenizer;
  });
}

const text = (tokenizer: Tokenizer, ids: readonly number[]) => decodeTokens(tokenizer, ids).text;

describe("GPT-1's tokenizer", () => {
  let tokenizer: Tokenizer;
  before(async () => {
    tokenizer = await load(files);
  });

  for (const { text: source, ids, places, decoded } of reference.cases) {
    it(`agrees with Hugging Face's: ${JSON.stringify(source.slice(0, 40))}`, () => {
      assert.deepEqual(tokenizer.encode(source), ids);
      tokenizer.places(source, ids).forEach(({ start, end }, i) => {
        const expected = places[i] ?? assert.fail();
        assert.equal(start, expected.start);
        // An accent that is dropped belongs to its letter here.
        assert.match(source.slice(expected.end, end), /^\p{Mn}*$/u);
      });
      // Here the last word ends with a blank too: what follows is another word.
      assert.equal(text(tokenizer, ids).replace(/ $/, ""), decoded);
    });
  }

  it("is the same from tokenizer.json, whatever the model", async () => {
    const other = await load(
      { "tokenizer.json": JSON.stringify(reference.json) },
      { vocabSize: 500, modelType: "gpt2" },
    );
    for (const source of Object.values(hardTexts)) {
      const ids = tokenizer.encode(source);
      assert.deepEqual(other.encode(source), ids);
      assert.deepEqual(other.places(source, ids), tokenizer.places(source, ids));
    }
  });

  it("places the tokens of any text", () => {
    fc.assert(
      fc.property(anyText, (source) => assertPlaces(tokenizer, source)),
      { numRuns: 1500 },
    );
  });

  it("cleans its own output up to itself", () => {
    const known = fc.string({ unit: fc.constantFrom(..."abcdeghilmnorstu ABEÉö,.\n\u0301") });
    const again = fc.property(known, (source) => {
      const shown = text(tokenizer, tokenizer.encode(source));
      fc.pre(!shown.includes("<unk>"));
      assert.equal(text(tokenizer, tokenizer.encode(shown)), shown);
    });
    fc.assert(again, { numRuns: 500 });
  });

  it("covers every letter of the text, once", () => {
    fc.assert(
      fc.property(anyText, (source) => {
        const words = [...cleanWords(source)];
        const covered = tokenSpans(tokenizer, source, tokenizer.encode(source));
        const letters = words.flatMap(({ starts }) => [...starts]);
        for (const at of letters) assert.ok(covered.some(({ start, end }) => start <= at && at < end));
      }),
    );
  });

  it("drops lone surrogates, controls and joiners, and takes CRLF for a blank", () => {
    const same = (a: string, b: string) => assert.deepEqual(tokenizer.encode(a), tokenizer.encode(b));
    same("the\ud800 text", "the text");
    same("th\u0000e\u200d te\ufffdxt\u007f", "the text");
    same("the\r\n\r\ntext\r\n", "the text");
    same("THE TÉXT", "the text");
    assert.deepEqual(tokenizer.encode(" \r\n\u0000\u0301"), []);
  });

  it("gives a blank at a word's end, so that words stream apart", () => {
    const ids = tokenizer.encode("the tokens, of");
    assert.equal(text(tokenizer, ids), "the tokens , of ");
    assert.equal(Buffer.from(tokenizer.tokenBytes(ids[0] ?? -1)).toString(), "the ");
    assert.equal(joint(tokenizer, "the", tokenizer.encode("the")), " ");
    assert.equal(joint(tokenizer, "the ", tokenizer.encode("the ")), "");
    assert.equal(joint(tokenizer, "the\n", tokenizer.encode("the\n")), "");
  });

  it("counts the bytes of the text that is predicted, not of the tokens", () => {
    const source = "The TÉXTS  of Köln.";
    const spans = tokenSpans(tokenizer, source, tokenizer.encode(source));
    const first = spans[0]?.end ?? 0;
    assert.equal(predictedBytes(tokenizer, source, spans), Buffer.byteLength(source.slice(first)));
    assert.equal(predictedBytes(tokenizer, source, spans.slice(0, 1)), 0);
    const decoded = decodeTokens(tokenizer, tokenizer.encode("the of"));
    assert.equal(predictedBytes(tokenizer, null, decoded.spans), 3);
  });

  it("encodes special names as ordinary text, and has no end of text", () => {
    assert.equal(tokenizer.endOfTextId, null);
    assert.ok(tokenizer.encode("<unk>").length > 1);
  });

  it("refuses tokens that are longer than the text, and ids that are none", () => {
    assert.throws(() => tokenizer.places("the", [1, 2, 3]), RangeError);
    assert.throws(() => tokenizer.tokenBytes(500), fails("invalidTokenIds", "500"));
    assert.equal(tokenizer.tokenBytes(499).length, 0);
  });

  it("takes a million letters without a blank, and a megabyte of text, in a few seconds", function () {
    this.timeout(120_000);
    assertPlaces(tokenizer, "the".repeat(330_000));
    assertPlaces(tokenizer, Object.values(hardTexts).join("\n").repeat(800));
  });
});

describe("loading GPT-1's tokenizer", () => {
  it("reads added tokens, from either file", async () => {
    const added = await load({ ...files, "added_tokens.json": '{"<|endoftext|>": 480}' });
    assert.equal(added.endOfTextId, 480);
    const config = JSON.stringify({ added_tokens_decoder: { 481: { content: "<|endoftext|>", special: true } } });
    assert.equal((await load({ ...files, "tokenizer_config.json": config })).endOfTextId, 481);
  });

  it("follows the tokenizer's class where it is named", async () => {
    const named = (name: string) => ({ ...files, "tokenizer_config.json": JSON.stringify({ tokenizer_class: name }) });
    const tokenizer = await load(named("OpenAIGPTTokenizerFast"), { vocabSize: 500, modelType: "gpt2" });
    assert.deepEqual(tokenizer.encode("THE"), tokenizer.encode("the"));
    await assert.rejects(load(named("GPT2Tokenizer")), fails("invalidTokenizer", "0x00"));
  });

  const bad: readonly (readonly [what: string, changed: Readonly<Record<string, string>>, words: readonly string[]])[] =
    [
      ["no unknown token", { "vocab.json": "{}", "merges.txt": "" }, ["vocab.json", '"<unk>"']],
      ["an id beyond the model", { "vocab.json": '{"<unk>": 500}' }, ["vocab.json", '"<unk>"', "500"]],
      ["a merge of unknown words", { "vocab.json": '{"<unk>": 0}' }, ["merges.txt", "line 2", "not in the vocabulary"]],
      ["a merge that is none", { "merges.txt": "#version: 0.2\nt h\nthe\n" }, ["merges.txt", "line 3", '"the"']],
      [
        "an added token of another id",
        { "added_tokens.json": '{"<unk>": 490}' },
        ["added_tokens.json", '"<unk>"', "490"],
      ],
      ["an added token of a taken id", { "added_tokens.json": '{"<new>": 3}' }, ['"<new>"', "3"]],
      ["an added token beyond the model", { "added_tokens.json": '{"<new>": 500}' }, ['"<new>"', "500"]],
      ["added tokens that are a list", { "added_tokens.json": "[]" }, ["added_tokens.json", "object"]],
      [
        "an added token without a name",
        { "tokenizer_config.json": '{"added_tokens_decoder": {"1": {}}}' },
        ["added_tokens_decoder.1.content"],
      ],
    ];
  for (const [what, changed, words] of bad) {
    it(`is refused with ${what}`, async () => {
      await assert.rejects(load({ ...files, ...changed }), fails("invalidTokenizer", ...words));
    });
  }
});
