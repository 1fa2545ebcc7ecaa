/** What the tests of the attention view share: a text, its answers, a page for each test. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import type { Browser } from "playwright-core";
import type { PictureId } from "../../src/webview/inspector/attention/choice";
import { launchBrowser } from "../vscode/workbench";
import { alternating, attentionAnswers, attentionRows } from "./answers";
import { openPanel, type Panel, type PanelMessage, servePanel } from "./page";
import { scores } from "./states";
import type { ThemeName } from "./themes";

/** The text. */
export const state = scores();
/** Every other layer of its model is banded. */
export const patterns = alternating(state.model.nLayer, 24);
/** What the answers hold. */
export const rowOf = attentionRows(state.tokens, patterns, state.model.nHead);
/** The token that is chosen unless a test chooses another. */
export const chosen = 60;

/** Called inside `describe`: a page for each test, which must report no problems. */
export function attentionPage() {
  let browser: Browser;
  let server: Server;
  let panel: Panel;
  const openWith = async (options: {
    readonly theme?: ThemeName;
    readonly width?: number;
    readonly height?: number;
  }) => {
    panel = await openPanel(browser, server, { ...options, answers: attentionAnswers(state, patterns) });
  };
  before(async () => {
    server = await servePanel();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    server.close();
  });
  beforeEach(() => openWith({ height: 900 }));
  afterEach(async () => {
    const problems = [...panel.problems];
    await panel.close();
    assert.deepEqual(problems, [], "the page reported problems");
  });
  return {
    get panel() {
      return panel;
    },
    /** Another page in place of the first. */
    async reopen(options: Parameters<typeof openWith>[0]): Promise<void> {
      await panel.close();
      await openWith(options);
    },
    ...helpers(() => panel),
  };
}

function helpers(current: () => Panel) {
  const locate = (selector: string) => current().page.locator(selector);
  const thumbnails = () => locate(".thumbnail");
  const surface = () => locate(".map-surface");
  const asked = async (method: string): Promise<readonly PanelMessage[]> =>
    (await current().told()).filter((message) => message.method === method);
  return {
    thumbnails,
    surface,
    asked,
    readout: () => locate(".readout"),
    drawnMap: () => locate("gptw-heat-map canvas").waitFor(),
    /** Shows `shown`, chooses a token, and opens the view. */
    async open(token: number | null = chosen, shown = state): Promise<void> {
      await current().show(shown);
      await locate('[role="option"]').first().waitFor();
      if (token !== null) await current().send("inspector/select", token);
      await locate("#tab-attention").click();
    },
    async openPicture(id: PictureId): Promise<void> {
      await thumbnails().first().waitFor();
      await locate(`#tab-${id}`).click();
    },
    async waitForAsked(method: string, count = 1): Promise<readonly PanelMessage[]> {
      for (let i = 0; i < 1500; i++) {
        const messages = await asked(method);
        if (messages.length >= count) return messages;
        await current().page.waitForTimeout(20);
      }
      throw new Error(`the host was not asked ${method} ${count} times`);
    },
    /** Pixels of a canvas, as text that differs when they do. */
    pixels: (selector: string) =>
      locate(selector).evaluate(async (canvas) => {
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        return canvas instanceof HTMLCanvasElement ? canvas.toDataURL() : "";
      }),
    /** The middle of a cell of the whole map, from the upper left corner of the surface. */
    async cellPlace(query: number, key: number): Promise<{ x: number; y: number }> {
      const box = (await surface().boundingBox()) ?? assert.fail();
      const cell = Math.min((box.width - 40) / state.tokens.length, (box.height - 22) / state.tokens.length);
      return { x: 40 + (key + 0.5) * cell, y: 22 + (query + 0.5) * cell };
    },
  };
}
