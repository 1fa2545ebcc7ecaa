/** Rows of a data file as labelled items: which columns are which fields, and what is wrong with a row. */
import * as l10n from "@vscode/l10n";
import type { Item } from "../prompt/promptFile";
import { type TrainingData, taskFields } from "../trainingDataProtocol";
import type { LabelledItem } from "./inputTransforms";

/** Fields of an item without its label. */
export type ItemFields = LabelledItem["fields"];

/** An item whose label is still a name; for multiple choice the number of the right choice, from 0, in digits. */
export interface NamedItem {
  readonly fields: ItemFields;
  readonly label: string;
}

/** Raised inside this file for a row that cannot be used; the message is a sentence. */
class RowProblem extends Error {}

/** Fewest choices. */
const minChoices = 2;
/** `{{ column }}` */
const placeholder = /\{\{\s*(.+?)\s*\}\}/g;

/** Makes items of the rows of a file; gives a sentence for a row that cannot be used. Every row has all its columns. */
export function itemReader(
  data: Pick<TrainingData, "task" | "columns" | "labels">,
): (row: Item) => NamedItem | { readonly problem: string } {
  const column = (field: string) => ownValue(data.columns, field) ?? field;
  const names = taskFields[data.task].filter((field) => field !== "label");
  return (row) => {
    try {
      const fields = Object.fromEntries(
        names.map((field) => {
          const read = field === "choices" ? readChoices : readText;
          return [field, read(row, column(field), field)];
        }),
      );
      const label = readLabel(row, column("label"), data.labels);
      return { fields, label: data.task === "multipleChoice" ? rightChoice(label, fields) : label };
    } catch (error) {
      if (error instanceof RowProblem) return { problem: error.message };
      throw error;
    }
  };
}

/** The columns that `columns` names for a field, of those that there are: one, several joined by `|`, or those of a template. */
export function columnsOf(expression: string, isColumn: (name: string) => boolean): readonly string[] {
  if (isColumn(expression)) return [expression];
  const inTemplate = Array.from(expression.matchAll(placeholder), ([, name = ""]) => name);
  return inTemplate.length > 0 ? inTemplate : expression.split("|").map((name) => name.trim());
}

/** As `itemReader` reads a text: of a column, of several joined by `|`, or of a template; gives a sentence for a row that cannot be used. */
export function readField(row: Item, expression: string, field: string): string | { readonly problem: string } {
  try {
    return readText(row, expression, field);
  } catch (error) {
    if (error instanceof RowProblem) return { problem: error.message };
    throw error;
  }
}

function readText(row: Item, expression: string, field: string): string {
  const columns = columnsOf(expression, (name) => Object.hasOwn(row, name));
  const isTemplate = !Object.hasOwn(row, expression) && expression.search(placeholder) >= 0;
  const text = isTemplate
    ? expression.replace(placeholder, (_, name: string) => cellText(row, name))
    : columns.map((name) => cellText(row, name)).join(" ");
  // A template's own words are no text of the item.
  const empty = columns.every((name) => cellText(row, name).trim() === "");
  if (empty) throw new RowProblem(l10n.t('The field "{0}" is empty.', field));
  return text;
}

function readChoices(row: Item, expression: string): readonly string[] {
  const columns = columnsOf(expression, (name) => Object.hasOwn(row, name));
  const [only = ""] = columns;
  const choices = columns.length > 1 ? columns.map((name) => cellText(row, name)) : choiceList(cell(row, only), only);
  if (choices.length < minChoices) throw new RowProblem(l10n.t("There are fewer than {0} choices.", minChoices));
  const empty = choices.findIndex((choice) => choice.trim() === "");
  if (empty >= 0) throw new RowProblem(l10n.t("Choice {0} is empty.", empty + 1));
  return choices;
}

/** A list as it is, or as CSV holds it: in JSON. */
function choiceList(value: Item[string], column: string): readonly string[] {
  const list = typeof value === "string" && value.trim().startsWith("[") ? parseList(value) : value;
  if (Array.isArray(list) && list.every((choice) => typeof choice === "string")) return list;
  throw new RowProblem(l10n.t('The column "{0}" holds no list of texts.', column));
}

function parseList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No list, then.
    return null;
  }
}

function readLabel(row: Item, column: string, labels: TrainingData["labels"]): string {
  const value = cellText(row, column).trim();
  if (value === "") throw new RowProblem(l10n.t('The field "{0}" is empty.', "label"));
  return ownValue(labels, value)?.trim() || value;
}

/** Number of the right choice: as it is, or as the place of its text. */
function rightChoice(label: string, fields: ItemFields): string {
  const choices = fields.choices ?? [];
  if (/^\d{1,3}(\.0)?$/.test(label)) {
    const number = Number(label);
    if (number < choices.length) return String(number);
    const range = l10n.t("There is no choice {0}: they are numbered from 0 to {1}.", number, choices.length - 1);
    throw new RowProblem(range);
  }
  const place = Array.from(choices, (choice) => choice.trim()).indexOf(label);
  if (place >= 0) return String(place);
  throw new RowProblem(l10n.t('The label "{0}" is neither the number of a choice nor one of them.', brief(label)));
}

function cell(row: Item, name: string): Item[string] {
  const value = ownValue(row, name);
  if (value === undefined) throw new RowProblem(l10n.t('There is no column "{0}".', brief(name)));
  return value;
}

function cellText(row: Item, name: string): string {
  const value = cell(row, name);
  if (!Array.isArray(value)) return String(value);
  throw new RowProblem(l10n.t('The column "{0}" holds a list, not a text.', brief(name)));
}

function ownValue<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}

/** The text, or its beginning: for messages. */
export function brief(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
