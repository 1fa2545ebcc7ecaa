/** A label that looks wrong, in its file's text: found, followed through edits, and mended. Pure. Offsets count UTF-16 code units. */
import { createHash } from "node:crypto";
import type { ReportSuspicion } from "../../runtime/comparisonReport";
import { DocumentEdits, type Edit } from "../documentEdits";
import type { TextChange } from "../yamlFiles/fixes";
import { type DataKind, findCell, writeCell } from "./labelCell";

/** What is known of the label. */
export type Suspicion = Pick<
  ReportSuspicion,
  "line" | "text" | "label" | "suggested" | "labelProbability" | "suggestedProbability" | "column" | "value"
>;

/** A suspicion and its row. */
export interface PlacedSuspicion {
  readonly suspicion: Suspicion;
  /** The row's text when it was suspected: what it is known again by. */
  readonly row: string;
  readonly rowStart: number;
  /** The label's cell, from the row's start. */
  readonly cell: { readonly start: number; readonly end: number };
}

/** Finds the row; null where it is another one than was looked at, or says already what is suggested. */
export function placeSuspicion(text: string, kind: DataKind, suspicion: Suspicion): PlacedSuspicion | null {
  const found = findCell(text, kind, suspicion.line, suspicion.column);
  if (!found || found.value === suspicion.value || !isSame(found.others, suspicion.text)) return null;
  const { start, end } = found.row;
  const cell = { start: found.start - start, end: found.end - start };
  return { suspicion, row: text.slice(start, end), rowStart: start, cell };
}

/** Whether one of a row's other columns is in the item's text: it is made of them. */
function isSame(others: readonly string[], itemText: string): boolean {
  const plain = (text: string) => text.replace(/\s+/g, " ").trim();
  const whole = plain(itemText);
  return others.some((text) => plain(text) !== "" && whole.includes(plain(text)));
}

/** Where the row is after the edits of one event. */
export function moveSuspicion(placed: PlacedSuspicion, edits: readonly Edit[]): PlacedSuspicion {
  const moved = new DocumentEdits();
  moved.record(edits);
  return { ...placed, rowStart: moved.map(placed.rowStart, "after") };
}

/** Whether the row still stands there as it was. */
export function stands(text: string, { row, rowStart }: PlacedSuspicion): boolean {
  const [before, after] = [text[rowStart - 1], text[rowStart + row.length]];
  const isEdge = (char: string | undefined) => char === undefined || /[\s\uFEFF]/.test(char);
  return text.startsWith(row, rowStart) && isEdge(before) && isEdge(after);
}

/** The row in a text whose edits nobody followed: where it was, else its only occurrence; null where there is none. */
export function findAgain(text: string, placed: PlacedSuspicion): PlacedSuspicion | null {
  if (stands(text, placed)) return placed;
  const first = text.indexOf(placed.row);
  if (first < 0 || first !== text.lastIndexOf(placed.row)) return null;
  const found = { ...placed, rowStart: first };
  return stands(text, found) ? found : null;
}

/** The change that writes the suggested label into its cell and nowhere else; null where the row has changed, or cannot say it. */
export function mendLabel(text: string, kind: DataKind, placed: PlacedSuspicion): TextChange | null {
  if (!stands(text, placed)) return null;
  const [start, end] = [placed.rowStart + placed.cell.start, placed.rowStart + placed.cell.end];
  const written = writeCell(text, kind, { start, end }, placed.suspicion.value);
  return written === null ? null : { start, end, text: written };
}

/** What a label that was said to be right is remembered by: file, row and suggestion. */
export function suspicionKey(uri: string, { row, suspicion }: PlacedSuspicion): string {
  return createHash("sha256")
    .update(JSON.stringify([uri, row, suspicion.value]))
    .digest("hex")
    .slice(0, 32);
}
