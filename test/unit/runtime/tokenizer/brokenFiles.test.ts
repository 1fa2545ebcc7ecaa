/** Tokenizer files broken at random: each loads, or is refused by an error of ours that names a file; none hangs. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import fc from "fast-check";
import { RuntimeError } from "../../../../src/runtime/errors";
import { byteToChar } from "../../../../src/runtime/tokenizer/byteAlphabet";
import { loadTokenizer } from "../../../../src/runtime/tokenizer/loadTokenizer";
import { withFolder } from "../checkpoint/support";
import { readReference } from "./reference";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const bytes = Object.fromEntries(byteToChar.map((char, id) => [char, id]));
const byteLevel = JSON.stringify({ ...bytes, ab: 256 });

/** Loads a folder and uses its tokenizer on a few texts. Anything thrown must be ours. */
async function mustNotSurprise(files: Readonly<Record<string, string>>, modelType: "gpt2" | "openai-gpt") {
  await withFolder(async (folder) => {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    try {
      const tokenizer = await loadTokenizer(folder, { vocabSize: 600, modelType });
      if (tokenizer === null) return;
      for (const text of ["", "The tokens, añd <unk> 漢字 👍\r\n", "\u0000\ud800"]) {
        const ids = tokenizer.encode(text);
        tokenizer.places(text, ids);
        for (const id of ids) tokenizer.tokenBytes(id);
      }
      tokenizer.free();
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      assert.equal(error.code, "invalidTokenizer", error.message);
      assert.ok(/(json|txt)/.test(error.message) && error.message.includes(basename(folder)), error.message);
      assert.ok(error.message.length < 800, error.message);
    }
  });
}

/** What may stand in place of anything. */
const anything: fc.Arbitrary<Json> = fc.constantFrom<Json>(
  null,
  true,
  -1,
  0.5,
  1e300,
  "",
  "BPE",
  "ByteLevel",
  "Sequence",
  "▁",
  "<unk>",
  [],
  [[]],
  ["a", "b"],
  {},
  { type: "Sequence", normalizers: [null] },
  { type: "Metaspace" },
  { Regex: "[" },
  { Regex: "" },
  { String: "" },
);

/** Replaces or removes the value that `path` leads to, one number a level. */
function mutate(json: Json, path: readonly number[], value: Json | undefined): Json {
  const [step = 0, ...rest] = path;
  if (json === null || typeof json !== "object" || path.length === 0) return value ?? null;
  const keys = Object.keys(json);
  const key = keys[step % Math.max(1, keys.length)];
  if (key === undefined) return json;
  const entries = Object.entries(json).flatMap(([name, inner]): [string, Json][] => {
    if (name !== key) return [[name, inner]];
    if (rest.length === 0) return value === undefined ? [] : [[name, value]];
    return [[name, mutate(inner, rest, value)]];
  });
  return Array.isArray(json) ? entries.map(([, inner]) => inner) : Object.fromEntries(entries);
}

const change = fc.record({
  path: fc.array(fc.nat(40), { minLength: 1, maxLength: 4 }),
  value: fc.option(anything, { nil: undefined }),
});

describe("broken tokenizer files", () => {
  for (const [name, { json }] of readReference()) {
    it(`of a tokenizer.json never surprise: ${name}`, async function () {
      this.timeout(120_000);
      const source: Json = JSON.parse(JSON.stringify(json));
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
          const broken = changes.reduce((inner, { path, value }) => mutate(inner, path, value), source);
          await mustNotSurprise({ "tokenizer.json": JSON.stringify(broken) }, "gpt2");
        }),
        { numRuns: 80 },
      );
    });
  }

  it("never surprise when they are cut off or have bytes changed", async function () {
    this.timeout(120_000);
    const text = fc.oneof(
      fc.nat(byteLevel.length).map((length) => byteLevel.slice(0, length)),
      fc.constant(byteLevel),
      fc.json(),
      fc.string(),
    );
    const merges = fc.oneof(
      fc.constant("#version: 0.2\na b\n"),
      fc.string(),
      fc
        .array(fc.constantFrom("a b", "ab c", "a", " ", "\r", "#version: 0.2", "Ġ Ġ"), { maxLength: 5 })
        .map((lines) => lines.join("\n")),
    );
    const config = fc.oneof(
      fc.json(),
      fc.constant("{}"),
      fc.constantFrom("gpt2", "p50k_base", "o200k_base", 7).map((name) => JSON.stringify({ tiktoken_encoding: name })),
      anything.map((value) => JSON.stringify({ added_tokens_decoder: value })),
    );
    const kind = fc.constantFrom("gpt2" as const, "openai-gpt" as const);
    await fc.assert(
      fc.asyncProperty(
        text,
        merges,
        config,
        text,
        kind,
        fc.nat(15),
        async (vocab, lines, settings, added, type, which) => {
          const files = {
            "vocab.json": vocab,
            "merges.txt": lines,
            "tokenizer_config.json": settings,
            "added_tokens.json": added,
          };
          const kept = Object.entries(files).filter((_, i) => (which >> i) & 1 || i < 2);
          await mustNotSurprise(Object.fromEntries(kept), type);
        },
      ),
      { numRuns: 300 },
    );
  });
});
