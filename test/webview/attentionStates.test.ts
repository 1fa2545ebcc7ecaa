/** The inspector's attention view in Chromium: waiting, failing, leaving; themes, exports, accessibility. */
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import type { DataTable, Picture } from "../../src/webview/inspector/attention/exportable";
import { attentionAnswers } from "./answers";
import { attentionPage, chosen, patterns, state } from "./attentionPage";
import type { Answers } from "./page";
import { assertAccessibleInThemes } from "./viewsSupport";

describe("the attention view's states", () => {
  const view = attentionPage();

  it("shows how far a question is, gives it up, and asks again", async () => {
    view.panel.answer({});
    await view.open();
    await view.panel.send("analysis/progress", { stage: "analyzing", done: 1, total: 4 });
    const heads = view.panel.page.locator(".heads");
    await heads.getByText("25%").waitFor();
    await heads.locator("vscode-button", { hasText: "Cancel" }).click();
    await heads.getByText("Cancelled.").waitFor();
    const cancelled = await view.waitForAsked("$/cancelRequest");
    assert.ok(cancelled.length > 0);
    view.panel.answer(attentionAnswers(state, patterns));
    await heads.locator("vscode-button", { hasText: "Ask Again" }).click();
    await view.thumbnails().first().waitFor();
  });

  it("says what went wrong and what to do, and shows the log", async () => {
    const error = { code: "contextLength", message: "The text does not fit.", hint: "Choose a shorter one." };
    const fails: Answers = Object.fromEntries(
      ["overview", "matrix"].map((name) => [`analysis/${name}`, () => ({ kind: "failed", error })]),
    );
    view.panel.answer(fails);
    await view.open();
    const notice = view.panel.page.locator(".heads [role=alert]");
    await notice.getByText("The text does not fit.").waitFor();
    await notice.getByText("Choose a shorter one.").waitFor();
    await notice.locator("vscode-button", { hasText: "Show Log" }).click();
    await view.waitForAsked("inspector/openLog");
  });

  it("aborts its questions when it is left, and asks anew about another text", async () => {
    view.panel.answer({});
    await view.open();
    const before = (await view.waitForAsked("analysis/matrix")).length + (await view.asked("analysis/overview")).length;
    assert.equal(before, 2);
    await view.panel.page.locator("#tab-tokens").click();
    await view.waitForAsked("$/cancelRequest", 2);
    await view.panel.page.locator("#tab-attention").click();
    await view.waitForAsked("analysis/overview", 2);
    view.panel.answer({ "analysis/overview": () => ({ kind: "outdated" }) });
    await view.panel.show({ ...state, text: 7 });
    await view.panel.page.getByText("The text has changed since.").waitFor();
    view.panel.answer(attentionAnswers(state, patterns));
    await view.panel.show({ ...state, text: 8 });
    await view.thumbnails().first().waitFor();
    const texts = (await view.asked("analysis/overview")).map(({ params }) => (params as { text: number }).text);
    assert.deepEqual(texts, [1, 1, 7, 8]);
  });

  it("follows the theme and the scale", async () => {
    await view.open();
    await view.drawnMap();
    const before = await view.pixels("gptw-heat-map canvas");
    await view.panel.page.locator(".heat-legend select").selectOption("log");
    const log = await view.pixels("gptw-heat-map canvas");
    assert.notEqual(log, before);
    await view.panel.page.locator(".scale-bar").getByText("≤0.01%").waitFor();
    await view.panel.dress("light");
    await view.panel.page.waitForFunction(() => {
      const [first] = document.querySelectorAll(".scale-bar rect");
      return first?.getAttribute("fill") === "#ffffff";
    });
    assert.notEqual(await view.pixels("gptw-heat-map canvas"), log);
  });

  it("gives away its pictures and the tables behind them", async () => {
    await view.open();
    await view.drawnMap();
    const exported = () =>
      view.panel.page.locator("gptw-attention").evaluate(async (view) => {
        const exportable = view as unknown as { currentTable(): DataTable; currentPicture(): Promise<Picture> };
        const [table, picture] = [exportable.currentTable(), await exportable.currentPicture()];
        return { table, picture: "png" in picture ? [...picture.png.slice(1, 4)] : picture.svg };
      });
    const matrix = await exported();
    assert.deepEqual(matrix.picture, [...Buffer.from("PNG")]);
    assert.equal(matrix.table.rows.length, chosen + 1);
    assert.equal(matrix.table.rows.reduce((sum, row) => sum + Number(row[2]), 0).toFixed(4), "1.0000");
    for (const id of ["lines", "segments"] as const) {
      await view.openPicture(id);
      await view.panel.page
        .locator(id === "lines" ? ".lines .line" : ".segments tbody tr")
        .first()
        .waitFor();
      const { picture, table } = await exported();
      assert.ok(typeof picture === "string" && picture.startsWith("<svg") && !picture.includes("var("), id);
      assert.ok(table.rows.length > 0 && table.columns.length > 1);
    }
    await view.openPicture("reach");
    await view.panel.page.locator(".cone").waitFor();
    assert.deepEqual((await exported()).picture, [...Buffer.from("PNG")]);
  });

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

  it("has nothing serious against accessibility in any theme", async () => {
    await view.open();
    await view.thumbnails().first().waitFor();
    for (const [name, show] of Object.entries(views)) {
      await show((selector) => view.panel.page.locator(selector));
      await view.panel.page.waitForTimeout(50);
      await assertAccessibleInThemes(view.panel, { within: ".view", about: name });
    }
  });

  it("fits a narrow panel: nothing is cut off sideways", async () => {
    await view.reopen({ width: 450, height: 800 });
    await view.open();
    await view.thumbnails().first().waitFor();
    for (const [name, show] of Object.entries(views)) {
      await show((selector) => view.panel.page.locator(selector));
      const overflow = await view.panel.page.evaluate(() => {
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
