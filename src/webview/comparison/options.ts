/** How a report is shown, kept across reloads. Pure. */
import type { ItemsFilter } from "../../runtime/comparisonProtocol";

/** Items that are looked through, by what led to them. Arms are numbers among the report's. */
export type ItemsView =
  | { readonly kind: "all"; readonly arm: number }
  | { readonly kind: "wrong"; readonly arm: number }
  | { readonly kind: "differ"; readonly right: number; readonly wrong: number }
  | { readonly kind: "cell"; readonly arm: number; readonly label: number; readonly answer: number }
  | { readonly kind: "bin"; readonly arm: number; readonly from: number; readonly to: number }
  /** Those of the report's slice of this number that its arm gets wrong. */
  | { readonly kind: "slice"; readonly slice: number }
  | { readonly kind: "item"; readonly item: number };

/** By what the table of arms is sorted. */
export interface ArmSort {
  /** A column's id. */
  readonly column: string;
  readonly descending: boolean;
}

/** Everything the user can choose of the view. */
export interface ReportOptions {
  /** Null for the file's own order. */
  readonly sort: ArmSort | null;
  /** Ids of folded parts that are open. */
  readonly open: readonly string[];
  /** Two arms that are held against each other; null for the first pair. */
  readonly pair: readonly [number, number] | null;
  /** Null for what the report begins with. */
  readonly items: ItemsView | null;
}

/** The file's order, everything folded. */
export const defaultOptions: ReportOptions = { sort: null, open: [], pair: null, items: null };

/** The options that a page before this one kept; the defaults for what is none of ours. */
export function readOptions(kept: unknown): ReportOptions {
  if (!isRecord(kept)) return defaultOptions;
  const { sort, open, pair, items } = kept;
  return {
    sort: isRecord(sort) ? { column: text(sort.column), descending: sort.descending === true } : null,
    open: Array.isArray(open) ? open.slice(0, 200).map(text) : [],
    pair: Array.isArray(pair) && pair.length === 2 ? [count(pair[0]), count(pair[1])] : null,
    items: isRecord(items) ? readItems(items) : null,
  };
}

function readItems(kept: Readonly<Record<string, unknown>>): ItemsView | null {
  const arm = count(kept.arm);
  switch (kept.kind) {
    case "all":
    case "wrong":
      return { kind: kept.kind, arm };
    case "differ":
      return { kind: "differ", right: count(kept.right), wrong: count(kept.wrong) };
    case "cell":
      return { kind: "cell", arm, label: count(kept.label), answer: count(kept.answer) };
    case "bin":
      return { kind: "bin", arm, from: share(kept.from), to: share(kept.to) };
    case "slice":
      return { kind: "slice", slice: count(kept.slice) };
    case "item":
      return { kind: "item", item: count(kept.item) };
    default:
      return null;
  }
}

/** What is asked of the host for a view. `only` are the items of the report's slices, by their numbers. */
export function filterOf(
  view: ItemsView,
  slices: readonly { readonly arm: number; readonly only: readonly number[] }[],
): ItemsFilter {
  switch (view.kind) {
    case "all":
      return {};
    case "wrong":
      return { wrong: view.arm };
    case "differ":
      return { differ: { right: view.right, wrong: view.wrong } };
    case "cell":
      return { cell: { arm: view.arm, label: view.label, answer: view.answer } };
    case "bin":
      return { bin: { arm: view.arm, from: view.from, to: view.to } };
    case "slice": {
      const slice = slices[view.slice];
      return slice ? { only: slice.only, wrong: slice.arm } : { only: [] };
    }
    case "item":
      return { only: [view.item] };
    default:
      return view satisfies never;
  }
}

/** Arms whose answers a view is about; none for one that is about all. */
export function armsOf(view: ItemsView, slices: readonly { readonly arm: number }[]): readonly number[] {
  switch (view.kind) {
    case "all":
    case "wrong":
    case "cell":
    case "bin":
      return [view.arm];
    case "differ":
      return [view.right, view.wrong];
    case "slice":
      return [slices[view.slice]?.arm ?? 0];
    case "item":
      return [];
    default:
      return view satisfies never;
  }
}

/** The options with a folded part opened or closed; the same when it was so. */
export function withOpen(options: ReportOptions, id: string, isOpen: boolean): ReportOptions {
  if (options.open.includes(id) === isOpen) return options;
  return { ...options, open: isOpen ? [...options.open, id] : options.open.filter((one) => one !== id) };
}

function text(value: unknown): string {
  return typeof value === "string" ? value.slice(0, 200) : "";
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : 0;
}

function share(value: unknown): number {
  return typeof value === "number" && value >= 0 && value <= 1 ? value : 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
