/** Asks what to compare on which data: a few picks, each with a good default. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { ComparisonTask } from "../../runtime/comparison/comparisonFile";
import { toErrorInfo } from "../../runtime/errors";
import {
  type TrainingData,
  type TrainingDataGuess,
  type TrainingDataPreview,
  taskFields,
  taskTypes,
} from "../../runtime/trainingDataProtocol";
import type { Choice } from "../dialogs";
import { errorText } from "../errorText";
import { taskName } from "../training/dataFiles";
import { askLabels } from "./labelSteps";
import { type ArmKind, armNames, armsFor, usualArms } from "./newComparisonFile";
import { type Answer, type Asker, askAll, type Step } from "./steps";

/** What the questions need to know. */
export interface WizardParts {
  readonly ask: Asker;
  /** What a file seems to hold. Throws. */
  guess(path: string): Promise<TrainingDataGuess>;
  /** What it holds, read so. Throws. */
  preview(data: TrainingData): Promise<TrainingDataPreview>;
  /** Labelled data files of the workspace, by absolute path. */
  files(): Promise<readonly Choice<string>[]>;
  /** Asks for a file on disk; undefined when dismissed. */
  otherFile(): Promise<string | undefined>;
  /** Names of models of the store. */
  models(): Promise<readonly string[]>;
  /** Name of the settings' model. */
  readonly usualModel: string;
}

/** What was answered. */
export interface WizardState {
  /** Absolute path of the data file. */
  readonly path: string;
  readonly guess?: TrainingDataGuess;
  readonly task: ComparisonTask;
  readonly columns: Readonly<Record<string, string>>;
  /** Null for texts that are written, and before the data are read. */
  readonly preview: TrainingDataPreview | null;
  /** Values in the file, and the names of their labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly model?: string;
  readonly arms: readonly ArmKind[];
  readonly budget: number | null;
}

const title = () => l10n.t("Compare Prompting with Fine-tuning");

/** Shares of dev and test in the file that is written: the wizard's preview has them too. */
const shares = { devShare: 0.2, testShare: 0.2, seed: 0 } as const;

/** Asks everything; undefined when the user stopped. `path`: the data file, where that is known. Throws what `guess` throws. */
export async function askComparison(parts: WizardParts, path: string | undefined): Promise<WizardState | undefined> {
  const start: WizardState = {
    ...{ path: path ?? "", task: "classification", columns: {}, preview: null, labels: {}, arms: [], budget: null },
  };
  const steps: readonly Step<WizardState>[] = [
    ...(path === undefined ? [(state: WizardState) => askFile(parts, state)] : []),
    (state, step) => askTask(parts, state, step),
    (state, step) => askColumns(parts, state, step),
    (state, step) => askLabels(parts.ask, title(), state, step),
    (state, step) => askModel(parts, state, step),
    (state, step) => askArms(parts, state, step),
    (state, step) => askBudget(parts, state, step),
  ];
  return askAll(steps, start);
}

async function askFile(parts: WizardParts, state: WizardState): Promise<Answer<WizardState>> {
  const files = await parts.files();
  const other: Choice<string> = { label: `$(folder-opened) ${l10n.t("Another File…")}`, value: "" };
  const question = {
    title: title(),
    hint: l10n.t("A row for each item, and a column for its label"),
    step: 1,
    steps: 0,
  };
  const answer = await parts.ask.pick(question, [...files, other]);
  if (answer.kind !== "answer") return answer;
  const path = answer.value === "" ? await parts.otherFile() : answer.value;
  return path === undefined ? { kind: "stop" } : { kind: "answer", value: { ...state, path } };
}

/** A task, and the columns that are guessed for it; null: they are asked for. */
interface Shape {
  readonly task: ComparisonTask;
  readonly columns: Readonly<Record<string, string>> | null;
}

async function askTask(parts: WizardParts, before: WizardState, step: number): Promise<Answer<WizardState>> {
  const guess = await parts.guess(before.path);
  const { task, columns } = guess.data;
  const known = guess.missing.length === 0;
  const state: WizardState = { ...before, guess };
  const read = known ? await tryRead(parts, { ...state, task, columns }, guess.data.labels) : null;
  const usable = read !== null && "preview" in read;
  const guessed: Choice<Shape> = {
    label: taskTitle(task),
    description: mapping(task, columns),
    detail: usable ? previewText(read.preview) : (read?.problem ?? ""),
    value: { task, columns },
  };
  const enough = (other: ComparisonTask) => fieldsOf(other).length <= guess.columns.length;
  const others = [...taskTypes, "generation" as const].filter(enough);
  const choices: Choice<Shape>[] = [
    ...(usable ? [guessed] : []),
    ...others.map((other) => ({
      label: other === task && usable ? l10n.t("{0}, with other columns…", taskTitle(other)) : `${taskTitle(other)}…`,
      description: fieldsOf(other).join(", "),
      value: { task: other, columns: null },
    })),
  ];
  const hint = usable
    ? l10n.t("What the data are: the first line is what they seem to be")
    : (read?.problem ?? l10n.t("What the data are"));
  const answer = await parts.ask.pick({ title: title(), hint, step }, choices);
  if (answer.kind !== "answer") return answer;
  const { value } = answer;
  // Columns that are asked for stand empty.
  if (value.columns === null)
    return { kind: "answer", value: { ...state, task: value.task, columns: {}, preview: null } };
  const preview = usable ? read.preview : null;
  const labels = value.task === "multipleChoice" ? guess.data.labels : ownNames(preview);
  return { kind: "answer", value: { ...state, task: value.task, columns: value.columns, preview, labels } };
}

/** A column for each field, where the columns were not taken as guessed. */
async function askColumns(parts: WizardParts, state: WizardState, step: number): Promise<Answer<WizardState> | null> {
  if (state.preview !== null) return null;
  const answer = await chooseColumns(parts, state, step);
  if (answer.kind !== "answer") return answer;
  const next: WizardState = { ...state, columns: answer.value, labels: {} };
  if (next.task === "generation") return { kind: "answer", value: next };
  const read = await tryRead(parts, next, {});
  if ("preview" in read) {
    const labels = next.task === "multipleChoice" ? {} : ownNames(read.preview);
    return { kind: "answer", value: { ...next, preview: read.preview, labels } };
  }
  const question = { title: title(), hint: read.problem, step: step + 1 };
  const again = await parts.ask.pick(question, [{ label: l10n.t("Choose Again"), value: true }]);
  return again.kind === "answer" ? askColumns(parts, state, step) : again;
}

/** The columns of fields that columns of other names hold, field by field. */
async function chooseColumns(
  { ask }: WizardParts,
  { guess, task }: WizardState,
  step: number,
): Promise<Answer<Readonly<Record<string, string>>>> {
  const fields = fieldsOf(task);
  const chosen: string[] = [];
  while (chosen.length < fields.length) {
    const field = fields[chosen.length] ?? "";
    const guessed = guess?.data.columns[field] ?? field;
    const columns = guess?.columns ?? [];
    // Several columns, or a template, can be guessed only.
    const all = columns.includes(guessed) || guessed === field ? columns : [guessed, ...columns];
    const free = all.filter((column) => !chosen.includes(column));
    const choices = free.map((column) => ({ label: column, value: column }));
    const question = { title: title(), hint: l10n.t("The column that holds: {0}", field), step: step + chosen.length };
    const answer = await ask.pick(question, choices, Math.max(0, free.indexOf(guessed)));
    if (answer.kind === "answer") chosen.push(answer.value);
    else if (answer.kind === "stop" || chosen.pop() === undefined) return answer;
  }
  const entries = fields.map((field, at) => [field, chosen[at] ?? field] as const);
  return { kind: "answer", value: Object.fromEntries(entries.filter(([field, column]) => field !== column)) };
}

async function askModel(parts: WizardParts, state: WizardState, step: number): Promise<Answer<WizardState>> {
  const usual: Choice<string> = {
    label: l10n.t("The model of the settings"),
    description: parts.usualModel,
    detail: l10n.t("The file names none: each reader compares on the own model"),
    value: "",
  };
  const named = (await parts.models()).map((name) => ({ label: name, value: name }));
  const hint = l10n.t("The model that is prompted and fine-tuned");
  const answer = await parts.ask.pick({ title: title(), hint, step }, [usual, ...named]);
  if (answer.kind !== "answer") return answer;
  const { model: _, ...rest } = state;
  return { kind: "answer", value: answer.value === "" ? rest : { ...rest, model: answer.value } };
}

async function askArms(parts: WizardParts, state: WizardState, step: number): Promise<Answer<WizardState>> {
  const usual = new Set(usualArms(state.task));
  const texts = armTexts();
  const choices = armsFor(state.task).map((kind) => ({
    ...{ label: armNames[kind], description: texts[kind], picked: usual.has(kind), value: kind },
  }));
  const hint = l10n.t("What is compared; Space ticks, Enter goes on");
  const answer = await parts.ask.pickMany({ title: title(), hint, step }, choices);
  return answer.kind === "answer" ? { kind: "answer", value: { ...state, arms: answer.value } } : answer;
}

async function askBudget(parts: WizardParts, state: WizardState, step: number): Promise<Answer<WizardState> | null> {
  if (state.arms.every((kind) => kind === "zeroShot")) return null;
  const rows = state.preview?.splits.find(({ name }) => name === "train")?.items ?? Number.POSITIVE_INFINITY;
  const counts = [32, 128, 512].filter((count) => count < rows);
  const all = l10n.t("all that are neither dev nor test");
  const choices: Choice<number | null>[] = [
    ...counts.map((count) => ({ label: l10n.t("{0} labels", count), value: count })),
    { label: l10n.t("All labels"), description: Number.isFinite(rows) ? `${rows}` : all, value: null },
  ];
  const hint = l10n.t("Labelled items that each arm may use");
  const usual = Math.max(0, counts.indexOf(128));
  const answer = await parts.ask.pick({ title: title(), hint, step }, choices, usual);
  return answer.kind === "answer" ? { kind: "answer", value: { ...state, budget: answer.value } } : answer;
}

async function tryRead(
  parts: WizardParts,
  { path, task, columns, guess }: WizardState,
  labels: Readonly<Record<string, string>>,
): Promise<{ readonly preview: TrainingDataPreview } | { readonly problem: string }> {
  if (task === "generation") return { problem: "" };
  try {
    // Of labels whose values are names the names are asked for later.
    const own = task === "multipleChoice" ? labels : {};
    const { dev, test } = guess?.data ?? {};
    const data = { path, task, columns, labels: own, ...(dev && { dev }), ...(test && { test }), ...shares };
    return { preview: await parts.preview(data) };
  } catch (error) {
    return { problem: errorText(toErrorInfo(error)) };
  }
}

/** Labels are called what they are, until they are given names. Longer ones than a name may be stay as they are. */
function ownNames(preview: TrainingDataPreview | null): Readonly<Record<string, string>> {
  return Object.fromEntries((preview?.labels ?? []).filter((name) => name.length <= 100).map((name) => [name, name]));
}

/** Fields of an item; of texts that are written, only what has to be there. */
function fieldsOf(task: ComparisonTask): readonly string[] {
  return task === "generation" ? ["answer"] : taskFields[task];
}

function taskTitle(task: ComparisonTask): string {
  const name = task === "generation" ? l10n.t("texts that are written") : taskName(task);
  return `${name[0]?.toUpperCase() ?? ""}${name.slice(1)}`;
}

function mapping(task: ComparisonTask, columns: Readonly<Record<string, string>>): string {
  return fieldsOf(task)
    .map((field) => (Object.hasOwn(columns, field) ? `${field} ← ${columns[field]}` : field))
    .join(" · ");
}

/** The first item, and how many there are. */
function previewText({ items, splits, labels, warnings }: TrainingDataPreview): string {
  const rows = splits.reduce((sum, { items: count }) => sum + count, 0);
  const first = Object.values(items[0]?.fields ?? {}).map((text) =>
    text.length > 60 ? `${text.slice(0, 59)}…` : text,
  );
  return [
    l10n.t("{0} items", rows),
    ...(labels.length > 0 ? [labels.slice(0, 6).join(", ") + (labels.length > 6 ? ", …" : "")] : []),
    `“${first.join(" | ")}”`,
    ...warnings.slice(0, 1),
  ].join(" · ");
}

function armTexts(): { readonly [K in ArmKind]: string } {
  return {
    zeroShot: l10n.t("no demonstration"),
    oneShot: l10n.t("one demonstration"),
    fewShot: l10n.t("2 or 4 demonstrations, the better on dev"),
    normalised: l10n.t("by the mean over tokens, or less the answer's own probability"),
    calibrated: l10n.t("freed of the prompt's own bias"),
    head: l10n.t("a classifier on the model as it is: seconds"),
    lora: l10n.t("small matrices beside the model's own: minutes"),
    full: l10n.t("all parameters: slow, and most memory"),
  };
}
