/** What the inspector's page keeps across a reload of the window, read back. It comes from a webview: parsed. */
import * as z from "zod";
import type { InspectorState } from "../../runtime/panelProtocol";
import {
  type Alternative,
  deviceChoices,
  deviceNames,
  type FinishReason,
  type GeneratedToken,
  type GenerateResult,
  type ModelInfo,
  type ModelReference,
  type ScoredToken,
  type ScoreSummary,
  type TokenPrediction,
  type Truncation,
} from "../../runtime/protocol";
import { errorInfoSchema } from "../errorInfo";
import { settled } from "../inspect";

/** The state to show again, and the index of the chosen token. */
export interface SavedState {
  readonly state: InspectorState;
  readonly selected: number | null;
}

const empty: SavedState = { state: { kind: "empty" }, selected: null };

/**
 * Reads what the page kept; anything else is taken as nothing, and `warn` hears why. A run that was under way shows
 * as cancelled.
 */
export function parseSavedState(saved: unknown, warn: (problem: string) => void): SavedState {
  const parsed = savedStateSchema.safeParse(saved);
  if (parsed.success) return { ...parsed.data, state: settled(parsed.data.state) };
  // A page that was closed before it was first shown has kept nothing: no reason to warn.
  if (saved !== undefined && saved !== null) warn(z.prettifyError(parsed.error));
  return empty;
}

const count = z.int().min(0);

const alternative: z.ZodType<Alternative> = z.object({
  id: count,
  text: z.string(),
  bytes: z.string().exactOptional(),
  logprob: z.number(),
});

const prediction: z.ZodType<TokenPrediction> = z.object({
  logprob: z.number(),
  rank: z.int().min(1),
  entropy: z.number(),
  top: z.array(alternative),
});

const span = { id: count, text: z.string(), bytes: z.string().exactOptional(), start: count, end: count };
const scoredToken: z.ZodType<ScoredToken> = z.object({ ...span, prediction: prediction.nullable() });
const generatedToken: z.ZodType<GeneratedToken> = z.object({ ...span, prediction, truncatedProbability: z.number() });

const model: z.ZodType<ModelInfo> = z.object({
  folder: z.string(),
  name: z.string(),
  modelType: z.string(),
  device: z.enum(deviceNames),
  failure: z.object({ device: z.enum(deviceNames), reason: z.string() }).exactOptional(),
  parameterCount: count,
  nLayer: count,
  nHead: count,
  nEmbd: count,
  nPositions: count,
  vocabSize: count,
  hasTokenizer: z.boolean(),
  loadMs: z.number(),
});

const reference: z.ZodType<ModelReference> = z.object({
  folder: z.string(),
  device: z.enum(deviceChoices),
  contextLength: count.exactOptional(),
});

const summary: z.ZodType<ScoreSummary> = z.object({
  tokens: count,
  bits: z.number(),
  perplexity: z.number(),
  bitsPerByte: z.number(),
});

const truncation: z.ZodType<Truncation | null> = z
  .object({ total: count, kept: count, keptEnd: z.enum(["start", "end"]) })
  .nullable();

const finishReason: z.ZodType<FinishReason> = z.enum(["maxNewTokens", "stop", "endOfText", "contextFull", "cancelled"]);

const result: z.ZodType<GenerateResult> = z.object({
  text: z.string(),
  tokens: count,
  dropped: count,
  finishReason,
  elapsedMs: z.number(),
  tokensPerSecond: z.number(),
});

const source = z.object({ uri: z.string(), label: z.string(), offset: count });

const state: z.ZodType<InspectorState> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("empty") }),
  z.object({
    kind: z.literal("loading"),
    title: z.string(),
    message: z.string(),
    fraction: z.number().exactOptional(),
  }),
  z.object({
    kind: z.literal("scores"),
    title: z.string(),
    source,
    model,
    reference,
    text: count,
    segments: z.array(z.object({ name: z.string(), start: count, end: count })),
    documentLength: count.exactOptional(),
    tokens: z.array(scoredToken),
    summary,
    truncation,
    elapsedMs: z.number(),
  }),
  z.object({
    kind: z.literal("completion"),
    title: z.string(),
    source,
    model,
    reference,
    run: count,
    prompt: z.string(),
    promptTokens: count,
    truncation,
    dropped: count,
    text: z.string(),
    tokens: z.array(generatedToken),
    status: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("running") }),
      z.object({ kind: z.literal("finished"), reason: finishReason, result }),
      z.object({ kind: z.literal("failed"), error: errorInfoSchema }),
    ]),
  }),
  z.object({ kind: z.literal("failed"), title: z.string(), error: errorInfoSchema }),
]);

const savedStateSchema: z.ZodType<SavedState> = z.object({ state, selected: count.nullable() });
