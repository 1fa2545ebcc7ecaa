/** States of the training panel, for its tests and its pictures. Numbers are made up, and the same each time. */

import { defaultTexts, newFineTune } from "../../src/extension/training/fineTuneForm";
import { newPretrain, pretrainTexts } from "../../src/extension/training/pretrainForm";
import type { TrainingDataPreview } from "../../src/runtime/trainingDataProtocol";
import type {
  FineTuneForm,
  PretrainForm,
  StepPoint,
  TrainingPoint,
  TrainingRunView,
} from "../../src/runtime/trainingPanelProtocol";
import type { TrainingEstimate, TrainingRecord } from "../../src/runtime/trainingProtocol";
import type { Panel } from "./page";

const megabyte = 1e6;
const model = { folder: "/models/starter", device: "auto" } as const;
const models = [
  { folder: "/models/starter", name: "starter" },
  { folder: "/models/gpt2", name: "openai-community/gpt2" },
];

/** What a small data set holds; with things that are wrong with it. */
export const preview: TrainingDataPreview = {
  columns: ["sentence", "label", "idx"],
  items: [
    ["a smart, sweet and playful romantic comedy", "positive", "train"],
    ["it's never as solid as you want it to be, and the jokes wear thin long before the end", "negative", "train"],
    ['<img src="x" onerror="alert(1)">', "negative", "dev"],
    ["the film's open-ended finale is refreshingly bold", "positive", "test"],
  ].map(([text, label, split], i) => ({
    line: i + 2,
    split: split as "train",
    fields: { text: text ?? "", label: label ?? "" },
  })),
  labels: ["negative", "positive"],
  splits: [
    { name: "train", items: 5540, byLabel: [2650, 2890] },
    { name: "dev", items: 692, byLabel: [331, 361] },
    { name: "test", items: 688, byLabel: [329, 359] },
  ],
  duplicates: { count: 14, examples: [{ line: 230, sameAs: 12 }] },
  leaked: { count: 3, examples: [{ line: 55, split: "dev", sameAs: 4011 }] },
  contradictions: { count: 1, examples: [{ line: 901, sameAs: 44 }] },
  tokens: { median: 23, longest: 91, truncated: 4 },
  warnings: [],
  sha256: {},
};

/** It fits. */
export const estimate: TrainingEstimate = {
  memory: {
    parameters: 14 * megabyte,
    gradients: 14 * megabyte,
    moments: 28 * megabyte,
    activations: 190 * megabyte,
    total: 246 * megabyte,
    available: 3400 * megabyte,
  },
  fits: true,
  remedies: [],
  trainedParameters: 3_450_384,
  steps: 520,
  diskBytes: 13.8 * megabyte,
};

/** It does not. */
export const tooLarge: TrainingEstimate = {
  ...estimate,
  memory: { ...estimate.memory, activations: 4800 * megabyte, total: 4856 * megabyte },
  fits: false,
  remedies: [
    { text: "Compute activations anew in the backward pass: 1.3 GB.", recompute: true },
    { text: "Take micro-batches of 2 sequences: 1.4 GB.", microBatchSize: 2 },
  ],
};

/** A form that is filled in. */
export const fineTuneForm: FineTuneForm = {
  kind: "finetune",
  form: 1,
  revision: 1,
  values: {
    ...newFineTune(model, "full"),
    path: "/projects/space/data/reviews.tsv",
    columns: { text: "sentence", label: "label" },
    name: "reviews",
  },
  defaults: defaultTexts("full"),
  problems: {},
  models,
  devices: ["auto", "webgpu", "cpu"],
  estimate: { kind: "ready", value: estimate },
  failure: null,
  busy: null,
  preview: { kind: "ready", value: preview },
  columns: preview.columns,
  labelValues: ["negative", "positive"],
  modules: ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"],
};

/** As it is when it is opened from the palette. */
export const emptyForm: FineTuneForm = {
  ...fineTuneForm,
  values: newFineTune(model),
  defaults: defaultTexts("head"),
  problems: { path: "Choose a data file.", "column.text": "Choose a column.", "column.label": "Choose a column." },
  estimate: { kind: "none" },
  preview: { kind: "none" },
  columns: [],
  labelValues: [],
};

/** With something wrong, too large, and another run under way. */
export const wrongForm: FineTuneForm = {
  ...fineTuneForm,
  values: {
    ...fineTuneForm.values,
    method: "lora",
    fields: { ...fineTuneForm.values.fields, ...defaultTexts("lora"), learningRate: "fast", loraAlpha: "32" },
  },
  defaults: defaultTexts("lora"),
  problems: { learningRate: "“fast” is not a number." },
  estimate: { kind: "ready", value: tooLarge },
  failure: { code: "notEnoughMemory", message: "The run needs 4.9 GB of memory.", hint: "Take smaller micro-batches." },
  busy: "older run",
};

/** The form to pre-train. */
export const pretrainForm: PretrainForm = {
  kind: "pretrain",
  form: 2,
  revision: 1,
  values: newPretrain("/projects/space", model),
  defaults: pretrainTexts,
  problems: {},
  models,
  devices: ["auto", "webgpu", "cpu"],
  estimate: { kind: "ready", value: estimate },
  failure: null,
  busy: null,
  corpus: {
    kind: "ready",
    value: {
      files: 412,
      bytes: 3_812_004,
      skipped: [
        { reason: "Named by an ignore file.", files: 1204 },
        { reason: "Larger than 512 kB.", files: 3 },
      ],
      largest: [{ path: "src/runtime/protocol.ts", bytes: 18_230 }],
    },
  },
  presets: ["custom", "gpt1", "gpt2-small"],
  families: ["gpt2", "openai-gpt", "gpt3"],
};

/** The record of a fine-tuning run. */
export const record: TrainingRecord = {
  version: 1,
  kind: "finetune",
  id: "20260101-120000-reviews",
  name: "reviews",
  startedAt: "2026-01-01T12:00:00.000Z",
  state: "running",
  reason: null,
  base: { name: "starter", folder: "/models/starter", sha256: "ab".repeat(32) },
  device: "cpu",
  versions: { gptWorkbench: "0.1.0", onnxruntime: "1.30.0" },
  finetune: {
    data: { path: "/projects/space/data/reviews.tsv", task: "classification", devShare: 0.1, testShare: 0.1, seed: 0 },
    settings: {
      method: { kind: "full" },
      optimizer: {
        ...{ learningRate: 6.25e-5, batchSize: 32, microBatchSize: 8, warmup: 0.002, decay: "linear" },
        ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 },
      },
      dropout: { embedding: 0.1, residual: 0.1, attention: 0.1, classifier: 0.1 },
      ...{ epochs: 3, lmCoef: 0.5, headBias: false, specialTokens: "new", maxLength: 256, evaluateEvery: 0 },
      ...{ patience: 0, checkpointEvery: 50, seed: 0, recompute: false },
    },
  },
  data: { "reviews.tsv": "cd".repeat(32) },
  labels: ["negative", "positive"],
  counts: { train: 5540, dev: 692, test: 688 },
  truncated: 4,
  step: 0,
  steps: 520,
  best: null,
  test: null,
  model: null,
  elapsedMs: 0,
};

/** The same, completed. */
export const completed: TrainingRecord = {
  ...record,
  state: "completed",
  step: 520,
  best: { step: 346, loss: 0.391, accuracy: 0.8324 },
  test: { loss: 0.402, accuracy: 0.8198, majority: 0.5218 },
  model: "model",
  elapsedMs: 754_000,
};

/** A step that always comes out the same. */
export function stepPoint(step: number): StepPoint {
  const noise = Math.sin(step * 12.9898) * 43758.5453;
  const jitter = (noise - Math.floor(noise) - 0.5) * 0.16;
  const taskLoss = 0.32 + 0.42 * Math.exp(-step / 130) + jitter;
  const lmLoss = 3.05 + 1.4 * Math.exp(-step / 200) + jitter;
  return {
    ...{ kind: "step", step, epoch: Math.ceil(step / 174), taskLoss, lmLoss, loss: taskLoss + 0.5 * lmLoss },
    learningRate: 6.25e-5 * (1 - step / 520),
    gradientNorm: 1.6 + 6 * Math.abs(jitter),
    tokensPerSecond: 1400 + 300 * jitter,
  };
}

/** Curves of `steps` steps, with a look at dev every 58. */
export function curve(steps: number): readonly TrainingPoint[] {
  return Array.from({ length: steps }, (_, i): TrainingPoint[] => {
    const step = i + 1;
    const point = stepPoint(step);
    if (step % 58 !== 0) return [point];
    const accuracy = 0.84 - 0.3 * Math.exp(-step / 120);
    const loss = 0.39 + 0.3 * Math.exp(-step / 120) + (step > 350 ? 0.02 : 0);
    return [point, { kind: "evaluation", step, split: "dev", loss, accuracy, best: step < 350 }];
  }).flat();
}

/** A run under way. */
export const runningView: TrainingRunView = {
  ...{
    kind: "run",
    run: 7,
    title: "reviews",
    folder: "/projects/space/.gpt-workbench/runs/reviews",
    status: "running",
  },
  ...{ record, stage: null, last: stepPoint(300), leftMs: 318_000, checkpoint: 300 },
  ...{ notes: ["4 items were cut to 256 tokens."], samples: [], failure: null, model: null, busy: null },
};

/** A run that is over. */
export const completedView: TrainingRunView = {
  ...runningView,
  status: "completed",
  record: completed,
  last: stepPoint(520),
  leftMs: null,
  model: "/projects/space/.gpt-workbench/runs/20260101-120000-reviews/model",
};

/** A pre-training run that was cut off. */
export const interruptedView: TrainingRunView = {
  ...runningView,
  run: 8,
  status: "interrupted",
  title: "workspace",
  record: { ...record, kind: "pretrain", name: "workspace", base: null, labels: [] },
  samples: [
    { step: 100, text: "the the the of\n  return the" },
    { step: 200, text: "export function readTable(text: string): <b>never</b> {\n  return text;\n}" },
  ],
};

/** A run that failed. */
export const failedView: TrainingRunView = {
  ...runningView,
  run: 9,
  status: "failed",
  failure: { code: "internal", message: "The loss of step 212 is not a number.", hint: "Lower the learning rate." },
};

/** Shows a run with its curves. */
export async function showRun(panel: Panel, view: TrainingRunView, steps: number): Promise<void> {
  await panel.send("training/show", view);
  await panel.send("training/points", { run: view.run, from: 0, points: curve(steps) });
  await panel.page.locator("gptw-line-chart svg").first().waitFor();
}
