/** Training in a real VS Code window, on the samples with the starter: from the palette to a classifier, as a user goes. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, FrameLocator, Page } from "playwright-core";
import type { TrainingRecord } from "../../src/runtime/trainingProtocol";
import { canUseCodeServer, installCodeServer } from "../vscode/install";
import { type Server, startServer } from "../vscode/server";
import { launchBrowser, notification, openWorkbench, runCommand, waitForWorkbench } from "../vscode/workbench";
import { openModelsView } from "./modelsView";
import { copySamples } from "./samples";

const root = resolve(__dirname, "../..");
const pictures = join(root, "test-results/e2e");
/** A slow machine that does much else. */
const patience = { timeout: 120_000 };

describe("training in a VS Code window", function () {
  this.timeout(600_000);
  let broken = false;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let workspace: string;

  before(async function () {
    if (!canUseCodeServer()) this.skip();
    await installCodeServer();
    workspace = copySamples("training");
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
  function records(): readonly TrainingRecord[] {
    const runs = join(workspace, ".gpt-workbench/runs");
    return readdirSync(runs)
      .sort()
      .map((name) => join(runs, name, "run.json"))
      .filter((file) => existsSync(file))
      .map((file) => JSON.parse(readFileSync(file, "utf8")));
  }

  /** Chooses a data file after the command has asked for one. */
  async function chooseData(name: string): Promise<void> {
    const widget = page.locator('.quick-input-widget:not([style*="display: none"])');
    await widget.locator(".quick-input-title", { hasText: "Labelled Data" }).waitFor(patience);
    await widget.locator(".quick-input-box input").fill(name);
    await widget.locator(".quick-input-list .monaco-list-row.focused", { hasText: name }).first().waitFor(patience);
    await page.keyboard.press("Enter");
  }

  it("opens the form from the palette, filled in from the data", async () => {
    await runCommand(page, "Fine-Tune a Model");
    await chooseData("sentiment.jsonl");
    await panel().getByRole("heading", { name: "Fine-Tune a Model" }).waitFor(patience);
    await panel().getByText("Items of each class").first().waitFor(patience);
    await panel().getByRole("region", { name: "First rows" }).waitFor(patience);
    assert.equal(await panel().getByLabel("Column: Label").inputValue(), "label");
    await panel().getByText("Trained parameters").waitFor(patience);
    assert.equal(await panel().locator(".field-problem").count(), 0);
  });

  it("trains a head, and shows what came of it", async () => {
    await button("Start Training").click();
    await panel().locator(".result-card").waitFor(patience);
    await panel().getByText("test accuracy").waitFor(patience);
    await panel().locator("gptw-line-chart svg[role=img]").first().waitFor(patience);
    const [record] = records();
    assert.deepEqual(
      [record?.kind, record?.state, record?.finetune?.settings.method.kind],
      ["finetune", "completed", "head"],
    );
    assert.ok(record?.test && record.test.accuracy !== null);
    await page.screenshot({ path: join(pictures, "training-completed.png") });
  });

  it("pauses a longer run, resumes it after the window was loaded anew, and stops it", async () => {
    await button("Change and Train Again").click();
    await panel().getByRole("radio", { name: /LoRA/ }).check(patience);
    await panel().getByLabel("Epochs", { exact: true }).fill("500");
    await panel().getByText("Trained parameters").waitFor(patience);
    await panel().locator(".needs vscode-button:not([disabled])", { hasText: "Start Training" }).click(patience);
    await panel()
      .getByText(/^Training · step [\d,]+ of/)
      .waitFor(patience);
    await page.locator(".statusbar-item .codicon-mortar-board").waitFor(patience);
    await page.screenshot({ path: join(pictures, "training-running.png") });
    await button("Pause").click();
    await panel()
      .getByText(/^Paused · step/)
      .waitFor(patience);
    assert.equal(records().at(-1)?.state, "paused");
    const paused = records().at(-1)?.step ?? 0;
    await sleep(15_000); // in a browser VS Code writes its storage every five seconds, and not when a page is reloaded
    await page.reload();
    await waitForWorkbench(page);
    await panel()
      .getByText(/^Paused · step/)
      .waitFor(patience);
    await button("Resume").click();
    await panel()
      .getByText(/^Training · step/)
      .waitFor(patience);
    const begun = records().at(-1)?.step ?? 0;
    assert.ok(begun >= paused);
    // A window that closes takes the run's process with it; the next one offers to go on.
    await page.reload();
    await waitForWorkbench(page);
    const offer = notification(page, "was interrupted when its window closed");
    await offer.waitFor(patience);
    await offer.getByRole("button", { name: "Resume" }).click();
    await panel()
      .getByText(/^Training · step/)
      .waitFor(patience);
    await runCommand(page, "Stop Training and Keep the Best");
    await panel()
      .getByText(/^Stopped · step/)
      .waitFor(patience);
    const last = records().at(-1);
    assert.equal(last?.state, "stopped");
    assert.ok(last && last.step >= paused && last.model !== null);
    assert.equal(records().length, 2, "the same run went on");
  });

  it("merges the adapter into a model of its own", async () => {
    const widget = page.locator('.quick-input-widget:not([style*="display: none"])');
    await runCommand(page, "Merge LoRA Adapter");
    await widget.locator(".monaco-list-row", { hasText: records().at(-1)?.name ?? "" }).waitFor(patience);
    await page.keyboard.press("Enter"); // the newest adapter is the first
    await widget.getByText("Name of the merged model").waitFor(patience);
    await widget.locator(".quick-input-box input").fill("my merged films");
    await page.keyboard.press("Enter");
    await notification(page, "my merged films was added to the models").waitFor(patience);
    const view = await openModelsView(page);
    await view.unfold(view.row(/my merged films.*GPT-2/), /Classifies.*negative, positive/);
    await view.row(/Originthe adapter in .*, merged into starter/).waitFor(patience);
    await page.screenshot({ path: join(pictures, "training-merged.png") });
  });

  it("lists trainings in the history and data files in their view", async () => {
    await runCommand(page, "GPT Workbench: Focus on History View");
    const history = page.locator(".pane", { hasText: "History" }).last();
    await history.locator(".monaco-list-row", { hasText: "LoRA" }).waitFor(patience);
    await runCommand(page, "GPT Workbench: Focus on Datasets View");
    await page.locator(".monaco-list-row", { hasText: "sentiment.jsonl" }).waitFor(patience);
    await page.screenshot({ path: join(pictures, "training-views.png") });
  });

  it("pre-trains a tiny model on the workspace, from the palette, and uses it", async () => {
    await runCommand(page, "Pre-train a GPT on This Workspace");
    await panel().getByRole("heading", { name: "Pre-train a GPT" }).waitFor(patience);
    const sizes = { Layers: "1", Heads: "1", Width: "16", Positions: "16", "Vocabulary size": "300" };
    const run = { Steps: "6", "Batch size": "4", "Sequence length": "16", "Sample every": "3" };
    const name = { "Name of the run and the model": "tiny" };
    for (const [label, value] of Object.entries({ ...sizes, ...run, ...name })) {
      await panel().getByLabel(label, { exact: true }).fill(value);
    }
    await panel().getByText("Optimizer, dropout, checkpoints").click();
    await panel().getByLabel("Micro-batch size", { exact: true }).fill("4");
    await panel().locator(".needs .facts").waitFor(patience);
    await panel().locator(".needs vscode-button:not([disabled])", { hasText: "Start Training" }).click(patience);
    await panel().getByText("Completed · step 6 of 6").waitFor(patience);
    await panel().getByRole("heading", { name: "Samples" }).waitFor(patience);
    await page.screenshot({ path: join(pictures, "training-pretrained.png") });
    const record = records().at(-1);
    assert.deepEqual([record?.kind, record?.state, record?.step, record?.name], ["pretrain", "completed", 6, "tiny"]);
    await button("Use This Model").click();
    await page.locator(".statusbar-item", { hasText: /\bmodel\b/ }).waitFor(patience);
    await runCommand(page, "GPT Workbench: Focus on Models View");
    await page.locator('.sidebar .monaco-list-row[aria-label^="model"]').first().waitFor(patience);
  });
});
