/** Merges a LoRA adapter into the weights of its base. Knows nothing of VS Code. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import { chosenFolder } from "../commands/chosenFolder";
import { tellFailure, useModelFolder } from "../commands/loadModel";
import type { HistoryView } from "../history/historyView";
import type { ModelWorkbench } from "../workbench";
import { runNameProblem } from "./fineTuneForm";
import type { TrainingClient } from "./trainingClient";

/** What it works with. */
export interface MergeParts extends ModelWorkbench {
  readonly history: Pick<HistoryView, "adapters">;
  readonly trainingClient: Pick<TrainingClient, "merge">;
}

/** An adapter, by the name of its run or of its folder. */
interface ChosenAdapter {
  readonly name: string;
  readonly folder: string;
}

/** Asks for the adapter and for the name of the new model, which is written into the store. */
export async function mergeAdapter(parts: MergeParts): Promise<void> {
  const resolved = parts.settings.resolve();
  if (resolved.kind === "invalid") return parts.messages.problems(resolved.problems);
  const adapter = await askAdapter(parts);
  if (!adapter) return;
  const name = await parts.dialogs.input({
    title: l10n.t("Merge LoRA Adapter"),
    prompt: l10n.t("Name of the merged model"),
    value: `${adapter.name}-merged`,
    problem: (text) => (text.trim() === "" ? l10n.t("Enter a name.") : (runNameProblem(text) ?? undefined)),
  });
  if (name === undefined) return;
  const into = { kind: "store", store: resolved.store, name: name.trim() } as const;
  const made = await merge(parts, adapter.folder, into);
  if (made === undefined) return;
  parts.modelStore.refresh();
  parts.messages.info(l10n.t("{0} was added to the models.", into.name), {
    title: l10n.t("Load"),
    run: () => useModelFolder(parts, made),
  });
}

/** The new model's folder; undefined when it failed, which is told, or was cancelled. */
async function merge(
  parts: MergeParts,
  adapter: string,
  into: { readonly kind: "store"; readonly store: string; readonly name: string },
): Promise<string | undefined> {
  try {
    return await parts.dialogs.withProgress(l10n.t("Merging the adapter"), (onProgress, signal) =>
      parts.trainingClient.merge({ adapter, into }, { onProgress, signal }),
    );
  } catch (error) {
    tellFailure(parts, error);
    return undefined;
  }
}

/** One that was trained here, or another folder. */
async function askAdapter(parts: MergeParts): Promise<ChosenAdapter | undefined> {
  const known = await parts.history.adapters();
  if (known.length > 0) {
    const other = { label: `$(folder-opened) ${l10n.t("Another Folder…")}`, value: null };
    const chosen = await parts.dialogs.choose<ChosenAdapter | null>(l10n.t("Merge LoRA Adapter"), [
      ...known.map((one) => ({ label: one.name, description: one.folder, value: one })),
      other,
    ]);
    if (chosen !== null) return chosen;
  }
  const folder = await chosenFolder(parts, undefined, l10n.t("Choose"), l10n.t("Folder of the Adapter"));
  return folder === undefined ? undefined : { name: basename(folder), folder };
}
