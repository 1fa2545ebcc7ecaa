/** Names the rows that fine-tuning added to a vocabulary in the tokenizer's files, so that other programs can show them. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { invalidTokenizer } from "../errors";
import type { GPTConfig } from "../model/config";
import { readJsonFile } from "../textFile";
import { largestId } from "../tokenizer/vocabulary";
import { readTokenizerFiles, type TokenizerFiles } from "../tokenizer/vocabularyFiles";
import type { SpecialTokenIds } from "./classifierInfo";

/** Names of the three tokens. */
export const specialTokenNames = {
  start: "<|start|>",
  delimiter: "<|delimiter|>",
  extract: "<|extract|>",
} as const satisfies Readonly<Record<keyof SpecialTokenIds, string>>;

/**
 * Adds those of the three tokens that the tokenizer in `folder` does not name yet. They are special tokens, which no text of ours is
 * encoded to. Nothing is changed where the names would not get these ids in other programs: those count on from the last token, so that
 * a vocabulary with gaps, or with fewer names than the model has rows, keeps its rows without names.
 * @throws RuntimeError `invalidTokenizer`.
 */
export async function addSpecialTokens(
  folder: string,
  model: Pick<GPTConfig, "vocabSize" | "modelType">,
  special: SpecialTokenIds,
): Promise<void> {
  const files = await readTokenizerFiles(folder, model);
  if (files === null) return;
  const words = wordsOf(files);
  const roles = ["start", "delimiter", "extract"] as const;
  const added = roles
    .map((role) => ({ id: special[role], content: specialTokenNames[role] }))
    .filter(({ id }) => id >= words.size);
  const counted = added.every(({ id, content }, i) => id === words.size + i && !words.has(content));
  if (added.length === 0 || !counted || largestId(words.values()) >= words.size) return;
  await change(join(folder, "tokenizer.json"), addedTokensJson, (json) => ({
    ...json,
    added_tokens: [...json.added_tokens, ...added.map((token) => ({ ...token, ...flags }))],
  }));
  const decoder = Object.fromEntries(added.map(({ id, content }) => [String(id), { content, ...flags }]));
  await change(
    join(folder, "tokenizer_config.json"),
    decoderJson,
    (json) => ({ ...json, added_tokens_decoder: { ...json.added_tokens_decoder, ...decoder } }),
    {},
  );
}

/** Every token's name, with its id. */
function wordsOf(files: TokenizerFiles): ReadonlyMap<string, number> {
  switch (files.kind) {
    case "byteLevel":
      return new Map(Array.from(files.vocabulary.bytes, ([id, bytes]) => [Buffer.from(bytes).toString("latin1"), id]));
    case "gpt1":
      return files.vocabulary.ids;
    case "library":
      return files.json.words.ids;
    default:
      return files satisfies never;
  }
}

const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true } as const;

const addedTokensJson = z.looseObject({ added_tokens: z.array(z.unknown()).default([]) });
const decoderJson = z.looseObject({ added_tokens_decoder: z.record(z.string(), z.unknown()).default({}) });

/** Rewrites a JSON file; one that is not there is made from `absent`, or not at all. */
async function change<T>(
  file: string,
  schema: z.ZodType<T>,
  edit: (json: T) => unknown,
  absent?: unknown,
): Promise<void> {
  const fail = (problem: string) => invalidTokenizer(file, "", problem);
  const json = (await readJsonFile(file, 200_000_000, fail)) ?? absent;
  if (json === undefined) return;
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw fail(parsed.error.issues[0]?.message ?? "");
  await writeFile(file, `${JSON.stringify(edit(parsed.data), null, 2)}\n`);
}
