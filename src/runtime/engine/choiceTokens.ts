/** Strings after a prompt, as tokens. */
import * as l10n from "@vscode/l10n";
import { emptyText, invalidRequest, notAModelFolder } from "../errors";
import type { Truncation } from "../protocol";
import { sharedLength } from "./choiceTrie";
import { endOfText } from "./generate";
import type { LoadedModel } from "./loadedModel";

/** A prompt and strings after it, as tokens. */
export interface ChoiceTokens {
  /** What all strings have before them, one token at least: the prompt's tokens but for those that a string changes. */
  readonly context: readonly number[];
  /** The rest of each string's tokens; all together, the longest with the context, fit the model's. */
  readonly sequences: readonly (readonly number[])[];
  readonly truncation: Truncation | null;
}

/**
 * Tokenizes each string together with the prompt, as it would be in a text: where that changes the prompt's last tokens, those count
 * as the strings'. Throws `invalidRequest` for a string that is too long, or a prompt of which no token is left and no end of text to
 * put there; `notAModelFolder` without a tokenizer.
 */
export function choiceTokens(model: LoadedModel, prompt: string, choices: readonly string[]): ChoiceTokens {
  const { tokenizer } = model;
  if (!tokenizer) throw notAModelFolder(model.info.folder, "vocab.json");
  const before = tokenizer.encode(prompt);
  const whole = choices.map((choice) => tokenizer.encode(prompt + choice));
  if (whole.some(({ length }) => length === 0)) throw emptyText();
  // A string must have a token of its own, even if the prompt's last one stands for both.
  const shared = Math.min(sharedWith(before, whole), ...whole.map(({ length }) => length - 1));
  const context = shared > 0 ? before.slice(0, shared) : [startOfText(model)];
  const sequences = whole.map((ids) => ids.slice(shared));
  return inContext(model, context, choices, sequences);
}

/** Tokens of the prompt that every string leaves as they are. */
function sharedWith(before: readonly number[], whole: readonly (readonly number[])[]): number {
  return Math.min(...whole.map((ids) => sharedLength([before, ids])));
}

/** GPT-2's texts begin after an end of text. */
function startOfText(model: LoadedModel): number {
  const id = endOfText(model);
  if (id === null) throw invalidRequest(l10n.t('"prompt": of it no token is left that the choices do not change'));
  return id;
}

function inContext(
  model: LoadedModel,
  context: readonly number[],
  choices: readonly string[],
  sequences: readonly (readonly number[])[],
): ChoiceTokens {
  const longest = Math.max(...sequences.map(({ length }) => length));
  const room = model.config.nPositions - longest;
  if (room < 1) {
    const text = choices[sequences.findIndex(({ length }) => length === longest)] ?? "";
    throw invalidRequest(
      l10n.t('"choices": {0} is longer than the model\'s context', JSON.stringify(text.slice(0, 40))),
    );
  }
  if (context.length <= room) return { context, sequences, truncation: null };
  const truncation: Truncation = { total: context.length, kept: room, keptEnd: "end" };
  return { context: context.slice(-room), sequences, truncation };
}
