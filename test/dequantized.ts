/** Writes the float32 model that a quantized one stands for. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parameterShapes, storedName } from "../src/runtime/checkpoint/parameterNames";
import { dequantizeBlock } from "../src/runtime/checkpoint/quantizeBlock";
import { openSafetensors, readBytes, readTensor } from "../src/runtime/checkpoint/safetensors";
import { type TensorToWrite, writeSafetensors } from "../src/runtime/checkpoint/safetensorsWriter";
import { type ModelFolder, openModelFolder } from "../src/runtime/checkpoint/store";
import { formatGPTConfig } from "../src/runtime/model/config";
import type { Quantization } from "../src/runtime/model/quantization";

/** Writes to `target`; all tensors are float32, and there is no tokenizer. */
export async function writeDequantized(folder: string, target: string): Promise<void> {
  const model = await openModelFolder(folder);
  model.tokenizer?.free();
  const config = { ...model.config, quantization: null };
  await mkdir(target, { recursive: true });
  await writeFile(join(target, "config.json"), JSON.stringify(formatGPTConfig(config)));
  const tensors = Array.from(parameterShapes(config), ([name, shape]): TensorToWrite => {
    const bytes = async function* () {
      const values = model.parameters.has(name) ? await read(model, name) : await matrix(model, name);
      yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    };
    return { name: storedName(name, config), dtype: "F32", shape, bytes };
  });
  await writeSafetensors(join(target, "model.safetensors"), tensors);
}

async function read(model: ModelFolder, name: string): Promise<Float32Array> {
  const tensor = model.parameters.get(name);
  if (!tensor) throw new Error(`${name} is missing`);
  return readTensor(await openSafetensors(tensor.file), tensor.name);
}

/** The matrix called `name`, in the layout of its family. */
async function matrix(model: ModelFolder, name: string): Promise<Float32Array> {
  const { quantization, matrixLayout } = model.config;
  const qweight = model.parameters.get(name.replace(/weight$/, "qweight"));
  const shape = parameterShapes({ ...model.config, quantization: null }).get(name);
  if (!quantization || !qweight || !shape) throw new Error(`${name} is not quantized`);
  const [first = 0, second = 0] = shape;
  const isTable = /^(wte|lm_head)\./.test(name);
  const layout = isTable ? "outIn" : matrixLayout;
  const [N, K] = layout === "inOut" ? [second, first] : [first, second];
  const bytes = await readBytes({ path: qweight.file }, name, qweight.offset, qweight.byteLength);
  const scales = await read(model, name.replace(/weight$/, "scales"));
  const rows = dequantizeRows(bytes, scales, { N, K }, isTable ? { ...quantization, bits: 8 } : quantization);
  return layout === "outIn" ? rows : rows.map((_, i) => rows[(i % N) * K + Math.floor(i / N)] ?? 0);
}

/** `[N, blocks, bytes]` and `[N, blocks]` to `[N, K]`. */
export function dequantizeRows(
  qweight: Uint8Array,
  scales: Float32Array,
  { N, K }: { readonly N: number; readonly K: number },
  { bits, blockSize }: Quantization,
): Float32Array {
  const rows = new Float32Array(N * K);
  const [blocks, size] = [Math.ceil(K / blockSize), (blockSize * bits) / 8];
  for (const [i, scale] of scales.entries()) {
    const values = dequantizeBlock(qweight.subarray(i * size, (i + 1) * size), scale, bits);
    const k = (i % blocks) * blockSize;
    rows.set(values.subarray(0, K - k), Math.floor(i / blocks) * K + k);
  }
  return rows;
}
