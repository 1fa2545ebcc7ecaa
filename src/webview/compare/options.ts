/** How the grid is shown, kept across reloads. Pure. */

/** What rows are left by; all that are on must hold. */
export const filterNames = ["differences", "wrong", "disagreeing", "pinned", "rated"] as const;

/** One of them. */
export type FilterName = (typeof filterNames)[number];

/** By what rows are sorted. `input` is their own order. */
export const sortKeys = ["input", "correct", "logprob", "ms"] as const;

/** One of them. */
export type SortKey = (typeof sortKeys)[number];

/** Everything the user can choose of the view. */
export interface ViewOptions {
  readonly tab: "cells" | "summary";
  readonly query: string;
  /** Whether rows without a match of `query` are left out. */
  readonly filtering: boolean;
  readonly filters: readonly FilterName[];
  readonly sort: { readonly key: SortKey; readonly variant: number; readonly descending: boolean };
}

/** Everything, in the order of the inputs. */
export const defaultOptions: ViewOptions = {
  tab: "cells",
  query: "",
  filtering: true,
  filters: [],
  sort: { key: "input", variant: 0, descending: false },
};

/** The options that a page before this one kept; the defaults for what is none of ours. */
export function readOptions(kept: unknown): ViewOptions {
  if (!isRecord(kept)) return defaultOptions;
  const { tab, query, filtering, filters } = kept;
  const sort = isRecord(kept.sort) ? kept.sort : {};
  const key = sortKeys.find((one) => one === sort.key) ?? "input";
  return {
    tab: tab === "summary" ? "summary" : "cells",
    query: typeof query === "string" ? query.slice(0, 1000) : "",
    filtering: filtering !== false,
    filters: Array.isArray(filters) ? filterNames.filter((name) => filters.includes(name)) : [],
    sort: { key, variant: count(sort.variant), descending: sort.descending === true },
  };
}

/** The options with a filter switched on or off. */
export function toggled(options: ViewOptions, name: FilterName): ViewOptions {
  const on = options.filters.includes(name);
  const filters = filterNames.filter((one) => (one === name ? !on : options.filters.includes(one)));
  return { ...options, filters };
}

function count(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
