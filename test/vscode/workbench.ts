/** Drives a VS Code window in Chromium. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type Browser,
  type BrowserContext,
  chromium,
  type FrameLocator,
  type Locator,
  type Page,
} from "playwright-core";
import { findChromium } from "./install";
import type { Server } from "./server";
import { installFolder } from "./versions";

/** What a window's address can name. Paths are absolute. */
export interface WindowOptions {
  readonly folder: string;
  /** Extension under development, and tests to run in its host: only with the server's `testDriver`. */
  readonly extension?: string;
  readonly tests?: string;
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** An open window. */
export interface Workbench {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console lines of the page. */
  readonly console: readonly string[];
  /** Resolves with the exit code of the tests in the host. A killed host gives 0: believe only the results file. */
  readonly testsEnded: Promise<number>;
}

/** A headless Chromium that reaches nothing but this machine. `more` are arguments of its command line. */
export function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  const folder = join(installFolder(), "run/browser");
  mkdirSync(folder, { recursive: true });
  const quiet = ["background-networking", "component-update", "sync", "quic", "gpu", "dev-shm-usage"].map(
    (name) => `--disable-${name}`,
  );
  return chromium.launch({
    executablePath: findChromium(),
    env: { ...definedEnvironment(), TMPDIR: folder },
    artifactsDir: folder,
    args: [
      "--no-sandbox",
      "--no-first-run",
      "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
      ...quiet,
      ...more,
    ],
  });
}

/** Opens a window and waits until the workbench stands. */
export async function openWorkbench(browser: Browser, server: Server, options: WindowOptions): Promise<Workbench> {
  const context = await browser.newContext({ viewport: options.viewport ?? { width: 1440, height: 900 } });
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: server.url });
  const page = await context.newPage();
  const lines: string[] = [];
  page.on("console", (message) => lines.push(`[${message.type()}] ${message.text()}`));
  const testsEnded = new Promise<number>((resolve) => {
    void page.exposeFunction("codeAutomationExit", (code: number) => resolve(code));
  });
  await page.exposeFunction("codeAutomationLog", (_: string, args: unknown) => printTestOutput([args].flat()));
  await page.goto(workbenchUrl(server, options));
  await waitForWorkbench(page);
  return { page, context, console: lines, testsEnded };
}

/** Waits until the workbench stands, after opening or reloading. */
export async function waitForWorkbench(page: Page): Promise<void> {
  await page.waitForSelector(".monaco-workbench", { timeout: 90_000 });
  await page.waitForSelector(".statusbar-item", { timeout: 90_000 });
}

/** Runs a command by its title, from the palette. */
export function runCommand(page: Page, title: string): Promise<void> {
  return insist(() => pick(page, "F1", `>${title}`, title));
}

/** Opens a file of the workspace by its name. */
export async function openFile(page: Page, name: string): Promise<Locator> {
  await insist(async () => {
    await pick(page, "Control+P", name, name);
    await page.locator(`.tab.active[data-resource-name="${name}"]`).waitFor({ timeout: tryMs });
  });
  const editor = page.locator(`.monaco-editor[data-uri$="${name}"]`).first();
  await editor.locator(".view-line").first().waitFor();
  return editor;
}

/** How long one try may take, milliseconds. */
const tryMs = 10_000;

/** Opens quick input by a key, fills it in and takes the entry that shows `label`. */
async function pick(page: Page, key: string, text: string, label: string): Promise<void> {
  const widget = page.locator('.quick-input-widget:not([style*="display: none"])');
  if (await widget.isVisible()) await page.keyboard.press("Escape");
  await page.keyboard.press(key);
  await widget.locator(".quick-input-box input").fill(text, { timeout: tryMs });
  // The focused one: until the list was filtered, the row that Enter takes is another.
  const row = widget.locator(".quick-input-list .monaco-list-row.focused", { hasText: label });
  await row.first().waitFor({ timeout: tryMs });
  await page.keyboard.press("Enter");
}

/** A window that has just opened may close quick input when a panel takes the focus: only the third failure counts. */
async function insist(attempt: () => Promise<void>): Promise<void> {
  for (let left = 2; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

/** The notification with this text. */
export function notification(page: Page, text: string | RegExp): Locator {
  return page.locator(".notification-list-item", { hasText: text }).first();
}

/** The content of the n-th webview. */
export function webview(page: Page, n = 0): FrameLocator {
  return page.frameLocator("iframe.webview.ready").nth(n).frameLocator("iframe#active-frame");
}

/** VS Code logs along with the tests; what these print is indented. */
function printTestOutput(parts: readonly unknown[]): void {
  if (String(parts[0]).startsWith("  ")) console.log(...parts);
}

function workbenchUrl(server: Server, { folder, extension, tests }: WindowOptions): string {
  const remote = (path: string) => `vscode-remote://${new URL(server.url).host}${path}`;
  const payload: [string, string][] = [];
  if (extension) payload.push(["extensionDevelopmentPath", remote(extension)]);
  if (tests) payload.push(["extensionTestsPath", remote(tests)]);
  const query = new URLSearchParams({ folder });
  if (payload.length > 0) query.set("payload", JSON.stringify(payload));
  return `${server.url}/?${query}`;
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
