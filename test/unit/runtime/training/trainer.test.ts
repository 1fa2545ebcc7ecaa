import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CancelledError } from "../../../../src/runtime/errors";
import { Checkpoints, type FileOperations, fileOperations } from "../../../../src/runtime/training/checkpoints";
import { schedule } from "../../../../src/runtime/training/schedule";
import { type TrainingControl, type TrainingPlan, train } from "../../../../src/runtime/training/trainer";
import type { TrainingEvent } from "../../../../src/runtime/trainingProtocol";
import { Logistic, type Point, points } from "./logistic";

const data = points(64, 1);
const dev = points(32, 2);
const steps = 24;

type Plan = TrainingPlan<readonly Point[]>;

function plan(model: Logistic, changes: Partial<Plan> = {}): Plan {
  return {
    model,
    steps,
    stepsPerEpoch: 8,
    learningRate: schedule({ learningRate: 2, warmup: 0.1, decay: "linear" }, steps),
    batches: async (step) => {
      const from = (step % 8) * 8;
      return [data.slice(from, from + 4), data.slice(from + 4, from + 8)];
    },
    tokens: (batch) => batch.length,
    evaluate: async () => {
      const { taskLoss, probabilities } = await model.evaluate(dev);
      const right = dev.filter(({ label }, i) => (probabilities[i]?.[label] ?? 0) > 0.5).length;
      return { loss: taskLoss / dev.length, accuracy: right / dev.length };
    },
    evaluateEvery: 0,
    patience: 0,
    checkpointEvery: 5,
    ...changes,
  };
}

const never: TrainingControl = { signal: new AbortController().signal, wanted: () => null };

/** Asks for `action` when step `step` has been told. */
function asking(
  action: "pause" | "stop",
  step: number,
): { control: TrainingControl; onEvent: (e: TrainingEvent) => void } {
  let wanted: "pause" | "stop" | null = null;
  const onEvent = (event: TrainingEvent) => {
    if (event.kind === "step" && event.step === step) wanted = action;
  };
  return { control: { signal: new AbortController().signal, wanted: () => wanted }, onEvent };
}

describe("trainer", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "gptw-trainer-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A run that nothing disturbs. */
  async function undisturbed(): Promise<Logistic> {
    const model = new Logistic();
    const own = mkdtempSync(join(tmpdir(), "gptw-trainer-"));
    await train(plan(model), new Checkpoints(own), never, () => undefined);
    rmSync(own, { recursive: true, force: true });
    return model;
  }

  it("tells every step, looks at dev at each epoch's end, and keeps checkpoints", async () => {
    const events: TrainingEvent[] = [];
    const model = new Logistic();
    const outcome = await train(plan(model), new Checkpoints(folder), never, (event) => events.push(event));
    assert.deepEqual([outcome.state, outcome.reason, outcome.step], ["completed", null, steps]);
    const told = events.filter((event) => event.kind === "step");
    assert.deepEqual(
      told.map(({ step, epoch }) => [step, epoch]),
      Array.from({ length: steps }, (_, i) => [i + 1, Math.floor(i / 8) + 1]),
    );
    assert.ok((told.at(-1)?.loss ?? 1) < (told[0]?.loss ?? 0), "the loss falls");
    const looks = events.filter((event) => event.kind === "evaluation");
    assert.deepEqual(
      looks.map(({ step }) => step),
      [8, 16, 24],
    );
    const checkpoints = events.filter((event) => event.kind === "checkpoint").map(({ step }) => step);
    assert.deepEqual(checkpoints, [5, 10, 15, 20, 24]);
    assert.deepEqual(readdirSync(folder).sort(), ["best", "checkpoint"]);
  });

  it("does not wait for the step under way when a pause is wanted, and does it again", async () => {
    const expected = (await undisturbed()).all();
    for (const action of ["pause", "stop"] as const) {
      const own = join(folder, action);
      const interrupt = new AbortController();
      const model = new Logistic();
      model.onStep = (step) => {
        if (step === 9) interrupt.abort();
      };
      const control: TrainingControl = {
        ...never,
        wanted: () => (interrupt.signal.aborted ? action : null),
        interrupt: interrupt.signal,
      };
      const outcome = await train(plan(model), new Checkpoints(own), control, () => undefined);
      assert.deepEqual([outcome.state, outcome.step], [action === "pause" ? "paused" : "stopped", 9]);
      const resumed = new Logistic();
      await train(plan(resumed), new Checkpoints(own), never, () => undefined);
      assert.deepEqual(resumed.all(), expected);
    }
  });

  it("keeps the steps of a run that is cancelled when it is told to, also while it looks at dev", async () => {
    const whole = new Logistic();
    const { best } = await train(plan(whole), new Checkpoints(folder), never, () => undefined);
    for (const during of ["step", "look"] as const)
      for (const at of [1, 7, 8, 13, 16, 24]) {
        const own = join(folder, `${during}-${at}`);
        const abort = new AbortController();
        const model = new Logistic();
        const given = plan(model);
        const isThere = during === "look" ? at % 8 === 0 : at < steps;
        if (!isThere) continue;
        let looks = 0;
        const evaluate: Plan["evaluate"] = async () => {
          if (during === "look" && ++looks === at / 8) {
            abort.abort();
            throw new CancelledError("cancelled while looking");
          }
          return given.evaluate?.() ?? assert.fail();
        };
        if (during === "step") model.onStep = (step) => step === at && abort.abort();
        const control = { ...never, signal: abort.signal, keepsSteps: true };
        const stopped = await train({ ...given, evaluate }, new Checkpoints(own), control, () => undefined);
        assert.deepEqual([stopped.state, stopped.step], ["paused", at]);
        assert.equal(await new Checkpoints(own).savedStep(), at);
        const told: number[] = [];
        const resumed = new Logistic();
        const outcome = await train(plan(resumed), new Checkpoints(own), never, (event) => {
          if (event.kind === "step") told.push(event.step);
        });
        assert.equal(told[0], at === steps ? undefined : at + 1, `${during} ${at}`);
        assert.deepEqual([outcome.state, outcome.best], ["completed", best]);
        assert.deepEqual(resumed.all(), whole.all());
      }
  });

  it("goes on after a pause, and after a cancellation anywhere, as if nothing had been", async () => {
    const expected = (await undisturbed()).all();
    for (let at = 1; at < steps; at += 3) {
      const own = join(folder, `pause-${at}`);
      const { control, onEvent } = asking("pause", at);
      assert.equal((await train(plan(new Logistic()), new Checkpoints(own), control, onEvent)).state, "paused");
      const resumed = new Logistic();
      const outcome = await train(plan(resumed), new Checkpoints(own), never, () => undefined);
      assert.equal(outcome.state, "completed");
      assert.deepEqual(resumed.all(), expected, `paused after step ${at}`);
    }
    for (let at = 0; at < steps; at += 3) {
      const own = join(folder, `abort-${at}`);
      const abort = new AbortController();
      const model = new Logistic();
      model.onStep = (step) => step === at && abort.abort();
      const stopped = await train(
        plan(model),
        new Checkpoints(own),
        { ...never, signal: abort.signal },
        () => undefined,
      );
      assert.equal(stopped.state, "paused");
      assert.equal(stopped.step, at);
      const resumed = new Logistic();
      await train(plan(resumed), new Checkpoints(own), never, () => undefined);
      assert.deepEqual(resumed.all(), expected, `aborted in step ${at}`);
    }
  });

  it("measures a run that is stopped before its first look at dev", async () => {
    const { control, onEvent } = asking("stop", 3);
    const outcome = await train(plan(new Logistic()), new Checkpoints(folder), control, onEvent);
    assert.deepEqual([outcome.state, outcome.best?.step], ["stopped", 3]);
  });

  it("keeps the best and not the last, and ends early when dev gets no better", async () => {
    const losses = [3, 1, 2, 4, 5, 6];
    const model = new Logistic();
    const looks = plan(model, {
      evaluateEvery: 2,
      patience: 3,
      evaluate: async () => ({ loss: losses.shift() ?? 0, accuracy: null }),
    });
    const outcome = await train(looks, new Checkpoints(folder), never, () => undefined);
    assert.deepEqual(
      [outcome.state, outcome.step, outcome.best],
      ["completed", 10, { step: 4, loss: 1, accuracy: null }],
    );
    assert.match(outcome.reason ?? "", /3 looks/);
    const last = model.all();
    assert.deepEqual(await new Checkpoints(folder).restoreBest(model), outcome.best);
    assert.notDeepEqual(model.all()["parameter.score.weight"], last["parameter.score.weight"]);
  });

  it("fails when the loss is no number, with the last good checkpoint kept and a remedy", async () => {
    const model = new Logistic();
    model.onStep = (step) => step === 12 && model.state.parameter.get("score.bias")?.fill(Number.NaN);
    const outcome = await train(plan(model), new Checkpoints(folder), never, () => undefined);
    assert.equal(outcome.state, "failed");
    assert.match(outcome.reason ?? "", /not finite in step 13.*learning rate/);
    assert.equal(await new Checkpoints(folder).savedStep(), 10);
  });

  it("never replaces a good checkpoint by one with values that are no numbers", async () => {
    const model = new Logistic();
    const checkpoints = new Checkpoints(folder);
    const progress = { step: 1, best: null, looksWithoutBetter: 0, elapsedMs: 0 };
    await checkpoints.save(model, progress);
    model.state.v.get("score.weight")?.fill(Number.POSITIVE_INFINITY);
    await assert.rejects(checkpoints.save(model, { ...progress, step: 2 }), { code: "trainingFailed" });
    assert.equal(await checkpoints.savedStep(), 1);
  });
});

describe("checkpoints", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "gptw-checkpoints-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const progress = { step: 7, best: { step: 5, loss: 0.5, accuracy: 0.75 }, looksWithoutBetter: 1, elapsedMs: 12 };

  async function trained(): Promise<Logistic> {
    const model = new Logistic();
    for (let step = 0; step < 3; step++) await model.step([data], 1, step);
    return model;
  }

  it("gives back what was kept, bit for bit", async () => {
    const model = await trained();
    await new Checkpoints(folder).save(model, progress);
    const other = new Logistic();
    assert.deepEqual(await new Checkpoints(folder).restore(other), progress);
    assert.deepEqual(other.all(), model.all());
    assert.equal(await new Checkpoints(join(folder, "none")).restore(other), null);
  });

  for (const broken of ["mkdir", "writeSafetensors", "writeText", "rename"] as const)
    for (const code of ["ENOSPC", "EROFS"])
      it(`keeps the former one when ${broken} fails with ${code}, at every write`, async () => {
        const model = await trained();
        await new Checkpoints(folder).save(model, progress);
        // The n-th call fails, for every n that a write makes.
        for (let n = 1; n <= (broken === "rename" ? 2 : 1); n++) {
          const checkpoints = new Checkpoints(folder, failing(broken, code, n));
          const writing = checkpoints.save(model, { ...progress, step: 8 });
          await assert.rejects(writing, (error: Error) => error.message.includes(code));
          const other = new Logistic();
          assert.deepEqual(await new Checkpoints(folder).restore(other), progress);
          assert.deepEqual(other.all(), model.all());
        }
        await new Checkpoints(folder).save(model, { ...progress, step: 9 });
        assert.equal(await new Checkpoints(folder).savedStep(), 9);
        assert.deepEqual(readdirSync(folder), ["checkpoint"]);
      });

  it("ends the run as failed with the reason when the disk is full", async () => {
    const full = new Checkpoints(folder, failing("writeSafetensors", "ENOSPC", 2));
    const outcome = await train(plan(new Logistic(), { evaluate: null }), full, never, () => undefined);
    assert.deepEqual([outcome.state, outcome.step], ["failed", 10]);
    assert.match(outcome.reason ?? "", /ENOSPC/);
    assert.equal(await new Checkpoints(folder).savedStep(), 5);
    const resumed = new Logistic();
    const end = await train(plan(resumed, { evaluate: null }), new Checkpoints(folder), never, () => undefined);
    assert.deepEqual([end.state, end.step], ["completed", steps]);
  });

  it("finds the whole one when a replacement was interrupted between its renames", async () => {
    const model = await trained();
    await new Checkpoints(folder).save(model, progress);
    await fileOperations.rename(join(folder, "checkpoint"), join(folder, "checkpoint.previous"));
    await fileOperations.mkdir(join(folder, "checkpoint.part-1"));
    assert.equal(await new Checkpoints(folder).savedStep(), 7);
    await new Checkpoints(folder).save(model, { ...progress, step: 8 });
    assert.deepEqual(readdirSync(folder), ["checkpoint"]);
    assert.equal(await new Checkpoints(folder).savedStep(), 8);
  });

  it("believes no file: torn tensors, a torn or wrong record, and another model's state are refused", async () => {
    const model = await trained();
    const checkpoints = new Checkpoints(folder);
    const tensors = join(folder, "checkpoint", "state.safetensors");
    const record = join(folder, "checkpoint", "progress.json");
    const refused = { code: "invalidCheckpoint" };
    await checkpoints.save(model, progress);
    truncateSync(tensors, 100);
    await assert.rejects(checkpoints.restore(model), refused);
    await checkpoints.save(model, progress);
    for (const text of ["", "{", '{"version":1,"step":-1}', '{"version":1,"step":1e99,"best":null}']) {
      writeFileSync(record, text);
      await assert.rejects(checkpoints.restore(model), refused, text);
    }
    await checkpoints.save(model, progress);
    const other = { ...wrapped(model), shapes: new Map([...model.shapes, ["score.weight", [2, 1]]]) };
    await assert.rejects(
      checkpoints.restore(other),
      /tensor "parameter.score.weight" is F32 \[1, 2\], expected F32 \[2, 1\]/,
    );
    const fewer = { ...wrapped(model), trained: ["score.bias"] };
    await assert.rejects(checkpoints.restore(fewer), /belongs to no trained parameter/);
  });
});

function wrapped(model: Logistic) {
  return {
    trained: model.trained,
    shapes: model.shapes,
    read: model.read.bind(model),
    write: model.write.bind(model),
  };
}

/** Node's operations, of which the `n`-th call of one fails. */
function failing(which: keyof FileOperations, code: string, n: number): FileOperations {
  let calls = 0;
  const fail = async (...args: unknown[]) => {
    calls++;
    if (calls === n) throw Object.assign(new Error(`${code}: simulated`), { code });
    return (fileOperations[which] as (...given: unknown[]) => Promise<unknown>)(...args);
  };
  return { ...fileOperations, [which]: fail };
}
