/** Files of a run's folder, read as untrusted input: somebody else's workspace may hold them. */
import * as z from "zod";
import { item } from "../../runtime/prompt/promptFile";
import type { Candidate, PromptCell, RunItem, RunRecord, VariantSummary } from "../../runtime/promptProtocol";
import type { Alternative, ScoredToken, TokenPrediction } from "../../runtime/protocol";

const count = z.int().min(0);
const text = z.string();

const alternative: z.ZodType<Alternative> = z.object({
  id: count,
  text,
  bytes: text.exactOptional(),
  logprob: z.number(),
});

const prediction: z.ZodType<TokenPrediction> = z.object({
  logprob: z.number(),
  rank: z.int().min(1),
  entropy: z.number(),
  top: z.array(alternative),
});

const token: z.ZodType<ScoredToken> = z.object({
  id: count,
  text,
  bytes: text.exactOptional(),
  start: count,
  end: count,
  prediction: prediction.nullable(),
});

const candidate: z.ZodType<Candidate> = z.object({
  answer: text,
  words: z.array(z.object({ text, logprob: z.number(), tokens: count })),
  score: z.number(),
  probability: z.number(),
  calibrated: z.number().exactOptional(),
});

/** A line of `predictions.jsonl`. */
export const cellSchema: z.ZodType<PromptCell> = z.object({
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
});

/** A line of `items.jsonl`. */
export const runItemSchema: z.ZodType<RunItem> = z.object({ fields: z.record(text, text), gold: text.nullable() });

const summary: z.ZodType<VariantSummary> = z.object({
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
});

/** Inputs and variants that a run may have, so that a grid of them fits the memory. */
export const runLimits = { variants: 200, items: 1_000_000, cells: 2_000_000 } as const;

/** `run.json`. */
export const recordSchema: z.ZodType<RunRecord> = z.object({
  version: z.literal(1),
  id: text,
  startedAt: text,
  file: text,
  text,
  overrides: z.object({
    variants: z.array(text).exactOptional(),
    items: z.array(item).exactOptional(),
    data: text.exactOptional(),
    k: count.exactOptional(),
    seed: count.exactOptional(),
    limit: count.exactOptional(),
    only: z.array(count).exactOptional(),
    skipBadRows: z.boolean().exactOptional(),
  }),
  model: z.object({ name: text, folder: text, sha256: text, device: text, contextLength: count }),
  data: z.record(text, text),
  versions: z.object({ gptWorkbench: text, onnxruntime: text }),
  task: text,
  items: count.max(runLimits.items),
  variants: z.array(summary).min(1).max(runLimits.variants),
  complete: z.boolean(),
  elapsedMs: z.number(),
});

/** Longest note on a cell, UTF-16 code units. */
export const noteLimit = 10_000;

/** A mark as it comes from a panel or a file. */
export const markSchema = z.object({
  variant: count,
  item: count,
  rating: z.enum(["good", "bad"]).nullable(),
  note: text.max(noteLimit),
  pinned: z.boolean(),
});

/** `notes.json`: what the user thinks of the cells, and where the prompt file was. */
export const notesSchema = z.object({
  version: z.literal(1),
  /** The prompt file, relative to the run's folder or absolute, and the folder that its data lies in. */
  file: text.exactOptional(),
  root: text.exactOptional(),
  marks: z.array(markSchema),
});

/** What `notes.json` says. */
export type RunNotes = z.output<typeof notesSchema>;
