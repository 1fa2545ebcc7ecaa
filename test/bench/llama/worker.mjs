// Measures node-llama-cpp in a process of its own: worker.mjs ENTRY MODEL PROMPT DECODE REPETITIONS VOCABULARY. ENTRY is the package's file.
import { pathToFileURL } from "node:url";

const [entry, modelPath, ...numbers] = process.argv.slice(2);
const [promptLength, decodeLength, repetitions, vocabulary] = numbers.map(Number);
const { getLlama } = await import(pathToFileURL(entry).href);
const llama = await getLlama({ gpu: false, build: "never", maxThreads: 2, logLevel: "error", progressLogs: false });
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({
  contextSize: promptLength + decodeLength + 8,
  batchSize: 512,
  sequences: 1,
  threads: 2,
});
const sequence = context.getSequence();

const firstMs = [];
const perSecond = [];
const chosen = [];
for (let round = 0; round <= repetitions; round++) {
  await sequence.clearHistory();
  const start = 13 + 1009 * round;
  const prompt = Array.from({ length: promptLength }, (_, i) => (i * 7919 + start) % vocabulary);
  const started = performance.now();
  let first = 0;
  const ids = [];
  for await (const token of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    ids.push(token);
    if (ids.length === 1) first = performance.now();
    if (ids.length === decodeLength) break;
  }
  const ended = performance.now();
  chosen.push(ids);
  if (round === 0) continue;
  firstMs.push(first - started);
  perSecond.push(((ids.length - 1) * 1000) / (ended - first));
}
const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
process.send({
  firstTokenMs: median(firstMs),
  tokensPerSecond: median(perSecond),
  peakMemoryMB: process.resourceUsage().maxRSS / 1024,
  chosen,
});
process.disconnect();
process.exit(0);
