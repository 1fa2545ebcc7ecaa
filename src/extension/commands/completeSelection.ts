import * as vscode from "vscode";
import { inspectCompletion } from "../inspect";
import type { Workbench } from "../workbench";
import { prepare, truncationNote } from "./prepare";
import { report } from "./report";

/** Continues the selected text, zero-shot, streaming into the inspector. */
export async function completeSelection(workbench: Workbench): Promise<void> {
  const prepared = prepare(workbench, "selection");
  if (!prepared) return;
  const { text, source, settings, notes } = prepared;
  const { config, model } = settings;
  const params = { model, prompt: text, config: config.generation, topAlternatives: config.topAlternatives };
  workbench.tracker.follow(source, true);
  workbench.panel.reveal();
  const title = vscode.l10n.t("Completion: {0}", source.label);
  const { models } = workbench;
  const outcome = await workbench.runs.start((run) => inspectCompletion({ models, run, title, source, params }));
  report(workbench, outcome, notes, ({ truncation }) => (truncation ? [truncationNote(truncation)] : []));
}
