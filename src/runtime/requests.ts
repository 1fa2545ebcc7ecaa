/** Checks what callers ask for and turns text into the tokens that fit. */
import { isAbsolute } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import type { LoadedModel } from "./engine/loadedModel";
import { checkTokenIds } from "./engine/score";
import { emptyText, invalidRequest, notAModelFolder } from "./errors";
import type { QuantizeParams } from "./modelsProtocol";
import {
  type DevicesParams,
  deviceChoices,
  type GenerateParams,
  type GenerationConfig,
  type ModelReference,
  type ScoreParams,
  type TokenCountParams,
  type TokenPrompt,
  type TraceParams,
  type Truncation,
} from "./protocol";
import { joint, type Tokenizer } from "./tokenizer/tokenizer";

/** Alternatives per place. */
export const topK = z.int().min(0).max(100);

/** What a request says of its model. */
export const modelReference = z.object({
  folder: z.string().min(1),
  device: z.enum(deviceChoices),
  contextLength: z.int().min(2).exactOptional(),
}) satisfies z.ZodType<ModelReference>;

/** How to choose tokens. */
export const generationConfig = z.object({
  maxNewTokens: z.int().min(1).max(1_000_000),
  temperature: z.number().min(0).max(100),
  topK: z.int().min(0),
  topP: z.number().gt(0).max(1),
  minP: z.number().min(0).max(1).exactOptional(),
  repetitionPenalty: z.number().min(0.01).max(100).exactOptional(),
  frequencyPenalty: z.number().min(-100).max(100).exactOptional(),
  presencePenalty: z.number().min(-100).max(100).exactOptional(),
  logitBias: z.record(z.string().regex(/^\d+$/), z.number()).exactOptional(),
  seed: z.int().min(0).max(0xffffffff),
  stop: z.array(z.string()).max(16),
  contextFull: z.enum(["slide", "stop"]).exactOptional(),
}) satisfies z.ZodType<GenerationConfig>;

/** Text, or token ids. */
export const input = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("text"), text: z.string() }),
  z.object({ kind: z.literal("ids"), ids: z.array(z.int().min(0)) }),
]) satisfies z.ZodType<ScoreParams["input"]>;

/** Whose pass goes first. */
export const priority = z.enum(["interactive", "normal", "batch"]).exactOptional();

const scoreParams = z.object({
  model: modelReference,
  input,
  topK,
  priority,
  longText: z.enum(["truncate", "slide"]).exactOptional(),
}) satisfies z.ZodType<ScoreParams>;

const tokenCountParams = z.object({ model: modelReference, text: z.string() }) satisfies z.ZodType<TokenCountParams>;

/** A path that means the same in every process. */
export const absolutePath = z.string().refine(isAbsolute, { error: () => l10n.t("must be an absolute path") });

const traceParams = z.object({
  model: modelReference,
  input,
  file: absolutePath,
}) satisfies z.ZodType<TraceParams>;

const quantizeParams = z.object({
  store: absolutePath,
  folder: absolutePath,
  bits: z.literal([4, 8]),
  blockSize: z.literal([32, 128]),
  embeddingBits: z.literal(8).exactOptional(),
  text: z.string(),
  device: modelReference.shape.device.exactOptional(),
}) satisfies z.ZodType<QuantizeParams>;

const tokenPrompt = z.object({
  text: z.string().exactOptional(),
  ids: z.array(z.int().min(0)),
}) satisfies z.ZodType<TokenPrompt>;

/** Parameters of `generate`. */
export const generateParams = z.object({
  model: modelReference,
  prompt: z.union([z.string(), tokenPrompt]),
  config: generationConfig,
  topAlternatives: topK,
  priority,
}) satisfies z.ZodType<GenerateParams>;

/** Throws `invalidRequest`, naming the key, unless `params` are those of a model reference. */
export function checkModelReference(params: unknown): ModelReference {
  return parseRequest(modelReference, params);
}

/** Throws `invalidRequest`, naming the key, unless `params` are those of `devices`. */
export function checkDevicesParams(params: unknown): DevicesParams {
  return parseRequest(z.object({ refresh: z.boolean().exactOptional() }), params);
}

/** Throws `invalidRequest`, naming the key, unless `params` are those of `score`. */
export function checkScoreParams(params: unknown): ScoreParams {
  return parseRequest(scoreParams, params);
}

/** Throws `invalidRequest`, naming the key, unless `params` are those of `tokenCount`. */
export function checkTokenCountParams(params: unknown): TokenCountParams {
  return parseRequest(tokenCountParams, params);
}

/** Throws `invalidRequest`, naming the key, unless `params` are those of `trace`. */
export function checkTraceParams(params: unknown): TraceParams {
  return parseRequest(traceParams, params);
}

/** Throws `invalidRequest`, naming the key, unless `params` are those of `generate`. */
export function checkGenerateParams(params: unknown): GenerateParams {
  return parseRequest(generateParams, params);
}

/** Throws `invalidRequest`, naming the key, unless `params` are those of `models/quantize`. */
export function checkQuantizeParams(params: unknown): QuantizeParams {
  return parseRequest(quantizeParams, params);
}

/** Ids that were kept of a text, and what was left out. */
export interface FittedText {
  readonly ids: readonly number[];
  readonly truncation: Truncation | null;
}

/**
 * The tokens to score, at most the model's context: a longer text keeps its start, unless it slides. `text` is null when ids were given.
 * Throws `emptyText`, `invalidTokenIds`, or `notAModelFolder` when there is text but no tokenizer.
 */
export function textIds(
  model: LoadedModel,
  input: ScoreParams["input"],
  longText: ScoreParams["longText"] = "truncate",
): FittedText & { readonly text: string | null } {
  const all = input.kind === "ids" ? input.ids : requireTokenizer(model).encode(input.text);
  checkTokenIds(all, model.config.vocabSize);
  if (all.length === 0) throw emptyText();
  const room = longText === "slide" ? all.length : model.config.nPositions;
  return { ...fitContext(all, room, "start"), text: input.kind === "text" ? input.text : null };
}

/** A prompt as the model reads it. */
export interface GenerationPrompt extends FittedText {
  readonly tokenizer: Tokenizer;
  /** What comes between the prompt and the generated text: see `joint` of the tokenizer. */
  readonly joint: string;
}

/** The prompt's tokens: of a prompt longer than `room`, its end. Throws as `textIds` does. */
export function generationPrompt(model: LoadedModel, prompt: GenerateParams["prompt"], room: number): GenerationPrompt {
  const tokenizer = requireTokenizer(model);
  const { text = "", ids } = typeof prompt === "string" ? { text: prompt, ids: [] } : prompt;
  const all = [...(text === "" ? [] : tokenizer.encode(text)), ...ids];
  checkTokenIds(all, model.config.vocabSize);
  if (all.length === 0) throw emptyText();
  const fitted = fitContext(all, room, "end");
  // Given tokens are all there is: a blank that the last one ends with belongs to them.
  const blank = typeof prompt === "string" ? joint(tokenizer, prompt, fitted.ids) : "";
  return { ...fitted, tokenizer, joint: blank };
}

/** Tokens of the context that a prompt may fill: what generation asks for is left free, but no more than half of it. */
export function promptRoom(model: LoadedModel, config: Pick<GenerationConfig, "maxNewTokens">): number {
  const { nPositions } = model.config;
  return nPositions - Math.min(config.maxNewTokens, Math.floor(nPositions / 2));
}

function fitContext(all: readonly number[], room: number, keptEnd: Truncation["keptEnd"]): FittedText {
  if (all.length <= room) return { ids: all, truncation: null };
  const ids = keptEnd === "start" ? all.slice(0, room) : all.slice(-room);
  return { ids, truncation: { total: all.length, kept: room, keptEnd } };
}

/** The model's tokenizer. Throws `notAModelFolder` when its folder has none. */
export function requireTokenizer(model: LoadedModel): Tokenizer {
  if (!model.tokenizer) throw notAModelFolder(model.info.folder, "vocab.json");
  return model.tokenizer;
}

/** `params` as `schema` has them. Throws `invalidRequest`, naming the key. */
export function parseRequest<T>(schema: z.ZodType<T>, params: unknown): T {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalidRequest(l10n.t('"{0}": {1}', issue?.path.join(".") ?? "", issue?.message ?? ""));
}
