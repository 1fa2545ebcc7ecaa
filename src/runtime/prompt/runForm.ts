/** The form of a run's files, which may be anybody's: each line is checked before it is believed. */
import * as z from "zod";
import type { Candidate, PromptCell, RunItem, RunRecord, VariantSummary } from "../promptProtocol";
import type { ScoredToken } from "../protocol";
import { item } from "./promptFile";

const count = z.int().min(0);
const text = z.string();
const alternative = z.object({ id: count, text, bytes: text.exactOptional(), logprob: z.number() });

const token = z.object({
  id: count,
  text,
  bytes: text.exactOptional(),
  start: count,
  end: count,
  prediction: z
    .object({ logprob: z.number(), rank: z.int().min(1), entropy: z.number(), top: z.array(alternative) })
    .nullable(),
}) satisfies z.ZodType<ScoredToken>;

const candidate = z.object({
  answer: text,
  words: z.array(z.object({ text, logprob: z.number(), tokens: count })),
  score: z.number(),
  probability: z.number(),
  calibrated: z.number().exactOptional(),
}) satisfies z.ZodType<Candidate>;

/** A line of `predictions.jsonl`. */
export const promptCell = z.object({
  variant: count,
  item: count,
  candidates: z.array(candidate).nullable(),
  output: text,
  tokens: z.array(token),
  gold: text.nullable(),
  correct: z.boolean().nullable(),
  logprob: z.number().nullable(),
  logprobTokens: count,
  promptTokens: count,
  shots: count,
  dropped: count,
  truncated: count,
  ms: z.number(),
  cached: z.boolean(),
}) satisfies z.ZodType<PromptCell>;

/** A line of `items.jsonl`. */
export const runItem = z.object({
  fields: z.record(text, text),
  gold: text.nullable(),
}) satisfies z.ZodType<RunItem>;

const summary = z.object({
  name: text,
  rule: text,
  cells: count,
  judged: count,
  correct: count,
  accuracy: z.object({ value: z.number(), low: z.number(), high: z.number() }).nullable(),
  meanLogprob: z.number().nullable(),
  promptTokens: z.number(),
  ms: z.number(),
  bias: z.array(z.object({ label: text, prior: z.number().nullable(), chosen: z.number() })).nullable(),
  overconfidence: z.number().nullable(),
}) satisfies z.ZodType<VariantSummary>;

/** What a run changes of its file, in a request and in a record. */
export const promptOverrides = z.object({
  variants: z.array(text.min(1)).min(1).max(200).exactOptional(),
  items: z.array(item).min(1).max(1_000_000).exactOptional(),
  data: text.min(1).exactOptional(),
  k: count.max(1000).exactOptional(),
  seed: count.max(0xffffffff).exactOptional(),
  limit: z.int().min(1).exactOptional(),
  only: z.array(count).min(1).exactOptional(),
  skipBadRows: z.boolean().exactOptional(),
});

/** `run.json`. */
export const runRecord = z.object({
  version: z.literal(1),
  id: text,
  startedAt: text,
  file: text,
  text,
  overrides: promptOverrides,
  model: z.object({ name: text, folder: text, sha256: text, device: text, contextLength: count }),
  data: z.record(text, text),
  versions: z.object({ gptWorkbench: text, onnxruntime: text }),
  task: text,
  items: count,
  variants: z.array(summary),
  complete: z.boolean(),
  elapsedMs: z.number(),
}) satisfies z.ZodType<RunRecord>;
