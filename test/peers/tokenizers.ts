/** Our tokenizers against those of Hugging Face's transformers, on random texts. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { longRandom } from "../../src/runtime/random";
import { loadTokenizer } from "../../src/runtime/tokenizer/loadTokenizer";
import { gptw } from "../unit/runtime/cli/fakeTerminal";
import { randomText } from "./randomText";

const root = join(__dirname, "../..");
const encodings = z.array(z.object({ ids: z.array(z.int()), places: z.array(z.tuple([z.int(), z.int()])) }));
const reference = z.object({
  tokenizers: z.object({
    gpt1: z.object({
      json: z.object({
        model: z.object({ vocab: z.record(z.string(), z.int()), merges: z.array(z.tuple([z.string(), z.string()])) }),
      }),
    }),
  }),
});

/** The family of the tokenizer. */
export type TokenizerFamily = "gpt2" | "openai-gpt";

/**
 * Below this, Unicode's categories are what they were in version 8, which the peer's GPT-1 tokenizer knows: ours, of Node.js, is
 * newer, and takes later characters for letters or marks where the peer sees none. Byte-level tokens agree on all of Unicode.
 */
const oldCharacters = 0x600;

/** Makes a model in `folder` with `gptw create` and compares what it and `peer` make of the same texts. */
export async function compareTokenizer(
  family: TokenizerFamily,
  folder: string,
  seed: number,
  peer: (texts: readonly string[]) => unknown,
): Promise<void> {
  const vocabSize = await createModel(family, folder);
  const random = longRandom(seed);
  const limit = family === "gpt2" ? 0x110000 : oldCharacters;
  const texts = Array.from({ length: 600 }, () => randomText(random, limit));
  const theirs = encodings.parse(peer(texts));
  const tokenizer = await loadTokenizer(folder, { modelType: family, vocabSize });
  assert.ok(tokenizer);
  for (const [i, text] of texts.entries()) {
    const ids = tokenizer.encode(text);
    assert.deepEqual(ids, theirs[i]?.ids, JSON.stringify(text));
    // GPT-1's differ by intent: ours hold the accents that were taken off.
    if (family !== "gpt2") continue;
    const ours: number[][] = tokenizer.places(text, ids).map(({ start, end }) => [start, end]);
    assert.deepEqual(ours, inUnits(text, theirs[i]?.places ?? []), JSON.stringify(text));
  }
  tokenizer.free();
}

/** Returns the size of its vocabulary. */
async function createModel(family: TokenizerFamily, folder: string): Promise<number> {
  const source = family === "gpt2" ? join(root, "media/models/starter") : writeGPT1(`${folder}-source`);
  const vocab = z.record(z.string(), z.int()).parse(JSON.parse(readFileSync(join(source, "vocab.json"), "utf8")));
  const vocabSize = Object.keys(vocab).length;
  const config = `${folder}.json`;
  const sizes = { n_layer: 1, n_head: 1, n_embd: 8, n_positions: 16, vocab_size: vocabSize };
  writeFileSync(config, JSON.stringify({ model_type: family, ...sizes }));
  const { code, err } = await gptw(["create", "--config", config, "--tokenizer", source, folder]);
  assert.equal(code, 0, err);
  return vocabSize;
}

/** A GPT-1 tokenizer's files, of the vocabulary that the unit tests have. */
function writeGPT1(folder: string): string {
  const file = join(root, "test/unit/runtime/tokenizer/reference.json");
  const { vocab, merges } = reference.parse(JSON.parse(readFileSync(file, "utf8"))).tokenizers.gpt1.json.model;
  mkdirSync(folder);
  writeFileSync(join(folder, "vocab.json"), JSON.stringify(vocab));
  writeFileSync(join(folder, "merges.txt"), ["#version: 0.2", ...merges.map((pair) => pair.join(" ")), ""].join("\n"));
  return folder;
}

/** Places in code points as places in UTF-16 units. */
function inUnits(text: string, places: readonly (readonly [number, number])[]) {
  const units = [0];
  for (const character of text) units.push((units.at(-1) ?? 0) + character.length);
  return places.map(([start, end]) => [units[start], units[end]]);
}
