/** The form of a training run's files, which may be anybody's: each is checked before it is believed. */
import * as z from "zod";
import { type DeviceChoice, deviceChoices } from "../../runtime/protocol";
import { taskTypes } from "../../runtime/trainingDataProtocol";
import type {
  FineTuneSettings,
  OptimizerSettings,
  PretrainModel,
  TrainingEvent,
  TrainingRecord,
} from "../../runtime/trainingProtocol";

const count = z.int().min(0);
const text = z.string();
const number = z.number();
const split = z.enum(["train", "dev", "test"]);
const texts = z.record(text, text);
// JSON has no NaN: what was none is null there.
const loss = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const data = z.object({
  path: text,
  dev: text.exactOptional(),
  test: text.exactOptional(),
  task: z.enum(taskTypes),
  columns: texts.exactOptional(),
  labels: texts.exactOptional(),
  devShare: number,
  testShare: number,
  seed: count,
  limit: count.exactOptional(),
  skipBadRows: z.boolean().exactOptional(),
  keepDuplicates: z.boolean().exactOptional(),
});

const optimizer = z.object({
  ...{ learningRate: number, batchSize: count, microBatchSize: count, warmup: number },
  decay: z.enum(["linear", "cosine", "constant"]),
  ...{ beta1: number, beta2: number, epsilon: number, weightDecay: number, maxGradNorm: number },
}) satisfies z.ZodType<OptimizerSettings>;

const dropout = { embedding: number, residual: number, attention: number };

const settings = z.object({
  method: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("head") }),
    z.object({
      kind: z.literal("lora"),
      ...{ r: count, loraAlpha: number, loraDropout: number, targetModules: z.array(text) },
    }),
    z.object({ kind: z.literal("full") }),
  ]),
  optimizer,
  dropout: z.object({ ...dropout, classifier: number }),
  ...{ epochs: number, lmCoef: number, headBias: z.boolean(), specialTokens: z.enum(["new", "existing"]) },
  ...{ maxLength: count, evaluateEvery: count, patience: count, checkpointEvery: count, seed: count },
  recompute: z.boolean(),
}) satisfies z.ZodType<FineTuneSettings>;

const device = z.enum(deviceChoices) satisfies z.ZodType<DeviceChoice>;

const pretrainModel = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("new"),
    preset: text.exactOptional(),
    config: z.record(text, z.unknown()).exactOptional(),
    tokenizer: z.union([z.object({ train: count }), z.object({ from: text })]),
  }),
  z.object({
    kind: z.literal("continue"),
    model: z.object({ folder: text, device, contextLength: count.exactOptional() }),
  }),
]) satisfies z.ZodType<PretrainModel>;

const corpus = z.object({
  ...{
    root: text,
    include: z.array(text),
    exclude: z.array(text),
    respectIgnoreFiles: z.boolean(),
    maxFileBytes: count,
  },
  licenses: z.array(text).exactOptional(),
});

const pretrainSettings = z.object({
  optimizer,
  dropout: z.object(dropout),
  ...{ sequenceLength: count, steps: count, heldOutShare: number, evaluateEvery: count, sampleEvery: count },
  ...{ checkpointEvery: count, seed: count, recompute: z.boolean() },
});

/** `run.json` of a training run. Keys of a later version are left out. */
export const trainingRecord: z.ZodType<TrainingRecord> = z.object({
  version: z.literal(1),
  kind: z.enum(["finetune", "pretrain"]),
  id: text,
  name: text,
  startedAt: text,
  state: z.enum(["running", "paused", "stopped", "completed", "failed"]),
  reason: text.nullable(),
  base: z.object({ name: text, folder: text, sha256: text }).nullable(),
  device: text,
  versions: z.object({ gptWorkbench: text, onnxruntime: text }),
  finetune: z.object({ data, settings }).exactOptional(),
  pretrain: z.object({ model: pretrainModel, corpus, settings: pretrainSettings }).exactOptional(),
  data: texts,
  labels: z.array(text),
  counts: z.object({ train: count, dev: count, test: count }),
  truncated: count,
  step: count,
  steps: count,
  best: z.object({ step: count, loss, accuracy: number.nullable() }).nullable(),
  test: z.object({ loss, accuracy: number.nullable(), majority: number.nullable() }).nullable(),
  // Below the run's folder, wherever the file says.
  model: z
    .string()
    .refine((path) => !/^([a-z]:|[\\/])|(^|[\\/])\.\.([\\/]|$)/i.test(path))
    .nullable(),
  elapsedMs: number,
});

/** A line of `metrics.jsonl`. */
export const trainingEvent: z.ZodType<TrainingEvent> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("begin"), folder: text, record: trainingRecord }),
  z.object({ kind: z.literal("stage"), stage: text, done: number, total: number }),
  z.object({
    kind: z.literal("step"),
    ...{ step: count, epoch: number, taskLoss: number.nullable(), lmLoss: number.nullable(), loss },
    ...{
      learningRate: number,
      gradientNorm: loss,
      tokensPerSecond: number,
      elapsedMs: number,
      leftMs: number.nullable(),
    },
  }),
  z.object({
    kind: z.literal("evaluation"),
    ...{ step: count, split, loss, accuracy: number.nullable(), best: z.boolean() },
  }),
  z.object({ kind: z.literal("sample"), step: count, text }),
  z.object({ kind: z.literal("checkpoint"), step: count }),
  z.object({ kind: z.literal("note"), text }),
]);
