/** What a model folder says of its tokenizer besides the vocabulary: tokenizer_config.json and added_tokens.json. */
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidTokenizer } from "../errors";
import { readJsonFile } from "../textFile";
import { addWords, type VocabularyWords } from "./vocabulary";
import { parseWords } from "./words";

/** The two files, checked. */
export interface TokenizerConfig {
  /** tokenizer_config.json, to name in errors. */
  readonly file: string;
  /** tiktoken's name of an encoding, for models that have no vocabulary file. */
  readonly encoding: string | null;
  /** `OpenAIGPTTokenizer`, `GPT2Tokenizer` and so on, without `Fast`. */
  readonly tokenizerClass: string | null;
  /** Tokens that were added to the vocabulary, such as `<|endoftext|>` or `[PAD]`. */
  readonly added: VocabularyWords;
}

/** Reads both files; what is not there says nothing. Throws `invalidTokenizer`, naming file and key. */
export async function readTokenizerConfig(folder: string): Promise<TokenizerConfig> {
  const file = join(folder, "tokenizer_config.json");
  const { tiktoken_encoding, tokenizer_class, added_tokens_decoder } = parseConfig(await readJson(file), file);
  const listed = Object.entries(added_tokens_decoder ?? {}).map(([id, { content }]) => [content, Number(id)] as const);
  return {
    file,
    encoding: tiktoken_encoding ?? null,
    tokenizerClass: tokenizer_class?.replace(/Fast$/, "") ?? null,
    added: addWords(await readAddedTokens(folder), { file, ids: new Map(listed) }),
  };
}

/** Real files take some thousand bytes, or with many added tokens some hundred thousand. */
const maxBytes = 20_000_000;

const configJson = z.object({
  tiktoken_encoding: z.string().nullish(),
  tokenizer_class: z.string().nullish(),
  added_tokens_decoder: z.record(z.string().regex(/^\d{1,9}$/), z.object({ content: z.string() })).nullish(),
});

function parseConfig(json: unknown, file: string): z.infer<typeof configJson> {
  const parsed = configJson.safeParse(json ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalidTokenizer(file, issue?.path.join(".") ?? "", issue?.message ?? l10n.t("is not a JSON object"));
}

async function readAddedTokens(folder: string): Promise<VocabularyWords> {
  const file = join(folder, "added_tokens.json");
  const json = await readJson(file);
  return json === undefined ? { file, ids: new Map() } : parseWords(json, file);
}

function readJson(file: string): Promise<unknown> {
  return readJsonFile(file, maxBytes, (problem) => invalidTokenizer(file, "", problem));
}
