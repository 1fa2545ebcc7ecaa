/** The comparison lab in a real VS Code window, on the samples with the starter: from a file to its report, as a user goes. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, FrameLocator, Page } from "playwright-core";
import type { ComparisonRecord } from "../../src/runtime/comparisonRecord";
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
import { waitFor } from "./processes";
import { copySamples } from "./samples";

const root = resolve(__dirname, "../..");
const pictures = join(root, "test-results/e2e");
/** A slow machine that does much else. */
const patience = { timeout: 120_000 };

/** Two arms on few items: seconds of work. */
const small = `data:
  file: data/productReviews.jsonl
  task: classification
  split: { dev: 0.1, test: 0.2 }
  devItems: 8
  testItems: 24
seeds: { demonstrations: 1, training: 1 }
metrics: [accuracy, logLoss]
arms:
  - name: zero-shot
    prompt: { template: "Review: {{ text }}\\nOpinion: {{ answer }}" }
  - name: head
    finetune: { method: head, epochs: 2 }
`;

/** Rows of the data whose label is wrong: every twentieth. Words tell what it should be. */
function flipLabels(path: string): void {
  const other = { positive: "negative", negative: "positive" } as const;
  const lines = readFileSync(path, "utf8").split("\n");
  const flipped = lines.map((line, i) =>
    i % 20 === 0
      ? line.replace(/"label": "(positive|negative)"/, (_, label: keyof typeof other) => `"label": "${other[label]}"`)
      : line,
  );
  writeFileSync(path, flipped.join("\n"));
}

describe("the comparison lab in a VS Code window", function () {
  this.timeout(600_000);
  let broken = false;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let workspace: string;

  before(async function () {
    if (!canUseCodeServer()) this.skip();
    await installCodeServer();
    workspace = copySamples("comparison");
    writeFileSync(join(workspace, "small.compare.yaml"), small);
    flipLabels(join(workspace, "data/productReviews.jsonl"));
    mkdirSync(pictures, { recursive: true });
    server = await startServer({ link: root });
    browser = await launchBrowser();
    page = (await openWorkbench(browser, server, { folder: workspace, viewport: { width: 1500, height: 950 } })).page;
    await page.locator(".statusbar-item", { hasText: "starter" }).waitFor(patience);
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

  const panel = (): FrameLocator => page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  const button = (text: string) => panel().locator("vscode-button", { hasText: text });

  /** Records of the runs that are stored, oldest first. */
  function records(): readonly ComparisonRecord[] {
    const runs = join(workspace, ".gpt-workbench/runs");
    if (!existsSync(runs)) return [];
    return readdirSync(runs)
      .sort()
      .map((name) => join(runs, name, "run.json"))
      .filter((file) => existsSync(file))
      .map((file) => JSON.parse(readFileSync(file, "utf8")));
  }

  it("tells what a file would do and take, from the palette", async () => {
    await openFile(page, "small.compare.yaml");
    await runCommand(page, "Plan Comparison");
    await panel().getByRole("heading", { name: "small", level: 1 }).waitFor(patience);
    await panel().getByText("estimated time", { exact: true }).waitFor(patience);
    await panel().getByRole("table").getByText("zero-shot").first().waitFor(patience);
    assert.deepEqual(records(), []);
    await page.screenshot({ path: join(pictures, "comparison-plan.png") });
  });

  it("runs it to its report", async () => {
    await button("Run Comparison").click();
    await panel().locator(".verdict-card").waitFor(patience);
    const [record, ...others] = records();
    assert.deepEqual([record?.kind, record?.state, record?.arms.length, others], ["comparison", "completed", 2, []]);
    await page.screenshot({ path: join(pictures, "comparison-report.png") });
  });

  it("opens the report again from the palette, after the window was loaded anew too", async () => {
    await runCommand(page, "View: Close All Editors");
    await runCommand(page, "Open Comparison Report");
    await panel().getByRole("heading", { name: "small", level: 1 }).waitFor(patience);
    await sleep(15_000); // in a browser VS Code writes its storage every five seconds, and not when a page is reloaded
    await page.reload();
    await waitForWorkbench(page);
    await panel().getByRole("heading", { name: "small", level: 1 }).waitFor(patience);
  });

  it("lists comparisons in the history", async () => {
    await runCommand(page, "GPT Workbench: Focus on History View");
    const history = page.locator(".pane", { hasText: "History" }).last();
    await history.locator(".monaco-list-row", { hasText: "2 arms" }).waitFor(patience);
    await page.screenshot({ path: join(pictures, "comparison-history.png") });
  });

  it("writes the report as a file", async () => {
    await panel().locator("select.export-select").selectOption("md");
    const box = page.locator(".quick-input-widget:not([style*='display: none']) input[type=text]");
    await box.waitFor(patience);
    const path = join(workspace, "kept.md");
    // The dialog puts its own name in once it has looked at the folder: only then does another stay.
    await waitFor("the name that is offered", async () => (await box.inputValue()).endsWith(".md"));
    await waitFor("the name that is typed", async () => {
      await box.fill(path);
      await sleep(500);
      return (await box.inputValue()) === path;
    });
    await page.keyboard.press("Enter");
    const text = await waitFor("the file", () => (existsSync(path) ? readFileSync(path, "utf8") : undefined));
    assert.match(text, /^# Comparison small/);
    await notification(page, "Exported kept.md").waitFor(patience);
  });

  it("shows labels that look wrong in their file, and mends one", async () => {
    const data = join(workspace, "data/productReviews.jsonl");
    await button("Show in Files").click();
    const problems = page.locator(".markers-panel");
    const first = problems.locator(".monaco-list-row", { hasText: "may be wrong" }).first();
    await first.waitFor(patience);
    await page.screenshot({ path: join(pictures, "comparison-labels.png") });
    await first.dblclick();
    await page.locator('.tab.active[data-resource-name="productReviews.jsonl"]').waitFor(patience);
    const before = readFileSync(data, "utf8").split("\n");
    await page.keyboard.press("Control+.");
    await page.locator(".action-widget", { hasText: "Change label to" }).waitFor(patience);
    await page.keyboard.press("Enter");
    // In a browser VS Code saves by itself.
    const changed = await waitFor("the mended label", () => {
      const after = readFileSync(data, "utf8").split("\n");
      const lines = before.flatMap((line, i) => (line === after[i] ? [] : [{ number: i, line, now: after[i] ?? "" }]));
      // It may be read while it is written.
      return lines.length > 0 && after.length === before.length ? lines : undefined;
    });
    assert.equal(changed.length, 1, "one label and no other");
    const [{ line, now } = { line: "", now: "" }] = changed;
    const [was, is] = [JSON.parse(line), JSON.parse(now)];
    assert.deepEqual({ ...was, label: is.label }, is);
    assert.notEqual(was.label, is.label);
  });

  it("writes a comparison file in a few picks, by the keyboard alone", async () => {
    await runCommand(page, "Compare Prompting with Fine-tuning");
    const widget = page.locator('.quick-input-widget:not([style*="display: none"])');
    await widget.locator(".monaco-list-row", { hasText: "data/sentiment.jsonl" }).waitFor(patience);
    await page.keyboard.type("sentiment.jsonl");
    await widget.locator(".monaco-list-row.focused", { hasText: "sentiment.jsonl" }).waitFor(patience);
    await page.keyboard.press("Enter");
    // Every question has a usual answer.
    for (const question of [
      "What the data are",
      "What the labels are called",
      "The model that is prompted",
      "What is compared",
      "Labelled items that each arm",
    ]) {
      await widget.locator(`input[placeholder^="${question}"]`).waitFor(patience);
      await widget.locator(".monaco-list-row").first().waitFor(patience);
      await page.keyboard.press("Enter");
    }
    const path = join(workspace, "data/sentiment.compare.yaml");
    await page.locator('.tab.active[data-resource-name="sentiment.compare.yaml"]').waitFor(patience);
    const text = readFileSync(path, "utf8");
    assert.match(text, /^ {2}- name: zero-shot$/m);
    assert.match(text, /method: lora/);
    await page.locator(".codelens-decoration", { hasText: "Run" }).first().waitFor(patience);
    await notification(page, "compares what you chose").waitFor(patience);
    await page.screenshot({ path: join(pictures, "comparison-file.png") });
  });

  it("pauses a longer run, and resumes it after the window was loaded anew", async () => {
    await openFile(page, "reviews.compare.yaml");
    await runCommand(page, "Run Comparison");
    await panel()
      .getByText(/item [\d,]+ of|step [\d,]+ of/)
      .first()
      .waitFor(patience);
    await page.locator(".statusbar-item .codicon-law").waitFor(patience);
    await page.screenshot({ path: join(pictures, "comparison-running.png") });
    await button("Pause").click();
    await button("Resume").waitFor(patience);
    const before = records().at(-1);
    assert.equal(before?.state, "paused");
    await sleep(15_000);
    await page.reload();
    await waitForWorkbench(page);
    await button("Resume").click(patience);
    await button("Pause").waitFor(patience);
    // A window that closes takes the run's process with it; the next one offers to go on.
    await waitFor("a run under way", async () => (records().at(-1)?.state === "running" ? true : undefined));
    await sleep(10_000);
    await page.reload();
    await waitForWorkbench(page);
    const offer = notification(page, "was interrupted when its window closed");
    await offer.waitFor(patience);
    await offer.getByRole("button", { name: "Resume" }).click();
    await button("Pause").waitFor(patience);
    await runCommand(page, "Pause Comparison");
    await button("Resume").waitFor(patience);
    assert.equal(records().length, 2, "the same run went on");
    assert.ok((records().at(-1)?.units.done ?? 0) >= (before?.units.done ?? 0));
  });
});
