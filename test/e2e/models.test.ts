/** Models in a real VS Code window: seen, added, looked into, loaded, removed and downloaded, as a user does it. */
import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { type FakeHub, startHub } from "../unit/runtime/checkpoint/fakeHub";
import { canUseCodeServer, installCodeServer } from "../vscode/install";
import { type Server, startServer } from "../vscode/server";
import { launchBrowser, notification, openWorkbench, runCommand } from "../vscode/workbench";
import { addFolder, type ModelsView, openModelsView } from "./modelsView";
import { descendants, waitFor } from "./processes";

const root = resolve(__dirname, "../..");
const screenshots = join(root, "test-results/e2e");

describe("the Models view in a VS Code window", function () {
  this.retries(1); // the window of a busy machine may miss a key
  /** Every test goes on where the one before stopped. */
  let broken = false;
  let server: Server;
  let browser: Browser;
  let page: Page;
  let dialog: Locator;
  let view: ModelsView;
  let hub: FakeHub;
  /** Holds the user's model and the store. */
  let folder: string;

  before(async function () {
    if (!canUseCodeServer()) this.skip();
    await installCodeServer();
    folder = mkdtempSync(join(tmpdir(), "gptw-"));
    cpSync(join(root, "test/fixtures/gpt2-tiny"), join(folder, "my-gpt2"), { recursive: true });
    mkdirSync(screenshots, { recursive: true });
    hub = await startHub();
    const machineSettings = {
      "gptWorkbench.models.folder": join(folder, "store"),
      "gptWorkbench.hub.endpoint": hub.model.endpoint,
    };
    server = await startServer({ link: root, machineSettings });
    browser = await launchBrowser();
    page = (await openWorkbench(browser, server, { folder: join(root, "samples") })).page;
    dialog = page.locator(".monaco-dialog-box");
    await page.locator(".statusbar-item", { hasText: "starter" }).waitFor({ timeout: 60_000 });
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    await hub?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  beforeEach(function () {
    if (broken) this.skip();
  });

  afterEach(async function () {
    if (this.currentTest?.state !== "failed") return;
    broken = true;
    const name = this.currentTest.title.replaceAll(/\W+/g, "-");
    await page?.screenshot({ path: join(screenshots, `failed-models-${name}.png`) });
  });

  /** Types a model's name for a download. */
  async function nameDownload(name: string): Promise<void> {
    await page.keyboard.press("Escape");
    await runCommand(page, "Notifications: Clear All Notifications");
    await view.button("Download Model from Hub…").click();
    const widget = page.locator('.quick-input-widget:not([style*="display: none"])');
    await widget.locator(".quick-input-box input").fill(name);
    await page.keyboard.press("Enter");
    await dialog.waitFor({ timeout: 60_000 });
  }

  /** Writes a setting of the machine, as another window would. */
  function setSetting(key: string, value: unknown): void {
    const file = join(server.folder, "data/Machine/settings.json");
    const settings: Record<string, unknown> = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, JSON.stringify({ ...settings, [key]: value }));
  }

  it("lists the starter, and below it the ways to another model", async () => {
    view = await openModelsView(page);
    await view.row(/starter.*GPT-2 · 3\.45M · F32 · fits/).waitFor({ timeout: 60_000 });
    await view.button("Add Model from Folder…").waitFor();
    await view.button("Download Model from Hub…").waitFor();
    await page.screenshot({ path: join(screenshots, "models-empty.png") });
  });

  it("adds a folder where it is", async () => {
    await addFolder(page, view, join(folder, "my-gpt2"));
    await notification(page, "my-gpt2 was added").waitFor();
    await view.row(/my-gpt2.*GPT-2 · .* · F32 · fits/).waitFor();
    assert.equal(readdirSync(join(folder, "store")).length, 1, "it has an entry in the store of the settings");
    assert.equal(await view.pane.locator(".monaco-list-row .error").count(), 0);
  });

  it("tells the details below a row, and all of them with every tensor in a document", async () => {
    const row = view.row("my-gpt2");
    await view.unfold(row, /Context\d+ tokens/);
    await view.row(/Origina folder of yours, used where it is/).waitFor();
    await view.choose(row, "Show Model Details");
    const tab = page.locator(".tab.active", { hasText: "my-gpt2.txt" });
    await tab.waitFor();
    const editor = page.locator(".monaco-editor.focused, .editor-instance .monaco-editor").first();
    await waitFor("the tensors", async () => /Tensors/.test((await editor.innerText()).replaceAll("\u00A0", " ")));
    await page.screenshot({ path: join(screenshots, "models-details.png") });
  });

  it("loads a model and unloads it", async () => {
    const row = view.row("my-gpt2");
    await view.choose(row, "Load Model");
    await view.row(/my-gpt2.*loaded on cpu/).waitFor({ timeout: 60_000 });
    await page.locator(".statusbar-item", { hasText: /my-gpt2 · cpu/ }).waitFor();
    assert.equal(descendants(server.pid, "out/runtime.js").length, 1);
    await page.screenshot({ path: join(screenshots, "models-loaded.png") });
    await runCommand(page, "GPT Workbench: Unload Model");
    await view.row(/my-gpt2.* · fits/).waitFor();
  });

  it("removes a folder's entry after asking, and leaves its files alone", async () => {
    await view.choose(view.row("my-gpt2"), "Delete Model…");
    await dialog.getByText("Only the entry goes").waitFor();
    await dialog.getByText("the starter model takes its place").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    await view.row("my-gpt2").waitFor();
    await view.choose(view.row("my-gpt2"), "Delete Model…");
    await dialog.getByRole("button", { name: "Remove" }).click();
    await view.row("my-gpt2").waitFor({ state: "detached" });
    assert.ok(existsSync(join(folder, "my-gpt2/model.safetensors")));
    await page.locator(".statusbar-item", { hasText: "starter" }).waitFor();
    await view.button("Download Model from Hub…").waitFor();
  });

  it("asks no hub before a name is typed that can be one", async () => {
    await view.button("Download Model from Hub…").click();
    const widget = page.locator('.quick-input-widget:not([style*="display: none"])');
    // Before any name goes anywhere: it is the hub of this test that would be asked.
    await widget.getByText(hub.model.endpoint).waitFor();
    await widget.locator(".quick-input-box input").fill("not a/model name");
    await widget.getByText("A name looks like owner/name").waitFor();
    await page.keyboard.press("Enter");
    assert.ok(await widget.isVisible(), "it is not taken");
    await page.keyboard.press("Escape");
    await widget.waitFor({ state: "hidden" });
    assert.deepEqual(hub.requests, []);
  });

  it("lists a download's files and fetches nothing without a yes", async () => {
    await nameDownload("someone/tiny");
    await dialog.getByText("model.safetensors: 181 kB").waitFor();
    await dialog.getByText("Nothing else leaves this machine").waitFor();
    await page.screenshot({ path: join(screenshots, "models-download.png") });
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.ok(hub.requests.length > 0);
    assert.ok(hub.requests.every(({ url }) => url.startsWith("/api/models/someone/tiny/")));
  });

  it("downloads a model: tells of a wrong hash, tries again when told to, goes on where it was cut off", async () => {
    // A try before this one may have left some of it.
    for (const part of ["someone--tiny", ".downloads"])
      rmSync(join(folder, "store", part), { recursive: true, force: true });
    await view.row("someone/tiny").waitFor({ state: "detached" });
    hub.behaviour.wrongHash = "ab".repeat(32);
    await nameDownload("someone/tiny");
    await dialog.getByRole("button", { name: "Download" }).click();
    // By its button: what tells of work under way names the hub too.
    const failed = notification(page, hub.model.endpoint).getByRole("button", { name: "Try Again" });
    await failed.waitFor({ timeout: 60_000 });
    await page.screenshot({ path: join(screenshots, "models-wrong-hash.png") });
    assert.equal(await view.row("someone/tiny").count(), 0, "what is not whole is not listed");
    hub.behaviour.wrongHash = null;
    hub.behaviour.cuts = 1;
    hub.behaviour.arrived = () => partBytes(join(folder, "store/.downloads")) === hub.behaviour.cutAfter;
    await failed.click();
    await notification(page, "someone/tiny was downloaded").waitFor({ timeout: 60_000 });
    await view.row(/someone\/tiny.*GPT-2 · 44\.4K · F32 · fits/).waitFor();
    assert.ok(existsSync(join(folder, "store/someone--tiny/model.safetensors")));
    const ranges = hub.requests.filter(({ url }) => url.endsWith("model.safetensors")).map(({ range }) => range);
    assert.match(ranges.at(-1) ?? "", /^bytes=[1-9]\d*-$/);
  });

  it("shows a model that other programs put into the store, and no longer one that they took out", async () => {
    const entry = join(folder, "store/someone--tiny");
    // A try before this one may have left it aside.
    if (existsSync(entry)) renameSync(entry, join(folder, "aside"));
    await view.row("someone/tiny").waitFor({ state: "detached" });
    renameSync(join(folder, "aside"), entry);
    await view.row("someone/tiny").waitFor();
  });

  it("loads the download from its message, and deletes it with its files", async () => {
    await notification(page, "someone/tiny was downloaded").getByRole("button", { name: "Load" }).click();
    await view.row(/someone\/tiny.*loaded on cpu/).waitFor({ timeout: 60_000 });
    await view.choose(view.row("someone/tiny"), "Delete Model…");
    await dialog.getByText("is deleted with all its files").waitFor();
    await dialog.getByRole("button", { name: "Delete" }).click();
    await view.row("someone/tiny").waitFor({ state: "detached" });
    assert.ok(!existsSync(join(folder, "store/someone--tiny")));
    await page.locator(".statusbar-item", { hasText: "starter" }).waitFor();
  });

  it("lists a folder that only the setting names, and adds it from its row", async () => {
    setSetting("gptWorkbench.model", join(folder, "my-gpt2"));
    await view.choose(view.row("my-gpt2"), "Add Model from Folder…");
    await notification(page, "my-gpt2 was added").waitFor();
    await view.unfold(view.row("my-gpt2"), /Origina folder of yours, used where it is/);
  });

  it("quantizes a model and says what it cost", async () => {
    await view.choose(view.row(/^starter/), "Quantize Model…");
    const widget = page.locator('.quick-input-widget:not([style*="display: none"])');
    for (const choice of ["8 bits", "Blocks of 32", "Do not measure"])
      await widget.locator(".monaco-list-row", { hasText: choice }).first().click();
    await notification(page, /starter-q8-32: .* became/).waitFor({ timeout: 60_000 });
    await view.row(/starter-q8-32.*GPT-2 · .* · 8-bit/i).waitFor();
    await page.screenshot({ path: join(screenshots, "models-quantized.png") });
  });
});

/** Bytes of the files under `downloads` that are on their way. */
function partBytes(downloads: string): number {
  if (!existsSync(downloads)) return 0;
  const names = readdirSync(downloads, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".part"));
  return names.reduce((sum, name) => sum + statSync(join(downloads, name)).size, 0);
}
