/** Asks the model for one suggestion, and ends its work as soon as the suggestion has ended. Knows nothing of VS Code. */
import { CancelledError } from "../../runtime/errors";
import type { FinishReason, GeneratedToken, GenerateParams, ModelReference } from "../../runtime/protocol";
import type { ModelClient } from "../modelClient";
import { confidenceOf } from "./confidence";
import { fitSuggestion, wholeLines } from "./ending";
import type { Place, Shape } from "./place";
import { promptOf } from "./prompt";

/** What this needs of `ModelClient`. */
export type Generator = Pick<ModelClient, "generate">;

/** One suggestion that is asked for. */
export interface SuggestRequest {
  readonly model: ModelReference;
  readonly maxNewTokens: number;
  readonly place: Place;
  readonly shape: Exclude<Shape, "none">;
  /** 0 for the most probable text, else which of the samples. */
  readonly sample: number;
}

/** A text to insert, and the geometric mean of its tokens' probabilities. */
export interface Candidate {
  readonly text: string;
  readonly confidence: number;
}

/** What has come so far. */
interface Stream {
  text: string;
  readonly tokens: GeneratedToken[];
  finish: FinishReason;
}

/** A candidate, or undefined when the model has nothing for that place. Throws as `ModelClient.generate`. */
export async function suggest(
  models: Generator,
  request: SuggestRequest,
  signal: AbortSignal,
): Promise<Candidate | undefined> {
  const prompt = promptOf(request.place.before);
  if (!prompt) return undefined;
  const { held } = prompt;
  const shownOf = (text: string) => fitSuggestion(request.place, request.shape, text.slice(held.length));
  const begins = (text: string) => text.startsWith(held) || held.startsWith(text);
  const stream = await generate(models, paramsOf(request, prompt.text), signal, (text) => {
    return !begins(text) || shownOf(text).ended;
  });
  if (!stream.text.startsWith(held)) return undefined;
  const { text, ended } = shownOf(stream.text);
  const cutOff = !ended && (stream.finish === "maxNewTokens" || stream.finish === "contextFull");
  const shown = cutOff && request.shape === "multi" ? wholeLines(text) : text;
  if (shown.trim() === "") return undefined;
  return { text: shown, confidence: confidenceOf(stream.tokens, 0, held.length + shown.length) };
}

/** Generates until `ended` holds of the text so far: then the rest is cancelled. */
async function generate(
  models: Generator,
  params: GenerateParams,
  signal: AbortSignal,
  ended: (text: string) => boolean,
): Promise<Stream> {
  const enough = new AbortController();
  const stream: Stream = { text: "", tokens: [], finish: "cancelled" };
  try {
    const { text, finishReason } = await models.generate(params, {
      signal: AbortSignal.any([signal, enough.signal]),
      onEvent: (event) => {
        if (event.kind !== "token" || enough.signal.aborted) return;
        stream.tokens.push(event.token);
        stream.text += event.textDelta;
        if (ended(stream.text)) enough.abort();
      },
    });
    if (!enough.signal.aborted) Object.assign(stream, { text, finish: finishReason });
  } catch (error) {
    if (!enough.signal.aborted || !(error instanceof CancelledError)) throw error;
  }
  if (signal.aborted) throw new CancelledError();
  return stream;
}

function paramsOf({ model, maxNewTokens, shape, sample }: SuggestRequest, prompt: string): GenerateParams {
  const choice = sample === 0 ? { temperature: 0, topP: 1 } : { temperature: 0.8, topP: 0.95 };
  const stop = shape === "single" ? ["\n"] : ["\n\n\n"];
  const config = { maxNewTokens, ...choice, topK: 0, seed: sample, stop };
  return { model, prompt, config, topAlternatives: 0, priority: "interactive" };
}
