/** Pictures of the compare panel, into test-results/webview/: to be looked at. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { launchBrowser } from "../vscode/workbench";
import { compareAnswers, showLabelled, showWritten } from "./compareStates";
import { openPanel, servePanel } from "./page";
import type { ThemeName } from "./themes";

const folder = resolve(__dirname, "../../test-results/webview");
const themes: readonly ThemeName[] = ["dark", "light", "highContrast"];
const sizes = [
  [1100, 800],
  [480, 800],
] as const;

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const [server, browser] = [await servePanel(), await launchBrowser()];
  for (const theme of themes)
    for (const [width, height] of sizes) {
      const panel = await openPanel(browser, server, {
        panel: "compare",
        theme,
        width,
        height,
        answers: compareAnswers,
      });
      const shot = (name: string, fullPage = width < 560) =>
        panel.page.screenshot({ path: join(folder, `compare-${name}-${theme}-${width}.png`), fullPage });
      await showLabelled(panel, 40, 4);
      await panel.send("compare/marks", {
        run: 1,
        marks: [
          { variant: 0, item: 0, rating: "good", note: "", pinned: true },
          { variant: 1, item: 1, rating: "bad", note: "why?", pinned: false },
        ],
      });
      await panel.page.locator(".cell-body").first().waitFor();
      await panel.page.waitForTimeout(150);
      await shot("grid");
      await panel.page.locator('[data-row="2"][data-column="0"]').click();
      await panel.page.locator(".segment-text").first().waitFor();
      await panel.page.locator("vscode-button", { hasText: "Reproduce" }).click();
      await panel.page.locator(".diff-with").selectOption("1");
      await panel.page.locator(".aligned").waitFor();
      await shot("details");
      await panel.page.getByRole("tab", { name: "Summary" }).click();
      await shot("summary");
      await panel.page.getByRole("tab", { name: "Cells" }).click();
      await showWritten(panel);
      await panel.page.locator(".surprisal-text").first().waitFor();
      await shot("written");
      if (panel.problems.length) console.log(theme, width, panel.problems);
      await panel.close();
    }
  await browser.close();
  server.close();
}

void main();
