/** Prompt files as the editor meets them: problems with their fixes, completion, outline and lenses. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { waitFor } from "./support";

const bad = `task: clasification
labels: { positive: good, negative: bad }
variants:
  - name: plain
    template: "Review: {{ text }}\\nOpinion:  {{ answer }}"
  - name: terse
    template: "Review: {{ text }}\\nOpinion: {{ answer }}"
`;

let next = 0;

/** Opens a text as a new prompt file. */
async function openPrompt(text: string): Promise<vscode.TextDocument> {
  const uri = vscode.Uri.parse(`untitled:test-${next++}.prompt.yaml`);
  const document = await vscode.workspace.openTextDocument(uri);
  await replaceAll(document, text);
  await vscode.window.showTextDocument(document, { preview: false });
  return document;
}

async function replaceAll(document: vscode.TextDocument, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(0, 0, document.lineCount, 0), text);
  await vscode.workspace.applyEdit(edit);
}

/** Our problems as `line code`, from 1. */
function problems({ uri }: vscode.TextDocument): string[] {
  const ours = vscode.languages.getDiagnostics(uri).filter(({ source }) => source === "GPT Workbench");
  return ours.map(({ range, code }) => `${range.start.line + 1} ${String(code)}`);
}

async function problemsAre(document: vscode.TextDocument, expected: readonly string[]): Promise<void> {
  await waitFor(`the problems ${expected.join(", ")}; there are ${problems(document).join(", ")}`, () => {
    return problems(document).join() === expected.join();
  });
}

async function applyFix(document: vscode.TextDocument): Promise<string> {
  const diagnostic = vscode.languages.getDiagnostics(document.uri).find(({ source }) => source === "GPT Workbench");
  assert.ok(diagnostic);
  const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
    "vscode.executeCodeActionProvider",
    document.uri,
    diagnostic.range,
    vscode.CodeActionKind.QuickFix.value,
  );
  const fix = actions.find(({ title }) => title.startsWith("Replace by"));
  assert.ok(fix?.edit, actions.map(({ title }) => title).join(", "));
  await vscode.workspace.applyEdit(fix.edit);
  return fix.title;
}

async function offered(document: vscode.TextDocument, line: number, character: number): Promise<string[]> {
  const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
    "vscode.executeCompletionItemProvider",
    document.uri,
    new vscode.Position(line, character),
  );
  return items.map(({ label }) => (typeof label === "string" ? label : label.label));
}

describe("Prompt files in the extension host", () => {
  afterEach(() => vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor"));

  it("are YAML, and their problems are shown with lines and mended by quick fixes", async () => {
    const document = await openPrompt(bad);
    assert.equal(document.languageId, "yaml");
    await problemsAre(document, ["1 invalid_value"]);
    assert.equal(await applyFix(document), 'Replace by "classification"');
    await problemsAre(document, ["5 lint.trailingSpace"]);
    assert.equal(await applyFix(document), "Replace by one space");
    await problemsAre(document, []);
  });

  it("offer keys, values and fields, and explain them", async () => {
    const document = await openPrompt(`${bad}input: [{ text: a, label: positive }]\nscoring:\n  `);
    assert.ok((await offered(document, 9, 2)).includes("calibration"));
    await replaceAll(document, "scoring:\n  rule: ");
    assert.deepEqual((await offered(document, 1, 8)).slice(0, 2), ["sum", "perToken"]);
    await replaceAll(document, bad.replace("{{ text }}", "{{ }}").concat("input: [{ text: a }]\n"));
    assert.deepEqual((await offered(document, 4, bad.split("\n")[4]?.indexOf("text }}") ?? 0)).slice(0, 2), [
      "answer",
      "text",
    ]);
    const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
      "vscode.executeHoverProvider",
      document.uri,
      new vscode.Position(1, 2),
    );
    const text = hovers.flatMap(({ contents }) => contents.map((one) => (typeof one === "string" ? one : one.value)));
    assert.match(text.join("\n"), /label words/);
  });

  it("have an outline, and lenses on each variant, also with mistakes in them", async () => {
    const document = await openPrompt(bad);
    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      "vscode.executeDocumentSymbolProvider",
      document.uri,
    );
    const variants = symbols.find(({ name }) => name === "variants");
    assert.deepEqual(
      variants?.children.map(({ name }) => name),
      ["plain", "terse"],
    );
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      "vscode.executeCodeLensProvider",
      document.uri,
    );
    const ours = lenses.filter(({ command }) => command?.command.startsWith("gptWorkbench."));
    assert.deepEqual(
      ours.map(({ range, command }) => `${range.start.line + 1} ${command?.title}`),
      [4, 6].flatMap((line) => ["Run", "Inspect", "Compare All", "Sensitivity"].map((title) => `${line} ${title}`)),
    );
  });

  it("are made new for a task, named after it, and have no problems", async () => {
    const done = vscode.commands.executeCommand("gptWorkbench.newPromptFile");
    await sleep(1000); // the list has no event of its own
    await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
    await done;
    const document = vscode.window.activeTextEditor?.document;
    assert.ok(document);
    assert.match(document.uri.path, /\/translation(-\d+)?\.prompt\.yaml$/);
    assert.ok(document.isUntitled);
    assert.match(document.getText(), /^task: translation$/m);
    await problemsAre(document, []);
  });

  // Before a model is loaded: then there are more problems to see.
  it("that ship as samples have no problems", async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const files = await vscode.workspace.findFiles(new vscode.RelativePattern(folder, "prompts/*.prompt.yaml"));
    assert.ok(files.length >= 10);
    for (const uri of files) assert.deepEqual(problems(await vscode.workspace.openTextDocument(uri)), [], uri.path);
  });

  it("run from their lenses into the compare panel, and show a prompt in the inspector", async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const uri = vscode.Uri.joinPath(folder.uri, "prompts/similarity.prompt.yaml");
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document);
    const argument = { uri: uri.toString(), variant: "few-shot" };
    const tabs = (type: string) =>
      vscode.window.tabGroups.all
        .flatMap((group) => group.tabs)
        .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.includes(type));
    await vscode.commands.executeCommand("gptWorkbench.runVariant", argument);
    await waitFor("the compare panel", () => tabs("gptWorkbench.compare").length === 1);
    await vscode.commands.executeCommand("gptWorkbench.inspectVariant", argument);
    await waitFor("the inspector", () => tabs("gptWorkbench.inspector").length === 1);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("have their sensitivity measured, and shown rendered beside", async () => {
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const uri = vscode.Uri.joinPath(folder.uri, "prompts/similarity.prompt.yaml");
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
    const argument = { uri: uri.toString(), variant: "zero-shot" };
    const done = vscode.commands.executeCommand("gptWorkbench.measureSensitivity", argument);
    await sleep(1000); // the list has no event of its own
    await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem"); // label words
    await sleep(1000);
    await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem"); // as many as is usual
    await done;
    const shown = await waitFor("the document", () =>
      vscode.workspace.textDocuments.find(({ uri: { scheme } }) => scheme === "gpt-workbench-sensitivity"),
    );
    assert.equal(shown.languageId, "markdown");
    assert.match(shown.getText(), /^# Sensitivity of similarity\.prompt\.yaml\n/);
    assert.match(
      shown.getText(),
      /^\| 1 \| (same \\= yes, different \\= no|same \\= no, different \\= yes) \| [\d.]+ % \|/m,
    );
    const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    const isPreview = ({ input }: vscode.Tab) =>
      input instanceof vscode.TabInputWebview && input.viewType.includes("markdown.preview");
    const preview = await waitFor("the preview", () => tabs().find(isPreview));
    assert.match(preview.label, /similarity\.prompt\.yaml · zero-shot · Label words/);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });
});
