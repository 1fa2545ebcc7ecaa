/** Pictures of the panel in its states, themes and widths, into test-results/webview/: to be looked at. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { launchBrowser } from "../vscode/workbench";
import { openPanel, servePanel } from "./page";
import { off, unused, used } from "./reliabilityStates";
import { completion, failed, loading, scores } from "./states";
import type { ThemeName } from "./themes";

const folder = resolve(__dirname, "../../test-results/webview");
const states = {
  scores: scores(),
  running: completion("running"),
  finished: completion("finished"),
  broken: completion("failed"),
  loading,
  failed,
  empty: { kind: "empty" },
} as const;
const themes: readonly ThemeName[] = ["dark", "light", "highContrast", "highContrastLight"];

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const [server, browser] = [await servePanel(), await launchBrowser()];
  for (const theme of themes) {
    for (const [name, state] of Object.entries(states)) {
      for (const width of [900, 380]) {
        const { page, show, close } = await openPanel(browser, server, { theme, width, height: 700 });
        await show(state);
        await page.locator("h1").waitFor();
        if (await page.locator('[role="option"]').count()) await page.locator('[role="option"]').nth(12).click();
        await page.screenshot({ path: join(folder, `${name}-${theme}-${width}.png`) });
        await close();
      }
    }
  }
  for (const theme of themes) {
    for (const [name, state] of Object.entries({ used, off, unused })) {
      for (const width of [900, 380]) {
        const { page, showReliability, close } = await openPanel(browser, server, {
          panel: "reliability",
          ...{ theme, width, height: 1000 },
        });
        await showReliability(state);
        await page.locator("h1").waitFor();
        await page.screenshot({ path: join(folder, `reliability-${name}-${theme}-${width}.png`), fullPage: true });
        await close();
      }
    }
  }
  await browser.close();
  server.close();
  console.log(`Pictures are in ${folder}`);
}

void main();
