import type { Item } from "../prompt/promptFile";

/** A row as it stands in the file, or what is wrong with it. Lines count from 1. */
export type RawRow = { readonly line: number } & ({ readonly fields: Item } | { readonly problem: string });

/** Longest row, UTF-16 code units. */
export const maxRowLength = 1_000_000;
