/** The form of a training run's files, and of what is asked for one: pure functions of the text. */
import * as z from "zod";
import { deviceChoices } from "../protocol";
import { type CorpusSource, type TrainingData, taskTypes } from "../trainingDataProtocol";
import type { PretrainModel, TrainingEvent, TrainingRecord } from "../trainingProtocol";
import { fineTuneSettings, pretrainSettings } from "./settings";

const path = z.string().min(1).max(10_000);
const name = z.string().max(1000);
const share = z.number().min(0).lt(1);

/** Labelled data. */
export const trainingData = z.object({
  path,
  dev: path.exactOptional(),
  test: path.exactOptional(),
  task: z.enum(taskTypes),
  columns: z.record(name, z.string().max(10_000)).exactOptional(),
  labels: z.record(name, name).exactOptional(),
  devShare: share,
  testShare: share,
  seed: z.int().min(0).max(0xffffffff),
  limit: z.int().min(1).exactOptional(),
  skipBadRows: z.boolean().exactOptional(),
  keepDuplicates: z.boolean().exactOptional(),
}) satisfies z.ZodType<TrainingData>;

/** Text to pre-train on. */
export const corpusSource = z.object({
  root: path,
  include: z.array(name).max(1000),
  exclude: z.array(name).max(1000),
  respectIgnoreFiles: z.boolean(),
  maxFileBytes: z.int().min(1),
  licenses: z.array(name).max(1000).exactOptional(),
}) satisfies z.ZodType<CorpusSource>;

/** What a request says of its model. */
export const modelReference = z.object({
  folder: z.string().min(1),
  device: z.enum(deviceChoices),
  contextLength: z.int().min(2).exactOptional(),
});

/** The model to pre-train. */
export const pretrainModel = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("new"),
    preset: name.exactOptional(),
    config: z.record(name, z.unknown()).exactOptional(),
    tokenizer: z.union([z.object({ train: z.int().min(256).max(1_000_000) }), z.object({ from: path })]),
  }),
  z.object({ kind: z.literal("continue"), model: modelReference }),
]) satisfies z.ZodType<PretrainModel>;

const count = z.int().min(0);
const measured = { loss: z.number(), accuracy: z.number().min(0).max(1).nullable() };

/** `run.json`. */
export const trainingRecord = z.object({
  version: z.literal(1),
  kind: z.enum(["finetune", "pretrain"]),
  id: name,
  name,
  startedAt: z.iso.datetime(),
  state: z.enum(["running", "paused", "stopped", "completed", "failed"]),
  reason: z.string().max(100_000).nullable(),
  base: z.object({ name, folder: path, sha256: name }).nullable(),
  device: name,
  versions: z.object({ gptWorkbench: name, onnxruntime: name }),
  finetune: z.object({ data: trainingData, settings: fineTuneSettings }).exactOptional(),
  pretrain: z.object({ model: pretrainModel, corpus: corpusSource, settings: pretrainSettings }).exactOptional(),
  data: z.record(z.string(), z.string()),
  labels: z.array(name).max(100_000),
  counts: z.object({ train: count, dev: count, test: count }),
  truncated: count,
  step: count,
  steps: count,
  best: z.object({ step: count, ...measured }).nullable(),
  test: z.object({ ...measured, majority: z.number().min(0).max(1).nullable() }).nullable(),
  // Beside the record, so that it leads nowhere else.
  model: z
    .string()
    .regex(/^[\w-]+$/)
    .nullable(),
  elapsedMs: z.number().min(0),
}) satisfies z.ZodType<TrainingRecord>;

const step = z.int().min(1);
const split = z.enum(["train", "dev", "test"]);
const longText = z.string().max(1_000_000);

/** A line of `metrics.jsonl`. */
export const trainingEvent = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("begin"), folder: z.string(), record: trainingRecord }),
  z.object({ kind: z.literal("stage"), stage: name, done: z.number(), total: z.number() }),
  z.object({
    kind: z.literal("step"),
    step,
    epoch: z.int().min(0),
    taskLoss: z.number().nullable(),
    lmLoss: z.number().nullable(),
    loss: z.number(),
    learningRate: z.number(),
    gradientNorm: z.number(),
    tokensPerSecond: z.number(),
    elapsedMs: z.number(),
    leftMs: z.number().nullable(),
  }),
  z.object({ kind: z.literal("evaluation"), step: z.int().min(0), split, ...measured, best: z.boolean() }),
  z.object({ kind: z.literal("sample"), step, text: longText }),
  z.object({ kind: z.literal("checkpoint"), step }),
  z.object({ kind: z.literal("note"), text: longText }),
]) satisfies z.ZodType<TrainingEvent>;
