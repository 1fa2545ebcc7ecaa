/** `gptw compare`: the arms of a comparison file against each other, on the same items. */
import { mkdir } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import writeFileAtomic from "write-file-atomic";
import { readComparisonText } from "../comparison/comparisonText";
import { type ComparisonReportForm, type ComparisonResult, comparisonReportForms } from "../comparisonProtocol";
import type { ComparisonEvent, ComparisonParams, ComparisonSource } from "../comparisonRecord";
import { cannotWrite } from "../errors";
import type { RequestContext, RuntimeService } from "../service";
import type { ExitCode } from "./commandLine";
import { showEvents } from "./compareProgress";
import { planText, resultText } from "./compareText";
import { defaultRuns } from "./finetune";
import { readFileText } from "./input";
import { withService } from "./serviceCall";
import { folderOrId, storeFolder } from "./store";
import type { Terminal } from "./terminal";
import { type ParsedOptions, parseOptions, runOptions, UsageError } from "./usage";

/** Options that only a new comparison takes. */
const forNew = { model: "text", store: "text", device: "text", context: "text", root: "text", arm: "texts" } as const;

/** Runs the command; what it takes is in its help. */
export async function compare(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("compare", args, {
    ...forNew,
    ...{ runs: "text", cache: "text", resume: "text", plan: "flag", json: "flag" },
    ...{ report: "texts", "without-texts": "flag" },
  });
  const json = has(options, "json");
  const reports = reportFiles(options);
  const [folder] = options.values("resume");
  if (folder !== undefined) {
    checkResume(options);
    return run(terminal, { json, reports }, ({ comparisons }, context, onEvent) =>
      comparisons.resume({ folder: resolve(folder) }, context, onEvent),
    );
  }
  const params = await comparisonParams(options, terminal);
  if (has(options, "plan")) return plan(params, json, terminal);
  return run(terminal, { json, reports }, ({ comparisons }, context, onEvent) =>
    comparisons.run(params, context, onEvent),
  );
}

/** A report to write. */
interface ReportFile {
  readonly form: ComparisonReportForm;
  /** Absolute path. */
  readonly path: string;
  readonly withoutTexts: boolean;
}

/** What is written where. */
interface Outputs {
  /** Standard output is a line for each event. */
  readonly json: boolean;
  readonly reports: readonly ReportFile[];
}

/** Begins a comparison, or goes on with one. */
type Start = (
  service: RuntimeService,
  context: RequestContext,
  onEvent: (event: ComparisonEvent) => void,
) => Promise<ComparisonResult>;

/** Ends with 0, with 1 for a comparison that failed or an assertion that does not hold, and with 130 for one that is paused. */
async function run(terminal: Terminal, { json, reports }: Outputs, start: Start): Promise<ExitCode> {
  const shown = showEvents(terminal, json);
  const result = await withService(terminal, async (service, { signal }) => {
    const context = { signal, onProgress: shown.onProgress };
    const result = await start(service, context, shown.onEvent).finally(() => shown.end());
    if (result.report !== null) await writeReports(service, context, result.folder, reports);
    return result;
  });
  const { folder, record, report } = result;
  terminal.out(json ? `${JSON.stringify({ kind: "result", ...result })}\n` : resultText(result));
  if (record.reason !== null) terminal.err(`${record.reason}\n`);
  if (record.state === "paused") {
    terminal.err(`${l10n.t("Paused. Go on with: gptw compare --resume {0}", folder)}\n`);
    return terminal.readerGone ? 0 : 130;
  }
  const missed = report?.assertions.filter(({ passed }) => !passed) ?? [];
  for (const { words } of missed) terminal.err(`gptw: ${words}\n`);
  // Without a report nothing says that the assertions hold.
  return report === null || record.state !== "completed" || missed.length > 0 ? 1 : 0;
}

async function writeReports(
  { comparisons }: RuntimeService,
  context: RequestContext,
  folder: string,
  reports: readonly ReportFile[],
): Promise<void> {
  for (const { path, ...asked } of reports) {
    const text = await comparisons.export({ folder, ...asked }, context);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeFileAtomic(path, text);
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }
}

function reportFiles(options: ParsedOptions): readonly ReportFile[] {
  const withoutTexts = has(options, "without-texts");
  const files = options.values("report").map((given) => ({ ...reportFile(given), withoutTexts }));
  if (!withoutTexts || files.length > 0) return files;
  throw new UsageError(l10n.t("--without-texts says how --report is written, which is missing"), "compare");
}

/** Reads `html=report.html`. */
function reportFile(given: string): Omit<ReportFile, "withoutTexts"> {
  const at = given.indexOf("=");
  const form = comparisonReportForms.find((name) => name === given.slice(0, at));
  if (form && at < given.length - 1) return { form, path: resolve(given.slice(at + 1)) };
  const forms = comparisonReportForms.join(", ");
  throw new UsageError(l10n.t("--report must be FORM=FILE with FORM one of {0}, not {1}", forms, given), "compare");
}

async function plan(params: ComparisonParams, json: boolean, terminal: Terminal): Promise<ExitCode> {
  const shown = showEvents(terminal, json);
  const found = await withService(terminal, ({ comparisons }, { signal }) =>
    comparisons.plan(params, { signal, onProgress: shown.onProgress }).finally(() => shown.end()),
  );
  terminal.out(json ? `${JSON.stringify(found, null, 2)}\n` : planText(found));
  return 0;
}

function checkResume(options: ParsedOptions): void {
  const given = [...Object.keys(forNew), "runs", "cache", "plan"].find((name) => has(options, name));
  if (given) throw new UsageError(l10n.t("--{0} does not go with --resume: the run knows it", given), "compare");
  const [file] = options.positionals;
  if (file !== undefined) throw new UsageError(l10n.t('"{0}" is not expected', file), "compare");
}

async function comparisonParams(options: ParsedOptions, terminal: Terminal): Promise<ComparisonParams> {
  const source = await comparisonSource(options, terminal);
  const [runs = defaultRuns] = options.values("runs");
  const [cache] = options.values("cache");
  const arms = options.values("arm");
  return {
    source,
    model: await modelFolder(options, source),
    store: storeFolder(options),
    ...runOptions("compare", options),
    runs: resolve(runs),
    ...(cache !== undefined && { cache: resolve(cache) }),
    ...(arms.length > 0 && { arms }),
  };
}

/** The comparison file. Its data must lie below `--root`; below the working folder when the file does, else beside the file. */
async function comparisonSource(options: ParsedOptions, terminal: Terminal): Promise<ComparisonSource> {
  const { positionals } = options;
  const [file, ...rest] = positionals;
  if (file === undefined) throw new UsageError(l10n.t("the comparison file is missing"), "compare");
  if (rest.length > 0)
    throw new UsageError(l10n.t("there are {0} files; one at a time", positionals.length), "compare");
  const path = resolve(file);
  const way = relative(process.cwd(), path);
  const below = !isAbsolute(way) && !way.startsWith("..");
  const [root = below ? "." : dirname(path)] = options.values("root");
  return { path, text: await readFileText(path, terminal), root: resolve(root) };
}

/** The model of `--model`, which may be missing where every arm has one. */
async function modelFolder(options: ParsedOptions, { path, text }: ComparisonSource): Promise<string> {
  const [given] = options.values("model");
  if (given) return folderOrId(given, storeFolder(options));
  const { file } = readComparisonText(text);
  const named = options.values("arm");
  const arms = file?.arms.filter(({ name }) => named.length === 0 || named.includes(name)) ?? [];
  const without = file?.model === undefined ? arms.find(({ model }) => model === undefined) : undefined;
  if (!without) return dirname(path); // nobody asks for it
  throw new UsageError(
    l10n.t('--model is missing, and the comparison file names none for "{0}"', without.name),
    "compare",
  );
}

function has(options: ParsedOptions, name: string): boolean {
  return options.values(name).length > 0;
}
