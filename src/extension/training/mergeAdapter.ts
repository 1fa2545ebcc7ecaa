/** Merges a LoRA adapter into the weights of its base. */
import { basename, dirname, join } from "node:path";
import * as vscode from "vscode";
import { CancelledError } from "../../runtime/errors";
import type { Workbench } from "../workbench";
import { runNameProblem } from "./fineTuneForm";

/** Asks for the adapter and for the name of the new model, which is written beside the store's others. */
export async function mergeAdapter(workbench: Workbench): Promise<void> {
  const { history, dialogs, messages, settings, trainingClient, modelStore } = workbench;
  const resolved = settings.resolve();
  if (resolved.kind === "invalid") return messages.problems(resolved.problems);
  const adapter = await askAdapter(await history.adapters());
  if (adapter === undefined) return;
  const name = await dialogs.input({
    title: vscode.l10n.t("Merge LoRA Adapter"),
    prompt: vscode.l10n.t("Name of the merged model"),
    value: `${basename(dirname(adapter))}-merged`,
    problem: (text) => (text.trim() === "" ? vscode.l10n.t("Enter a name.") : (runNameProblem(text) ?? undefined)),
  });
  if (name === undefined) return;
  const folder = join(resolved.store, name.trim());
  try {
    const made = await dialogs.withProgress(vscode.l10n.t("Merging the adapter"), (onProgress, signal) =>
      trainingClient.merge({ adapter, folder }, { onProgress, signal }),
    );
    await modelStore.add(resolved.store, made);
    messages.info(vscode.l10n.t("The merged model lies in {0}.", made));
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
}

async function askAdapter(
  known: readonly { readonly name: string; readonly folder: string }[],
): Promise<string | undefined> {
  const items = known.map(({ name, folder }) => ({ label: name, description: folder, folder }));
  const other = { label: `$(folder-opened) ${vscode.l10n.t("Another Folder…")}`, description: "", folder: "" };
  const chosen =
    items.length === 0
      ? other
      : await vscode.window.showQuickPick([...items, other], { title: vscode.l10n.t("Merge LoRA Adapter") });
  if (chosen?.folder !== "") return chosen?.folder; // dismissed, or a known one
  const [folder] =
    (await vscode.window.showOpenDialog({
      canSelectFolders: true,
      canSelectFiles: false,
      title: vscode.l10n.t("Folder of the Adapter"),
      openLabel: vscode.l10n.t("Choose"),
    })) ?? [];
  return folder?.fsPath;
}
