/** Which inputs the grid shows, in which order, and where a search finds something. Pure. */
import type { CellBrief } from "../../runtime/comparePanelProtocol";
import type { RunItem } from "../../runtime/promptProtocol";
import type { CompareData } from "./data";
import type { FilterName, SortKey, ViewOptions } from "./options";

/** Numbers of the inputs that `options` leave, in their order. */
export function visibleRows(data: CompareData, options: ViewOptions): readonly number[] {
  const { filters, filtering, sort } = options;
  const query = filtering ? lowered(options.query) : "";
  const rows: number[] = [];
  for (let item = 0; item < data.items.length; item++) {
    if (data.items[item] && filters.every((name) => passes(data, item, name)) && contains(data, item, query)) {
      rows.push(item);
    }
  }
  return sort.key === "input" && !sort.descending ? rows : sorted(data, rows, sort);
}

/** Cells in which the query is found, row by row: [index of the row, variant], −1 for the input itself. */
export function matchesOf(
  data: CompareData,
  rows: readonly number[],
  text: string,
): readonly (readonly [number, number])[] {
  const query = lowered(text);
  if (query === "") return [];
  const found: [number, number][] = [];
  for (const [index, item] of rows.entries()) {
    const input = data.items[item];
    if (input && inputText(input).includes(query)) found.push([index, -1]);
    for (const cell of data.row(item)) if (cell && outputText(cell).includes(query)) found.push([index, cell.variant]);
  }
  return found;
}

/** Whether two variants wrote or chose something different. */
export function differs(cells: readonly (CellBrief | undefined)[]): boolean {
  let first: string | undefined;
  for (const cell of cells) {
    if (!cell) continue;
    const output = cell.output.trim();
    first ??= output;
    if (output !== first) return true;
  }
  return false;
}

function passes(data: CompareData, item: number, name: FilterName): boolean {
  const cells = data.row(item);
  const marks = data.marksOf(item);
  const some = (correct: boolean) => cells.some((cell) => cell?.correct === correct);
  switch (name) {
    case "differences":
      return differs(cells);
    case "wrong":
      return some(false);
    case "disagreeing":
      return some(true) && some(false);
    case "pinned":
      return marks.some(({ pinned }) => pinned);
    case "rated":
      return marks.some(({ rating, note }) => rating !== null || note !== "");
    default:
      return name satisfies never;
  }
}

function contains(data: CompareData, item: number, query: string): boolean {
  if (query === "") return true;
  const input = data.items[item];
  return (
    (input !== undefined && inputText(input).includes(query)) ||
    data.row(item).some((cell) => cell !== undefined && outputText(cell).includes(query))
  );
}

/** Stable; rows without a value come last, whichever way. */
function sorted(
  data: CompareData,
  rows: readonly number[],
  { key, variant, descending }: ViewOptions["sort"],
): readonly number[] {
  const sign = descending ? -1 : 1;
  const keyed = rows.map((item) => ({
    item,
    value: key === "input" ? item : sortValue(data.cell(variant, item), key),
  }));
  keyed.sort((a, b) => {
    if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
    return sign * (a.value - b.value);
  });
  return keyed.map(({ item }) => item);
}

/** What a cell is sorted by: wrong before right; nats per token; milliseconds. */
export function sortValue(cell: CellBrief | undefined, key: Exclude<SortKey, "input">): number | null {
  if (!cell) return null;
  switch (key) {
    case "correct":
      return cell.correct === null ? null : Number(cell.correct);
    case "logprob":
      return cell.logprob === null ? null : cell.logprob / Math.max(1, cell.logprobTokens);
    case "ms":
      return cell.ms;
    default:
      return key satisfies never;
  }
}

const lowerTexts = new WeakMap<object, string>();

function inputText(item: RunItem): string {
  return remembered(item, () => [...Object.values(item.fields), item.gold ?? ""].join("\n"));
}

function outputText(cell: CellBrief): string {
  return remembered(cell, () => cell.output);
}

/** Lower case is costly for thousands of texts at each letter that is typed. */
function remembered(key: object, text: () => string): string {
  let known = lowerTexts.get(key);
  if (known === undefined) {
    known = lowered(text());
    lowerTexts.set(key, known);
  }
  return known;
}

function lowered(text: string): string {
  return text.toLowerCase();
}
