/** The inspector panel in Chromium, under the very policy it has in VS Code. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import type { Browser } from "playwright-core";
import type { InspectorState } from "../../src/runtime/panelProtocol";
import { emptyPanel } from "../../src/webview/inspector/state";
import { numberFormats } from "../../src/webview/shared/format";
import { launchBrowser } from "../vscode/workbench";
import { openPanel, type Panel, servePanel } from "./page";
import { completion, failed, generatedTokens, loading, scoredTokens, scores } from "./states";
import { assertAccessibleInThemes, waitForTold } from "./viewsSupport";

const states: Readonly<Record<string, InspectorState>> = {
  empty: { kind: "empty" },
  loading,
  failed,
  scores: scores(),
  running: completion("running"),
  finished: completion("finished"),
  "broken off": completion("failed"),
};

describe("the inspector panel", () => {
  let browser: Browser;
  let server: Server;
  let panel: Panel;

  before(async () => {
    server = await servePanel();
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
    server.close();
  });
  beforeEach(async () => {
    panel = await openPanel(browser, server);
  });
  afterEach(async () => {
    const problems = [...panel.problems];
    await panel.close();
    assert.deepEqual(problems, [], "the page reported problems");
  });

  const options = () => panel.page.locator('[role="option"]');
  const selected = async () =>
    Number(await panel.page.locator('[role="option"][aria-selected="true"]').getAttribute("data-index"));

  async function shown(state: InspectorState): Promise<void> {
    await panel.show(state);
    await options().first().waitFor();
  }

  const toldParams = async (method: string): Promise<unknown> => (await waitForTold(panel, method)).params;

  async function keptWith(selected: number): Promise<unknown> {
    await panel.page.waitForFunction(
      (index) => (globalThis as unknown as { kept: { selected?: number } | null }).kept?.selected === index,
      selected,
    );
    return panel.kept();
  }

  it("says that it is ready, and what to do while there is nothing", async () => {
    await toldParams("inspector/ready");
    await panel.page.getByText("Nothing to inspect yet").waitFor();
  });

  it("shows every token, whitespace visible, the sums and what was cut", async () => {
    const state = scores();
    await shown(state);
    assert.equal(await options().count(), state.tokens.length);
    const texts = await options().allTextContents();
    assert.ok(texts.some((text) => text.includes("↵")) && texts.some((text) => text.includes("→")));
    assert.ok(texts.some((text) => text.startsWith("·")));
    assert.deepEqual(texts.slice(-2), ["f0 9f", "99 82"]);
    const header = (await panel.page.locator("header").textContent()) ?? "";
    const kept = `first ${state.tokens.length} of 2,048 tokens`;
    for (const words of ["bits in total", "perplexity", "bits per byte", kept])
      assert.ok(header.includes(words), words);
  });

  it("colours by surprisal: the more surprising, the further from the background", async () => {
    await shown(scores());
    const colors = await panel.page.evaluate(() =>
      Array.from({ length: 7 }, (_, level) => {
        const token = document.querySelector(`.token.s${level}`);
        return token ? getComputedStyle(token).backgroundColor : null;
      }),
    );
    const found = colors.filter((color) => color !== null);
    assert.ok(found.length >= 4, "several levels occur");
    assert.equal(new Set(found).size, found.length, "each with a colour of its own");
  });

  it("names each token for a screen reader, with place, bits and rank", async () => {
    await shown(scores());
    assert.match((await options().nth(0).getAttribute("aria-label")) ?? "", /^token 1 of \d+: .*first token/);
    assert.match((await options().nth(3).getAttribute("aria-label")) ?? "", /^token 4 of \d+: .* bits, rank [\d,]+$/);
  });

  it("shows the chosen token's numbers and its alternatives in a table", async () => {
    await shown(scores());
    await options().nth(5).click();
    const details = panel.page.locator("#details");
    for (const words of ["probability", "rank", "Entropy", "Token id", "Bytes"])
      await details.getByText(words, { exact: false }).first().waitFor();
    const rows = details.locator("table tbody tr");
    assert.ok((await rows.count()) >= 10);
    assert.ok((await details.locator("table thead th").count()) >= 3);
  });

  it("keeps probability after truncation apart, for generated tokens", async () => {
    const state = completion("finished");
    await shown(state);
    const index = state.tokens.findIndex(
      ({ prediction, truncatedProbability }) => truncatedProbability > 1.1 * Math.exp(prediction.logprob),
    );
    await options().nth(index).click();
    const { prediction, truncatedProbability = Number.NaN } = state.tokens[index] ?? {};
    const facts = panel.page.locator("#details .facts > div");
    const { percent } = numberFormats("en");
    const over = percent(Math.exp(prediction?.logprob ?? Number.NaN));
    assert.notEqual(over, percent(truncatedProbability));
    await facts.filter({ hasText: "Over the full vocabulary" }).getByText(over, { exact: true }).waitFor();
    await facts
      .filter({ hasText: "After temperature" })
      .getByText(percent(truncatedProbability), { exact: true })
      .waitFor();
  });

  it("moves with the keyboard, reveals with Enter, and has one tab stop", async () => {
    await shown(scores());
    assert.equal(await panel.page.locator('[role="option"][tabindex="0"]').count(), 1);
    await options().nth(0).click();
    await panel.page.keyboard.press("ArrowRight");
    await panel.page.keyboard.press("ArrowRight");
    assert.equal(await selected(), 2);
    await panel.page.keyboard.press("ArrowDown");
    const below = await selected();
    const [from, to] = [await options().nth(2).boundingBox(), await options().nth(below).boundingBox()];
    assert.ok(from && to && to.y > from.y, "on the next line");
    await panel.page.keyboard.press("ArrowUp");
    assert.equal(await selected(), 2);
    await panel.page.keyboard.press("Control+End");
    assert.equal(await selected(), (await options().count()) - 1);
    await panel.page.keyboard.press("Control+Home");
    assert.equal(await selected(), 0);
    await panel.page.keyboard.press("ArrowLeft");
    assert.equal(await selected(), 0);
    await panel.page.keyboard.press("Enter");
    assert.equal(await toldParams("inspector/reveal"), 0);
  });

  it("leaves the strip with Escape, for the details", async () => {
    await shown(scores());
    await options().nth(3).focus();
    const tooltip = panel.page.locator('[role="tooltip"]');
    await tooltip.getByText("rank").waitFor();
    await panel.page.keyboard.press("Escape");
    await tooltip.waitFor({ state: "hidden" });
    assert.equal(await panel.page.evaluate(() => document.activeElement?.id), "details");
  });

  it("chooses and shows the token that the host names, without taking the focus", async () => {
    const tokens = scoredTokens("a line\n".repeat(200), false);
    await shown({ ...scores(), tokens });
    const index = tokens.length - 2;
    await panel.send("inspector/select", index);
    await panel.page.locator(`[data-index="${index}"][aria-selected="true"]`).waitFor();
    await panel.page.waitForFunction((at) => {
      const box = document.querySelector(`[data-index="${at}"]`)?.getBoundingClientRect();
      return box && box.top >= 0 && box.bottom <= innerHeight;
    }, index);
    assert.equal(await panel.page.evaluate(() => document.activeElement?.localName), "body");
  });

  it("shows the numbers on hover and on focus", async () => {
    await shown(scores());
    await options().nth(4).hover();
    const tooltip = panel.page.locator('[role="tooltip"]');
    await tooltip.getByText("rank").waitFor();
    await panel.page.mouse.move(890, 690);
    await tooltip.waitFor({ state: "hidden" });
    await options().nth(4).focus();
    await tooltip.getByText("rank").waitFor();
  });

  it("appends what streams in, without drawing anew what is there", async () => {
    await shown(completion("running"));
    const before = await options().count();
    await options()
      .nth(1)
      .evaluate((token) => token.setAttribute("data-same", "yes"));
    const more = generatedTokens("let count = 0;\n");
    for (const token of more) await panel.send("inspector/append", { tokens: [token], textDelta: token.text });
    await panel.page.waitForFunction(
      (n) => document.querySelectorAll('[role="option"]').length === n,
      before + more.length,
    );
    assert.equal(await options().nth(1).getAttribute("data-same"), "yes");
  });

  it("draws a fast stream by the frame, not by the token", async () => {
    await shown(completion("running"));
    const before = await options().count();
    const more = generatedTokens("word ".repeat(100));
    const draws = await panel.page.evaluate(
      async ({ tokens, total }) => {
        const [strip] = document.getElementsByClassName("strip");
        if (!strip) throw new Error("no strip");
        let count = 0;
        new MutationObserver(() => count++).observe(strip, { childList: true, subtree: true });
        for (const token of tokens) {
          const params = { tokens: [token], textDelta: token.text };
          window.postMessage({ method: "inspector/append", params, receiver: { type: "webview" } }, "*");
        }
        while (strip.querySelectorAll('[role="option"]').length < total) await new Promise(requestAnimationFrame);
        return count;
      },
      { tokens: more, total: before + more.length },
    );
    assert.ok(draws > 0 && draws < more.length / 2, `${draws} draws for ${more.length} tokens`);
  });

  it("keeps the end of a stream in sight, and announces its start and end alone", async () => {
    const status = panel.page.locator('[role="status"][aria-live="polite"]');
    const spoken = () => status.textContent();
    await shown({ ...completion("running"), text: "", tokens: generatedTokens("first") });
    assert.equal((await spoken())?.trim(), "Generating…");
    const tokens = generatedTokens("a line of text\n".repeat(300));
    for (let i = 0; i < tokens.length; i += 100)
      await panel.send("inspector/append", { tokens: tokens.slice(i, i + 100), textDelta: "" });
    await panel.page.locator(`[data-index="${tokens.length}"]`).waitFor();
    assert.equal((await spoken())?.trim(), "Generating…");
    await panel.page.waitForFunction(() => {
      const strip = document.querySelector("gptw-token-strip");
      return strip && strip.scrollTop > 0 && strip.scrollTop + strip.clientHeight >= strip.scrollHeight - 8;
    });
    await panel.show(completion("finished"));
    await status.getByText("Reached the limit of new tokens").waitFor();
  });

  it("stops, inserts, copies and shows the log on request", async () => {
    await shown(completion("running"));
    assert.equal(await panel.page.getByText("Inspect Prompt and Completion").getAttribute("disabled"), "");
    for (const [button, method] of [
      ["Stop", "stop"],
      ["Insert", "insert"],
      ["Copy", "copy"],
    ] as const) {
      await panel.page.locator("vscode-button", { hasText: button }).click();
      await toldParams(`inspector/${method}`);
    }
    await panel.show(failed);
    await panel.page.locator("vscode-button", { hasText: "Show Log" }).click();
    await toldParams("inspector/openLog");
    await panel.page.getByText("expected [8192, 192]").waitFor();
  });

  it("has no Stop once it has ended, and says how it ended", async () => {
    await shown(completion("finished"));
    assert.equal(await panel.page.locator("vscode-button", { hasText: "Stop" }).count(), 0);
    await panel.page.getByText("Inspect Prompt and Completion").click();
    await toldParams("inspector/inspectCompletion");
    await panel.page.getByText("tokens per second").waitFor();
  });

  it("keeps its state and the chosen token over a reload", async () => {
    const state = scores();
    await shown(state);
    await options().nth(7).click();
    const kept = await keptWith(7);
    assert.deepEqual(kept, { ...emptyPanel, state, selected: 7 });
    const again = await openPanel(browser, server, { kept });
    await again.page.locator('[role="option"][aria-selected="true"]').waitFor();
    assert.equal(await again.page.locator('[role="option"][aria-selected="true"]').getAttribute("data-index"), "7");
    await again.close();
  });

  it("starts empty when what was kept is nothing of ours", async () => {
    const older = { ...scores(), summary: undefined };
    for (const kept of [
      42,
      "text",
      { state: { kind: "scores", tokens: "no" } },
      { state: null, selected: {} },
      { state: older },
    ]) {
      const odd = await openPanel(browser, server, { kept });
      await odd.page.getByText("Nothing to inspect yet").waitFor();
      assert.deepEqual(odd.problems, []);
      await odd.close();
    }
  });

  it("shows hostile text as text", async () => {
    const hostile = "<img src=x onerror=alert(1)>\u202e\u0000 <script>alert(2)</script>";
    const tokens = scoredTokens("a b c", false).map((token) => ({ ...token, text: hostile }));
    await shown({ ...scores(), title: hostile, tokens });
    assert.equal(await panel.page.locator("img, gptw-inspector script").count(), 0);
    const text = (await options().nth(1).textContent()) ?? "";
    assert.ok(text.includes("<img") && text.includes("U+202E") && !text.includes("\u202e") && !text.includes("\u0000"));
  });

  for (const [name, state] of Object.entries(states)) {
    it(`has nothing serious against accessibility in any theme: ${name}`, async () => {
      const { page } = panel;
      await panel.show(state);
      await page.locator("h1").waitFor();
      if (await page.locator('[role="option"]').count()) await page.locator('[role="option"]').nth(2).click();
      await assertAccessibleInThemes(panel);
    });
  }

  it("fits a narrow panel and 200 % zoom: nothing is cut off sideways", async () => {
    for (const width of [320, 450]) {
      const narrow = await openPanel(browser, server, { width });
      for (const state of Object.values(states)) {
        await narrow.show(state);
        await narrow.page.locator("h1").waitFor();
        const overflow = await narrow.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${state.kind} overflows by ${overflow} px at ${width} px`);
      }
      await narrow.close();
    }
  });
});
