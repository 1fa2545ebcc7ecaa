/** `gptw run`: a prompt file over its inputs, with the same results as the compare panel. */
import { dirname, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import writeFileAtomic from "write-file-atomic";
import { cannotWrite, invalidPrompt } from "../errors";
import { readPromptText } from "../prompt/promptText";
import { type ReportForm, report, reportForms } from "../prompt/report";
import { type ReportedRun, summaryHead, summaryRows } from "../prompt/reportTable";
import type {
  PromptCell,
  PromptOverrides,
  PromptRunEvent,
  PromptRunParams,
  PromptSource,
  RunItem,
} from "../promptProtocol";
import type { ModelReference } from "../protocol";
import type { ExitCode } from "./commandLine";
import { failUnder, missedBounds } from "./failUnder";
import { table } from "./format";
import { withProgress } from "./progressLine";
import { promptSource } from "./promptSource";
import { showPreview } from "./runPreview";
import { axisOption, defaultSamples, showSensitivity } from "./runSensitivity";
import { folderOrId, storeFolder } from "./store";
import type { Terminal } from "./terminal";
import { numberOption, type ParsedOptions, parseOptions, runOptions, UsageError } from "./usage";

/** Runs the command; what it takes is in its help. */
export async function run(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("run", args, {
    model: "text",
    store: "text",
    device: "text",
    context: "text",
    root: "text",
    data: "text",
    variants: "text",
    shots: "text",
    seed: "text",
    limit: "text",
    out: "texts",
    record: "text",
    cache: "text",
    "skip-bad-rows": "flag",
    "fail-under": "texts",
    preview: "text",
    sensitivity: "text",
    samples: "text",
    json: "flag",
  });
  const bounds = failUnder(options.values("fail-under"));
  const outputs = options.values("out").map(output);
  const axis = axisOption(options);
  const overrides = runOverrides(options);
  const source = await promptSource("run", options, terminal);
  const model = await modelReference(options, source);
  if (options.values("preview").length > 0) {
    const item = numberOption("run", options, "preview", { min: 0, max: 1_000_000, whole: true, default: 0 });
    return showPreview({ model, source, overrides, item }, terminal);
  }
  if (axis) {
    const whole = { min: 1, max: 10_000, whole: true, default: defaultSamples };
    const samples = numberOption("run", options, "samples", whole);
    const params = { model, source, overrides, axis, samples, seed: overrides.seed ?? 0 };
    const [variant] = overrides.variants ?? [];
    const json = options.values("json").length > 0;
    return showSensitivity({ ...params, ...(variant !== undefined && { variant }) }, json, terminal);
  }
  const [runs, cache] = [options.values("record")[0], options.values("cache")[0]];
  const params: PromptRunParams = {
    ...{ model, source, overrides },
    ...(runs !== undefined && { runs: resolve(runs) }),
    ...(cache !== undefined && { cache: resolve(cache) }),
  };
  const done = await runAll(params, terminal);
  terminal.out(table([summaryHead(), ...summaryRows(done.record)]));
  for (const { file, form } of outputs) await write(file, report(form, done));
  if (!done.record.complete) return terminal.readerGone ? 0 : 130;
  const missed = missedBounds(bounds, done.record.variants);
  for (const sentence of missed) terminal.err(`gptw: ${sentence}\n`);
  return missed.length > 0 ? 1 : 0;
}

/** The run, its cells gathered from the stream. */
async function runAll(params: PromptRunParams, terminal: Terminal): Promise<ReportedRun> {
  const items: RunItem[] = [];
  const cells = new Map<string, PromptCell>();
  const keep = (more: readonly PromptCell[]) => {
    for (const cell of more) cells.set(`${cell.variant} ${cell.item}`, cell);
  };
  const onEvent = (event: PromptRunEvent) => {
    if (event.kind === "begin") for (const note of event.notes) terminal.err(`${note}\n`);
    if (event.kind === "items") items.push(...event.items);
    if (event.kind === "cells") keep(event.cells);
  };
  const { record, folder, recalibrated } = await withProgress(terminal, answersDone, (service, context) =>
    service.prompts.run(params, context, onEvent),
  );
  keep(recalibrated);
  tellWhatWasCut([...cells.values()], terminal);
  if (folder !== null) terminal.err(`${l10n.t("Record: {0}", folder)}\n`);
  if (!record.complete) terminal.err(`${l10n.t("Stopped; run again with the same --cache to go on.")}\n`);
  return { record, items, cells: [...cells.values()] };
}

function answersDone(done: number, total: number): string {
  return l10n.t("{0} of {1} answers", done, total);
}

function tellWhatWasCut(cells: readonly PromptCell[], terminal: Terminal): void {
  const fewer = cells.filter(({ dropped }) => dropped > 0).length;
  const cut = cells.filter(({ truncated }) => truncated > 0).length;
  if (fewer > 0)
    terminal.err(`${l10n.t("{0} prompts have fewer demonstrations than asked: no more fit the context.", fewer)}\n`);
  if (cut > 0)
    terminal.err(`${l10n.t("{0} prompts were cut at their beginning: they do not fit the context.", cut)}\n`);
}

/** The model of `--model`, or the prompt file's: a folder relative to it, or an id of the store. */
async function modelReference(options: ParsedOptions, { path, text }: PromptSource): Promise<ModelReference> {
  const store = storeFolder(options);
  const where = runOptions("run", options);
  const [given] = options.values("model");
  if (given) return { folder: await folderOrId(given, store), ...where };
  const { file, problems } = readPromptText(text);
  const [problem] = problems;
  if (!file && problem) throw invalidPrompt(path, problem.line, problem.column, problem.message);
  if (file?.model === undefined)
    throw new UsageError(l10n.t("--model is missing, and the prompt file names no model"), "run");
  const named = /[\\/]/.test(file.model) ? resolve(dirname(path), file.model) : file.model;
  return { folder: await folderOrId(named, store), ...where };
}

function runOverrides(options: ParsedOptions): PromptOverrides {
  const whole = (name: string, key: keyof PromptOverrides, min: number, max: number) =>
    options.values(name).length > 0
      ? { [key]: numberOption("run", options, name, { min, max, whole: true, default: 0 }) }
      : {};
  const [variants, data] = [options.values("variants")[0], options.values("data")[0]];
  const names = variants?.split(",").map((name) => name.trim());
  if (names?.includes("")) throw new UsageError(l10n.t("--variants must be names with commas between"), "run");
  return {
    ...(names && { variants: names }),
    ...(data !== undefined && { data: resolve(data) }),
    ...whole("shots", "k", 0, 1000),
    ...whole("seed", "seed", 0, 0xffffffff),
    ...whole("limit", "limit", 1, 1_000_000_000),
    ...(options.values("skip-bad-rows").length > 0 && { skipBadRows: true }),
  };
}

function output(file: string): { readonly file: string; readonly form: ReportForm } {
  const form = reportForms.find((name) => file.toLowerCase().endsWith(`.${name}`));
  if (form) return { file: resolve(file), form };
  throw new UsageError(
    l10n.t("--out must end with one of {0}", reportForms.map((name) => `.${name}`).join(", ")),
    "run",
  );
}

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(file, text);
  } catch (error) {
    throw cannotWrite(file, error);
  }
}
