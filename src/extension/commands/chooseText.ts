/** Which part of a document a command works on. Knows nothing of VS Code. */

/** Longest text of a file that is scored when nothing is selected, UTF-16 code units. */
export const fileLimit = 100_000;

/** The text to work on, or why there is none. */
export type ChosenText =
  | {
      readonly kind: "text";
      readonly text: string;
      /** Where it begins in the document, UTF-16 code units. */
      readonly offset: number;
      /** Whether it is only the start of a file that is longer than `fileLimit`. */
      readonly cut: boolean;
    }
  | { readonly kind: "noSelection" }
  | { readonly kind: "blank" };

/** The selected text and where it begins; empty text when nothing is selected. */
export interface SelectedText {
  readonly text: string;
  readonly offset: number;
}

/** The selection. */
export function chooseSelection({ text, offset }: SelectedText): ChosenText {
  if (!text) return { kind: "noSelection" };
  return nonBlank({ kind: "text", text, offset, cut: false });
}

/** The selection, or without one the file's start up to `limit`. No surrogate pair is split. */
export function chooseSelectionOrFile(selected: SelectedText, file: () => string, limit = fileLimit): ChosenText {
  if (selected.text) return chooseSelection(selected);
  const whole = file();
  if (whole.length <= limit) return nonBlank({ kind: "text", text: whole, offset: 0, cut: false });
  const splitsPair = /[\uD800-\uDBFF]$/.test(whole.slice(0, limit));
  return nonBlank({ kind: "text", text: whole.slice(0, splitsPair ? limit - 1 : limit), offset: 0, cut: true });
}

function nonBlank(chosen: Extract<ChosenText, { kind: "text" }>): ChosenText {
  return chosen.text.trim() ? chosen : { kind: "blank" };
}
