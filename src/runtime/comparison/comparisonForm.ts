/** The form of a comparison's files, which may be anybody's: each line is checked before it is believed. */
import * as z from "zod";
import type {
  ArmChoice,
  ArmRecord,
  ComparisonCost,
  ComparisonRecord,
  ComparisonUnit,
  Prediction,
  UnitOutcome,
} from "../comparisonRecord";
import { deviceChoices } from "../protocol";
import { fineTuneSettings } from "../training/settings";
import { comparisonMetrics, comparisonTasks } from "./comparisonFile";
import type { ComparisonItem } from "./comparisonInput";

const count = z.int().min(0);
const name = z.string().max(1000);
const path = z.string().min(1).max(10_000);
const longText = z.string().max(5_000_000);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
/** What JSON has no number for is written as null. */
const orInfinite = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.POSITIVE_INFINITY);

/** What an arm chooses from. */
export const armChoice = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("prompt"),
    variant: name.nullable(),
    k: count,
    sampler: name,
    rule: name.nullable(),
    calibration: name.nullable(),
  }),
  z.object({ kind: z.literal("finetune"), settings: fineTuneSettings }),
]) satisfies z.ZodType<ArmChoice>;

const unit = z.object({
  // It names a file: nothing else may.
  id: hash,
  arm: count,
  purpose: z.enum(["choose", "test", "labelCurve", "kCurve"]),
  choice: armChoice,
  labels: count,
  seed: count,
  split: z.enum(["dev", "test"]),
}) satisfies z.ZodType<ComparisonUnit>;

/** A line of `units.jsonl`. */
export const unitOutcome = z.object({
  unit,
  score: orInfinite,
  cost: z.object({
    trainMs: z.number().nullable(),
    itemMs: z.number(),
    peakBytes: z.number(),
    addedBytes: z.number(),
    itemTokens: z.number(),
  }),
  cut: count,
}) satisfies z.ZodType<UnitOutcome>;

/** A line of a file in `predictions`. */
export const prediction = z.object({
  item: count,
  label: z.int().min(-1).nullable(),
  probabilities: z.array(z.number()).max(100_000).nullable(),
  text: longText.nullable(),
  logprob: z.number().nullable(),
  tokens: z.number().min(0).nullable(),
  ms: z.number(),
}) satisfies z.ZodType<Prediction>;

/** A line of `train.jsonl`, `dev.jsonl` and `items.jsonl`. */
export const comparisonItem = z.object({
  file: path,
  line: z.int().min(0),
  fields: z.record(z.string(), z.union([longText, z.array(longText).max(1000)])),
  label: count.nullable(),
  gold: longText,
}) satisfies z.ZodType<ComparisonItem>;

const armRecord = z.object({
  name,
  kind: z.enum(["prompt", "head", "lora", "full"]),
  model: count,
  tried: z
    .array(z.object({ choice: armChoice, dev: z.number().nullable() }))
    .min(1)
    .max(1000),
  chosen: count.nullable(),
  seeds: z.array(count).max(1000),
  labels: count,
  testReads: count,
  // Beside the record, so that it leads nowhere else.
  trained: z
    .string()
    .max(1000)
    .regex(/^[\p{L}\p{N}_-]+(\/[\p{L}\p{N}_-]+)*$/u)
    .nullable(),
}) satisfies z.ZodType<ArmRecord>;

const cost = z.object({ ms: z.number().min(0), peakBytes: z.number().min(0) }) satisfies z.ZodType<ComparisonCost>;

/** `run.json`. */
export const comparisonRecord = z.object({
  version: z.literal(1),
  kind: z.literal("comparison"),
  id: name,
  name,
  startedAt: z.iso.datetime(),
  state: z.enum(["running", "paused", "completed", "failed"]),
  reason: z.string().max(100_000).nullable(),
  file: path,
  text: longText,
  params: z.object({
    source: z.object({ path, root: path.exactOptional() }),
    model: path,
    store: path,
    device: z.enum(deviceChoices),
    contextLength: z.int().min(2).exactOptional(),
    runs: path,
    cache: path.exactOptional(),
    arms: z.array(name).max(1000).exactOptional(),
    modelsFromStoreOnly: z.boolean().exactOptional(),
  }),
  device: name,
  versions: z.object({ gptWorkbench: name, onnxruntime: name }),
  models: z.array(z.object({ name, folder: path, sha256: hash, contextLength: count })).max(1000),
  data: z.record(z.string(), hash),
  task: z.enum(comparisonTasks),
  metrics: z.array(z.enum(comparisonMetrics)).min(1).max(100),
  labels: z.array(z.string().max(100_000)).max(100_000),
  items: z.object({ train: count, dev: count, test: count }),
  testSha256: hash,
  testReadsBefore: count,
  arms: z.array(armRecord).min(1).max(1000),
  units: z.object({ done: count, total: count }),
  estimate: cost,
  actual: cost,
  notes: z.array(z.string().max(100_000)).max(10_000),
}) satisfies z.ZodType<ComparisonRecord>;
