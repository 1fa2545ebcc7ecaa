import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exportModel } from "../../../../src/runtime/checkpoint/export";
import { hashCheckpoint, writeQuantized } from "../../../../src/runtime/checkpoint/quantize";
import { dequantizeBlock } from "../../../../src/runtime/checkpoint/quantizeBlock";
import { openSafetensors, readBytes, readTensor } from "../../../../src/runtime/checkpoint/safetensors";
import { type ModelFolder, openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { CancelledError } from "../../../../src/runtime/errors";
import type { Quantization } from "../../../../src/runtime/model/quantization";
import { slowModel } from "../../../randomModel";
import { fails, fixture, root, withFolder } from "./support";

const quantizations: readonly Quantization[] = [
  { bits: 8, blockSize: 32 },
  { bits: 8, blockSize: 128 },
  { bits: 4, blockSize: 32 },
  { bits: 4, blockSize: 128 },
  { bits: 4, blockSize: 32, embeddingBits: 8 },
  { bits: 8, blockSize: 128, embeddingBits: 8 },
];
const signal = new AbortController().signal;
const sourceSha256 = "0".repeat(64);

async function quantize(source: string, target: string, quantization: Quantization): Promise<ModelFolder> {
  await writeQuantized(await openModelFolder(source), target, { quantization, sourceSha256, signal });
  return openModelFolder(target);
}

async function values(model: ModelFolder, name: string): Promise<Float32Array> {
  const tensor = model.parameters.get(name);
  assert.ok(tensor, name);
  return readTensor(await openSafetensors(tensor.file), tensor.name);
}

/** Compares a matrix with its source, element by element. */
async function checkMatrix(source: ModelFolder, quantized: ModelFolder, name: string): Promise<void> {
  const isTable = !name.startsWith("h.");
  const matrixLayout = isTable ? "outIn" : quantized.config.matrixLayout;
  const quantization = quantized.config.quantization && {
    ...quantized.config.quantization,
    ...(isTable && { bits: 8 as const }),
  };
  const qweight = quantized.parameters.get(name.replace(/weight$/, "qweight"));
  assert.ok(quantization && qweight, name);
  const [rows = 0, blocks = 0, blockBytes = 0] = qweight.shape;
  const scales = await values(quantized, name.replace(/weight$/, "scales"));
  const bytes = await readBytes({ path: qweight.file }, name, qweight.offset, qweight.byteLength);
  const original = await values(source, name);
  const K = original.length / rows;
  for (let i = 0; i < rows * blocks; i++) {
    const [n, start] = [Math.floor(i / blocks), (i % blocks) * quantization.blockSize];
    const scale = scales[i] ?? Number.NaN;
    const block = dequantizeBlock(bytes.subarray(i * blockBytes, (i + 1) * blockBytes), scale, quantization.bits);
    for (const [j, found] of block.entries()) {
      const k = start + j;
      const x = k >= K ? 0 : (original[matrixLayout === "inOut" ? k * rows + n : n * K + k] ?? Number.NaN);
      const cut = quantization.bits === 4 && x / scale > 7.5;
      const allowed = Math.abs(scale) * (cut ? 1 : 0.50001);
      assert.ok(Math.abs(found - x) <= allowed, `${name} [${n}, ${k}]: ${x} became ${found}, scale ${scale}`);
    }
  }
}

describe("writeQuantized", () => {
  for (const name of ["gpt2-tiny", "gpt2-tiny-untied", "gpt2-tiny-hubstyle", "gpt-neo-tiny", "openai-gpt-tiny"])
    for (const quantization of quantizations)
      it(`rounds every block of ${name} to ${quantization.bits} bits, ${quantization.blockSize} to a scale${quantization.embeddingBits ? ", and embeddings" : ""}`, () =>
        withFolder(async (folder) => {
          const source = await openModelFolder(fixture(name));
          const quantized = await quantize(fixture(name), join(folder, "q"), quantization);
          assert.deepEqual(quantized.config, { ...source.config, quantization });
          let matrices = 0;
          for (const [parameter, { shape, dtype }] of source.parameters) {
            const kept = quantized.parameters.get(parameter);
            const isTable = parameter === "wte.weight" || parameter === "lm_head.weight";
            if (shape.length === 2 && (parameter.startsWith("h.") || (isTable && quantization.embeddingBits))) {
              assert.equal(kept, undefined);
              await checkMatrix(source, quantized, parameter);
              matrices++;
            } else {
              assert.equal(kept?.dtype, dtype);
              assert.deepEqual(await values(quantized, parameter), await values(source, parameter));
            }
          }
          const perLayer = source.config.qkvProjection === "fused" ? 4 : 6;
          assert.equal(
            matrices,
            perLayer * source.config.nLayer +
              (quantization.embeddingBits ? (source.config.tieWordEmbeddings ? 1 : 2) : 0),
          );
          assert.ok(
            [...quantized.checkpoint.tensors.keys()].every((tensor) => !/\.attn\.(bias|masked_bias)$/.test(tensor)),
          );
        }));

  for (const [name, dtype] of [
    ["gpt2-tiny-fp16", "F16"],
    ["gpt2-tiny-bf16", "BF16"],
  ] as const)
    it(`leaves embeddings, norms and biases in ${dtype}`, () =>
      withFolder(async (folder) => {
        const { parameters } = await quantize(fixture(name), join(folder, "q"), { bits: 4, blockSize: 32 });
        const types = new Map<string, Set<string>>();
        for (const [parameter, tensor] of parameters) {
          const kind = /\.(qweight|scales)$/.exec(parameter)?.[1] ?? "other";
          types.set(kind, new Set([...(types.get(kind) ?? []), tensor.dtype]));
          if (tensor.dtype === "F32") assert.equal(tensor.offset % 4, 0, parameter);
        }
        assert.deepEqual(
          types,
          new Map([
            ["other", new Set([dtype])],
            ["qweight", new Set(["U8"])],
            ["scales", new Set(["F32"])],
          ]),
        );
      }));

  it("reads shards, and gives what the whole file gives", () =>
    withFolder(async (folder) => {
      const source = await openModelFolder(fixture("gpt-neo-tiny"));
      const read = new Map<string, Float32Array>();
      for (const name of source.parameters.keys()) read.set(name, await values(source, name));
      const model = { config: source.config, values: (name: string) => [read.get(name) ?? new Float32Array()] };
      await exportModel(join(folder, "shards"), model, { dtype: "F32", maxShardBytes: 30_000 });
      const shards = await openModelFolder(join(folder, "shards"));
      assert.ok(shards.checkpoint.files.length > 2);
      const quantization = { bits: 4, blockSize: 32 } as const;
      const [whole, cut] = [join(folder, "whole"), join(folder, "cut")];
      await writeQuantized(source, whole, { quantization, sourceSha256, signal });
      await writeQuantized(shards, cut, { quantization, sourceSha256, signal });
      const [a, b] = [whole, cut].map((path) => readFileSync(join(path, "model.safetensors")));
      assert.deepEqual(a, b);
    }));

  it("keeps the tokenizer, the configuration's other keys, and the source's hash", () =>
    withFolder(async (folder) => {
      const starter = join(root, "media/models/starter");
      const target = join(folder, "q");
      const quantized = await quantize(starter, target, { bits: 8, blockSize: 128 });
      assert.deepEqual((await readdir(target)).sort(), [
        "config.json",
        "merges.txt",
        "model.safetensors",
        "vocab.json",
      ]);
      assert.ok(quantized.tokenizer);
      quantized.tokenizer.free();
      const read = (path: string) => JSON.parse(readFileSync(join(path, "config.json"), "utf8"));
      const { quantization_config, ...rest } = read(target);
      assert.deepEqual(rest, read(starter));
      assert.deepEqual(quantization_config, { quant_method: "gpt-workbench", bits: 8, block_size: 128 });
      const [file] = quantized.checkpoint.files;
      assert.equal(file?.metadata.source_sha256, sourceSha256);
    }));

  it("tells how many bytes are done, up to all of them", () =>
    withFolder(async (folder) => {
      const told: [number, number][] = [];
      const source = await openModelFolder(fixture("gpt2-tiny"));
      const onProgress = (done: number, total: number) => void told.push([done, total]);
      const options = { quantization: { bits: 8, blockSize: 32 } as const, sourceSha256, signal, onProgress };
      await writeQuantized(source, join(folder, "q"), options);
      const bytes = [...source.parameters.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
      assert.deepEqual(told.at(-1), [bytes, bytes]);
      assert.ok(told.every(([done], i) => i === 0 || done >= (told[i - 1]?.[0] ?? 0)));
    }));

  it("refuses a model that is quantized already", () =>
    withFolder(async (folder) => {
      const target = join(folder, "q");
      await quantize(fixture("gpt2-tiny"), target, { bits: 8, blockSize: 32 });
      const again = quantize(target, join(folder, "again"), { bits: 4, blockSize: 32 });
      await assert.rejects(again, fails("invalidRequest", target, "already"));
      assert.deepEqual(await readdir(folder), ["q"]);
    }));

  it("refuses a value that is no finite number, naming the tensor, and leaves nothing", () =>
    withFolder(async (folder) => {
      for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY]) {
        await mkdir(join(folder, "bad"), { recursive: true });
        await copyFile(fixture("gpt2-tiny/config.json"), join(folder, "bad/config.json"));
        const file = await openSafetensors(fixture("gpt2-tiny/model.safetensors"));
        const bytes = readFileSync(file.path);
        const tensor = [...file.tensors.values()].find(({ name }) => name.endsWith("h.1.mlp.c_fc.weight"));
        assert.ok(tensor);
        bytes.writeFloatLE(bad, tensor.offset + 4 * 77);
        await writeFile(join(folder, "bad/model.safetensors"), bytes);
        const work = quantize(join(folder, "bad"), join(folder, "q"), { bits: 8, blockSize: 32 });
        await assert.rejects(work, fails("invalidCheckpoint", tensor.name, "finite"));
        assert.deepEqual(await readdir(folder), ["bad"]);
      }
    }));

  it("refuses a place that is taken, and leaves what is there", () =>
    withFolder(async (folder) => {
      await writeFile(join(folder, "notes.txt"), "mine");
      const work = quantize(fixture("gpt2-tiny"), folder, { bits: 8, blockSize: 32 });
      await assert.rejects(work, fails("storeFailed", folder));
      assert.deepEqual(await readdir(folder), ["notes.txt"]);
    }));

  it("stops soon at any time, leaves nothing, and lets others work meanwhile", async function () {
    this.timeout(120_000);
    const source = await openModelFolder(await slowModel());
    source.tokenizer?.free();
    await withFolder(async (folder) => {
      for (const share of [0.01, 0.3, 0.7]) {
        const controller = new AbortController();
        // Counted, not timed: turns of the event loop, and what is read after the end was asked for.
        let [turns, atAbort, last] = [0, 0, 0];
        const pulse = setInterval(() => turns++, 1);
        const onProgress = (done: number, total: number) => {
          last = done;
          if (controller.signal.aborted || done < share * total) return;
          atAbort = done;
          controller.abort();
        };
        const options = { quantization: { bits: 4, blockSize: 32 } as const, sourceSha256, onProgress };
        const work = writeQuantized(source, join(folder, "q"), { ...options, signal: controller.signal });
        await assert.rejects(work, CancelledError);
        clearInterval(pulse);
        assert.ok(atAbort > 0 && last - atAbort <= 8 << 20, `read ${last - atAbort} more bytes`);
        assert.ok(turns > 0, "the thread was held throughout");
        assert.deepEqual(await readdir(folder), []);
      }
    });
  });
});

describe("hashCheckpoint", () => {
  it("is a single file's SHA-256", async () => {
    const { checkpoint } = await openModelFolder(fixture("gpt2-tiny"));
    const expected = createHash("sha256")
      .update(readFileSync(fixture("gpt2-tiny/model.safetensors")))
      .digest("hex");
    let bytes = 0;
    const found = await hashCheckpoint(checkpoint, signal, (count) => {
      bytes += count;
    });
    assert.equal(found, expected);
    assert.equal(bytes, checkpoint.files[0]?.byteLength);
  });

  it("stops when it is told to", async () => {
    const { checkpoint } = await openModelFolder(fixture("gpt2-tiny"));
    await assert.rejects(hashCheckpoint(checkpoint, AbortSignal.abort()), CancelledError);
  });
});
