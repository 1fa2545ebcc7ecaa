import * as vscode from "vscode";
import { findInsertionOffset } from "../documentEdits";
import type { Stretch } from "../surprisal/ranges";
import type { Workbench } from "../workbench";
import { findDocument, showRange } from "./documents";
import { lengthIn } from "./insertCompletion";

/** Selects the token of this index of the inspector in its editor, opening it if needed. */
export async function revealToken(workbench: Workbench, index: number): Promise<void> {
  const { state } = workbench.store;
  if (state.kind !== "scores" && state.kind !== "completion") return;
  if (!state.tokens[index]) return;
  const document = await findDocument(state.source.uri);
  if (!document) {
    workbench.messages.info(vscode.l10n.t("{0} cannot be opened any more.", state.source.label));
    return;
  }
  const { start, end } = stretchOf(workbench, document, index);
  await showRange(document, start, end, workbench.panel.viewColumn);
}

/** Where a token of the inspector stands in its document; an empty stretch where it would stand when it does not. */
export function stretchOf(
  { store: { state }, tracker }: Pick<Workbench, "store" | "tracker">,
  document: vscode.TextDocument,
  index: number,
): Stretch {
  if (state.kind === "scores") {
    const { source, documentLength = Number.POSITIVE_INFINITY } = state;
    const start = Math.min(state.tokens[index]?.start ?? 0, documentLength);
    const end = Math.min(state.tokens[index]?.end ?? 0, documentLength);
    const { offset } = source;
    if (start === documentLength) return emptyAt(tracker.map(source, offset + start, "before"));
    return { start: tracker.map(source, offset + start, "after"), end: tracker.map(source, offset + end, "before") };
  }
  if (state.kind !== "completion") return { start: 0, end: 0 };
  const { prompt, source, text } = state;
  const tracked = tracker.map(source, source.offset + prompt.length, "before");
  const all = document.getText();
  const base = findInsertionOffset({ text: all, prompt, tracked, continuous: true }) ?? tracked;
  // Where the completion stands once inserted; before that, the place where it would.
  const inserted = all.startsWith(normalized(document, text), base);
  const { start = 0, end = 0 } = state.tokens[index] ?? {};
  if (!inserted) return emptyAt(base);
  return { start: base + lengthIn(document, text, start), end: base + lengthIn(document, text, end) };
}

function emptyAt(offset: number): Stretch {
  return { start: offset, end: offset };
}

function normalized(document: vscode.TextDocument, text: string): string {
  return document.eol === vscode.EndOfLine.CRLF ? text.replace(/(?<!\r)\n/g, "\r\n") : text;
}
