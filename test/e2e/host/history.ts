/** The History view, and the keys of the commands, in the extension host of a real VS Code. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { writeRun } from "../storedRun";
import { waitFor } from "./support";

describe("the History view in the extension host", () => {
  let runs: string;
  const run = (name: string) => join(runs, name);

  before(async () => {
    await vscode.extensions.getExtension("gpt-workbench.gpt-workbench")?.activate();
    const workspace = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? assert.fail();
    runs = join(workspace, ".gpt-workbench", "runs");
    // Far in the future: the first one in the list, whatever else was run here.
    writeRun(run("21260101-host"), "2126-01-01T10:00:00.000Z");
    mkdirSync(run("21260101-damaged"), { recursive: true });
    writeFileSync(join(run("21260101-damaged"), "run.json"), "{");
  });

  after(async () => {
    for (const name of ["21260101-host", "21260101-damaged"]) rmSync(run(name), { recursive: true, force: true });
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  const compareTab = () =>
    vscode.window.tabGroups.all
      .flatMap(({ tabs }) => tabs)
      .find(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.includes("gptWorkbench.compare"));

  it("lists the runs of the workspace, and opens one in the compare panel", async () => {
    await vscode.commands.executeCommand("gptWorkbench.history.focus");
    await vscode.commands.executeCommand("gptWorkbench.refreshRuns");
    await vscode.commands.executeCommand("gptWorkbench.openRun", vscode.Uri.file(run("21260101-host")));
    await waitFor("the compare panel", compareTab);
  });

  it("opens records, also one that is damaged", async () => {
    for (const name of ["21260101-host", "21260101-damaged"]) {
      await vscode.commands.executeCommand("gptWorkbench.openRunRecord", vscode.Uri.file(run(name)));
      assert.equal(vscode.window.activeTextEditor?.document.fileName, join(run(name), "run.json"));
    }
  });

  it("gives each of its commands a key that no other command has", async () => {
    const uri = vscode.Uri.parse("vscode://defaultsettings/keybindings.json");
    const text = (await vscode.workspace.openTextDocument(uri)).getText();
    const rules = [...text.matchAll(/"key":\s*"([^"]+)",\s*"command":\s*"([^"]+)"/g)].map(([, key, command]) => ({
      key,
      command,
    }));
    const ours = rules.filter(({ command }) => command?.startsWith("gptWorkbench."));
    assert.equal(ours.length, 5);
    for (const { key, command } of ours) {
      assert.deepEqual(
        rules.filter((rule) => rule.key === key).map((rule) => rule.command),
        [command],
      );
    }
  });
});
