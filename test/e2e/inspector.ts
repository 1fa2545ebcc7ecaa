/** The inspector panel as a user finds it. */
import type { FrameLocator, Locator, Page } from "playwright-core";
import { webview } from "../vscode/workbench";

/** The parts of the panel that tests look at. */
export interface Inspector {
  readonly frame: FrameLocator;
  readonly heading: Locator;
  /** One per token, in order. */
  readonly tokens: Locator;
  readonly status: Locator;
  readonly details: Locator;
  readonly alert: Locator;
  readonly notice: Locator;
  button(name: string): Locator;
}

/** The panel in this window. */
export function inspector(page: Page): Inspector {
  const frame = webview(page);
  return {
    frame,
    heading: frame.locator("h1"),
    tokens: frame.locator('[role="option"]'),
    status: frame.locator(".status"),
    details: frame.locator("#details"),
    alert: frame.locator('[role="alert"]'),
    notice: frame.locator('[role="note"]'),
    button: (name) => frame.locator("vscode-button", { hasText: name }),
  };
}
