/** The inspector's attention view in Chromium, with a host that answers. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import axe from "axe-core";
import type { Browser, Locator } from "playwright-core";
import type { PictureId } from "../../src/webview/inspector/attention/choice";
import type { DataTable, Picture } from "../../src/webview/inspector/attention/exportable";
import { numberFormats } from "../../src/webview/shared/format";
import { launchBrowser } from "../vscode/workbench";
import { alternating, attentionAnswers, attentionRows } from "./answers";
import { type Answers, openPanel, type Panel, type PanelMessage, servePanel } from "./page";
import { scores } from "./states";
import { type ThemeName, themes } from "./themes";

const state = scores();
const { percent } = numberFormats("en");
const { nLayer, nHead } = state.model;
const patterns = alternating(nLayer, 24);
const rowOf = attentionRows(state.tokens, patterns, nHead);
const chosen = 60;

describe("the attention view", () => {
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
    panel = await openPanel(browser, server, { height: 900, answers: attentionAnswers(state, patterns) });
  });
  afterEach(async () => {
    const problems = [...panel.problems];
    await panel.close();
    assert.deepEqual(problems, [], "the page reported problems");
  });

  const thumbnails = () => panel.page.locator(".thumbnail");
  const readout = () => panel.page.locator(".readout");
  const surface = () => panel.page.locator(".map-surface");

  /** Shows `shown` and opens the view. */
  async function open(token: number | null = chosen, shown = state): Promise<void> {
    await panel.show(shown);
    const tokens = panel.page.locator('[role="option"]');
    await tokens.first().waitFor();
    if (token !== null) await panel.send("inspector/select", token);
    await panel.page.locator("#tab-attention").click();
  }

  async function openPicture(id: PictureId): Promise<void> {
    await thumbnails().first().waitFor();
    await panel.page.locator(`#tab-${id}`).click();
  }

  async function asked(method: string): Promise<readonly PanelMessage[]> {
    return (await panel.told()).filter((message) => message.method === method);
  }

  async function waitForAsked(method: string, count = 1): Promise<readonly PanelMessage[]> {
    for (let i = 0; i < 200; i++) {
      const messages = await asked(method);
      if (messages.length >= count) return messages;
      await panel.page.waitForTimeout(20);
    }
    throw new Error(`the host was not asked ${method} ${count} times`);
  }

  /** Pixels of a canvas, as text that differs when they do. */
  const pixels = (selector: string) =>
    panel.page.locator(selector).evaluate(async (canvas) => {
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      return canvas instanceof HTMLCanvasElement ? canvas.toDataURL() : "";
    });

  /** The middle of a cell of the whole map, from the upper left corner of the surface. */
  async function cellPlace(query: number, key: number): Promise<{ x: number; y: number }> {
    const box = (await surface().boundingBox()) ?? assert.fail();
    const cell = Math.min((box.width - 40) / state.tokens.length, (box.height - 22) / state.tokens.length);
    return { x: 40 + (key + 0.5) * cell, y: 22 + (query + 0.5) * cell };
  }

  const drawnMap = () => panel.page.locator("gptw-heat-map canvas").waitFor();

  it("shows every head as a picture with a name that has its numbers", async () => {
    await open();
    await thumbnails().first().waitFor();
    assert.equal(await thumbnails().count(), nLayer * nHead);
    assert.match(
      (await thumbnails().nth(4).getAttribute("aria-label")) ?? "",
      /^Layer 1, head 1: Entropy .* bits, .* First token/,
    );
    const colors = await panel.page.locator(".thumbnails canvas").evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) return 0;
      const data = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return new Set(Array.from(new Uint32Array(Uint8Array.from(data).buffer))).size;
    });
    assert.ok(colors > 20, `${colors} colours`);
  });

  it("moves among the heads with the arrow keys and opens one with Enter", async () => {
    await open();
    await thumbnails().first().focus();
    for (const key of ["ArrowRight", "ArrowDown", "ArrowDown"]) await panel.page.keyboard.press(key);
    const focused = () => panel.page.evaluate(() => document.activeElement?.getAttribute("data-index"));
    assert.equal(await focused(), String(2 * nHead + 1));
    assert.equal(await panel.page.locator('.thumbnail[tabindex="0"]').count(), 1);
    await panel.page.keyboard.press("Enter");
    await panel.page.locator('.thumbnail[aria-selected="true"][data-index="7"]').waitFor();
    await panel.page.locator('gptw-heat-map [aria-label^="Attention of layer 2, head 1"]').waitFor();
    assert.equal(await focused(), "7");
  });

  it("sorts the heads by a number, and turns the order round", async () => {
    await open();
    await panel.page.locator(".heads select").selectOption("induction");
    const values = async () => {
      const texts = await panel.page.locator(".thumbnails .caption .number").allTextContents();
      return texts.map((text) => Number.parseFloat(text));
    };
    const down = await values();
    assert.deepEqual(
      down,
      [...down].sort((a, b) => b - a),
    );
    assert.notEqual(down[0], down.at(-1));
    await panel.page.getByLabel("Largest first").click();
    const up = await values();
    assert.deepEqual(
      up,
      [...up].sort((a, b) => a - b),
    );
  });

  it("has a table behind the pictures, which sorts by its headers and opens heads", async () => {
    await open();
    await panel.page.locator(".heads button", { hasText: "Table" }).click();
    const header = panel.page.locator(".head-table th", { hasText: "First token" });
    assert.equal(await header.getAttribute("aria-sort"), "none");
    await header.locator("button").focus();
    await panel.page.keyboard.press("Enter");
    assert.equal(await header.getAttribute("aria-sort"), "descending");
    await panel.page.keyboard.press("Enter");
    assert.equal(await header.getAttribute("aria-sort"), "ascending");
    const row = panel.page.locator(".head-table tbody tr", { hasText: "L3 H2" });
    await row.locator("button").focus();
    await panel.page.keyboard.press("Enter");
    await panel.page.locator('gptw-heat-map [aria-label^="Attention of layer 3, head 2"]').waitFor();
    assert.equal(await row.getAttribute("aria-current"), "true");
  });

  it("says the exact probability of the cell under the pointer, and what nothing means", async () => {
    await open();
    await thumbnails().nth(nHead).click(); // layer 1 is banded
    await drawnMap();
    const hover = async (query: number, key: number) => surface().hover({ position: await cellPlace(query, key) });
    await hover(80, 70);
    await readout()
      .getByText(percent(rowOf(1, 0, 80)[70] ?? Number.NaN), { exact: true })
      .waitFor();
    await readout().getByText("81 ").waitFor();
    await hover(80, 10);
    await readout().getByText("not computed").waitFor();
    await hover(10, 80);
    await readout().getByText("comes later").waitFor();
  });

  it("chooses the query token with a click, the key token with Shift", async () => {
    await open();
    await drawnMap();
    const token = panel.page.locator(".stepper-token .place");
    await surface().click({ position: await cellPlace(90, 30) });
    await token.getByText("91", { exact: true }).waitFor();
    await surface().click({ position: await cellPlace(90, 30), modifiers: ["Shift"] });
    await token.getByText("31", { exact: true }).waitFor();
    await panel.page.locator("#tab-tokens").click();
    assert.equal(await panel.page.locator('[aria-selected="true"][data-index]').getAttribute("data-index"), "30");
  });

  it("is driven by the keyboard: cells, zoom, pan, choice", async () => {
    await open();
    await drawnMap();
    await surface().focus();
    await panel.page.keyboard.press("ArrowLeft");
    const [head] = [rowOf(0, 0, chosen)];
    await readout()
      .getByText(percent(head[chosen - 1] ?? 0), { exact: true })
      .waitFor();
    const whole = await pixels("gptw-heat-map canvas");
    for (let i = 0; i < 4; i++) await panel.page.keyboard.press("+");
    const near = await pixels("gptw-heat-map canvas");
    assert.notEqual(near, whole);
    await panel.page.keyboard.press("Shift+ArrowUp");
    assert.notEqual(await pixels("gptw-heat-map canvas"), near, "panned");
    await panel.page.keyboard.press("0");
    assert.equal(await pixels("gptw-heat-map canvas"), whole);
    await panel.page.keyboard.press("ArrowUp");
    await panel.page.keyboard.press("Enter");
    await panel.page.locator(".stepper-token .place").getByText(String(chosen), { exact: true }).waitFor();
  });

  it("zooms with Ctrl and the wheel at the pointer, and pans by dragging", async () => {
    await open();
    await drawnMap();
    const place = await cellPlace(80, 70);
    await surface().hover({ position: place });
    const before = await readout().textContent();
    await panel.page.keyboard.down("Control");
    for (let i = 0; i < 3; i++) await panel.page.mouse.wheel(0, -100);
    await panel.page.keyboard.up("Control");
    const near = await pixels("gptw-heat-map canvas");
    assert.equal(await readout().textContent(), before, "the same cell is under the pointer");
    await panel.page.mouse.down();
    await panel.page.mouse.move(700, 700, { steps: 4 });
    await panel.page.mouse.up();
    assert.notEqual(await pixels("gptw-heat-map canvas"), near);
    await panel.page
      .locator(".stepper-token .place")
      .getByText(String(chosen + 1), { exact: true })
      .waitFor();
    await panel.page.locator(".map-buttons button", { hasText: "Fit" }).click();
    await surface().hover({ position: await cellPlace(100, 2) });
    await readout().getByText("101 ").waitFor();
  });

  it("asks for the rows around the chosen token first, and for every row once", async () => {
    const long = { ...scores("const a = b;\n".repeat(60)), text: 2 };
    panel.answer(attentionAnswers(long));
    const { length } = long.tokens;
    await open(length - 1, long);
    const questions = await waitForAsked("analysis/matrix", Math.ceil(length / 256));
    const rows = questions.map(({ params }) => (params as { rows: [number, number] }).rows);
    assert.ok((rows[0]?.[0] ?? 0) <= length - 1 && length - 1 < (rows[0]?.[1] ?? 0));
    assert.equal(
      rows.reduce((sum, [from, to]) => sum + to - from, 0),
      length,
    );
    await panel.page.locator(".over").waitFor({ state: "detached" });
    await thumbnails().nth(1).click();
    await waitForAsked("analysis/matrix", 2 * rows.length);
    await thumbnails().nth(0).click();
    await panel.page.locator('gptw-heat-map [aria-label^="Attention of layer 0, head 0"]').waitFor();
    assert.equal((await asked("analysis/matrix")).length, 2 * rows.length, "the first head is kept");
  });

  it("shows means, maxima and rollout, and the strongest keys as a table", async () => {
    await open();
    const show = panel.page.locator(".picture select").first();
    for (const [option, source] of [
      ["layerMean", { kind: "layer", layer: 0, combine: "mean" }],
      ["allMax", { kind: "all", combine: "max" }],
      ["rollout", { kind: "rollout", layer: 0 }],
      ["head", { kind: "head", layer: 0, head: 0 }],
    ] as const) {
      await show.selectOption(option);
      await drawnMap();
      const sources = (await waitForAsked("analysis/matrix")).map(({ params }) =>
        JSON.stringify((params as { source: unknown }).source),
      );
      assert.ok(sources.includes(JSON.stringify(source)), option);
    }
    await panel.page.getByText("Show as table").click();
    const rows = panel.page.locator(".picture tbody tr");
    assert.equal(await rows.count(), 20);
    const best = [...rowOf(0, 0, chosen)].filter((p) => !Number.isNaN(p)).sort((a, b) => b - a);
    assert.ok((await rows.first().textContent())?.includes(percent(best[0] ?? 0)));
    assert.ok((await rows.last().textContent())?.includes(percent(best[19] ?? 0)));
  });

  it("shows the strongest key of each query when no token is chosen", async () => {
    await open(null);
    await drawnMap();
    await panel.page.getByText("Show as table").click();
    assert.equal(await panel.page.locator(".picture tbody tr").count(), 60);
  });

  it("draws flow as bars up to the query, and says where it is not computed", async () => {
    await open();
    await panel.page.locator(".picture select").first().selectOption("flow");
    await panel.page.locator(".flow-bar").first().waitFor();
    assert.equal(await panel.page.locator(".flow-bar").count(), chosen + 1);
    const long = { ...scores("a b c d\n".repeat(62)), text: 2 };
    panel.answer(attentionAnswers(long));
    await panel.show(long);
    await panel.send("inspector/select", 300);
    await panel.page.getByText("Flow is computed for the first 256 tokens").waitFor();
  });

  it("draws lines whose opacity is the probability, of the heads that are chosen", async () => {
    await open();
    await openPicture("lines");
    const lines = panel.page.locator(".lines .line");
    await lines.first().waitFor();
    const all = await lines.count();
    const toggles = panel.page.locator(".head-toggle");
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
    await panel.page.getByText("keys before the query are left out").waitFor();
    await panel.page.locator(".stepper button").first().click();
    await panel.page.locator(".lines .query", { hasText: state.tokens[chosen - 1]?.text.trim() ?? "" }).waitFor();
    await panel.page.getByText("Show as table").click();
    await panel.page.getByText("The three strongest keys of query 60").waitFor();
  });

  it("sums attention up by segments, or by paragraphs where none are named", async () => {
    await open();
    await openPicture("segments");
    const rows = panel.page.locator(".segments tbody tr");
    await panel.page.getByText("its paragraphs, which blank lines part").waitFor();
    assert.equal(await rows.count(), 2);
    const named = {
      ...state,
      text: 2,
      segments: [
        { name: "query", start: 0, end: 50 },
        { name: "<b>", start: 60, end: 100 },
      ],
    };
    panel.answer(attentionAnswers(named, patterns));
    await panel.show(named);
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
    panel.answer(banded);
    await open();
    await openPicture("reach");
    // Four layers that look back by three: 12 tokens before it, and itself.
    await panel.page.getByText("13 of the 61 tokens up to token 61 can influence it; the other 48 cannot").waitFor();
    const cells = await panel.page.locator("gptw-attention-reach tbody tr td:last-child").allTextContents();
    assert.deepEqual(cells, ["1 of 61", "4 of 61", "7 of 61", "10 of 61", "13 of 61"]);
    await panel.page.getByText("banded, 4").first().waitFor();
  });

  it("shows how far a question is, gives it up, and asks again", async () => {
    panel.answer({});
    await open();
    await panel.send("analysis/progress", { stage: "analyzing", done: 1, total: 4 });
    const heads = panel.page.locator(".heads");
    await heads.getByText("25%").waitFor();
    await heads.locator("vscode-button", { hasText: "Cancel" }).click();
    await heads.getByText("Cancelled.").waitFor();
    const cancelled = await waitForAsked("$/cancelRequest");
    assert.ok(cancelled.length > 0);
    panel.answer(attentionAnswers(state, patterns));
    await heads.locator("vscode-button", { hasText: "Ask Again" }).click();
    await thumbnails().first().waitFor();
  });

  it("says what went wrong and what to do, and shows the log", async () => {
    const error = { code: "contextLength", message: "The text does not fit.", hint: "Choose a shorter one." };
    const fails: Answers = Object.fromEntries(
      ["overview", "matrix"].map((name) => [`analysis/${name}`, () => ({ kind: "failed", error })]),
    );
    panel.answer(fails);
    await open();
    const notice = panel.page.locator(".heads [role=alert]");
    await notice.getByText("The text does not fit.").waitFor();
    await notice.getByText("Choose a shorter one.").waitFor();
    await notice.locator("vscode-button", { hasText: "Show Log" }).click();
    await waitForAsked("inspector/openLog");
  });

  it("aborts its questions when it is left, and asks anew about another text", async () => {
    panel.answer({});
    await open();
    const before = (await waitForAsked("analysis/matrix")).length + (await asked("analysis/overview")).length;
    assert.equal(before, 2);
    await panel.page.locator("#tab-tokens").click();
    await waitForAsked("$/cancelRequest", 2);
    await panel.page.locator("#tab-attention").click();
    await waitForAsked("analysis/overview", 2);
    panel.answer({ "analysis/overview": () => ({ kind: "outdated" }) });
    await panel.show({ ...state, text: 7 });
    await panel.page.getByText("The text has changed since.").waitFor();
    panel.answer(attentionAnswers(state, patterns));
    await panel.show({ ...state, text: 8 });
    await thumbnails().first().waitFor();
    const texts = (await asked("analysis/overview")).map(({ params }) => (params as { text: number }).text);
    assert.deepEqual(texts, [1, 1, 7, 8]);
  });

  it("follows the theme and the scale", async () => {
    await open();
    await drawnMap();
    const before = await pixels("gptw-heat-map canvas");
    await panel.page.locator(".heat-legend select").selectOption("log");
    const log = await pixels("gptw-heat-map canvas");
    assert.notEqual(log, before);
    await panel.page.locator(".scale-bar").getByText("≤0.01%").waitFor();
    await panel.page.evaluate((variables) => {
      for (const [name, value] of Object.entries(variables)) document.documentElement.style.setProperty(name, value);
      document.body.className = "vscode-light";
    }, themes.light.variables);
    await panel.page.waitForFunction(() => {
      const [first] = document.querySelectorAll(".scale-bar rect");
      return first?.getAttribute("fill") === "#ffffff";
    });
    assert.notEqual(await pixels("gptw-heat-map canvas"), log);
  });

  it("gives away its pictures and the tables behind them", async () => {
    await open();
    await drawnMap();
    const exported = () =>
      panel.page.locator("gptw-attention").evaluate(async (view) => {
        const exportable = view as unknown as { currentTable(): DataTable; currentPicture(): Promise<Picture> };
        const [table, picture] = [exportable.currentTable(), await exportable.currentPicture()];
        return { table, picture: "png" in picture ? [...picture.png.slice(1, 4)] : picture.svg };
      });
    const matrix = await exported();
    assert.deepEqual(matrix.picture, [...Buffer.from("PNG")]);
    assert.equal(matrix.table.rows.length, chosen + 1);
    assert.equal(matrix.table.rows.reduce((sum, row) => sum + Number(row[2]), 0).toFixed(4), "1.0000");
    for (const id of ["lines", "segments"] as const) {
      await openPicture(id);
      await panel.page
        .locator(id === "lines" ? ".lines .line" : ".segments tbody tr")
        .first()
        .waitFor();
      const { picture, table } = await exported();
      assert.ok(typeof picture === "string" && picture.startsWith("<svg") && !picture.includes("var("), id);
      assert.ok(table.rows.length > 0 && table.columns.length > 1);
    }
    await openPicture("reach");
    await panel.page.locator(".cone").waitFor();
    assert.deepEqual((await exported()).picture, [...Buffer.from("PNG")]);
  });

  async function serious(page: Panel["page"]): Promise<readonly string[]> {
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
  }

  /** Each view, by what is clicked to see it after the one before. */
  const views: Readonly<Record<string, (locate: (selector: string) => Locator) => Promise<unknown>>> = {
    matrix: (locate) => locate("gptw-heat-map").waitFor(),
    "matrix as table": (locate) => locate(".picture .controls > button").click(),
    flow: (locate) => locate(".picture select").first().selectOption("flow"),
    lines: (locate) => locate("#tab-lines").click(),
    segments: (locate) => locate("#tab-segments").click(),
    reach: (locate) => locate("#tab-reach").click(),
    sorted: (locate) => locate(".heads select").selectOption("entropy"),
    "heads as table": (locate) => locate(".heads .controls > button").last().click(),
  };

  for (const theme of Object.keys(themes) as ThemeName[]) {
    it(`has nothing serious against accessibility: ${theme}`, async () => {
      await panel.close();
      panel = await openPanel(browser, server, { theme, height: 900, answers: attentionAnswers(state, patterns) });
      await open();
      await thumbnails().first().waitFor();
      for (const [name, show] of Object.entries(views)) {
        await show((selector) => panel.page.locator(selector));
        await panel.page.waitForTimeout(50);
        assert.deepEqual(await serious(panel.page), [], name);
      }
    });
  }

  it("fits a narrow panel: nothing is cut off sideways", async () => {
    await panel.close();
    panel = await openPanel(browser, server, { width: 450, height: 800, answers: attentionAnswers(state, patterns) });
    await open();
    await thumbnails().first().waitFor();
    for (const [name, show] of Object.entries(views)) {
      await show((selector) => panel.page.locator(selector));
      const overflow = await panel.page.evaluate(() => {
        const [view] = document.getElementsByClassName("view");
        return Math.max(
          document.documentElement.scrollWidth - innerWidth,
          (view?.scrollWidth ?? 0) - (view?.clientWidth ?? 0),
        );
      });
      assert.ok(overflow <= 0, `${name} overflows by ${overflow} px`);
    }
  });
});
