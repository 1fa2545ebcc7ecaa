/** The inspector's views in a real VS Code window, on the starter model: what they show is what the model does. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { canUseCodeServer, installCodeServer } from "../vscode/install";
import { type Server, startServer } from "../vscode/server";
import { launchBrowser, openFile, openWorkbench, runCommand } from "../vscode/workbench";
import { inspector } from "./inspector";
import { waitFor } from "./processes";
import { copySamples } from "./samples";

const root = resolve(__dirname, "../..");
const pictures = join(root, "test-results/e2e");
const settings = {
  "gptWorkbench.generation.temperature": 0,
  "gptWorkbench.generation.maxNewTokens": 16,
  "editor.stickyScroll.enabled": false,
};
const source = "export function add(a: number, b: number): number {\n  return a + b;\n}\n";
/** The starter's. */
const [layers, heads] = [4, 3];

describe("the inspector's views in a VS Code window", function () {
  this.retries(1); // the window of a busy machine may miss a key
  let server: Server;
  let browser: Browser;
  let page: Page;
  let workspace: string;

  before(async function () {
    if (!canUseCodeServer()) this.skip();
    await installCodeServer();
    workspace = copySamples("views");
    writeFileSync(join(workspace, "add.ts"), source);
    writeFileSync(join(workspace, "sub.ts"), source.replace("add", "subtract").replace("a + b", "a - b"));
    mkdirSync(pictures, { recursive: true });
    server = await startServer({ link: root, settings });
    browser = await launchBrowser();
    page = (await openWorkbench(browser, server, { folder: workspace, viewport: { width: 1500, height: 950 } })).page;
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    if (workspace) rmSync(workspace, { recursive: true, force: true });
  });

  afterEach(async function () {
    if (this.currentTest?.state !== "failed") return;
    await page?.screenshot({ path: join(pictures, `failed-${this.currentTest.title.replaceAll(/\W+/g, "-")}.png`) });
  });

  const locate = (selector: string) => inspector(page).frame.locator(selector);

  /** Scores the file and chooses a token. */
  async function score(file: string, token: number): Promise<void> {
    await runCommand(page, "View: Focus First Editor Group"); // from the panel a file would open beside it
    const editor = await openFile(page, file);
    await editor.locator(".view-line").first().click();
    await runCommand(page, "GPT Workbench: Show Token Probabilities");
    await inspector(page).heading.filter({ hasText: file }).waitFor({ timeout: 60_000 });
    await locate("#tab-tokens").click();
    await inspector(page).tokens.nth(token).click();
    await inspector(page).details.getByText("Rank", { exact: false }).first().waitFor();
  }

  it("shows every head, and one of them as a map with exact values, by mouse and by keyboard", async () => {
    await score("add.ts", 12);
    await locate("#tab-attention").click();
    const thumbnails = locate(".thumbnail");
    await waitFor("a thumbnail for each head", async () => (await thumbnails.count()) === layers * heads);
    await thumbnails.nth(4).click();
    await locate("gptw-heat-map canvas").waitFor();
    await locate(".map-surface").focus();
    for (const key of ["ArrowDown", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
    await locate(".readout")
      .getByText(/\d+(\.\d+)?%/)
      .first()
      .waitFor();
    await page.screenshot({ path: join(pictures, "attention.png") });
    for (const picture of ["lines", "segments", "reach", "matrix"]) {
      await locate(`#tab-${picture}`).click();
      await locate(`#tab-${picture}[aria-selected="true"]`).waitFor();
    }
  });

  it("reads every layer; the last row is what the model says", async () => {
    await score("add.ts", 12);
    const best = await locate("#details tbody .alternative").first().textContent();
    await locate("#tab-lens").click();
    // The output is on top; the first column is the second token's.
    await locate("#lens-0-11:not(.pending)").waitFor();
    const cells = locate(".lens-cell:not(.pending)");
    await waitFor("the lens", async () => (await cells.count()) >= (layers + 1) * 5);
    await locate(".lens-cell").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.screenshot({ path: join(pictures, "lens.png") });
    assert.equal(await locate("#lens-0-11").textContent(), best);
  });

  it("switches every head and MLP off, and says what that does to the token", async () => {
    await score("add.ts", 12);
    await locate("#tab-ablation").click();
    await locate(".sweep").click();
    const known = locate(".part:not(.unknown)");
    await waitFor("every part", async () => (await known.count()) === layers * (heads + 1));
    await locate(".effects .sentence").first().waitFor();
    await page.screenshot({ path: join(pictures, "ablation.png") });
  });

  it("follows a prediction back to every token before it", async () => {
    await score("add.ts", 12);
    await locate("#details .salience-button").click();
    const tokens = locate(".salience-token");
    await waitFor("every token before it", async () => (await tokens.count()) === 12);
    const numbers = await locate(".salience-table tbody td:nth-child(3)").allTextContents();
    assert.equal(numbers.length, 12);
    assert.ok(
      numbers.every((text) => /^[+-]?\d+\.\d+$/.test(text.trim())),
      numbers.join(),
    );
    await page.screenshot({ path: join(pictures, "salience.png") });
  });

  it("goes on with an alternative, and shows the branch beside the text", async () => {
    await score("add.ts", 12);
    const other = locate("#details tbody button").last();
    await other.focus();
    await page.keyboard.press("Enter");
    await locate(".branches").waitFor();
    await waitFor("the branch's tokens", async () => (await locate(".branches .piece").count()) > 12);
    await page.screenshot({ path: join(pictures, "branches.png") });
  });

  it("compares two files token by token; the differences add up", async () => {
    await runCommand(page, "View: Focus First Editor Group");
    await openFile(page, "sub.ts");
    const editor = await openFile(page, "add.ts");
    await editor.locator(".view-line").first().click();
    await runCommand(page, "GPT Workbench: Compare Token Probabilities with");
    await page.locator(".quick-input-list .monaco-list-row", { hasText: "sub.ts" }).first().click();
    await inspector(page).heading.filter({ hasText: "Comparison" }).waitFor({ timeout: 60_000 });
    await locate("gptw-comparison").getByText("subtract").first().waitFor();
    await page.screenshot({ path: join(pictures, "comparison.png") });
  });

  it("exports a view's numbers as a file", async () => {
    await score("add.ts", 12);
    await locate("gptw-export-menu [aria-haspopup=menu]").click();
    await locate("[role=menuitem][data-format=csv]").click();
    const box = page.locator(".quick-input-widget:not([style*='display: none']) input[type=text]");
    await box.waitFor();
    const path = join(workspace, "numbers.csv");
    // The dialog puts its own name in once it has looked at the folder: only then does another stay.
    await waitFor("the name that is offered", async () => (await box.inputValue()).endsWith(".csv"));
    await waitFor("the name that is typed", async () => {
      await box.fill(path);
      await sleep(500);
      return (await box.inputValue()) === path;
    });
    await page.keyboard.press("Enter");
    const text = await waitFor("the file", () => {
      try {
        return readFileSync(path, "utf8");
      } catch {
        return undefined;
      }
    });
    const lines = text.trim().split(/\r?\n/);
    assert.ok(lines.length > 15, `${lines.length} lines`);
    assert.match(lines[0] ?? "", /token/i);
  });
});
