/**
 * A shard of tokens on disk: a header of 64 bytes, then the tokens, little-endian. The header holds the magic `GPTWTOKS`, the version
 * (uint32), bytes a token (uint32: 2 or 4), how many tokens (uint64), documents (uint64) and the SHA-256 of the vocabulary. What is read
 * is not trusted: every length is checked against the file's.
 */
import { type FileHandle, open } from "node:fs/promises";
import * as l10n from "@vscode/l10n";
import { cannotWrite, invalidDataset, RuntimeError } from "../errors";

const magic = "GPTWTOKS";
const version = 1;
const headerBytes = 64;
/** Bytes that are written at a time. */
const pieceBytes = 1 << 20;

/** What a shard is, by its header. */
export interface TokenFileInfo {
  readonly tokens: number;
  readonly documents: number;
  readonly tokenBytes: 2 | 4;
  /** SHA-256 of the vocabulary, hexadecimal. */
  readonly vocabulary: string;
}

/** Bytes that a token of such a vocabulary takes. */
export function tokenWidth(vocabSize: number): 2 | 4 {
  return vocabSize <= 0x1_0000 ? 2 : 4;
}

/** A shard that is being written. Methods throw `cannotWrite`. */
export class TokenFileWriter {
  #tokens = 0;
  #documents = 0;
  #used = 0;
  readonly #piece = Buffer.alloc(pieceBytes);

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    private readonly form: Pick<TokenFileInfo, "tokenBytes" | "vocabulary">,
  ) {}

  static async create(path: string, form: Pick<TokenFileInfo, "tokenBytes" | "vocabulary">): Promise<TokenFileWriter> {
    return writing(path, async () => {
      const handle = await open(path, "wx");
      await handle.write(new Uint8Array(headerBytes), 0, headerBytes, 0);
      return new TokenFileWriter(path, handle, form);
    });
  }

  get tokens(): number {
    return this.#tokens;
  }

  /** Appends a document, or the end of one. */
  async append(ids: readonly number[]): Promise<void> {
    const { tokenBytes } = this.form;
    for (const id of ids) {
      if (this.#used + tokenBytes > pieceBytes) await this.#flush();
      this.#piece.writeUIntLE(id, this.#used, tokenBytes);
      this.#used += tokenBytes;
      this.#tokens++;
    }
    this.#documents++;
  }

  /** Writes the header, and has all of it on the disk. */
  async close(): Promise<TokenFileInfo> {
    await this.#flush();
    const info = { tokens: this.#tokens, documents: this.#documents, ...this.form };
    return writing(this.path, async () => {
      await this.handle.write(encodeHeader(info), 0, headerBytes, 0);
      await this.handle.sync();
      await this.handle.close();
      return info;
    });
  }

  /** Closes the file without a header: it is no shard. */
  async abandon(): Promise<void> {
    await this.handle.close().catch(() => undefined);
  }

  async #flush(): Promise<void> {
    const position = headerBytes + this.#tokens * this.form.tokenBytes - this.#used;
    await writing(this.path, () => this.handle.write(this.#piece, 0, this.#used, position));
    this.#used = 0;
  }
}

function encodeHeader({ tokens, documents, tokenBytes, vocabulary }: TokenFileInfo): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.write(magic, 0, "latin1");
  header.writeUInt32LE(version, 8);
  header.writeUInt32LE(tokenBytes, 12);
  header.writeBigUInt64LE(BigInt(tokens), 16);
  header.writeBigUInt64LE(BigInt(documents), 24);
  header.write(vocabulary, 32, "hex");
  return header;
}

/** A shard, open for reading. */
export class TokenFile {
  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
    readonly info: TokenFileInfo,
  ) {}

  /** Throws `invalidDataset` for what is no whole shard. */
  static async open(path: string): Promise<TokenFile> {
    const handle = await open(path, "r").catch((error: unknown) => {
      throw damaged(path, error instanceof Error ? error.message : String(error));
    });
    try {
      return new TokenFile(path, handle, await readHeader(path, handle));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Puts the tokens from `start` on into `target`. Throws `invalidDataset` when the file has shrunk. */
  async read(start: number, target: Int32Array): Promise<void> {
    const { tokenBytes } = this.info;
    const bytes = Buffer.alloc(target.length * tokenBytes);
    const { bytesRead } = await this.handle.read(bytes, 0, bytes.length, headerBytes + start * tokenBytes);
    if (bytesRead !== bytes.length) throw damaged(this.path, l10n.t("it is shorter than its header says"));
    for (let i = 0; i < target.length; i++) target[i] = bytes.readUIntLE(i * tokenBytes, tokenBytes);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

async function readHeader(path: string, handle: FileHandle): Promise<TokenFileInfo> {
  const header = Buffer.alloc(headerBytes);
  const { bytesRead } = await handle.read(header, 0, headerBytes, 0);
  if (bytesRead !== headerBytes || header.toString("latin1", 0, 8) !== magic)
    throw damaged(path, l10n.t("it is no file of tokens"));
  if (header.readUInt32LE(8) !== version) throw damaged(path, l10n.t("its version is unknown"));
  const tokenBytes = header.readUInt32LE(12);
  if (tokenBytes !== 2 && tokenBytes !== 4) throw damaged(path, l10n.t("its tokens are of no known size"));
  const [tokens, documents] = [Number(header.readBigUInt64LE(16)), Number(header.readBigUInt64LE(24))];
  const { size } = await handle.stat();
  if (size !== headerBytes + tokens * tokenBytes) throw damaged(path, l10n.t("it is not as long as its header says"));
  return { tokens, documents, tokenBytes, vocabulary: header.toString("hex", 32, 64) };
}

/** A file of tokens that is not as it was written. */
export function damaged(path: string, problem: string): RuntimeError {
  const hint = l10n.t("Delete the run's folder and start it again.");
  return invalidDataset(path, 0, l10n.t("The tokens cannot be read: {0}.", problem), hint);
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RuntimeError) throw error;
    throw cannotWrite(path, error);
  }
}
