/** Runs a comparison for the tests of its file, once for all that were picked. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { ComparisonResult } from "../../runtime/comparisonProtocol";
import type { ComparisonEvent } from "../../runtime/comparisonRecord";
import { CancelledError, toErrorInfo } from "../../runtime/errors";
import { unlessAborted } from "../abort";
import type { Clock } from "../clock";
import { errorText } from "../errorText";
import { type TestOutcome, testOutcome } from "./assertionResults";
import { type AssertionTest, comparisonTests, neededArms } from "./assertionTests";
import { EventText } from "./eventText";

/** What runs comparisons. */
export interface ComparisonRunner {
  /**
   * Runs the comparison of a text. An aborted signal pauses it. Throws as `RuntimeClient.request`.
   * @param path absolute path of the file
   */
  run(
    path: string,
    text: string,
    options: {
      readonly signal: AbortSignal;
      readonly onEvent?: (event: ComparisonEvent) => void;
      /** Names of the arms to run; all when absent. */
      readonly arms?: readonly string[];
    },
  ): Promise<ComparisonResult>;
}

/** A comparison file as it is now. */
export interface TestedFile {
  readonly path: string;
  readonly text: string;
}

/** Where tests stand. `id`: of an assertion, or null for the file itself. */
export interface TestSink {
  readonly started: (id: string) => void;
  readonly output: (line: string) => void;
  /** `ms`: this test's share of the time. */
  readonly ended: (id: string, outcome: TestOutcome, ms: number) => void;
  /** The file does not read. */
  readonly broken: (message: string) => void;
}

/** What a run of tests leaves. */
export interface AssertionRun {
  /** The run's folder; null where nothing came of it. */
  readonly folder: string | null;
}

/**
 * Runs the comparison of a file once and tells the sink what became of the picked tests, each of them once. `picked`: ids; null for all.
 * A test that the text no longer has is skipped. When `signal` is aborted it ends at once, and the comparison pauses behind it. Throws nothing.
 */
export async function runAssertions(
  file: TestedFile,
  picked: readonly string[] | null,
  parts: {
    readonly runner: ComparisonRunner;
    readonly clock: Clock;
    readonly sink: TestSink;
    readonly signal: AbortSignal;
  },
): Promise<AssertionRun> {
  const { sink } = parts;
  const found = comparisonTests(file.text);
  if (found?.file == null) {
    const message = found?.error ?? l10n.t("The file asserts nothing.");
    sink.broken(message);
    for (const id of picked ?? []) sink.ended(id, { kind: "errored", message }, 0);
    return { folder: null };
  }
  const tests = found.tests.filter(({ id }) => picked === null || picked.includes(id));
  const gone = (picked ?? []).filter((id) => !found.tests.some((test) => test.id === id));
  for (const id of gone) sink.ended(id, { kind: "skipped" }, 0);
  if (tests.length === 0) return { folder: null };
  const arms = neededArms(
    found.file,
    tests.map(({ assertion }) => assertion),
  );
  return runTests(file, tests, arms, parts);
}

async function runTests(
  { path, text }: TestedFile,
  tests: readonly AssertionTest[],
  arms: readonly string[] | null,
  { runner, clock, sink, signal }: Parameters<typeof runAssertions>[2],
): Promise<AssertionRun> {
  for (const { id } of tests) sink.started(id);
  if (arms) sink.output(l10n.t("Only the arms that these assertions need: {0}", arms.join(", ")));
  const start = clock.now();
  const end = (outcome: (test: AssertionTest) => TestOutcome) => {
    const ms = (clock.now() - start) / tests.length;
    for (const test of tests) sink.ended(test.id, outcome(test), ms);
  };
  const words = new EventText();
  let live = true;
  const onEvent = (event: ComparisonEvent) => {
    if (live) for (const line of words.lines(event)) sink.output(line);
  };
  try {
    const running = runner.run(path, text, { signal, onEvent, ...(arms && { arms }) });
    const result = await unlessAborted(running, signal);
    for (const line of result.report?.verdicts ?? []) sink.output(line);
    end((test) => testOutcome(result, test));
    return { folder: result.report === null ? null : result.folder };
  } catch (error) {
    if (error instanceof CancelledError) end(() => ({ kind: "skipped" }));
    else end(() => ({ kind: "errored", message: errorText(toErrorInfo(error)) }));
    return { folder: null };
  } finally {
    live = false;
  }
}
