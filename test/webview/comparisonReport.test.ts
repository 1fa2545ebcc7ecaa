/** The page of a comparison's report in Chromium, under its own policy: readable in light and dark, on narrow pages, and without a script. */
import assert from "node:assert/strict";
import axe from "axe-core";
import type { Browser } from "playwright-core";
import { buildReport } from "../../src/runtime/comparison/report/buildReport";
import { reportHtml } from "../../src/runtime/comparison/report/html/reportHtml";
import { reportItems } from "../../src/runtime/comparison/report/reportItems";
import { simulated } from "../unit/runtime/comparison/report/simulatedComparison";
import { launchBrowser } from "../vscode/workbench";

const input = simulated({
  items: 60,
  labels: ["negative", "neutral", "positive"],
  arms: [
    { name: "zero-shot", kind: "prompt", accuracy: 0.5, k: 0, dev: 0.5 },
    { name: "few-shot", kind: "prompt", accuracy: 0.6, seeds: [0, 1, 2, 3, 4], dev: 0.6, kCurve: { 0: 0.5, 4: 0.6 } },
    { name: "LoRA", kind: "lora", accuracy: 0.9, seeds: [0, 1, 2], labelCurve: { 10: 0.5, 20: 0.7 } },
  ],
  file: { assertions: [{ arm: "LoRA", atLeast: 0.5 }] },
});

describe("the page of a comparison's report", () => {
  let browser: Browser;
  let html: string;

  before(async () => {
    browser = await launchBrowser();
    const { report, arms } = await buildReport(input);
    html = reportHtml({ report, items: reportItems(input, arms, { from: 0, count: 100 }).items });
  });
  after(() => browser.close());

  for (const colorScheme of ["light", "dark"] as const) {
    it(`breaks no rule of accessibility, and none of its own policy, in ${colorScheme}`, async () => {
      const page = await browser.newPage({ colorScheme, viewport: { width: 1100, height: 900 } });
      const problems: string[] = [];
      page.on("console", (message) => problems.push(message.text()));
      page.on("pageerror", (error) => problems.push(error.message));
      await page.setContent(html);
      const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(
        background,
        colorScheme === "light" ? "rgb(255, 255, 255)" : "rgb(20, 23, 26)",
        "its style is allowed",
      );
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
      assert.deepEqual(
        violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]),
        [],
      );
      assert.deepEqual(problems, []);
      await page.close();
    });
  }

  it("leads from a number to its items, and from those to their answers", async () => {
    const page = await browser.newPage();
    await page.setContent(html);
    await page.locator("td.heat-0 a, td.heat-1 a, td.heat-2 a").first().click();
    const list = page.locator("p.list:target");
    await list.getByText(/ says .* where .* is right/).waitFor();
    await list.locator("a").first().click();
    await page.locator("tr:target").waitFor();
    await page.close();
  });

  it("scrolls no more than its tables on a narrow page", async () => {
    const page = await browser.newPage({ viewport: { width: 420, height: 800 } });
    await page.setContent(html);
    const [content, width] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok((content ?? 0) <= (width ?? 0), `${content} of ${width} pixels`);
    await page.close();
  });
});
