/** The compare panel in Chromium, under the very policy it has in VS Code. */
import assert from "node:assert/strict";
import { compareAnswers, labelledCell, labelledHeader, labelledItem, showLabelled, showWritten } from "./compareStates";
import type { Panel } from "./page";
import { assertAccessible, assertAccessibleInThemes, viewTests, waitForTold } from "./viewsSupport";

describe("the compare panel", () => {
  const views = viewTests();
  const open = async (options: Parameters<typeof views.open>[0] = {}) =>
    views.open({ panel: "compare", answers: compareAnswers, width: 1100, height: 800, ...options });
  const ready = (panel: Panel) => panel.page.locator(".cell-body").first().waitFor();
  const focused = (panel: Panel) =>
    panel.page.evaluate(() => {
      const at = document.activeElement;
      return at instanceof HTMLElement ? [Number(at.dataset.row), Number(at.dataset.column)] : null;
    });

  it("says that it is ready, and what to do while nothing was run", async () => {
    const panel = await open();
    await waitForTold(panel, "compare/ready");
    await panel.page.getByText("No run is shown").count();
    await panel.send("compare/show", { kind: "empty" });
    await panel.page.getByText("No run is shown").waitFor();
    await assertAccessible(panel.page);
  });

  it("keeps 5,000 rows of 10 variants in sight only, wherever one scrolls", async () => {
    const panel = await open();
    await showLabelled(panel, 5000, 10);
    await ready(panel);
    await panel.page.getByText("5,000 rows").waitFor();
    const grid = panel.page.getByRole("grid");
    assert.deepEqual(
      [await grid.getAttribute("aria-rowcount"), await grid.getAttribute("aria-colcount")],
      ["5001", "11"],
    );
    for (const part of [0, 0.5, 1]) {
      await panel.page.locator(".grid-scroll").evaluate((element, to) => {
        element.scrollTop = element.scrollHeight * to;
      }, part);
      await panel.page.waitForTimeout(80);
      const drawn = await panel.page.evaluate(() => {
        const scroller = document.querySelector(".grid-scroll")?.getBoundingClientRect();
        const rows = Array.from(document.querySelectorAll(".grid-row"));
        const within = rows.filter((row) => {
          const { top, bottom } = row.getBoundingClientRect();
          return scroller && bottom > scroller.top && top < scroller.bottom;
        });
        const cells = document.querySelectorAll(".grid-cell").length;
        return { rows: rows.length, within: within.length, cells };
      });
      assert.ok(drawn.rows < 25 && drawn.cells < 200, JSON.stringify(drawn));
      assert.ok(drawn.within >= 8, "what is in sight is drawn");
    }
    assert.equal(await panel.page.locator(".grid-row").last().getAttribute("aria-rowindex"), "5001");
  });

  it("moves by keys, keeps the focus where rows come and go, opens a cell with Enter and closes it with Escape", async () => {
    const panel = await open();
    await showLabelled(panel, 5000, 10);
    await ready(panel);
    await panel.page.locator('[role="grid"] [tabindex="0"]').focus();
    assert.deepEqual(await focused(panel), [0, 0]);
    const press = async (key: string, place: readonly number[]) => {
      await panel.page.keyboard.press(key);
      await panel.page.waitForFunction(
        ([row, column]) => {
          const at = document.activeElement;
          return at instanceof HTMLElement && at.dataset.row === String(row) && at.dataset.column === String(column);
        },
        place,
        { timeout: 3000 },
      );
    };
    await press("ArrowDown", [1, 0]);
    await press("ArrowRight", [1, 1]);
    await press("End", [1, 9]);
    await press("Control+End", [4999, 9]);
    await press("Control+Home", [0, -1]);
    await press("ArrowUp", [-1, -1]);
    await press("ArrowRight", [-1, 0]);
    await press("ArrowDown", [0, 0]);
    await panel.page.keyboard.press("PageDown");
    await panel.page.waitForTimeout(50);
    assert.ok(((await focused(panel))?.[0] ?? 0) > 3);
    const [row] = (await focused(panel)) ?? [];
    await panel.page.keyboard.press("Enter");
    await panel.page.locator(".segment-text").first().waitFor();
    await panel.page.getByText(`input ${Number(row) + 1}`, { exact: true }).waitFor();
    await panel.page.locator(".note").focus();
    await panel.page.keyboard.press("Escape");
    await panel.page.locator("gptw-cell-details").waitFor({ state: "detached" });
    assert.deepEqual(await focused(panel), [row, 0]);
    assert.equal(await panel.page.locator('[role="grid"] [tabindex="0"]').count(), 1, "one tab stop");
  });

  it("shows only differences, filters, finds and sorts", async () => {
    const panel = await open();
    await showLabelled(panel, 300, 3);
    await ready(panel);
    const numbers = Array.from({ length: 300 }, (_, item) => item);
    const outputs = (item: number) => new Set([0, 1, 2].map((variant) => labelledCell(variant, item).output));
    const different = numbers.filter((item) => outputs(item).size > 1).length;
    await panel.page.getByRole("button", { name: "Only Differences" }).click();
    await panel.page.getByText(`${different} of 300 rows`).waitFor();
    await panel.page.getByRole("button", { name: "Only Differences" }).click();
    await panel.page.keyboard.press("Control+f");
    await panel.page.keyboard.type("(299)");
    await panel.page.getByText("1 of 300 rows").waitFor();
    await panel.page.keyboard.press("Escape");
    await panel.page.getByText("300 rows").waitFor();
    await panel.page.locator('[data-row="-1"][data-column="1"]').click();
    await panel.page.locator('[aria-sort="ascending"]').waitFor();
    const first = await panel.page.locator('[data-row="0"][data-column="1"] .visually-hidden').textContent();
    assert.match(first ?? "", /^wrong, /);
    await panel.page.locator('[data-row="-1"][data-column="1"]').click();
    await panel.page.locator('[aria-sort="descending"]').waitFor();
    const kept = (await panel.kept()) as { options: { sort: unknown }; folders: unknown };
    assert.deepEqual(kept, {
      ...{ folders: ["/runs/1"] },
      options: {
        tab: "cells",
        query: "",
        filtering: true,
        filters: [],
        sort: { key: "correct", variant: 1, descending: true },
      },
    });
  });

  it("steps through matches without leaving rows out", async () => {
    const panel = await open();
    await showLabelled(panel, 300, 2);
    await ready(panel);
    await panel.page.getByRole("button", { name: "Filter", exact: true }).click();
    await panel.page.getByRole("textbox", { name: "Find in inputs and outputs" }).fill("(250)");
    await panel.page.getByText("1 matches").waitFor();
    await panel.page.keyboard.press("Enter");
    await panel.page.locator('[data-row="250"][data-column="-1"]').waitFor();
    await panel.page.getByText("300 rows").waitFor();
  });

  it("tells the verdict, share and right answer in words, and marks it by shape", async () => {
    const panel = await open();
    await showLabelled(panel, 20, 2);
    await ready(panel);
    const item = Array.from({ length: 8 }, (_, i) => i).find((i) => labelledCell(0, i).correct === false) ?? 0;
    const label = await panel.page.locator(`[data-row="${item}"][data-column="0"] .visually-hidden`).textContent();
    assert.match(label ?? "", new RegExp(`^wrong, .*%, right answer ${labelledItem(item).gold}, log-probability`));
    assert.ok((await panel.page.locator("svg.verdict.wrong path").count()) > 0);
  });

  it("rates, pins and notes a cell, at once in the grid and to the host", async () => {
    const panel = await open();
    await showLabelled(panel, 20, 2);
    await ready(panel);
    await panel.page.locator('[data-row="1"][data-column="1"]').click();
    await panel.page.getByRole("button", { name: "Good" }).click();
    await panel.page.locator('[data-row="1"] svg.icon-good').waitFor();
    await panel.page.getByRole("button", { name: "Pin", exact: true }).click();
    await panel.page.locator(".note").fill("<b>note</b>");
    await panel.page.locator(".note").blur();
    const { params } = await waitForTold(panel, "compare/mark", 3);
    assert.deepEqual(params, {
      run: 1,
      mark: { variant: 1, item: 1, rating: "good", note: "<b>note</b>", pinned: true },
    });
    await panel.page.getByRole("button", { name: "Pinned" }).click();
    await panel.page.getByText("1 of 20 rows").waitFor();
  });

  it("inspects, reproduces and compares a cell", async () => {
    const panel = await open();
    await showLabelled(panel, 20, 3);
    await ready(panel);
    await panel.page.locator('[data-row="0"][data-column="0"]').click();
    await panel.page.locator(".segment-text").first().waitFor();
    assert.equal(await panel.page.locator(".segment h4").count(), 3);
    assert.equal(await panel.page.locator(".segment-text mark").innerText(), "positive");
    await panel.page.locator("vscode-button", { hasText: "Open in Inspector" }).click();
    assert.deepEqual((await waitForTold(panel, "compare/inspect")).params, { run: 1, variant: 0, item: 0 });
    await panel.page.locator("vscode-button", { hasText: "Reproduce This Cell" }).click();
    await panel.page.getByText("output and log-probabilities are identical").waitFor();
    await panel.page.locator(".diff-with").selectOption({ label: "4-shot" });
    await panel.page.getByText("Answer ' positive': +1.39 nats in 4-shot against zero-shot.").waitFor();
    assert.equal(await panel.page.locator("del").last().textContent(), "removed: Sentiment");
    const rows = await panel.page.locator(".difference tbody tr").allInnerTexts();
    assert.equal(rows.length, 3, "two changed tokens and the answer");
    await assertAccessible(panel.page);
  });

  it("stops, resumes and runs again", async () => {
    const panel = await open();
    await panel.send("compare/show", labelledHeader(10, 2, { status: { kind: "running" }, done: 5 }));
    await panel.page.getByText("Running: 5 of 20 cells").first().waitFor();
    await panel.page.locator("vscode-button", { hasText: "Stop" }).click();
    await waitForTold(panel, "compare/stop");
    await panel.send("compare/show", labelledHeader(10, 2, { status: { kind: "stopped" }, done: 5 }));
    await panel.page.locator("vscode-button", { hasText: "Resume" }).click();
    await waitForTold(panel, "compare/resume");
    const error = { code: "invalidPrompt", message: "a.prompt.yaml:3:1: wrong.", hint: "Mend it." } as const;
    await panel.send("compare/show", labelledHeader(10, 2, { status: { kind: "failed", error } }));
    await panel.page.getByRole("alert").getByText("a.prompt.yaml:3:1: wrong.").waitFor();
    await panel.page.locator("vscode-button", { hasText: "Run Again" }).click();
    await waitForTold(panel, "compare/again");
    await assertAccessible(panel.page);
  });

  it("exports what is shown", async () => {
    const panel = await open();
    await showLabelled(panel, 20, 2);
    await ready(panel);
    await panel.page.getByRole("textbox", { name: "Find in inputs and outputs" }).fill("(7)");
    await panel.page.getByText("1 of 20 rows").waitFor();
    await panel.page.locator(".export-select").selectOption("csv");
    const { params } = await waitForTold(panel, "analysis/export");
    const file = params as { format: string; content: string };
    assert.deepEqual([file.format, file.content.trim().split("\r\n").length], ["csv", 3]);
  });

  it("shows hostile texts as texts", async () => {
    const panel = await open();
    await showWritten(panel);
    await panel.page.locator(".surprisal-text").first().waitFor();
    await panel.page.getByText("U+202E").first().waitFor();
    assert.equal(await panel.page.locator("gptw-compare b").count(), 0);
    await showLabelled(panel, 5, 7);
    await panel.page.getByRole("tab", { name: "Summary" }).click();
    await panel.page.getByText("<img src=x onerror=alert(1)>").first().waitFor();
    assert.equal(await panel.page.locator("img").count(), 0);
  });

  it("has nothing for axe to find in any theme", async () => {
    const panel = await open();
    await showLabelled(panel, 30, 4);
    await ready(panel);
    await assertAccessibleInThemes(panel);
    await panel.page.locator('[data-row="2"][data-column="0"]').click();
    await panel.page.locator(".segment-text").first().waitFor();
    await panel.page.locator(".diff-with").selectOption("1");
    await panel.page.locator(".aligned").waitFor();
    await assertAccessibleInThemes(panel);
    await panel.page.getByRole("tab", { name: "Summary" }).click();
    await panel.page.locator(".bias").first().waitFor();
    await assertAccessibleInThemes(panel);
    await panel.page.getByRole("tab", { name: "Cells" }).click();
    await showWritten(panel);
    await panel.page.locator(".surprisal-text").first().waitFor();
    await assertAccessibleInThemes(panel);
  });

  it("never scrolls the page sideways, down to 320 pixels", async () => {
    for (const width of [320, 480, 900]) {
      const panel = await open({ width });
      await showLabelled(panel, 20, 4);
      await ready(panel);
      await panel.page.locator('[data-row="0"][data-column="0"]').click();
      await panel.page.locator(".segment-text").first().waitFor();
      for (const tab of ["Cells", "Summary"]) {
        await panel.page.getByRole("tab", { name: tab }).click();
        const [scroll, client] = await panel.page.evaluate(() => [
          document.documentElement.scrollWidth,
          document.documentElement.clientWidth,
        ]);
        assert.ok((scroll ?? 0) <= (client ?? 0), `${tab}: ${scroll} of ${client} at ${width}`);
      }
    }
  });
});
