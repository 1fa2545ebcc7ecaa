/** Writes a GPT-2 as GGUF, the format of llama.cpp, so that the peer runs the very model that we run. */
import { open } from "node:fs/promises";
import { encodeFloats } from "../../../src/runtime/checkpoint/narrow";
import { quantizeBlock } from "../../../src/runtime/checkpoint/quantizeBlock";
import { openSafetensors, readTensor } from "../../../src/runtime/checkpoint/safetensors";
import { openModelFolder } from "../../../src/runtime/checkpoint/store";
import type { GPTConfig } from "../../../src/runtime/model/config";

/** How block matrices are stored. In the quantized ones, token embeddings are Q8_0. */
export type GgufType = "F32" | "Q8_0" | "Q4_0";

const typeNumbers: { readonly [T in GgufType]: number } = { F32: 0, Q4_0: 2, Q8_0: 8 };
const alignment = 32;
const block = 32;

interface Tensor {
  readonly name: string;
  readonly type: GgufType;
  /** Rows [outputs] of `columns` values. */
  readonly shape: readonly number[];
  readonly values: () => Promise<Float32Array>;
}

/** Writes the model in `folder` (a GPT-2 with tied embeddings) to `path`. */
export async function writeGguf(folder: string, path: string, type: GgufType): Promise<void> {
  const model = await openModelFolder(folder);
  model.tokenizer?.free();
  const { config } = model;
  const read = async (name: string) => {
    const tensor = model.parameters.get(name);
    if (!tensor) throw new Error(`${name} is missing`);
    return readTensor(await openSafetensors(tensor.file), tensor.name);
  };
  const tensors = tensorList(config, type, read);
  const file = await open(path, "w");
  try {
    const header = pad(Buffer.concat([start(tensors.length, config), ...tensorInfos(tensors)]));
    await file.write(header);
    for (const tensor of tensors) await file.write(pad(encode(await tensor.values(), tensor.type)));
  } finally {
    await file.close();
  }
}

function tensorList(config: GPTConfig, type: GgufType, read: (name: string) => Promise<Float32Array>): Tensor[] {
  const { nEmbd: C, nInner: I, nPositions: P, vocabSize: V, nLayer } = config;
  const plain = (name: string, from: string, shape: readonly number[]): Tensor => ({
    name,
    type: "F32",
    shape,
    values: () => read(from),
  });
  const matrix = (name: string, from: string, outputs: number, inputs: number): Tensor => ({
    name,
    type,
    shape: [outputs, inputs],
    values: async () => transposed(await read(from), inputs, outputs),
  });
  const layers = Array.from({ length: nLayer }, (_, i) => [
    plain(`blk.${i}.attn_norm.weight`, `h.${i}.ln_1.weight`, [C]),
    plain(`blk.${i}.attn_norm.bias`, `h.${i}.ln_1.bias`, [C]),
    matrix(`blk.${i}.attn_qkv.weight`, `h.${i}.attn.c_attn.weight`, 3 * C, C),
    plain(`blk.${i}.attn_qkv.bias`, `h.${i}.attn.c_attn.bias`, [3 * C]),
    matrix(`blk.${i}.attn_output.weight`, `h.${i}.attn.c_proj.weight`, C, C),
    plain(`blk.${i}.attn_output.bias`, `h.${i}.attn.c_proj.bias`, [C]),
    plain(`blk.${i}.ffn_norm.weight`, `h.${i}.ln_2.weight`, [C]),
    plain(`blk.${i}.ffn_norm.bias`, `h.${i}.ln_2.bias`, [C]),
    matrix(`blk.${i}.ffn_up.weight`, `h.${i}.mlp.c_fc.weight`, I, C),
    plain(`blk.${i}.ffn_up.bias`, `h.${i}.mlp.c_fc.bias`, [I]),
    matrix(`blk.${i}.ffn_down.weight`, `h.${i}.mlp.c_proj.weight`, C, I),
    plain(`blk.${i}.ffn_down.bias`, `h.${i}.mlp.c_proj.bias`, [C]),
  ]);
  const embeddings = plain("token_embd.weight", "wte.weight", [V, C]);
  return [
    type === "F32" ? embeddings : { ...embeddings, type: "Q8_0" },
    plain("position_embd.weight", "wpe.weight", [P, C]),
    ...layers.flat(),
    plain("output_norm.weight", "ln_f.weight", [C]),
    plain("output_norm.bias", "ln_f.bias", [C]),
  ];
}

/** Magic, version, counts, and the keys that llama.cpp asks of a GPT-2. Its vocabulary is made up: only ids are used. */
function start(tensorCount: number, config: GPTConfig): Buffer {
  const tokens = Array.from({ length: config.vocabSize }, (_, id) => `t${id}`);
  const keys = [
    key("general.architecture", 8, text("gpt2")),
    key("general.alignment", 4, uint32(alignment)),
    key("gpt2.context_length", 4, uint32(config.nPositions)),
    key("gpt2.embedding_length", 4, uint32(config.nEmbd)),
    key("gpt2.feed_forward_length", 4, uint32(config.nInner)),
    key("gpt2.block_count", 4, uint32(config.nLayer)),
    key("gpt2.attention.head_count", 4, uint32(config.nHead)),
    key("gpt2.attention.layer_norm_epsilon", 6, float32(config.layerNormEpsilon)),
    key("tokenizer.ggml.model", 8, text("gpt2")),
    key("tokenizer.ggml.pre", 8, text("gpt-2")),
    key("tokenizer.ggml.tokens", 9, list(8, tokens.map(text))),
    key(
      "tokenizer.ggml.token_type",
      9,
      list(
        5,
        tokens.map(() => uint32(1)),
      ),
    ),
    key("tokenizer.ggml.merges", 9, list(8, [text("t 0")])),
    key("tokenizer.ggml.eos_token_id", 4, uint32(config.vocabSize - 1)),
  ];
  return Buffer.concat([Buffer.from("GGUF"), uint32(3), uint64(tensorCount), uint64(keys.length), ...keys]);
}

function tensorInfos(tensors: readonly Tensor[]): Buffer[] {
  let offset = 0;
  return tensors.map(({ name, type, shape }) => {
    // The last dimension comes first.
    const dims = [...shape].reverse().map(uint64);
    const info = Buffer.concat([text(name), uint32(shape.length), ...dims, uint32(typeNumbers[type]), uint64(offset)]);
    const count = shape.reduce((a, b) => a * b, 1);
    offset += Math.ceil(encodedBytes(count, type) / alignment) * alignment;
    return info;
  });
}

function encodedBytes(count: number, type: GgufType): number {
  if (type === "F32") return 4 * count;
  return (count / block) * (2 + (type === "Q8_0" ? block : block / 2));
}

/** Blocks of 32: the scale in half precision, then the values; at 4 bits the first half of them in the lower nibbles. */
function encode(values: Float32Array, type: GgufType): Buffer {
  if (type === "F32") return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  const bits = type === "Q8_0" ? 8 : 4;
  const size = encodedBytes(block, type);
  const out = Buffer.alloc(encodedBytes(values.length, type));
  const quants = new Uint8Array((block * bits) / 8);
  for (let at = 0, to = 0; at < values.length; at += block, to += size) {
    const scale = quantizeBlock(values.subarray(at, at + block), bits, quants);
    out.set(encodeFloats(Float32Array.of(scale), "F16"), to);
    for (let i = 0; i < quants.length; i++) out[to + 2 + i] = bits === 8 ? (quants[i] ?? 0) - 128 : halves(quants, i);
  }
  return out;
}

/** Ours hold neighbours; theirs a value and the one 16 further on. */
function halves(quants: Uint8Array, i: number): number {
  const nibble = (k: number) => ((quants[k >> 1] ?? 0) >> (4 * (k & 1))) & 15;
  return nibble(i) | (nibble(i + block / 2) << 4);
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = values[r * columns + c] ?? 0;
  return out;
}

function key(name: string, type: number, value: Buffer): Buffer {
  return Buffer.concat([text(name), uint32(type), value]);
}

function list(type: number, values: readonly Buffer[]): Buffer {
  return Buffer.concat([uint32(type), uint64(values.length), ...values]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function float32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((alignment - (bytes.length % alignment)) % alignment)]);
}
