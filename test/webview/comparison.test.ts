/** The comparison of two texts in Chromium. */
import assert from "node:assert/strict";
import { sumsOf, unitsOf } from "../../src/webview/inspector/comparison/units";
import { numberFormats } from "../../src/webview/shared/format";
import { comparison } from "./analysisAnswers";
import type { Panel } from "./page";
import { scoredTokens } from "./states";
import { assertAccessibleInThemes, viewTests } from "./viewsSupport";

const state = comparison();
const units = unitsOf(state);
const formats = numberFormats("en");

async function shown(panel: Panel, what = state): Promise<void> {
  await panel.show(what);
  await panel.page.locator(".unit").first().waitFor();
}

describe("the comparison", () => {
  const views = viewTests();
  const unit = (index: number, side = "both") =>
    views.panel.page.locator(`[data-side="${side}"] [data-unit="${index}"]`);
  const selected = () => views.panel.page.locator('.unit[aria-selected="true"]').first().getAttribute("data-unit");

  it("shows both totals, their difference, and that the differences shown add up to it", async () => {
    await shown(views.panel);
    const difference = formats.signed(state.b.summary.bits - state.a.summary.bits);
    const figures = await views.panel.page.locator(".figures dd").allTextContents();
    assert.deepEqual(figures, [
      formats.sum(state.a.summary.bits),
      formats.sum(state.b.summary.bits),
      difference,
      difference,
    ]);
    await views.panel.page
      .getByText(`The ${units.length} differences shown add up to ${difference} bits: the difference of the totals.`)
      .waitFor();
  });

  it("shows one text with what differs in it, coloured by bits", async () => {
    await shown(views.panel);
    assert.equal(await views.panel.page.locator(".unit").count(), units.length);
    const changed = units.find(({ kind }) => kind === "changed") ?? assert.fail();
    assert.equal(await unit(changed.index).textContent(), "A ·France B ·Germany");
    const paris = units.find(({ difference }) => difference > 4) ?? assert.fail();
    assert.match((await unit(paris.index).getAttribute("class")) ?? "", /difference-more-5/);
  });

  it("shows only differences on request, and how much is hidden", async () => {
    await shown(views.panel);
    await views.panel.page.locator(".only input").check();
    const kept = units.filter(({ kind, difference }) => kind !== "same" || Math.abs(difference) >= 0.1);
    await views.panel.page.waitForFunction((n) => document.querySelectorAll(".unit").length === n, kept.length);
    const sum = formats.signed(sumsOf(kept).difference);
    await views.panel.page.getByText(`The ${kept.length} differences shown add up to ${sum} of`).waitFor();
  });

  it("shows both texts side by side, the chosen tokens marked in both", async () => {
    await shown(views.panel);
    await views.panel.page.locator("select.layout").selectOption("sideBySide");
    const changed = units.find(({ kind }) => kind === "changed") ?? assert.fail();
    await unit(changed.index, "a").click();
    assert.equal(await unit(changed.index, "b").getAttribute("aria-selected"), "true");
    const count = (side: "a" | "b") => views.panel.page.locator(`[data-side="${side}"] .unit`).count();
    assert.deepEqual([await count("a"), await count("b")], [state.a.tokens.length, state.b.tokens.length]);
    const [a, b] = [await unit(changed.index, "a").boundingBox(), await unit(changed.index, "b").boundingBox()];
    assert.ok(a && b && a.x + a.width < b.x && Math.abs(a.y - b.y) < 4, "beside each other, on one line");
    await views.panel.page.locator("#details").getByText("changed").waitFor();
  });

  it("is moved in by keys, with one tab stop", async () => {
    await shown(views.panel);
    assert.equal(await views.panel.page.locator('.unit[tabindex="0"]').count(), 1);
    await unit(0).click();
    await views.panel.page.keyboard.press("ArrowRight");
    assert.equal(await selected(), "1");
    await views.panel.page.keyboard.press("ArrowDown");
    const below = Number(await selected());
    const [from, to] = [await unit(1).boundingBox(), await unit(below).boundingBox()];
    assert.ok(from && to && to.y > from.y, "on the next line");
    await views.panel.page.keyboard.press("Control+End");
    assert.equal(await selected(), String(units.length - 1));
    await views.panel.page.keyboard.press("Escape");
    assert.equal(await views.panel.page.evaluate(() => document.activeElement?.id), "details");
  });

  it("lists the tokens that made the difference, and leads to each", async () => {
    await shown(views.panel);
    const rows = views.panel.page.locator('section[aria-labelledby="largest-title"] tbody tr');
    const bits = (await rows.locator(".chip").allTextContents()).map((text) => Math.abs(Number(text)));
    assert.ok(bits.length >= 10);
    assert.deepEqual(
      bits,
      [...bits].sort((a, b) => b - a),
    );
    await rows.nth(1).locator("button").click();
    const largest = [...units].sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference))[1];
    assert.equal(await selected(), String(largest?.index));
  });

  it("ranks the heads, or says why it cannot", async () => {
    await shown(views.panel);
    const table = views.panel.page.locator(".heads-content .numbers tbody tr");
    const numbers = (await table.locator(".number").allTextContents()).map(Number);
    assert.equal(numbers.length, 10);
    assert.deepEqual(
      numbers,
      [...numbers].sort((a, b) => b - a),
    );
    assert.equal(await views.panel.page.locator(".heads-grid tbody td").count(), 144);
    await shown(views.panel, { ...state, heads: null, headsReason: "The models have other layers and heads." });
    await views.panel.page.getByText("The models have other layers and heads.").waitFor();
  });

  it("is kept over a reload", async () => {
    await shown(views.panel);
    const kept = await views.panel.kept();
    const again = await views.open({ kept: JSON.parse(JSON.stringify(kept)) });
    await again.page.locator(".unit").first().waitFor();
    assert.equal(await again.page.locator(".unit").count(), units.length);
    const odd = await views.open({ kept: { state: { ...state, alignment: [3] }, selected: null, tab: "tokens" } });
    await odd.page.getByText("Nothing to inspect yet").waitFor();
  });

  it("shows hostile text as text", async () => {
    const hostile = "<img src=x onerror=alert(1)>\u202e <script>alert(2)</script>";
    const tokens = state.a.tokens.map((token) => ({ ...token, text: hostile }));
    await shown(views.panel, { ...state, title: hostile, a: { ...state.a, label: hostile, tokens } });
    assert.equal(await views.panel.page.locator("img, gptw-inspector script").count(), 0);
  });

  it("draws twice 1,024 tokens, and lets the browser skip lines that are out of sight", async () => {
    const tokens = scoredTokens("a line of text\n".repeat(205), false).slice(0, 1024);
    const whole = [0, tokens.length] as const;
    const alignment = [{ kind: "same", a: whole, b: whole, bitsA: 0, bitsB: 0 }] as const;
    const side = (of: typeof state.a) => ({ ...of, tokens });
    await shown(views.panel, { ...state, a: side(state.a), b: side(state.b), alignment });
    await views.panel.page.locator("select.layout").selectOption("sideBySide");
    await views.panel.page.waitForFunction(() => document.querySelectorAll(".unit").length === 2048);
    const visibility = await views.panel.page.evaluate(() =>
      Array.from(document.querySelectorAll(".unit-line"), (line) => getComputedStyle(line).contentVisibility),
    );
    assert.deepEqual([...new Set(visibility)], ["auto"]);
    await unit(0, "a").click();
    await views.panel.page.keyboard.press("Control+End");
    assert.equal(await selected(), "1023");
  });

  it("has nothing serious against accessibility in any theme", async () => {
    const { panel } = views;
    await shown(panel);
    await panel.page.locator(".unit.changed").first().click();
    await assertAccessibleInThemes(panel);
    await panel.page.locator("select.layout").selectOption("sideBySide");
    await assertAccessibleInThemes(panel);
  });

  it("fits a narrow panel", async () => {
    const panel = await views.open({ width: 320 });
    await shown(panel);
    assert.ok((await panel.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
  });
});
