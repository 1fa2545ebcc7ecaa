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
}

/** Opens the view in this window. */
export async function openModelsView(page: Page): Promise<ModelsView> {
  await runCommand(page, "GPT Workbench: Focus on Models View");
  const pane = page.locator(".sidebar .split-view-container").first();
  await pane.locator(".monaco-list-row").first().waitFor({ timeout: 60_000 });
  return {
    pane,
    row: (text) => pane.locator(".monaco-list-row", { hasText: text }).first(),
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

/** Types a path into VS Code's own folder dialog, opened by _Add Model from Folder…_, and takes it. The folder has one named train. */
export async function chooseFolder(page: Page, path: string): Promise<void> {
  const widget = page.locator('.quick-input-widget:not([style*="display: none"])');
  const input = widget.locator(".quick-input-box input");
  // The dialog writes its own path a moment after it opened, and takes what is typed before that for a part of it.
  await waitFor("the dialog's path", async () => (await input.inputValue()).startsWith("/"));
  await input.fill(`${path}/`);
  // The dialog reads the folder before it takes it.
  await widget.locator(".monaco-list-row", { hasText: "train" }).waitFor();
  await widget.getByRole("button", { name: "Add This Model" }).click();
  await widget.waitFor({ state: "hidden" });
}
