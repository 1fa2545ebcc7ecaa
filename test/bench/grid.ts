/** The prompt lab's grid of 5,000 inputs by 10 variants in Chromium: how long the page is busy until all of it is there, and how long its frames take while it scrolls. */
import type { Page } from "playwright-core";
import { launchBrowser } from "../vscode/workbench";
import { showLabelled } from "../webview/compareStates";
import { openPanel, servePanel } from "../webview/page";
import type { Row } from "./table";

const [inputs, variants] = [5000, 10];
/** Frames that are scrolled, and pixels for each: from the first input to about the five hundredth. */
const scroll = { frames: 300, pixels: 120 };

/** Peer: every cell in the page as a plain table's, rows out of sight skipped with content-visibility. */
export async function benchGrid(): Promise<Row[]> {
  const [server, browser] = [await servePanel(), await launchBrowser()];
  try {
    const rows: Row[] = [];
    for (const what of ["grid", "peer"] as const) {
      const panel = await openPanel(browser, server, { panel: "compare", width: 1100, height: 800 });
      await countLongTasks(panel.page);
      if (what === "grid") {
        await showLabelled(panel, inputs, variants);
        await panel.page.locator(".row-count", { hasText: "5,000 rows" }).waitFor();
      } else await showTable(panel.page);
      await panel.page.waitForTimeout(1000);
      const busyMs = await panel.page.evaluate(() => (globalThis as unknown as Counted).busyMs);
      const frames = await scrolled(panel.page, what === "grid" ? ".grid-scroll" : "#peer");
      rows.push({ model: `${inputs} × ${variants}`, what, figures: { busyMs, ...frames } });
      await panel.close();
    }
    return rows;
  } finally {
    await browser.close();
    server.close();
  }
}

interface Counted {
  /** Sum of the page's tasks of more than 50 ms. What messages take on their way to it is the harness's. */
  busyMs: number;
}

async function countLongTasks(page: Page): Promise<void> {
  await page.evaluate(() => {
    const counted = globalThis as unknown as Counted;
    counted.busyMs = 0;
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) counted.busyMs += duration;
    });
    observer.observe({ entryTypes: ["longtask"] });
  });
}

async function showTable(page: Page): Promise<void> {
  await page.evaluate(
    async ({ inputs, variants }) => {
      const peer = document.createElement("div");
      peer.id = "peer";
      peer.style.cssText = "height: 600px; overflow: auto";
      for (let input = 0; input < inputs; input++) {
        const row = document.createElement("div");
        row.style.cssText = "display: flex; height: 68px; content-visibility: auto; contain-intrinsic-block-size: 68px";
        for (let column = 0; column <= variants; column++) {
          const cell = document.createElement("div");
          cell.className = "peer-cell";
          cell.style.cssText = "width: 190px; flex: none";
          cell.textContent = column === 0 ? `input ${input}` : `positive ${(input * 7 + column) % 100} %`;
          row.append(cell);
        }
        peer.append(row);
      }
      document.body.replaceChildren(peer);
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
    },
    { inputs, variants },
  );
}

async function scrolled(page: Page, selector: string): Promise<Record<string, number>> {
  return page.evaluate(
    async ({ selector, frames, pixels }) => {
      const element = document.querySelector(selector);
      if (!element) throw new Error(`no ${selector}`);
      const all: number[] = [];
      let last = await new Promise<number>(requestAnimationFrame);
      for (let frame = 0; frame < frames; frame++) {
        element.scrollTop += pixels;
        const now = await new Promise<number>(requestAnimationFrame);
        all.push(now - last);
        last = now;
      }
      all.sort((a, b) => a - b);
      const at = (part: number) => all[Math.min(all.length - 1, Math.floor(all.length * part))] ?? Number.NaN;
      const cellsInPage = document.querySelectorAll(".grid-cell, .peer-cell").length;
      return { frameMedianMs: at(0.5), frameP95Ms: at(0.95), frameMaxMs: at(1), cellsInPage };
    },
    { selector, ...scroll },
  );
}
