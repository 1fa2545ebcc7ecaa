/** The inspector's strip of 10,000 tokens in Chromium: how soon it is painted, and how long its frames take while it scrolls. */
import type { Page } from "playwright-core";
import { launchBrowser } from "../vscode/workbench";
import { openPanel, servePanel } from "../webview/page";
import { scoredTokens, scores } from "../webview/states";
import type { Row } from "./table";

const count = 10_000;
/** Frames that are scrolled, and pixels for each: about ten thousand tokens' height. */
const scroll = { frames: 300, pixels: 60 };

interface Frames {
  readonly firstPaintMs: number;
  /** One per frame. */
  readonly frameMs: readonly number[];
  readonly tokensInPage: number;
}

/** Two texts: lines of code, and one line without end. Peer: every token in the page, lines skipped with content-visibility. */
export async function benchStrip(): Promise<Row[]> {
  const [server, browser] = [await servePanel(), await launchBrowser()];
  const rows: Row[] = [];
  try {
    for (const [name, text] of Object.entries({
      lines: "const dx = a.x - b.x;\n".repeat(count),
      "one line": "word ".repeat(count),
    })) {
      const tokens = scoredTokens(text, false).slice(0, count);
      for (const what of ["strip", "peer"] as const) {
        const panel = await openPanel(browser, server);
        const measured =
          what === "strip"
            ? await measureStrip(panel.page, { ...scores(), tokens })
            : await measurePeer(panel.page, tokens);
        rows.push({ model: name, what, figures: figures(measured) });
        await panel.close();
      }
    }
  } finally {
    await browser.close();
    server.close();
  }
  return rows;
}

function figures({ firstPaintMs, frameMs, tokensInPage }: Frames): Row["figures"] {
  const sorted = [...frameMs].sort((a, b) => a - b);
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return { firstPaintMs, frameMedianMs: at(0.5), frameP95Ms: at(0.95), frameMaxMs: at(1), tokensInPage };
}

async function measureStrip(page: Page, state: unknown): Promise<Frames> {
  // The state is set by hand: what a message takes on its way is not the strip's.
  const firstPaintMs = await page.evaluate(async (shown) => {
    const inspector: (Element & { panel?: object }) | null = document.querySelector("gptw-inspector");
    if (!inspector) throw new Error("no inspector");
    const started = performance.now();
    inspector.panel = { ...inspector.panel, state: shown };
    while (!document.querySelector(".token[data-index]")) await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return performance.now() - started;
  }, state);
  return { firstPaintMs, ...(await scrolled(page, "gptw-token-strip")) };
}

/** The same tokens as plain elements. */
async function measurePeer(page: Page, tokens: readonly { readonly text: string }[]): Promise<Frames> {
  const firstPaintMs = await page.evaluate(
    async (texts) => {
      const started = performance.now();
      const peer = document.createElement("div");
      peer.id = "peer";
      for (const [name, value] of Object.entries({
        height: "600px",
        width: "540px",
        overflow: "auto",
        font: "14px monospace",
      }))
        peer.style.setProperty(name, value);
      let block = document.createElement("div");
      for (const [index, text] of texts.entries()) {
        if (index % 128 === 0) {
          block = document.createElement("div");
          block.style.setProperty("content-visibility", "auto");
          block.style.setProperty("contain-intrinsic-block-size", "auto 12em");
          peer.append(block);
        }
        const token = document.createElement("span");
        token.className = `token s${index % 7}`;
        token.setAttribute("role", "option");
        token.setAttribute("aria-label", `token ${index}: ${text}`);
        token.style.setProperty("display", "inline-block");
        token.textContent = text;
        block.append(token);
      }
      document.body.replaceChildren(peer);
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      return performance.now() - started;
    },
    tokens.map(({ text }) => text),
  );
  return { firstPaintMs, ...(await scrolled(page, "#peer")) };
}

async function scrolled(page: Page, selector: string): Promise<Omit<Frames, "firstPaintMs">> {
  await page.waitForTimeout(1000);
  return page.evaluate(
    async ({ selector, frames, pixels }) => {
      const element = document.querySelector(selector);
      if (!element) throw new Error(`no ${selector}`);
      const frameMs: number[] = [];
      let last = await new Promise<number>(requestAnimationFrame);
      for (let frame = 0; frame < frames; frame++) {
        element.scrollTop += pixels;
        const now = await new Promise<number>(requestAnimationFrame);
        frameMs.push(now - last);
        last = now;
      }
      return { frameMs, tokensInPage: document.querySelectorAll('[role="option"]').length };
    },
    { selector, ...scroll },
  );
}
