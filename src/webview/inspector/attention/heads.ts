/** Heads and what is measured of them: rows, order, words. Pure, but for the language. */
import * as l10n from "@vscode/l10n";
import type { AttentionOverview, HeadStatistic } from "../../../runtime/analysisProtocol";
import type { NumberFormats } from "../../shared/format";
import type { HeadOrder } from "./choice";

/** In the order in which the overview holds them. */
export const statisticIds = [
  "entropy",
  "distance",
  "previousToken",
  "induction",
  "firstToken",
] as const satisfies readonly HeadStatistic[];

/** A head and its numbers, NaN where nothing could be measured. */
export interface HeadRow {
  readonly layer: number;
  readonly head: number;
  readonly statistics: Readonly<Record<HeadStatistic, number>>;
}

/** Every head, by layer and head. */
export function headRows({ layers, heads, statistics }: AttentionOverview): readonly HeadRow[] {
  return Array.from({ length: layers * heads }, (_, index) => {
    const number = (at: number) => statistics[index * statisticIds.length + at] ?? Number.NaN;
    return {
      layer: Math.floor(index / heads),
      head: index % heads,
      statistics: {
        entropy: number(0),
        distance: number(1),
        previousToken: number(2),
        induction: number(3),
        firstToken: number(4),
      },
    };
  });
}

/** The rows in order. What was not measured comes last either way; equal ones are by layer and head. */
export function sortHeads(rows: readonly HeadRow[], order: HeadOrder, descending: boolean): readonly HeadRow[] {
  const sign = descending ? -1 : 1;
  const byPlace = (one: HeadRow, other: HeadRow) => one.layer - other.layer || one.head - other.head;
  if (order === "layer") return [...rows].sort((one, other) => sign * byPlace(one, other));
  return [...rows].sort((one, other) => {
    const [a, b] = [one.statistics[order], other.statistics[order]];
    if (Number.isNaN(a) || Number.isNaN(b))
      return Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || byPlace(one, other);
    return sign * (a - b) || byPlace(one, other);
  });
}

/** `L3 H5`, counted from 0 as in papers. */
export function headName({ layer, head }: Pick<HeadRow, "layer" | "head">): string {
  return l10n.t("L{0} H{1}", layer, head);
}

/** A statistic's name. */
export function statisticName(id: HeadStatistic): string {
  switch (id) {
    case "entropy":
      return l10n.t("Entropy");
    case "distance":
      return l10n.t("Distance");
    case "previousToken":
      return l10n.t("Previous token");
    case "induction":
      return l10n.t("Induction");
    case "firstToken":
      return l10n.t("First token");
    default:
      return id satisfies never;
  }
}

/** What a statistic is, in one sentence. */
export function statisticMeaning(id: HeadStatistic): string {
  switch (id) {
    case "entropy":
      return l10n.t("Mean entropy of a query's attention, in bits: 0 when each looks at one token");
    case "distance":
      return l10n.t("Mean distance back to what is attended to, in tokens");
    case "previousToken":
      return l10n.t("Mean probability of the token just before the query");
    case "induction":
      return l10n.t("Mean probability of tokens that follow an earlier occurrence of the query's own token");
    case "firstToken":
      return l10n.t("Mean probability of the text's first token");
    default:
      return id satisfies never;
  }
}

/** A statistic's number, with its unit; a dash where there is none. */
export function statisticText(id: HeadStatistic, value: number, formats: NumberFormats): string {
  if (Number.isNaN(value)) return "–";
  if (id === "entropy") return l10n.t("{0} bits", formats.decimal(value));
  return id === "distance" ? l10n.t("{0} tokens", formats.sum(value)) : formats.percent(value);
}

/** A head for a screen reader: its place and all its numbers. */
export function headLabel(row: HeadRow, formats: NumberFormats): string {
  const numbers = statisticIds.map((id) => {
    const value = row.statistics[id];
    const text = Number.isNaN(value) ? l10n.t("not measured") : statisticText(id, value, formats);
    return `${statisticName(id)} ${text}`;
  });
  return `${l10n.t("Layer {0}, head {1}", row.layer, row.head)}: ${numbers.join(", ")}`;
}
