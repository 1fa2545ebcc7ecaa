/** Beam search from text to text: stop strings complete a continuation, and are cut off. */
import { TextStream, type Tokenizer } from "../tokenizer/tokenizer";
import { type BeamHypothesis, type BeamSearchOptions, beamSearch } from "./beamSearch";
import { endOfText } from "./generate";
import type { LoadedModel } from "./loadedModel";

/** A prompt as the model reads it. */
export interface BeamPrompt {
  readonly tokenizer: Tokenizer;
  readonly ids: readonly number[];
  /** What comes between the prompt and the generated text: see `joint` of the tokenizer. */
  readonly joint: string;
}

/** How to search. */
export interface BeamConfig extends Pick<BeamSearchOptions, "numBeams" | "lengthPenalty" | "maxNewTokens"> {
  readonly earlyStopping?: BeamSearchOptions["earlyStopping"];
  readonly stop: readonly string[];
}

/** A continuation that was found, as text. */
export interface FoundText extends BeamHypothesis {
  /** Up to the stop string, where there is one. */
  readonly text: string;
}

/** Up to `numBeams` continuations, best first. Throws `CancelledError` when the signal aborts. */
export async function beamTexts(
  model: LoadedModel,
  { tokenizer, ids, joint }: BeamPrompt,
  config: BeamConfig,
  signal: AbortSignal,
): Promise<FoundText[]> {
  const stops = config.stop.filter((stop) => stop !== "");
  const end = endOfText(model);
  const text = (generated: readonly number[]) =>
    joint + textOf(tokenizer, generated.at(-1) === end ? generated.slice(0, -1) : generated);
  const found = await beamSearch(model, ids, {
    ...config,
    earlyStopping: config.earlyStopping ?? false,
    endOfText: end,
    isComplete: (generated) => stops.length > 0 && cutAt(stops, text(generated)) !== null,
    signal,
  });
  return found.map((hypothesis) => ({ ...hypothesis, text: cut(stops, text(hypothesis.ids)) }));
}

function textOf(tokenizer: Tokenizer, ids: readonly number[]): string {
  const stream = new TextStream();
  return ids.map((id) => stream.push(tokenizer.tokenBytes(id))).join("") + stream.end();
}

/** Where the first stop string begins; null when there is none. */
function cutAt(stops: readonly string[], text: string): number | null {
  const places = stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0);
  return places.length > 0 ? Math.min(...places) : null;
}

function cut(stops: readonly string[], text: string): string {
  return text.slice(0, cutAt(stops, text) ?? text.length);
}
