import { isAbsolute } from "node:path";
import * as vscode from "vscode";
import { type TaskName, taskNames } from "../../../runtime/prompt/promptFile";
import type { Workbench } from "../../workbench";

/** Asks for a task, and opens a new prompt file for it that can be run as it is. It is on no disk until it is saved. */
export async function newPromptFile(workbench: Workbench, argument?: unknown): Promise<void> {
  const texts = taskTexts();
  const choices = taskNames.map((task) => ({ ...texts[task], value: task }));
  const task = await workbench.dialogs.choose(vscode.l10n.t("New Prompt File: What for?"), choices);
  if (task === undefined) return;
  const template = vscode.Uri.joinPath(workbench.extensionUri, "media", "prompts", `${task}.prompt.yaml`);
  const content = new TextDecoder().decode(await vscode.workspace.fs.readFile(template));
  const uri = await freeAddress(task, argument instanceof vscode.Uri ? argument : undefined);
  const document = await vscode.workspace.openTextDocument(uri);
  const edit = new vscode.WorkspaceEdit();
  edit.insert(uri, new vscode.Position(0, 0), content);
  await vscode.workspace.applyEdit(edit);
  await vscode.window.showTextDocument(document, { preview: false });
}

/** The address of a new document, in a folder or in the workspace's first one, whose name no file has. */
async function freeAddress(task: TaskName, chosen: vscode.Uri | undefined): Promise<vscode.Uri> {
  const folder = chosen ?? vscode.workspace.workspaceFolders?.[0]?.uri;
  for (let n = 1; ; n++) {
    const name = `${task}${n === 1 ? "" : `-${n}`}.prompt.yaml`;
    const onDisk = folder && vscode.Uri.joinPath(folder, name);
    const uri = onDisk?.scheme === "file" ? onDisk.with({ scheme: "untitled" }) : vscode.Uri.parse(`untitled:${name}`);
    const open = vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString());
    if (!open && !(isAbsolute(uri.fsPath) && (await exists(uri.with({ scheme: "file" }))))) return uri;
  }
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}

function taskTexts(): { readonly [T in TaskName]: { readonly label: string; readonly detail: string } } {
  return {
    translation: {
      label: vscode.l10n.t("Translation"),
      detail: vscode.l10n.t("From one language into another: English => French"),
    },
    questionAnswering: {
      label: vscode.l10n.t("Question Answering"),
      detail: vscode.l10n.t("From what the model knows: Q: … A: …"),
    },
    readingComprehension: {
      label: vscode.l10n.t("Reading Comprehension"),
      detail: vscode.l10n.t("A question about a passage"),
    },
    summarization: { label: vscode.l10n.t("Summarization"), detail: vscode.l10n.t("A text in a few words: TL;DR:") },
    classification: {
      label: vscode.l10n.t("Classification"),
      detail: vscode.l10n.t("One of several labels, by their label words"),
    },
    entailment: {
      label: vscode.l10n.t("Entailment"),
      detail: vscode.l10n.t("Whether one sentence follows from another"),
    },
    similarity: { label: vscode.l10n.t("Similarity"), detail: vscode.l10n.t("Whether two sentences mean the same") },
    multipleChoice: {
      label: vscode.l10n.t("Multiple Choice"),
      detail: vscode.l10n.t("One of several answers that come with the question"),
    },
    completion: { label: vscode.l10n.t("Completion"), detail: vscode.l10n.t("The last word of a text, as in LAMBADA") },
    arithmetic: { label: vscode.l10n.t("Arithmetic"), detail: vscode.l10n.t("Sums, asked in words") },
  };
}
