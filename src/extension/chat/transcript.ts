/**
 * Chats as plain text, for models that only continue text. Knows nothing of VS Code.
 *
 * Every message is its role, a colon and its text; an empty line stands between messages; the answer follows `Assistant:` and ends
 * before the next role:
 *
 *     User: What is a token?
 *
 *     Assistant:
 */

/** Who said something. */
export type Role = "system" | "user" | "assistant";

/** A message, as text. */
export interface TranscriptMessage {
  readonly role: Role;
  readonly text: string;
}

const names: { readonly [R in Role]: string } = { system: "System", user: "User", assistant: "Assistant" };

/** Where an answer ends: before whoever speaks next. */
export const transcriptStops: readonly string[] = Object.values(names).map((name) => `\n${name}:`);

/** The prompt of an answer. Ends without white space: the answer's own comes with its first token. */
export function transcript(messages: readonly TranscriptMessage[]): string {
  const lines = messages.filter(({ text }) => text.trim() !== "").map(messageText);
  return [...lines, `${names.assistant}:`].join("\n\n");
}

/** A message as it stands in a prompt. */
export function messageText({ role, text }: TranscriptMessage): string {
  return `${names[role]}: ${text.replaceAll("\r\n", "\n").trim()}`;
}

/** What of a stream is shown: without the white space at its beginning and its end. Keeps back what may be the end. */
export class AnswerText {
  #begun = false;
  #space = "";

  /** The part to show of what came. */
  push(delta: string): string {
    const text = this.#begun ? this.#space + delta : delta.trimStart();
    if (text === "") return "";
    this.#begun = true;
    const shown = text.trimEnd();
    this.#space = text.slice(shown.length);
    return shown;
  }
}
