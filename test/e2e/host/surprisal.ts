/** Surprisal in editors: what decorations and hovers are made of, as a user's commands and keys change them. */
import assert from "node:assert/strict";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { open, waitFor } from "./support";

const code = "export function add(a: number, b: number): number {\n  return a + b;\n}\n";

const toggle = () => vscode.commands.executeCommand("gptWorkbench.toggleSurprisal");

/** Our hover at an offset, without its legend. */
async function hoverAt(document: vscode.TextDocument, offset: number): Promise<string | undefined> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    "vscode.executeHoverProvider",
    document.uri,
    document.positionAt(offset),
  );
  const ours = hovers
    .map(({ contents }) => contents.map((part) => (typeof part === "string" ? part : part.value)).join("\n\n"))
    .find((text) => text.includes("--vscode-gptWorkbench-surprisal"));
  return ours?.replace(/\n\n<span[^\n]*/, "");
}

/** The hover, as soon as there is one that `holds`. */
async function hoverWhere(
  document: vscode.TextDocument,
  offset: number,
  holds: (text: string | undefined) => boolean,
): Promise<string | undefined> {
  for (let i = 0; i < 100; i++) {
    const text = await hoverAt(document, offset);
    if (holds(text)) return text;
    await sleep(100);
  }
  throw new Error(`waited in vain for the hover at ${offset}; it says: ${await hoverAt(document, offset)}`);
}

/** The first replacement that a hover offers. */
function firstReplacement(hover: string): { uri: string; start: number; text: string; replacement: string } {
  const link = /\(command:gptWorkbench\.replaceToken\?(\S+)\)/.exec(hover)?.[1];
  assert.ok(link, hover);
  return JSON.parse(decodeURIComponent(link))[0];
}

/** The longest time for which the host did nothing else while `work` went on. */
async function longestPause(work: () => Promise<void>): Promise<string> {
  const delay = monitorEventLoopDelay({ resolution: 2 });
  delay.enable();
  await work();
  delay.disable();
  return `${(delay.max / 1e6).toFixed(0)} ms`;
}

describe("Surprisal in editors, in the extension host", () => {
  afterEach(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("tells a token's numbers and alternatives in a hover, once it is turned on, and no more once it is off", async () => {
    const { document } = await open(code, "typescript");
    assert.equal(await hoverAt(document, 10), undefined);
    await toggle();
    const hover = await hoverAt(document, 10);
    assert.match(hover ?? "", /bits.*%.*rank \d+ · entropy/);
    assert.ok((hover ?? "").split("\n").filter((line) => line.startsWith("|")).length >= 7, "five alternatives");
    assert.match((await hoverAt(document, 0)) ?? "", /First token/);
    await toggle();
    assert.equal(await hoverAt(document, 10), undefined);
  });

  it("replaces a token by an alternative, unless it no longer stands there", async () => {
    const { document } = await open(code, "typescript");
    await toggle();
    const argument = firstReplacement((await hoverAt(document, 10)) ?? "");
    await vscode.commands.executeCommand("gptWorkbench.replaceToken", argument);
    const replaced =
      code.slice(0, argument.start) + argument.replacement + code.slice(argument.start + argument.text.length);
    assert.equal(document.getText(), replaced);
    await vscode.commands.executeCommand("gptWorkbench.replaceToken", { ...argument, text: "something else" });
    assert.equal(document.getText(), replaced);
  });

  it("follows typing: numbers of the new text, at its new places", async () => {
    const editor = await open(code, "typescript");
    const { document } = editor;
    await toggle();
    const before = await hoverAt(document, code.indexOf("number"));
    editor.selection = new vscode.Selection(0, 0, 0, 0);
    await vscode.commands.executeCommand("type", { text: "const word = 1;\n" });
    const place = document.getText().indexOf("number");
    const after = await hoverWhere(document, place, (text) => text !== undefined && text !== before);
    assert.match(after ?? "", /number/);
    assert.match((await hoverWhere(document, 8, (text) => text !== undefined)) ?? "", /word/);
  });

  it("takes every selection as a text of its own, and nothing between them", async () => {
    const editor = await open("one two three\r\nfour\tfive 🙂 six\r\n");
    editor.selections = [new vscode.Selection(0, 0, 0, 7), new vscode.Selection(1, 0, 1, 12)];
    await toggle();
    const { document } = editor;
    assert.match((await hoverAt(document, 0)) ?? "", /First token/);
    assert.equal(await hoverAt(document, document.getText().indexOf("three")), undefined);
    assert.match((await hoverAt(document, document.getText().indexOf("four"))) ?? "", /First token/);
    const emoji = await hoverAt(document, document.getText().indexOf("🙂"));
    assert.match(emoji ?? "", /bits/);
  });

  it("tells where the answer first leads, at the latest when asked again", async () => {
    const { document } = await open(code, "typescript");
    await toggle();
    const hover = await hoverWhere(document, code.indexOf("return"), (text) => text?.includes("Logit lens") ?? false);
    assert.match(
      hover ?? "",
      /Logit lens: the answer \*\*\S+\*\* (first leads after layer \d, of 0 to 3|leads from the embeddings on)\./,
    );
  });

  it("colours a text longer than the context to its end, alternatives and all", async () => {
    const text = `${code}\n`.repeat(90);
    const { document } = await open(text, "typescript");
    await toggle();
    const hover = await hoverWhere(
      document,
      text.lastIndexOf("return"),
      (found) => found?.includes("Replace") ?? false,
    );
    assert.match(hover ?? "", /^\*\*\S*return\*\* — /);
  });

  it("keeps its numbers when line ends or the language change", async () => {
    const editor = await open("one two\nthree four\n");
    const { document } = editor;
    editor.selection = new vscode.Selection(1, 0, 1, 10);
    await toggle();
    // The editor may hear of our hovers a moment later.
    const before = await hoverWhere(document, document.getText().indexOf("four"), (text) => text !== undefined);
    assert.ok(before);
    await editor.edit((edit) => edit.setEndOfLine(vscode.EndOfLine.CRLF));
    const after = await hoverWhere(document, document.getText().indexOf("four"), (text) => text !== undefined);
    const numbers = (text: string | undefined) => text?.split("\n")[0];
    assert.equal(numbers(after), numbers(before));
    const other = await vscode.languages.setTextDocumentLanguage(document, "markdown");
    await sleep(300);
    const there = await hoverWhere(other, other.getText().indexOf("four"), (text) => text !== undefined);
    assert.equal(numbers(there), numbers(before));
  });

  it("gives no links in a document that cannot be written", async () => {
    const scheme = "gptw-test";
    const provider = { provideTextDocumentContent: () => code };
    const registered = vscode.workspace.registerTextDocumentContentProvider(scheme, provider);
    const document = await vscode.workspace.openTextDocument(vscode.Uri.parse(`${scheme}:/add.ts`));
    await vscode.window.showTextDocument(document, { preview: false });
    await toggle();
    const hover = await hoverAt(document, 10);
    assert.match(hover ?? "", /bits/);
    assert.doesNotMatch(hover ?? "", /command:/);
    const argument = { uri: document.uri.toString(), start: 0, text: "export", replacement: "import" };
    await vscode.commands.executeCommand("gptWorkbench.replaceToken", argument);
    assert.equal(document.getText(), code);
    registered.dispose();
  });

  it("forgets a document when its last tab is closed", async () => {
    const { document } = await open(code, "typescript");
    await toggle();
    assert.ok(await hoverAt(document, 10));
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    await sleep(500);
    const shown = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: code }));
    assert.equal(await hoverAt(shown.document, 10), undefined);
  });

  it("colours the cells of a notebook", async () => {
    const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, code, "typescript");
    const notebook = await vscode.workspace.openNotebookDocument("jupyter-notebook", new vscode.NotebookData([cell]));
    await vscode.window.showNotebookDocument(notebook);
    await vscode.commands.executeCommand("notebook.cell.edit");
    const { document } = notebook.cellAt(0);
    await waitFor("the cell's editor", () => vscode.window.activeTextEditor?.document === document);
    await toggle();
    assert.match((await hoverAt(document, 10)) ?? "", /bits/);
  });

  it("keeps the host free with ten thousand tokens, and while one types among them", async function () {
    this.timeout(180_000);
    const texts = 21;
    const editor = await open(`${code}\n`.repeat(20 * texts), "typescript");
    const { document } = editor;
    await sleep(2000); // what opening takes is not ours
    const typing = async () => {
      editor.selection = new vscode.Selection(2, 0, 2, 0);
      for (const key of "let x = 1;") await vscode.commands.executeCommand("type", { text: key });
      await sleep(3000);
    };
    const without = await longestPause(typing);
    editor.selections = Array.from({ length: texts }, (_, i) => new vscode.Selection(80 * i, 0, 80 * (i + 1) - 1, 0));
    const shown = await longestPause(async () => {
      await toggle();
      await sleep(1000);
    });
    assert.ok(await hoverAt(document, document.getText().length - 10));
    const typed = await longestPause(typing);
    // Told, not held: machines are shared.
    console.log(
      `      longest pause of the host, ${document.getText().length} characters: shown ${shown}, typed ${typed}, without ${without}`,
    );
  });

  it("has a key that no other command has", async () => {
    const uri = vscode.Uri.parse("vscode://defaultsettings/keybindings.json");
    const text = (await vscode.workspace.openTextDocument(uri)).getText();
    const rules = [...text.matchAll(/"key":\s*"([^"]+)",\s*"command":\s*"([^"]+)"/g)].map(([, key, command]) => ({
      key,
      command,
    }));
    assert.ok(rules.length > 500, `${rules.length} rules were read`);
    const [ours] = rules.filter(({ command }) => command === "gptWorkbench.toggleSurprisal");
    assert.ok(ours);
    assert.deepEqual(
      rules.filter(({ key }) => key === ours.key).map(({ command }) => command),
      ["gptWorkbench.toggleSurprisal"],
    );
  });
});
