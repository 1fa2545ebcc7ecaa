import * as vscode from "vscode";
import { toErrorInfo } from "../../runtime/errors";
import { errorText } from "../errorText";
import type { ShowOutcome } from "../surprisal/surprisalStore";
import { surprisalLimit } from "../surprisal/texts";
import type { Workbench } from "../workbench";
import { sourceEditor, truncationNote } from "./prepare";

/** Colours the tokens of the active editor's selections, or of its whole file; or takes the colours away. */
export async function toggleSurprisal({ messages, settings, surprisal, tracker }: Workbench): Promise<void> {
  const editor = vscode.window.activeTextEditor ?? sourceEditor(tracker);
  if (!editor) {
    messages.info(vscode.l10n.t("Open a text file first: there is no active text editor."));
    return;
  }
  if (surprisal.shows(editor.document)) {
    surprisal.hide(editor.document);
    return;
  }
  const resolved = settings.resolve(editor.document.uri);
  if (resolved.kind === "invalid") {
    messages.problems(resolved.problems);
    return;
  }
  const options = { location: vscode.ProgressLocation.Window, title: vscode.l10n.t("Scoring the tokens…") };
  tell(messages, await vscode.window.withProgress(options, () => surprisal.show(editor)));
}

function tell(messages: Workbench["messages"], outcome: ShowOutcome): void {
  switch (outcome.kind) {
    case "done": {
      const notes = [
        ...(outcome.cut ? [cutNote()] : []),
        ...(outcome.truncation ? [truncationNote(outcome.truncation)] : []),
      ];
      if (notes.length > 0) messages.info(notes.join(" "));
      return;
    }
    case "blank":
      messages.info(vscode.l10n.t("There is no text to run on: it is empty or only white space."));
      return;
    case "failed":
      messages.error(errorText(toErrorInfo(outcome.error)));
      return;
    case "cancelled":
      return;
    default:
      outcome satisfies never;
  }
}

function cutNote(): string {
  const limit = surprisalLimit.toLocaleString(vscode.env.language);
  return vscode.l10n.t("Only the first {0} characters are colored.", limit);
}
