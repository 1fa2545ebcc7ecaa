/** The whole path in a real VS Code window, as a user walks it. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Locator, Page } from "playwright-core";
import { slowModel } from "../randomModel";
import { canUseCodeServer, installCodeServer } from "../vscode/install";
import { type Server, startServer } from "../vscode/server";
import {
  launchBrowser,
  notification,
  openFile,
  openWorkbench,
  runCommand,
  waitForWorkbench,
} from "../vscode/workbench";
import { inspector } from "./inspector";
import { cpuTimeInHalfSecond, descendants, isAlive, waitFor } from "./processes";
import { copySamples } from "./samples";

const root = resolve(__dirname, "../..");
const screenshots = join(root, "test-results/e2e");

/** Greedy, so that no end of text is drawn, and long, so that there is time to interrupt. */
const settings = {
  "gptWorkbench.generation.temperature": 0,
  "gptWorkbench.generation.maxNewTokens": 480,
  "files.autoSave": "off",
  // A line that sticks to the top would lie over the one that is clicked.
  "editor.stickyScroll.enabled": false,
};

const source = "export function add(a: number, b: number): number {\n  return a + b;\n}\n";

describe("in a VS Code window", function () {
  this.retries(1); // the window of a busy machine may miss a key
  /** Every test goes on where the one before stopped. Not mocha's bail, which an earlier suite's failure sets off too. */
  let broken = false;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let workspace: string;

  before(async function () {
    if (!canUseCodeServer()) this.skip();
    await installCodeServer();
    workspace = copySamples("ui");
    writeFileSync(join(workspace, "add.ts"), source);
    writeFileSync(join(workspace, "blank.txt"), " \n\n");
    writeFileSync(join(workspace, "long.txt"), "The quick brown fox jumps over the lazy dog. ".repeat(200));
    mkdirSync(screenshots, { recursive: true });
    server = await startServer({ link: root, settings });
    browser = await launchBrowser();
    page = (await openWorkbench(browser, server, { folder: workspace })).page;
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
    await page?.screenshot({ path: join(screenshots, `failed-${name}.png`) });
  });

  /** Opens a file and selects all of it. A window that was just loaded may put the cursor elsewhere once more. */
  async function select(file: string): Promise<Locator> {
    const editor = await openFile(page, file);
    const selected = page.locator(".statusbar-item", { hasText: "selected)" });
    await waitFor("the selection", async () => {
      await editor.locator(".view-line").first().click();
      await page.keyboard.press("Control+A");
      await sleep(500);
      return (await selected.count()) > 0;
    });
    return editor;
  }

  async function dismissNotifications(): Promise<void> {
    await runCommand(page, "Notifications: Clear All Notifications");
  }

  /** The runtime of this window, if it runs. */
  function runtimePid(): number | undefined {
    return descendants(server.pid, "out/runtime.js")[0]?.pid;
  }

  /** A model that takes seconds for what the starter does at once. */
  async function useSlowModel(): Promise<void> {
    mkdirSync(join(workspace, ".vscode"), { recursive: true });
    writeFileSync(
      join(workspace, ".vscode/settings.json"),
      JSON.stringify({ "gptWorkbench.model": await slowModel() }),
    );
    await page.locator(".statusbar-item", { hasText: "slow" }).waitFor();
  }

  async function useStarter(): Promise<void> {
    rmSync(join(workspace, ".vscode"), { recursive: true });
    await page.locator(".statusbar-item", { hasText: "starter" }).waitFor();
  }

  /** Starts a completion and waits until some of its tokens are there. */
  async function startCompletion(tokens: number): Promise<void> {
    await select("add.ts");
    await runCommand(page, "GPT Workbench: Complete Selection");
    const panel = inspector(page);
    await panel.heading.filter({ hasText: "Completion: add.ts" }).waitFor({ timeout: 30_000 });
    await panel.button("Stop").waitFor();
    await waitFor("tokens", async () => (await panel.tokens.count()) >= tokens);
  }

  it("shows model and state in the status bar, and starts no runtime by itself", async () => {
    const item = page.locator(".statusbar-item", { hasText: "starter" });
    await item.waitFor({ timeout: 60_000 });
    assert.equal(runtimePid(), undefined);
  });

  it("runs Show Token Probabilities on a selection from the palette", async () => {
    await select("add.ts");
    await runCommand(page, "GPT Workbench: Show Token Probabilities");
    const panel = inspector(page);
    await panel.heading.filter({ hasText: "Token probabilities: add.ts" }).waitFor({ timeout: 60_000 });
    await waitFor("tokens", async () => (await panel.tokens.count()) > 10);
    const text = (await panel.tokens.allInnerTexts()).join("");
    assert.ok(text.startsWith("export"), text);
    assert.match(
      ((await panel.frame.locator("header").textContent()) ?? "").toLowerCase(),
      /bits in total[\s\S]*perplexity[\s\S]*bits per byte/,
    );
    await page.locator(".statusbar-item", { hasText: /starter · cpu/ }).waitFor();
    await page.screenshot({ path: join(screenshots, "scores.png") });
  });

  it("shows a token's numbers when it is chosen, and moves along the strip with the keyboard", async () => {
    const panel = inspector(page);
    await panel.tokens.nth(2).click();
    await panel.details.getByText("Rank", { exact: false }).first().waitFor();
    assert.ok((await panel.frame.locator("#details tbody tr").count()) >= 10, "ten alternatives, and the token itself");
    await page.keyboard.press("ArrowRight");
    await waitFor("the next token", async () => (await panel.tokens.nth(3).getAttribute("aria-selected")) === "true");
    await page.screenshot({ path: join(screenshots, "details.png") });
  });

  it("reveals a token in its editor", async () => {
    const panel = inspector(page);
    await panel.tokens.nth(3).focus();
    await page.keyboard.press("Enter");
    const selected = await waitFor("the selection", async () => {
      const text = await page.locator(".statusbar-item", { hasText: "selected" }).first().textContent();
      return text !== null && /\((\d+) selected\)/.exec(text)?.[1] !== "71" && text;
    });
    assert.match(selected, /selected/);
  });

  it("keeps the panel's state over a reload of the window", async () => {
    const before = await inspector(page).tokens.count();
    await sleep(8000); // in a browser VS Code writes its storage every five seconds, and not when a page is reloaded
    await page.reload();
    await waitForWorkbench(page);
    const panel = inspector(page);
    await panel.heading.filter({ hasText: "Token probabilities: add.ts" }).waitFor({ timeout: 60_000 });
    await waitFor("the same tokens", async () => (await panel.tokens.count()) === before);
  });

  it("streams a completion; Stop ends the computing", async () => {
    await useSlowModel();
    await startCompletion(3);
    const panel = inspector(page);
    const first = await panel.tokens.count();
    await waitFor("more tokens", async () => (await panel.tokens.count()) > first);
    await panel.button("Stop").click();
    await panel.button("Stop").waitFor({ state: "detached" });
    const pid = runtimePid();
    assert.ok(pid, "the runtime lives on");
    const cpu = await cpuTimeInHalfSecond(pid);
    assert.ok(cpu <= 200, `the runtime still computes: ${cpu} ms in half a second`);
    const count = await panel.tokens.count();
    assert.ok(count < 480, "it was stopped before its end");
    await page.screenshot({ path: join(screenshots, "stopped.png") });
  });

  it("copies and inserts the completion", async () => {
    const panel = inspector(page);
    await panel.button("Copy").click();
    const copied = await waitFor("the clipboard", () => page.evaluate(() => navigator.clipboard.readText()));
    await panel.button("Insert").click();
    await waitFor(
      "the insertion",
      async () => (await page.locator('.tab.dirty[data-resource-name="add.ts"]').count()) > 0,
    );
    // What was inserted is selected, with the focus in the editor: only then does the key save the file.
    await page.locator(".statusbar-item", { hasText: `(${copied.length} selected)` }).waitFor();
    await page.locator(".monaco-editor.focused").waitFor();
    await page.keyboard.press("Control+S");
    await page.locator('.tab:not(.dirty)[data-resource-name="add.ts"]').waitFor();
    assert.equal(readFileSync(join(workspace, "add.ts"), "utf8"), source + copied);
    writeFileSync(join(workspace, "add.ts"), source);
  });

  it("tells once when the runtime is killed mid-stream, and the next command succeeds", async () => {
    await dismissNotifications();
    await startCompletion(3);
    const pid = runtimePid();
    assert.ok(pid);
    process.kill(pid, "SIGKILL");
    const panel = inspector(page);
    await panel.alert.filter({ hasText: "runtime" }).waitFor();
    const told = notification(page, "runtime ended unexpectedly");
    await told.waitFor();
    assert.equal(await page.locator(".notification-list-item").count(), 1);
    await page.screenshot({ path: join(screenshots, "killed.png") });
    await dismissNotifications();
    await select("add.ts");
    await runCommand(page, "GPT Workbench: Show Token Probabilities");
    await panel.heading.filter({ hasText: "Token probabilities" }).waitFor({ timeout: 60_000 });
    await waitFor("tokens", async () => (await panel.tokens.count()) > 10);
    assert.ok(runtimePid() && runtimePid() !== pid, "a new runtime");
    await useStarter();
  });

  it("colours the tokens in the editor, tells about one in a hover, and takes the colours away", async () => {
    await dismissNotifications();
    const editor = await openFile(page, "add.ts");
    await editor.locator(".view-line").first().click();
    await page.keyboard.press("Control+Home"); // all of it in sight again
    const coloured = editor.locator(".view-overlays .cdr[class*=ced-]");
    if ((await coloured.count()) === 0) await runCommand(page, "GPT Workbench: Toggle Surprisal in Editor");
    await waitFor("colours", async () => (await coloured.count()) > 5);
    const colours = await coloured.evaluateAll((all) => all.map((one) => getComputedStyle(one).backgroundColor));
    assert.ok(new Set(colours).size >= 3, colours.join(" "));
    const line = editor.locator(".view-line", { hasText: "return" });
    const hover = page.locator(".monaco-hover table", { hasText: "Expected here" });
    await waitFor("the hover", async () => {
      // By the mouse itself: to hover, the test runner would scroll the editor.
      const { x, y } = (await line.boundingBox()) ?? { x: 0, y: 0 };
      await page.mouse.move(x + 10, y + 3);
      await page.mouse.move(x + 40, y + 9);
      await sleep(1500);
      return hover.isVisible();
    });
    await page.screenshot({ path: join(screenshots, "surprisal.png") });
    await page.keyboard.press("Escape");
    await page.locator(".editor-actions .codicon-symbol-color").click();
    await waitFor("no colours", async () => (await coloured.count()) === 0);
  });

  it("offers its commands on a selection in the context menu, and not without one", async () => {
    const editor = await select("add.ts");
    await editor
      .locator(".view-line")
      .first()
      .click({ button: "right", position: { x: 40, y: 8 } });
    const menu = page.locator(".context-view .monaco-menu").first();
    await menu.getByText("GPT Workbench", { exact: true }).hover();
    for (const title of ["Complete Selection", "Show Token Probabilities", "Run as Few-shot Prompt…"]) {
      await page.locator(".context-view").getByText(title).first().waitFor();
    }
    await page.screenshot({ path: join(screenshots, "context-menu.png") });
    await page.keyboard.press("Escape"); // the submenu
    await page.keyboard.press("Escape");
    await menu.waitFor({ state: "detached" });
    await page.keyboard.press("Control+Home");
    await editor
      .locator(".view-line")
      .nth(1)
      .click({ button: "right", position: { x: 40, y: 8 } });
    await menu.waitFor();
    assert.equal(await menu.getByText("GPT Workbench", { exact: true }).count(), 0);
    await page.keyboard.press("Escape");
  });

  it("says what is missing: a selection, text, or room in the context", async () => {
    await dismissNotifications();
    const editor = await openFile(page, "add.ts");
    await editor.locator(".view-line").first().click();
    await runCommand(page, "GPT Workbench: Complete Selection");
    await notification(page, "nothing is selected").waitFor();
    await openFile(page, "blank.txt");
    await runCommand(page, "GPT Workbench: Show Token Probabilities");
    await notification(page, "empty or only white space").waitFor();
    await dismissNotifications();
    await openFile(page, "long.txt");
    await runCommand(page, "GPT Workbench: Show Token Probabilities");
    await inspector(page).notice.filter({ hasText: "512" }).waitFor({ timeout: 60_000 });
    await dismissNotifications();
  });

  it("leaves no runtime behind when the extension host is gone", async () => {
    const pid = await waitFor("the runtime", () => runtimePid());
    const host = descendants(server.pid, "--type=extensionHost")[0];
    assert.ok(host, "the extension host");
    process.kill(host.pid, "SIGKILL");
    await waitFor("the end of the runtime", () => !isAlive(pid));
  });

  it("leaves no runtime behind when VS Code is asked to end", async () => {
    const other = await startServer({ link: root, settings });
    const window = await openWorkbench(browser, other, { folder: workspace });
    try {
      await (await openFile(window.page, "add.ts")).locator(".view-line").first().click();
      await runCommand(window.page, "GPT Workbench: Show Token Probabilities");
      const pid = await waitFor("the runtime", () => descendants(other.pid, "out/runtime.js")[0]?.pid);
      process.kill(other.pid, "SIGTERM"); // the server alone; `stop` would kill the whole group
      await waitFor("the end of the runtime", () => !isAlive(pid));
    } finally {
      await window.context.close();
      await other.stop();
    }
  });
});
