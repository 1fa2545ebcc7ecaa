/** The prompt lab in a real VS Code window, on the samples: from a prompt file to its runs, as a user goes. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, FrameLocator, Page } from "playwright-core";
import { slowModel } from "../randomModel";
import { canUseCodeServer, installCodeServer } from "../vscode/install";
import { type Server, startServer } from "../vscode/server";
import { launchBrowser, openFile, openWorkbench, runCommand } from "../vscode/workbench";
import { waitFor } from "./processes";
import { copySamples } from "./samples";

const root = resolve(__dirname, "../..");
const pictures = join(root, "test-results/e2e");

describe("the prompt lab in a VS Code window", () => {
  let broken = false;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let workspace: string;

  before(async function () {
    if (!canUseCodeServer()) this.skip();
    await installCodeServer();
    workspace = copySamples("lab");
    mkdirSync(pictures, { recursive: true });
    server = await startServer({ link: root, settings: { "editor.stickyScroll.enabled": false } });
    browser = await launchBrowser();
    page = (await openWorkbench(browser, server, { folder: workspace, viewport: { width: 1600, height: 950 } })).page;
    await page.locator(".statusbar-item", { hasText: "starter" }).waitFor({ timeout: 60_000 });
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    if (workspace) rmSync(workspace, { recursive: true, force: true });
  });

  beforeEach(function () {
    if (broken) this.skip(); // every test goes on where the one before stopped
  });

  afterEach(async function () {
    if (this.currentTest?.state !== "failed") return;
    broken = true;
    await page?.screenshot({ path: join(pictures, `failed-${this.currentTest.title.replaceAll(/\W+/g, "-")}.png`) });
  });

  /** The panel whose page has `selector`: there may be two. */
  async function panelWith(selector: string): Promise<FrameLocator> {
    return waitFor(`a panel with ${selector}`, async () => {
      const count = await page.locator("iframe.webview.ready").count();
      for (let n = 0; n < count; n++) {
        const frame = page.frameLocator("iframe.webview.ready").nth(n).frameLocator("iframe#active-frame");
        if ((await frame.locator(selector).count()) > 0) return frame;
      }
      return undefined;
    });
  }

  const lenses = (text: string) => page.locator(".codelens-decoration a", { hasText: text });

  /** The records of the runs that are stored, oldest first. */
  function records(): { complete: boolean; items: number; variants: { name: string; judged: number }[] }[] {
    const runs = join(workspace, ".gpt-workbench/runs");
    return readdirSync(runs)
      .sort()
      .map((name) => join(runs, name, "run.json"))
      .filter((file) => existsSync(file)) // a run that is just beginning has none
      .map((file) => JSON.parse(readFileSync(file, "utf8")));
  }

  /** The folder of the first run. */
  function folder(): string {
    const runs = join(workspace, ".gpt-workbench/runs");
    return join(runs, readdirSync(runs).sort()[0] ?? "");
  }

  it("has Run, Inspect and Compare All above each variant", async () => {
    await openFile(page, "classification.prompt.yaml");
    await lenses("Compare All").first().waitFor({ timeout: 30_000 });
    await waitFor("more of them", async () => (await lenses("Inspect").count()) >= 3);
  });

  it("compares all variants over all inputs, streaming", async () => {
    await lenses("Compare All").first().click();
    const panel = await panelWith(".lab");
    await panel
      .getByRole("main")
      .getByText(/^Complete: 100 cells/)
      .waitFor({ timeout: 120_000 });
    await panel.locator('.grid-cell:not(.pending)[data-row="0"][data-column="0"]').waitFor();
    await page.screenshot({ path: join(pictures, "lab-cells.png") });
    const [record] = records();
    assert.equal(record?.complete, true);
    assert.deepEqual(
      record?.variants.map(({ judged }) => judged),
      [20, 20, 20, 20, 20],
    );
  });

  it("opens a cell, reproduces it, and shows its prompt in the inspector with its parts named", async () => {
    const panel = await panelWith(".lab");
    await panel.locator('.grid-cell[data-row="2"][data-column="1"]').click();
    await panel.locator(".segment-text").first().waitFor();
    await panel.locator("vscode-button", { hasText: "Reproduce" }).click();
    await panel.getByText("Reproduced:").waitFor({ timeout: 60_000 });
    await panel.locator(".diff-with").selectOption("2");
    await panel.locator(".aligned").waitFor({ timeout: 30_000 });
    await page.screenshot({ path: join(pictures, "lab-details.png") });
    await panel.locator("vscode-button", { hasText: "Open in Inspector" }).click();
    const inspected = await panelWith("#tab-attention");
    await inspected.locator('[role="option"]').nth(12).click();
    await inspected.locator("#tab-attention").click();
    await inspected.locator("#tab-segments").click();
    await inspected.getByText("Demonstration 1").first().waitFor({ timeout: 60_000 });
    await page.screenshot({ path: join(pictures, "lab-inspector.png") });
  });

  it("sums up the variants", async () => {
    const tab = page.locator(".tab", { hasText: /classification\.prompt|Compare/ }).last();
    await tab.click();
    const panel = await panelWith(".lab");
    await panel.getByRole("tab", { name: "Summary" }).click();
    await panel.getByText("few-shot, calibrated").first().waitFor();
    await page.screenshot({ path: join(pictures, "lab-summary.png") });
  });

  it("shows only differences, and keeps a rating, a note and a pin in the run's folder", async () => {
    const panel = await panelWith(".lab");
    await panel.getByRole("tab", { name: "Cells" }).click();
    const shown = async () => Number.parseInt((await panel.locator(".row-count").textContent()) ?? "", 10);
    await panel.locator(".toggle", { hasText: "Only Differences" }).click();
    const different = differing(folder());
    await waitFor("the rows that differ", async () => (await shown()) === different);
    await panel.locator(".toggle", { hasText: "Only Differences" }).click();
    await waitFor("all rows", async () => (await shown()) === 20);
    await panel.locator('.grid-cell[data-row="0"][data-column="0"]').click();
    await panel.getByRole("button", { name: "Good", exact: true }).click();
    await panel.getByRole("button", { name: "Pin", exact: true }).click();
    await panel.locator("textarea").fill("as expected");
    await panel.locator("textarea").press("Tab");
    await waitFor("the notes", () => {
      const file = join(folder(), "notes.json");
      return (
        existsSync(file) && /as expected/.test(readFileSync(file, "utf8")) && /good/.test(readFileSync(file, "utf8"))
      );
    });
  });

  it("stops a run, and goes on with what it had", async () => {
    mkdirSync(join(workspace, ".vscode"));
    const settings = JSON.stringify({ "gptWorkbench.model": await slowModel() });
    writeFileSync(join(workspace, ".vscode/settings.json"), settings);
    await page.locator(".statusbar-item", { hasText: "slow" }).waitFor();
    await runCommand(page, "View: Focus First Editor Group");
    await openFile(page, "summarization.prompt.yaml");
    await lenses("Compare All").first().click();
    const panel = await panelWith(".lab");
    const main = panel.getByRole("main");
    await main.getByText("summarization.prompt.yaml").first().waitFor();
    await panel.locator("vscode-button", { hasText: "Stop" }).click();
    await main.getByText(/^Stopped/).waitFor({ timeout: 30_000 });
    await panel.locator("vscode-button", { hasText: "Resume" }).click();
    await main.getByText(/^Complete: 8 cells/).waitFor({ timeout: 120_000 });
    await panel.locator(".surprisal-text").first().waitFor();
    await page.screenshot({ path: join(pictures, "lab-written.png") });
    rmSync(join(workspace, ".vscode"), { recursive: true });
    await page.locator(".statusbar-item", { hasText: "starter" }).waitFor();
  });

  it("lists the run in the history", async () => {
    await runCommand(page, "GPT Workbench: Focus on History View");
    await page.locator(".sidebar .monaco-list-row", { hasText: "classification.prompt.yaml" }).first().waitFor();
  });

  it("runs a selection as a one-shot prompt, and classifies one", async () => {
    await runCommand(page, "View: Focus First Editor Group");
    const editor = await openFile(page, "lighthouse.md");
    await editor.locator(".view-line").nth(2).click({ clickCount: 3 });
    await runCommand(page, "GPT Workbench: Run as One-shot Prompt");
    const rows = page.locator(".quick-input-list .monaco-list-row");
    await rows.filter({ hasText: "classification.prompt.yaml" }).first().click();
    await waitFor("the run's record", () => {
      const last = records().at(-1);
      return last?.complete === true && last.items === 1 ? last : undefined;
    });
    await runCommand(page, "View: Focus First Editor Group");
    await openFile(page, "lighthouse.md");
    await editor.locator(".view-line").nth(2).click({ clickCount: 3 });
    const before = records().length;
    await runCommand(page, "GPT Workbench: Classify Selection");
    await rows.filter({ hasText: "classification.prompt.yaml" }).first().click();
    await rows
      .filter({ hasText: /positive|negative/ })
      .first()
      .waitFor({ timeout: 60_000 });
    await page.screenshot({ path: join(pictures, "lab-classified.png") });
    await page.keyboard.press("Escape");
    assert.equal(records().length, before);
  });
});

/** Inputs of a stored run for which the variants do not all answer the same. */
function differing(folder: string): number {
  const outputs = new Map<number, Set<string>>();
  for (const line of readFileSync(join(folder, "predictions.jsonl"), "utf8").trim().split("\n")) {
    const { item, output } = JSON.parse(line);
    outputs.set(item, new Set([...(outputs.get(item) ?? []), output]));
  }
  return [...outputs.values()].filter(({ size }) => size > 1).length;
}
