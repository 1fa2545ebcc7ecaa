/** Mutated and random files at the reader: it either refuses with a RuntimeError, or what it yields is sound. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import {
  openSafetensors,
  parseSafetensorsHeader,
  readTensor,
  type SafetensorsFile,
} from "../../../../src/runtime/checkpoint/safetensors";
import { RuntimeError } from "../../../../src/runtime/errors";
import { fixture, safetensorsBytes, safetensorsOf, withFolder, withHeaderText } from "./support";

/** What must hold of anything that was accepted. */
function assertSound(file: SafetensorsFile, dataStart: number, fileSize: number): void {
  let end = dataStart;
  for (const entry of [...file.tensors.values()].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength)) {
    assert.ok(Number.isSafeInteger(entry.offset) && Number.isSafeInteger(entry.byteLength));
    assert.ok(entry.shape.every((size) => Number.isSafeInteger(size) && size >= 0));
    assert.equal(entry.offset, end, `${entry.name} overlaps or leaves a hole`);
    end = entry.offset + entry.byteLength;
    assert.ok(end <= fileSize, `${entry.name} ends outside`);
  }
  assert.equal(end, fileSize);
}

/** Parses a whole file's bytes; false when it was refused. */
function parseOrRefuse(bytes: Uint8Array, headerLength: number): boolean {
  const dataStart = 8 + headerLength;
  try {
    const header = bytes.subarray(8, dataStart);
    assertSound(parseSafetensorsHeader(header, "m", dataStart, bytes.length), dataStart, bytes.length);
    return true;
  } catch (error) {
    if (error instanceof RuntimeError) return false;
    throw error;
  }
}

const sampleShapes = { "h.0.w": [3, 4], "h.0.b": [4], scale: [], none: [0, 2], "h.1.w": [2, 2] };

function sampleHeader(): Buffer {
  const file = safetensorsOf(sampleShapes);
  return file.subarray(8, 8 + Number(file.readBigUInt64LE(0)));
}

describe("the safetensors reader, with any bytes", () => {
  it("accepts what a writer writes, in any order of names", () => {
    const shapes = fc.dictionary(fc.string(), fc.array(fc.nat(5), { maxLength: 4 }), { maxKeys: 8 });
    fc.assert(
      fc.property(shapes, (tensors) => {
        const { __metadata__: _, ...named } = tensors;
        const bytes = safetensorsOf(named);
        assert.ok(parseOrRefuse(bytes, Number(bytes.readBigUInt64LE(0))));
      }),
    );
  });

  it("survives headers with bytes changed, removed and inserted", () => {
    const header = sampleHeader();
    const edit = fc.record({
      at: fc.nat(header.length),
      remove: fc.nat(6),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 4 }),
        fc.constantFrom(...'0123456789-.eE[]{},:"\\', '"a":', "null", "1e400", "-0").map((text) => Buffer.from(text)),
      ),
    });
    const dataBytes = 4 * (12 + 4 + 1 + 0 + 4);
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const mutated = edits.reduce(
          (bytes, { at, remove, insert }) =>
            Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]),
          header,
        );
        parseOrRefuse(Buffer.concat([Buffer.alloc(8), mutated, Buffer.alloc(dataBytes)]), mutated.length);
      }),
      { numRuns: 3000 },
    );
  });

  it("survives well-formed headers full of wrong values", () => {
    const number = fc.oneof(
      fc.integer({ min: -4, max: 40 }),
      fc.constantFrom(0, -0, 0.5, 2 ** 31, 2 ** 53, 2 ** 53 - 1, 2 ** 63, 1e308, -1),
      fc.double(),
    );
    const entry = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom("F32", "F64", "U8", "F4", "BOOL", "f32", "__proto__"), fc.anything()),
        shape: fc.oneof(fc.array(number, { maxLength: 3 }), fc.anything()),
        data_offsets: fc.oneof(fc.tuple(number, number), fc.array(number, { maxLength: 4 }), fc.anything()),
      },
      { requiredKeys: [] },
    );
    const name = fc.oneof(fc.constantFrom("a", "b", "__metadata__", "__proto__", ""), fc.string());
    const header = fc.dictionary(
      name,
      fc.oneof({ weight: 4, arbitrary: entry }, { weight: 1, arbitrary: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(header, fc.nat(64), (json, dataBytes) => {
        // BigInt and the like, which JSON does not know, become text.
        const text = JSON.stringify(json, (_, value) => (typeof value === "bigint" ? String(value) : value));
        const bytes = withHeaderText(text, new Uint8Array(dataBytes));
        parseOrRefuse(bytes, Number(bytes.readBigUInt64LE(0)));
      }),
      { numRuns: 3000 },
    );
  });

  it("finds every pair of offsets that overlaps, leaves a hole or runs over the end", () => {
    const pair = fc.tuple(fc.nat(12), fc.nat(12));
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 4 }), fc.nat(12), (pairs, dataBytes) => {
        const header = Object.fromEntries(
          pairs.map(([a, b], i) => [`t${i}`, { dtype: "U8", shape: [Math.abs(b - a)], data_offsets: [a, b] }]),
        );
        const bytes = safetensorsBytes(header, new Uint8Array(dataBytes));
        const covered = new Array<number>(dataBytes).fill(0);
        let inside = true;
        for (const [a, b] of pairs) {
          if (a > b || b > dataBytes) inside = false;
          for (let i = a; i < b; i++) covered[i] = (covered[i] ?? 0) + 1;
        }
        const exact = inside && covered.length === dataBytes && covered.every((count) => count === 1);
        // An empty tensor strictly inside another one is refused too, though it covers nothing.
        const emptyInside = pairs.some(([a, b]) => a === b && pairs.some(([c, d]) => c < a && a < d));
        assert.equal(parseOrRefuse(bytes, Number(bytes.readBigUInt64LE(0))), exact && !emptyInside);
        if (exact) accepted++;
      }),
      { numRuns: 5000 },
    );
    assert.ok(accepted > 20, `only ${accepted} were valid`);
  });

  it("survives any change of a real file's bytes on disk, and reads nothing outside it", async () => {
    const original = readFileSync(fixture("gpt2-tiny-hubstyle/model.safetensors"));
    const headerEnd = 8 + Number(original.readBigUInt64LE(0));
    const change = fc.record({ at: fc.oneof(fc.nat(16), fc.nat(headerEnd)), value: fc.nat(255) });
    await withFolder(async (folder) => {
      const path = join(folder, "model.safetensors");
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), fc.nat(4), async (changes, cut) => {
          const bytes = Buffer.from(original.subarray(0, original.length - cut));
          for (const { at, value } of changes) bytes[at] = value;
          await writeFile(path, bytes);
          await openAndRead(path, bytes.length);
        }),
        { numRuns: 150 },
      );
    });
  });
});

async function openAndRead(path: string, fileSize: number): Promise<void> {
  try {
    const file = await openSafetensors(path);
    const dataStart = Math.min(...[...file.tensors.values()].map((entry) => entry.offset));
    assertSound(file, dataStart, fileSize);
    for (const entry of file.tensors.values()) {
      const values = await readTensor(file, entry.name);
      assert.equal(
        values.length,
        entry.shape.reduce((a, b) => a * b, 1),
      );
    }
  } catch (error) {
    if (!(error instanceof RuntimeError)) throw error;
  }
}
