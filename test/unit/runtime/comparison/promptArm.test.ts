import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openModelFolder } from "../../../../src/runtime/checkpoint/store";
import { type PromptUnit, runPromptUnit, unitPrompt } from "../../../../src/runtime/comparison/promptArm";
import type { Prediction } from "../../../../src/runtime/comparisonRecord";
import { type LoadedModel, loadModel } from "../../../../src/runtime/engine/loadedModel";
import { CancelledError } from "../../../../src/runtime/errors";
import { CellCache } from "../../../../src/runtime/prompt/cellCache";
import { loadPrompt } from "../../../../src/runtime/prompt/loadPrompt";
import {
  type DemonstrationSource,
  demonstrationDefaults,
  promptFile,
  resolveVariant,
} from "../../../../src/runtime/prompt/promptFile";
import { openCache } from "../../../../src/runtime/prompt/recordedRun";
import { runPrompt } from "../../../../src/runtime/prompt/runPrompt";
import type { PromptCell } from "../../../../src/runtime/promptProtocol";
import { type PlainModel, plainScorer } from "../../../parity/plainScorer";
import { fails } from "../checkpoint/support";
import { accuracyOf, opinionatedModel, plantedItems } from "./planted";

const template = "Text: {{ text }}\nAnswer: {{ answer }}";
const labels = { yes: ["great", "good"], no: "old" };
const { signal } = new AbortController();

describe("an arm that prompts", function () {
  this.timeout(240_000);
  let parent: string;
  const models = new Map<string, LoadedModel>();
  let plain: PlainModel;
  before(async () => {
    parent = mkdtempSync(join(tmpdir(), "gptw-arm-"));
    for (const kind of ["sighted", "blind"] as const) {
      const folder = await opinionatedModel(parent, kind);
      models.set(kind, await loadModel(await openModelFolder(folder), "cpu", performance.now()));
    }
    plain = await plainScorer(join(parent, "sighted"));
  });
  after(async () => {
    for (const model of models.values()) await model.dispose();
    await plain.free();
    rmSync(parent, { recursive: true, force: true });
  });

  const modelOf = (kind: string) => models.get(kind) ?? assert.fail();

  interface Asked {
    readonly drawn?: Partial<DemonstrationSource>;
    readonly calibration?: "none" | "contextual" | "batch";
    readonly free?: boolean;
  }

  function unit({ drawn, calibration = "none", free }: Asked, changes: Partial<PromptUnit> = {}): PromptUnit {
    const own = { ...(free ? {} : { labels }), scoring: { rule: "sum" as const, calibration } };
    const file = promptFile.parse({ task: "classification", variants: [{ name: "plain", template }], ...own });
    const variant = resolveVariant(file, file.variants[0] ?? assert.fail());
    const demonstrations = { ...demonstrationDefaults, from: [], k: 0, seed: 99, ...drawn };
    return {
      ...{ path: "/planted.compare.yaml", variant: { ...variant, demonstrations }, labels: free ? [] : ["no", "yes"] },
      ...{ pool: plantedItems(20, 1), items: plantedItems(40, 2), seed: 3 },
      ...changes,
    };
  }

  async function run(given: PromptUnit, kind = "sighted", cache?: CellCache) {
    const model = modelOf(kind);
    return runPromptUnit(model, given, { signal, cache: cache ?? (await openCache(model, kind, undefined)) });
  }

  const shares = (predictions: readonly Prediction[]) => predictions.map(({ probabilities }) => probabilities ?? []);
  const withoutTimes = (predictions: readonly Prediction[]) => predictions.map(({ ms: _, ...one }) => one);

  function assertClose(
    found: readonly (readonly number[])[],
    expected: readonly (readonly number[])[],
    within: number,
  ) {
    assert.equal(found.length, expected.length);
    for (const [i, row] of found.entries())
      for (const [j, value] of row.entries())
        assert.ok(
          Math.abs(value - (expected[i]?.[j] ?? 99)) <= within,
          `${i}, ${j}: ${value}, not ${expected[i]?.[j]}`,
        );
  }

  it("gives what a run of the same prompt file gives, in the order of the data's labels", async () => {
    const given = unit({ drawn: { k: 3 }, calibration: "contextual" });
    const { predictions, cost, cut } = await run(given);
    const items = (of: PromptUnit["items"]) =>
      of.map(({ fields, gold }) => ({ text: String(fields.text), label: gold }));
    const text = JSON.stringify({
      ...{ task: "classification", labels, scoring: { rule: "sum", calibration: "contextual" } },
      ...{ variants: [{ name: "plain", template }], input: items(given.items) },
      demonstrations: { from: items(given.pool), k: 3, seed: 3 },
    });
    const loaded = await loadPrompt({ path: join(parent, "same.prompt.yaml"), text });
    const cells: PromptCell[] = [];
    await runPrompt(modelOf("sighted"), loaded, {
      ...{ signal, cache: await openCache(modelOf("sighted"), "other", undefined) },
      onEvent: (event) => event.kind === "cells" && cells.push(...event.cells),
    });
    const share = (cell: PromptCell, label: string) =>
      cell.candidates?.find(({ answer }) => answer === label)?.calibrated ?? Number.NaN;
    const expected = cells.map((cell) => [share(cell, "no"), share(cell, "yes")]);
    assertClose(shares(predictions), expected, 1e-5);
    assert.deepEqual(
      predictions.map(({ label }) => label),
      expected.map(([no = 0, yes = 0]) => (no > yes ? 0 : 1)),
    );
    const promptTokens = cells.reduce((sum, cell) => sum + cell.promptTokens, 0) / cells.length;
    assert.deepEqual([cost.itemTokens, cost.trainMs, cost.addedBytes, cut], [promptTokens, null, 0, 0]);
    assert.ok(cost.itemMs > 0 && cost.peakBytes > 1e7);
  });

  it("is near chance on a planted task, which no prompt gives away", async () => {
    const given = unit({}, { items: plantedItems(200, 4) });
    const accuracy = accuracyOf((await run(given)).predictions, given.items);
    assert.ok(accuracy > 0.35 && accuracy < 0.65, `${accuracy}`);
  });

  it("hangs on the seed with demonstrations, and not without", async () => {
    const [one, other] = [await run(unit({}, { seed: 1 })), await run(unit({}, { seed: 2 }))];
    assert.deepEqual(shares(one.predictions), shares(other.predictions));
    const few = async (seed: number) => shares((await run(unit({ drawn: { k: 4 } }, { seed }))).predictions);
    assert.notDeepEqual(await few(1), await few(2));
    assertClose(await few(1), await few(1), 0);
  });

  it("does not hang on the order of demonstrations where the model does not see it", async () => {
    // All of the pool is drawn: seeds change nothing but the order.
    const pool = plantedItems(6, 1);
    const ordered = async (kind: string, seed: number) =>
      (await run(unit({ drawn: { k: 6, fresh: false } }, { pool, seed }), kind)).predictions;
    const seeds = [0, 1, 2, 3, 4];
    const blind = await Promise.all(seeds.map((seed) => ordered("blind", seed)));
    for (const predictions of blind) {
      assertClose(shares(predictions), shares(blind[0] ?? []), 1e-4);
      assert.equal(accuracyOf(predictions, plantedItems(40, 2)), accuracyOf(blind[0] ?? [], plantedItems(40, 2)));
    }
    const sighted = await Promise.all(seeds.map((seed) => ordered("sighted", seed)));
    const differences = sighted.map((predictions) =>
      Math.max(...shares(predictions).map(([no = 0], i) => Math.abs(no - (shares(sighted[0] ?? [])[i]?.[0] ?? 0)))),
    );
    assert.ok(Math.max(...differences) > 0.01, `${differences}`);
  });

  it("calibrates by the whole part: each share divided by its mean over the items", async () => {
    const before = shares((await run(unit({}))).predictions);
    const after = shares((await run(unit({ calibration: "batch" }))).predictions);
    const mean = [0, 1].map((label) => before.reduce((sum, row) => sum + (row[label] ?? 0), 0) / before.length);
    const expected = before.map((row) => {
      const odds = row.map((share, label) => share / (mean[label] ?? 0));
      return odds.map((value) => value / odds.reduce((a, b) => a + b, 0));
    });
    assertClose(after, expected, 1e-9);
  });

  it("takes over what the cache knows, with the time that it took", async () => {
    const cache = join(parent, "cache");
    const open = () => openCache(modelOf("sighted"), "sighted", cache);
    const given = unit({ drawn: { k: 2 }, calibration: "contextual" });
    const first = await run(given, "sighted", await open());
    const second = await run(given, "sighted", await open());
    assert.deepEqual(second.predictions, first.predictions);
  });

  it("writes texts, and tells how probable the right one is", async () => {
    const given = unit({ free: true, drawn: { k: 1 } }, { items: plantedItems(3, 2) });
    const { predictions } = await run(given);
    for (const { item, text, label, probabilities, logprob, tokens } of predictions) {
      assert.deepEqual([label, probabilities], [null, null]);
      assert.ok(text !== null && text === text.trim() && !text.includes("\n"));
      const prompt = await unitPrompt(modelOf("sighted"), given, item, { signal });
      const right = await plain.score(prompt, ` ${given.items[item]?.gold}`);
      assert.ok(Math.abs((logprob ?? 0) - right.logprob) < 2e-3, `${logprob}, not ${right.logprob}`);
      assert.equal(tokens, right.tokens);
    }
  });

  it("counts prompts that lose demonstrations to the context", async () => {
    const { cut } = await run(unit({ drawn: { k: 20 } }, { items: plantedItems(2, 2) }));
    assert.equal(cut, 2);
  });

  it("names a label without words, and words without a label", async () => {
    await assert.rejects(run(unit({}, { labels: ["no", "yes", "maybe"] })), fails("invalidRequest", '"maybe"'));
    await assert.rejects(run(unit({}, { labels: ["no"] })), fails("invalidRequest", '"yes"'));
  });

  it("ends when it is cancelled, and keeps what was answered", async () => {
    const cancel = new AbortController();
    const cache = await CellCache.open(null, { model: "m", contextLength: 1, device: "cpu", versions: [] });
    const given = unit({}, { items: plantedItems(100, 2) });
    const attempt = runPromptUnit(modelOf("sighted"), given, {
      ...{ signal: cancel.signal, cache },
      onProgress: () => cancel.abort(),
    });
    await assert.rejects(attempt, CancelledError);
    const whole = await run(given, "sighted", cache);
    assertClose(shares(whole.predictions), shares((await run(given)).predictions), 1e-5);
    assert.equal(withoutTimes(whole.predictions).length, 100);
  });
});
