/** The History view in a real VS Code window: runs listed, watched, opened, compared and deleted, as a user does it. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Locator, Page } from "playwright-core";
import { canUseCodeServer, installCodeServer } from "../vscode/install";
import { type Server, startServer } from "../vscode/server";
import { launchBrowser, openWorkbench, runCommand } from "../vscode/workbench";
import { waitFor } from "./processes";
import { writeRun } from "./storedRun";

const root = resolve(__dirname, "../..");
const screenshots = join(root, "test-results/e2e");

describe("the History view in a VS Code window", () => {
  let broken = false;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let folder: string;
  const runs = () => join(folder, ".gpt-workbench", "runs");
  const rows = (text: string | RegExp) => page.locator(".sidebar .monaco-list-row", { hasText: text });

  before(async function () {
    if (!canUseCodeServer()) this.skip();
    await installCodeServer();
    folder = mkdtempSync(join(tmpdir(), "gptw-"));
    mkdirSync(screenshots, { recursive: true });
    server = await startServer({ link: root });
    browser = await launchBrowser();
    page = (await openWorkbench(browser, server, { folder })).page;
    await page.locator(".statusbar-item", { hasText: "starter" }).waitFor({ timeout: 60_000 });
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(function () {
    if (broken) this.skip(); // every test goes on where the one before stopped
  });

  afterEach(async function () {
    broken ||= this.currentTest?.state === "failed";
    if (this.currentTest?.state === "failed") await page.screenshot({ path: join(screenshots, "history-failed.png") });
  });

  async function choose(row: Locator, entry: string): Promise<void> {
    await row.click({ button: "right" });
    const item = page.locator(".context-view .monaco-menu").getByText(entry, { exact: true });
    await item.hover();
    await sleep(300); // a menu that has just opened takes no clicks
    await item.click();
  }

  it("says how to get runs while there are none", async () => {
    await runCommand(page, "GPT Workbench: Focus on History View");
    await page.locator(".sidebar .welcome-view-content", { hasText: "Runs of prompt files are listed here" }).waitFor();
  });

  it("lists runs as they come, the damaged ones too", async () => {
    writeRun(join(runs(), "one"), new Date(2026, 0, 5, 9, 30).toISOString());
    await rows(/host\.prompt\.yaml.*100\.0 % · plain · 1 input · K = 1 · starter/).waitFor({ timeout: 30_000 });
    await rows("Mon, Jan 5, 2026").waitFor();
    mkdirSync(join(runs(), "two"));
    writeFileSync(join(runs(), "two", "run.json"), "{");
    await rows(/two.*no usable record/).waitFor({ timeout: 30_000 });
    await page.screenshot({ path: join(screenshots, "history.png") });
  });

  it("groups them by prompt file", async () => {
    await runCommand(page, "GPT Workbench: Group Runs by Prompt File");
    await rows("Without a record").waitFor();
    await runCommand(page, "GPT Workbench: Group Runs by Day");
    await rows("Mon, Jan 5, 2026").waitFor();
  });

  it("shows two runs side by side", async () => {
    writeRun(join(runs(), "three"), new Date(2026, 0, 6, 9, 30).toISOString());
    await rows("Tue, Jan 6, 2026").waitFor({ timeout: 30_000 });
    await choose(rows("host.prompt.yaml").first(), "Select for Compare");
    await rows("selected for compare").waitFor();
    await choose(rows("host.prompt.yaml").nth(1), "Compare with Selected");
    await waitFor(
      "the compare panel",
      async () => (await page.locator(".tab", { hasText: /A: one and B: three|Compare/ }).count()) > 0,
    );
  });

  it("deletes one after asking", async () => {
    await choose(rows("host.prompt.yaml").first(), "Delete Run…");
    const dialog = page.locator(".monaco-dialog-box");
    await dialog.getByRole("button", { name: "Delete", exact: true }).click();
    // Where there is no trash it asks once more.
    const forGood = dialog.getByRole("button", { name: "Delete for Good" });
    await waitFor("the run's end", async () => {
      if (await forGood.isVisible()) await forGood.click();
      return !existsSync(join(runs(), "three"));
    });
    await waitFor("its row's end", async () => (await rows("host.prompt.yaml").count()) === 1);
    assert.ok(existsSync(join(runs(), "one")));
  });
});
