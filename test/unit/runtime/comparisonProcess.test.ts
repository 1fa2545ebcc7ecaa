/** Comparisons through the runtime process, asked as the extension asks; and one whose process is killed. */
import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from "vscode-jsonrpc/node";
import {
  comparisonExportRequest,
  comparisonItemsRequest,
  comparisonPlanRequest,
  comparisonProgress,
  comparisonReplayRequest,
  comparisonReportForms,
  comparisonReportRequest,
  comparisonResumeRequest,
  comparisonRunRequest,
} from "../../../src/runtime/comparisonProtocol";
import type { ComparisonEvent, ComparisonParams } from "../../../src/runtime/comparisonRecord";
import { resumeTrainingRequest } from "../../../src/runtime/trainingProtocol";
import { opinionatedModel } from "./comparison/planted";
import { plantedArms, plantedComparison } from "./comparison/plantedComparison";

interface Runtime {
  readonly child: ChildProcess;
  readonly connection: MessageConnection;
}

describe("comparisons in the runtime process", function () {
  this.timeout(240_000);
  let parent: string;
  let params: ComparisonParams;
  const started: Runtime[] = [];
  before(async () => {
    parent = mkdtempSync(join(tmpdir(), "gptw-comparison-"));
    const [zero, , , full] = plantedArms;
    const changes = { arms: [zero, full], curve: {}, seeds: { demonstrations: 1, training: 1 }, resamples: 200 };
    params = plantedComparison(parent, await opinionatedModel(parent, "sighted"), changes);
  });
  after(() => {
    for (const { child } of started) child.kill("SIGKILL");
    rmSync(parent, { recursive: true, force: true });
  });

  function start(): Runtime {
    const child = fork(join(__dirname, "../../../src/runtime/main.ts"), [], { serialization: "advanced" });
    const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    connection.listen();
    started.push({ child, connection });
    return { child, connection };
  }

  /** What was answered but for the times, by file. */
  function predictions(folder: string): Readonly<Record<string, readonly unknown[]>> {
    const names = readdirSync(join(folder, "predictions")).sort();
    const lines = (name: string) =>
      readFileSync(join(folder, "predictions", name), "utf8")
        .trim()
        .split("\n");
    return Object.fromEntries(
      names.map((name) => [name, lines(name).map((line) => ({ ...JSON.parse(line), ms: 0 }) as unknown)]),
    );
  }

  it("are planned, run, reported page by page, written and replayed", async () => {
    const { connection } = start();
    const plan = await connection.sendRequest(comparisonPlanRequest, params);
    const events: ComparisonEvent[] = [];
    connection.onProgress(comparisonProgress, 31, (event) => void events.push(event));
    const { folder, record, report } = await connection.sendRequest(comparisonRunRequest, {
      ...params,
      streamToken: 31,
    });
    assert.deepEqual([record.state, record.reason, record.units.total], ["completed", null, plan.units]);
    assert.deepEqual([events[0]?.kind, events.at(-1)?.kind], ["begin", "record"]);
    assert.deepEqual(await connection.sendRequest(comparisonReportRequest, { folder }), report);
    const baselines = report?.arms.filter(({ kind }) => kind === "baseline").map(({ name }) => name) ?? [];
    assert.ok(baselines.includes("nearest neighbour"), baselines.join());
    const [zero, full] = report?.arms ?? [];
    assert.ok((full?.metrics.accuracy?.value ?? 0) > (zero?.metrics.accuracy?.value ?? 1));
    const page = await connection.sendRequest(comparisonItemsRequest, { folder, from: 10, count: 5 });
    assert.deepEqual([page.total, page.items.map(({ item }) => item)], [record.items.test, [10, 11, 12, 13, 14]]);
    const differ = { right: 1, wrong: 0 };
    const between = await connection.sendRequest(comparisonItemsRequest, { folder, differ, from: 0, count: 100 });
    for (const { answers } of between.items) assert.deepEqual([answers[1]?.right, answers[0]?.right], [1, 0]);
    const forms = {
      html: "<html",
      md: "# ",
      csv: "arm,kind",
      json: '"verdicts"',
      jsonl: '"gold"',
      junit: "<testsuites",
    };
    for (const form of comparisonReportForms) {
      const text = await connection.sendRequest(comparisonExportRequest, { folder, form });
      assert.ok(text.includes(forms[form]), form);
    }
    const replayed = await connection.sendRequest(comparisonReplayRequest, { folder, arm: 1, seed: 0, item: 3 });
    assert.ok(replayed.same);
  });

  it("that are cancelled answer with what they had", async () => {
    const { connection } = start();
    const cancellation = new CancellationTokenSource();
    connection.onProgress(comparisonProgress, 32, (event) => {
      if (event.kind === "outcome") cancellation.cancel();
    });
    const request = { ...params, streamToken: 32 };
    const { record, report } = await connection.sendRequest(comparisonRunRequest, request, cancellation.token);
    assert.deepEqual([record.state, report], ["paused", null]);
    assert.ok(record.units.done >= 1 && record.units.done < record.units.total);
  });

  it("are worked on by one process at a time, and not while the process trains", async () => {
    const { connection } = start();
    const other = start();
    const cancellation = new CancellationTokenSource();
    let refused: Promise<unknown> = Promise.resolve();
    connection.onProgress(comparisonProgress, 34, (event) => {
      if (event.kind !== "begin") return;
      const { folder } = event;
      const others = [
        [other.connection.sendRequest(comparisonResumeRequest, { folder }), "works on the run"],
        [connection.sendRequest(comparisonResumeRequest, { folder }), "another comparison is under way"],
        [connection.sendRequest(resumeTrainingRequest, { folder }), "a comparison is under way"],
      ] as const;
      refused = Promise.all(
        others.map(([request, words]) =>
          assert.rejects(request, (error: Error) => error.message.includes(words), words),
        ),
      ).finally(() => cancellation.cancel());
    });
    const [, , , full = assert.fail()] = plantedArms;
    const long = { ...full, finetune: { ...full.finetune, epochs: 2000 } };
    const held = { ...plantedComparison(parent, params.model, { arms: [long], curve: {} }), streamToken: 34 };
    await connection.sendRequest(comparisonRunRequest, held, cancellation.token);
    await refused;
  });

  it("whose process is killed go on to the same answers", async () => {
    const undisturbed = await start().connection.sendRequest(comparisonRunRequest, params);
    const { child, connection } = start();
    let folder = "";
    const exit = new Promise((resolve) => child.on("exit", resolve));
    connection.onProgress(comparisonProgress, 33, (event) => {
      if (event.kind === "begin") folder = event.folder;
      if (event.kind === "unit" && event.stage === "training" && event.done === 20) child.kill("SIGKILL");
    });
    connection.sendRequest(comparisonRunRequest, { ...params, streamToken: 33 }).catch(() => undefined);
    await exit;
    assert.equal(JSON.parse(readFileSync(join(folder, "run.json"), "utf8")).state, "running");
    const torn = ["run.json.1234567", `predictions/${"ab".repeat(32)}.jsonl.42`, "items.jsonl.7"];
    for (const name of torn) writeFileSync(join(folder, name), "{");
    writeFileSync(join(folder, "mine.json.1"), "{");
    const resumed = await start().connection.sendRequest(comparisonResumeRequest, { folder });
    for (const name of torn) assert.ok(!existsSync(join(folder, name)), name);
    assert.ok(existsSync(join(folder, "mine.json.1")));
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith("lock-")),
      [],
    );
    assert.deepEqual([resumed.record.state, resumed.record.reason], ["completed", null]);
    assert.deepEqual(predictions(folder), predictions(undisturbed.folder));
  });
});
