/** The assertions of comparison files in the Test Explorer of a real VS Code. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { waitFor } from "./support";

const text = `data: { file: tiny.jsonl, task: classification, split: { dev: 0.2, test: 0.4 } }
resamples: 100
arms:
  - { name: zero-shot, prompt: { template: "{{ text }}: {{ answer }}" } }
  - { name: one-shot, prompt: { template: "{{ text }}: {{ answer }}", k: 1 } }
assertions:
  - { arm: zero-shot, atLeast: 0 }
  - { arm: one-shot, noWorseThan: zero-shot, by: 1 }
`;

describe("assertions of comparison files, in the extension host", () => {
  let workspace = "";
  const path = (...parts: readonly string[]) => join(workspace, "tiny", ...parts);
  const runs = () => join(workspace, ".gpt-workbench", "runs");
  const known = new Set<string>();

  before(async () => {
    workspace = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? assert.fail();
    await vscode.extensions.getExtension("gpt-workbench.gpt-workbench")?.activate();
    if (existsSync(runs())) for (const name of readdirSync(runs())) known.add(name);
    mkdirSync(path("node_modules"), { recursive: true });
    const rows = Array.from({ length: 40 }, (_, i) => ({ text: `number ${i}`, label: i % 2 ? "odd" : "even" }));
    writeFileSync(path("tiny.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    writeFileSync(path("tiny.compare.yaml"), text);
    writeFileSync(path("node_modules", "tiny.compare.yaml"), text);
  });

  after(async () => {
    rmSync(path(), { recursive: true, force: true });
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  /** Ids of the tests of a file, without the controller's. */
  async function testsIn(file: string): Promise<string[][]> {
    const found = await vscode.commands.executeCommand<string[][]>(
      "vscode.testing.getTestsInFile",
      vscode.Uri.file(file),
    );
    assert.ok(found.every(([controller]) => controller === "gptWorkbench.comparisons"));
    return found.map(([, ...ids]) => ids);
  }

  /** The record of the newest comparison, when it is over. */
  function newRecord(): { arms: { name: string }[]; state: string } | undefined {
    if (!existsSync(runs())) return undefined;
    for (const name of readdirSync(runs()).filter((of) => !known.has(of))) {
      const file = join(runs(), name, "run.json");
      if (!existsSync(file)) continue;
      const record = JSON.parse(readFileSync(file, "utf8"));
      if (record.kind === "comparison" && record.state !== "running") return record;
    }
    return undefined;
  }

  it("are found with their file, in no excluded folder, and follow the file", async () => {
    await vscode.commands.executeCommand("testing.refreshTests");
    let found: string[][] = [];
    for (let i = 0; i < 100 && found.length < 3; i++) {
      found = await testsIn(path("tiny.compare.yaml"));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const uri = vscode.Uri.file(path("tiny.compare.yaml")).toString();
    assert.deepEqual(
      found.map(([file]) => file),
      [uri, uri, uri],
    );
    assert.equal(found.filter(([, test]) => test === undefined).length, 1);
    assert.deepEqual(await testsIn(path("node_modules", "tiny.compare.yaml")), []);
    writeFileSync(path("tiny.compare.yaml"), `${text}  - { arm: one-shot, atLeast: 0 }\n`);
    for (let i = 0; i < 100 && found.length < 4; i++) {
      found = await testsIn(path("tiny.compare.yaml"));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(found.length, 4);
  });

  it("run the comparison, with the arms that the test at the cursor needs", async () => {
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(path("tiny.compare.yaml")));
    const editor = await vscode.window.showTextDocument(document);
    const line = text.split("\n").findIndex((of) => of.includes("atLeast"));
    editor.selection = new vscode.Selection(line, 8, line, 8);
    void vscode.commands.executeCommand("testing.runAtCursor");
    const record = await waitFor("the comparison", newRecord);
    assert.equal(record.state, "completed");
    assert.deepEqual(
      record.arms.map(({ name }) => name),
      ["zero-shot"],
    );
  });
});
