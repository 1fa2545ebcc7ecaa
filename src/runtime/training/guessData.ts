/** What a data file seems to hold, by the names of its columns and its first rows: a form to start from, not a verdict. */
import { readdir } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import * as l10n from "@vscode/l10n";
import { streamRows } from "../dataset/streamRows";
import { CancelledError, invalidDataset } from "../errors";
import type { Item } from "../prompt/promptFile";
import { type TaskType, type TrainingDataGuess, type TrainingGuessParams, taskFields } from "../trainingDataProtocol";

/** Rows that are looked at. */
const headRows = 200;
/** Most values of a label's column that are given. */
const maxValues = 100;

/** Names of columns, without case and separators, in the order of preference. */
const names = {
  label: [
    ..."label labels goldlabel gold class category target sentiment intent answer answerkey answeridx answerindex".split(
      " ",
    ),
    ..."correct correctanswer solution y topic stars rating relation score isduplicate duplicate polarity emotion".split(
      " ",
    ),
  ],
  text: [
    ..."text sentence review content comment message tweet body utterance phrase document question query title".split(
      " ",
    ),
    ..."headline description input email sms post abstract source".split(" "),
  ],
  premise: ["premise", "sentence1", "texta", "text1", "passage", "context", "sentence", "paragraph", "evidence"],
  hypothesis: ["hypothesis", "sentence2", "textb", "text2", "claim", "statement", "conclusion", "question"],
  textA: ["texta", "text1", "sentence1", "question1", "sentencea", "s1", "first", "source"],
  textB: ["textb", "text2", "sentence2", "question2", "sentenceb", "s2", "second", "paraphrase"],
  choices: ["choices", "options", "endings", "answers", "candidates", "alternatives"],
  context: [
    "context",
    "premise",
    "passage",
    "article",
    "story",
    "paragraph",
    "stem",
    "ctx",
    "goal",
    "sentence",
    "text",
  ],
  question: ["question", "query", "ask"],
} as const;
/** One of several columns that hold a choice each: `choice1`, `option_a`, `ending0`. */
const choiceColumn = /^(choice|option|ending|answer|alternative|solution|sol|candidate)(\d|[a-f])$/;
/** Values of labels of entailment. */
const entailmentLabel = /entail|contradict|neutral/i;

/** Fields and the columns they seem to stand in. */
type Fields = Readonly<Record<string, string | undefined>>;

/**
 * Reads the first rows of a file and says what they seem to be.
 * @throws RuntimeError `invalidDataset` when the file cannot be read or none of its first rows can; CancelledError.
 */
export async function guessTrainingData(
  { path }: TrainingGuessParams,
  options: { readonly signal?: AbortSignal } = {},
): Promise<TrainingDataGuess> {
  const rows = await headOf(path, options.signal);
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const { task, fields } = guessFields(new Head(rows, columns));
  const values = fields.label === undefined ? [] : valuesOf(rows, fields.label);
  const mapped = Object.entries(fields).flatMap(([field, column]) =>
    column === undefined || column === field ? [] : [[field, column] as const],
  );
  const labels = task === "multipleChoice" ? choiceNumbers(values) : {};
  return {
    columns,
    data: { path, task, columns: Object.fromEntries(mapped), labels, ...(await otherParts(path)) },
    missing: taskFields[task].filter((field) => fields[field] === undefined),
    labelValues: values.slice(0, maxValues),
  };
}

async function headOf(path: string, signal?: AbortSignal): Promise<readonly Item[]> {
  const name = basename(path);
  const rows: Item[] = [];
  let problem: { line: number; problem: string } | null = null;
  for await (const some of streamRows(path, name, signal ? { signal } : {})) {
    for (const row of some) {
      if ("fields" in row) rows.push(row.fields);
      else problem ??= row;
    }
    if (rows.length >= headRows) break;
  }
  if (signal?.aborted) throw new CancelledError("cancelled");
  if (rows.length > 0) return rows.slice(0, headRows);
  throw invalidDataset(name, problem?.line ?? 0, problem?.problem ?? l10n.t("The file has no rows."));
}

/** The first rows, by column. */
class Head {
  readonly #byName: ReadonlyMap<string, string>;

  constructor(
    readonly rows: readonly Item[],
    readonly columns: readonly string[],
  ) {
    this.#byName = new Map([...columns].reverse().map((column) => [plain(column), column]));
  }

  /** The column with the first of these names that is there and is none of `but`. */
  find(wanted: readonly string[], but: readonly (string | undefined)[] = []): string | undefined {
    return wanted.map((name) => this.#byName.get(name)).find((column) => column !== undefined && !but.includes(column));
  }

  /** Columns that hold lists in every row that has them, or lists in JSON. */
  isList(column: string): boolean {
    const cells = this.rows.map((row) => row[column]).filter((cell) => cell !== undefined && cell !== "");
    return cells.length > 0 && cells.every((cell) => Array.isArray(cell) || /^\s*\[\s*"/.test(String(cell)));
  }

  /** Mean length of a column's texts, UTF-16 code units. */
  meanLength(column: string): number {
    return this.rows.reduce((sum, row) => sum + String(row[column] ?? "").length, 0) / this.rows.length;
  }
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_.-]+/g, "");
}

function guessFields(head: Head): { readonly task: TaskType; readonly fields: Fields } {
  return multipleChoice(head) ?? pair(head) ?? { task: "classification", fields: classification(head) };
}

function multipleChoice(head: Head): { readonly task: TaskType; readonly fields: Fields } | null {
  const list = head.columns.find(
    (column) => head.isList(column) && names.choices.some((name) => name === plain(column)),
  );
  const single = head.columns.filter((column) => choiceColumn.test(plain(column)) && !head.isList(column));
  const choices = list ?? (single.length > 1 ? single.join("|") : head.columns.find((column) => head.isList(column)));
  if (choices === undefined) return null;
  const label = head.find(names.label, single);
  const context = head.find(names.context, [label]);
  const question = head.find(names.question, [label]);
  return { task: "multipleChoice", fields: { context: contextOf(head, context, question), choices, label } };
}

/** Context and question together. COPA's questions are the bare words cause and effect. */
function contextOf(head: Head, context: string | undefined, question: string | undefined): string | undefined {
  if (context === undefined || question === undefined) return context ?? question;
  const asked = new Set(head.rows.map((row) => String(row[question])));
  const isCopa = [...asked].every((value) => value === "cause" || value === "effect");
  return isCopa ? `{{${context}}} What was the {{${question}}}?` : `${context}|${question}`;
}

function pair(head: Head): { readonly task: TaskType; readonly fields: Fields } | null {
  const label = head.find(names.label);
  const [a, b] = [head.find(names.textA), head.find(names.textB)];
  const premise = head.find(names.premise);
  const hypothesis = head.find(names.hypothesis, [premise]);
  const entailment = { task: "entailment" as const, fields: { premise, hypothesis, label } };
  const values = label === undefined ? [] : valuesOf(head.rows, label);
  const saysEntailment = values.some((value) => entailmentLabel.test(value)) || head.find(["hypothesis"]) !== undefined;
  if (premise && hypothesis && saysEntailment) return entailment;
  if (a && b) return { task: "similarity", fields: { text_a: a, text_b: b, label } };
  return premise && hypothesis ? entailment : null;
}

function classification(head: Head): Fields {
  const known = head.find(names.text);
  const label = head.find(names.label, [known]) ?? fewestValues(head, known);
  const longest = head.columns
    .filter((column) => column !== label)
    .sort((one, other) => head.meanLength(other) - head.meanLength(one))[0];
  return { text: known ?? longest, label };
}

/** The column with the fewest different values, two at least, of those that repeat themselves; not `text`. */
function fewestValues(head: Head, text: string | undefined): string | undefined {
  return head.columns
    .map((column) => ({ column, count: valuesOf(head.rows, column).length }))
    .filter(({ column, count }) => column !== text && count > 1 && count <= head.rows.length / 2)
    .sort((one, other) => one.count - other.count)[0]?.column;
}

/** Different values of a column as text, most frequent first. */
function valuesOf(rows: readonly Item[], column: string): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const value = String(row[column] ?? "").trim();
    if (value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one).map(([value]) => value);
}

/** Letters, or numbers from 1, as numbers from 0. */
function choiceNumbers(values: readonly string[]): Record<string, string> {
  const sorted = [...values].sort();
  if (sorted.length > 1 && sorted.every((value) => /^[A-Za-z]$/.test(value))) {
    return Object.fromEntries(sorted.map((value) => [value, String(value.toUpperCase().charCodeAt(0) - 65)]));
  }
  const fromOne = sorted.length > 1 && sorted.every((value) => /^[1-9]$/.test(value)) && sorted[0] === "1";
  return fromOne ? Object.fromEntries(sorted.map((value) => [value, String(Number(value) - 1)])) : {};
}

/** Files beside `path` that are called like it but for `train`: `sst2.train.jsonl`, `sst2.validation.jsonl`, `sst2.test.jsonl`. */
async function otherParts(path: string): Promise<{ readonly dev?: string; readonly test?: string }> {
  const own = basename(path, extname(path));
  if (!/(^|[^a-z])train([^a-z]|$)/i.test(own)) return {};
  const beside = new Set(await readdir(dirname(path)));
  const named = (words: readonly string[]) => {
    const candidates = words.map((word) => own.replace(/train(?![a-z])/i, word) + extname(path));
    const found = candidates.find((name) => beside.has(name));
    return found === undefined ? undefined : join(dirname(path), found);
  };
  const [dev, test] = [named(["dev", "validation", "valid", "val", "eval"]), named(["test"])];
  return { ...(dev === undefined ? {} : { dev }), ...(test === undefined ? {} : { test }) };
}
