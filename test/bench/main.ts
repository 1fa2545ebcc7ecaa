/** `npm run bench -- decode|prefill|engine|limits|lookup|scoring|trace|typing|soak|sparse|strip|grid|quantize|heatmap|train [--device cpu|webgpu] [--model DIR]`: a table, and JSON under bench-results/. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus, type as osType, totalmem } from "node:os";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { randomGpt2Small } from "../randomModel";
import { benchEngine } from "./engine";
import { benchGrid } from "./grid";
import { benchHeatMap } from "./heatMap";
import { benchQuantize } from "./quantize";
import { runWorker } from "./runWorker";
import { benchSoak } from "./soak";
import { benchSparse } from "./sparse";
import { benchStrip } from "./strip";
import { printTable, type Row } from "./table";
import { benchTrain } from "./train/train";

const root = resolve(__dirname, "../..");

/** Each benchmark and the peer it is compared with, in the same run. */
const benchmarks: Readonly<Record<string, Benchmark>> = {
  decode: {
    what: "128 tokens after 32, greedy. Peer: no cache, the whole text again for every token",
    subject: "model",
    run: (device, model) => benchModels(["decode", "decode-peer"], device, model),
  },
  prefill: {
    what: "a prompt of 512. Peer: one pass, every position's logits brought back",
    subject: "model",
    run: (device, model) => benchModels(["prefill", "prefill-peer"], device, model),
  },
  engine: {
    what: "GPT-2 small: a prompt of 512, then 128 tokens, greedy. Peers: node-llama-cpp and transformers.js with the same weights",
    subject: "precision",
    run: () => benchEngine(),
  },
  limits: {
    what: "decoding at 50 and 1,000 tokens against memory bandwidth, a prompt of 512 against matrix products. Peer: those limits",
    subject: "model",
    run: (_, model) => benchModels(["limits"], "cpu", model),
  },
  lookup: {
    what: "128 tokens after 320, greedy, guessing from the text. Peer: without guesses",
    subject: "model",
    run: (device, model) => benchModels(["lookup"], device, model),
  },
  scoring: {
    what: "16 shots, 4 labels, 200 items, as a tree. Peer: each pair from scratch (time from 12 of them)",
    subject: "model",
    run: (device, model) => benchModels(["scoring"], device, model),
  },
  trace: {
    what: "every head's attention over 1,024 tokens at a glance, and one head's matrix. Peer: scoring the text",
    subject: "model",
    run: (device, model) => benchModels(["trace"], device, model),
  },
  typing: {
    what: "a line of up to 16 tokens after some 400, cold and with every character typed (the starter). No peer",
    subject: "model",
    run: async (device, model) => {
      const folder = model ? resolve(model) : join(root, "media/models/starter");
      return [{ model: basename(folder), what: "typing", figures: await runWorker("typing", folder, device) }];
    },
  },
  soak: {
    what: "2,000 random requests with random cancellations over four minutes or more. No peer: none may be lost",
    subject: "model",
    run: () => benchSoak(),
  },
  sparse: {
    what: "attention of 12 heads of 64 over n tokens. Peer: onnxruntime's fused dense attention (GroupQueryAttention)",
    subject: "n",
    run: (device) => benchSparse(device),
  },
  strip: {
    what: "10,000 tokens in the inspector: first paint, frames while scrolling. Peer: all tokens in the page, skipped out of sight",
    subject: "model",
    run: () => benchStrip(),
  },
  grid: {
    what: "the prompt lab's 5,000 inputs × 10 variants: long tasks until all is shown, frames while scrolling. Peer: all cells in the page, skipped out of sight",
    subject: "model",
    run: () => benchGrid(),
  },
  quantize: {
    what: "matrices in 8 or 4 bits, blocks of 32 or 128: decoding as in decode, a prompt of 512, perplexity. Peer: float32",
    subject: "model",
    run: async (device, model) => benchQuantize(await benchFolders(model), device),
  },
  heatmap: {
    what: "frames while a map of 1,024 × 1,024 is zoomed and panned, in Chromium without a GPU. No peer: 16 ms is a frame",
    subject: "view",
    run: () => benchHeatMap(),
  },
  train: {
    what: "optimizer steps of a 6-layer, 384-wide GPT, 8 × 256 tokens: all parameters, LoRA, head. Peer: PyTorch with the same threads, weights and batches",
    subject: "method",
    run: (device) => benchTrain(device),
  },
};

interface Benchmark {
  readonly what: string;
  /** What a row is about. */
  readonly subject: string;
  /** Measures; `model` is the folder that was asked for, if any. */
  readonly run: (device: string, model: string | undefined) => Promise<Row[]>;
}

/** Each of `names` on each model. */
async function benchModels(names: readonly string[], device: string, model: string | undefined): Promise<Row[]> {
  const rows: Row[] = [];
  for (const folder of await benchFolders(model))
    for (const what of names)
      rows.push({ model: basename(folder), what, figures: await runWorker(what, folder, device) });
  return rows;
}

/** The starter and a random GPT-2 small, or the model given. */
async function benchFolders(model: string | undefined): Promise<string[]> {
  return model ? [resolve(model)] : [join(root, "media/models/starter"), await randomGpt2Small()];
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { device: { type: "string", default: "cpu" }, model: { type: "string" } },
  });
  const name = positionals[0] ?? "";
  const benchmark = benchmarks[name];
  if (!benchmark) {
    console.error(`usage: npm run bench -- ${Object.keys(benchmarks).join("|")} [--device cpu|webgpu] [--model DIR]`);
    return 2;
  }
  console.log(`${name}: ${benchmark.what}. Takes a few minutes.`);
  const rows = await benchmark.run(values.device, values.model);
  printTable(rows, benchmark.subject);
  console.log(`Written to ${await save(name, values.device, rows)}`);
  return 0;
}

/** The file written: machine, versions, medians. */
async function save(name: string, device: string, rows: readonly Row[]): Promise<string> {
  const packageJson: unknown = JSON.parse(
    await readFile(join(root, "node_modules/onnxruntime-node/package.json"), "utf8"),
  );
  const { version } = z.object({ version: z.string() }).parse(packageJson);
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 2 ** 30),
    os: osType(),
  };
  const record = {
    name,
    device,
    date: new Date().toISOString(),
    machine,
    node: process.version,
    onnxruntime: version,
    rows,
  };
  const folder = join(root, "bench-results");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}-${device}.json`);
  await writeFile(file, `${JSON.stringify(record, null, 2)}\n`);
  return file;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
