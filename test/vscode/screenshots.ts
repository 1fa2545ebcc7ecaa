/** `npm run screenshots [-- THEME …]`: the inspector and its views, surprisal in the editor, the prompt lab, a comparison, a training and the Models view in light, dark and high contrast, or in the themes that are named, into test-results/screenshots/. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { gptw } from "../comparisons/gptw";
import { addFolder, openModelsView } from "../e2e/modelsView";
import { installCodeServer } from "./install";
import { type Server, startServer } from "./server";
import { launchBrowser, openFile, openWorkbench, runCommand, webview } from "./workbench";

const root = resolve(__dirname, "../..");
const folder = join(root, "test-results/screenshots");
const viewport = { width: 1440, height: 900 };

/** File name of the picture → theme of this VS Code. */
const themes = {
  light: "Light 2026",
  dark: "Dark 2026",
  "high-contrast": "Default High Contrast",
  "high-contrast-light": "Default High Contrast Light",
};

async function main(): Promise<void> {
  console.log("Building the extension, then taking 44 pictures. Takes about ten minutes.");
  const build = spawnSync(process.execPath, ["esbuild.mjs"], { cwd: root, stdio: "inherit" });
  if (build.status !== 0) throw new Error("The build failed.");
  await installCodeServer();
  await compareSample();
  mkdirSync(folder, { recursive: true });
  const asked = process.argv.slice(2);
  for (const [name, theme] of Object.entries(themes)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const picture = (what: string) => join(folder, `${what}-${name}.png`);
    const files = {
      inspector: join(folder, `${name}.png`),
      attention: picture("attention"),
      lens: picture("lens"),
      ablation: picture("ablation"),
      comparison: picture("comparison"),
      editor: picture("editor"),
      models: picture("models"),
      lab: picture("prompt-lab"),
      report: picture("comparison-report"),
      reportArms: picture("comparison-arms"),
      training: picture("training"),
    };
    await takePictures(theme, files);
    console.log(Object.values(files).join("\n"));
  }
}

/** A run of the sample's comparison among the samples' runs, for the pictures of all themes. */
async function compareSample(): Promise<void> {
  const samples = join(root, "samples");
  const runs = join(samples, ".gpt-workbench/runs");
  const args = ["compare", "--model", join(root, "media/models/starter"), "--runs", runs, "reviews.compare.yaml"];
  if ((await gptw(args, samples)) !== 0) throw new Error("The sample's comparison failed.");
}

/** Where the pictures of one theme go. */
interface Pictures {
  readonly inspector: string;
  readonly attention: string;
  readonly lens: string;
  readonly ablation: string;
  readonly comparison: string;
  readonly editor: string;
  readonly models: string;
  readonly lab: string;
  readonly report: string;
  readonly reportArms: string;
  readonly training: string;
}

/** A server for each theme: its window then opens in it, with nothing to wait for. */
async function takePictures(theme: string, files: Pictures): Promise<void> {
  const settings = { "workbench.colorTheme": theme, "gptWorkbench.generation.temperature": 0 };
  const server = await startServer({ link: root, settings });
  try {
    const browser = await launchBrowser();
    await photograph(browser, server, files).finally(() => browser.close());
  } finally {
    await server.stop();
  }
}

async function photograph(browser: Browser, server: Server, files: Pictures): Promise<void> {
  const { page } = await openWorkbench(browser, server, { folder: join(root, "samples"), viewport });
  const editor = await openFile(page, "wordCount.ts");
  await editor.locator(".view-line").first().click();
  await page.keyboard.press("Control+A");
  await runCommand(page, "GPT Workbench: Show Token Probabilities");
  const tokens = webview(page).getByRole("option");
  await tokens.nth(20).click({ timeout: 60_000 });
  await webview(page).locator("#details").getByText("Rank").first().waitFor();
  await page.screenshot({ path: files.inspector });
  await photographViews(page, files);
  await photographEditor(page, editor, files.editor);
  await photographLab(page, files.lab);
  await photographReport(page, files);
  await photographTraining(page, files.training);
  await photographModels(page, server, files.models);
}

/** The views of the same text, over most of the window's width, and a comparison of it with another file. */
async function photographViews(page: Page, files: Pictures): Promise<void> {
  const panel = webview(page);
  await runCommand(page, "View: Toggle Primary Side Bar Visibility");
  await panel.locator("#tab-attention").click();
  await panel.locator(".thumbnail").nth(7).click();
  await panel.locator("gptw-heat-map canvas").waitFor();
  await settle(page);
  await page.screenshot({ path: files.attention });
  await panel.locator("#tab-lens").click();
  await panel.locator(".lens-cell:not(.pending)").nth(20).waitFor();
  await settle(page);
  await page.screenshot({ path: files.lens });
  await panel.locator("#tab-ablation").click();
  await panel.locator(".sweep").click();
  await panel.getByText(/All \d+ Parts Measured/).waitFor();
  await settle(page);
  await page.screenshot({ path: files.ablation });
  await runCommand(page, "View: Focus First Editor Group");
  await openFile(page, "zeroShot.txt");
  await openFile(page, "fewShot.txt");
  await runCommand(page, "GPT Workbench: Compare Token Probabilities with");
  await page.locator(".quick-input-list .monaco-list-row", { hasText: "zeroShot.txt" }).first().click();
  await panel.locator("gptw-comparison table").first().waitFor();
  await settle(page);
  await page.screenshot({ path: files.comparison });
  await runCommand(page, "View: Focus First Editor Group");
  await openFile(page, "wordCount.ts");
  await runCommand(page, "View: Toggle Primary Side Bar Visibility");
}

/** What moves has come to rest, and answers are drawn. */
function settle(page: Page): Promise<void> {
  return page.waitForTimeout(1500);
}

/** With a hover over a token of a word that is defined elsewhere too, so that both hovers show. */
async function photographEditor(page: Page, editor: Locator, file: string): Promise<void> {
  await editor.locator(".view-line").last().click();
  await runCommand(page, "GPT Workbench: Toggle Surprisal in Editor");
  await editor.locator(".view-overlays .cdr[class*=ced-]").nth(20).waitFor();
  const line = editor.locator(".view-line", { hasText: "limit = 10" });
  await line.hover({ position: { x: 60, y: 3 } });
  await line.hover({ position: { x: 90, y: 9 } });
  await page.locator(".monaco-hover table").first().waitFor();
  await page.screenshot({ path: file });
  await page.keyboard.press("Escape");
  await runCommand(page, "GPT Workbench: Toggle Surprisal in Editor");
}

/** A sample's variants over its inputs, beside the file. */
async function photographLab(page: Page, file: string): Promise<void> {
  await runCommand(page, "View: Close All Editors");
  await openFile(page, "classification.prompt.yaml");
  await page.locator(".codelens-decoration a", { hasText: "Compare All" }).first().click();
  const panel = webview(page);
  await panel
    .getByRole("main")
    .getByText(/^Complete: /)
    .waitFor({ timeout: 60_000 });
  await runCommand(page, "View: Toggle Primary Side Bar Visibility");
  await panel.locator('.grid-cell[data-row="2"][data-column="1"]').click();
  await panel.locator(".segment-text").first().waitFor();
  await settle(page);
  await page.screenshot({ path: file });
  await runCommand(page, "View: Toggle Primary Side Bar Visibility");
}

/** The report of the sample's comparison: its answer, then its arms. */
async function photographReport(page: Page, files: Pictures): Promise<void> {
  await runCommand(page, "View: Close All Editors");
  await runCommand(page, "GPT Workbench: Open Comparison Report");
  const newest = page.locator('.quick-input-widget:not([style*="display: none"]) .monaco-list-row').first();
  await newest.click({ timeout: 3000 }).catch(() => undefined); // asked only when there are several
  await runCommand(page, "View: Toggle Primary Side Bar Visibility");
  const panel = webview(page);
  await panel.locator(".verdict-card").waitFor({ timeout: 60_000 });
  await settle(page);
  await page.screenshot({ path: files.report });
  await panel.locator('.parts-nav a[href="#arms"]').click();
  await panel.locator("#arms svg").first().waitFor();
  await settle(page);
  await page.screenshot({ path: files.reportArms });
  await runCommand(page, "View: Toggle Primary Side Bar Visibility");
}

/** A head for the starter, trained on a sample. */
async function photographTraining(page: Page, file: string): Promise<void> {
  await runCommand(page, "View: Close All Editors");
  await runCommand(page, "GPT Workbench: Fine-Tune a Model");
  const choices = page.locator('.quick-input-widget:not([style*="display: none"]) .monaco-list-row');
  await choices.filter({ hasText: "sentiment.jsonl" }).first().click();
  const panel = webview(page);
  await panel.getByLabel("Patience", { exact: true }).fill("0");
  await panel.locator(".needs .facts").waitFor();
  await panel.locator(".needs vscode-button:not([disabled])", { hasText: "Start Training" }).click();
  await panel.locator(".result-card").waitFor({ timeout: 300_000 });
  await runCommand(page, "Notifications: Clear All Notifications");
  await settle(page);
  await page.screenshot({ path: file });
}

/** The starter is loaded by now; the other model lies in a folder of this run. */
async function photographModels(page: Page, server: Server, file: string): Promise<void> {
  const model = join(server.folder, "my-gpt-neo");
  cpSync(join(root, "test/fixtures/gpt-neo-tiny"), model, { recursive: true });
  const view = await openModelsView(page);
  await addFolder(page, view, model);
  const row = view.row("my-gpt-neo");
  await view.unfold(row, "Vocabulary");
  await view.choose(row, "Show Model Details");
  await page.locator(".tab.active", { hasText: "my-gpt-neo.txt" }).waitFor();
  await runCommand(page, "Notifications: Clear All Notifications");
  await page.screenshot({ path: file });
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
