/** The tab Ablation in Chromium, with a host that answers. */
import assert from "node:assert/strict";
import type { PanelAblation } from "../../src/runtime/analysisPanelProtocol";
import { numberFormats } from "../../src/webview/shared/format";
import { ablationAnswer, deepScores } from "./analysisAnswers";
import type { Panel } from "./page";
import { assertAccessibleInThemes, told, viewTests, waitForTold } from "./viewsSupport";

const state = deepScores(4, 3);
const chosen = 12;

async function openAblation(panel: Panel, token: number | null = chosen): Promise<void> {
  panel.answer("analysis/ablation", ablationAnswer(state));
  await panel.show(state);
  await panel.page.locator('[role="option"]').first().waitFor();
  if (token !== null) await panel.page.locator('[role="option"]').nth(token).click();
  await panel.page.locator("#tab-ablation").click();
}

describe("ablation", () => {
  const views = viewTests();
  const part = (row: number, column: number) => views.panel.page.locator(`#part-${row}-${column}`);
  const asked = async () => (await told(views.panel, "analysis/ablation")).map(({ params }) => params as PanelAblation);

  it("says what to do while no token is chosen, or the first", async () => {
    await openAblation(views.panel, null);
    await views.panel.page.getByText("Choose a token in the tab Tokens first").waitFor();
    await views.panel.send("inspector/select", 0);
    await views.panel.page.getByText("Nothing stands before the first token").waitFor();
  });

  it("measures one cell by a click or Enter, once", async () => {
    await openAblation(views.panel);
    await part(1, 2).click();
    await part(1, 2)
      .getByText(/[+-]?\d\.\d\d/)
      .waitFor();
    const [question] = await asked();
    assert.deepEqual(question?.sets, [[{ kind: "head", layer: 1, head: 2 }]]);
    assert.deepEqual(question?.items, [{ place: chosen, id: state.tokens[chosen]?.id }]);
    await part(1, 2).click();
    await views.panel.page.keyboard.press("ArrowRight");
    await views.panel.page.keyboard.press("Enter");
    await part(1, 3)
      .getByText(/\d\.\d\d/)
      .waitFor();
    assert.deepEqual((await asked()).at(-1)?.sets, [[{ kind: "mlp", layer: 1 }]]);
    assert.equal((await asked()).length, 2);
    await views.panel.page.locator(".current-part").getByText("Without the MLP of layer 1, p").waitFor();
  });

  it("measures everything layer by layer, and lists the strongest effects in words", async () => {
    await openAblation(views.panel);
    await views.panel.page.locator(".sweep").click();
    await views.panel.page.getByText("All 16 Parts Measured").waitFor();
    const sets = (await asked()).map((question) => question.sets.length);
    assert.deepEqual(sets, [4, 4, 4, 4]);
    assert.equal(await views.panel.page.locator(".part.unknown").count(), 0);
    const p = numberFormats("en").percent(Math.exp(state.tokens[chosen]?.prediction?.logprob ?? 0));
    const first = await views.panel.page.locator(".effects .sentence").first().textContent();
    assert.match(first ?? "", new RegExp(`^Without .+, p (falls|rises) from ${p} to [\\d.]+%\\.$`));
    const bits = (await views.panel.page.locator(".effects tbody .number:nth-child(2)").allTextContents()).map((text) =>
      Math.abs(Number(text)),
    );
    assert.deepEqual(
      bits,
      [...bits].sort((a, b) => b - a),
    );
  });

  it("shows progress, and keeps what it has when it is stopped", async () => {
    const { panel } = views;
    await openAblation(panel);
    const answer = ablationAnswer(state);
    let open = 2;
    panel.answer("analysis/ablation", (params) => (open-- > 0 ? answer(params) : new Promise(() => undefined)));
    await panel.page.locator(".sweep").click();
    await panel.page.getByText("Measuring the layers: 2 of 4").waitFor();
    await panel.page.locator(".stop").click();
    await waitForTold(panel, "$/cancelRequest");
    await panel.page.locator(".sweep").waitFor();
    assert.equal(await panel.page.locator(".part.unknown").count(), 8);
    panel.answer("analysis/ablation", answer);
    await panel.page.locator(".sweep").click();
    await panel.page.getByText("All 16 Parts Measured").waitFor();
    assert.equal((await asked()).flatMap(({ sets }) => sets).length, 16 + 4);
  });

  it("watches an alternative in place of the text's own token", async () => {
    await openAblation(views.panel);
    await part(0, 0).click();
    await part(0, 0).getByText(/\d/).waitFor();
    const other = state.tokens[chosen]?.prediction?.top.find(({ id }) => id !== state.tokens[chosen]?.id);
    await views.panel.page.locator("select.watched").selectOption(String(other?.id));
    await part(0, 0).getByText("–").waitFor();
    await part(0, 0).click();
    await part(0, 0).getByText(/\d/).waitFor();
    assert.deepEqual((await asked()).at(-1)?.items, [{ place: chosen, id: other?.id }]);
  });

  it("switches several parts off together, chosen by keys and by Ctrl+click", async () => {
    await openAblation(views.panel);
    const button = views.panel.page.locator(".together");
    assert.equal(await button.getAttribute("disabled"), "");
    await part(0, 1).click();
    await views.panel.page.keyboard.press(" ");
    await part(2, 3).click({ modifiers: ["Control"] });
    const together = views.panel.page.locator('.part[aria-selected="true"]');
    await together.nth(1).waitFor();
    assert.equal(await together.count(), 2);
    await views.panel.page.getByText("Chosen: L0 H1, L2 MLP.").waitFor();
    await button.click();
    await views.panel.page.getByText(/Without layer 0 head 1 and the MLP of layer 2, p (falls|rises|stays)/).waitFor();
    const last = (await asked()).at(-1);
    assert.deepEqual(last?.sets, [
      [
        { kind: "head", layer: 0, head: 1 },
        { kind: "mlp", layer: 2 },
      ],
    ]);
  });

  it("measures the same sets on several places, with means and intervals", async () => {
    const { panel } = views;
    await openAblation(panel);
    await panel.page.locator(".sweep").click();
    await panel.page.getByText("All 16 Parts Measured").waitFor();
    await panel.page.locator(".measure-batch").click();
    await panel.page.getByText("32 random places, seed 1").waitFor();
    const table = panel.page.locator("section", { hasText: "On several places" }).locator("table");
    await panel.page.waitForFunction(
      () => document.querySelectorAll("section[aria-labelledby=batch-title] tbody tr").length === 5,
    );
    assert.match((await table.locator("tbody tr").first().textContent()) ?? "", /[+-]\d\.\d\d to [+-]\d\.\d\d/);
    const items = (await asked()).at(-1)?.items ?? [];
    assert.equal(items.length, 32);
    for (const { place, id } of items) assert.equal(state.tokens[place]?.id, id);
    await panel.page.locator("select.batch-kind").selectOption("token");
    await panel.page.locator(".measure-batch").click();
    await panel.page.getByText(/^\d+ places? of the watched token$/).waitFor();
    const same = (await asked()).at(-1)?.items ?? [];
    assert.ok(same.every(({ id }) => id === state.tokens[chosen]?.id));
  });

  it("is moved in by keys, with one tab stop, and names every cell", async () => {
    await openAblation(views.panel);
    assert.equal(await views.panel.page.locator('.part[tabindex="0"]').count(), 1);
    await part(0, 0).focus();
    for (const key of ["ArrowDown", "ArrowRight", "End", "Control+End"]) await views.panel.page.keyboard.press(key);
    await part(3, 3).and(views.panel.page.locator(":focus")).waitFor();
    assert.equal(await part(3, 3).getAttribute("aria-label"), "the MLP of layer 3: not measured");
  });

  it("keeps its measures while another token is looked at", async () => {
    const { panel } = views;
    await openAblation(panel);
    await panel.page.locator(".sweep").click();
    await panel.page.getByText("All 16 Parts Measured").waitFor();
    await panel.send("inspector/select", 20);
    await panel.page.getByText("Token 21").waitFor();
    assert.equal(await panel.page.locator(".part.unknown").count(), 16);
    await panel.send("inspector/select", chosen);
    await panel.page.getByText("All 16 Parts Measured").waitFor();
    assert.equal((await asked()).length, 4);
  });

  it("has nothing serious against accessibility in any theme", async () => {
    const { panel } = views;
    await openAblation(panel);
    await panel.page.locator(".sweep").click();
    await panel.page.getByText("All 16 Parts Measured").waitFor();
    await panel.page.locator("#part-1-1").click({ modifiers: ["Control"] });
    await assertAccessibleInThemes(panel);
  });

  it("fits a narrow panel", async () => {
    const panel = await views.open({ width: 320 });
    await openAblation(panel);
    await panel.page.locator(".parts").waitFor();
    assert.ok((await panel.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
  });
});
