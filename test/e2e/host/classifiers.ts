/** Lines classified by a fine-tuned model of the workspace's runs, in the extension host of a real VS Code. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { gpt2Config, writeTinyClassifier } from "../../unit/runtime/engine/tinyClassifier";
import { open, waitFor } from "./support";

describe("fine-tuned classifiers, in the extension host", () => {
  let run = "";

  before(async () => {
    const extension = vscode.extensions.getExtension("gpt-workbench.gpt-workbench") ?? assert.fail();
    await extension.activate();
    const workspace = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? assert.fail();
    run = join(workspace, ".gpt-workbench", "runs", "tiny-classifier");
    const starter = join(extension.extensionPath, "media", "models", "starter");
    await writeTinyClassifier(join(run, "model"), {}, gpt2Config, starter);
  });

  after(async () => {
    rmSync(run, { recursive: true, force: true });
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("label lines, those that change too, until they are cleared", async () => {
    const { document } = await open("A warm and funny film.\n\nDull and far too long.\n");
    const labelled = () =>
      vscode.languages
        .getDiagnostics(document.uri)
        .filter(({ message }) => /^(positive|negative) \d+\.\d % \((positive|negative) [<\d].*\)$/.test(message))
        .map(({ range }) => range.start.line);
    const running = vscode.commands.executeCommand("gptWorkbench.classifyLines");
    // The first of whatever is asked: the classifier, and lines.
    for (let i = 0; i < 150 && labelled().length < 2; i++) {
      await sleep(400);
      await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
    }
    await running;
    assert.deepEqual(labelled(), [0, 2]);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(1, 0), "A line that was not there.");
    await vscode.workspace.applyEdit(edit);
    await waitFor("the new line's label", () => labelled().join() === "0,1,2");
    await vscode.commands.executeCommand("gptWorkbench.clearClassifications");
    assert.deepEqual(labelled(), []);
  });
});
