import { readPromptText } from "../../../../src/runtime/prompt/promptText";

/** Splits a text at its cursor, written `¦`. */
export function atCursor(marked: string): { readonly text: string; readonly offset: number } {
  const offset = marked.indexOf("¦");
  return { text: marked.replace("¦", ""), offset };
}

/** Reads the text around the cursor. */
export function readAtCursor(marked: string) {
  const { text, offset } = atCursor(marked);
  return { reading: readPromptText(text), offset };
}
