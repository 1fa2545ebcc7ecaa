/** Arrangements of prompts, and what they do, on the starter: every number against single runs. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { CancelledError, RuntimeError } from "../../../../src/runtime/errors";
import { choices, orders, wordings } from "../../../../src/runtime/prompt/arrangements";
import type { PromptRunEvent, SensitivityParams } from "../../../../src/runtime/promptProtocol";
import { RuntimeService } from "../../../../src/runtime/service";
import { root } from "../checkpoint/support";
import { starterFolder } from "../engine/starter";

const model = { folder: starterFolder, device: "cpu" } as const;
const { signal } = new AbortController();
const pool = [
  { text: "Great soup.", label: "positive" },
  { text: "It fell apart.", label: "negative" },
  { text: "I smiled all day.", label: "positive" },
  { text: "Cold and late.", label: "negative" },
];
const input = [
  { text: "The soup was hot.", label: "positive" },
  { text: "The handle came off.", label: "negative" },
  { text: "It has not faded.", label: "positive" },
  { text: "Great soup.", label: "positive" },
];
const template = "Review: {{ text }}\nSentiment: {{ answer }}";

function source(changes: Record<string, unknown> = {}) {
  const labels = { positive: ["good", "fine"], negative: "bad" };
  const demonstrations = { from: pool, k: 3, sampler: "fixed" };
  const variants = [
    { name: "plain", template },
    { name: "other", template: "{{ text }} = {{ answer }}" },
  ];
  const text = JSON.stringify({ task: "classification", labels, input, demonstrations, variants, ...changes });
  return { path: join(root, "samples", "test.prompt.yaml"), text };
}

describe("arrangements", () => {
  it("are all orders where they are few, the given one first", () => {
    const { all, exhaustive } = orders([5, 7, 9], 6, 0);
    assert.equal(exhaustive, true);
    assert.deepEqual(all[0], [5, 7, 9]);
    assert.equal(new Set(all.map((order) => order.join())).size, 6);
  });

  it("are different ones by chance where they are many", () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 30 }), fc.integer({ min: 1, max: 40 }), fc.nat(), (count, most, seed) => {
        const values = Array.from({ length: count }, (_, i) => 3 * i);
        const { all, exhaustive } = orders(values, most, seed);
        assert.equal(exhaustive, false);
        assert.equal(all.length, most);
        assert.equal(new Set(all.map((order) => order.join())).size, most);
        assert.ok(all.every((order) => [...order].sort((a, b) => a - b).join() === values.join()));
        assert.deepEqual(orders(values, most, seed), { all, exhaustive });
      }),
    );
  });

  it("are all choices where they are few, and different ones where they are many", () => {
    assert.deepEqual(
      choices(4, 2, 6, 0).all.map((one) => one.join("")),
      ["01", "02", "03", "12", "13", "23"],
    );
    const { all, exhaustive } = choices(1000, 4, 50, 1);
    assert.deepEqual([all.length, exhaustive, new Set(all.map((one) => one.join())).size], [50, false, 50]);
  });

  it("are all words of labels, and the labels' words exchanged", () => {
    const labels = new Map([
      ["p", ["good", "fine"]],
      ["n", ["bad"]],
    ]);
    assert.deepEqual(wordings(labels, 10, 0), {
      all: [
        ["good", "bad"],
        ["fine", "bad"],
        ["bad", "good"],
      ],
      exhaustive: true,
    });
    assert.deepEqual(wordings(labels, 2, 0).exhaustive, false);
  });
});

describe("the sensitivity of prompts", function () {
  this.timeout(60_000);
  const service = new RuntimeService();
  after(() => service.dispose());

  const measure = (params: Partial<SensitivityParams>, changes?: Record<string, unknown>) =>
    service.prompts.sensitivity(
      { model, source: source(changes), axis: "order", samples: 24, seed: 0, ...params },
      { signal },
    );

  /** Accuracy over some inputs, as a run by itself gives it. */
  async function accuracy(changes: Record<string, unknown>, items: readonly number[], variant = "plain") {
    const correct: boolean[] = [];
    const onEvent = (event: PromptRunEvent) => {
      if (event.kind !== "cells") return;
      for (const cell of event.cells) if (items.includes(cell.item)) correct.push(cell.correct === true);
    };
    await service.prompts.run(
      { model, source: source(changes), overrides: { variants: [variant] } },
      { signal },
      onEvent,
    );
    return correct.filter(Boolean).length / items.length;
  }

  it("tries every order; inputs that are demonstrations are left out", async () => {
    const result = await measure({});
    assert.deepEqual([result.arms.length, result.exhaustive, result.items, result.metric], [6, true, 3, "accuracy"]);
    for (const arm of result.arms) {
      const from = arm.demonstrations.map((index) => pool[index]);
      assert.equal(
        arm.value,
        await accuracy({ demonstrations: { from, k: 3, sampler: "fixed" } }, [0, 1, 2]),
        arm.name,
      );
    }
    const values = result.arms.map(({ value }) => value);
    assert.equal(result.best, Math.max(...values));
    assert.equal(result.worst, Math.min(...values));
    assert.ok(Math.abs(result.mean - values.reduce((a, b) => a + b) / 6) < 1e-12);
    const of = (at: number, index: number) =>
      result.arms.filter(({ demonstrations }) => demonstrations.at(at) === index);
    const mean = (arms: typeof result.arms) => arms.reduce((sum, { value }) => sum + value, 0) / arms.length;
    for (const { demonstration, effect } of result.influence) {
      assert.ok(Math.abs(effect - (mean(of(-1, demonstration)) - mean(of(0, demonstration)))) < 1e-12);
    }
    assert.deepEqual(
      result.influence.map(({ text }) => text),
      ["Great soup. → good", "It fell apart. → bad", "I smiled all day. → good"],
    );
  });

  it("tries every choice of demonstrations", async () => {
    const result = await measure({ axis: "demonstrations" });
    assert.deepEqual([result.arms.length, result.exhaustive, result.influence.length], [4, true, 4]);
  });

  it("tries words of labels and templates, as runs of their own give them", async () => {
    const words = await measure({ axis: "labelWords" });
    const [first, second, third] = words.arms;
    assert.deepEqual(
      [first?.name, third?.name],
      ["positive = good, negative = bad", "positive = bad, negative = good"],
    );
    assert.equal(second?.value, await accuracy({ labels: { positive: "fine", negative: "bad" } }, [0, 1, 2, 3]));
    const templates = await measure({ axis: "template" });
    assert.deepEqual(
      templates.arms.map(({ name }) => name),
      ["plain", "other"],
    );
    assert.equal(templates.arms[1]?.value, await accuracy({}, [0, 1, 2, 3], "other"));
  });

  it("goes by log-probability where no right answer is known", async () => {
    const unlabelled = input.map(({ text }) => ({ text }));
    const result = await measure({}, { input: unlabelled });
    assert.equal(result.metric, "logprob");
    assert.ok(result.arms.every(({ value }) => value < 0));
    assert.ok(result.sd > 0);
  });

  it("says what cannot be arranged, and stops when told to", async () => {
    const refused = (work: Promise<unknown>, message: RegExp) =>
      assert.rejects(
        work,
        (error) => error instanceof RuntimeError && error.code === "invalidRequest" && message.test(error.message),
      );
    await refused(measure({}, { demonstrations: { from: pool, k: 1 } }), /no demonstrations to arrange/);
    await refused(measure({ axis: "template" }, { variants: [{ name: "a", template }] }), /one variant alone/);
    await refused(measure({ variant: "none" }), /no variant "none"/);
    await refused(measure({ axis: "demonstrations" }, { input: pool.slice(0, 2) }), /nothing is left/);
    const abort = new AbortController();
    const onProgress = ({ stage }: { stage: string }) => stage === "scoring" && abort.abort();
    const params = { model, source: source(), axis: "order", samples: 24, seed: 0 } as const;
    await assert.rejects(service.prompts.sensitivity(params, { signal: abort.signal, onProgress }), CancelledError);
  });
});
