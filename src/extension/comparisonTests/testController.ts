/** The assertions of comparison files in VS Code's Test Explorer. */
import * as vscode from "vscode";
import type { TextRange } from "../../runtime/yamlText";
import type { Clock } from "../clock";
import type { Disposable } from "../emitter";
import type { TestOutcome } from "./assertionResults";
import { type AssertionTest, comparisonTests } from "./assertionTests";
import { type ComparisonRunner, runAssertions, type TestedFile, type TestSink } from "./runAssertions";

/** What the tests work with. */
export interface ComparisonTestParts {
  readonly runner: ComparisonRunner;
  /** Opens the report of a run's folder. */
  readonly showReport: (folder: string) => Promise<void> | void;
  readonly clock: Clock;
}

const pattern = "**/*.compare.yaml";
const selector: vscode.DocumentSelector = { scheme: "file", pattern };
/** Beside what `files.exclude` leaves out. */
const excluded = "**/{node_modules,.git,.gpt-workbench,out,dist}/**";
const mostFiles = 1000;
/** Larger ones are no comparison files, bytes. */
const largestFile = 5_000_000;
/** How long typing and the file system must rest before files are read anew, milliseconds. */
const restMs = 300;

/** Files and assertions as tests. Open files are known at once; the workspace is looked through when the explorer asks. */
export class ComparisonTests implements Disposable {
  readonly #controller = vscode.tests.createTestController("gptWorkbench.comparisons", vscode.l10n.t("Comparisons"));
  readonly #timers = new Map<string, Disposable>();
  /** The last run that has a report, by the file's URI. */
  readonly #runs = new Map<string, { readonly text: string; readonly folder: string }>();
  readonly #subscriptions: vscode.Disposable[] = [this.#controller];
  #watching = false;

  constructor(private readonly parts: ComparisonTestParts) {
    const { Run } = vscode.TestRunProfileKind;
    const profile = (label: string, show: boolean) =>
      this.#controller.createRunProfile(label, Run, (request, token) => this.#handle(request, token, show), !show);
    this.#controller.resolveHandler = (item) => (item ? this.#read(item.uri) : this.#discover());
    this.#controller.refreshHandler = () => this.#discover();
    const changed = (document: vscode.TextDocument) => {
      if (vscode.languages.match(selector, document) > 0) this.#later(document.uri);
    };
    this.#subscriptions.push(
      profile(vscode.l10n.t("Run Comparison"), false),
      profile(vscode.l10n.t("Show Report"), true),
      vscode.workspace.onDidOpenTextDocument(changed),
      vscode.workspace.onDidChangeTextDocument(({ document }) => changed(document)),
      vscode.workspace.onDidCloseTextDocument(changed),
    );
    for (const document of vscode.workspace.textDocuments) changed(document);
  }

  /** The controller, for tests of it. */
  get controller(): vscode.TestController {
    return this.#controller;
  }

  dispose(): void {
    for (const timer of this.#timers.values()) timer.dispose();
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /** Looks through the workspace, and from then on follows its files. */
  async #discover(): Promise<void> {
    this.#watch();
    const found = await vscode.workspace.findFiles(pattern, excluded, mostFiles);
    const open = vscode.workspace.textDocuments.filter((document) => vscode.languages.match(selector, document) > 0);
    const uris = new Map([...found, ...open.map(({ uri }) => uri)].map((uri) => [uri.toString(), uri]));
    for (const [id] of [...this.#controller.items]) if (!uris.has(id)) this.#controller.items.delete(id);
    for (const uri of uris.values()) await this.#read(uri);
  }

  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const again = () => this.#soon("", () => void this.#discover());
    this.#subscriptions.push(
      watcher,
      // Whether a new file is excluded is only known by looking for it.
      watcher.onDidCreate(again),
      watcher.onDidDelete(again),
      watcher.onDidChange((uri) => {
        if (this.#controller.items.get(uri.toString())) this.#later(uri);
        else again();
      }),
    );
  }

  #later(uri: vscode.Uri): void {
    this.#soon(uri.toString(), () => void this.#read(uri));
  }

  #soon(id: string, action: () => void): void {
    this.#timers.get(id)?.dispose();
    this.#timers.set(id, this.parts.clock.after(restMs, action));
  }

  /** Takes a file as it is now: in an editor, or on disk. */
  async #read(uri: vscode.Uri | undefined): Promise<void> {
    if (!uri) return;
    const text = await textOf(uri);
    if (text === null) this.#controller.items.delete(uri.toString());
    else this.#take(uri, text);
  }

  /** The file's item with its tests; undefined, and gone, where it asserts nothing. */
  #take(uri: vscode.Uri, text: string): vscode.TestItem | undefined {
    const { items } = this.#controller;
    const id = uri.toString();
    const found = comparisonTests(text);
    if (!found) {
      items.delete(id);
      return undefined;
    }
    const item = items.get(id) ?? this.#controller.createTestItem(id, vscode.workspace.asRelativePath(uri), uri);
    items.add(item);
    item.error = found.error ?? undefined;
    item.range = found.errorRange ? rangeOf(text, found.errorRange) : undefined;
    // While a file is being written its tests stay.
    if (found.error === null) item.children.replace(found.tests.map((test) => this.#testItem(item, uri, text, test)));
    return item;
  }

  #testItem(file: vscode.TestItem, uri: vscode.Uri, text: string, { id, label, range, index }: AssertionTest) {
    // The same item keeps its result.
    const known = file.children.get(id);
    const item = known ?? this.#controller.createTestItem(id, label, uri);
    item.label = label;
    item.range = rangeOf(text, range);
    item.sortText = String(index).padStart(3, "0");
    return item;
  }

  async #handle(request: vscode.TestRunRequest, token: vscode.CancellationToken, show: boolean): Promise<void> {
    if (request.include === undefined) await this.#discover();
    const picked = pickedTests(this.#controller, request);
    const shown = show ? await this.#showKnown(picked) : new Set<string>();
    const rest = [...picked].filter(([{ id }]) => !shown.has(id));
    if (rest.length === 0) return;
    const run = this.#controller.createTestRun(request);
    const aborter = new AbortController();
    const listeners = [token, run.token].map((of) => of.onCancellationRequested(() => aborter.abort()));
    try {
      for (const [, tests] of rest) for (const test of tests) run.enqueued(test);
      for (const [file, tests] of rest) {
        if (aborter.signal.aborted) for (const test of tests) run.skipped(test);
        else await this.#runFile(run, { file, tests, show }, aborter.signal);
      }
    } finally {
      for (const listener of listeners) listener.dispose();
      run.end();
    }
  }

  /** Opens reports that are there and fit the files' texts. Returns ids of these files. */
  async #showKnown(picked: Picked): Promise<Set<string>> {
    const shown = new Set<string>();
    for (const { id, uri } of picked.keys()) {
      const known = this.#runs.get(id);
      if (!uri || !known || known.text !== (await textOf(uri))) continue;
      await this.parts.showReport(known.folder);
      shown.add(id);
    }
    return shown;
  }

  async #runFile(
    run: vscode.TestRun,
    { file, tests, show }: { readonly file: vscode.TestItem; readonly tests: PickedTests; readonly show: boolean },
    signal: AbortSignal,
  ): Promise<void> {
    const { uri } = file;
    const text = uri ? await textOf(uri) : null;
    if (!uri || text === null) {
      run.errored(file, new vscode.TestMessage(vscode.l10n.t("The file is gone.")));
      return;
    }
    this.#take(uri, text);
    const tested: TestedFile = { path: uri.fsPath, text };
    const ids = tests.map(({ id }) => id);
    const sink = sinkOf(run, file, new Map(tests.map((test) => [test.id, test])));
    const { runner, clock } = this.parts;
    const { folder } = await runAssertions(tested, ids, { runner, clock, sink, signal });
    if (folder === null) return;
    this.#runs.set(file.id, { text, folder });
    if (show) await this.parts.showReport(folder);
  }
}

type PickedTests = readonly vscode.TestItem[];
/** Files with those of their tests that are to run. */
type Picked = ReadonlyMap<vscode.TestItem, PickedTests>;

function pickedTests({ items }: vscode.TestController, { include, exclude = [] }: vscode.TestRunRequest): Picked {
  const picked = new Map<vscode.TestItem, vscode.TestItem[]>();
  const left = new Set(exclude);
  const add = (file: vscode.TestItem, tests: PickedTests) => {
    const wanted = tests.filter((test) => !left.has(test) && !picked.get(file)?.includes(test));
    if (left.has(file)) return;
    picked.set(file, [...(picked.get(file) ?? []), ...wanted]);
  };
  for (const item of include ?? [...items].map(([, file]) => file)) {
    if (item.parent) add(item.parent, [item]);
    else
      add(
        item,
        [...item.children].map(([, test]) => test),
      );
  }
  return picked;
}

function sinkOf(run: vscode.TestRun, file: vscode.TestItem, tests: ReadonlyMap<string, vscode.TestItem>): TestSink {
  // A terminal's lines end with both.
  const output = (line: string, test?: vscode.TestItem) =>
    run.appendOutput(`${line.replace(/\r?\n/g, "\r\n")}\r\n`, undefined, test);
  return {
    started: (id) => {
      const test = tests.get(id);
      if (test) run.started(test);
    },
    output,
    ended: (id, outcome, ms) => {
      const test = tests.get(id);
      if (test) tell(run, test, outcome, ms, output);
    },
    broken: (message) => run.errored(file, messageAt(file, message)),
  };
}

function tell(
  run: vscode.TestRun,
  test: vscode.TestItem,
  outcome: TestOutcome,
  ms: number,
  output: (line: string, test: vscode.TestItem) => void,
): void {
  switch (outcome.kind) {
    case "passed":
      output(`✓ ${outcome.words}`, test);
      run.passed(test, ms);
      break;
    case "failed": {
      output(`✗ ${outcome.message}`, test);
      const message = messageAt(test, outcome.message);
      if (outcome.values) {
        message.expectedOutput = outcome.values.expected;
        message.actualOutput = outcome.values.actual;
      }
      run.failed(test, message, ms);
      break;
    }
    case "errored":
      output(outcome.message, test);
      run.errored(test, messageAt(test, outcome.message), ms);
      break;
    case "skipped":
      run.skipped(test);
      break;
    default:
      outcome satisfies never;
  }
}

function messageAt({ uri, range }: vscode.TestItem, text: string): vscode.TestMessage {
  const message = new vscode.TestMessage(text);
  if (uri && range) message.location = new vscode.Location(uri, range);
  return message;
}

/** The text in an editor, where it may be newer, or on disk; null where there is none. */
async function textOf(uri: vscode.Uri): Promise<string | null> {
  const id = uri.toString();
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === id);
  if (open) return open.getText();
  try {
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > largestFile) return null;
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch (error) {
    if (error instanceof vscode.FileSystemError) return null;
    throw error;
  }
}

function rangeOf(text: string, { start, end }: TextRange): vscode.Range {
  return new vscode.Range(positionOf(text, start), positionOf(text, end));
}

function positionOf(text: string, offset: number): vscode.Position {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/);
  return new vscode.Position(lines.length - 1, lines.at(-1)?.length ?? 0);
}
