/** Messages of VS Code's chat, read part by part: parts are told apart by what they hold. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import type { Role, TranscriptMessage } from "./transcript";

/** A message of a request, as far as it matters. */
export interface ChatMessage {
  /** `vscode.LanguageModelChatMessageRole`: 1 user, 2 assistant; 3 is the system's where a caller may use it. */
  readonly role: number;
  readonly content: readonly unknown[];
}

const textPart = z.object({ value: z.string() });
const toolCall = z.object({ callId: z.string(), name: z.string(), input: z.unknown() });
const toolResult = z.object({ callId: z.string(), content: z.array(z.unknown()) });
const dataPart = z.object({ mimeType: z.string(), data: z.instanceof(Uint8Array) });

/** The message as text. What is no text is named, in brackets. */
export function toTranscript({ role, content }: ChatMessage): TranscriptMessage {
  return { role: roleOf(role), text: content.map(partText).join("") };
}

function roleOf(role: number): Role {
  if (role === 2) return "assistant";
  return role === 3 ? "system" : "user";
}

function partText(part: unknown): string {
  const result = toolResult.safeParse(part);
  if (result.success) return `\n${result.data.content.map(partText).join("")}\n`;
  const call = toolCall.safeParse(part);
  if (call.success) return `\n${call.data.name}(${JSON.stringify(call.data.input)})\n`;
  const data = dataPart.safeParse(part);
  if (data.success) return dataText(data.data);
  const text = textPart.safeParse(part);
  return text.success ? text.data.value : "";
}

function dataText({ mimeType, data }: z.output<typeof dataPart>): string {
  if (/^text\/|^application\/json\b/.test(mimeType)) return new TextDecoder().decode(data);
  return l10n.t("[{0}, left out: this model reads text only]", mimeType);
}
