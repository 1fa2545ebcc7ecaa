/** *Compare Prompting with Fine-tuning…*: asks what, and writes the comparison file. */
import { basename, dirname, extname, join, relative, sep } from "node:path";
import * as vscode from "vscode";
import { CancelledError } from "../../runtime/errors";
import type { TrainingData, TrainingDataPreview } from "../../runtime/trainingDataProtocol";
import { DataNode } from "../training/datasetsView";
import type { Workbench } from "../workbench";
import { askComparison, type WizardParts, type WizardState } from "./comparisonWizard";
import { newComparisonFile } from "./newComparisonFile";
import { vscodeAsker } from "./vscodeAsker";
import { writeNewFile } from "./writeNewFile";

/** On the data file of a row, of the explorer, or one that is chosen. */
export async function compareMethods(workbench: Workbench, argument?: unknown): Promise<void> {
  const { messages, settings } = workbench;
  const uri = argument instanceof DataNode ? argument.uri : argument instanceof vscode.Uri ? argument : undefined;
  if (uri && uri.scheme !== "file") return messages.info(vscode.l10n.t("The data file must lie in a folder on disk."));
  const resolved = settings.resolve(uri);
  if (resolved.kind === "invalid") return messages.problems(resolved.problems);
  const { store, model } = resolved;
  const parts = wizardParts(workbench, { store, selected: model.folder });
  try {
    const said = await askComparison(parts, uri?.fsPath);
    if (said) await open(workbench, await write(said));
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
  }
}

function wizardParts(workbench: Workbench, scope: { readonly store: string; readonly selected: string }): WizardParts {
  const { trainingClient, datasets, modelStore } = workbench;
  return {
    ask: vscodeAsker,
    guess: (path) => trainingClient.guess({ path }),
    preview: (data) => preview(workbench, data),
    files: async () =>
      (await datasets.list()).map(({ uri, description }) => {
        return { label: vscode.workspace.asRelativePath(uri), description, value: uri.fsPath };
      }),
    otherFile: async () => {
      const filters = { [vscode.l10n.t("Labelled data")]: ["jsonl", "ndjson", "csv", "tsv"] };
      const title = vscode.l10n.t("Compare Prompting with Fine-tuning: Labelled Data");
      return (await vscode.window.showOpenDialog({ title, filters }))?.[0]?.fsPath;
    },
    models: async () => {
      const { models } = await modelStore.list(scope);
      return models.flatMap(({ name, origin, state }) =>
        state.kind !== "ready" || origin.kind === "starter" || origin.kind === "setting" ? [] : [name],
      );
    },
    usualModel: basename(scope.selected),
  };
}

/** Reading a large file takes a moment. */
function preview({ dialogs, trainingClient }: Workbench, data: TrainingData): Promise<TrainingDataPreview> {
  const title = vscode.l10n.t("Reading {0}", basename(data.path));
  return dialogs.withProgress(title, (_, signal) => trainingClient.preview({ data }, signal));
}

/** Writes the file beside its data under a name that is free; gives its path. */
async function write(said: WizardState): Promise<string> {
  const folder = dirname(said.path);
  const beside = (path: string) => relative(folder, path).split(sep).join("/");
  const { dev, test } = said.guess?.data ?? {};
  const text = newComparisonFile({
    ...said,
    file: beside(said.path),
    ...(dev && said.task !== "generation" ? { dev: beside(dev) } : {}),
    ...(test && said.task !== "generation" ? { test: beside(test) } : {}),
    allColumns: said.guess?.columns ?? [],
  });
  const name = basename(said.path, extname(said.path)).replace(/[._-]train$/i, "");
  return writeNewFile(join(folder, name), ".compare.yaml", text);
}

async function open({ messages }: Workbench, path: string): Promise<void> {
  const uri = vscode.Uri.file(path);
  await vscode.window.showTextDocument(uri, { preview: false });
  const command = (id: string) => () => vscode.commands.executeCommand(id, uri);
  messages.info(
    vscode.l10n.t("{0} compares what you chose. Comments in it say what to change for more.", basename(path)),
    { title: vscode.l10n.t("Run"), run: command("gptWorkbench.runComparison") },
    { title: vscode.l10n.t("Plan"), run: command("gptWorkbench.planComparison") },
  );
}
