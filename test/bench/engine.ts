/** `npm run bench -- engine`: GPT-2 small against node-llama-cpp, both with the same weights, in interleaved runs. */
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
import { llamaEntry } from "./llama/install";
import { runWorker } from "./runWorker";
import type { Row } from "./table";
import { median } from "./timing";

const rounds = 3;
const promptTokens = 512;
const newTokens = 128;
const vocabulary = 50_257;

/** Ours and theirs at equal precision: theirs, too, have token embeddings in 8 bits. */
const precisions: readonly { readonly name: string; readonly gguf: GgufType; readonly ours: Quantization | null }[] = [
  { name: "float32", gguf: "F32", ours: null },
  { name: "8 bits", gguf: "Q8_0", ours: { bits: 8, blockSize: 32, embeddingBits: 8 } },
  { name: "4 bits", gguf: "Q4_0", ours: { bits: 4, blockSize: 32, embeddingBits: 8 } },
];

const figures = z.object({ firstTokenMs: z.number(), tokensPerSecond: z.number(), peakMemoryMB: z.number() });
type Figures = z.infer<typeof figures>;

/** A line for us and one for the peer at each precision; ours has the ratios too, above 1 where we are ahead. */
export async function benchEngine(): Promise<Row[]> {
  const entry = llamaEntry();
  const source = await randomGpt2Small();
  const temporary = await mkdtemp(join(tmpdir(), "gptw-bench-"));
  try {
    const rows: Row[] = [];
    for (const { name, gguf, ours } of precisions) {
      const folder = ours ? await quantized(source, join(temporary, gguf), ours) : source;
      const file = await ggufFile(source, gguf);
      const found: Record<"ours" | "llama", Figures[]> = { ours: [], llama: [] };
      for (let round = 0; round < rounds; round++) {
        found.ours.push(figures.parse(await runWorker("engine", folder, "cpu")));
        found.llama.push(await runLlama(entry, file));
      }
      rows.push(...compared(name, medians(found.ours), medians(found.llama)));
    }
    return rows;
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function compared(model: string, ours: Figures, llama: Figures): Row[] {
  const ratios = {
    firstTokenRatio: llama.firstTokenMs / ours.firstTokenMs,
    decodeRatio: ours.tokensPerSecond / llama.tokensPerSecond,
    memoryRatio: llama.peakMemoryMB / ours.peakMemoryMB,
  };
  return [
    { model, what: "GPT Workbench", figures: { ...ours, ...ratios } },
    { model, what: "node-llama-cpp", figures: { ...llama } },
  ];
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

function runLlama(entry: string, model: string): Promise<Figures> {
  const args = [entry, model, ...[promptTokens, newTokens, 3, vocabulary].map(String)];
  return new Promise((done, fail) => {
    const child = fork(join(__dirname, "llama/worker.mjs"), args);
    child.on("message", (message) => done(figures.parse(message)));
    child.on("error", fail);
    child.on("exit", (code, signal) => fail(new Error(`node-llama-cpp on ${model} ended with ${signal ?? code}`)));
  });
}
