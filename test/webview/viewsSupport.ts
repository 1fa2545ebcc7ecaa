/** What the tests of the inspector's views share: one browser, a panel per test, axe. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { launchBrowser } from "../vscode/workbench";
import { openPanel, type Panel, type PanelMessage, servePanel } from "./page";

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

/** Fails when axe finds anything serious on the page. */
export async function assertAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  assert.deepEqual(
    serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`),
    [],
  );
}
