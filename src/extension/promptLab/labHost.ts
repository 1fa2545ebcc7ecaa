/** What the prompt lab takes from the window: settings, folders, files. */
import { homedir } from "node:os";
import * as vscode from "vscode";
import writeFileAtomic from "write-file-atomic";
import { invalidRequest } from "../../runtime/errors";
import type { PromptSource } from "../../runtime/promptProtocol";
import type { ModelReference } from "../../runtime/protocol";
import { modelReference } from "../modelFolder";
import type { ModelStore } from "../modelStore";
import type { Settings } from "../settings";
import type { LabHost } from "./promptLab";
import { promptModelFolder } from "./promptModel";
import type { RunFiles } from "./runFolder";

/** Makes the lab's view of the window. `storage` is the extension's global folder. */
export function createLabHost(
  { settings, modelStore, storage }: { settings: Settings; modelStore: ModelStore; storage: vscode.Uri },
  reveal: () => void,
): LabHost {
  return {
    reveal,
    model: (source) => modelOf(source, settings, modelStore),
    folders: ({ path }) => ({
      cache: vscode.Uri.joinPath(storage, "cells").fsPath,
      runs: runsFolder(vscode.Uri.file(path), storage).fsPath,
    }),
    currentText: async (path) => {
      const uri = vscode.Uri.file(path);
      try {
        return (await vscode.workspace.openTextDocument(uri)).getText();
      } catch {
        return null; // deleted or renamed: what was run is known
      }
    },
  };
}

/** The folder in which runs of a prompt file are stored: its workspace folder's, or the extension's where it is in none on disk. */
export function runsFolder(file: vscode.Uri, storage: vscode.Uri): vscode.Uri {
  const folder = vscode.workspace.getWorkspaceFolder(file) ?? vscode.workspace.workspaceFolders?.[0];
  return folder?.uri.scheme === "file"
    ? vscode.Uri.joinPath(folder.uri, ".gpt-workbench", "runs")
    : vscode.Uri.joinPath(storage, "runs");
}

async function modelOf(source: PromptSource, settings: Settings, modelStore: ModelStore): Promise<ModelReference> {
  const resolved = settings.resolve(vscode.Uri.file(source.path));
  if (resolved.kind === "invalid") throw invalidRequest(resolved.problems.join(" "));
  const { model, config, store } = resolved;
  const folder = await promptModelFolder(source, {
    selected: model.folder,
    trusted: vscode.workspace.isTrusted,
    list: async () => (await modelStore.list({ store, selected: model.folder })).models,
  });
  return folder === model.folder ? model : modelReference(folder, config, homedir());
}

/** Run folders on disk. */
export const runFiles: RunFiles = {
  read: async (folder, name, limit) => {
    const uri = vscode.Uri.joinPath(vscode.Uri.file(folder), name);
    let stat: vscode.FileStat;
    try {
      stat = await vscode.workspace.fs.stat(uri);
    } catch (error) {
      if (error instanceof vscode.FileSystemError && error.code === "FileNotFound") return null;
      throw error;
    }
    if (stat.size > limit) throw invalidRequest(vscode.l10n.t("{0} is longer than {1} MB", uri.fsPath, limit >> 20));
    return vscode.workspace.fs.readFile(uri);
  },
  write: (folder, name, text) => writeFileAtomic(vscode.Uri.joinPath(vscode.Uri.file(folder), name).fsPath, text),
};
