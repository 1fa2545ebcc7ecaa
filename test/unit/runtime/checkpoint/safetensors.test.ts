import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  openSafetensors,
  parseSafetensorsHeader,
  readHeaderLength,
  readTensor,
  type SafetensorsFile,
} from "../../../../src/runtime/checkpoint/safetensors";
import { fails, fixture, safetensorsBytes, safetensorsOf, withFolder, withHeaderText } from "./support";

/** Opens these bytes as a file on disk. */
async function openBytes(bytes: Uint8Array): Promise<SafetensorsFile> {
  return withFolder(async (folder) => {
    const path = join(folder, "model.safetensors");
    await writeFile(path, bytes);
    return openSafetensors(path);
  });
}

function parseHeader(header: unknown, dataBytes: number): SafetensorsFile {
  const text = Buffer.from(JSON.stringify(header));
  return parseSafetensorsHeader(text, "m.safetensors", 8 + text.length, 8 + text.length + dataBytes);
}

const two = { dtype: "F32", shape: [2], data_offsets: [0, 8] };

describe("openSafetensors", () => {
  it("lists gpt2-tiny's tensors with absolute offsets", async () => {
    const path = fixture("gpt2-tiny/model.safetensors");
    const file = await openSafetensors(path);
    assert.equal(file.metadata.format, "pt");
    assert.equal(file.tensors.size, 3 * 12 + 4);
    const bytes = readFileSync(path);
    const dataStart = 8 + Number(bytes.readBigUInt64LE(0));
    assert.deepEqual(file.tensors.get("transformer.h.0.attn.c_attn.weight"), {
      name: "transformer.h.0.attn.c_attn.weight",
      dtype: "F32",
      shape: [32, 96],
      offset: dataStart + 384,
      byteLength: 32 * 96 * 4,
    });
    const sizes = [...file.tensors.values()].map((entry) => entry.byteLength);
    assert.equal(
      sizes.reduce((a, b) => a + b, 0),
      bytes.length - dataStart,
    );
  });

  it("opens a file with no tensors, with empty tensors and with scalars", async () => {
    assert.equal((await openBytes(safetensorsBytes({}))).tensors.size, 0);
    const file = await openBytes(safetensorsOf({ empty: [0, 7], scalar: [], none: [3, 0] }));
    assert.deepEqual(
      [...file.tensors.values()].map((entry) => entry.byteLength),
      [0, 4, 0],
    );
  });

  it("allows spaces after the header's JSON, as writers pad it", async () => {
    const file = await openBytes(withHeaderText(`${JSON.stringify({ a: two })}     `, new Uint8Array(8)));
    assert.deepEqual(await file.tensors.get("a")?.shape, [2]);
  });

  it("keeps tensors called __proto__, constructor and toString apart", async () => {
    const names = ["__proto__", "constructor", "toString"];
    const parts = names.map((name, i) => `"${name}":${JSON.stringify({ ...two, data_offsets: [8 * i, 8 * i + 8] })}`);
    const text = `{"__metadata__":{"__proto__":"x"},${parts.join(",")}}`;
    const file = await openBytes(withHeaderText(text, new Uint8Array(24)));
    assert.deepEqual([...file.tensors.keys()], names);
    assert.deepEqual(Object.entries(file.metadata), [["__proto__", "x"]]);
    assert.equal(Object.getPrototypeOf(file.metadata), Object.prototype);
  });

  it("says what is wrong with a file that is not there, a folder, and an empty file", async () => {
    await assert.rejects(openSafetensors("/nowhere/model.safetensors"), fails("invalidCheckpoint", "/nowhere", "read"));
    await withFolder(async (folder) => {
      await mkdir(join(folder, "model.safetensors"));
      const opened = openSafetensors(join(folder, "model.safetensors"));
      await assert.rejects(opened, fails("invalidCheckpoint", "not a file"));
    });
    await assert.rejects(openBytes(new Uint8Array()), fails("invalidCheckpoint", "0 bytes"));
  });

  it("refuses a file cut off at any byte", async () => {
    const whole = safetensorsOf({ a: [2, 3], b: [1] });
    await withFolder(async (folder) => {
      const path = join(folder, "model.safetensors");
      for (let length = 0; length < whole.length; length++) {
        await writeFile(path, whole.subarray(0, length));
        await assert.rejects(openSafetensors(path), fails("invalidCheckpoint", path), `${length} bytes`);
      }
      await writeFile(path, whole);
      assert.equal((await openSafetensors(path)).tensors.size, 2);
    });
  });

  for (const length of [0n, 1n, 99n, 100_000_001n, 2n ** 31n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
    it(`refuses a header of ${length} bytes in a file of 60`, async () => {
      const bytes = Buffer.alloc(60, 0x20);
      bytes.writeBigUInt64LE(length);
      await assert.rejects(openBytes(bytes), fails("invalidCheckpoint", "header"));
    });
  }
});

describe("readHeaderLength", () => {
  it("reads little-endian 64-bit numbers at any alignment", () => {
    const bytes = Buffer.alloc(11);
    bytes.writeBigUInt64LE(70_000n, 3);
    assert.equal(readHeaderLength(bytes.subarray(3), 100_000, "m"), 70_000);
  });
});

describe("parseSafetensorsHeader", () => {
  const cases: readonly (readonly [what: string, header: unknown, dataBytes: number, words: readonly string[]])[] = [
    ["an array for a header", [], 0, ["JSON object"]],
    ["null for a header", null, 0, ["JSON object"]],
    ["a tensor that is a number", { a: 1 }, 0, ['"a"', "JSON object"]],
    ["a tensor that is null", { a: null }, 0, ['"a"', "JSON object"]],
    ["no dtype", { a: { shape: [2], data_offsets: [0, 8] } }, 8, ['"a"', "type"]],
    ["an unknown dtype", { a: { ...two, dtype: "F33" } }, 8, ['"a"', "F33"]],
    ["a dtype called toString", { a: { ...two, dtype: "toString" } }, 8, ['"a"', "toString"]],
    ["no shape", { a: { dtype: "F32", data_offsets: [0, 8] } }, 8, ['"a"', "shape"]],
    ["a negative size", { a: { ...two, shape: [-2] } }, 8, ['"a"', "shape"]],
    ["a fractional size", { a: { ...two, shape: [0.5, 4] } }, 8, ['"a"', "shape"]],
    ["a size of 2^60", { a: { ...two, shape: [2 ** 60] } }, 8, ['"a"', "shape"]],
    ["a product that overflows", { a: { ...two, shape: [2 ** 30, 2 ** 30] } }, 8, ['"a"', "impossible"]],
    ["an overflow hidden by a zero", { a: { ...two, shape: [2 ** 50, 2 ** 50, 0] } }, 8, ['"a"', "impossible"]],
    ["no offsets", { a: { dtype: "F32", shape: [2] } }, 8, ['"a"', "data_offsets"]],
    ["one offset", { a: { ...two, data_offsets: [0] } }, 8, ['"a"', "data_offsets"]],
    ["three offsets", { a: { ...two, data_offsets: [0, 8, 8] } }, 8, ['"a"', "data_offsets"]],
    ["a negative offset", { a: { ...two, data_offsets: [-8, 0] } }, 8, ['"a"', "data_offsets"]],
    ["a fractional offset", { a: { ...two, data_offsets: [0.5, 8.5] } }, 8, ['"a"', "data_offsets"]],
    ["an end before the beginning", { a: { ...two, data_offsets: [8, 0] } }, 8, ['"a"', "before"]],
    ["an end beyond the file", { a: { ...two, shape: [4], data_offsets: [0, 16] } }, 8, ['"a"', "only"]],
    ["fewer bytes than the shape takes", { a: { ...two, data_offsets: [0, 4] } }, 4, ['"a"', "takes 8"]],
    ["more bytes than the shape takes", { a: { ...two, data_offsets: [0, 12] } }, 12, ['"a"', "takes 8"]],
    ["half a byte", { a: { dtype: "F4", shape: [3], data_offsets: [0, 2] } }, 2, ['"a"', "impossible"]],
    ["a hole before the first tensor", { a: { ...two, data_offsets: [4, 12] } }, 12, ['"a"', "4 bytes after"]],
    ["a hole between", { a: two, b: { ...two, data_offsets: [12, 20] } }, 20, ['"b"', "4 bytes after"]],
    ["bytes at the end", { a: two }, 9, ["1 bytes", "no tensor"]],
    ["an overlap", { a: two, b: { ...two, data_offsets: [4, 12] } }, 12, ['"b"', "overlaps"]],
    ["two tensors in one place", { a: two, b: two }, 8, ["overlaps"]],
    ["metadata that is a list", { __metadata__: [] }, 0, ["__metadata__"]],
    ["metadata that is a number", { __metadata__: { n: 1 } }, 0, ['"n"']],
  ];
  for (const [what, header, dataBytes, words] of cases) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseHeader(header, dataBytes), fails("invalidCheckpoint", "m.safetensors", ...words));
    });
  }

  it("refuses bytes that are not UTF-8 and text that is not JSON", () => {
    for (const bytes of [Buffer.from([0xff, 0xfe]), Buffer.from("{"), Buffer.from(""), Buffer.from("\ufeff{}")]) {
      const parse = () => parseSafetensorsHeader(bytes, "m.safetensors", 8 + bytes.length, 8 + bytes.length);
      assert.throws(parse, fails("invalidCheckpoint", "m.safetensors", "not JSON"));
    }
  });

  it("refuses a key that is there twice, in the header or in a tensor, however it is written", () => {
    const entry = JSON.stringify(two);
    const texts = [
      `{"a":${entry},"a":${entry}}`,
      `{"a":${entry},"\\u0061" : ${entry}}`,
      '{"a":{"dtype":"F64","dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
      '{"__metadata__":{"a":"1","a":"2"}}',
    ];
    for (const text of texts) {
      const bytes = Buffer.from(text);
      const parse = () => parseSafetensorsHeader(bytes, "m", 8 + bytes.length, 16 + bytes.length);
      assert.throws(parse, fails("invalidCheckpoint", "twice"), text);
    }
  });

  it("does not mistake text in strings for structure", () => {
    const metadata = { x: '"a":{}', y: "}{][", a: "\\", 'k":"k': '\\"' };
    assert.deepEqual({ ...parseHeader({ __metadata__: metadata, a: two }, 8).metadata }, metadata);
  });

  it("shortens the names it quotes", () => {
    const parse = () => parseHeader({ ["n".repeat(100_000)]: 1 }, 0);
    assert.throws(parse, (error: Error) => error.message.length < 400);
  });
});

describe("readTensor", () => {
  it("reads a fixture's values as they are", async () => {
    const expected: { cases: Record<string, { top5_logprobs: number[][] }> } = JSON.parse(
      readFileSync(fixture("gpt2-tiny/expected.json"), "utf8"),
    );
    const file = await openSafetensors(fixture("gpt2-tiny/expected.safetensors"));
    const logits = await readTensor(file, "plain.logits");
    assert.equal(logits.length, 2 * 32 * 131);
    const last = logits.subarray(31 * 131, 32 * 131);
    const logSum = Math.log(last.reduce((sum, x) => sum + Math.exp(x), 0));
    const top = [...last].sort((a, b) => b - a).slice(0, 5);
    expected.cases.plain?.top5_logprobs[0]?.forEach((logprob, i) => {
      assert.ok(Math.abs((top[i] ?? 0) - logSum - logprob) < 1e-5);
    });
  });

  it("widens every finite half and bfloat16 exactly", async () => {
    const words = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const header = {
      half: { dtype: "F16", shape: [65_536], data_offsets: [0, 131_072] },
      brain: { dtype: "BF16", shape: [65_536], data_offsets: [131_072, 262_144] },
    };
    const data = Buffer.concat([Buffer.from(words.buffer), Buffer.from(words.buffer)]);
    await withFolder(async (folder) => {
      const path = join(folder, "m.safetensors");
      await writeFile(path, safetensorsBytes(header, data));
      const file = await openSafetensors(path);
      const half = await readTensor(file, "half");
      const known = { 15360: 1, 49152: -2, 31743: 65_504, 1: 2 ** -24, 1024: 2 ** -14, 13653: 0.333251953125 };
      for (const [word, value] of Object.entries(known)) assert.equal(half[Number(word)], value);
      assert.ok(Object.is(half[0x8000], -0));
      assert.equal(half[0xfc00], Number.NEGATIVE_INFINITY);
      assert.ok(Number.isNaN(half[0x7c01]));
      const brain = await readTensor(file, "brain");
      const view = new DataView(new ArrayBuffer(4));
      for (let word = 0; word < 65_536; word++) {
        view.setUint16(0, word);
        assert.ok(Object.is(brain[word], view.getFloat32(0)), `0x${word.toString(16)}`);
      }
    });
  });

  it("says which tensor is missing, of another type, or gone since the file was opened", async () => {
    await withFolder(async (folder) => {
      const path = join(folder, "m.safetensors");
      await writeFile(path, safetensorsOf({ ids: [4] }, "I32"));
      const integers = await openSafetensors(path);
      await assert.rejects(readTensor(integers, "ids"), fails("unsupportedDType", path, '"ids"', "I32"));
      await assert.rejects(readTensor(integers, "other"), fails("tensorMissing", path, '"other"'));
      await writeFile(path, safetensorsOf({ a: [4], b: [4] }));
      const file = await openSafetensors(path);
      await writeFile(path, safetensorsOf({ a: [4] }));
      await assert.rejects(readTensor(file, "b"), fails("invalidCheckpoint", path, '"b"', "too early"));
    });
  });
});
