/** Makes safetensors files and folders for tests. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RuntimeError, type RuntimeErrorCode } from "../../../../src/runtime/errors";

/** The project's folder. */
export const root = join(__dirname, "../../../..");

/** A folder under test/fixtures. */
export function fixture(name: string): string {
  return join(root, "test/fixtures", name);
}

/** The bytes of a safetensors file: length, header, data. */
export function safetensorsBytes(header: unknown, data: Uint8Array = new Uint8Array()): Buffer {
  return withHeaderText(JSON.stringify(header), data);
}

/** As `safetensorsBytes`, from the header's text. */
export function withHeaderText(header: string, data: Uint8Array = new Uint8Array()): Buffer {
  const text = Buffer.from(header);
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([prefix, text, data]);
}

/** Float32 tensors laid out one after the other, as a whole file. */
export function safetensorsOf(tensors: Readonly<Record<string, readonly number[]>>, dtype = "F32", bytes = 4): Buffer {
  // Without a prototype: there a tensor called __proto__ is one like any other.
  const header: Record<string, unknown> = Object.create(null);
  let end = 0;
  for (const [name, shape] of Object.entries(tensors)) {
    const begin = end;
    end += bytes * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype, shape, data_offsets: [begin, end] };
  }
  return safetensorsBytes(header, new Uint8Array(end));
}

/** Runs `use` with a new folder, and deletes it afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "gptw-test-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** For assert.rejects and assert.throws: a RuntimeError of this code whose message has all of `words`. */
export function fails(code: RuntimeErrorCode, ...words: readonly string[]): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof RuntimeError, `expected a RuntimeError, got ${String(error)}`);
    assert.equal(error.code, code, error.message);
    for (const word of words) assert.ok(error.message.includes(word), `"${error.message}" lacks "${word}"`);
    return true;
  };
}
