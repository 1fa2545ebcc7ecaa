/** The inspector's attention view in Chromium, with a host that answers: its pictures, by mouse and by keyboard. */
import assert from "node:assert/strict";
import { numberFormats } from "../../src/webview/shared/format";
import { attentionAnswers } from "./answers";
import { attentionPage, chosen, patterns, rowOf, state } from "./attentionPage";
import { scores } from "./states";

const { percent } = numberFormats("en");
const { nLayer, nHead } = state.model;

describe("the attention view's pictures", () => {
  const view = attentionPage();

  it("shows every head as a picture with a name that has its numbers", async () => {
    await view.open();
    await view.thumbnails().first().waitFor();
    assert.equal(await view.thumbnails().count(), nLayer * nHead);
    assert.match(
      (await view.thumbnails().nth(4).getAttribute("aria-label")) ?? "",
      /^Layer 1, head 1: Entropy .* bits, .* First token/,
    );
    const colors = await view.panel.page.locator(".thumbnails canvas").evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) return 0;
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return new Set(Array.from(new Uint32Array(Uint8Array.from(data).buffer))).size;
    });
    assert.ok(colors > 20, `${colors} colours`);
  });

  it("moves among the heads with the arrow keys and opens one with Enter", async () => {
    await view.open();
    await view.thumbnails().first().focus();
    for (const key of ["ArrowRight", "ArrowDown", "ArrowDown"]) await view.panel.page.keyboard.press(key);
    const focused = () => view.panel.page.evaluate(() => document.activeElement?.getAttribute("data-index"));
    assert.equal(await focused(), String(2 * nHead + 1));
    assert.equal(await view.panel.page.locator('.thumbnail[tabindex="0"]').count(), 1);
    await view.panel.page.keyboard.press("Enter");
    await view.panel.page.locator('.thumbnail[aria-selected="true"][data-index="7"]').waitFor();
    await view.panel.page.locator('gptw-heat-map [aria-label^="Attention of layer 2, head 1"]').waitFor();
    assert.equal(await focused(), "7");
  });

  it("sorts the heads by a number, and turns the order round", async () => {
    await view.open();
    await view.panel.page.locator(".heads select").selectOption("induction");
    const values = async () => {
      const texts = await view.panel.page.locator(".thumbnails .caption .number").allTextContents();
      return texts.map((text) => Number.parseFloat(text));
    };
    const down = await values();
    assert.deepEqual(
      down,
      [...down].sort((a, b) => b - a),
    );
    assert.notEqual(down[0], down.at(-1));
    await view.panel.page.getByLabel("Largest first").click();
    const up = await values();
    assert.deepEqual(
      up,
      [...up].sort((a, b) => a - b),
    );
  });

  it("has a table behind the pictures, which sorts by its headers and opens heads", async () => {
    await view.open();
    await view.panel.page.locator(".heads button", { hasText: "Table" }).click();
    const header = view.panel.page.locator(".head-table th", { hasText: "First token" });
    assert.equal(await header.getAttribute("aria-sort"), "none");
    await header.locator("button").focus();
    await view.panel.page.keyboard.press("Enter");
    assert.equal(await header.getAttribute("aria-sort"), "descending");
    await view.panel.page.keyboard.press("Enter");
    assert.equal(await header.getAttribute("aria-sort"), "ascending");
    const row = view.panel.page.locator(".head-table tbody tr", { hasText: "L3 H2" });
    await row.locator("button").focus();
    await view.panel.page.keyboard.press("Enter");
    await view.panel.page.locator('gptw-heat-map [aria-label^="Attention of layer 3, head 2"]').waitFor();
    assert.equal(await row.getAttribute("aria-current"), "true");
  });

  it("says the exact probability of the cell under the pointer, and what nothing means", async () => {
    await view.open();
    await view.thumbnails().nth(nHead).click(); // layer 1 is banded
    await view.drawnMap();
    const hover = async (query: number, key: number) =>
      view.surface().hover({ position: await view.cellPlace(query, key) });
    await hover(80, 70);
    await view
      .readout()
      .getByText(percent(rowOf(1, 0, 80)[70] ?? Number.NaN), { exact: true })
      .waitFor();
    await view.readout().getByText("81 ").waitFor();
    await hover(80, 10);
    await view.readout().getByText("not computed").waitFor();
    await hover(10, 80);
    await view.readout().getByText("comes later").waitFor();
  });

  it("chooses the query token with a click, the key token with Shift", async () => {
    await view.open();
    await view.drawnMap();
    const token = view.panel.page.locator(".stepper-token .place");
    await view.surface().click({ position: await view.cellPlace(90, 30) });
    await token.getByText("91", { exact: true }).waitFor();
    await view.surface().click({ position: await view.cellPlace(90, 30), modifiers: ["Shift"] });
    await token.getByText("31", { exact: true }).waitFor();
    await view.panel.page.locator("#tab-tokens").click();
    assert.equal(await view.panel.page.locator('[aria-selected="true"][data-index]').getAttribute("data-index"), "30");
  });

  it("is driven by the keyboard: cells, zoom, pan, choice", async () => {
    await view.open();
    await view.drawnMap();
    await view.surface().focus();
    await view.panel.page.keyboard.press("ArrowLeft");
    const [head] = [rowOf(0, 0, chosen)];
    await view
      .readout()
      .getByText(percent(head[chosen - 1] ?? 0), { exact: true })
      .waitFor();
    const whole = await view.pixels("gptw-heat-map canvas");
    for (let i = 0; i < 4; i++) await view.panel.page.keyboard.press("+");
    const near = await view.pixels("gptw-heat-map canvas");
    assert.notEqual(near, whole);
    await view.panel.page.keyboard.press("Shift+ArrowUp");
    assert.notEqual(await view.pixels("gptw-heat-map canvas"), near, "panned");
    await view.panel.page.keyboard.press("0");
    assert.equal(await view.pixels("gptw-heat-map canvas"), whole);
    await view.panel.page.keyboard.press("ArrowUp");
    await view.panel.page.keyboard.press("Enter");
    await view.panel.page.locator(".stepper-token .place").getByText(String(chosen), { exact: true }).waitFor();
  });

  it("zooms with Ctrl and the wheel at the pointer, and pans by dragging", async () => {
    await view.open();
    await view.drawnMap();
    const place = await view.cellPlace(80, 70);
    await view.surface().hover({ position: place });
    const before = await view.readout().textContent();
    await view.panel.page.keyboard.down("Control");
    for (let i = 0; i < 3; i++) await view.panel.page.mouse.wheel(0, -100);
    await view.panel.page.keyboard.up("Control");
    const near = await view.pixels("gptw-heat-map canvas");
    assert.equal(await view.readout().textContent(), before, "the same cell is under the pointer");
    await view.panel.page.mouse.down();
    await view.panel.page.mouse.move(700, 700, { steps: 4 });
    await view.panel.page.mouse.up();
    assert.notEqual(await view.pixels("gptw-heat-map canvas"), near);
    await view.panel.page
      .locator(".stepper-token .place")
      .getByText(String(chosen + 1), { exact: true })
      .waitFor();
    await view.panel.page.locator(".map-buttons button", { hasText: "Fit" }).click();
    await view.surface().hover({ position: await view.cellPlace(100, 2) });
    await view.readout().getByText("101 ").waitFor();
  });

  it("asks for the rows around the chosen token first, and for every row once", async () => {
    const long = { ...scores("const a = b;\n".repeat(60)), text: 2 };
    view.panel.answer(attentionAnswers(long));
    const { length } = long.tokens;
    await view.open(length - 1, long);
    const questions = await view.waitForAsked("analysis/matrix", Math.ceil(length / 256));
    const rows = questions.map(({ params }) => (params as { rows: [number, number] }).rows);
    assert.ok((rows[0]?.[0] ?? 0) <= length - 1 && length - 1 < (rows[0]?.[1] ?? 0));
    assert.equal(
      rows.reduce((sum, [from, to]) => sum + to - from, 0),
      length,
    );
    await view.panel.page.locator(".over").waitFor({ state: "detached" });
    await view.thumbnails().nth(1).click();
    await view.waitForAsked("analysis/matrix", 2 * rows.length);
    await view.thumbnails().nth(0).click();
    await view.panel.page.locator('gptw-heat-map [aria-label^="Attention of layer 0, head 0"]').waitFor();
    assert.equal((await view.asked("analysis/matrix")).length, 2 * rows.length, "the first head is kept");
  });

  it("shows means, maxima and rollout, and the strongest keys as a table", async () => {
    await view.open();
    const show = view.panel.page.locator(".picture select").first();
    for (const [option, source] of [
      ["layerMean", { kind: "layer", layer: 0, combine: "mean" }],
      ["allMax", { kind: "all", combine: "max" }],
      ["rollout", { kind: "rollout", layer: 0 }],
      ["head", { kind: "head", layer: 0, head: 0 }],
    ] as const) {
      await show.selectOption(option);
      await view.drawnMap();
      const sources = (await view.waitForAsked("analysis/matrix")).map(({ params }) =>
        JSON.stringify((params as { source: unknown }).source),
      );
      assert.ok(sources.includes(JSON.stringify(source)), option);
    }
    await view.panel.page.getByText("Show as table").click();
    const rows = view.panel.page.locator(".picture tbody tr");
    assert.equal(await rows.count(), 20);
    const best = [...rowOf(0, 0, chosen)].filter((p) => !Number.isNaN(p)).sort((a, b) => b - a);
    assert.ok((await rows.first().textContent())?.includes(percent(best[0] ?? 0)));
    assert.ok((await rows.last().textContent())?.includes(percent(best[19] ?? 0)));
  });

  it("shows the strongest key of each query when no token is chosen", async () => {
    await view.open(null);
    await view.drawnMap();
    await view.panel.page.getByText("Show as table").click();
    assert.equal(await view.panel.page.locator(".picture tbody tr").count(), 60);
  });

  it("draws flow as bars up to the query, and says where it is not computed", async () => {
    await view.open();
    await view.panel.page.locator(".picture select").first().selectOption("flow");
    await view.panel.page.locator(".flow-bar").first().waitFor();
    assert.equal(await view.panel.page.locator(".flow-bar").count(), chosen + 1);
    const long = { ...scores("a b c d\n".repeat(62)), text: 2 };
    view.panel.answer(attentionAnswers(long));
    await view.panel.show(long);
    await view.panel.send("inspector/select", 300);
    await view.panel.page.getByText("Flow is computed for the first 256 tokens").waitFor();
  });

  it("draws lines whose opacity is the probability, of the heads that are chosen", async () => {
    await view.open();
    await view.openPicture("lines");
    const lines = view.panel.page.locator(".lines .line");
    await lines.first().waitFor();
    const all = await lines.count();
    const toggles = view.panel.page.locator(".head-toggle");
    assert.equal(await toggles.count(), nHead);
    await toggles.nth(0).press("Enter");
    await toggles.nth(1).press("Enter");
    assert.equal(await toggles.nth(1).getAttribute("aria-pressed"), "false");
    assert.ok((await lines.count()) < all);
    const opacities = await lines.evaluateAll((found) =>
      found.map((line) => Number(line.getAttribute("stroke-opacity"))),
    );
    const row = rowOf(0, 2, chosen);
    assert.ok(Math.abs(Math.max(...opacities) - Math.max(...row.filter((p) => !Number.isNaN(p)))) < 1e-4);
    await view.panel.page.getByText("keys before the query are left out").waitFor();
    await view.panel.page.locator(".stepper button").first().click();
    await view.panel.page.locator(".lines .query", { hasText: state.tokens[chosen - 1]?.text.trim() ?? "" }).waitFor();
    await view.panel.page.getByText("Show as table").click();
    await view.panel.page.getByText("The three strongest keys of query 60").waitFor();
  });

  it("sums attention up by segments, or by paragraphs where none are named", async () => {
    await view.open();
    await view.openPicture("segments");
    const rows = view.panel.page.locator(".segments tbody tr");
    await view.panel.page.getByText("its paragraphs, which blank lines part").waitFor();
    assert.equal(await rows.count(), 2);
    const named = {
      ...state,
      text: 2,
      segments: [
        { name: "query", start: 0, end: 50 },
        { name: "<b>", start: 60, end: 100 },
      ],
    };
    view.panel.answer(attentionAnswers(named, patterns));
    await view.panel.show(named);
    await rows.getByText("<b>").waitFor();
    const numbers = await rows.last().locator("td .number").allTextContents();
    const sum = numbers.reduce((total, text) => total + Number.parseFloat(text), 0);
    assert.ok(numbers.length === 3 && Math.abs(sum - 100) < 0.2, numbers.join(" "));
  });

  it("says in words and per layer what can reach the chosen token", async () => {
    const banded = attentionAnswers(
      state,
      Array.from({ length: nLayer }, () => ({ kind: "banded", k: 4 }) as const),
    );
    view.panel.answer(banded);
    await view.open();
    await view.openPicture("reach");
    // Four layers that look back by three: 12 tokens before it, and itself.
    await view.panel.page
      .getByText("13 of the 61 tokens up to token 61 can influence it; the other 48 cannot")
      .waitFor();
    const cells = await view.panel.page.locator("gptw-attention-reach tbody tr td:last-child").allTextContents();
    assert.deepEqual(cells, ["1 of 61", "4 of 61", "7 of 61", "10 of 61", "13 of 61"]);
    await view.panel.page.getByText("banded, 4").first().waitFor();
  });
});
