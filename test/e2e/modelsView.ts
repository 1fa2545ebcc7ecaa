/** The Models view as a user finds it. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Locator, Page } from "playwright-core";
import { runCommand } from "../vscode/workbench";
import { waitFor } from "./processes";

/** The parts of the view that tests look at. */
export interface ModelsView {
  /** Everything in the side bar's views. */
  readonly pane: Locator;
  /** The first row with this text. */
  row(text: string | RegExp): Locator;
  /** A button of the view's title, of a row or of the welcome text. */
  button(name: string): Locator;
  /** Chooses an entry of a row's context menu. */
  choose(row: Locator, entry: string): Promise<void>;
  /** Opens a row until a line below it has this text: a list that is read anew closes rows that are new in it. */
  unfold(row: Locator, line: string | RegExp): Promise<void>;
}

/** Opens the view in this window. */
export async function openModelsView(page: Page): Promise<ModelsView> {
  await runCommand(page, "GPT Workbench: Focus on Models View");
  const pane = page.locator(".sidebar .split-view-container").first();
  await pane.locator(".monaco-list-row").first().waitFor({ timeout: 60_000 });
  const row = (text: string | RegExp) => pane.locator(".monaco-list-row", { hasText: text }).first();
  return {
    pane,
    row,
    unfold: (parent, line) =>
      waitFor(`the line ${line}`, async () => {
        if ((await parent.getAttribute("aria-expanded")) !== "true") await parent.click(); // a click opens the row
        return (await row(line).count()) > 0;
      }).then(() => undefined),
    button: (name) => page.locator(".sidebar").getByRole("button", { name, exact: true }).first(),
    choose: async (row, entry) => {
      await row.click({ button: "right" });
      const menu = page.locator(".context-view .monaco-menu");
      const item = menu.getByText(entry, { exact: true });
      await item.hover();
      await sleep(300); // a menu that has just opened takes no clicks, so that a right click's end is none
      await item.click();
      await menu.waitFor({ state: "detached" });
    },
  };
}

/**
 * Adds a model by _Add Model from Folder…_ and VS Code's own folder dialog. That one reads folders while one types, and
 * may take the path for a part of its own: then it is closed and opened again.
 */
export async function addFolder(page: Page, view: ModelsView, path: string): Promise<void> {
  const widget = page.locator('.quick-input-widget:not([style*="display: none"])');
  for (let left = 3; ; left--) {
    await view.button("Add Model from Folder…").click();
    const input = widget.locator(".quick-input-box input");
    await waitFor("the dialog's path", async () => (await input.inputValue()).startsWith("/"));
    await input.fill(`${path}/`);
    await sleep(500);
    await widget.getByRole("button", { name: "Add This Model" }).click();
    try {
      return await widget.waitFor({ state: "hidden", timeout: 5000 });
    } catch (error) {
      if (left === 0) throw error;
    }
    await input.press("Escape"); // the focus may be on the button
    await widget.waitFor({ state: "hidden" });
  }
}
