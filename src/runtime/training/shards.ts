/**
 * A text collection as tokens on disk: shards of the text that is trained on and of the text that is held out, each document followed by the
 * token that ends a text. They are written under a temporary name, so that a folder of shards is whole. Reading takes no more memory than
 * what is asked for.
 */
import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { cannotWrite, RuntimeError } from "../errors";
import { fileExists, readJsonFile } from "../textFile";
import { damaged, TokenFile, TokenFileWriter, tokenWidth } from "./tokenFile";

/** Parts of a text collection. */
export type TextSplit = "train" | "dev";

/** A text, and which part it belongs to. */
export interface SplitText {
  readonly text: string;
  readonly split: TextSplit;
}

/** How texts become tokens. */
export interface Tokenization {
  readonly encode: (text: string) => readonly number[];
  /** Put behind each text; none when null. */
  readonly endOfText: number | null;
  readonly vocabSize: number;
  /** SHA-256 of the vocabulary, hexadecimal. */
  readonly vocabulary: string;
}

/** Tokens a shard has at most, but for the end of its last document. */
const shardTokens = 1 << 26;
const indexName = "index.json";
const splits = ["train", "dev"] as const;

const splitForm = z.object({
  shards: z.array(z.object({ file: z.string().regex(/^[a-z]+-\d{5}\.tokens$/), tokens: z.int().min(0) })).max(100_000),
  tokens: z.int().min(0),
  documents: z.int().min(0),
});
const indexForm = z.object({
  version: z.literal(1),
  vocabulary: z.string().regex(/^[0-9a-f]{64}$/),
  train: splitForm,
  dev: splitForm,
});
type ShardIndex = z.infer<typeof indexForm>;

/**
 * Writes the folder, which must not exist, whole or not at all.
 * @throws RuntimeError `cannotWrite`, and what `texts` throws. Then nothing is left behind.
 */
export async function writeShards(
  folder: string,
  texts: AsyncIterable<SplitText>,
  tokenization: Tokenization,
  mostTokens = shardTokens,
): Promise<void> {
  const part = `${folder}.part-${randomUUID()}`;
  try {
    await mkdir(part, { recursive: true });
    const index = await writeAll(part, texts, tokenization, mostTokens);
    await writeFile(join(part, indexName), JSON.stringify(index), { flush: true });
    await rename(part, folder);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    if (error instanceof Error && "syscall" in error && !(error instanceof RuntimeError))
      throw cannotWrite(folder, error);
    throw error;
  }
}

async function writeAll(
  folder: string,
  texts: AsyncIterable<SplitText>,
  { encode, endOfText, vocabSize, vocabulary }: Tokenization,
  mostTokens: number,
): Promise<ShardIndex> {
  const form = { tokenBytes: tokenWidth(vocabSize), vocabulary };
  const writers = {
    train: new SplitWriter(folder, "train", form, mostTokens),
    dev: new SplitWriter(folder, "dev", form, mostTokens),
  };
  try {
    for await (const { text, split } of texts) {
      const ids = encode(text);
      await writers[split].append(endOfText === null ? ids : [...ids, endOfText]);
    }
    return { version: 1, vocabulary, train: await writers.train.close(), dev: await writers.dev.close() };
  } finally {
    for (const split of splits) await writers[split].abandon();
  }
}

/** The shards of one part. */
class SplitWriter {
  #current: TokenFileWriter | null = null;
  #documents = 0;
  readonly #shards: { readonly file: string; readonly tokens: number }[] = [];

  constructor(
    private readonly folder: string,
    private readonly split: TextSplit,
    private readonly form: Parameters<typeof TokenFileWriter.create>[1],
    private readonly mostTokens: number,
  ) {}

  async append(ids: readonly number[]): Promise<void> {
    this.#current ??= await TokenFileWriter.create(join(this.folder, this.#fileName()), this.form);
    await this.#current.append(ids);
    this.#documents++;
    if (this.#current.tokens >= this.mostTokens) await this.#closeShard();
  }

  async close(): Promise<z.infer<typeof splitForm>> {
    await this.#closeShard();
    const tokens = this.#shards.reduce((sum, shard) => sum + shard.tokens, 0);
    return { shards: this.#shards, tokens, documents: this.#documents };
  }

  async abandon(): Promise<void> {
    await this.#current?.abandon();
  }

  async #closeShard(): Promise<void> {
    const info = await this.#current?.close();
    if (info) this.#shards.push({ file: this.#fileName(), tokens: info.tokens });
    this.#current = null;
  }

  #fileName(): string {
    return `${this.split}-${String(this.#shards.length).padStart(5, "0")}.tokens`;
  }
}

/** Tokens and documents of each part. */
export interface ShardCounts {
  readonly tokens: number;
  readonly documents: number;
}

/** A folder of shards, open for reading. Close it when done. */
export class TokenShards {
  private constructor(
    /** SHA-256 of the vocabulary, hexadecimal. */
    readonly vocabulary: string,
    readonly counts: Readonly<Record<TextSplit, ShardCounts>>,
    private readonly files: Readonly<Record<TextSplit, readonly TokenFile[]>>,
  ) {}

  /** Null when there is no such folder. Throws `invalidDataset` when something is wrong with it. */
  static async open(folder: string): Promise<TokenShards | null> {
    if (!(await fileExists(folder))) return null;
    const path = join(folder, indexName);
    const json = await readJsonFile(path, 1 << 24, (problem) => damaged(path, problem));
    const parsed = indexForm.safeParse(json);
    if (!parsed.success) throw damaged(path, parsed.error.issues[0]?.message ?? "");
    const index = parsed.data;
    const opened: TokenFile[] = [];
    try {
      const files = {
        train: await openSplit(folder, index, "train", opened),
        dev: await openSplit(folder, index, "dev", opened),
      };
      return new TokenShards(index.vocabulary, { train: index.train, dev: index.dev }, files);
    } catch (error) {
      for (const file of opened) await file.close();
      throw error;
    }
  }

  /** `length` tokens of a part from the `start`-th on; fewer where it ends. */
  async read(split: TextSplit, start: number, length: number): Promise<Int32Array> {
    const result = new Int32Array(Math.max(0, Math.min(length, this.counts[split].tokens - start)));
    let first = 0;
    for (const file of this.files[split]) {
      const from = Math.max(start, first);
      const to = Math.min(start + result.length, first + file.info.tokens);
      if (from < to) await file.read(from - first, result.subarray(from - start, to - start));
      first += file.info.tokens;
    }
    return result;
  }

  async close(): Promise<void> {
    for (const split of splits) for (const file of this.files[split]) await file.close();
  }
}

async function openSplit(
  folder: string,
  index: ShardIndex,
  split: TextSplit,
  opened: TokenFile[],
): Promise<TokenFile[]> {
  const files: TokenFile[] = [];
  let total = 0;
  for (const { file, tokens } of index[split].shards) {
    const shard = await TokenFile.open(join(folder, file));
    opened.push(shard);
    files.push(shard);
    total += tokens;
    if (shard.info.tokens !== tokens || shard.info.vocabulary !== index.vocabulary)
      throw damaged(join(folder, file), indexName);
  }
  if (total !== index[split].tokens) throw damaged(join(folder, indexName), split);
  return files;
}
