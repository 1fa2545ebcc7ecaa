/** The inspector's tokens view in Chromium: long texts, colours, marks, finding, and branches, by mouse and keyboard. */
import assert from "node:assert/strict";
import type { Server } from "node:http";
import type { Browser } from "playwright-core";
import type { Branches } from "../../src/runtime/panelProtocol";
import { launchBrowser } from "../vscode/workbench";
import { openPanel, type Panel, servePanel } from "./page";
import { completion, generatedTokens, scoredTokens, scores } from "./states";
import { assertAccessibleInThemes } from "./viewsSupport";

describe("the tokens view", () => {
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

  const state = scores();
  const option = (index: number) => panel.page.locator(`[data-index="${index}"]`);
  const press = (key: string) => panel.page.keyboard.press(key);
  const focused = () =>
    panel.page.evaluate(() => Number((document.activeElement as HTMLElement | null)?.dataset.index ?? Number.NaN));
  const told = async (method: string) => (await panel.told()).filter((message) => message.method === method);

  /** `place` has branches: one that ended and one that runs. */
  function branches(place: number): Branches {
    const [, one, other] = state.tokens[place]?.prediction?.top ?? [];
    assert.ok(one && other);
    const base = { index: place, tokens: generatedTokens("a.x - b.x;\n") };
    const status = { kind: "finished", reason: "maxNewTokens" } as const;
    return {
      text: state.text,
      items: [
        { ...base, id: 1, alternative: one, status },
        { ...base, id: 2, alternative: other, status: { kind: "running" } },
      ],
    };
  }

  it("has few of 10,000 tokens in the page, and reaches all by keys, in rows that fit", async function () {
    this.timeout(180_000);
    const text = "const naïve = 日本 + 🙂; // word\n".repeat(300) + "word ".repeat(6_000);
    const tokens = scoredTokens(text, false).slice(0, 10_000);
    await panel.show({ ...scores(), tokens });
    await option(3).click();
    const last = tokens.length - 1;
    for (const [key, index] of [
      ["Control+End", last],
      ["ArrowLeft", last - 1],
      ["Control+Home", 0],
    ] as const) {
      await press(key);
      await panel.page.waitForFunction(
        (at) => (document.activeElement as HTMLElement).dataset.index === `${at}`,
        index,
      );
      assert.equal(await option(index).getAttribute("aria-posinset"), `${index + 1}`);
      assert.equal(await option(index).getAttribute("aria-setsize"), "10000");
    }
    const measured = await panel.page.evaluate(async () => {
      const strip = document.querySelector("gptw-token-strip");
      if (!strip) throw new Error("no strip");
      let [most, wide, empty] = [0, 0, 0];
      for (let top = 0; top < strip.scrollHeight; top += strip.scrollHeight / 20) {
        strip.scrollTop = top;
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        most = Math.max(most, document.querySelectorAll('[role="option"]').length);
        const clip = strip.getBoundingClientRect();
        const middle = document.elementFromPoint(clip.left + 24, clip.top + clip.height / 2);
        if (!middle?.closest(".block, .strip")) empty++;
        for (const token of document.querySelectorAll(".token[data-index]"))
          wide = Math.max(wide, token.getBoundingClientRect().right - (clip.left + strip.clientWidth));
      }
      return { most, wide, empty };
    });
    assert.ok(measured.most < 1500, `${measured.most} tokens in the page`);
    assert.ok(measured.wide <= 0, `a row is ${measured.wide} px too wide`);
    assert.equal(measured.empty, 0);
    assert.equal(await focused(), 0, "the focused token stays while it is out of sight");
  });

  it("tells the host what the user chooses, and not what the host chose", async () => {
    await panel.show(state);
    await option(4).click();
    await press("ArrowRight");
    await panel.send("inspector/select", 9);
    await panel.page.locator('[data-index="9"][aria-selected="true"]').waitFor();
    const chosen = (await told("inspector/chosen")).map(({ params }) => params);
    assert.deepEqual(chosen, [4, 5]);
    await panel.send("inspector/selectTokens", { start: 20, end: 23 });
    await panel.page.locator(".token.marked").nth(2).waitFor();
    assert.equal(await panel.page.locator(".token.marked").count(), 3);
    assert.equal(await focused(), 5, "the focus stays");
    assert.equal((await told("inspector/chosen")).length, 2);
    await panel.send("inspector/selectTokens", null);
    await panel.page.locator(".token.marked").first().waitFor({ state: "detached" });
  });

  it("colours by what is chosen, says so in legend and details, and keeps it", async () => {
    await panel.show(state);
    const index = state.tokens.findIndex(({ prediction }) => (prediction?.rank ?? 0) > 1000);
    await option(index).click();
    const seen = new Set<string>();
    for (const mode of ["surprisal", "probability", "rank", "entropy"]) {
      await panel.page.locator("select").selectOption(mode);
      await panel.page.locator("#details .by", { hasText: mode }).waitFor();
      seen.add((await panel.page.locator(".legend").getAttribute("aria-label")) ?? "");
      if (mode === "rank") assert.match((await option(index).getAttribute("class")) ?? "", /\bs4\b/);
    }
    assert.equal(seen.size, 4);
    await panel.page.getByRole("button", { name: "Ids" }).click();
    assert.equal(await option(index).locator(".under").getAttribute("data-text"), String(state.tokens[index]?.id));
    await panel.page.waitForFunction(() => {
      const { kept } = globalThis as unknown as { kept: { options?: { mode: string; ids: boolean } } | null };
      return kept?.options?.mode === "entropy" && kept.options.ids;
    });
  });

  it("keeps the tab, which is a panel of its own, when another text is shown", async () => {
    await panel.show(state);
    await panel.page.locator("#view-tokens[role=tabpanel]").waitFor();
    await panel.page.locator("#tab-tokens").focus();
    await press("ArrowRight");
    await panel.show({ ...scores(), text: 99 });
    await panel.page.locator("#view-attention[role=tabpanel]").waitFor();
  });

  it("finds text across tokens and token ids, steps through, and ends at the match", async () => {
    const words = "one two three\n".repeat(400);
    const tokens = scoredTokens(words, false);
    await panel.show({ ...scores(), tokens });
    await option(0).waitFor();
    await press("Control+f");
    await panel.page.keyboard.type("TWO THR");
    const count = panel.page.locator(".matches[role=status]");
    await count.getByText("1 of 400").waitFor();
    assert.equal(await panel.page.locator(".token.current").count(), 2, "the match spans two tokens");
    await press("Enter");
    await press("F3");
    await count.getByText("3 of 400").waitFor();
    for (let i = 0; i < 3; i++) await press("Shift+Enter");
    await count.getByText("400 of 400").waitFor();
    await panel.page.locator(".token.current").first().waitFor();
    await panel.page.locator(".query").fill("nowhere");
    await count.getByText("No matches").waitFor();
    const id = tokens[2]?.id;
    await panel.page.locator(".query").fill(`#${id}`);
    await count.getByText("of 400").waitFor();
    await press("Escape");
    await panel.page.locator(".find").waitFor({ state: "detached" });
    await panel.page.waitForFunction(() => (document.activeElement as HTMLElement).dataset.index !== undefined);
    assert.equal(tokens[await focused()]?.id, id);
  });

  it("continues with an alternative, by mouse and keyboard, and shows the branches beside the text", async () => {
    await panel.show(state);
    await option(12).click();
    const top = state.tokens[12]?.prediction?.top ?? [];
    const buttons = panel.page.getByRole("button", { name: /^Continue with / });
    assert.ok((await buttons.count()) >= 10);
    await buttons.nth(1).click();
    await buttons.nth(2).focus();
    await press("Enter");
    assert.deepEqual(
      (await told("inspector/startBranch")).map(({ params }) => params),
      [1, 2].map((i) => ({ text: state.text, index: 12, id: top[i]?.id })),
    );
    await panel.send("inspector/branches", branches(12));
    const cards = panel.page.locator(".continuation");
    await cards.nth(2).waitFor();
    assert.equal(await cards.count(), 3);
    const before = await cards.nth(2).locator(".piece").count();
    const more = generatedTokens("more text");
    await panel.send("inspector/appendBranch", { id: 2, tokens: more });
    await cards
      .nth(2)
      .locator(".piece")
      .nth(before + more.length - 1)
      .waitFor();
    for (const [name, method, id] of [
      ["Stop", "stopBranch", 2],
      ["Copy", "copyBranch", 2],
      ["Replace in Editor", "replaceToken", 2],
      ["Remove", "removeBranch", 2],
    ] as const) {
      await cards.nth(2).getByRole("button", { name }).click();
      assert.deepEqual(
        (await told(`inspector/${method}`)).map(({ params }) => params),
        [id],
      );
    }
    assert.equal(await panel.page.evaluate(() => document.activeElement?.id), "details");
    await panel.show(completion("finished"));
    await panel.page.locator("#branches").waitFor({ state: "detached" });
  });

  for (const [width, height] of [
    [900, 700],
    [480, 800],
  ] as const) {
    it(`has nothing serious against accessibility with everything shown in any theme: ${width}`, async () => {
      const { page, show, send } = panel;
      await page.setViewportSize({ width, height });
      await show(state);
      await page.locator('[data-index="12"]').click();
      for (const name of ["Boundaries", "Ids", "Bytes"]) await page.getByRole("button", { name }).click();
      await page.locator("select").selectOption("rank");
      await send("inspector/branches", branches(12));
      await send("inspector/selectTokens", { start: 2, end: 5 });
      await page.keyboard.press("Control+f");
      await page.keyboard.type("dx");
      await page.locator(".token.found").first().waitFor();
      await assertAccessibleInThemes(panel);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `overflows by ${overflow} px`);
    });
  }
});
