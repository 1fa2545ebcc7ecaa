/** Models as an extension's caller meets them: by commands with a folder, in the extension host of a real VS Code. */
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";

const settings = () => vscode.workspace.getConfiguration("gptWorkbench");
const set = (key: string, value: unknown) => settings().update(key, value, vscode.ConfigurationTarget.Global);

async function eventually(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (await look()) return;
    await sleep(100);
  }
  throw new Error(`waited in vain for ${what}`);
}

describe("models in the extension host", () => {
  let folder: string;
  let model: vscode.Uri;

  before(async () => {
    const extension = vscode.extensions.getExtension("gpt-workbench.gpt-workbench");
    assert.ok(extension);
    folder = mkdtempSync(join(tmpdir(), "gptw-"));
    model = vscode.Uri.file(join(folder, "my-gpt2"));
    cpSync(join(extension.extensionPath, "test/fixtures/gpt2-tiny"), model.fsPath, { recursive: true });
    await set("models.folder", join(folder, "store"));
  });

  after(async () => {
    await set("models.folder", undefined);
    await set("model", undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  it("shows the Models view", async () => {
    await vscode.commands.executeCommand("gptWorkbench.models.focus");
  });

  it("adds a folder to the store, and keeps the list there", async () => {
    await vscode.commands.executeCommand("gptWorkbench.addModel", model);
    assert.ok(existsSync(join(folder, "store")), "the store is made when it is first written to");
  });

  it("shows a model's details as a read-only document with every tensor", async () => {
    await vscode.commands.executeCommand("gptWorkbench.showModelDetails", model);
    const document = vscode.window.activeTextEditor?.document;
    assert.ok(document);
    assert.equal(document.uri.scheme, "gpt-workbench-model");
    assert.equal(document.languageId, "plaintext");
    assert.match(document.getText(), /^my-gpt2\n=======\n/);
    for (const tensor of ["wte.weight", "h.0.attn.c_attn.weight", "ln_f.bias"]) {
      const line = new RegExp(`^(transformer\\.)?${tensor.replaceAll(".", "\\.")} +\\[`, "m");
      assert.match(document.getText(), line);
    }
    await vscode.commands.executeCommand("workbench.action.closeActiveEditor");
  });

  it("loads a model, which the settings then name", async () => {
    await vscode.commands.executeCommand("gptWorkbench.loadModel", model);
    await eventually("the setting", () => settings().get("model") === model.fsPath);
    await vscode.commands.executeCommand("gptWorkbench.unloadModel");
    assert.equal(settings().get("model"), model.fsPath, "unloading is not deselecting");
  });

  it("goes back to the starter by its folder", async () => {
    const extension = vscode.extensions.getExtension("gpt-workbench.gpt-workbench");
    assert.ok(extension);
    const starter = vscode.Uri.joinPath(extension.extensionUri, "media/models/starter");
    await vscode.commands.executeCommand("gptWorkbench.loadModel", starter);
    await eventually("the setting", () => settings().get("model") === "");
  });
});
