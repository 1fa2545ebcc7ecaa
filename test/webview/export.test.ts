/** Exporting the views, in Chromium. */
import assert from "node:assert/strict";
import type { ExportedFile } from "../../src/runtime/analysisPanelProtocol";
import { ablationAnswer, comparison, deepScores, lensAnswer, salienceAnswer } from "./analysisAnswers";
import type { Panel } from "./page";
import { assertAccessible, told, viewTests, waitForTold } from "./viewsSupport";

const state = deepScores(4, 3);

/** What each view shows when it has something to export. */
const opened: Readonly<Record<string, (panel: Panel) => Promise<void>>> = {
  tokens: async (panel) => {
    await panel.show(state);
    await panel.page.locator('[role="option"]').first().waitFor();
  },
  lens: async (panel) => {
    panel.answer("analysis/lens", lensAnswer(state));
    await panel.show(state);
    await panel.page.locator("#tab-lens").click();
    await panel.page.locator(".lens-cell:not(.pending)").first().waitFor();
  },
  ablation: async (panel) => {
    panel.answer("analysis/ablation", ablationAnswer(state));
    await panel.show(state);
    await panel.page.locator('[role="option"]').nth(12).click();
    await panel.page.locator("#tab-ablation").click();
    await panel.page.locator(".sweep").click();
    await panel.page.getByText("All 16 Parts Measured").waitFor();
  },
  salience: async (panel) => {
    panel.answer("analysis/salience", salienceAnswer(state));
    await panel.show(state);
    await panel.page.locator('[role="option"]').nth(12).click();
    await panel.page.locator("#tab-salience").click();
    await panel.page.locator(".salience-token").first().waitFor();
  },
  comparison: async (panel) => {
    await panel.show(comparison());
    await panel.page.locator(".unit").first().waitFor();
  },
};

async function exported(panel: Panel, format: string, count = 1): Promise<ExportedFile> {
  await panel.page.locator(".export-button").click();
  await panel.page.locator(`[data-format="${format}"]`).click();
  const message = await waitForTold(panel, format === "md" ? "analysis/copy" : "analysis/export", count);
  return format === "md"
    ? { name: "", format: "md", content: String(message.params) }
    : (message.params as ExportedFile);
}

/** Pixels of a PNG file that are not of its first pixel's colour, as the browser reads it: a share of all. */
async function drawnShare(panel: Panel, content: string | Uint8Array): Promise<number> {
  return panel.page.evaluate(
    async (bytes) => {
      const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const context = canvas.getContext("2d");
      context?.drawImage(bitmap, 0, 0);
      const pixels = new Uint32Array(context?.getImageData(0, 0, bitmap.width, bitmap.height).data.buffer ?? []);
      return pixels.filter((pixel) => pixel !== pixels[0]).length / pixels.length;
    },
    Array.from(content as Uint8Array),
  );
}

describe("the export menu", () => {
  const views = viewTests();

  for (const [name, open] of Object.entries(opened)) {
    it(`gives every format of: ${name}`, async () => {
      const { panel } = views;
      await open(panel);
      let files = 0;
      for (const format of ["svg", "png", "json", "csv", "html"]) {
        const file = await exported(panel, format, ++files);
        assert.equal(file.format, format);
        assert.ok(file.name.length > 5 && file.content.length > 100, format);
        if (format === "png") {
          assert.deepEqual([...Array.from(file.content as Uint8Array).slice(0, 4)], [137, 80, 78, 71]);
          const share = await drawnShare(panel, file.content);
          assert.ok(share > 0.02 && share < 0.98, `${share} of the picture is drawn`);
        }
        if (format === "svg") {
          const problem = await panel.page.evaluate((text) => {
            const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
            return parsed.querySelector("parsererror, script")?.textContent ?? null;
          }, String(file.content));
          assert.equal(problem, null);
        }
        if (format === "json") assert.ok(JSON.parse(String(file.content)).table.rows.length > 0);
        if (format === "csv") assert.ok(String(file.content).split("\r\n").length > 10);
      }
      const copied = await exported(panel, "md");
      assert.match(String(copied.content), /^# .+\n[\s\S]+\n\| --/);
      await panel.page.locator(".export [role=status]").getByText("Copied.").waitFor({ state: "attached" });
    });
  }

  it("opens, moves and closes by keys, and gives the focus back", async () => {
    const { page } = views.panel;
    await opened.lens?.(views.panel);
    const button = page.locator(".export-button");
    await button.focus();
    await page.keyboard.press("ArrowDown");
    const focused = () =>
      page.evaluate(() => (document.activeElement as HTMLElement).dataset.format ?? document.activeElement?.className);
    await page.locator('[data-format="png"]:focus').waitFor();
    await page.keyboard.press("ArrowUp");
    assert.equal(await focused(), "md");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    assert.equal(await focused(), "svg");
    await page.keyboard.press("Escape");
    await page.locator('[role="menu"]').waitFor({ state: "detached" });
    assert.equal(await focused(), "export-button");
    await page.keyboard.press("Enter");
    await page.locator('[role="menu"]').waitFor();
    await assertAccessible(page);
    await page.mouse.click(300, 400);
    await page.locator('[role="menu"]').waitFor({ state: "detached" });
  });

  it("says so when there is nothing to export", async () => {
    const { panel } = views;
    await panel.show(state);
    await panel.page.locator("#tab-ablation").click();
    await panel.page.locator(".export-button").click();
    await panel.page.locator('[data-format="csv"]').click();
    await panel.page
      .locator(".export")
      .getByText("There is nothing to export in this view.")
      .waitFor({ state: "attached" });
    assert.equal((await told(panel, "analysis/export")).length, 0);
  });

  it("writes a report that runs nothing and loads nothing", async () => {
    const { panel } = views;
    const hostile = `<script>document.title="run"</script>"'><img src=x onerror='document.title="run"'>`;
    const tokens = state.tokens.map((token) => ({ ...token, text: hostile }));
    await panel.show({ ...state, title: hostile, tokens });
    const file = await exported(panel, "html");
    const page = await panel.page.context().newPage();
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await page.setContent(String(file.content));
    assert.equal(await page.locator("script, img").count(), 0);
    assert.equal(await page.title(), hostile);
    assert.equal(await page.locator(".tokens span").count(), tokens.length);
    const [light, dark] = [await background(page, "light"), await background(page, "dark")];
    assert.notEqual(light, dark);
    assert.deepEqual(requests, []);
    await page.close();
  });
});

async function background(page: import("playwright-core").Page, colorScheme: "light" | "dark"): Promise<string> {
  await page.emulateMedia({ colorScheme });
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}
