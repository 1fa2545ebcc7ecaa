import assert from "node:assert/strict";
import { totalOf } from "../../../../src/extension/inlineCompletions/statistics";
import { StatisticsStore } from "../../../../src/extension/inlineCompletions/statisticsStore";
import {
  type Ask,
  type SuggestionSettings,
  Suggestions,
} from "../../../../src/extension/inlineCompletions/suggestions";
import { RuntimeError } from "../../../../src/runtime/errors";
import type { GenerateParams } from "../../../../src/runtime/protocol";
import { FakeClock, recordingLogger, until } from "../support";
import { type Answer, type Drawn, FakeModel, memento } from "./support";

const never = new AbortController().signal;
const defaults: SuggestionSettings = {
  model: { folder: "/m", device: "auto" },
  debounceMs: 75,
  maxNewTokens: 16,
  minConfidence: 0.4,
  candidates: 3,
};

function ask(before: string, { after = "", invoked = false, settings = {} as Partial<SuggestionSettings> } = {}): Ask {
  const place = { before, after };
  return { document: "file:///a", language: "python", place, invoked, settings: { ...defaults, ...settings } };
}

function suggesting(answer: readonly Drawn[] | ((params: GenerateParams) => Answer)) {
  const model = typeof answer === "function" ? new FakeModel(answer) : FakeModel.saying(answer, "stop");
  const clock = new FakeClock();
  const statistics = new StatisticsStore(memento());
  const log = recordingLogger();
  const suggestions = new Suggestions({ models: model, statistics, clock, log, date: () => "now" });
  /** Asks, and lets typing rest. */
  const rested = async (asked: Ask, signal = never) => {
    const shown = suggestions.provide(asked, signal);
    clock.advance(asked.settings.debounceMs);
    return shown;
  };
  return { model, clock, statistics, log, suggestions, rested };
}

const range: readonly Drawn[] = [
  ["range", 0.9],
  ["(10)", 0.8],
  [":", 0.9],
];

describe("Suggestions", () => {
  it("asks the model once typing rests", async () => {
    const { model, clock, suggestions } = suggesting(range);
    const shown = suggestions.provide(ask("for i in"), never);
    clock.advance(74);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(model.asked.length, 0);
    assert.ok(suggestions.running);
    clock.advance(1);
    assert.deepEqual(
      (await shown).map(({ text }) => text),
      ["range(10):"],
    );
    assert.ok(!suggestions.running);
  });

  it("asks nothing while typing goes on", async () => {
    const { model, suggestions, rested } = suggesting(range);
    const outdated = suggestions.provide(ask("fo"), never);
    const shown = rested(ask("for"));
    assert.deepEqual(await outdated, []);
    assert.equal((await shown).length, 1);
    assert.equal(model.asked.length, 1);
  });

  it("cancels what runs when typing goes on", async () => {
    const long = Array.from({ length: 5000 }, (): Drawn => ["a", 0.9]);
    const { model, clock, suggestions, rested } = suggesting(({ prompt }) => ({
      tokens: prompt === "while" ? long : range,
      finish: "stop",
    }));
    const slow = suggestions.provide(ask("while"), never);
    clock.advance(75);
    await until(() => model.streamed > 0, "the first token");
    assert.equal((await rested(ask("while x"))).length, 1);
    assert.deepEqual(await slow, []);
    assert.equal(model.cancelled, 1);
  });

  it("asks nothing for a token that is cancelled already, or is while it rests", async () => {
    const { model, clock, suggestions } = suggesting(range);
    assert.deepEqual(await suggestions.provide(ask("for"), AbortSignal.abort()), []);
    const controller = new AbortController();
    const shown = suggestions.provide(ask("for"), controller.signal);
    controller.abort();
    clock.advance(100);
    assert.deepEqual(await shown, []);
    assert.equal(model.asked.length, 0);
    assert.deepEqual(clock.waiting, []);
  });

  it("goes on with the last suggestion while typing matches it, and counts it once", async () => {
    const { model, suggestions, statistics, rested } = suggesting(range);
    const [first] = await rested(ask("for i in "));
    assert.equal(first, undefined, "no space where one stands");
    const [shown] = await rested(ask("for i in"));
    assert.equal(shown?.text, "range(10):");
    const [left] = await suggestions.provide(ask("for i inran"), never);
    assert.deepEqual(left, { ...shown, text: "ge(10):" });
    assert.equal(model.asked.length, 2);
    assert.deepEqual(totalOf(statistics.statistics), { requests: 2, answered: 1, shown: 1, accepted: 0 });
  });

  it("shows nothing that it is not sure of", async () => {
    const { rested, statistics } = suggesting([["maybe", 0.39]]);
    assert.deepEqual(await rested(ask("x =")), []);
    assert.equal((await rested(ask("x =", { settings: { minConfidence: 0.3 } }))).length, 1);
    assert.deepEqual(totalOf(statistics.statistics), { requests: 2, answered: 1, shown: 1, accepted: 0 });
  });

  it("shows nothing that stands on the next line already", async () => {
    const { rested } = suggesting(range);
    assert.deepEqual(await rested(ask("for i in", { after: "\n  range(10):" })), []);
  });

  it("tries several when told to, at once, each text once", async () => {
    let asked = 0;
    const { model, suggestions } = suggesting(() => ({ tokens: [[["one", "two", "one"][asked++] ?? "", 0.9]] }));
    const shown = await suggestions.provide(ask("x =", { invoked: true }), never);
    assert.deepEqual(
      shown.map(({ text }) => text),
      ["one", "two"],
    );
    assert.deepEqual(
      model.asked.map(({ config }) => config.seed),
      [0, 1, 2],
    );
  });

  it("asks anew when told to, even where a suggestion stands", async () => {
    const { model, suggestions, rested } = suggesting(range);
    await rested(ask("for i in"));
    await suggestions.provide(ask("for i in", { invoked: true, settings: { candidates: 1 } }), never);
    assert.equal(model.asked.length, 2);
  });

  it("asks nothing in front of text, or where nothing stands before", async () => {
    const { model, suggestions } = suggesting(range);
    assert.deepEqual(await suggestions.provide(ask("a", { after: "b" }), never), []);
    assert.deepEqual(await suggestions.provide(ask(" \n "), never), []);
    assert.equal(model.asked.length, 0);
  });

  it("waits longer after every failure, says each once, and forgets them with the first success", async () => {
    const error = new RuntimeError("notAModelFolder", "No model.");
    let fails = true;
    const { model, clock, log, suggestions, rested } = suggesting(() => (fails ? { error } : { tokens: range }));
    let changes = 0;
    suggestions.onDidChange(() => changes++);
    assert.deepEqual(await rested(ask("x")), []);
    assert.equal(suggestions.problem, "No model.");
    assert.deepEqual(await suggestions.provide(ask("xy"), never), []);
    clock.advance(5_000);
    assert.deepEqual(await rested(ask("xyz")), []);
    clock.advance(5_000);
    assert.deepEqual(await suggestions.provide(ask("xyz ="), never), []);
    assert.equal(model.asked.length, 2);
    assert.equal(log.lines.length, 1);
    fails = false;
    assert.equal((await suggestions.provide(ask("x =", { invoked: true }), never)).length, 1);
    assert.equal(suggestions.problem, undefined);
    assert.equal(changes, 3);
  });

  it("forgets everything when settings change", async () => {
    const { model, suggestions, rested } = suggesting(range);
    await rested(ask("for i in"));
    suggestions.reset();
    await rested(ask("for i in"));
    assert.equal(model.asked.length, 2);
  });
});
