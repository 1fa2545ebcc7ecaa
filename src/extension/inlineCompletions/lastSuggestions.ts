/** What was suggested last, for as long as what is typed agrees with it. Knows nothing of VS Code. */
import { fitSuggestion } from "./ending";
import { type Place, shapeOf } from "./place";

/** A text to insert at the cursor. */
export interface Suggestion {
  /** The same for what is left of it after a part was typed. */
  readonly id: number;
  readonly text: string;
  /** Geometric mean of its tokens' probabilities. */
  readonly confidence: number;
}

/** Remembers the last suggestions of one place in one document. */
export class LastSuggestions {
  #last:
    | { readonly document: string; readonly before: string; readonly suggestions: readonly Suggestion[] }
    | undefined;

  /** Replaces what is remembered. */
  remember(document: string, { before }: Place, suggestions: readonly Suggestion[]): void {
    this.#last = { document, before, suggestions };
  }

  /** What is left of the suggestions that begin with what was typed since; empty when nothing is, or elsewhere. */
  at(document: string, place: Place): readonly Suggestion[] {
    const last = this.#last;
    if (!last || last.document !== document || !place.before.startsWith(last.before)) return [];
    const typed = place.before.slice(last.before.length);
    return last.suggestions.flatMap((suggestion) => rest(suggestion, typed, place));
  }

  /** Forgets everything. */
  clear(): void {
    this.#last = undefined;
  }
}

function rest(suggestion: Suggestion, typed: string, place: Place): Suggestion[] {
  const shape = shapeOf(place);
  if (shape === "none" || !suggestion.text.startsWith(typed)) return [];
  const left = suggestion.text.slice(typed.length);
  // Fitted again only for what an editor closes by itself while one types: the rest was one suggestion and stays so.
  const text = place.after.trimStart() === "" ? left : withoutFollowing(place, left);
  return text.trim() === "" ? [] : [{ ...suggestion, text }];
}

function withoutFollowing(place: Place, left: string): string {
  return fitSuggestion(place, left.includes("\n") ? "multi" : "single", left).text;
}
