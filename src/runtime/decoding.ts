/** Samples, beam search and choices, as their requests want them: from text to text. */
import type {
  BeamSearchParams,
  BeamSearchResult,
  ChooseParams,
  ChooseResult,
  SampleEvent,
  SamplesParams,
  SamplesResult,
  ScoreContinuationsParams,
  ScoreContinuationsResult,
} from "./decodingProtocol";
import { sameTokens } from "./decodingRequests";
import { beamTexts } from "./engine/beamTexts";
import { choiceTokens } from "./engine/choiceTokens";
import { SameTokens } from "./engine/choiceTrie";
import { chooseAmong } from "./engine/choose";
import { CompletionWriter, writeCompletion } from "./engine/completion";
import { endOfText } from "./engine/generate";
import type { LoadedModel } from "./engine/loadedModel";
import { sampleContinuations, sampleSeed } from "./engine/samples";
import { scoreContinuations as scoreTree } from "./engine/scoreContinuations";
import { CancelledError } from "./errors";
import { generationPrompt, promptRoom } from "./requests";
import type { RequestContext } from "./service";
import { describeToken } from "./tokenizer/tokenizer";

/** Several continuations of one prompt, one after the other. A cancelled run returns what it had. */
export async function samples(
  model: LoadedModel,
  params: SamplesParams,
  signal: AbortSignal,
  onEvent: (event: SampleEvent) => unknown,
): Promise<SamplesResult> {
  const started = performance.now();
  const { config, prompt, n } = params;
  const { tokenizer, ids, truncation, joint } = generationPrompt(model, prompt, promptRoom(model, config));
  await onEvent({ kind: "prompt", model: model.info, promptTokens: ids.length, truncation });
  const describe = (id: number) => describeToken(tokenizer, id);
  const end = endOfText(model);
  const options = { endOfText: end, config, topK: params.topAlternatives, describe, signal };
  const done: SamplesResult["samples"][number][] = [];
  try {
    for await (const steps of sampleContinuations(model, ids, n, options)) {
      const sample = done.length;
      const writer = new CompletionWriter(tokenizer, end, config.stop, joint);
      const result = await writeCompletion(steps, writer, (event) => onEvent({ ...event, sample }));
      done.push({ ...result, seed: sampleSeed(config.seed, sample) });
      if (result.finishReason === "cancelled") break;
    }
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
  return { samples: done, elapsedMs: performance.now() - started };
}

/** The most probable continuations. Throws `CancelledError` when the signal aborts. */
export async function beamSearch(
  model: LoadedModel,
  { prompt, config }: BeamSearchParams,
  signal: AbortSignal,
): Promise<BeamSearchResult> {
  const started = performance.now();
  const fitted = generationPrompt(model, prompt, promptRoom(model, config));
  const found = await beamTexts(model, fitted, config, signal);
  return {
    model: model.info,
    promptTokens: fitted.ids.length,
    truncation: fitted.truncation,
    texts: found.slice(0, config.numReturnSequences).map(({ ids, ...text }) => ({ ...text, tokens: ids.length })),
    elapsedMs: performance.now() - started,
  };
}

/** Chooses one of the strings. Throws `invalidRequest` as `choiceTokens` does, `CancelledError` when the signal aborts. */
export async function choose(model: LoadedModel, params: ChooseParams, signal: AbortSignal): Promise<ChooseResult> {
  const started = performance.now();
  const { context, sequences, truncation } = choiceTokens(model, params.prompt, params.choices);
  const { temperature, seed } = params;
  try {
    const { chosen, choices } = await chooseAmong(model, context, sequences, { temperature, seed, signal });
    return {
      model: model.info,
      truncation,
      chosen,
      choices: choices.map((choice, i) => ({
        text: params.choices[i] ?? "",
        tokens: sequences[i]?.length ?? 0,
        ...choice,
      })),
      elapsedMs: performance.now() - started,
    };
  } catch (error) {
    throw error instanceof SameTokens ? sameTokens(error, params.choices) : error;
  }
}

/** Log-likelihoods of many continuations. Throws as `choiceTokens` does, and `CancelledError` when the signal aborts. */
export async function scoreContinuations(
  model: LoadedModel,
  { items, priority = "batch" }: ScoreContinuationsParams,
  { signal, onProgress }: RequestContext,
): Promise<ScoreContinuationsResult> {
  const started = performance.now();
  const tokenized = items.map(({ context, continuations }) => choiceTokens(model, context, continuations));
  const texts = tokenized.flatMap(({ context, sequences }) =>
    sequences.map((ids) => ({ ids: [...context, ...ids], start: context.length })),
  );
  const report = (done: number, total: number) => onProgress?.({ stage: "scoring", done, total });
  const { scores, computed } = await scoreTree(model, texts, { signal, priority, onProgress: report });
  let taken = 0;
  const scored = tokenized.map(({ sequences, truncation }) => ({
    truncation,
    continuations: sequences.map((ids) => ({
      tokens: ids.length,
      ...(scores[taken++] ?? { logprob: 0, isGreedy: true }),
    })),
  }));
  return { model: model.info, items: scored, tokensRead: computed, elapsedMs: performance.now() - started };
}
