/** Runs for the compare panel's tests: made up, but of the shapes that the host sends. */
import type { CellBrief, CellDetail, CellDifference, CompareHeader } from "../../src/runtime/comparePanelProtocol";
import type { PromptCell, RunItem, VariantSummary } from "../../src/runtime/promptProtocol";
import type { ModelInfo, ScoredToken } from "../../src/runtime/protocol";
import type { Panel } from "./page";

type Header = Extract<CompareHeader, { kind: "run" }>;

const labels = ["negative", "positive"];

/** A number from 0 to 1 that is the same for the same input. */
function noise(seed: number): number {
  const x = Math.sin(seed * 12.9898) * 43_758.5453;
  return x - Math.floor(x);
}

/** An input of the labelled run. */
export function labelledItem(item: number): RunItem {
  const texts = [
    "a gorgeous , witty , seductive movie .",
    "the story drags on for far too long and never finds its footing , though the leads try hard .",
    "it's slow -- very , very slow .",
    "one of the best films of the year .",
  ];
  return { fields: { sentence: `${texts[item % 4]} (${item})` }, gold: labels[Math.floor(noise(item) * 2)] ?? null };
}

/** A cell of the labelled run. */
export function labelledCell(variant: number, item: number): CellBrief {
  const gold = labelledItem(item).gold ?? "";
  const share = 0.05 + 0.93 * noise(item * 31 + variant * 7 + 1);
  const answer = share > 0.5 ? "positive" : "negative";
  return {
    ...{ variant, item, gold, output: answer, correct: answer === gold },
    answers: labels,
    shares: [1 - share, share],
    tokens: [],
    logprob: Math.log(gold === "positive" ? share : 1 - share),
    logprobTokens: 1,
    ms: 20 + 50 * noise(item + variant),
    cached: item % 9 === 0,
    shortened: item % 11 === 5,
  };
}

/** A labelled run of this size. */
export function labelledHeader(items: number, variants: number, more: Partial<Header> = {}): Header {
  const names = [
    "zero-shot",
    "one-shot",
    "4-shot",
    "16-shot, calibrated",
    "plain words",
    "question",
    "<img src=x onerror=alert(1)>",
    "h",
    "i",
    "j",
  ];
  const total = items * variants;
  const chosen = Array.from({ length: variants }, (_, i) => names[i] ?? `variant ${i}`);
  return {
    ...{ kind: "run", run: 1, title: "sentiment.prompt.yaml", folders: ["/runs/1"], task: "classification" },
    models: [{ name: "gpt2", device: "cpu" }],
    startedAt: "2026-11-25T20:00:00Z",
    variants: chosen.map((name, i) => ({ name, rule: i === 3 ? "perToken, contextual" : "perToken" })),
    ...{ items, done: total, total, elapsedMs: 182_400, status: { kind: "complete" }, notes: [] },
    summaries: chosen.map((name, i) => summary(name, i, items)),
    repeatable: true,
    ...more,
  };
}

function summary(name: string, index: number, items: number): VariantSummary {
  const value = 0.55 + 0.04 * index;
  return {
    ...{ name, rule: index === 3 ? "perToken, contextual" : "perToken", cells: items, judged: items },
    correct: Math.round(items * value),
    accuracy: { value, low: value - 0.02, high: value + 0.02 },
    ...{ meanLogprob: -0.7 + index / 50, promptTokens: items * (30 + index * 20), ms: items * 34 },
    bias: [
      { label: "negative", prior: index === 3 ? 0.22 : null, chosen: Math.round(items * 0.4) },
      { label: "positive", prior: index === 3 ? 0.78 : null, chosen: Math.round(items * 0.6) },
    ],
    overconfidence: 0.08 - index / 50,
  };
}

/** Shows a labelled run, in batches as the host sends it. */
export async function showLabelled(
  panel: Panel,
  items: number,
  variants: number,
  more: Partial<Header> = {},
): Promise<void> {
  const header = labelledHeader(items, variants, more);
  await panel.send("compare/show", header);
  for (let from = 0; from < items; from += 500) {
    const numbers = Array.from({ length: Math.min(500, items - from) }, (_, i) => from + i);
    await panel.send("compare/items", { run: header.run, from, items: numbers.map(labelledItem) });
    const cells = numbers.flatMap((item) => header.variants.map((_, variant) => labelledCell(variant, item)));
    await panel.send("compare/cells", { run: header.run, cells });
  }
}

const hostile = '<b>bold</b> \u202Ereversed\u0007 "quotes" {{ y }}';

/** Shows a run of free answers: two variants, hostile texts among them. */
export async function showWritten(panel: Panel): Promise<void> {
  const header = labelledHeader(6, 2, { run: 2, task: "translation", title: `translate ${hostile}` });
  const summaries = header.summaries.map((one) => ({
    ...one,
    rule: "generate",
    accuracy: null,
    judged: 0,
    correct: 0,
    bias: null,
    overconfidence: null,
  }));
  await panel.send("compare/show", {
    ...header,
    summaries,
    variants: header.variants.map(({ name }) => ({ name, rule: "generate" })),
  });
  const items = Array.from({ length: 6 }, (_, i) => ({
    fields: { english: i === 1 ? hostile : `The weather is fine today, number ${i}.`, note: "formal" },
    gold: null,
  }));
  await panel.send("compare/items", { run: 2, from: 0, items });
  const cells = items.flatMap((_, item) => [0, 1].map((variant) => writtenCell(variant, item)));
  await panel.send("compare/cells", { run: 2, cells });
}

function writtenCell(variant: number, item: number): CellBrief {
  const words =
    item === 1 ? [hostile] : [" Le", " temps", variant ? " fait" : " est", " beau", " aujourd", "'hui", "."];
  const tokens = words.map((text, i) => ({ text, bits: 14 * noise(i + item * 10 + variant) }));
  return {
    ...{ variant, item, gold: null, correct: null, answers: null, shares: [], tokens },
    output: words.join("").trim(),
    ...{ logprob: -6.1 - item, logprobTokens: words.length, ms: 210, cached: false, shortened: false },
  };
}

const model: ModelInfo = {
  ...{ folder: "/models/gpt2", name: "gpt2", modelType: "gpt2", device: "cpu", parameterCount: 124_000_000 },
  ...{ nLayer: 12, nHead: 12, nEmbd: 768, nPositions: 1024, vocabSize: 50_257, hasTokenizer: true, loadMs: 900 },
};

/** What the host says of a labelled cell. */
export function detailOf(variant: number, item: number): CellDetail {
  const { output, gold, correct, shares, logprob, ms } = labelledCell(variant, item);
  const { fields } = labelledItem(item);
  const instruction = "Decide whether a film review is positive or negative.\n\n";
  const demonstration = "Review: a joy .\nSentiment: positive\n\n";
  const query = `Review: ${fields.sentence}\nSentiment:`;
  const at = instruction.length + demonstration.length;
  const label = instruction.length + demonstration.indexOf("positive");
  const cell: PromptCell = {
    ...{
      variant,
      item,
      output,
      gold,
      correct,
      logprob,
      logprobTokens: 1,
      promptTokens: 41,
      shots: 1,
      dropped: 1,
      truncated: 0,
      ms,
      cached: false,
    },
    tokens: [],
    candidates: labels.map((answer, i) => ({
      answer,
      words: [{ text: ` ${answer}`, logprob: Math.log(shares[i] ?? 1) - 2, tokens: 1 }],
      score: Math.log(shares[i] ?? 1) - 2,
      probability: shares[i] ?? 0,
    })),
  };
  return {
    ...{ cell, item: labelledItem(item), problem: null },
    preview: {
      ...{
        model,
        variant: "v",
        prompt: instruction + demonstration + query,
        promptTokens: 41,
        answerTokens: 1,
        contextTokens: 1024,
      },
      ...{ dropped: 1, truncated: 0, demonstrations: [3], candidates: [" negative", " positive"], item: { ...fields } },
      segments: [
        { name: "Instruction", kind: "instruction", start: 0, end: 12, from: 0, to: instruction.length },
        { name: "Demonstration 1", kind: "demonstration", start: 12, end: 24, from: instruction.length, to: at },
        { name: "Label 1", kind: "label", start: 20, end: 21, from: label, to: label + "positive".length },
        { name: "Query", kind: "query", start: 24, end: 41, from: at, to: at + query.length },
      ],
    },
  };
}

/** Two variants' prompts and answers, scored. */
export function differenceOf(): CellDifference {
  const prompts = ["Review: fine .\nSentiment:", "Review: fine .\nFeeling:"] as const;
  const texts = [
    ["Review", ":", " fine", " .", "\n", "Sentiment", ":", " positive"],
    ["Review", ":", " fine", " .", "\n", "Feeling", ":", " positive"],
  ] as const;
  const bits = [
    [0, 1, 6, 2, 1, 7, 0.2, 3],
    [0, 1, 6, 2, 1, 9, 0.3, 1],
  ] as const;
  const tokens = (side: 0 | 1): ScoredToken[] => {
    let end = 0;
    return texts[side].map((text, i) => {
      const start = end;
      end += text.length;
      const prediction = { logprob: -(bits[side][i] ?? 0) * Math.LN2, rank: 1, entropy: 1, top: [] };
      return { id: i, text, start, end, prediction: i === 0 ? null : prediction };
    });
  };
  return {
    ...{ answers: [" positive", " positive"], prompts, a: tokens(0), b: tokens(1), answerFrom: [7, 7] },
    alignment: texts[0].map((text, i) => ({
      kind: text === texts[1][i] ? "same" : "changed",
      ...{ a: [i, i + 1], b: [i, i + 1], bitsA: bits[0][i] ?? 0, bitsB: bits[1][i] ?? 0 },
    })),
  };
}

/** The host's answers to the panel's questions. */
export const compareAnswers = {
  "compare/detail": (params: unknown) => {
    const { variant, item } = params as { variant: number; item: number };
    return { kind: "ready", value: detailOf(variant, item) };
  },
  "compare/difference": () => ({ kind: "ready", value: differenceOf() }),
  "compare/reproduce": (params: unknown) => {
    const { variant, item } = params as { variant: number; item: number };
    const value = { cell: detailOf(variant, item).cell, identical: true, sameOutput: true, difference: 0, changed: [] };
    return { kind: "ready", value };
  },
};
