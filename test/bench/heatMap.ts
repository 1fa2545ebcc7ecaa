/** Frames of the attention view's heat map in Chromium, software-rendered: how long from one to the next while it is zoomed and panned. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { launchBrowser } from "../vscode/workbench";
import { attentionAnswers } from "../webview/answers";
import { openPanel, servePanel } from "../webview/page";
import { scoredTokens, scores } from "../webview/states";
import type { Row } from "./table";

const root = join(__dirname, "../..");
const tokens = 1024;
const steps = 240;

/** What is done in every frame. */
const gestures = ["zoom", "pan", "hover"] as const;

/** Milliseconds between frames without a limit of their rate, and of the page's own work in them. */
export async function benchHeatMap(): Promise<Row[]> {
  const { status } = spawnSync(process.execPath, [join(root, "esbuild.mjs"), "--production"], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) throw new Error("the bundles could not be built");
  // As fast as frames can be drawn: else every one takes the screen's 16.7 ms.
  const [server, browser] = [
    await servePanel(),
    await launchBrowser(["--disable-frame-rate-limit", "--disable-gpu-vsync"]),
  ];
  try {
    const text = "for (const item of list) total += item.price;\nreturn total;\n".repeat(80);
    const state = { ...scores(), tokens: scoredTokens(text, false).slice(0, tokens) };
    const model = { ...state.model, nLayer: 1, nHead: 1, nPositions: tokens };
    const shown = { ...state, model };
    const { page, show } = await openPanel(browser, server, {
      width: 1100,
      height: 900,
      answers: attentionAnswers(shown),
    });
    await show(shown);
    await page.locator("#tab-attention").click();
    await page.locator("gptw-heat-map canvas").waitFor();
    await page.locator(".over").waitFor({ state: "detached" });
    const rows: Row[] = [];
    for (const what of gestures) rows.push({ model: "1,024 tokens", what, figures: await measure(page, what) });
    return rows;
  } finally {
    await browser.close();
    server.close();
  }
}

async function measure(page: Page, gesture: (typeof gestures)[number]): Promise<Readonly<Record<string, number>>> {
  const { between, work } = await page.evaluate(runGesture, { gesture, count: steps });
  const at = (values: readonly number[], part: number) =>
    [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(part * values.length))] ?? Number.NaN;
  return {
    frames: between.length,
    frameMsP50: at(between, 0.5),
    frameMsP95: at(between, 0.95),
    workMsP50: at(work, 0.5),
    workMsP95: at(work, 0.95),
    over16Ms: between.filter((ms) => ms > 16).length,
  };
}

/** Runs in the page: one event a frame, and when each frame began. Work is from the event to the end of the frame's callbacks. */
async function runGesture({ gesture, count }: { gesture: "zoom" | "pan" | "hover"; count: number }) {
  const surface = document.querySelector(".map-surface");
  if (!surface) throw new Error("no map");
  const { left, top, width, height } = surface.getBoundingClientRect();
  const nextFrame = () => new Promise<number>((done) => requestAnimationFrame(done));
  const between: number[] = [];
  const work: number[] = [];
  let last = await nextFrame();
  for (let i = 0; i < count; i++) {
    const turn = (2 * Math.PI * i) / 60;
    const place = {
      clientX: left + width * (0.5 + 0.2 * Math.sin(turn)),
      clientY: top + height * (0.6 + 0.2 * Math.cos(turn)),
    };
    const started = performance.now();
    const wheel = { ...place, bubbles: true, cancelable: true };
    if (gesture === "zoom")
      surface.dispatchEvent(new WheelEvent("wheel", { ...wheel, ctrlKey: true, deltaY: i % 80 < 40 ? -25 : 25 }));
    else if (gesture === "pan")
      surface.dispatchEvent(
        new WheelEvent("wheel", { ...wheel, deltaX: 37 * Math.sin(turn), deltaY: 37 * Math.cos(turn) }),
      );
    else surface.dispatchEvent(new PointerEvent("pointermove", { ...place, bubbles: true, pointerId: 1 }));
    const frame = await nextFrame(); // the map asked for its frame before: this one is told after it has drawn
    work.push(performance.now() - started - Math.max(0, frame - started));
    between.push(frame - last);
    last = frame;
  }
  // Leaves the map zoomed in, so that there is something to pan.
  for (let i = 0; i < 20; i++) {
    surface.dispatchEvent(
      new WheelEvent("wheel", {
        clientX: left + width / 2,
        clientY: top + height / 2,
        ctrlKey: true,
        deltaY: -20,
        cancelable: true,
      }),
    );
    last = await nextFrame();
  }
  return { between, work };
}
