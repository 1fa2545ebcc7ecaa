/** Quantized folders that somebody damaged or made up. */
import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describeModelFolder } from "../../../../src/runtime/checkpoint/describe";
import { writeQuantized } from "../../../../src/runtime/checkpoint/quantize";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { loadModel } from "../../../../src/runtime/engine/loadedModel";
import { scoreTokens } from "../../../../src/runtime/engine/score";
import { RuntimeError } from "../../../../src/runtime/errors";
import { fails, fixture, safetensorsBytes, withHeaderText } from "./support";

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
type Header = Record<string, HeaderEntry>;

const signal = new AbortController().signal;

describe("a quantized model folder", () => {
  let temporary: string;
  let good: string;
  let folder: string;

  before(async () => {
    temporary = await mkdtemp(join(tmpdir(), "gptw-hostile-"));
    [good, folder] = [join(temporary, "good"), join(temporary, "bad")];
    const source = await openModelFolder(fixture("gpt2-tiny"));
    await writeQuantized(source, good, { quantization: { bits: 8, blockSize: 32 }, sourceSha256: "", signal });
  });
  beforeEach(() => cpSync(good, folder, { recursive: true }));
  after(() => rm(temporary, { recursive: true, force: true }));

  const configFile = () => join(folder, "config.json");
  const weightsFile = () => join(folder, "model.safetensors");

  function changeConfig(quantizationConfig: unknown): void {
    const config = JSON.parse(readFileSync(configFile(), "utf8"));
    writeFileSync(configFile(), JSON.stringify({ ...config, quantization_config: quantizationConfig }));
  }

  function split(): { header: Header; text: string; data: Buffer } {
    const bytes = readFileSync(join(good, "model.safetensors"));
    const end = 8 + Number(bytes.readBigUInt64LE(0));
    const text = bytes.subarray(8, end).toString();
    const { __metadata__, ...header } = JSON.parse(text);
    return { header, text, data: bytes.subarray(end) };
  }

  /** Rewrites the header. What `change` leaves out is laid out anew, so that only the change is wrong. */
  function changeHeader(change: (header: Header) => void): void {
    const { header, data } = split();
    change(header);
    const pieces: Buffer[] = [];
    let end = 0;
    for (const entry of Object.values(header)) {
      pieces.push(data.subarray(...entry.data_offsets));
      const begin = end;
      end += entry.data_offsets[1] - entry.data_offsets[0];
      entry.data_offsets = [begin, end];
    }
    writeFileSync(weightsFile(), safetensorsBytes(header, Buffer.concat(pieces)));
  }

  const qweight = "transformer.h.1.mlp.c_fc.qweight";
  const scales = "transformer.h.1.mlp.c_fc.scales";
  const entry = (header: Header, name: string): HeaderEntry => {
    const found = header[name];
    assert.ok(found, `the file has ${name}`);
    return found;
  };

  it("is described as what it is", async () => {
    const { description, tensors } = await describeModelFolder(folder);
    const { description: source } = await describeModelFolder(fixture("gpt2-tiny"));
    assert.equal(description.precision, "Q8");
    assert.equal(description.parameterCount, source.parameterCount);
    assert.ok(description.fileBytes < source.fileBytes);
    assert.ok(description.memory.cpu.weights < source.memory.cpu.weights);
    const found = tensors.find(({ name }) => name === qweight);
    assert.deepEqual([found?.dtype, found?.shape], ["U8", [128, 1, 32]]);
  });

  for (const name of [qweight, scales])
    it(`wants ${name}`, () => {
      changeHeader((header) => {
        entry(header, name);
        delete header[name];
      });
      return assert.rejects(openModelFolder(folder), fails("tensorMissing", weightsFile(), name));
    });

  it("wants blocks that fit the width", () => {
    changeHeader((header) => {
      entry(header, qweight).shape = [64, 1, 64];
    });
    return assert.rejects(openModelFolder(folder), fails("tensorShape", qweight, "[64, 1, 64]", "[128, 1, 32]"));
  });

  it("wants a scale per block", () => {
    changeHeader((header) => {
      entry(header, scales).shape = [128];
    });
    return assert.rejects(openModelFolder(folder), fails("tensorShape", scales, "[128]", "[128, 1]"));
  });

  it("wants whole numbers as bytes and scales as float32", async () => {
    changeHeader((header) => {
      entry(header, qweight).dtype = "I8";
    });
    await assert.rejects(openModelFolder(folder), fails("unsupportedDType", qweight, "I8"));
    changeHeader((header) => {
      entry(header, scales).dtype = "U32";
    });
    await assert.rejects(openModelFolder(folder), fails("unsupportedDType", scales, "U32"));
  });

  it("wants bits and block size that agree with the tensors", async () => {
    changeConfig({ quant_method: "gpt-workbench", bits: 4, block_size: 32 });
    await assert.rejects(openModelFolder(folder), fails("tensorShape", "qweight", "[96, 1, 32]", "[96, 1, 16]"));
    changeConfig({ quant_method: "gpt-workbench", bits: 8, block_size: 128 });
    await assert.rejects(openModelFolder(folder), fails("tensorShape", "qweight", "[96, 1, 32]", "[96, 1, 128]"));
    changeConfig(null);
    await assert.rejects(openModelFolder(folder), fails("tensorMissing", "h.0.attn.c_attn.weight"));
  });

  it("opens or is refused with a reason, whatever is changed in its header or configuration", () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(configFile(), weightsFile()),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 32, max: 126 })), { minLength: 1, maxLength: 4 }),
        async (file, changes) => {
          cpSync(good, folder, { recursive: true });
          const { text, data } = split();
          const bytes = Buffer.from(file === weightsFile() ? text : readFileSync(file));
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          writeFileSync(file, file === weightsFile() ? withHeaderText(bytes.toString("latin1"), data) : bytes);
          await openModelFolder(folder).then(
            (model) => model.tokenizer?.free(),
            (error: unknown) => assert.ok(error instanceof RuntimeError, String(error)),
          );
        },
      ),
      { numRuns: 150 },
    ));

  it("that is cut short anywhere is refused", () =>
    fc.assert(
      fc.asyncProperty(fc.nat(), async (cut) => {
        const bytes = readFileSync(join(good, "model.safetensors"));
        writeFileSync(weightsFile(), bytes.subarray(0, cut % bytes.length));
        await assert.rejects(openModelFolder(folder), fails("invalidCheckpoint", weightsFile()));
      }),
      { numRuns: 40 },
    ));

  it("runs with any bytes for weights and scales", () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 - 1 }), async (seed) => {
        const { header } = split();
        const bytes = readFileSync(join(good, "model.safetensors"));
        const start = 8 + Number(bytes.readBigUInt64LE(0));
        for (const name of [qweight, scales]) {
          const [begin, end] = entry(header, name).data_offsets;
          for (let i = begin; i < end; i++) bytes[start + i] = Math.imul(seed, i + 1) >>> 24;
        }
        writeFileSync(weightsFile(), bytes);
        const model = await loadModel(await openModelFolder(folder), "cpu", 0);
        const describe = (id: number) => ({ id, text: "" });
        const scored = await scoreTokens(model, [1, 2, 3], { topK: 1, describe, signal });
        assert.equal(scored.length, 3);
        await model.dispose();
      }),
      { numRuns: 10 },
    ));
});
