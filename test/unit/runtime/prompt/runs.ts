/** A run for tests of what keeps and shows runs. Its texts try to be more than text. */
import type { PromptCell, RunItem, RunRecord } from "../../../../src/runtime/promptProtocol";

/** A record of two variants over `items` inputs. */
export function record(items: number, changes: Partial<RunRecord> = {}): RunRecord {
  const summary = {
    name: "plain | <b>bold</b>",
    rule: "perToken + contextual",
    cells: items,
    judged: items,
    correct: 1,
    accuracy: { value: 0.5, low: 0.1, high: 0.9 },
    meanLogprob: -1.25,
    promptTokens: 20,
    ms: 12.5,
    bias: [{ label: "positive", prior: 0.75, chosen: 2 }],
    overconfidence: -0.125,
  };
  return {
    version: 1,
    id: "2026-11-26T00-00-00-reviews",
    startedAt: "2026-11-26T00:00:00.000Z",
    file: "reviews.prompt.yaml",
    text: "task: classification\n# ``` <script>alert(1)</script>\n",
    overrides: { k: 2, seed: 7 },
    model: { name: "starter", folder: "/models/starter", sha256: "ab".repeat(32), device: "cpu", contextLength: 512 },
    data: { "../reviews.jsonl": "cd".repeat(32) },
    versions: { gptWorkbench: "0.1.0", onnxruntime: "1.30.0" },
    task: "classification",
    items,
    variants: [
      summary,
      { ...summary, name: "free", rule: "generate", accuracy: null, bias: null, overconfidence: null },
    ],
    complete: true,
    elapsedMs: 1234.5,
    ...changes,
  };
}

/** An input whose text is `text`. */
export function runItem(text: string): RunItem {
  return { fields: { text }, gold: "positive" };
}

/** A cell of a choice. */
export function choiceCell(variant: number, item: number, changes: Partial<PromptCell> = {}): PromptCell {
  const words = [{ text: " good", logprob: -1.5, tokens: 1 }];
  return {
    variant,
    item,
    candidates: [
      { answer: "positive", words, score: -1.5, probability: 0.6, calibrated: 0.3 },
      {
        answer: "negative",
        words: [{ text: " bad", logprob: -1.9, tokens: 1 }],
        score: -1.9,
        probability: 0.4,
        calibrated: 0.7,
      },
    ],
    output: "negative",
    tokens: [],
    gold: "positive",
    correct: false,
    logprob: -1.5,
    logprobTokens: 1,
    promptTokens: 10,
    shots: 2,
    dropped: 0,
    truncated: 0,
    ms: 3.25,
    cached: false,
    ...changes,
  };
}

/** A cell of a text that was written. */
export function textCell(variant: number, item: number, output: string): PromptCell {
  return choiceCell(variant, item, { candidates: null, output, correct: null, gold: null });
}
