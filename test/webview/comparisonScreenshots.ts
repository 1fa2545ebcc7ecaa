/** Pictures of the comparison panel, into test-results/webview/: to be looked at. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ComparisonPanelState } from "../../src/runtime/comparisonPanelProtocol";
import { launchBrowser } from "../vscode/workbench";
import {
  failedState,
  plainReport,
  planningState,
  planState,
  runningState,
  usualReport,
  wideReport,
  wrongPlanState,
} from "./comparisonStates";
import { openPanel, type Panel, servePanel } from "./page";
import type { ThemeName } from "./themes";

const folder = resolve(process.argv[2] ?? join(__dirname, "../../test-results/webview"));
const themes: readonly ThemeName[] = ["light", "dark", "highContrast", "highContrastLight"];
const widths = [1200, 600] as const;

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const [server, browser] = [await servePanel(), await launchBrowser()];
  const [usual, wide, plain] = [await usualReport(), await wideReport(), await plainReport()];
  const states: Readonly<Record<string, ComparisonPanelState>> = {
    ...{ empty: { kind: "empty" }, plan: planState, planning: planningState, wrong: wrongPlanState },
    ...{ running: runningState(), failed: failedState(), plain: plain.state, report: usual.state, wide: wide.state },
  };
  const answers = { usual: usual.answers, wide: wide.answers, plain: plain.answers };
  for (const theme of themes)
    for (const width of widths) {
      const panel = await openPanel(browser, server, { panel: "comparison", theme, width, height: 900 });
      const shot = (name: string) =>
        panel.page.screenshot({ path: join(folder, `comparison-${name}-${theme}-${width}.png`), fullPage: true });
      for (const [name, state] of Object.entries(states)) {
        panel.answer(name === "wide" ? answers.wide : name === "plain" ? answers.plain : answers.usual);
        await panel.send("comparison/show", state);
        await panel.page.locator("h1").waitFor();
        if (state.kind === "report") await panel.page.locator(".item").first().waitFor();
        await panel.page.evaluate(() => scrollTo(0, 0));
        await panel.page.waitForTimeout(150);
        await shot(name);
        if (name === "report") await opened(panel, shot);
      }
      if (panel.problems.length) console.log(theme, width, panel.problems);
      await panel.close();
    }
  await browser.close();
  server.close();
}

/** With an arm unfolded, and an answer computed again. */
async function opened(panel: Panel, shot: (name: string) => Promise<unknown>): Promise<void> {
  await panel.page.locator(".arm-parts summary", { hasText: "few-shot" }).click();
  await panel.page.locator('[data-part="overlap"] > summary').click();
  await panel.page
    .getByRole("button", { name: /^Reproduce/ })
    .first()
    .click();
  await panel.page.locator(".replay").first().waitFor();
  await panel.page.locator(".replay summary").click();
  await panel.page.evaluate(() => scrollTo(0, 0));
  await panel.page.waitForTimeout(150);
  await shot("report-opened");
}

void main();
