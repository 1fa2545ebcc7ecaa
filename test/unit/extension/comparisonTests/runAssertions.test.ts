import assert from "node:assert/strict";
import type { TestOutcome } from "../../../../src/extension/comparisonTests/assertionResults";
import { comparisonTests } from "../../../../src/extension/comparisonTests/assertionTests";
import { type ComparisonRunner, runAssertions } from "../../../../src/extension/comparisonTests/runAssertions";
import { readComparisonText } from "../../../../src/runtime/comparison/comparisonText";
import { buildReport } from "../../../../src/runtime/comparison/report/buildReport";
import type { ComparisonResult } from "../../../../src/runtime/comparisonProtocol";
import { invalidDataset } from "../../../../src/runtime/errors";
import { simulated } from "../../runtime/comparison/report/simulatedComparison";
import { FakeClock } from "../support";
import { testedText } from "./testedText";

const path = "/projects/space/some.compare.yaml";

/** The real report of a simulated comparison of the text: LoRA is better, few-shot does not reach 0.8. */
async function result(): Promise<ComparisonResult> {
  const seeds = [0, 1, 2];
  const input = simulated({
    items: 300,
    arms: [
      { name: "base", kind: "prompt", accuracy: 0.5 },
      { name: "few-shot", kind: "prompt", accuracy: 0.6, seeds, k: 4 },
      { name: "LoRA", kind: "lora", accuracy: 0.95, seeds },
    ],
    file: readComparisonText(testedText).file ?? assert.fail(),
  });
  const { report } = await buildReport({ ...input, file: { ...input.file, resamples: 500 } });
  return { folder: "/runs/one", record: report.record, report };
}

interface Told {
  readonly started: string[];
  readonly lines: string[];
  readonly ended: [label: string, outcome: TestOutcome, ms: number][];
  readonly broken: string[];
}

/** Runs tests by their numbers and gives what the sink was told, by labels. */
async function run(
  runner: ComparisonRunner,
  picked: readonly number[] | null,
  { text = testedText, signal = new AbortController().signal, clock = new FakeClock() } = {},
): Promise<Told & { readonly folder: string | null }> {
  const tests = comparisonTests(testedText)?.tests ?? [];
  const label = (id: string) => tests.find((test) => test.id === id)?.label ?? id;
  const told: Told = { started: [], lines: [], ended: [], broken: [] };
  const sink = {
    started: (id: string) => void told.started.push(label(id)),
    output: (line: string) => void told.lines.push(line),
    ended: (id: string, outcome: TestOutcome, ms: number) => void told.ended.push([label(id), outcome, ms]),
    broken: (message: string) => void told.broken.push(message),
  };
  const ids = picked === null ? null : picked.map((index) => tests[index]?.id ?? "");
  const { folder } = await runAssertions({ path, text }, ids, { runner, clock, sink, signal });
  return { ...told, folder };
}

describe("running the assertions of a comparison file", () => {
  it("runs it once for all of them, and tells of each in words, with values beside each other", async () => {
    const clock = new FakeClock();
    const asked: unknown[] = [];
    const runner: ComparisonRunner = {
      run: async (at, text, { arms, onEvent }) => {
        asked.push([at, text, arms]);
        const found = await result();
        onEvent?.({ kind: "begin", folder: found.folder, record: found.record });
        onEvent?.({ kind: "note", text: "Few items." });
        clock.advance(6000);
        return found;
      },
    };
    const { started, lines, ended, folder } = await run(runner, null, { clock });
    assert.deepEqual(asked, [[path, testedText, undefined]]);
    assert.equal(folder, "/runs/one");
    assert.equal(started.length, 6);
    assert.deepEqual(
      ended.map(([label, { kind }, ms]) => [label, kind, ms]),
      [
        ["few-shot: accuracy ≥ 0.8", "failed", 1000],
        ["LoRA: no worse than base by 0.02", "passed", 1000],
        ["LoRA: no worse than base (macro-F1)", "passed", 1000],
        ["LoRA: better than few-shot", "passed", 1000],
        ["base: 0.5 ≤ log-loss ≤ 2", "passed", 1000],
        ["base: log-loss ≤ 2", "passed", 1000],
      ],
    );
    const [, failed] = ended[0] ?? assert.fail();
    assert.ok(failed.kind === "failed");
    assert.match(failed.message, /^few-shot: accuracy is \d\d\.\d % \(.*\), not at least 80\.0 %\.$/);
    assert.equal(failed.values?.expected, "few-shot: accuracy ≥ 0.8");
    assert.match(failed.values?.actual ?? "", /^few-shot: accuracy = \d\d\.\d % \(\d/);
    assert.equal(lines[0], "Run: /runs/one");
    const [verdict = ""] = (await result()).report?.verdicts ?? [];
    assert.ok(lines.includes("Few items.") && verdict !== "" && lines.includes(verdict));
  });

  it("runs only the arms that the picked ones need, and leaves the others alone", async () => {
    const asked: unknown[] = [];
    const runner: ComparisonRunner = {
      run: async (_path, _text, { arms }) => {
        asked.push(arms);
        return result();
      },
    };
    const { ended } = await run(runner, [1]);
    assert.deepEqual(asked, [["base", "LoRA"]]);
    assert.deepEqual(
      ended.map(([label]) => label),
      ["LoRA: no worse than base by 0.02"],
    );
  });

  it("ends at once when it is cancelled, whatever the run still does, and tells nothing more", async () => {
    const abort = new AbortController();
    let seen: AbortSignal | undefined;
    let say: (() => void) | undefined;
    const runner: ComparisonRunner = {
      run: (_path, _text, { signal, onEvent }) => {
        seen = signal;
        say = () => onEvent?.({ kind: "note", text: "late" });
        return new Promise(() => undefined);
      },
    };
    const running = run(runner, [0, 3], { signal: abort.signal });
    abort.abort();
    const { ended, lines, folder } = await running;
    say?.();
    assert.ok(seen?.aborted);
    assert.deepEqual(
      ended.map(([, { kind }]) => kind),
      ["skipped", "skipped"],
    );
    assert.deepEqual([lines, folder], [[], null]);
  });

  it("says of a comparison that failed or could not run why", async () => {
    const failing: ComparisonRunner = {
      run: async () => {
        const { record, folder } = await result();
        return { folder, record: { ...record, state: "failed", reason: "LoRA: no memory." }, report: null };
      },
    };
    assert.deepEqual((await run(failing, [0])).ended, [
      ["few-shot: accuracy ≥ 0.8", { kind: "errored", message: "LoRA: no memory." }, 0],
    ]);
    const throwing: ComparisonRunner = {
      run: () => Promise.reject(invalidDataset("/projects/space/a.jsonl", 3, "no")),
    };
    const [[, outcome] = assert.fail()] = (await run(throwing, [0])).ended;
    assert.ok(outcome.kind === "errored");
    assert.match(outcome.message, /a\.jsonl/);
  });

  it("takes a paused comparison for no result", async () => {
    const runner: ComparisonRunner = {
      run: async () => {
        const { record, folder } = await result();
        return { folder, record: { ...record, state: "paused" }, report: null };
      },
    };
    assert.deepEqual((await run(runner, [0])).ended.at(0)?.[1], { kind: "skipped" });
  });

  it("runs nothing for a file that does not read, or that lost what was picked", async () => {
    const runner: ComparisonRunner = { run: () => assert.fail("nothing is run") };
    const broken = await run(runner, [0], { text: testedText.replace("arms:", "arm:") });
    assert.equal(broken.broken.length, 1);
    assert.equal(broken.ended[0]?.[1].kind, "errored");
    const gone = await run(runner, [0], { text: testedText.replace("atLeast: 0.8", "atLeast: 0.9") });
    assert.deepEqual(gone.ended[0]?.[1], { kind: "skipped" });
  });

  it("does not take an outcome for another assertion's", async () => {
    const text = testedText.replace("atLeast: 0.8", "atLeast: 0.1");
    const runner: ComparisonRunner = { run: () => result() };
    const outcomes = (await run(runner, null, { text })).ended.map(([, { kind }]) => kind);
    assert.deepEqual(outcomes, ["errored", "passed", "passed", "passed", "passed", "passed"]);
  });
});
