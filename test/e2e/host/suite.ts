/** What can be seen from inside the extension host of a real VS Code. */
import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { open, runtimePids, waitFor } from "./support";

const id = "gpt-workbench.gpt-workbench";

async function openSelected(text: string): Promise<vscode.TextEditor> {
  const editor = await open(text);
  editor.selection = new vscode.Selection(0, 0, editor.document.lineCount, 0);
  return editor;
}

function inspectorTabs(): vscode.Tab[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.filter(
    ({ input }) => input instanceof vscode.TabInputWebview && input.viewType.includes("gptWorkbench.inspector"),
  );
}

/** The one inspector. Its tab is known here a moment after it was opened. */
async function theInspector(): Promise<vscode.Tab> {
  const tab = await waitFor("the inspector's tab", () => inspectorTabs()[0]);
  assert.equal(inspectorTabs().length, 1);
  return tab;
}

describe("GPT Workbench in the extension host", () => {
  it("activates by itself and starts no runtime", async () => {
    const extension = vscode.extensions.getExtension(id);
    assert.ok(extension, "the extension is there");
    await waitFor("activation", () => extension.isActive);
    await sleep(1000);
    assert.deepEqual(runtimePids(), []);
  });

  it("registers every command that it contributes", async () => {
    const manifest: { contributes: { commands: { command: string }[] } } =
      vscode.extensions.getExtension(id)?.packageJSON;
    const registered = new Set(await vscode.commands.getCommands(true));
    for (const { command } of manifest.contributes.commands) assert.ok(registered.has(command), command);
  });

  it("forks the runtime on first use, opens one inspector beside, and keeps the host free", async () => {
    await openSelected("export function add(a: number, b: number): number {\n  return a + b;\n}\n");
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await vscode.commands.executeCommand("gptWorkbench.showTokenProbabilities");
    delay.disable();
    assert.equal(runtimePids().length, 1);
    assert.equal((await theInspector()).group.viewColumn, vscode.ViewColumn.Two);
    console.log(`      longest pause of the host during the first command: ${(delay.max / 1e6).toFixed(0)} ms`);
  });

  it("uses the same panel and the same process again", async () => {
    const before = runtimePids();
    await openSelected("const answer = 42;\n");
    await vscode.commands.executeCommand("gptWorkbench.completeSelection");
    assert.deepEqual(runtimePids(), before);
    await theInspector();
  });

  it("restarts the runtime, and the next command succeeds", async () => {
    const [before] = runtimePids();
    await vscode.commands.executeCommand("gptWorkbench.restartRuntime");
    await openSelected("let x = 1;\n");
    await vscode.commands.executeCommand("gptWorkbench.showTokenProbabilities");
    const [after] = runtimePids();
    assert.ok(after !== undefined && after !== before, "a new process");
    assert.equal(runtimePids().length, 1);
  });

  it("starts anew after the runtime was killed", async () => {
    const [before = 0] = runtimePids();
    process.kill(before, "SIGKILL");
    await waitFor("the end of the process", () => !runtimePids().includes(before));
    await sleep(500); // a request in the moment before the host hears of it is rejected, not repeated
    await openSelected("let y = 2;\n");
    await vscode.commands.executeCommand("gptWorkbench.showTokenProbabilities");
    assert.equal(runtimePids().length, 1);
  });

  it("takes a setting that changes, without a reload", async () => {
    const settings = vscode.workspace.getConfiguration("gptWorkbench");
    await settings.update("generation.maxNewTokens", 3, vscode.ConfigurationTarget.Global);
    const editor = await openSelected("export const ");
    await vscode.commands.executeCommand("gptWorkbench.completeSelection");
    await vscode.commands.executeCommand("workbench.action.focusFirstEditorGroup");
    await settings.update("generation.maxNewTokens", undefined, vscode.ConfigurationTarget.Global);
    assert.equal(editor.document.getText(), "export const ", "nothing is inserted unasked");
  });

  it("opens in the other of two groups, and leaves the editor its focus", async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await waitFor("no inspector", () => inspectorTabs().length === 0);
    const right = await vscode.workspace.openTextDocument({ content: "on the right\n" });
    const left = await openSelected("on the left\n");
    await vscode.window.showTextDocument(right, { viewColumn: vscode.ViewColumn.Two, preview: false });
    const editor = await vscode.window.showTextDocument(left.document, vscode.ViewColumn.One);
    editor.selection = new vscode.Selection(0, 0, 0, 11);
    await vscode.commands.executeCommand("gptWorkbench.showTokenProbabilities");
    assert.equal((await theInspector()).group.viewColumn, vscode.ViewColumn.Two);
    assert.equal(vscode.window.tabGroups.all.length, 2, "no third group");
    assert.equal(vscode.window.activeTextEditor?.document, left.document);
  });

  it("shows the log", async () => {
    await vscode.commands.executeCommand("gptWorkbench.showLog");
  });
});
