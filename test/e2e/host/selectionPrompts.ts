/** Prompt files on a selection, as a user runs them: in the extension host of a real VS Code, on the samples and the starter. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import * as z from "zod";
import { open } from "./support";

const recordSchema = z.object({
  file: z.string(),
  overrides: z.object({
    items: z.array(z.record(z.string(), z.unknown())),
    k: z.int().optional(),
    variants: z.array(z.string()),
  }),
  variants: z.array(z.object({ name: z.string(), rule: z.string(), cells: z.int() })).min(1),
  complete: z.boolean(),
});

describe("prompt files on a selection, in the extension host", () => {
  let runs: string;
  let before_: ReadonlySet<string>;
  const folders = () => (existsSync(runs) ? readdirSync(runs) : []);

  before(async () => {
    await vscode.extensions.getExtension("gpt-workbench.gpt-workbench")?.activate();
    const workspace = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? assert.fail();
    runs = join(workspace, ".gpt-workbench", "runs");
    before_ = new Set(folders());
  });

  after(async () => {
    for (const name of folders()) if (!before_.has(name)) rmSync(join(runs, name), { recursive: true, force: true });
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  /** Runs a command on a selection and takes the first of whatever is offered, until a new run is stored. */
  async function runOn(text: string, command: string): Promise<z.output<typeof recordSchema>> {
    const known = new Set(folders());
    const editor = await open(text);
    editor.selection = new vscode.Selection(0, 0, editor.document.lineCount, 0);
    const running = vscode.commands.executeCommand(command);
    for (let i = 0; i < 150; i++) {
      await sleep(400);
      const found = folders().find((name) => !known.has(name));
      const file = found && join(runs, found, "run.json");
      if (file && existsSync(file)) {
        const record = recordSchema.parse(JSON.parse(readFileSync(file, "utf8")));
        if (record.complete) {
          await running;
          return record;
        }
      }
      await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
    }
    return assert.fail("no run was stored");
  }

  it("classifies it, and shows the details in the compare panel", async () => {
    const record = await runOn("A lovely film, full of warmth.\n", "gptWorkbench.classifySelection");
    assert.deepEqual(
      record.overrides.items.map((item) => Object.values(item)),
      [["A lovely film, full of warmth."]],
    );
    assert.equal(record.variants.length, 1); // the row that was chosen
    assert.equal(record.variants[0]?.cells, 1);
  });

  it("runs it with no demonstration, with one, and with the number that is asked for", async () => {
    for (const [command, k] of [
      ["runZeroShot", 0],
      ["runOneShot", 1],
    ] as const) {
      const record = await runOn("What is 2 plus 3?", `gptWorkbench.${command}`);
      assert.equal(record.overrides.k, k);
      assert.ok(Object.values(record.overrides.items[0] ?? {}).includes("What is 2 plus 3?"));
      for (const { cells } of record.variants) assert.equal(cells, 1);
    }
    const few = await runOn("What is 2 plus 3?", "gptWorkbench.runFewShot");
    assert.ok((few.overrides.k ?? 0) > 1);
  });

  it("is a tool for other language models too", async () => {
    const input = { promptFile: "prompts/classification.prompt.yaml", text: "Dull and far too long." };
    const result = await vscode.lm.invokeTool("gptWorkbench_runPrompt", { input, toolInvocationToken: undefined });
    const [part] = result.content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    const shares = [...part.value.matchAll(/^- "[^"]+": (\d+\.\d\d) %$/gm)].map(([, share]) => Number(share));
    assert.ok(shares.length >= 2, part.value);
  });
});
