import * as vscode from "vscode";
import { inspectScores, promptSegments } from "../inspect";
import type { Workbench } from "../workbench";
import { truncationNote } from "./prepare";
import { report } from "./report";

/** Scores the completion that is shown and its prompt as one text, so that it can be looked into. */
export async function inspectPromptAndCompletion(workbench: Workbench): Promise<void> {
  const { models, runs, store, settings, messages } = workbench;
  const { state } = store;
  if (state.kind !== "completion" || !state.text) return;
  const { prompt, text, source, reference } = state;
  const resolved = settings.resolve(vscode.Uri.parse(source.uri));
  if (resolved.kind === "invalid") return messages.problems(resolved.problems);
  const inspection = {
    ...{ models, source, title: vscode.l10n.t("Prompt and completion: {0}", source.label) },
    params: {
      model: reference,
      input: { kind: "text", text: prompt + text },
      topK: resolved.config.topAlternatives,
    } as const,
    segments: (tokens: Parameters<typeof promptSegments>[0]) => promptSegments(tokens, prompt.length),
    documentLength: prompt.length,
  };
  const outcome = await runs.start((run) => inspectScores({ ...inspection, run }));
  report(workbench, outcome, [], ({ truncation }) => (truncation ? [truncationNote(truncation)] : []));
}
