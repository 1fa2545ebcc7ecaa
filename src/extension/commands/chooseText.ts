/** Which part of a document a command works on. Knows nothing of VS Code. */

/** Longest text that is sent to a model, UTF-16 code units: far more than a context holds. */
export const textLimit = 100_000;

/** The text to work on, or why there is none. */
export type ChosenText =
  | {
      readonly kind: "text";
      readonly text: string;
      /** Where it begins in the document, UTF-16 code units. */
      readonly offset: number;
      readonly from: "selection" | "file";
      /** Which part of a text beyond the limit was kept. */
      readonly kept: "all" | "start" | "end";
    }
  | { readonly kind: "noSelection" }
  | { readonly kind: "blank" };

/** The selected text and where it begins; empty text when nothing is selected. */
export interface SelectedText {
  readonly text: string;
  readonly offset: number;
}

/** The selection, to be completed: of one beyond the limit its end. No surrogate pair is split. */
export function chooseSelection({ text, offset }: SelectedText, limit = textLimit): ChosenText {
  if (!text) return { kind: "noSelection" };
  if (text.length <= limit) return nonBlank({ kind: "text", text, offset, from: "selection", kept: "all" });
  const split = /^[\uDC00-\uDFFF]/.test(text.slice(-limit));
  const end = text.slice(-(split ? limit - 1 : limit));
  const start = offset + text.length - end.length;
  return nonBlank({ kind: "text", text: end, offset: start, from: "selection", kept: "end" });
}

/** The selection, or without one the file, to be scored: of a text beyond the limit its start. */
export function chooseSelectionOrFile(selected: SelectedText, file: () => string, limit = textLimit): ChosenText {
  const from = selected.text ? "selection" : "file";
  const { text, offset } = selected.text ? selected : { text: file(), offset: 0 };
  if (text.length <= limit) return nonBlank({ kind: "text", text, offset, from, kept: "all" });
  const split = /[\uD800-\uDBFF]$/.test(text.slice(0, limit));
  return nonBlank({ kind: "text", text: text.slice(0, split ? limit - 1 : limit), offset, from, kept: "start" });
}

function nonBlank(chosen: Extract<ChosenText, { kind: "text" }>): ChosenText {
  return chosen.text.trim() ? chosen : { kind: "blank" };
}
