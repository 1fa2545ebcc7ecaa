/** The tab Salience in Chromium, with a host that answers. */
import assert from "node:assert/strict";
import type { PanelSalience } from "../../src/runtime/analysisPanelProtocol";
import { deepScores, salienceAnswer } from "./analysisAnswers";
import type { Panel } from "./page";
import { assertAccessibleInThemes, told, viewTests, waitForTold } from "./viewsSupport";

const state = deepScores(4, 3);
const chosen = 12;

async function openSalience(panel: Panel, token: number | null = chosen, shown = state): Promise<void> {
  panel.answer("analysis/salience", salienceAnswer(shown));
  await panel.show(shown);
  await panel.page.locator('[role="option"]').first().waitFor();
  if (token !== null) await panel.page.locator('[role="option"]').nth(token).click();
  await panel.page.locator("#tab-salience").click();
}

describe("salience", () => {
  const views = viewTests();
  const asked = async () => (await told(views.panel, "analysis/salience")).map(({ params }) => params as PanelSalience);
  const tokens = () => views.panel.page.locator(".salience-token");

  it("says what to do while no token is chosen, or the first", async () => {
    await openSalience(views.panel, null);
    await views.panel.page.getByText("Choose a token in the tab Tokens first").waitFor();
    await views.panel.send("inspector/select", 0);
    await views.panel.page.getByText("Nothing stands before the first token").waitFor();
    assert.deepEqual(await asked(), []);
  });

  it("colours every token before the prediction, blue for it and orange against it", async () => {
    await openSalience(views.panel);
    await tokens().first().waitFor();
    assert.equal(await tokens().count(), chosen);
    assert.deepEqual(await asked(), [{ text: state.text, kind: "token", place: chosen, id: state.tokens[chosen]?.id }]);
    const classes = await tokens().evaluateAll((all) => all.map((one) => one.className));
    assert.match(classes[11] ?? "", /difference-more-5/);
    assert.match(classes[9] ?? "", /difference-less-\d/);
    assert.match((await tokens().nth(11).getAttribute("aria-label")) ?? "", /: \+2\.89 bits$/);
    const first = views.panel.page.locator(".salience-table tbody tr").first();
    assert.match((await first.textContent()) ?? "", /^\s*12\s.*\+2\.89\s+5\.77\s*$/s);
  });

  it("is opened from the chosen token's details", async () => {
    views.panel.answer("analysis/salience", salienceAnswer(state));
    await views.panel.show(state);
    await views.panel.page.locator('[role="option"]').nth(chosen).click();
    await views.panel.page.locator(".salience-button").click();
    await tokens().first().waitFor();
    assert.equal(await views.panel.page.locator("#tab-salience").getAttribute("aria-selected"), "true");
  });

  it("follows an alternative, goes to another place, and asks nothing twice", async () => {
    await openSalience(views.panel);
    await tokens().first().waitFor();
    const own = state.tokens[chosen]?.id;
    const other = state.tokens[chosen]?.prediction?.top.find(({ id }) => id !== own)?.id;
    const select = views.panel.page.locator("select.followed");
    await select.selectOption({ index: 1 });
    await waitForTold(views.panel, "analysis/salience", 2);
    assert.deepEqual((await asked())[1], { text: state.text, kind: "token", place: chosen, id: other });
    await tokens()
      .nth(chosen - 1)
      .waitFor();
    await select.selectOption({ index: 0 });
    await views.panel.page.locator(".salience-table .link").first().click();
    await views.panel.page.getByText("Token 12").waitFor();
    await tokens()
      .nth(chosen - 2)
      .waitFor();
    await views.panel.send("inspector/select", chosen);
    await views.panel.page.getByText("Token 13").waitFor();
    assert.equal((await asked()).length, 3);
  });

  it("follows a label of a classifier over the whole text", async () => {
    const labelled = { ...state, model: { ...state.model, labels: ["negative", "positive"] } };
    await openSalience(views.panel, null, labelled);
    await tokens().first().waitFor();
    assert.deepEqual(await asked(), [{ text: state.text, kind: "label", label: "negative" }]);
    assert.equal(await tokens().count(), state.tokens.length);
    await views.panel.page.locator("select.followed").selectOption({ label: "label: positive" });
    await waitForTold(views.panel, "analysis/salience", 2);
  });

  it("cancels what another place makes needless, and tells of a failure", async () => {
    const { panel } = views;
    await panel.show(state);
    panel.answer("analysis/salience", () => new Promise(() => undefined));
    await panel.page.locator('[role="option"]').nth(chosen).click();
    await panel.page.locator("#tab-salience").click();
    await waitForTold(panel, "analysis/salience");
    panel.answer("analysis/salience", () => ({
      kind: "failed",
      error: { code: "invalidRequest", message: "The model is quantized.", hint: "Use another." },
    }));
    await panel.send("inspector/select", 5);
    await waitForTold(panel, "$/cancelRequest");
    await panel.page.getByText("The model is quantized.").waitFor();
    panel.answer("analysis/salience", salienceAnswer(state));
    await panel.page.getByText("Try Again").click();
    await tokens().nth(4).waitFor();
  });

  it("ends lines where the text does, and between tokens, and fits a narrow panel", async () => {
    const labelled = { ...state, model: { ...state.model, labels: ["negative", "positive"] } };
    const panel = await views.open({ width: 320 });
    await openSalience(panel, null, labelled);
    await panel.page.locator(".salience-token").first().waitFor();
    const right = await panel.page
      .locator(".salience-token, .salience .legend, .salience-table")
      .evaluateAll((all) => Math.max(...all.map((one) => one.getBoundingClientRect().right)));
    assert.ok(right <= 320, `${right} px`);
    const first = await panel.page
      .locator(".salience-token")
      .evaluateAll((all) =>
        all.map((one) => ({ text: one.textContent ?? "", left: one.getBoundingClientRect().left })),
      );
    const ended = first.findIndex(({ text }) => text.includes("↵"));
    assert.ok(ended > 0);
    assert.equal(first[ended + 1]?.left, first[0]?.left);
  });

  it("has nothing serious against accessibility in any theme", async () => {
    const { panel } = views;
    await openSalience(panel);
    await panel.page.locator(".salience-token").first().waitFor();
    await assertAccessibleInThemes(panel);
  });
});
