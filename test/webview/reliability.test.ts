/** The panel about the reliability of inline completions in Chromium, under the very policy it has in VS Code. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../vscode/workbench";
import { openPanel, type Panel, servePanel } from "./page";
import { off, unused, used } from "./reliabilityStates";
import { assertAccessibleInThemes, waitForTold } from "./viewsSupport";

describe("the reliability panel", () => {
  let browser: Browser;
  let server: Server;
  let panel: Panel;

  before(async () => {
    server = await servePanel();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    server.close();
  });
  beforeEach(async () => {
    panel = await openPanel(browser, server, { panel: "reliability" });
  });
  afterEach(async () => {
    const problems = [...panel.problems];
    await panel.close();
    assert.deepEqual(problems, [], "the page reported problems");
  });

  const toldParams = async (method: string): Promise<unknown> => (await waitForTold(panel, method)).params;

  it("says that it is ready, and what to do while nothing was counted", async () => {
    await toldParams("reliability/ready");
    await panel.showReliability(unused);
    await panel.page.getByText("Nothing was counted yet").waitFor();
    await panel.page.locator("vscode-button", { hasText: "Turn On" }).click();
    await toldParams("reliability/turnOn");
  });

  it("shows the rates with counts and intervals", async () => {
    await panel.showReliability(used);
    const header = panel.page.locator("header");
    await header.getByText("529 of 1,219; 95 % interval 41%–46%").waitFor();
    await header.getByText("247 of 529; 95 % interval 42%–51%").waitFor();
    await header.getByText("calibration error").waitFor();
    await header.getByText("Counted since January 2, 2026").waitFor();
  });

  it("draws one point for each part that has counts, at its numbers, between its whiskers", async () => {
    await panel.showReliability(used);
    await panel.page.locator(".diagram").waitFor();
    const points = await panel.page.evaluate(() =>
      Array.from(document.querySelectorAll(".diagram .point"), (point) => {
        const circle = point.querySelector("circle");
        const whisker = point.querySelector("line");
        const number = (element: Element | null, name: string) => Number(element?.getAttribute(name));
        return {
          x: number(circle, "cx"),
          y: number(circle, "cy"),
          low: number(whisker, "y1"),
          high: number(whisker, "y2"),
        };
      }),
    );
    const drawn = used.buckets.filter(({ accepted }) => accepted.trials > 0);
    assert.equal(points.length, drawn.length);
    for (const [i, { x, y, low, high }] of points.entries()) {
      const bucket = drawn[i] ?? assert.fail();
      assert.ok(Math.abs((x - 54) / 260 - (bucket.confidence ?? 0)) < 1e-9);
      assert.ok(Math.abs(1 - (y - 10) / 260 - (bucket.accepted.share ?? 0)) < 1e-9);
      assert.ok(low >= y && y >= high, "the share lies in its interval");
    }
  });

  it("has every number of the picture in the table beside it", async () => {
    await panel.showReliability(used);
    const rows = panel.page.locator(".confidence tbody tr");
    await rows.first().waitFor();
    assert.equal(await rows.count(), used.buckets.filter(({ accepted }) => accepted.trials > 0).length);
    const cells = await rows.last().locator("th, td").allInnerTexts();
    assert.deepEqual(cells, ["90%–100%", "95.3%", "143", "101", "70.6%", "63%–77%"]);
  });

  it("makes a threshold the setting by mouse and by keyboard, and says so", async () => {
    await panel.showReliability(used);
    assert.match(
      (await panel.page.locator('tr[aria-current="true"]').innerText()).replace(/\s+/g, " "),
      /^50% .*in use/,
    );
    const use = panel.page.getByRole("button", { name: "Use 80% as the least confidence" });
    await use.focus();
    await panel.page.keyboard.press("Enter");
    assert.equal(await toldParams("reliability/setThreshold"), 0.8);
    await panel.showReliability({ ...used, threshold: 0.8 });
    await panel.page.locator('[role="status"]', { hasText: "The least confidence is now 0.8." }).waitFor({
      state: "attached",
    });
    assert.match((await panel.page.locator('tr[aria-current="true"]').innerText()).trim(), /^80%/);
  });

  it("says that suggestions are off, and what the setting is when no row is it", async () => {
    await panel.showReliability(off);
    await panel.page.getByText("Inline completions are off").waitFor();
    await panel.page.getByText("The setting is 0.55.").waitFor();
    assert.equal(await panel.page.locator('tr[aria-current="true"]').count(), 0);
  });

  it("resets and opens the text on request", async () => {
    await panel.showReliability(used);
    await panel.page.locator("vscode-button", { hasText: "Reset" }).click();
    await toldParams("reliability/reset");
    await panel.page.locator("vscode-button", { hasText: "Open as Text" }).click();
    await toldParams("reliability/openAsText");
  });

  it("shows hostile names as text", async () => {
    await panel.showReliability(used);
    await panel.page.getByText('<img src="x" onerror="alert(1)">').waitFor();
    assert.equal(await panel.page.locator("img").count(), 0);
  });

  it("reaches everything by keyboard, in the order of the page", async () => {
    await panel.showReliability(used);
    await panel.page.locator("table").first().waitFor();
    const names: string[] = [];
    for (let i = 0; i < 14; i++) {
      await panel.page.keyboard.press("Tab");
      names.push(
        await panel.page.evaluate(() => {
          const at = document.activeElement;
          return at?.getAttribute("aria-label") ?? at?.textContent?.trim() ?? "";
        }),
      );
    }
    assert.deepEqual(names.slice(0, 3), ["Confidence", "At least", "Use 0% as the least confidence"]);
    assert.ok(names.includes("Use 90% as the least confidence"));
    const buttons = panel.page.locator("vscode-button");
    for (const button of await buttons.all()) assert.equal(await button.getAttribute("tabindex"), null);
  });

  for (const [name, state] of Object.entries({ used, off, unused })) {
    it(`has nothing for axe to find in any theme: ${name}`, async () => {
      await panel.showReliability(state);
      await panel.page.locator("h1").waitFor();
      await assertAccessibleInThemes(panel, { strict: true });
    });
  }

  it("never scrolls sideways, down to 320 pixels", async () => {
    for (const width of [320, 480, 900]) {
      const narrow = await openPanel(browser, server, { panel: "reliability", width });
      await narrow.showReliability(used);
      await narrow.page.locator("table").first().waitFor();
      const [scroll, client] = await narrow.page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      assert.ok((scroll ?? 0) <= (client ?? 0), `${scroll} of ${client} at ${width}`);
      await narrow.close();
    }
  });
});
