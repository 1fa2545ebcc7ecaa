/** A panel's own page in Chromium, with a host that records what it is told, and answers what a test gives it answers for. */

import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { panelHtml } from "../../src/extension/panels/html";
import type { InspectorState } from "../../src/runtime/panelProtocol";
import type { ReliabilityState } from "../../src/runtime/reliabilityProtocol";
import { type Theme, type ThemeName, themes } from "./themes";

const bundles = resolve(__dirname, "../../out/webview");
const nonce = "dGVzdA";

const panelNames = ["inspector", "reliability", "compare", "training", "comparison"] as const;
/** A panel, by its bundle. */
export type PanelName = (typeof panelNames)[number];

/** A message as `vscode-messenger` sends it. */
export interface PanelMessage {
  readonly method: string;
  readonly params?: unknown;
}

/** What a test's host answers to a question, by the question's method: a `PanelAnswer`, now or later. */
export type Answer = (params: unknown) => unknown;

/** Answers by method. */
export type Answers = Readonly<Record<string, Answer>>;

/** The panel, and its host. */
export interface Panel {
  readonly page: Page;
  /** What went wrong in the page: errors, refused styles or scripts. */
  readonly problems: readonly string[];
  show(state: InspectorState): Promise<void>;
  showReliability(state: ReliabilityState): Promise<void>;
  /** Gives the page a theme in place of the one it has, as VS Code does when another is chosen. */
  dress(theme: ThemeName): Promise<void>;
  /** Sends any notification to the page. */
  send(method: string, params: unknown): Promise<void>;
  /** Answers questions of this method from now on; typed arrays arrive as such. What no test answers stays open. */
  answer(method: string, answer: Answer): void;
  /** Answers questions of these methods from now on, and no others. */
  answer(answers: Answers): void;
  /** What the page has told and asked the host so far. */
  told(): Promise<readonly PanelMessage[]>;
  /** What it keeps for a reload. */
  kept(): Promise<unknown>;
  close(): Promise<void>;
}

/** Serves the page and its bundles on 127.0.0.1. */
export function servePanel(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
    const name = panelNames.find((panel) => path === `/${panel}`);
    if (name) return void response.setHeader("content-type", "text/html").end(pageHtml(name));
    const type = extname(path) === ".css" ? "text/css" : "text/javascript";
    const file = await readFile(join(bundles, path.slice(1))).catch(() => null);
    if (file) response.setHeader("content-type", type).end(file);
    else response.writeHead(404).end();
  });
  return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

/** Opens the page under a theme. `kept` is what an earlier page kept. */
export async function openPanel(
  browser: Browser,
  server: Server,
  options: {
    readonly panel?: PanelName;
    readonly theme?: ThemeName;
    readonly width?: number;
    readonly height?: number;
    readonly kept?: unknown;
    readonly answers?: Answers;
  } = {},
): Promise<Panel> {
  const { panel = "inspector", theme = "dark", width = 900, height = 700, kept } = options;
  const context = await browser.newContext({ viewport: { width, height }, reducedMotion: "reduce" });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("favicon")) problems.push(message.text());
  });
  // The loader that runs these tests names functions through a helper that the page does not have.
  const answers = new Map<string, Answer>(Object.entries(options.answers ?? {}));
  await page.exposeFunction("answerQuestion", async ({ method, params }: PanelMessage) => {
    const answer = answers.get(method);
    return answer ? { result: await answer(params) } : null;
  });
  await page.addInitScript("globalThis.__name = (f) => f");
  await page.addInitScript(`globalThis.dressPage = ${dressPage}`);
  await page.addInitScript(installHost, { theme: themes[theme], kept: kept ?? null });
  const { port } = server.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${port}/${panel}`);
  const send = (method: string, params: unknown) =>
    page.evaluate((message) => window.postMessage(message, "*"), { method, params, receiver: { type: "webview" } });
  return {
    page,
    problems,
    dress: (theme) => page.evaluate(dressPage, themes[theme]),
    send,
    show: (state) => send("inspector/show", state),
    showReliability: (state) => send("reliability/show", state),
    answer: (what: string | Answers, answer?: Answer) => {
      const given = typeof what === "string" ? { [what]: answer ?? (() => null) } : what;
      if (typeof what !== "string") answers.clear();
      for (const [method, one] of Object.entries(given)) answers.set(method, one);
    },
    told: () => page.evaluate(() => (globalThis as unknown as { told: PanelMessage[] }).told),
    kept: () => page.evaluate(() => (globalThis as unknown as { kept: unknown }).kept),
    close: () => context.close(),
  };
}

function pageHtml(name: PanelName): string {
  return panelHtml({
    element: `gptw-${name}`,
    nonce,
    cspSource: "'self'",
    scriptUri: `/${name}.js`,
    styleUri: `/${name}.css`,
    l10nJson: "{}",
    lang: "en",
    title: name,
  });
}

/** Runs in the page before anything else: VS Code's side of a webview. */
function installHost({ theme, kept }: { theme: (typeof themes)[ThemeName]; kept: unknown }): void {
  const host = globalThis as unknown as {
    told: unknown[];
    kept: unknown;
    acquireVsCodeApi: () => unknown;
    answerQuestion: (message: unknown) => Promise<{ result: unknown } | null>;
    dressPage: (theme: Theme) => Promise<void>;
  };
  host.told = [];
  host.kept = kept;
  host.acquireVsCodeApi = () => ({
    postMessage: async (message: { id?: string; method?: string; params?: unknown; receiver?: unknown }) => {
      host.told.push(message);
      const { id, method, params, receiver } = message;
      if (id === undefined || method === undefined) return; // a notification, or an answer
      const answered = await host.answerQuestion({ method, params });
      if (answered) window.postMessage({ id, ...answered, receiver: { type: "webview" }, sender: receiver }, "*");
    },
    getState: () => host.kept,
    setState: (state: unknown) => {
      host.kept = structuredClone(state);
    },
  });
  new MutationObserver((_, observer) => {
    if (!document.body) return;
    observer.disconnect();
    void host.dressPage(theme);
  }).observe(document, { childList: true, subtree: true });
}

/** Runs in the page: puts a theme's classes and variables in place of another's, and waits until they are drawn. */
async function dressPage({ bodyClass, variables }: Theme): Promise<void> {
  const { style } = document.documentElement;
  for (const name of Array.from(style)) if (name.startsWith("--vscode-")) style.removeProperty(name);
  for (const [name, value] of Object.entries(variables)) style.setProperty(name, value);
  document.body.className = bodyClass;
  document.body.style.setProperty("background-color", variables["--vscode-editor-background"] ?? "");
  document.body.style.setProperty("color", variables["--vscode-foreground"] ?? "");
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}
