/** A stored run of one variant over one input, for tests of what lists and shows runs. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const record = {
  ...{ version: 1, id: "host", file: "host.prompt.yaml", overrides: { k: 1 } },
  text: 'task: classification\nlabels: { a: x, b: y }\nvariants:\n  - { name: plain, template: "{{ text }} {{ answer }}" }\n',
  model: { name: "starter", folder: "/nowhere", sha256: "0".repeat(64), device: "cpu", contextLength: 512 },
  data: {},
  versions: { gptWorkbench: "0.1.0", onnxruntime: "1.30.0" },
  ...{ task: "classification", items: 1, complete: true, elapsedMs: 1 },
  variants: [
    {
      ...{ name: "plain", rule: "perToken", cells: 1, judged: 1, correct: 1, promptTokens: 3, ms: 1 },
      ...{ accuracy: { value: 1, low: 0.2, high: 1 }, meanLogprob: -1, bias: null, overconfidence: null },
    },
  ],
};
const candidate = (answer: string, probability: number) => {
  const logprob = Math.log(probability);
  return { answer, words: [{ text: ` ${answer}`, logprob, tokens: 1 }], score: logprob, probability };
};
const cell = {
  ...{ variant: 0, item: 0, candidates: [candidate("a", 0.75), candidate("b", 0.25)], output: "a", tokens: [] },
  ...{ gold: "a", correct: true, logprob: -0.3, logprobTokens: 1, promptTokens: 3, shots: 1, dropped: 0, truncated: 0 },
  ...{ ms: 1, cached: false },
};

/** Writes its folder. The record comes last, as with real runs. */
export function writeRun(folder: string, startedAt: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "items.jsonl"), `${JSON.stringify({ fields: { text: "t" }, gold: "a" })}\n`);
  writeFileSync(join(folder, "predictions.jsonl"), `${JSON.stringify(cell)}\n`);
  writeFileSync(join(folder, "run.json"), JSON.stringify({ ...record, startedAt }));
}
