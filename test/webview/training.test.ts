/** The training panel in Chromium, under the very policy it has in VS Code. */
import assert from "node:assert/strict";
import type { FineTuneForm, FineTuneValues } from "../../src/runtime/trainingPanelProtocol";
import type { Panel } from "./page";
import {
  completedView,
  curve,
  emptyForm,
  failedView,
  fineTuneForm,
  interruptedView,
  pretrainForm,
  runningView,
  showRun,
  wrongForm,
} from "./trainingStates";
import { assertAccessible, assertAccessibleInThemes, told, viewTests, waitForTold } from "./viewsSupport";

describe("the training panel", () => {
  const views = viewTests();
  const open = async (options: Parameters<typeof views.open>[0] = {}) =>
    views.open({ panel: "training", width: 1100, height: 900, ...options });
  const edits = async (panel: Panel) =>
    (await told(panel, "training/editFineTune")).map(({ params }) => params as FineTuneForm);

  it("says that it is ready, and how to begin while there is nothing to show", async () => {
    const panel = await open();
    await waitForTold(panel, "training/ready");
    await panel.send("training/show", { kind: "empty" });
    await panel.page.getByText("No training is shown").waitFor();
    await assertAccessible(panel.page);
    await panel.page.locator("vscode-button", { hasText: "Pre-train" }).click();
    assert.equal((await waitForTold(panel, "training/begin")).params, "pretrain");
  });

  it("tells what is typed at once, and keeps it when an older state comes", async () => {
    const panel = await open();
    await panel.send("training/show", fineTuneForm);
    await panel.page.getByLabel("Epochs", { exact: true }).fill("12");
    await panel.page.getByLabel("Learning rate", { exact: true }).fill("1e-4");
    await waitForTold(panel, "training/editFineTune", 2);
    const last = (await edits(panel)).at(-1);
    assert.deepEqual([last?.values.fields.epochs, last?.values.fields.learningRate, last?.revision], ["12", "1e-4", 3]);
    await panel.send("training/show", { ...fineTuneForm, revision: 2 });
    assert.equal(await panel.page.getByLabel("Epochs", { exact: true }).inputValue(), "12");
    const host: FineTuneValues = { ...fineTuneForm.values, name: "of the host" };
    await panel.send("training/show", { ...fineTuneForm, revision: 4, values: host });
    await panel.page.waitForFunction(
      () => document.querySelector<HTMLInputElement>("#field-name")?.value === "of the host",
    );
    assert.equal(
      await panel.page.getByLabel("Epochs", { exact: true }).inputValue(),
      "3",
      "newer values of the host hold",
    );
  });

  it("resets a number, takes another method and another column", async () => {
    const panel = await open();
    const fields = { ...fineTuneForm.values.fields, epochs: "9" };
    await panel.send("training/show", { ...fineTuneForm, values: { ...fineTuneForm.values, fields } });
    await panel.page.getByRole("button", { name: "Reset to 3: Epochs" }).click();
    await panel.page.getByRole("radio", { name: /LoRA/ }).check();
    await panel.page.getByLabel("Column: Text").selectOption("idx");
    await waitForTold(panel, "training/editFineTune", 3);
    const { values } = (await edits(panel)).at(-1) ?? assert.fail();
    assert.deepEqual([values.fields.epochs, values.method, values.columns.text], ["3", "lora", "idx"]);
    await panel.page.getByLabel("Rank r").waitFor();
  });

  it("renames labels, and joins the columns of choices", async () => {
    const panel = await open();
    await panel.send("training/show", fineTuneForm);
    await panel.page.getByText("Names of the labels").click();
    await panel.page.locator("#label-0").fill("bad");
    await panel.page.locator("#label-0").press("Enter");
    await waitForTold(panel, "training/editFineTune");
    assert.deepEqual((await edits(panel)).at(-1)?.values.labels, { negative: "bad" });
    const values = { ...fineTuneForm.values, task: "multipleChoice", columns: { choices: "sentence" } };
    await panel.send("training/show", { ...fineTuneForm, form: 5, values });
    const group = panel.page.getByRole("group", { name: "Column: Choices" });
    await group.getByLabel("idx").check();
    await waitForTold(panel, "training/editFineTune", 2);
    assert.equal((await edits(panel)).at(-1)?.values.columns.choices, "sentence|idx");
  });

  it("shows rows, balance and reports, and hostile texts as texts", async () => {
    const panel = await open();
    await panel.send("training/show", fineTuneForm);
    await panel.page.getByText('<img src="x" onerror="alert(1)">').waitFor();
    assert.equal(await panel.page.locator("img").count(), 0);
    const balance = panel.page.getByRole("region", { name: "Balance of the classes" });
    assert.match((await balance.innerText()).replace(/\s+/g, " "), /Train 5,540.*negative 2,650 48%/);
    await panel.page.getByText("The same text stands under different labels: 1").waitFor();
    await panel.page.getByText("Training rows that dev or test hold too: 3").waitFor();
    await panel.page.getByText("Cut to the longest sequence: 4.").waitFor();
  });

  it("says what is wrong in place, goes there, and does not start", async () => {
    const panel = await open();
    await panel.send("training/show", { ...wrongForm, busy: null });
    const input = panel.page.getByLabel("Learning rate", { exact: true });
    await panel.page.getByText("“fast” is not a number.").waitFor();
    assert.equal(await input.getAttribute("aria-invalid"), "true");
    assert.equal(await input.getAttribute("aria-describedby"), "problem-learningRate");
    await panel.page.getByRole("button", { name: "1 value is missing or wrong" }).click();
    assert.equal(await panel.page.evaluate(() => document.activeElement?.id), "field-learningRate");
    await panel.page.locator("vscode-button[disabled]", { hasText: "Start Training" }).waitFor();
    assert.deepEqual(await told(panel, "training/start"), []);
  });

  it("starts by keyboard, and applies what would make it fit", async () => {
    const panel = await open();
    await panel.send("training/show", { ...wrongForm, problems: {}, busy: null });
    await panel.page.locator("vscode-button", { hasText: "Apply" }).last().click();
    await waitForTold(panel, "training/editFineTune");
    assert.equal((await edits(panel)).at(-1)?.values.fields.microBatchSize, "2");
    await panel.page.locator("vscode-button", { hasText: "Start Training" }).focus();
    await panel.page.keyboard.press("Enter");
    assert.deepEqual((await waitForTold(panel, "training/start")).params, { form: wrongForm.form });
  });

  it("asks for files, and fills in the form to pre-train", async () => {
    const panel = await open();
    await panel.send("training/show", pretrainForm);
    await panel.page.locator("vscode-button", { hasText: "Choose…" }).click();
    assert.deepEqual((await waitForTold(panel, "training/chooseFile")).params, { form: 2, what: "root" });
    await panel.page.getByText("412").waitFor();
    await panel.page.getByRole("radio", { name: /A model that there is/ }).check();
    await panel.page.getByLabel("Model to go on with", { exact: true }).waitFor();
    const { values } = (await waitForTold(panel, "training/editPretrain")).params as { values: { kind: string } };
    assert.equal(values.kind, "continue");
  });

  it("draws every curve with its legend, and has the numbers in a table", async () => {
    const panel = await open();
    await showRun(panel, runningView, 300);
    const loss = panel.page.locator("gptw-line-chart").first();
    assert.deepEqual(await loss.locator(".legend-item").allInnerTexts(), [
      "task (L2)",
      "language model (L1)",
      "total",
      "dev",
      "best on dev",
    ]);
    const strokes = await loss.locator("svg[role=img] .series:not(.faint) path").evaluateAll((paths) =>
      paths.map((path) => {
        const { stroke, strokeDasharray } = getComputedStyle(path);
        return `${stroke} ${strokeDasharray}`;
      }),
    );
    assert.equal(new Set(strokes).size, 4, "told apart by colour and dashes");
    assert.equal(new Set(strokes.map((one) => one.split(") ")[1])).size, 4, "and by dashes alone");
    assert.equal(await loss.locator("svg[role=img] circle").count(), 5, "a mark for each look at dev");
    await panel.page.getByText("Table of the numbers").click();
    const rows = await panel.page.locator(".tall tbody tr").count();
    assert.ok(rows > 100 && rows <= 210, String(rows));
    assert.match(await panel.page.locator(".tall tbody tr").last().innerText(), /^300/);
    await panel.page.locator("vscode-button", { hasText: "Export All as CSV" }).click();
    const { content } = (await waitForTold(panel, "analysis/export")).params as { content: string };
    assert.equal(content.trim().split("\r\n").length, 1 + curve(300).length);
  });

  it("says the values under the pointer", async () => {
    const panel = await open();
    await showRun(panel, runningView, 300);
    const chart = panel.page.locator("gptw-line-chart svg[role=img]").first();
    const box = (await chart.boundingBox()) ?? assert.fail();
    await panel.page.mouse.move(box.x + box.width / 2, box.y + 80);
    await panel.page.locator(".chart-read", { hasText: /^Step 1\d\d · task \(L2\) 0\.\d+ · / }).waitFor();
  });

  it("draws on as points come, and goes back where a run does", async () => {
    const panel = await open();
    await showRun(panel, runningView, 100);
    const points = curve(120);
    await panel.send("training/points", { run: 7, from: 50, points: points.slice(50, 60) });
    await panel.page.getByText("Table of the numbers").click();
    await panel.page.waitForFunction(() => document.querySelectorAll(".tall tbody tr").length === 60);
    await panel.send("training/points", { run: 6, from: 0, points: [] });
    await panel.send("training/show", { ...runningView, run: 10 });
    await panel.page.locator(".curves").waitFor({ state: "detached" });
  });

  it("pauses and stops; a paused run is resumed, an interrupted one says where it was", async () => {
    const panel = await open();
    await showRun(panel, runningView, 60);
    await panel.page.getByText("step 300 of 520").waitFor();
    await panel.page.locator("vscode-button", { hasText: "Pause" }).click();
    await panel.page.locator("vscode-button", { hasText: "Stop and Keep the Best" }).click();
    await waitForTold(panel, "training/control", 2);
    assert.deepEqual(
      (await told(panel, "training/control")).map(({ params }) => params),
      ["pause", "stop"],
    );
    await panel.send("training/show", { ...runningView, status: "paused" });
    await panel.page.locator("vscode-button", { hasText: "Resume" }).click();
    assert.deepEqual((await waitForTold(panel, "training/resume")).params, { run: 7 });
    await panel.page.locator('[role="status"]', { hasText: "reviews: Paused" }).waitFor({ state: "attached" });
    await showRun(panel, interruptedView, 40);
    await panel.page.getByText("Its last checkpoint is of step 300.").waitFor();
    await panel.page.getByText("<b>never</b>").waitFor();
  });

  it("shows what came of it, and what can be done with the model", async () => {
    const panel = await open();
    await showRun(panel, completedView, 520);
    const card = panel.page.locator(".result-card");
    const text = (await card.innerText()).replace(/\s+/g, " ");
    assert.match(
      text,
      /test accuracy the largest class alone: 52\.2% 82\.0%|82\.0% test accuracy the largest class alone: 52\.2%/,
    );
    await card.getByText("20260101-120000-reviews/model").waitFor();
    await card.locator("vscode-button", { hasText: "Use for Classify Selection" }).click();
    assert.deepEqual((await waitForTold(panel, "training/use")).params, { run: 7 });
    await panel.page.locator("vscode-button", { hasText: "Change and Train Again" }).click();
    await waitForTold(panel, "training/repeat");
  });

  it("tells of a failure with its remedy", async () => {
    const panel = await open();
    await showRun(panel, failedView, 100);
    const alert = panel.page.getByRole("alert");
    assert.match(await alert.innerText(), /not a number\.\s+Lower the learning rate\./);
    await alert.locator("vscode-button").click();
    await waitForTold(panel, "inspector/openLog");
  });

  it("keeps what it shows, and how, for a page after it", async () => {
    const panel = await open();
    await showRun(panel, completedView, 60);
    await panel.page.getByRole("button", { name: "Logarithmic" }).click();
    await panel.page.locator('.toggle[aria-pressed="true"]', { hasText: "Logarithmic" }).waitFor();
    const kept = await panel.kept();
    assert.deepEqual(kept, {
      options: { smooth: true, log: true },
      shown: { kind: "run", folder: completedView.folder },
    });
    const second = await open({ kept });
    await showRun(second, completedView, 60);
    await second.page.locator('.toggle[aria-pressed="true"]', { hasText: "Logarithmic" }).waitFor();
  });

  const states = { fineTuneForm, emptyForm, wrongForm, pretrainForm, runningView, completedView, failedView };
  const showState = async (panel: Panel, state: (typeof states)[keyof typeof states]) => {
    if (state.kind === "run") await showRun(panel, state, 120);
    else await panel.send("training/show", state);
    await panel.page.locator("h1").waitFor();
    await panel.page.evaluate(() => {
      for (const folded of document.querySelectorAll("details")) folded.open = true;
    });
  };

  for (const [name, state] of Object.entries(states)) {
    it(`has nothing for axe to find in any theme: ${name}`, async () => {
      const panel = await open();
      await showState(panel, state);
      await assertAccessibleInThemes(panel);
    });

    it(`fits 320 pixels: ${name}`, async () => {
      const panel = await open({ width: 320 });
      await showState(panel, state);
      const [scroll, client] = await panel.page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return [scrollWidth, clientWidth] as const;
      });
      assert.ok(scroll <= client, `${scroll} of ${client}`);
      await assertAccessible(panel.page);
    });
  }

  it("reaches every control by keyboard", async () => {
    const panel = await open();
    await panel.send("training/show", fineTuneForm);
    await panel.page.locator("h1").waitFor();
    const ids = new Set<string>();
    for (let i = 0; i < 60; i++) {
      await panel.page.keyboard.press("Tab");
      ids.add(
        await panel.page.evaluate(() => {
          const at = document.activeElement;
          return at?.id || at?.textContent?.trim() || at?.tagName || "";
        }),
      );
    }
    for (const id of ["field-task", "field-devShare", "field-model", "field-epochs", "field-name", "Start Training"])
      assert.ok(ids.has(id), `${id} of ${[...ids].join(", ")}`);
  });
});
