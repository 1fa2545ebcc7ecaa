/** Our side of `npm run bench -- engine`, in a process of its own: `engineWorker.ts FOLDER PROMPT DECODE REPETITIONS VOCABULARY`. */
import { openModelFolder } from "../../src/runtime/checkpoint/store";
import { generateTokens } from "../../src/runtime/engine/generate";
import { type LoadedModel, loadModel } from "../../src/runtime/engine/loadedModel";
import { median } from "./timing";

const signal = new AbortController().signal;
const describeToken = (id: number) => ({ id, text: "" });

/** The tokens after a prompt, and when they came. */
interface Continuation {
  readonly ids: readonly number[];
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
}

async function greedy(model: LoadedModel, prompt: readonly number[], count: number): Promise<Continuation> {
  const config = { maxNewTokens: count, temperature: 0, topK: 0, topP: 1, seed: 0 };
  const options = { config, topK: 1, describe: describeToken, signal, endOfText: null, lookup: false };
  const ids: number[] = [];
  const started = performance.now();
  let first = 0;
  for await (const { id } of generateTokens(model, prompt, options)) {
    if (ids.length === 0) first = performance.now();
    ids.push(id);
  }
  const seconds = (performance.now() - first) / 1000;
  return { ids, firstTokenMs: first - started, tokensPerSecond: (ids.length - 1) / seconds };
}

async function main(): Promise<void> {
  const [folder = "", ...numbers] = process.argv.slice(2);
  const [promptLength = 0, decodeLength = 0, repetitions = 0, vocabulary = 0] = numbers.map(Number);
  const model = await loadModel(await openModelFolder(folder), "cpu", performance.now());
  const runs: Continuation[] = [];
  for (let round = 0; round <= repetitions; round++) {
    // The peers' prompts. Other ones every time, so that no cache of an earlier text helps.
    const start = 13 + 1009 * round;
    const prompt = Array.from({ length: promptLength }, (_, i) => (i * 7919 + start) % vocabulary);
    runs.push(await greedy(model, prompt, decodeLength));
  }
  // The first run warms up.
  const of = (key: "firstTokenMs" | "tokensPerSecond") => median(runs.slice(1).map((run) => run[key]));
  process.send?.({
    firstTokenMs: of("firstTokenMs"),
    tokensPerSecond: of("tokensPerSecond"),
    peakMemoryMB: process.resourceUsage().maxRSS / 1024,
    chosen: runs.map(({ ids }) => ids),
  });
}

void main();
