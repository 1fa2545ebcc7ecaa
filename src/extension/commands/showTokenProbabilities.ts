import * as vscode from "vscode";
import { inspectScores } from "../inspect";
import type { Workbench } from "../workbench";
import { prepare, truncationNote } from "./prepare";
import { report } from "./report";

/** Shows every token's probability: of the selection, or without one of the file's start. */
export async function showTokenProbabilities(workbench: Workbench): Promise<void> {
  const prepared = prepare(workbench, "selectionOrFile");
  if (!prepared) return;
  const { text, source, settings, notes } = prepared;
  const params = {
    model: settings.model,
    input: { kind: "text", text },
    topK: settings.config.topAlternatives,
    longText: "slide",
  } as const;
  workbench.tracker.follow(source, true);
  workbench.panel.reveal();
  const title = vscode.l10n.t("Token probabilities: {0}", source.label);
  const { models } = workbench;
  const outcome = await workbench.runs.start((run) => inspectScores({ models, run, title, source, params }));
  report(workbench, outcome, notes, ({ truncation }) => (truncation ? [truncationNote(truncation)] : []));
}
