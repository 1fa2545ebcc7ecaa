/** What the tests of the inspector's views share: one browser, a panel per test, axe. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../vscode/workbench";
import { openPanel, type Panel, type PanelMessage, servePanel } from "./page";
import { type ThemeName, themes } from "./themes";

/** The browser and the panel of the test that runs. */
export interface Views {
  readonly panel: Panel;
  open(options?: Parameters<typeof openPanel>[2]): Promise<Panel>;
}

/** Registers the hooks: a browser for all tests, a fresh panel for each, which must report no problem. */
export function viewTests(): Views {
  let browser: Browser;
  let server: Server;
  let opened: Panel[] = [];
  before(async () => {
    server = await servePanel();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    server.close();
  });
  const open = async (options: Parameters<typeof openPanel>[2] = {}) => {
    const panel = await openPanel(browser, server, options);
    opened.push(panel);
    return panel;
  };
  beforeEach(async () => {
    opened = [];
    await open();
  });
  afterEach(async () => {
    const problems = opened.flatMap((panel) => panel.problems);
    for (const panel of opened) await panel.close();
    assert.deepEqual(problems, [], "the page reported problems");
  });
  return {
    open,
    get panel() {
      return opened[0] ?? assert.fail("no panel is open");
    },
  };
}

/** What was asked or told by this method, in order. */
export async function told(panel: Panel, method: string): Promise<readonly PanelMessage[]> {
  return (await panel.told()).filter((message) => message.method === method);
}

/** The `count`-th message of this method, once it is there. */
export async function waitForTold(panel: Panel, method: string, count = 1): Promise<PanelMessage> {
  for (let i = 0; i < 1500; i++) {
    const message = (await told(panel, method))[count - 1];
    if (message) return message;
    await panel.page.waitForTimeout(20);
  }
  throw new Error(`the host was not told ${method} ${count} times`);
}

/** What axe is asked. */
interface AxeOptions {
  /** Selector of the part of the page that is looked at; all of it unless given. */
  readonly within?: string;
  /** What is looked at, for the message. */
  readonly about?: string;
  /** Whether what is less than serious counts too. */
  readonly strict?: boolean;
}

/** Rules whose outcome depends on a theme's colors. */
const colorRules = ["color-contrast", "link-in-text-block"];

/** Fails when axe finds anything serious on the page. */
export async function assertAccessible(page: Page, options: AxeOptions = {}): Promise<void> {
  assertNothing(await findings(page, options), options.about ?? "the page");
}

function assertNothing(found: readonly string[], about: string): void {
  assert.ok(found.length === 0, `axe about ${about}:\n${found.join("\n")}`);
}

/** As `assertAccessible`, in every theme; of rules that no color can break, in the dark one, which the page is left in. */
export async function assertAccessibleInThemes(panel: Panel, options: AxeOptions = {}): Promise<void> {
  const { about = "the page" } = options;
  await panel.dress("dark");
  assertNothing(await findings(panel.page, options), `${about}, dark`);
  for (const theme of (Object.keys(themes) as ThemeName[]).filter((name) => name !== "dark")) {
    await panel.dress(theme);
    assertNothing(await findings(panel.page, options, colorRules), `${about}, ${theme}`);
  }
  await panel.dress("dark");
}

async function findings(page: Page, { within, strict }: AxeOptions, rules?: readonly string[]): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const violations = await page.evaluate(
    async ({ within, rules }) => {
      const { run } = (globalThis as unknown as { axe: typeof axe }).axe;
      const found = await run(within ?? document, {
        resultTypes: ["violations"],
        ...(rules && { runOnly: [...rules] }),
      });
      return found.violations.map(({ id, impact, nodes }) => ({ id, impact, first: nodes[0] }));
    },
    { within, rules },
  );
  return violations
    .filter(({ impact }) => strict || impact === "serious" || impact === "critical")
    .map(({ id, impact, first }) => `${id} (${impact}): ${first?.html} ${first?.failureSummary}`);
}
