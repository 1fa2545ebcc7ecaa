/** Sensitivity: with scores that are known beforehand, and on the starter. */
import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RuntimeError } from "../../../../src/runtime/errors";
import { loadPrompt } from "../../../../src/runtime/prompt/loadPrompt";
import { measureSensitivity, type ScoredArrangement } from "../../../../src/runtime/prompt/sensitivity";
import type { PromptCell, SensitivityAxis } from "../../../../src/runtime/promptProtocol";
import type { WorkProgress } from "../../../../src/runtime/protocol";
import { RuntimeService } from "../../../../src/runtime/service";
import { starterFolder } from "../engine/starter";

const from = ["red", "green", "blue", "black"].map((text, i) => ({ text, label: i % 2 ? "no" : "yes" }));
const input = [
  { text: "white", label: "yes" },
  { text: "blue", label: "no" },
];

function source(changes: Record<string, unknown> = {}) {
  const text = JSON.stringify({
    ...{ task: "classification", labels: { yes: ["good", "fine"], no: "bad" }, input },
    variants: [
      { name: "a", template: "{{ text }}: {{ answer }}" },
      { name: "b", template: "Word: {{ text }}\nLabel: {{ answer }}" },
    ],
    demonstrations: { from, k: 2, sampler: "fixed" },
    ...changes,
  });
  return { path: join(tmpdir(), "test.prompt.yaml"), text };
}

/** Cells of which a share is right. */
function cells(right: number, gold = true): PromptCell[] {
  return Array.from({ length: 10 }, (_, item) => ({
    ...{ variant: 0, item, candidates: null, output: "", tokens: [], gold: null, promptTokens: 1, shots: 2 },
    ...{
      correct: gold ? item < right : null,
      logprob: -right,
      logprobTokens: 2,
      dropped: 0,
      truncated: 0,
      ms: 0,
      cached: false,
    },
  }));
}

async function measured(
  axis: SensitivityAxis,
  score: (arrangement: ScoredArrangement) => readonly PromptCell[],
  { samples = 100, changes = {} }: { samples?: number; changes?: Record<string, unknown> } = {},
) {
  const loaded = await loadPrompt(source(changes));
  const seen: ScoredArrangement[] = [];
  const result = await measureSensitivity(loaded, { axis, samples, seed: 3 }, async (arrangement) => {
    seen.push(arrangement);
    return score(arrangement);
  });
  return { result, seen };
}

const close = (a: number | undefined, b: number) =>
  assert.ok(Math.abs((a ?? Number.NaN) - b) < 1e-12, `${a} is not ${b}`);

describe("sensitivity", () => {
  it("tries all orders of one draw, and compares the first place with the last", async () => {
    const { result } = await measured("order", ({ demonstrations: [first] = [] }) => cells(first === 0 ? 8 : 2));
    assert.deepEqual(
      result.arms.map((arm) => arm.demonstrations),
      [
        [0, 1],
        [1, 0],
      ],
    );
    assert.deepEqual([result.best, result.worst, result.exhaustive, result.metric], [0.8, 0.2, true, "accuracy"]);
    close(result.mean, 0.5);
    close(result.sd, Math.sqrt(0.18));
    close(result.influence[0]?.effect, 0.6);
    close(result.influence[1]?.effect, -0.6);
    assert.deepEqual(
      result.influence.map(({ text }) => text),
      ["red", "green"],
    );
  });

  it("tries all choices of demonstrations, none of which is an input, and tells what each one adds", async () => {
    const { result } = await measured("demonstrations", ({ demonstrations = [] }) =>
      cells(demonstrations.includes(3) ? 9 : 5),
    );
    assert.deepEqual(
      result.arms.map((arm) => arm.demonstrations),
      [
        [0, 1],
        [0, 3],
        [1, 3],
      ],
    );
    const effects = new Map(result.influence.map(({ demonstration, effect }) => [demonstration, effect]));
    close(effects.get(3), 0.4);
    close(effects.get(0), 0.7 - 0.9);
    assert.equal(result.arms[1]?.name, "1, 4");
  });

  it("tries label words in each other's places and one by one", async () => {
    const { result, seen } = await measured("labelWords", () => cells(5));
    assert.deepEqual(
      result.arms.map(({ name }) => name),
      ["yes = good | fine, no = bad", "yes = bad, no = good | fine", "yes = good, no = bad", "yes = fine, no = bad"],
    );
    assert.deepEqual(seen[1]?.loaded.variants[0]?.labels?.get("yes"), ["bad"]);
    assert.deepEqual([result.exhaustive, result.sd, result.influence], [true, 0, []]);
    const few = await measured("labelWords", () => cells(5), { samples: 2 });
    assert.deepEqual([few.result.arms.length, few.result.exhaustive], [2, false]);
  });

  it("compares the variants; without right answers by the log-probability per token", async () => {
    const { result } = await measured("template", ({ variant }) => cells(variant + 1, false));
    assert.deepEqual(
      result.arms.map(({ name, value }) => [name, value]),
      [
        ["a", -0.5],
        ["b", -1],
      ],
    );
    assert.deepEqual([result.metric, result.best, result.worst], ["logprob", -0.5, -1]);
  });

  it("refuses an axis that the file has not", async () => {
    const invalid = (error: unknown) => error instanceof RuntimeError && error.code === "invalidRequest";
    const none = { changes: { demonstrations: { from, k: 0 } } };
    await assert.rejects(
      measured("order", () => cells(1), none),
      invalid,
    );
    const same = { changes: { demonstrations: { from: input, k: 2 } } };
    await assert.rejects(
      measured("demonstrations", () => cells(1), same),
      invalid,
    );
    const free = {
      task: "completion",
      labels: undefined,
      input: [{ text: "a", answer: "b" }],
      demonstrations: undefined,
    };
    await assert.rejects(
      measured("labelWords", () => cells(1), { changes: free }),
      invalid,
    );
  });

  describe("on the starter", function () {
    this.timeout(240_000);
    const service = new RuntimeService();
    after(() => service.dispose());

    it("gives the accuracy of a plain run with the file's own arrangement", async () => {
      const model = { folder: starterFolder, device: "cpu" } as const;
      const context = { signal: new AbortController().signal };
      const options = { model, source: source(), samples: 10, seed: 0 };
      const run = await service.prompts.run({ model, source: source() }, context, () => undefined);
      const accuracies = run.record.variants.map(({ accuracy }) => accuracy?.value);
      const templates = await service.prompts.sensitivity({ ...options, axis: "template" }, context);
      assert.deepEqual(
        templates.arms.map(({ value }) => value),
        accuracies,
      );
      const words = await service.prompts.sensitivity({ ...options, axis: "labelWords", variant: "b" }, context);
      assert.equal(words.arms[0]?.value, accuracies[1]);
      const seen: WorkProgress[] = [];
      const onProgress = (progress: WorkProgress) => seen.push(progress);
      const order = await service.prompts.sensitivity({ ...options, axis: "order" }, { ...context, onProgress });
      assert.deepEqual([order.arms.length, order.items, order.exhaustive], [2, 2, true]);
      assert.deepEqual(seen.at(-1), { stage: "answering", done: 4, total: 4 });
    });
  });
});
