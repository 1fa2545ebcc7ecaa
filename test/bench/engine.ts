/** `npm run bench -- engine`: GPT-2 small against node-llama-cpp and transformers.js, all with the same weights, in interleaved runs. */
import { fork } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { writeQuantized } from "../../src/runtime/checkpoint/quantize";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import type { Quantization } from "../../src/runtime/model/quantization";
import { randomGpt2Small } from "../randomModel";
import { cacheFolder } from "../vscode/cacheFolder";
import { type GgufType, writeGguf } from "./llama/gguf";
import { llamaPeer } from "./llama/install";
import type { Row } from "./table";
import { median } from "./timing";
import { exportNames, type PeerDType, writeOnnxExports } from "./transformersJs/export";
import { transformersJsPeer } from "./transformersJs/install";

const rounds = 3;
/** Tokens of the prompt, tokens decoded, timed repetitions after one that warms up, vocabulary. */
const sizes = [512, 128, 3, 50_257].map(String);

/** A precision in everybody's words. */
interface Precision {
  readonly name: string;
  readonly gguf: GgufType;
  readonly onnx: PeerDType;
  readonly ours: Quantization | null;
}

/** llama.cpp, too, has token embeddings in 8 bits. */
const precisions: readonly Precision[] = [
  { name: "float32", gguf: "F32", onnx: "fp32", ours: null },
  { name: "8 bits", gguf: "Q8_0", onnx: "q8", ours: { bits: 8, blockSize: 32, embeddingBits: 8 } },
  { name: "4 bits", gguf: "Q4_0", onnx: "q4", ours: { bits: 4, blockSize: 32, embeddingBits: 8 } },
];

const figures = z.object({ firstTokenMs: z.number(), tokensPerSecond: z.number(), peakMemoryMB: z.number() });
type Figures = z.infer<typeof figures>;

const measurement = figures.extend({ chosen: z.array(z.array(z.number())) });
type Measurement = z.infer<typeof measurement>;

/** Somebody who runs the model: a process that says how long it took and which tokens it chose. */
interface Contender {
  readonly name: string;
  readonly worker: string;
  readonly args: readonly string[];
  /** Whether everything is float32 when the weights are. */
  readonly exact: boolean;
}

/** A line for us and one for each peer at each precision; ours has the ratios to the better peer, above 1 where we are ahead. */
export async function benchEngine(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const precision of precisions) rows.push(...(await benchPrecision(precision)));
  return rows;
}

async function benchPrecision(precision: Precision): Promise<Row[]> {
  const temporary = await mkdtemp(join(tmpdir(), "gptw-bench-"));
  try {
    const contenders = await prepare(precision, temporary);
    const found = contenders.map((): Measurement[] => []);
    for (let round = 0; round < rounds; round++)
      for (const [i, contender] of contenders.entries()) found[i]?.push(await measure(contender));
    if (precision.ours === null) checkTokens(contenders, found);
    return compared(precision.name, contenders, found.map(medians));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Us first. */
async function prepare({ gguf, onnx, ours }: Precision, temporary: string): Promise<Contender[]> {
  const [llama, transformersJs] = [llamaPeer(), transformersJsPeer()];
  const source = await randomGpt2Small();
  const folder = ours ? await quantized(source, join(temporary, "quantized"), ours) : source;
  const exports = join(temporary, "onnx");
  await writeOnnxExports(source, exports, onnx);
  const versions = `${transformersJs.versionOf("@huggingface/transformers")} (onnxruntime ${transformersJs.versionOf("onnxruntime-node")})`;
  const variant = (name: string, file: string): Contender => ({
    name: `transformers.js ${versions}, ${name}`,
    worker: "transformersJs/worker.mjs",
    args: [transformersJs.entry, exports, file, onnx],
    exact: true,
  });
  return [
    { name: "GPT Workbench", worker: "engineWorker.ts", args: [folder], exact: true },
    {
      name: `node-llama-cpp ${llama.versionOf("node-llama-cpp")}`,
      worker: "llama/worker.mjs",
      args: [llama.entry, await ggufFile(source, gguf)],
      exact: false,
    },
    variant("logits everywhere", exportNames.everywhere),
    variant("last logits", exportNames.last),
  ];
}

/**
 * At float32 the same weights give the same tokens, greedily: else an export is wrong, and its figures are worth nothing. (node-llama-cpp
 * keeps its cache in 16 bits, so that near ties may end otherwise.)
 */
function checkTokens(contenders: readonly Contender[], found: readonly (readonly Measurement[])[]): void {
  const expected = JSON.stringify(found[0]?.[0]?.chosen);
  for (const [i, { name, exact }] of contenders.entries())
    for (const { chosen } of exact ? (found[i] ?? []) : [])
      if (JSON.stringify(chosen) !== expected) throw new Error(`${name} chose other tokens than we did`);
}

function compared(model: string, contenders: readonly Contender[], found: readonly Figures[]): Row[] {
  const [ours, ...peers] = found;
  if (!ours) return [];
  const ratios = {
    firstTokenRatio: Math.min(...peers.map((peer) => peer.firstTokenMs)) / ours.firstTokenMs,
    decodeRatio: ours.tokensPerSecond / Math.max(...peers.map((peer) => peer.tokensPerSecond)),
    memoryRatio: Math.min(...peers.map((peer) => peer.peakMemoryMB)) / ours.peakMemoryMB,
  };
  return contenders.map(({ name }, i) => ({ model, what: name, figures: { ...found[i], ...(i === 0 ? ratios : {}) } }));
}

function medians(list: readonly Figures[]): Figures {
  const of = (key: keyof Figures) => median(list.map((each) => each[key]));
  return { firstTokenMs: of("firstTokenMs"), tokensPerSecond: of("tokensPerSecond"), peakMemoryMB: of("peakMemoryMB") };
}

async function quantized(source: string, target: string, quantization: Quantization): Promise<string> {
  const opened = await openModelFolder(source);
  opened.tokenizer?.free();
  await writeQuantized(opened, target, { quantization, sourceSha256: "", signal: new AbortController().signal });
  return target;
}

/** In the cache; written the first time, and again when the model is newer. */
async function ggufFile(source: string, type: GgufType): Promise<string> {
  const file = join(cacheFolder(), "models", `gpt2-small-random-${type}.gguf`);
  const made = existsSync(file) ? (await stat(file)).mtimeMs : 0;
  if (made > (await stat(join(source, "model.safetensors"))).mtimeMs) return file;
  await writeGguf(source, `${file}.part`, type);
  await rename(`${file}.part`, file);
  return file;
}

function measure({ name, worker, args }: Contender): Promise<Measurement> {
  return new Promise((done, fail) => {
    const child = fork(join(__dirname, worker), [...args, ...sizes]);
    child.on("message", (message) => done(measurement.parse(message)));
    child.on("error", fail);
    child.on("exit", (code, signal) => fail(new Error(`${name} ended with ${signal ?? code}`)));
  });
}
