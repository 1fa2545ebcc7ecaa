/** `gptw classify`: what a fine-tuned classifier says of texts, or of the rows of a data file. */
import { basename, resolve } from "node:path";
import * as l10n from "@vscode/l10n";
import { openModelFolder } from "../checkpoint/store";
import { readDataset } from "../dataset/dataset";
import { invalidDataset, invalidRequest } from "../errors";
import { type ItemFields, itemReader } from "../training/itemFields";
import { type TaskType, taskFields } from "../trainingDataProtocol";
import type { Classification } from "../trainingProtocol";
import type { ExitCode } from "./commandLine";
import { readFileText } from "./input";
import { withService } from "./serviceCall";
import { modelFolderOption } from "./store";
import type { Terminal } from "./terminal";
import { type ParsedOptions, parseOptions, runOptions, UsageError } from "./usage";

/** What is asked about; `label` is null when it is not known. */
interface Asked {
  readonly line: number;
  readonly fields: ItemFields;
  readonly label: string | null;
}

/** Runs the command; what it takes is in its help. */
export async function classify(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const options = parseOptions("classify", args, {
    model: "text",
    store: "text",
    device: "text",
    context: "text",
    lines: "flag",
    data: "text",
    column: "texts",
    json: "flag",
  });
  const model = { folder: await modelFolderOption("classify", options), ...runOptions("classify", options) };
  const asked = await askedItems(options, model.folder, terminal);
  const json = options.values("json").length > 0;
  return withService(terminal, async (service, context): Promise<ExitCode> => {
    const items = asked.map(({ fields }) => fields);
    const found = await service.classifiers.classify({ model, items }, context);
    for (const [i, classification] of found.entries()) terminal.out(`${write(asked[i], classification, json)}\n`);
    summary(asked, found, terminal);
    return 0;
  });
}

async function askedItems(options: ParsedOptions, folder: string, terminal: Terminal): Promise<readonly Asked[]> {
  const [data] = options.values("data");
  const [file = "-", ...rest] = options.positionals;
  if (rest.length > 0)
    throw new UsageError(l10n.t("there are {0} files; one at a time", options.positionals.length), "classify");
  if (data !== undefined && options.positionals.length > 0)
    throw new UsageError(l10n.t("give a file or --data, not both"), "classify");
  if (data !== undefined) return dataItems(resolve(data), await taskOf(folder), columns(options));
  if (options.values("column").length > 0) throw new UsageError(l10n.t("--column goes with --data"), "classify");
  const text = await readFileText(file, terminal);
  if (options.values("lines").length === 0) return [{ line: 1, fields: { text }, label: null }];
  const lines = text.split(/\r?\n/).map((line, i) => ({ line: i + 1, fields: { text: line }, label: null }));
  return lines.filter(({ fields }) => fields.text.trim() !== "");
}

async function taskOf(folder: string): Promise<TaskType> {
  const { classifier, tokenizer } = await openModelFolder(folder);
  tokenizer?.free();
  if (classifier) return classifier.task;
  throw invalidRequest(l10n.t("{0} is no fine-tuned classifier", basename(folder)));
}

async function dataItems(path: string, task: TaskType, named: Readonly<Record<string, string>>): Promise<Asked[]> {
  for (const field of Object.keys(named))
    if (!taskFields[task].includes(field)) {
      const fields = taskFields[task].join(", ");
      throw new UsageError(l10n.t("--column: a {0} item has no field {1}, but {2}", task, field, fields), "classify");
    }
  const name = basename(path);
  const { rows, lines } = await readDataset(path, name);
  const read = itemReader({ task, columns: named });
  const labelColumn = named.label ?? "label";
  return rows.map((row, i) => {
    const known = Object.hasOwn(row, labelColumn);
    // A reader wants a label; that of a row without one is not looked at.
    const item = read(known ? row : { ...row, [labelColumn]: "0" });
    const line = lines[i] ?? 0;
    if ("problem" in item) throw invalidDataset(name, line, item.problem);
    return { line, fields: item.fields, label: known ? item.label : null };
  });
}

/** `text=sentence` and so on. */
function columns(options: ParsedOptions): Readonly<Record<string, string>> {
  return Object.fromEntries(
    options.values("column").map((given) => {
      const [, field, column] = /^(\w+)=(.+)$/.exec(given) ?? [];
      if (field !== undefined && column !== undefined) return [field, column];
      throw new UsageError(l10n.t("--column must be FIELD=COLUMN, not {0}", JSON.stringify(given)), "classify");
    }),
  );
}

function write(asked: Asked | undefined, { labels, tokens, truncated }: Classification, json: boolean): string {
  const line = asked?.line ?? 0;
  if (json) return JSON.stringify({ line, labels, tokens, truncated });
  const parts = labels.map(({ label, probability }) => `${label} ${probability.toFixed(4)}`);
  return [line, ...parts, ...(truncated ? [l10n.t("(cut)")] : [])].join("\t");
}

function summary(asked: readonly Asked[], found: readonly Classification[], terminal: Terminal): void {
  const cut = found.filter(({ truncated }) => truncated).length;
  if (cut > 0) terminal.err(`gptw: ${l10n.t("{0} items were too long and were cut.", cut)}\n`);
  const known = asked.filter(({ label }) => label !== null).length;
  if (known === 0) return;
  const right = asked.filter((item, i) => item.label !== null && isRight(item, found[i])).length;
  const share = ((100 * right) / known).toFixed(1);
  terminal.err(`${l10n.t("{0} of {1} as they are labelled ({2} %)", right, known, share)}\n`);
}

/** The label of a choice is its number. */
function isRight({ label, fields }: Asked, found: Classification | undefined): boolean {
  const best = found?.labels[0]?.label;
  return best !== undefined && best === (Array.isArray(fields.choices) ? fields.choices[Number(label)] : label);
}
