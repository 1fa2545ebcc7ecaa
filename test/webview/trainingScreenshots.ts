/** Pictures of the training panel, into test-results/webview/: to be looked at. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { launchBrowser } from "../vscode/workbench";
import { openPanel, servePanel } from "./page";
import type { ThemeName } from "./themes";
import {
  completedView,
  emptyForm,
  failedView,
  fineTuneForm,
  interruptedView,
  pretrainForm,
  runningView,
  showRun,
  wrongForm,
} from "./trainingStates";

const folder = resolve(__dirname, "../../test-results/webview");
const themes: readonly ThemeName[] = ["dark", "light", "highContrast", "highContrastLight"];
const widths = [1000, 400] as const;

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const [server, browser] = [await servePanel(), await launchBrowser()];
  for (const theme of themes)
    for (const width of widths) {
      const panel = await openPanel(browser, server, { panel: "training", theme, width, height: 900 });
      const shot = (name: string) =>
        panel.page.screenshot({ path: join(folder, `training-${name}-${theme}-${width}.png`), fullPage: true });
      const forms = { form: fineTuneForm, empty: emptyForm, wrong: wrongForm, pretrain: pretrainForm };
      for (const [name, state] of Object.entries(forms)) {
        await panel.send("training/show", { ...state, form: state.form + 10 * Object.keys(forms).indexOf(name) });
        await panel.page.locator("h1").waitFor();
        await panel.page.waitForTimeout(120);
        await shot(name);
      }
      for (const [name, view, steps] of [
        ["running", runningView, 300],
        ["completed", completedView, 520],
        ["interrupted", interruptedView, 230],
        ["failed", failedView, 212],
      ] as const) {
        await showRun(panel, view, steps);
        await panel.page.waitForTimeout(120);
        await shot(name);
        await panel.page.evaluate(() => {
          for (const folded of document.querySelectorAll("details")) folded.open = true;
        });
        await shot(`${name}-opened`);
      }
      if (panel.problems.length) console.log(theme, width, panel.problems);
      await panel.close();
    }
  await browser.close();
  server.close();
}

void main();
