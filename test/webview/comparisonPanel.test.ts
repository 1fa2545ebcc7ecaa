/** The comparison panel in Chromium, under the very policy it has in VS Code. */
import assert from "node:assert/strict";
import type { ItemsQuestion } from "../../src/runtime/comparisonPanelProtocol";
import {
  choicesReport,
  failedState,
  hostile,
  plainReport,
  planningState,
  planState,
  type ReportedState,
  runningState,
  textsReport,
  usualReport,
  wideReport,
  wrongPlanState,
} from "./comparisonStates";
import type { Panel } from "./page";
import { assertAccessible, assertAccessibleInThemes, told, viewTests, waitForTold } from "./viewsSupport";

describe("the comparison panel", () => {
  const views = viewTests();
  let usual: ReportedState;
  let wide: ReportedState;
  let plain: ReportedState;
  let texts: ReportedState;
  let choices: ReportedState;

  before(async () => {
    [usual, wide, plain] = [await usualReport(), await wideReport(), await plainReport()];
    [texts, choices] = [await textsReport(), await choicesReport()];
  });

  const open = (options: Parameters<typeof views.open>[0] = {}) =>
    views.open({ panel: "comparison", width: 1200, height: 900, ...options });
  const openReport = async (reported: ReportedState, options: Parameters<typeof views.open>[0] = {}) => {
    const panel = await open({ answers: reported.answers, ...options });
    await panel.send("comparison/show", reported.state);
    await panel.page.locator(".item").first().waitFor();
    return panel;
  };
  const question = async (panel: Panel) =>
    (await told(panel, "comparison/items")).map(({ params }) => params as ItemsQuestion).at(-1) ?? assert.fail();
  const focused = (panel: Panel) => panel.page.evaluate(() => document.activeElement?.id ?? "");
  const names = (panel: Panel) => panel.page.locator("table.arms tbody th").allInnerTexts();
  const firstLines = async (panel: Panel) => (await names(panel)).map((text) => text.split("\n")[0]);
  const openArm = async (panel: Panel, name: string) => {
    await panel.page.locator(".arm-parts summary", { hasText: name }).first().click();
    await panel.page.locator(".arm-parts .confusion").first().waitFor();
  };

  describe("before a report", () => {
    it("says that it is ready, and what this is while there is nothing to show", async () => {
      const panel = await open();
      await waitForTold(panel, "comparison/ready");
      await panel.send("comparison/show", { kind: "empty" });
      await panel.page.getByText("No comparison is shown").waitFor();
      await assertAccessible(panel.page);
    });

    it("shows a plan with what it takes, and runs it by keyboard", async () => {
      const panel = await open();
      await panel.send("comparison/show", planState);
      const text = (await panel.page.locator("main").innerText()).replace(/\s+/g, " ");
      assert.match(text, /37\.7 min estimated time|estimated time 37\.7 min/);
      assert.match(text, /this test set was read before 3 times|3 times this test set was read before/);
      assert.match(text, /few-shot 12 65 15\.2 min/);
      assert.match(text, /14 rows had no label and were left out\./);
      await panel.page.locator("vscode-button", { hasText: "Run Comparison" }).focus();
      await panel.page.keyboard.press("Enter");
      assert.deepEqual((await waitForTold(panel, "comparison/start")).params, { shown: planState.shown });
      await panel.page.locator("vscode-button", { hasText: "Open File" }).click();
      assert.deepEqual((await waitForTold(panel, "comparison/openFile")).params, { shown: planState.shown });
    });

    it("does not run twice, nor beside other work, nor without a plan", async () => {
      const panel = await open();
      await panel.send("comparison/show", { ...planState, starting: true });
      await panel.page.locator("vscode-button[disabled]", { hasText: "Starting…" }).waitFor();
      await panel.send("comparison/show", { ...planState, busy: "older run" });
      await panel.page.locator("vscode-button[disabled]", { hasText: "Run Comparison" }).waitFor();
      await panel.page.getByText("“older run” is under way").waitFor();
      await panel.send("comparison/show", planningState);
      await panel.page.getByText("40%").waitFor();
      await panel.page.locator("vscode-button[disabled]", { hasText: "Run Comparison" }).waitFor();
      await panel.send("comparison/show", { ...planState, plan: { ...planState.plan, fits: false } });
      await panel.page.getByText("It needs more memory than this computer has free.").waitFor();
    });

    it("tells why there is no plan, with the remedy", async () => {
      const panel = await open();
      await panel.send("comparison/show", wrongPlanState);
      const alert = panel.page.getByRole("alert");
      assert.match(await alert.innerText(), /line 7: there is no column .*\s+Take one of: text, label\./);
      await alert.locator("vscode-button").click();
      await waitForTold(panel, "inspector/openLog");
      await panel.page.getByText("Plan Again", { exact: true }).click();
      assert.deepEqual((await waitForTold(panel, "comparison/repeat")).params, { shown: wrongPlanState.shown });
    });

    it("lets an arm wait that has nothing to choose", async () => {
      const panel = await open();
      const state = runningState();
      const arms = state.record.arms.map((arm) =>
        arm.name === "LoRA" ? { ...arm, tried: arm.tried.slice(0, 1), chosen: 0 } : arm,
      );
      await panel.send("comparison/show", { ...state, record: { ...state.record, arms } });
      const row = panel.page.locator("section[aria-labelledby=run-arms] tbody tr").filter({ hasText: "LoRA" });
      assert.deepEqual((await row.innerText()).split("\t").slice(0, 4), ["LoRA", "LoRA", "waits", "–"]);
    });

    it("shows how far a run and each of its arms is, and pauses it", async () => {
      const panel = await open();
      await panel.send("comparison/show", runningState());
      await panel.page.getByText("31 of 78 parts").waitFor();
      await panel.page.getByText("about 21.3 min left").waitFor();
      await panel.page.getByText("choosing settings on dev, seed 2").waitFor();
      await panel.page.getByText("item 32 of 90").waitFor();
      const rows = await panel.page.locator("section[aria-labelledby=run-arms] tbody tr").allInnerTexts();
      assert.deepEqual(
        rows.map((row) => row.split("\t").slice(0, 4)),
        [
          ["zero-shot", "prompting", "answered test", "–"],
          ["few-shot", "prompting", "chooses on dev", "4 of 6"],
          ["LoRA", "LoRA", "waits", "0 of 2"],
        ],
      );
      await panel.page.getByRole("cell", { name: "67.0 %" }).waitFor();
      await panel.page.locator("vscode-button", { hasText: "Pause" }).click();
      assert.deepEqual((await waitForTold(panel, "comparison/pause")).params, { shown: 21 });
      await panel.send("comparison/show", { ...runningState(), status: "pausing" });
      await panel.page.locator("vscode-button[disabled]", { hasText: "Pausing…" }).waitFor();
      await panel.page.locator('[role="status"]', { hasText: "reviews: Pausing" }).waitFor({ state: "attached" });
    });

    it("tells why a run ended, and goes on with it", async () => {
      const panel = await open();
      await panel.send("comparison/show", failedState());
      await panel.page.getByRole("alert").getByText("LoRA, seed 1: the loss of step 12 is not a number").waitFor();
      await panel.page.locator("vscode-button", { hasText: "Resume" }).click();
      assert.deepEqual((await waitForTold(panel, "comparison/resume")).params, { shown: 22 });
      await panel.send("comparison/show", { ...failedState(), status: "interrupted" });
      await panel.page.getByText("The process of this comparison ended before it did.").waitFor();
    });

    it("waits for a report, and tells when there is none", async () => {
      const panel = await open();
      const state = { ...usual.state, report: null, progress: { stage: "analyzing", done: 1, total: 4 } };
      await panel.send("comparison/show", state);
      await panel.page.getByText("The report is put together… 25%").waitFor();
      const failure = { code: "internal", message: "run.json is broken.", hint: "Run it again." };
      await panel.send("comparison/show", { ...state, failure });
      assert.match(await panel.page.getByRole("alert").innerText(), /run\.json is broken\.\s+Run it again\./);
    });
  });

  describe("with a report", () => {
    it("says the verdict first, then what is asserted, then the numbers with their intervals", async () => {
      const panel = await openReport(usual);
      const { verdicts, arms } = usual.report;
      assert.equal(await panel.page.locator(".answer-words").innerText(), verdicts[0]);
      assert.deepEqual(
        await panel.page
          .locator(".assertions svg")
          .evaluateAll((all) => all.map((one) => one.getAttribute("aria-label"))),
        ["holds", "does not hold"],
      );
      const cells = await panel.page.locator("table.arms tbody tr").nth(2).locator("td").first().innerText();
      const { value, low, high } = arms[2]?.metrics.accuracy ?? assert.fail();
      const percent = (share: number) => (100 * share).toFixed(1);
      assert.match(
        cells.replace(/\s+/g, " "),
        new RegExp(`★ ?best ?${percent(value)} % ${percent(low)}–${percent(high)}`),
      );
    });

    it("leaves out parts that there is nothing in", async () => {
      const panel = await openReport(plain);
      const parts = await panel.page.locator(".parts-nav a").allInnerTexts();
      for (const part of ["Arms", "Items", "Settings", "Record"]) assert.ok(parts.includes(part), part);
      for (const part of ["Assertions", "Pairs", "Curves", "Contamination"]) assert.ok(!parts.includes(part), part);
      assert.equal(await panel.page.locator("#pairs, #curves, #assertions, #overlap").count(), 0);
      assert.equal(await panel.page.locator("main > section h2").count(), parts.length);
    });

    it("goes to its parts by keyboard, and keeps the way to them in view", async () => {
      const panel = await openReport(usual);
      await panel.page.getByRole("link", { name: "Settings" }).press("Enter");
      assert.equal(await focused(panel), "settings-title");
      const [nav, heading] = [
        await panel.page.locator(".parts-nav").boundingBox(),
        await panel.page.locator("#settings-title").boundingBox(),
      ];
      assert.ok(nav && heading && Math.abs(nav.y) < 1 && heading.y >= nav.y + nav.height - 1 && heading.y < 900);
    });

    it("sorts by every column, by mouse and keyboard, and back to the file's order", async () => {
      const panel = await openReport(usual);
      const original = usual.report.arms.map(({ name }) => name);
      assert.deepEqual(await firstLines(panel), original);
      const accuracy = (arm: (typeof usual.report.arms)[number]) => arm.metrics.accuracy?.value ?? 0;
      const sorted = usual.report.arms.toSorted((a, b) => accuracy(b) - accuracy(a)).map(({ name }) => name);
      await panel.page.getByRole("button", { name: "accuracy", exact: true }).click();
      await panel.page.locator('th[aria-sort="descending"]').waitFor();
      assert.deepEqual(await firstLines(panel), sorted);
      await panel.page.getByRole("button", { name: "accuracy", exact: true }).press("Enter");
      await panel.page.locator('th[aria-sort="ascending"]').waitFor();
      assert.deepEqual(await firstLines(panel), sorted.toReversed());
      await panel.page.getByRole("button", { name: "accuracy", exact: true }).press("Space");
      await panel.page.locator('th[aria-sort="ascending"]').waitFor({ state: "detached" });
      assert.deepEqual(await firstLines(panel), original);
      await panel.page.getByRole("button", { name: "Arm", exact: true }).click();
      assert.deepEqual(
        await firstLines(panel),
        original.toSorted((a, b) => a.localeCompare(b)),
      );
    });

    it("has as many decimals in every number of a column", async () => {
      const panel = await openReport(usual);
      const columns = await panel.page.locator("table.arms thead th").count();
      for (let column = 2; column <= columns; column++) {
        const cells = await panel.page.locator(`table.arms tbody tr > :nth-child(${column})`).allInnerTexts();
        const texts = cells
          .map((text) =>
            (
              text
                .replace(/★\s*best/, "")
                .trim()
                .split("\n")[0] ?? ""
            ).replace(" %", ""),
          )
          .filter((text) => text !== "–");
        assert.equal(
          new Set(texts.map((text) => text.split(".")[1]?.length ?? 0)).size,
          texts.length > 0 ? 1 : 0,
          texts.join(" "),
        );
      }
    });

    it("leads from a metric to the items of its arm, and back", async () => {
      const panel = await openReport(usual);
      await panel.page.getByRole("button", { name: /^accuracy of few-shot: / }).press("Enter");
      await panel.page.getByText("All items, as few-shot answers them").waitFor();
      await panel.page.getByText("1 to 40 of 160").waitFor();
      assert.equal(await focused(panel), "items-title");
      assert.deepEqual(await question(panel), { shown: 1, from: 0, count: 40 });
      await panel.page.locator("vscode-button", { hasText: "Back to the Number" }).click();
      assert.match(
        await panel.page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? ""),
        /^accuracy of few-shot/,
      );
    });

    it("leads from a cell of the confusion to as many answers", async () => {
      const panel = await openReport(usual);
      await openArm(panel, "few-shot");
      const first = panel.page.locator(".confusion td button").first();
      const count = Number(await first.innerText());
      await first.focus();
      await panel.page.keyboard.press("ArrowRight");
      assert.deepEqual(await panel.page.evaluate(() => ({ ...(document.activeElement as HTMLElement).dataset })), {
        row: "0",
        column: "1",
      });
      await panel.page.keyboard.press("ArrowLeft");
      await panel.page.keyboard.press("Enter");
      await panel.page.getByText("few-shot says negative where negative is right").waitFor();
      assert.deepEqual((await question(panel)).cell, { arm: 1, label: 0, answer: 0 });
      await panel.page.locator(".items-title .hint").waitFor();
      const answers = panel.page.locator(".item > .table-scroll tbody tr td:nth-of-type(2)", {
        hasText: /^\s*negative\s*$/,
      });
      const total = Number((await panel.page.locator(".items-title .hint").innerText()).match(/of (\d+)/)?.[1]);
      assert.ok(total <= count, "items are counted once, answers by seed");
      if (total <= 40) assert.equal(await answers.count(), count);
    });

    it("leads from a bin of the reliability, in the table and in the picture, to its items", async () => {
      const panel = await openReport(usual);
      await openArm(panel, "LoRA");
      await panel.page.locator('[data-part="bins-2"] > summary').click();
      const bins = (usual.report.arms[2]?.reliability ?? []).filter(({ items }) => items > 0);
      await panel.page.locator('[data-part="bins-2"] td button').first().click();
      await panel.page.getByText(/^LoRA is 0\.\d\d to 0\.\d\d sure/).waitFor();
      assert.deepEqual((await question(panel)).bin, { arm: 2, from: bins[0]?.from, to: bins[0]?.to });
      await panel.page.locator(".reliability .bins circle, .reliability .bins path").last().click();
      await panel.page.waitForFunction(() =>
        document.querySelector(".items-title")?.textContent?.includes("1.00 sure"),
      );
      assert.deepEqual((await question(panel)).bin, { arm: 2, from: bins.at(-1)?.from, to: bins.at(-1)?.to });
    });

    it("leads from a slice to the items that its arm gets wrong", async () => {
      const panel = await openReport(usual);
      const slice = usual.report.slices[0] ?? assert.fail("no slice");
      await panel.page.locator("#errors td button").first().click();
      await panel.page.locator(".items-title", { hasText: `is wrong: ${slice.name}` }).waitFor();
      await panel.page.getByText(`of ${slice.wrong}`, { exact: false }).first().waitFor();
      const { only, wrong } = await question(panel);
      assert.deepEqual([only, wrong], [slice.only, slice.arm]);
    });

    it("leads from a pair's counts to the items on which the two differ", async () => {
      const panel = await openReport(usual);
      const pair = usual.report.pairs[0] ?? assert.fail();
      await panel.page.locator("#pairs td button").first().click();
      await panel.page.locator(".items-title", { hasText: `of ${pair.mcnemar?.firstOnly}` }).waitFor();
      assert.deepEqual((await question(panel)).differ, { right: pair.first, wrong: pair.second });
    });

    it("lists where two arms differ, and shows answers and probabilities of every seed", async () => {
      const panel = await openReport(usual);
      await panel.page.locator("#items-right").selectOption({ label: "LoRA" });
      await panel.page.locator("#items-wrong").selectOption({ label: "zero-shot" });
      await panel.page.getByText("LoRA is right and zero-shot wrong").waitFor();
      assert.deepEqual((await question(panel)).differ, { right: 2, wrong: 0 });
      const rows = panel.page.locator(".item").first().locator("> .table-scroll tbody tr");
      assert.equal(await rows.count(), 4, "three seeds and one");
      const cells = await rows.first().locator("td.number").allInnerTexts();
      const sum = cells.slice(1).reduce((all, text) => all + Number(text), 0);
      assert.ok(Math.abs(sum - 1) < 0.002, cells.join(" "));
      await panel.page.locator("vscode-button", { hasText: "Swap" }).click();
      await panel.page.getByText("zero-shot is right and LoRA wrong").waitFor();
    });

    it("shows items page by page", async () => {
      const panel = await openReport(usual);
      await panel.page.locator("#items-kind").selectOption("all");
      await panel.page.getByText("Page 1 of 4").waitFor();
      await panel.page.locator(".pager vscode-button", { hasText: "Next" }).click();
      await panel.page.getByText("41 to 80 of 160").waitFor();
      assert.equal((await question(panel)).from, 40);
      assert.equal(await focused(panel), "items-title");
      await panel.page.locator("#items-arm").selectOption({ label: "LoRA" });
      await panel.page.getByText("1 to 40 of 160").waitFor();
    });

    it("opens the line of an item, and shows all of a long text", async () => {
      const panel = await openReport(usual);
      await panel.page.locator("#items-kind").selectOption("all");
      await panel.page.getByRole("button", { name: "test.jsonl:3", exact: true }).click();
      assert.deepEqual((await waitForTold(panel, "comparison/openData")).params, {
        shown: 1,
        file: "test.jsonl",
        line: 3,
      });
      const item = panel.page.locator(".item").nth(2);
      const long = item.locator(".clipped").first();
      assert.equal(await long.locator(".clipped-all").isVisible(), false);
      await long.locator("summary").click();
      assert.match(
        await long.locator(".clipped-all").innerText(),
        /^A long one\. (All work and no play makes a dull text\. ?){40}$/,
      );
    });

    it("computes an answer again, and shows both and the prompt", async () => {
      const panel = await openReport(usual);
      await panel.page
        .getByRole("button", { name: /^Reproduce the answer of few-shot, seed 0/ })
        .first()
        .press("Enter");
      const replay = panel.page.locator(".replay").first();
      await replay.getByText("Reproduced to the last bit.").waitFor();
      const { params } = await waitForTold(panel, "comparison/replay");
      const { arm, seed } = params as { arm: number; seed: number };
      assert.deepEqual([arm, seed], [1, 0]);
      await replay.locator("summary").click();
      assert.equal(await replay.locator("pre").innerText(), `Review: ${hostile}\nLabel:`);
      assert.equal(await panel.page.getByRole("button", { name: /^Reproduce the answer of bag of words/ }).count(), 0);
    });

    it("tells when an answer is another one, and when it could not be computed", async () => {
      const panel = await openReport(usual);
      const recorded = {
        item: 0,
        label: 0,
        probabilities: [0.5, 0.3, 0.2],
        text: null,
        logprob: null,
        tokens: null,
        ms: 4,
      };
      const now = { ...recorded, label: 1, probabilities: [0.3, 0.5, 0.2] };
      panel.answer("comparison/replay", () => ({
        kind: "ready",
        value: { recorded, now, difference: 0.2, same: false, prompt: null },
      }));
      const button = panel.page.getByRole("button", { name: /^Reproduce/ }).first();
      await button.click();
      await panel.page.getByText("Not reproduced: what came out now is not what was recorded.").waitFor();
      await panel.page.getByText("Largest difference of a probability: 2.00e-1.").waitFor();
      panel.answer("comparison/replay", () => ({
        kind: "failed",
        error: { code: "internal", message: "The data changed.", hint: "Put it back." },
      }));
      await button.click();
      await panel.page.locator(".replay [role=alert]", { hasText: /The data changed\.\s+Put it back\./ }).waitFor();
    });

    it("cancels a replay, and shows how far it is", async () => {
      const panel = await openReport(usual);
      panel.answer("comparison/replay", () => new Promise(() => undefined));
      await panel.page
        .getByRole("button", { name: /^Reproduce/ })
        .first()
        .click();
      await panel.send("comparison/replayProgress", { stage: "loading", done: 1, total: 2 });
      await panel.page.getByText("Computing… 50%").waitFor();
      await panel.page.locator(".replay vscode-button", { hasText: "Cancel" }).click();
      await panel.page.getByText("Cancelled.").waitFor();
    });

    it("tells when items cannot be read, and tries again", async () => {
      const panel = await open({
        answers: {
          "comparison/items": () => ({ kind: "failed", error: { code: "internal", message: "No room.", hint: "" } }),
        },
      });
      await panel.send("comparison/show", usual.state);
      await panel.page.getByRole("alert").getByText("No room.").waitFor();
      panel.answer(usual.answers);
      await panel.page.locator("vscode-button", { hasText: "Try Again" }).click();
      await panel.page.locator(".item").first().waitFor();
    });

    it("marks an overlap in its item's text, and shows suspect labels in their files", async () => {
      const panel = await openReport(usual);
      await panel.page.locator('[data-part="overlap"] > summary').click();
      assert.match(
        await panel.page.locator("#overlap mark").first().innerText(),
        /^it was the best of times .* the age of wisdom,?$/,
      );
      await panel.page.locator("#overlap td mark").first().waitFor();
      await panel.page.locator("#overlap tbody th button").last().click();
      await panel.page.locator(".items-title", { hasText: "Item 5" }).waitFor();
      await panel.page.locator("#suspicions vscode-button").click();
      assert.deepEqual((await waitForTold(panel, "comparison/suspicions")).params, { shown: 1 });
      const first = usual.report.suspicions[0] ?? assert.fail();
      await panel.page.locator("#suspicions tbody th button").first().click();
      assert.deepEqual((await waitForTold(panel, "comparison/openData")).params, {
        shown: 1,
        file: first.file,
        line: first.line,
      });
    });

    it("holds twelve arms against each other in a matrix that arrow keys walk through", async () => {
      const panel = await openReport(wide);
      assert.equal(await panel.page.locator("#pairs .matrix td button").count(), 132);
      assert.equal(await panel.page.locator('#pairs .matrix td button[tabindex="0"]').count(), 1);
      await panel.page.locator('#pairs .matrix td button[tabindex="0"]').focus();
      await panel.page.keyboard.press("ArrowRight");
      await panel.page.keyboard.press("ArrowDown");
      await panel.page.keyboard.press("Enter");
      const title = panel.page.locator("#pair-title");
      await panel.page.waitForFunction(() =>
        document.querySelector("#pair-title")?.textContent?.includes("prompt 2 − head 3"),
      );
      const pair = wide.report.pairs.find(({ first, second }) => first === 1 && second === 2) ?? assert.fail();
      assert.ok((await panel.page.locator(".pair-card").innerText()).includes(pair.words), await title.innerText());
      assert.deepEqual((await panel.kept()) as object, {
        options: { sort: null, open: [], pair: [1, 2], curves: null, items: null },
        folder: wide.state.folder,
      });
    });

    it("lets curves stand out, and has the numbers of pictures in tables", async () => {
      const panel = await openReport(wide);
      const pressed = () => panel.page.locator('.curve-name[aria-pressed="true"]').count();
      assert.equal(await pressed(), 2, "the best prompt and the best training");
      await panel.page.locator(".curve-name", { hasText: "head 3" }).click();
      await panel.page.waitForFunction(
        () => document.querySelectorAll('.curve-name[aria-pressed="true"]').length === 3,
      );
      for (const label of await panel.page
        .locator("svg.gptw-picture")
        .evaluateAll((all) => all.map((one) => one.getAttribute("aria-label"))))
        assert.match(label ?? "", /the table (below )?has the numbers/);
      await panel.page.locator('[data-part="curves"] > summary').click();
      const points = wide.report.curves.reduce((sum, curve) => sum + curve.points.length, 0);
      assert.equal(await panel.page.locator("#curves tbody tr").count(), points);
    });

    it("marks where curves cross with the interval", async () => {
      const panel = await openReport(usual);
      const at = usual.report.crossovers.filter(({ estimate }) => estimate.kind === "at");
      assert.ok(at.length > 0);
      const titles = await panel.page.locator("#curves svg title").allTextContents();
      for (const { words } of at) assert.ok(titles.includes(words), words);
    });

    it("exports, opens, runs again and uses what was trained", async () => {
      const report = {
        ...usual.report,
        record: {
          ...usual.report.record,
          arms: usual.report.record.arms.map((arm) => ({
            ...arm,
            trained: arm.kind === "lora" ? "models/lora" : null,
          })),
        },
      };
      const panel = await open({ answers: usual.answers });
      await panel.send("comparison/show", { ...usual.state, report });
      for (const [i, form] of ["html", "md", "csv", "json", "jsonl"].entries()) {
        await panel.page.locator(".export-select").selectOption(form);
        assert.deepEqual((await waitForTold(panel, "comparison/export", i + 1)).params, { shown: 1, form });
      }
      await panel.page.locator("vscode-button", { hasText: "Run Again" }).click();
      assert.deepEqual((await waitForTold(panel, "comparison/repeat")).params, { shown: 1 });
      await openArm(panel, "LoRA");
      await panel.page.locator("vscode-button", { hasText: "Use This Classifier" }).click();
      assert.deepEqual((await waitForTold(panel, "comparison/useTrained")).params, { shown: 1, arm: 2 });
    });

    it("keeps what was chosen for a page after it, and nothing of another report", async () => {
      const panel = await openReport(usual);
      await panel.page.getByRole("button", { name: "log-loss", exact: true }).click();
      await openArm(panel, "LoRA");
      await panel.page.locator("#items-wrong").selectOption({ label: "zero-shot" });
      await panel.page.getByText("few-shot is right and zero-shot wrong").waitFor();
      const kept = await panel.kept();
      const second = await openReport(usual, { kept });
      await second.page.locator('th[aria-sort="ascending"]', { hasText: "log-loss" }).waitFor();
      await second.page.locator(".arm-parts .confusion").waitFor();
      await second.page.getByText("few-shot is right and zero-shot wrong").waitFor();
      await second.send("comparison/show", { ...usual.state, shown: 9, folder: "/projects/space/other" });
      await second.page.getByText("few-shot is right and LoRA wrong").waitFor();
      assert.equal(((await second.kept()) as { folder: string }).folder, "/projects/space/other");
    });

    it("shows written texts beside the right ones, without probabilities", async () => {
      const panel = await openReport(texts);
      await panel.page.locator("#items-kind").selectOption("all");
      const item = panel.page.locator(".item").nth(2);
      await item.getByText(hostile).waitFor();
      assert.equal(await item.getByText(/^p of/).count(), 0);
      await item.locator(".item-fields .clipped summary").click();
      assert.match(await item.locator(".item-fields .clipped-all").innerText(), /^a text (that goes on ?){60}$/);
      assert.equal(await panel.page.locator("img").count(), 0);
    });

    it("shows choices by their number, and the right one", async () => {
      const panel = await openReport(choices);
      await panel.page.locator("#items-kind").selectOption("all");
      const item = panel.page.locator(".item").nth(1);
      assert.deepEqual(await item.locator(".item-choices li").allInnerTexts(), ["odd answer 1", "fine answer 1"]);
      assert.equal(await item.locator("dd strong").innerText(), "fine answer 1");
      assert.deepEqual(await item.locator("> .table-scroll thead th").allInnerTexts(), [
        "Arm",
        "Seed",
        "Answer",
        "p of 1",
        "p of 2",
        "Reproduce",
      ]);
    });

    it("shows hostile texts as texts", async () => {
      const panel = await openReport(usual);
      await openArm(panel, "few-shot");
      for (const part of ["overlap", "file"]) await panel.page.locator(`[data-part="${part}"] > summary`).click();
      await panel.page.getByText(`description: ${hostile}`).waitFor();
      await panel.page.getByText(`says ${hostile}`).first().waitFor();
      await panel.send("comparison/show", runningState());
      await panel.page.getByText(`A note ${hostile}`).waitFor();
      await panel.send("comparison/show", planState);
      await panel.page.getByText(`LoRA ${hostile}`).waitFor();
      assert.equal(await panel.page.locator("img").count(), 0);
    });
  });

  const states = {
    plan: () => planState,
    planning: () => planningState,
    "a wrong plan": () => wrongPlanState,
    "a run": () => runningState(),
    "a failed run": () => failedState(),
    "a report": () => usual,
    "a report on twelve arms": () => wide,
    "a plain report": () => plain,
    "a report on texts": () => texts,
    "a report on choices": () => choices,
  } as const;

  const show = async (
    panel: Panel,
    made: ReturnType<(typeof states)[keyof typeof states]>,
    prepare: () => unknown = () => undefined,
  ) => {
    if ("answers" in made) panel.answer(made.answers);
    prepare();
    await panel.send("comparison/show", "answers" in made ? made.state : made);
    await panel.page.locator("h1").waitFor();
    if (!("answers" in made)) return;
    await panel.page.locator(".item").first().waitFor();
    for (const part of ["arm-1", "curves", "overlap", "pairs", "bins-1", "file", "verdicts"]) {
      const summary = panel.page.locator(`[data-part="${part}"] > summary`);
      if ((await summary.count()) > 0) await summary.click();
    }
    const reproduce = panel.page.getByRole("button", { name: /^Reproduce/ }).first();
    if (await reproduce.isVisible()) await reproduce.click();
  };

  /** A few items are enough for axe: it looks at every text of the page, in every theme. */
  const fewItems = (panel: Panel, { answers }: ReportedState) =>
    panel.answer("comparison/items", (params) =>
      answers["comparison/items"]?.({ ...(params as ItemsQuestion), count: 2 }),
    );

  for (const [name, made] of Object.entries(states)) {
    it(`has nothing for axe to find: ${name}`, async () => {
      const panel = await open();
      const state = made();
      await show(panel, state, "answers" in state ? () => fewItems(panel, state) : undefined);
      // The other reports have no colours that the usual one has not.
      if ("answers" in state && state !== usual) await assertAccessible(panel.page);
      else await assertAccessibleInThemes(panel);
    });

    it(`fits 400 pixels: ${name}`, async () => {
      const panel = await open({ width: 400 });
      await show(panel, made());
      const [scroll, client] = await panel.page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return [scrollWidth, clientWidth] as const;
      });
      assert.ok(scroll <= client, `${scroll} of ${client}`);
    });
  }
});
