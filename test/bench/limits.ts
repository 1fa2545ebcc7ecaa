/** How near decoding comes to what memory bandwidth allows, reading a prompt to what matrix products allow, and what a long context costs. */
import { Worker } from "node:worker_threads";
import { forward } from "../../src/runtime/engine/forward";
import type { KVCache } from "../../src/runtime/engine/kvCache";
import type { LoadedModel } from "../../src/runtime/engine/loadedModel";
import { float32Tensor, Session } from "../../src/runtime/engine/session";
import { GraphBuilder } from "../../src/runtime/graph/graph";
import { cachedHeadSize } from "../../src/runtime/model/attention";
import { median, timed } from "./timing";

const threads = 2;
const rounds = 15;
const shortContext = 50;
const longContext = 1000;
const promptLength = 512;
/** Far beyond every cache, bytes per thread. */
const compared = 192 << 20;
const size = 1024;

/** Shares of 1, tokens per second, and the limits themselves; all measured in turn, so that a busy machine slows all alike. */
export async function benchLimits(model: LoadedModel): Promise<Readonly<Record<string, number>>> {
  const { nPositions } = model.config;
  const far = Math.min(longContext, nPositions - 1);
  const [short, long] = [await filled(model, shortContext), await filled(model, far)];
  const product = await createProduct();
  const seconds = { short: [] as number[], long: [] as number[], prompt: [] as number[] };
  const limits = { bandwidth: [] as number[], sgemm: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    const found = {
      bandwidth: await readBandwidth(),
      short: await decodeSeconds(model, short),
      long: await decodeSeconds(model, long),
      sgemm: await product(),
      prompt: round % 3 === 0 ? await promptSeconds(model) : null,
    };
    if (round === 0) continue;
    limits.bandwidth.push(found.bandwidth);
    limits.sgemm.push(found.sgemm);
    seconds.short.push(found.short);
    seconds.long.push(found.long);
    if (found.prompt !== null) seconds.prompt.push(found.prompt);
  }
  await Promise.all((workers ?? []).map((worker) => worker.terminate()));
  const [bandwidth, sgemm] = [median(limits.bandwidth), median(limits.sgemm)];
  const [atShort, atLong, prompt] = [median(seconds.short), median(seconds.long), median(seconds.prompt)];
  return {
    bandwidthGBPerSecond: bandwidth / 1e9,
    decodePerSecond: 1 / atShort,
    decodeOfBandwidth: bytesRead(model, shortContext) / bandwidth / atShort,
    decodeLongPerSecond: 1 / atLong,
    longOfShort: atShort / atLong,
    longOfShortPossible: bytesRead(model, shortContext) / bytesRead(model, far),
    sgemmGFlops: sgemm / 1e9,
    promptOfSgemm: promptFlops(model) / sgemm / prompt,
  };
}

/** Bytes per second that two threads read: each compares two large buffers. */
async function readBandwidth(): Promise<number> {
  workers ??= Array.from({ length: threads }, () => new Worker(compareScript, { eval: true, workerData: compared }));
  const answers = workers.map(
    (worker) =>
      new Promise<void>((done) => {
        worker.once("message", () => done());
        worker.postMessage("go");
      }),
  );
  return (threads * 2 * compared) / (await timed(() => Promise.all(answers)));
}

let workers: Worker[] | undefined;

const compareScript = `
const { parentPort, workerData } = require("node:worker_threads");
const [a, b] = [Buffer.alloc(workerData, 1), Buffer.alloc(workerData, 1)];
parentPort.on("message", () => parentPort.postMessage(a.equals(b)));
`;

/** Gives a function that tells floating-point operations per second of a square product on the same runtime. */
async function createProduct(): Promise<() => Promise<number>> {
  const g = new GraphBuilder();
  const [a, b] = [g.input("a", "float32", [size, size]), g.input("b", "float32", [size, size])];
  g.outputAs("sums", g.sumLast(g.matMul(a, b)));
  const session = await Session.create(g.build(), { name: "product", device: "cpu" });
  const values = () => float32Tensor(Float32Array.from({ length: size * size }, Math.random), [size, size]);
  const feeds = { a: values(), b: values() };
  return async () => (2 * size ** 3) / (await timed(() => session.run(feeds, { sums: null })));
}

async function filled(model: LoadedModel, tokens: number): Promise<KVCache> {
  const cache = model.newCache(tokens + 1);
  while (cache.length < tokens) await read(model, cache, Math.min(64, tokens - cache.length));
  return cache;
}

async function decodeSeconds(model: LoadedModel, cache: KVCache): Promise<number> {
  const { length } = cache;
  const times: number[] = [];
  for (let i = 0; i < 8; i++) {
    times.push(await timed(() => read(model, cache, 1)));
    cache.truncate(length);
  }
  return median(times);
}

/** As generation reads a prompt: in passes of 128. */
async function promptSeconds(model: LoadedModel): Promise<number> {
  const cache = model.newCache(promptLength);
  const seconds = await timed(async () => {
    while (cache.length < promptLength) await read(model, cache, 128);
  });
  cache.dispose();
  return seconds;
}

function read(model: LoadedModel, cache: KVCache, count: number): Promise<unknown> {
  const ids = Array.from({ length: count }, (_, i) => (i * 7919 + cache.length) % model.config.vocabSize);
  return forward(model, cache, { ids, rows: [count - 1], targets: [0], topK: 1 });
}

/** Weights that a token needs, and keys and values before it. Of position embeddings and, where untied, token embeddings, one row. */
function bytesRead({ config }: LoadedModel, context: number): number {
  const { nLayer, nEmbd, nInner, vocabSize, nHead } = config;
  const block = 4 * nEmbd * nEmbd + 2 * nEmbd * nInner;
  return 4 * (nLayer * block + vocabSize * nEmbd + 2 * nLayer * nHead * cachedHeadSize(config) * context);
}

/** Multiplications and additions of a prompt: blocks, causal attention, and the output head for its last token of each pass. */
function promptFlops({ config }: LoadedModel): number {
  const { nLayer, nEmbd, nInner, vocabSize } = config;
  const block = 4 * nEmbd * nEmbd + 2 * nEmbd * nInner;
  const attention = promptLength * nEmbd; // of two products of T² C / 2 each, per token
  return 2 * (promptLength * nLayer * (block + attention) + (promptLength / 128) * vocabSize * nEmbd);
}
