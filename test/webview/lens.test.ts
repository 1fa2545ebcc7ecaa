/** The tab Logit Lens in Chromium, with a host that answers. */
import assert from "node:assert/strict";
import { deepScores, lensAnswer } from "./analysisAnswers";
import type { Panel } from "./page";
import { assertAccessibleInThemes, told, viewTests, waitForTold } from "./viewsSupport";

const state = deepScores();
const long = deepScores(12, 12, "word and another ".repeat(400));

async function openLens(panel: Panel, shown = state): Promise<void> {
  panel.answer("analysis/lens", lensAnswer(shown));
  await panel.show(shown);
  await panel.page.locator("#tab-lens").click();
  await panel.page.locator(".lens-cell:not(.pending)").first().waitFor();
}

describe("the logit lens", () => {
  const views = viewTests();
  const cell = (row: number, column: number) => views.panel.page.locator(`#lens-${row}-${column}`);
  const activeId = () => views.panel.page.evaluate(() => document.activeElement?.id);

  it("shows each layer's most probable token, the output on top, and where it first leads", async () => {
    const { panel } = views;
    await openLens(panel);
    const heads = await panel.page.locator('.lens-grid [role="rowheader"]').allTextContents();
    assert.deepEqual([heads[0], heads[1], heads.at(-1), heads.length], ["Output (11)", "Layer 10", "Embeddings", 13]);
    for (const column of [0, 3, 6]) {
      const top = state.tokens[column + 1]?.prediction?.top[0]?.text ?? "";
      assert.equal((await cell(0, column).textContent())?.replaceAll("·", " "), top.replaceAll("\n", "↵"));
      assert.equal(await panel.page.locator(`.leads[data-column="${column}"]`).count(), 1);
    }
  });

  it("asks only for the places in sight, and draws no others", async () => {
    const { panel } = views;
    await openLens(panel, long);
    await panel.page.waitForTimeout(300);
    const asked = (await told(panel, "analysis/lens")).map(({ params }) => (params as { places: number[] }).places);
    assert.ok(
      asked.length > 0 && asked.every(([from = 0, to = 0]) => to - from <= 64 && to <= 70),
      JSON.stringify(asked),
    );
    assert.ok((await panel.page.locator(".lens-cell").count()) < 13 * 25);
    await panel.page.locator(".lens-scroll").evaluate((scroller) => scroller.scrollTo({ left: 600 * 88 }));
    await cell(0, 602).and(panel.page.locator(":not(.pending)")).waitFor();
    const last = (await told(panel, "analysis/lens")).at(-1)?.params as { places: number[] };
    assert.ok((last.places[0] ?? 0) > 550, JSON.stringify(last.places));
  });

  it("cancels a question whose places were scrolled away", async () => {
    const { panel } = views;
    await panel.show(long);
    panel.answer("analysis/lens", () => new Promise(() => undefined));
    await panel.page.locator("#tab-lens").click();
    await waitForTold(panel, "analysis/lens");
    panel.answer("analysis/lens", lensAnswer(long));
    await panel.page.locator(".lens-scroll").evaluate((scroller) => scroller.scrollTo({ left: 700 * 88 }));
    await waitForTold(panel, "$/cancelRequest");
    await cell(0, 702).and(panel.page.locator(":not(.pending)")).waitFor();
  });

  it("is moved in by keys, with one tab stop, and chooses the token of the column", async () => {
    const { panel } = views;
    await openLens(panel);
    assert.equal(await panel.page.locator('.lens-cell[tabindex="0"]').count(), 1);
    await cell(2, 3).click();
    assert.equal(await activeId(), "lens-2-3");
    await panel.page.keyboard.press("ArrowRight");
    await panel.page.keyboard.press("ArrowDown");
    await cell(3, 4).and(panel.page.locator(":focus")).waitFor();
    await panel.page.keyboard.press("End");
    const last = state.tokens.length - 1;
    await cell(3, last).and(panel.page.locator(":focus")).waitFor();
    await panel.page.getByText("Every layer behind the text").waitFor();
    await panel.page.keyboard.press("Control+Home");
    await cell(0, 0).and(panel.page.locator(":focus")).waitFor();
    await panel.page.keyboard.press("PageDown");
    await panel.page.waitForFunction(() => /^lens-0-[4-9]$/.test(document.activeElement?.id ?? ""));
    const column = Number((await activeId())?.split("-")[2]);
    await panel.page.locator("#tab-tokens").click();
    assert.equal(
      await panel.page.locator('[role="option"][aria-selected="true"]').getAttribute("data-index"),
      `${column + 1}`,
    );
  });

  it("follows the chosen token", async () => {
    const { panel } = views;
    panel.answer("analysis/lens", lensAnswer(state));
    await panel.show(state);
    await panel.page.locator('[role="option"]').nth(60).click();
    await panel.page.locator("#tab-lens").click();
    await cell(0, 59).and(panel.page.locator(":not(.pending)")).waitFor();
    await panel.page.getByText("Every layer at token 61").waitFor();
    const box = await cell(0, 59).boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= 900);
  });

  it("shows a cell's details on hover and on focus, and hides them with Escape", async () => {
    const { panel } = views;
    await openLens(panel);
    const tip = panel.page.locator("#lens-tooltip");
    await cell(4, 2).hover();
    await tip.getByText("KL divergence from the output").waitFor();
    assert.equal(await tip.locator("tr").count(), 5);
    await panel.page.mouse.move(5, 5);
    await tip.waitFor({ state: "hidden" });
    await cell(0, 0).focus();
    await panel.page.keyboard.press("ArrowRight");
    await tip.getByText("token 3").waitFor();
    assert.equal(await cell(0, 1).getAttribute("aria-describedby"), "lens-tooltip");
    await panel.page.keyboard.press("Escape");
    await tip.waitFor({ state: "hidden" });
  });

  it("colours by probability, divergence or rank", async () => {
    const { panel } = views;
    await openLens(panel);
    const classes = () => cell(5, 3).getAttribute("class");
    assert.match((await classes()) ?? "", /probability-\d/);
    await panel.page.locator(".lens select").selectOption("divergence");
    assert.match((await cell(0, 3).getAttribute("class")) ?? "", /surprisal-0/);
    assert.match((await cell(12, 3).getAttribute("class")) ?? "", /surprisal-[3-6]/);
    await panel.page.locator(".lens select").selectOption("rank");
    assert.match((await classes()) ?? "", /surprisal-\d/);
  });

  it("keeps what it read when another tab was open", async () => {
    const { panel } = views;
    await openLens(panel);
    await panel.page.waitForTimeout(200);
    const asked = (await told(panel, "analysis/lens")).length;
    await panel.page.locator("#tab-tokens").click();
    await panel.page.locator("#tab-lens").click();
    await cell(0, 0).and(panel.page.locator(":not(.pending)")).waitFor();
    assert.equal((await told(panel, "analysis/lens")).length, asked);
  });

  it("tells of a failure, and asks again", async () => {
    const { panel } = views;
    const error = { code: "notEnoughMemory", message: "Too little memory.", hint: "Close something." };
    panel.answer("analysis/lens", () => ({ kind: "failed", error }));
    await panel.show(state);
    await panel.page.locator("#tab-lens").click();
    await panel.page.getByText("Too little memory.").waitFor();
    panel.answer("analysis/lens", lensAnswer(state));
    await panel.page.locator("vscode-button", { hasText: "Try Again" }).click();
    await panel.page.locator(".lens-cell:not(.pending)").first().waitFor();
    assert.equal(await panel.page.getByText("Too little memory.").count(), 0);
  });

  it("draws no more of 1,024 tokens and 13 layers than is in sight, however it is scrolled", async () => {
    const { panel } = views;
    await openLens(panel, { ...long, tokens: long.tokens.slice(0, 1024) });
    const drawn = await panel.page.evaluate(async () => {
      const scroller = document.querySelector(".lens-scroll");
      if (!scroller) throw new Error("no grid");
      const counts: number[] = [];
      for (let left = 0; left < 88 * 900; left += 4000) {
        scroller.scrollLeft = left;
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        counts.push(document.querySelectorAll(".lens-cell").length);
      }
      return Math.max(...counts);
    });
    assert.ok(drawn < 13 * 25, `${drawn} cells at once`);
  });

  it("has nothing serious against accessibility in any theme", async () => {
    const { panel } = views;
    await openLens(panel);
    await panel.page.locator("#lens-3-2").click();
    await assertAccessibleInThemes(panel);
  });

  it("fits a narrow panel", async () => {
    const panel = await views.open({ width: 320 });
    await openLens(panel);
    assert.ok((await panel.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
  });
});
