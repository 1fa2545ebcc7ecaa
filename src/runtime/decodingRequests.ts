/** Checks what callers ask of samples, beam search and choices. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import type {
  BeamSearchConfig,
  BeamSearchParams,
  ChooseParams,
  SamplesParams,
  ScoreContinuationsParams,
} from "./decodingProtocol";
import type { SameTokens } from "./engine/choiceTrie";
import { invalidRequest } from "./errors";
import { generateParams, generationConfig, modelReference, parseRequest, priority } from "./requests";

const samplesParams = z.object({
  ...generateParams.shape,
  n: z.int().min(1).max(64),
}) satisfies z.ZodType<SamplesParams>;

const beamSearchConfig = z
  .object({
    maxNewTokens: generationConfig.shape.maxNewTokens,
    stop: generationConfig.shape.stop,
    numBeams: z.int().min(1).max(64),
    lengthPenalty: z.number().min(-10).max(10),
    numReturnSequences: z.int().min(1),
    earlyStopping: z.union([z.boolean(), z.literal("never")]).exactOptional(),
  })
  .refine(({ numBeams, numReturnSequences }) => numReturnSequences <= numBeams, {
    path: ["numReturnSequences"],
    error: () => l10n.t("must be at most numBeams"),
  }) satisfies z.ZodType<BeamSearchConfig>;

const beamSearchParams = z.object({
  model: modelReference,
  prompt: z.string(),
  config: beamSearchConfig,
}) satisfies z.ZodType<BeamSearchParams>;

const chooseParams = z.object({
  model: modelReference,
  prompt: z.string(),
  choices: z
    .array(z.string().min(1))
    .min(1)
    .max(1000)
    .refine((choices) => new Set(choices).size === choices.length, { error: () => l10n.t("must all be different") }),
  temperature: generationConfig.shape.temperature,
  seed: generationConfig.shape.seed,
}) satisfies z.ZodType<ChooseParams>;

const scoreContinuationsParams = z.object({
  model: modelReference,
  items: z.array(z.object({ context: z.string(), continuations: z.array(z.string().min(1)).min(1).max(1000) })),
  priority,
}) satisfies z.ZodType<ScoreContinuationsParams>;

/** Throws `invalidRequest`, naming the key, unless `params` are those of `scoreContinuations`. */
export function checkScoreContinuationsParams(params: unknown): ScoreContinuationsParams {
  return parseRequest(scoreContinuationsParams, params);
}

/** Throws `invalidRequest`, naming the key, unless `params` are those of `samples`. */
export function checkSamplesParams(params: unknown): SamplesParams {
  return parseRequest(samplesParams, params);
}

/** Throws `invalidRequest`, naming the key, unless `params` are those of `beamSearch`. */
export function checkBeamSearchParams(params: unknown): BeamSearchParams {
  return parseRequest(beamSearchParams, params);
}

/** Throws `invalidRequest`, naming the key, unless `params` are those of `choose`. */
export function checkChooseParams(params: unknown): ChooseParams {
  return parseRequest(chooseParams, params);
}

/** The two strings of `choices` that have the same tokens, as an `invalidRequest`. */
export function sameTokens({ choices: [a, b] }: SameTokens, choices: readonly string[]) {
  const [first, second] = [JSON.stringify(choices[a]), JSON.stringify(choices[b])];
  return invalidRequest(l10n.t('"choices": {0} and {1} have the same tokens', first, second));
}
