/** A report for others' eyes: without the paths of this machine, and, where it is wanted, without the texts of the data. */
import { basename, dirname, isAbsolute, relative, sep } from "node:path";
import * as l10n from "@vscode/l10n";
import type { ComparisonRecord } from "../../comparisonRecord";
import type { ComparisonReport, ReportItem } from "../../comparisonReport";
import { itemText } from "../itemText";
import type { ReportInput } from "./reportInput";

/** What is left out of a file. */
export interface ReportSharing {
  /**
   * Texts of items, words of slices, texts that look wrong and overlaps are left out, for data that may not be published. Lines, labels,
   * probabilities and hashes stay.
   */
  readonly withoutTexts?: boolean;
}

/** Words of an item from which on the comparison file is looked through for them: fewer stand there by chance. */
const quotedWords = 4;

/** The report as it may be given away. Its items are shared by `sharedItems`. */
export function sharedReport(
  report: ComparisonReport,
  input: Pick<ReportInput, "data">,
  { withoutTexts = false }: ReportSharing = {},
): ComparisonReport {
  const shown = withoutTexts ? withoutItemTexts(report, input) : report;
  const { params } = shown.record;
  const { source, ...folders } = params;
  const near = nearPath(shown.record);
  const shared = mapStrings(shown, withoutPaths(shown.record));
  return {
    ...shared,
    record: {
      ...shared.record,
      params: {
        ...folders,
        model: near(params.model),
        store: near(params.store),
        runs: near(params.runs),
        ...(params.cache !== undefined && { cache: near(params.cache) }),
        source: { path: basename(source.path), ...(source.root !== undefined && { root: near(source.root) }) },
      },
    },
  };
}

/** Items of the report as they may be given away: only where they stand tells of the machine. */
export function sharedItems(record: ComparisonRecord, items: readonly ReportItem[]): readonly ReportItem[] {
  const shown = withoutPaths(record);
  return items.map((item) => ({ ...item, file: shown(item.file) }));
}

/** Absolute paths relative to the comparison file where they lie in its root, or beside it; others by their names alone. */
function nearPath({ params: { source } }: ComparisonRecord): (path: string) => string {
  const folder = dirname(source.path);
  return (path) => {
    if (!isAbsolute(path)) return path;
    const inside = [folder, source.root ?? folder].some((parent) => path === parent || isBelow(path, parent));
    if (inside) return relative(folder, path).split(sep).join("/") || ".";
    return basename(path) || ".";
  };
}

function isBelow(path: string, parent: string): boolean {
  const way = relative(parent, path);
  return way !== "" && !isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`);
}

/** Writes known absolute paths as `nearPath` does, wherever in a text they stand. */
export function withoutPaths(record: ComparisonRecord): (text: string) => string {
  const { source, model, store, runs, cache } = record.params;
  const files = [...Object.keys(record.data), ...record.models.map(({ folder }) => folder)];
  const folders = [dirname(source.path), source.root, model, store, runs, cache].filter((path) => path !== undefined);
  const known = [...new Set([source.path, ...files, ...folders])]
    .filter((path) => isAbsolute(path) && basename(path) !== "")
    .sort((a, b) => b.length - a.length);
  if (known.length === 0) return (text) => text;
  // What follows is part of the path: it is in one of the folders.
  const places = known.map((path) => path.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join("|");
  const pattern = new RegExp(`(?<![\\w./-])(?:${places})(?![\\w.-])(?:[\\\\/][^\\s"'\`,;:)\\]}]*)?`, "g");
  const near = nearPath(record);
  return (text) => text.replace(pattern, (path) => near(path));
}

/** The same value with every text in it written anew. Keys that are paths are written anew, too. */
function mapStrings<T>(value: T, write: (text: string) => string): T;
function mapStrings(value: unknown, write: (text: string) => string): unknown {
  if (typeof value === "string") return write(value);
  if (Array.isArray(value)) return value.map((one: unknown) => mapStrings(one, write));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [write(key), mapStrings(one, write)]));
}

function withoutItemTexts(report: ComparisonReport, { data }: Pick<ReportInput, "data">): ComparisonReport {
  const { record, slices, suspicions, overlap, notes } = report;
  const text = quotesItems(record, data) ? `# ${l10n.t("Left out: it quotes items of the data.")}\n` : record.text;
  return {
    ...report,
    record: { ...record, text, notes: record.notes.map(withoutQuotes) },
    slices: slices.map(({ word, ...slice }) =>
      word === undefined ? slice : { ...slice, name: l10n.t("with a certain word") },
    ),
    suspicions: suspicions.map((suspicion) => ({ ...suspicion, text: "" })),
    overlap: overlap && { ...overlap, dirty: overlap.dirty.map((item) => ({ ...item, text: "", overlap: "" })) },
    notes: [...notes.map(withoutQuotes), l10n.t("The texts of the data are left out.")],
  };
}

/** Notes on rows quote what stands in them. */
function withoutQuotes(note: string): string {
  return note.replace(/"[^"]*"/g, '"…"');
}

/** Whether the comparison file holds an item, as demonstrations in an instruction do. */
function quotesItems({ text }: ComparisonRecord, { train, dev, test }: ReportInput["data"]): boolean {
  const said = ` ${words(text.replaceAll(/\\[nt]/g, " ")).join(" ")} `;
  return [train, dev, test].some((items) =>
    items.some((item) =>
      [itemText(item), ...Object.values(item.fields).flat(), item.label === null ? item.gold : ""].some((quote) => {
        const own = words(quote);
        return own.length >= quotedWords && said.includes(` ${own.join(" ")} `);
      }),
    ),
  );
}

function words(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
