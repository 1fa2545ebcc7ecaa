import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readComparison, readPredictions } from "../../../../src/runtime/comparison/comparisonStore";
import type { ComparisonResult } from "../../../../src/runtime/comparisonProtocol";
import type {
  ComparisonEvent,
  ComparisonParams,
  Prediction,
  UnitOutcome,
} from "../../../../src/runtime/comparisonRecord";
import { RuntimeService } from "../../../../src/runtime/service";
import { fails } from "../checkpoint/support";
import { writeRows } from "../training/tinyTraining";
import { opinionatedModel, plantedItems } from "./planted";
import { hopelessArm, plantedArms, plantedComparison } from "./plantedComparison";

describe("a comparison", function () {
  this.timeout(240_000);
  let parent: string;
  let model: string;
  let whole: ComparisonResult;
  let events: readonly ComparisonEvent[];
  const services: RuntimeService[] = [];
  before(async () => {
    parent = mkdtempSync(join(tmpdir(), "gptw-comparison-"));
    model = await opinionatedModel(parent, "sighted");
    ({ result: whole, events } = await run(plantedComparison(parent, model)));
  });
  after(async () => {
    for (const service of services) await service.dispose();
    rmSync(parent, { recursive: true, force: true });
  });

  function newService(): RuntimeService {
    const service = new RuntimeService();
    services.push(service);
    return service;
  }

  async function run(params: ComparisonParams, stopAt?: (event: ComparisonEvent) => boolean) {
    const cancel = new AbortController();
    const seen: ComparisonEvent[] = [];
    const result = await newService().comparisons.run(params, { signal: cancel.signal }, (event) => {
      seen.push(event);
      if (stopAt?.(event)) cancel.abort();
    });
    return { result, events: seen };
  }

  const resume = (folder: string) => {
    const seen: ComparisonEvent[] = [];
    return newService()
      .comparisons.resume({ folder }, { signal: new AbortController().signal }, (event) => seen.push(event))
      .then((result) => ({ result, events: seen }));
  };

  const own = (outcomes: readonly UnitOutcome[], arm: number, purpose: string) =>
    outcomes.filter(({ unit }) => unit.arm === arm && unit.purpose === purpose);

  /** What was answered with times left out, by unit. */
  async function answers(folder: string): Promise<ReadonlyMap<string, readonly Omit<Prediction, "ms">[]>> {
    const { outcomes } = await readComparison(folder);
    const ids = [...new Set(outcomes.map(({ unit }) => unit.id))].sort();
    const all = ids.map(async (id) => {
      const predictions = await readPredictions(folder, id);
      return [id, predictions.map(({ ms: _, ...one }) => one)] as const;
    });
    return new Map(await Promise.all(all));
  }

  it("answers: full fine-tuning has a planted task to the end, prompts are near chance", async () => {
    assert.deepEqual([whole.record.state, whole.record.reason], ["completed", null]);
    const { outcomes } = await readComparison(whole.folder);
    const scores = (arm: number) => own(outcomes, arm, "test").map(({ score }) => score);
    for (const score of scores(3)) assert.ok(score >= 0.9, `full: ${score}`);
    for (const score of [...scores(0), ...scores(1)]) assert.ok(score > 0.2 && score < 0.8, `prompt: ${score}`);
    // Nothing hangs on the seed without demonstrations.
    assert.deepEqual(
      [0, 1, 2, 3].map((arm) => scores(arm).length),
      [1, 2, 2, 2],
    );
  });

  it("takes the choice with the best mean on dev, the first of equals", async () => {
    const { outcomes } = await readComparison(whole.folder);
    for (const [arm, { tried, chosen }] of whole.record.arms.entries()) {
      if (tried.length === 1) continue;
      const means = tried.map(({ choice, dev }) => {
        const tries = own(outcomes, arm, "choose").filter(
          ({ unit }) => JSON.stringify(unit.choice) === JSON.stringify(choice),
        );
        const mean = tries.reduce((sum, { score }) => sum + score, 0) / tries.length;
        assert.ok(Math.abs(mean - (dev ?? Number.NaN)) < 1e-12);
        return mean;
      });
      assert.equal(chosen, means.indexOf(Math.max(...means)));
      const picked = tried[chosen ?? 0]?.choice;
      for (const { unit } of own(outcomes, arm, "test")) assert.deepEqual(unit.choice, picked);
    }
  });

  it("asks every arm about the same items of test, and reads them once for each", async () => {
    const { outcomes, record } = await readComparison(whole.folder);
    const expected = Array.from({ length: record.items.test }, (_, i) => i);
    for (const { unit } of outcomes.filter(({ unit }) => unit.purpose === "test"))
      assert.deepEqual(
        (await readPredictions(whole.folder, unit.id)).map(({ item }) => item),
        expected,
      );
    assert.deepEqual(
      record.arms.map(({ testReads }) => testReads),
      [1, 1, 1, 1],
    );
    assert.equal(record.testReadsBefore, 0);
    const plan = await newService().comparisons.plan(plantedComparison(parent, model), never());
    assert.ok(plan.testReads >= 4);
  });

  it("keeps the first model of every arm that trains, and nothing that it worked with", () => {
    const { folder, record } = whole;
    assert.deepEqual(
      record.arms.map(({ trained }) => trained !== null),
      [false, false, true, true],
    );
    for (const { trained } of record.arms)
      if (trained !== null) assert.ok(existsSync(join(folder, trained, "config.json")));
    assert.equal(readdirSync(join(folder, "models")).length, 2);
    assert.ok(!existsSync(join(folder, "work")));
    assert.ok(existsSync(join(folder, "features.safetensors")));
  });

  it("tells what is done of what there is, and what it took", () => {
    const { units, actual, estimate } = whole.record;
    assert.equal(units.done, units.total);
    assert.ok(actual.ms > 0 && actual.peakBytes > 1e7 && estimate.ms > 0);
    const outcomes = events.filter(({ kind }) => kind === "outcome");
    assert.equal(outcomes.length, units.total);
    const records = events.flatMap((event) => (event.kind === "record" ? [event.record.units.done] : []));
    assert.deepEqual(
      records,
      [...records].sort((a, b) => a - b),
    );
  });

  // Ids say nothing of other arms: what these give is part of what the whole comparison gave.
  const prompts = { arms: plantedArms.slice(0, 2) };
  const training = { arms: plantedArms.slice(3), curve: {} };
  const stops: readonly (readonly [string, Readonly<Record<string, unknown>>, (event: ComparisonEvent) => boolean])[] =
    [
      ["between two units", prompts, ({ kind }) => kind === "outcome"],
      ["while it answers", prompts, (event) => event.kind === "unit" && event.unit.purpose === "test"],
      ["while it trains", training, (event) => event.kind === "unit" && event.stage === "training" && event.done === 7],
    ];
  for (const [when, changes, stopAt] of stops)
    it(`cancelled ${when}, is paused, and goes on to the same answers`, async () => {
      const paused = await run(plantedComparison(parent, model, changes), stopAt);
      assert.deepEqual([paused.result.record.state, paused.result.report], ["paused", null]);
      const before = (await readComparison(paused.result.folder)).outcomes.length;
      const resumed = await resume(paused.result.folder);
      assert.deepEqual([resumed.result.record.state, resumed.result.record.reason], ["completed", null]);
      const reused = resumed.events.filter((event) => event.kind === "outcome" && event.reused).length;
      assert.ok(reused >= before, `${reused} of ${before}`);
      const [now, then] = [await answers(resumed.result.folder), await answers(whole.folder)];
      assert.ok(now.size > before);
      for (const [id, found] of now) assertSame(found, then.get(id) ?? []);
      const again = await resume(paused.result.folder);
      assert.deepEqual([again.result.record, again.events], [resumed.result.record, []]);
    });

  function assertSame(found: readonly Omit<Prediction, "ms">[], expected: readonly Omit<Prediction, "ms">[]): void {
    assert.equal(found.length, expected.length);
    for (const [i, { probabilities, ...rest }] of found.entries()) {
      const { probabilities: wanted, ...others } = expected[i] ?? assert.fail();
      assert.deepEqual(rest, others);
      for (const [j, p] of (probabilities ?? []).entries()) assert.ok(Math.abs(p - (wanted?.[j] ?? 9)) < 1e-4);
    }
  }

  it("refuses to go on when its data have changed", async () => {
    const own = mkdtempSync(join(parent, "changed-"));
    const { folder } = (await run(plantedComparison(own, model), (event) => event.kind === "outcome")).result;
    writeRows(
      own,
      "planted.jsonl",
      plantedItems(140, 8).map(({ fields, gold }) => ({ ...fields, label: gold })),
    );
    await assert.rejects(resume(folder), fails("invalidRequest", "planted.jsonl"));
  });

  it("fails with the arm and the unit, and keeps what there is", async () => {
    const good = { name: "zero", prompt: { template: "{{ text }} {{ answer }}" } };
    const { result } = await run(plantedComparison(parent, model, { arms: [hopelessArm, good], curve: {} }));
    assert.equal(result.record.state, "failed");
    assert.match(result.record.reason ?? "", /hopeless.*test, seed 0.*finite/);
    assert.equal((await readComparison(result.folder)).outcomes.length, 1);
  });

  it("reports the arms that came to their end where another failed, and names that one", async () => {
    const head = { ...plantedArms[2], name: "head" };
    const changes = {
      arms: [hopelessArm, head, plantedArms[0]],
      curve: {},
      assertions: [{ arm: "hopeless", atLeast: 0 }],
    };
    const { result } = await run(plantedComparison(parent, model, changes));
    assert.deepEqual([result.record.state, result.record.arms[1]?.testReads], ["failed", 1]);
    const { report } = result;
    const compared = report?.arms.filter(({ arm }) => arm !== null).map(({ name }) => name);
    assert.deepEqual(compared, ["head", "zero-shot"]);
    assert.ok(report?.verdicts.some((words) => /hopeless is left out.*finite/.test(words)));
    assert.ok(report?.notes.some((note) => note.startsWith("hopeless did not answer test")));
    assert.equal(report?.assertions[0]?.passed, false);
    const text = await newService().comparisons.export({ folder: result.folder, form: "md" }, never());
    assert.match(text, /hopeless is left out/);
    // It is tried again, and the others are not.
    const again = await resume(result.folder);
    assert.equal(again.result.record.state, "failed");
    assert.ok(again.events.every((event) => event.kind !== "outcome" || event.reused));
    const alone = await run(plantedComparison(parent, model, { arms: [hopelessArm], curve: {} }));
    assert.deepEqual([alone.result.record.state, alone.result.report], ["failed", null]);
  });

  it("compares prompts that write texts, and choices with a trained head", async () => {
    const own = mkdtempSync(join(parent, "tasks-"));
    const numbers = Array.from({ length: 30 }, (_, i) => i);
    const texts = numbers.map((i) => ({ question: `What is number ${i}?`, answer: i % 2 === 0 ? "old" : "good" }));
    writeRows(own, "texts.jsonl", texts);
    const choices = ["an old house", "a good road"];
    writeRows(
      own,
      "choices.jsonl",
      numbers.map((i) => ({ context: `Number ${i} is`, choices, label: i % 2 })),
    );
    const template = "{{ question }} {{ answer }}";
    writeFileSync(join(own, "known.txt"), "What is number 7? old");
    const contamination = { pretraining: ["*.txt"], n: 5 };
    const written = plantedComparison(own, model, {
      contamination,
      data: { file: "texts.jsonl", task: "generation" },
      metrics: ["perplexity", "exactMatch", "tokenF1"],
      arms: [
        { name: "zero", prompt: { template, decoding: { maxNewTokens: 4 } } },
        { name: "one", prompt: { template, k: 1, decoding: { maxNewTokens: 4 } } },
      ],
      curve: {},
    });
    const chosen = plantedComparison(own, model, {
      contamination,
      data: { file: "choices.jsonl", task: "multipleChoice" },
      arms: [
        { name: "zero", prompt: { template: "{{ context }} {{ answer }}" } },
        { name: "head", finetune: { method: "head", epochs: 1, maxLength: 32 } },
      ],
      curve: {},
    });
    for (const [params, metrics] of [
      [written, ["perplexity", "exactMatch", "tokenF1"]],
      [chosen, ["accuracy", "logLoss"]],
    ] as const) {
      const { record, report } = (await run(params)).result;
      assert.deepEqual([record.state, record.reason], ["completed", null]);
      assert.ok(report?.overlap?.searched.some((words) => words.startsWith("text of pre-training (1 files")));
      const arms = report?.arms.filter(({ kind }) => kind !== "baseline") ?? [];
      assert.equal(arms.length, 2);
      if (record.task === "multipleChoice") assert.ok(report?.arms.some(({ name }) => name === "nearest neighbour"));
      for (const arm of arms) assert.deepEqual(Object.keys(arm.metrics), metrics);
    }
  });

  it("answers what else is asked of it meanwhile, and is not disturbed by it", async () => {
    const service = newService();
    const params = plantedComparison(parent, model, { arms: [plantedArms[1], plantedArms[3]], curve: {} });
    const asked: Promise<unknown>[] = [];
    const seen = new Set<string>();
    let isOver = false;
    const early = async (request: Promise<unknown>) => {
      await request;
      assert.ok(!isOver, "it was answered before the end");
    };
    const { record, folder } = await service.comparisons.run(params, never(), async (event) => {
      if (event.kind !== "unit" || seen.has(event.stage)) return;
      seen.add(event.stage);
      const other = { folder: whole.folder };
      asked.push(early(service.comparisons.report(other, never())));
      asked.push(early(service.comparisons.items({ ...other, from: 0, count: 3 }, never())));
      asked.push(service.comparisons.plan(params, never()));
      asked.push(assert.rejects(service.comparisons.report({ folder: join(parent, "nowhere") }, never())));
    });
    isOver = true;
    await Promise.all(asked);
    assert.deepEqual([record.state, asked.length], ["completed", 8]);
    const [now, then] = [await answers(folder), await answers(whole.folder)];
    for (const [id, found] of now) assertSame(found, then.get(id) ?? []);
  });

  it("replays a number: of a prompt, of the model that was kept, and of one that is trained again", async () => {
    const service = newService();
    for (const [arm, seed] of [
      [1, 1],
      [3, 0],
      [3, 1],
    ] as const) {
      const found = await service.comparisons.replay({ folder: whole.folder, arm, seed, item: 5 }, never());
      assert.ok(found.same && found.difference < 1e-5, JSON.stringify(found));
      assert.equal(found.now.item, 5);
      assert.equal(found.prompt?.endsWith("Answer:") ?? null, arm === 1 ? true : null);
    }
    const nobody = service.comparisons.replay({ folder: whole.folder, arm: 0, seed: 77, item: 0 }, never());
    await assert.rejects(nobody, fails("invalidRequest", "zero-shot"));
    const nothing = service.comparisons.replay({ folder: whole.folder, arm: 0, seed: 0, item: 9999 }, never());
    await assert.rejects(nothing, fails("invalidRequest", "9999"));
    assert.ok(!existsSync(join(whole.folder, "work")) || readdirSync(join(whole.folder, "work")).length === 0);
  });

  const never = () => ({ signal: new AbortController().signal });
});
