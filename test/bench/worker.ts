/** One measurement in a process of its own, so that its peak memory is its own: `worker.ts NAME FOLDER DEVICE`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import { forward } from "../../src/runtime/engine/forward";
import { generateTokens } from "../../src/runtime/engine/generate";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { checkpointFolder, checkpointParameters } from "../../src/runtime/engine/parameters";
import { measurePerplexity } from "../../src/runtime/engine/perplexity";
import { argmax } from "../../src/runtime/engine/sampling";
import { scoreTokens } from "../../src/runtime/engine/score";
import { int64Tensor, readFloat32, Session } from "../../src/runtime/engine/session";
import { deviceTraits } from "../../src/runtime/model/deviceTraits";
import { buildScoringGraph } from "../../src/runtime/model/gpt";
import type { Device } from "../../src/runtime/protocol";
import { benchLimits } from "./limits";
import { benchLookup } from "./lookup";
import { benchScoring } from "./scoring";
import { median, timed } from "./timing";
import { benchTrace } from "./trace";
import { benchTyping } from "./typing";

/** What a measurement sends back: figures by name, `…PerSecond` or `…Ms`. */
export type Measurement = Readonly<Record<string, number>>;

const root = join(__dirname, "../..");
/** English and code. */
const textFiles = ["docs/architecture.md", "CONTRIBUTING.md", "src/runtime/model/gpt.ts", "src/runtime/service.ts"];
const promptLength = 32;
const decodeLength = 128;
const prefillLength = 512;
const repetitions = 5;

const describeToken = (id: number) => ({ id, text: "" });
const signal = new AbortController().signal;

/** Other ones every time, so that no cache of an earlier text helps. */
function testIds(model: LoadedModel, length: number): number[] {
  const start = 13 + 1009 * texts++;
  return Array.from({ length }, (_, i) => (i * 7919 + start) % model.config.vocabSize);
}

let texts = 0;

async function repeat(work: () => Promise<unknown>): Promise<number> {
  await work();
  const seconds: number[] = [];
  for (let i = 0; i < repetitions; i++) seconds.push(await timed(work));
  return median(seconds);
}

/** Tokens per second after a short prompt, greedy, with everything that is shown of a token. */
async function decode(model: LoadedModel): Promise<Measurement> {
  const config = { maxNewTokens: decodeLength, temperature: 0, topK: 0, topP: 1, seed: 0 };
  const options = { config, topK: 10, describe: describeToken, signal, endOfText: null, lookup: false };
  let first = 0;
  const seconds = await repeat(async () => {
    const start = performance.now();
    let count = 0;
    for await (const _ of generateTokens(model, testIds(model, promptLength), options))
      if (count++ === 0) first = performance.now() - start;
  });
  return { tokensPerSecond: decodeLength / seconds, firstTokenMs: first };
}

/** Prompt tokens per second: read to the next token's distribution, and scored at every position. */
async function prefill(model: LoadedModel): Promise<Measurement> {
  const length = Math.min(prefillLength, model.config.nPositions);
  const config = { maxNewTokens: 1, temperature: 0, topK: 0, topP: 1, seed: 0 };
  const options = { config, topK: 10, describe: describeToken, signal, endOfText: null };
  const read = await repeat(async () => {
    for await (const _ of generateTokens(model, testIds(model, length), options));
  });
  const score = await repeat(() => scoreTokens(model, testIds(model, length), options));
  return { tokensPerSecond: length / read, scoredTokensPerSecond: length / score };
}

/** The peer: no cache, the whole text again for every token, as viewers built on exported graphs do. */
async function decodeWithoutCache(session: Session, model: LoadedModel): Promise<Measurement> {
  const seconds = await timed(async () => {
    const ids = testIds(model, promptLength);
    for (let i = 0; i < decodeLength; i++) ids.push(await nextToken(session, ids, model.config.vocabSize));
  });
  return { tokensPerSecond: decodeLength / seconds };
}

/** The peer of prefill: the whole text in one pass, logits at every position brought back. */
async function prefillInOnePass(session: Session, model: LoadedModel): Promise<Measurement> {
  const ids = testIds(model, Math.min(prefillLength, model.config.nPositions));
  const seconds = await repeat(() => nextToken(session, ids, model.config.vocabSize));
  return { tokensPerSecond: ids.length / seconds };
}

async function nextToken(session: Session, ids: readonly number[], vocabSize: number): Promise<number> {
  const shape = [1, ids.length];
  const feeds = {
    input_ids: int64Tensor(ids, shape),
    position_ids: int64Tensor([...ids.keys()], shape),
    attention_mask: int64Tensor(
      ids.map(() => 1),
      shape,
    ),
  };
  const logits = readFloat32(await session.run(feeds, { logits: null }), "logits");
  return argmax(logits.subarray(logits.length - vocabSize));
}

/** Decoding, reading a prompt, and perplexity where there is a tokenizer. */
async function quantized(model: LoadedModel): Promise<Measurement> {
  const { tokensPerSecond } = await decode(model);
  const { tokensPerSecond: promptTokensPerSecond = 0 } = await prefill(model);
  if (!model.tokenizer) return { tokensPerSecond: tokensPerSecond ?? 0, promptTokensPerSecond };
  const ids = model.tokenizer.encode(textFiles.map((file) => readFileSync(join(root, file), "utf8")).join("\n"));
  const { perplexity } = await measurePerplexity(model, ids, { signal });
  return { tokensPerSecond: tokensPerSecond ?? 0, promptTokensPerSecond, perplexity, textTokens: ids.length };
}

async function measure(name: string, folder: string, device: Device): Promise<Measurement> {
  const started = performance.now();
  const opened = await openModelFolder(folder);
  const model = await loadModel(opened, device, started);
  await forward(model, model.newCache(1), { ids: [0], rows: [0], targets: [0], topK: 1 });
  const readyMs = performance.now() - started;
  if (name === "decode") return { ...(await decode(model)), loadMs: model.info.loadMs, readyMs };
  if (name === "quantize") return { ...(await quantized(model)), loadMs: model.info.loadMs, readyMs };
  if (name === "typing") return benchTyping(model);
  if (name === "lookup") return benchLookup(model);
  if (name === "limits") return benchLimits(model);
  if (name === "scoring") return benchScoring(model);
  if (name === "trace") return benchTrace(model);
  if (name === "prefill") return { ...(await prefill(model)), loadMs: model.info.loadMs, readyMs };
  const graph = buildScoringGraph(opened.config, checkpointParameters(opened), deviceTraits[device].headsAtOnce);
  await model.dispose();
  const checkpoint = checkpointFolder(opened.checkpoint);
  const session = await Session.create(graph, { name: "peer", device, folder: checkpoint });
  return name === "decode-peer" ? decodeWithoutCache(session, model) : prefillInOnePass(session, model);
}

async function main(): Promise<void> {
  const [name = "decode", folder = "", device = "cpu"] = process.argv.slice(2);
  const figures = await measure(name, folder, device === "webgpu" ? "webgpu" : "cpu");
  process.send?.({ ...figures, peakMemoryMB: process.resourceUsage().maxRSS / 1024 });
}

void main();
