// Measures transformers.js in a process of its own: worker.mjs ENTRY FOLDER FILE DTYPE PROMPT DECODE REPETITIONS VOCABULARY. ENTRY is
// the package's file, FILE an export's name in FOLDER/onnx.
import { basename, dirname } from "node:path";
import { pathToFileURL } from "node:url";

// Its onnxruntime would else collect events about the machine.
process.env.ORT_DISABLE_TELEMETRY = "1";

const [entry, folder, file, dtype, ...numbers] = process.argv.slice(2);
const [promptLength, decodeLength, repetitions, vocabulary] = numbers.map(Number);
const { AutoModelForCausalLM, env, Tensor } = await import(pathToFileURL(entry).href);
env.allowRemoteModels = false;
env.localModelPath = dirname(folder);
const model = await AutoModelForCausalLM.from_pretrained(basename(folder), {
  device: "cpu",
  dtype,
  model_file_name: file,
  session_options: { intraOpNumThreads: 2 },
});

const firstMs = [];
const perSecond = [];
const chosen = [];
for (let round = 0; round <= repetitions; round++) {
  const start = 13 + 1009 * round;
  const prompt = Array.from({ length: promptLength }, (_, i) => BigInt((i * 7919 + start) % vocabulary));
  const inputs = new Tensor("int64", prompt, [1, promptLength]);
  const times = [];
  const ids = [];
  const streamer = {
    put([tokens]) {
      if (times.length > 0) ids.push(Number(tokens[0])); // the prompt comes first
      times.push(performance.now());
    },
    end: () => undefined,
  };
  const started = performance.now();
  await model.generate({ inputs, max_new_tokens: decodeLength, do_sample: false, streamer });
  chosen.push(ids);
  if (round === 0) continue;
  firstMs.push(times[1] - started);
  perSecond.push(((ids.length - 1) * 1000) / (times.at(-1) - times[1]));
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
