/** Inline completions in a real VS Code window, by the keys that users press. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Locator, Page } from "playwright-core";
import { canUseCodeServer, installCodeServer } from "../vscode/install";
import { type Server, startServer } from "../vscode/server";
import { launchBrowser, openFile, openWorkbench, runCommand, webview } from "../vscode/workbench";
import { descendants, waitFor } from "./processes";

const root = resolve(__dirname, "../..");
const screenshots = join(root, "test-results/e2e");
/** The starter model goes on with ` i++) {`. */
const beginning = "for (let i = 0; i ";

const settings = {
  "gptWorkbench.inlineCompletions.enabled": true,
  "gptWorkbench.inlineCompletions.minConfidence": 0,
  "editor.autoClosingBrackets": "never",
  "editor.quickSuggestions": { other: "off", comments: "off", strings: "off" },
  "files.autoSave": "off",
};

describe("inline completions in a VS Code window", function () {
  this.retries(1); // the window of a busy machine may miss a key
  let broken = false;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let workspace: string;

  before(async function () {
    if (!canUseCodeServer()) this.skip();
    await installCodeServer();
    workspace = mkdtempSync(join(tmpdir(), "gptw-"));
    for (const name of ["type.ts", "part.ts", "other.ts", "fresh.ts", "snooze.ts"])
      writeFileSync(join(workspace, name), beginning);
    writeFileSync(join(workspace, "off.py"), beginning);
    mkdirSync(screenshots, { recursive: true });
    server = await startServer({ link: root, settings });
    browser = await launchBrowser();
    page = (await openWorkbench(browser, server, { folder: workspace })).page;
    await page.locator(".statusbar-item", { hasText: "starter" }).waitFor({ timeout: 60_000 });
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    if (workspace) rmSync(workspace, { recursive: true, force: true });
  });

  beforeEach(function () {
    if (broken) this.skip();
  });

  afterEach(async function () {
    if (this.currentTest?.state !== "failed") return;
    broken = true;
    const name = this.currentTest.title.replaceAll(/\W+/g, "-");
    await page?.screenshot({ path: join(screenshots, `failed-inline-${name}.png`) });
  });

  /** Opens a file as it was at first, with the cursor at the end of its text. */
  async function openAtEnd(file: string): Promise<Locator> {
    const editor = await openFile(page, file);
    await runCommand(page, "File: Revert File");
    await editor.locator(".view-line").first().click();
    await page.keyboard.press("Control+End");
    return editor;
  }

  /** What the editor shows, without ghost text. Its spaces are no-break spaces. */
  async function written(editor: Locator): Promise<string> {
    const text = await editor
      .locator(".view-line")
      .first()
      .evaluate((line) => {
        const copy = line.cloneNode(true) as HTMLElement;
        for (const ghost of copy.querySelectorAll('[class*="ghost-text"]')) ghost.remove();
        return copy.textContent ?? "";
      });
    return text.replaceAll("\u00a0", " ");
  }

  const ghost = (editor: Locator) => editor.locator('[class*="ghost-text-decoration"]');

  async function ghostText(editor: Locator): Promise<string> {
    await ghost(editor).first().waitFor({ timeout: 30_000 });
    return (await ghost(editor).allInnerTexts()).join("").replaceAll("\u00a0", " ");
  }

  it("shows nothing and starts no runtime before one types", async () => {
    await openAtEnd("type.ts");
    await sleep(1000);
    assert.equal(descendants(server.pid, "out/runtime.js").length, 0);
  });

  it("shows ghost text while one types, and Tab takes it", async () => {
    const editor = await openAtEnd("type.ts");
    await page.keyboard.type("<");
    assert.equal(await ghostText(editor), " i++) {");
    await page.screenshot({ path: join(screenshots, "inline.png") });
    await page.keyboard.press("Tab");
    await waitFor("the text", async () => (await written(editor)) === `${beginning}< i++) {`);
  });

  it("keeps the suggestion while what is typed agrees with it, and Escape drops it", async () => {
    const editor = await openAtEnd("other.ts");
    await page.keyboard.type("<");
    await ghostText(editor);
    await page.keyboard.type(" i");
    await waitFor("the rest", async () => (await ghostText(editor)) === "++) {");
    await page.keyboard.press("Escape");
    await ghost(editor).first().waitFor({ state: "detached" });
    assert.equal(await written(editor), `${beginning}< i`);
  });

  it("takes one part after another", async () => {
    const editor = await openAtEnd("part.ts");
    await page.keyboard.type("<");
    await ghostText(editor);
    // What a part is, is the editor's affair: here the space, and then the word.
    for (const taken of [" ", " i"]) {
      await page.keyboard.press("Control+ArrowRight");
      await waitFor("a part", async () => (await written(editor)) === `${beginning}<${taken}`);
      assert.equal(`${taken}${await ghostText(editor)}`, " i++) {");
    }
    await page.keyboard.press("Tab");
    await waitFor("the rest", async () => (await written(editor)) === `${beginning}< i++) {`);
  });

  it("counts what was shown and accepted, and shows it in the panel, which sets the threshold", async () => {
    await runCommand(page, "GPT Workbench: Show Inline Completion Reliability");
    const panel = webview(page);
    await panel
      .getByText(/^[2-9] of [3-9]; 95 % interval/)
      .last()
      .waitFor();
    await panel.getByRole("button", { name: "Use 20% as the least confidence" }).click();
    await panel.locator('tr[aria-current="true"]', { hasText: "20%" }).waitFor();
    await page.screenshot({ path: join(screenshots, "inline-reliability.png") });
    await panel.getByRole("button", { name: "Use 0% as the least confidence" }).click();
    await panel.locator('tr[aria-current="true"]', { hasText: /^\s*0%/ }).waitFor();
  });

  it("is off for one language, on for the others", async () => {
    const editor = await openAtEnd("off.py");
    const on = page.locator('.statusbar-item a[aria-label*="inline completions on"]');
    // A try before this one may have turned it off.
    if ((await on.count()) > 0) await runCommand(page, "GPT Workbench: Toggle Inline Completions for This Language");
    await on.waitFor({ state: "detached" });
    await editor.locator(".view-line").first().click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("<");
    await sleep(1500);
    assert.equal(await ghost(editor).count(), 0);
    const other = await openAtEnd("fresh.ts");
    await page.keyboard.type("<");
    await ghostText(other);
    await on.waitFor();
  });

  it("is snoozed by a command, which the status bar shows, and resumed by another", async () => {
    const editor = await openAtEnd("snooze.ts");
    await runCommand(page, "GPT Workbench: Snooze Inline Completions");
    await page.locator(".quick-input-widget").getByText("For how many minutes?").waitFor();
    await page.keyboard.press("Enter");
    await page.locator(".statusbar-item", { hasText: "starter" }).locator(".codicon-bell-slash").waitFor();
    await editor.locator(".view-line").first().click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("<");
    await sleep(1500);
    assert.equal(await ghost(editor).count(), 0);
    await page.screenshot({ path: join(screenshots, "inline-snoozed.png") });
    await runCommand(page, "GPT Workbench: Resume Inline Completions");
    await page.locator(".statusbar-item", { hasText: "starter" }).locator(".codicon-sparkle").waitFor();
    await editor.locator(".view-line").first().click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type(" ");
    await ghostText(editor);
  });
});
