/** The lens as a table and as a picture. Pure, but for the language of headings. */
import * as l10n from "@vscode/l10n";
import { type Drawing, fitMono, type Mark } from "../../shared/drawing";
import { surprisalBits } from "../../shared/format";
import { plainToken } from "../../shared/tokenText";
import { lensRowName } from "../partNames";
import type { Scores, ViewTable } from "../viewContext";
import type { LensCell, LensCells } from "./lensCells";
import { columnWidth, headerWidth, type LensGrid, type Window } from "./lensGrid";
import { lensPaint, measureName, textPaint } from "./lensScale";

const rowHeight = 26;
const pad = 12;
const captionHeight = 28;
const fontSize = 12;

/** Every computed cell, one row each, place after place; depth 0 is the embeddings, depth d the states after layer d − 1. */
export function lensTable(cells: LensCells, { tokens, model }: Scores): ViewTable {
  const rows = cells.places.flatMap((place) =>
    Array.from({ length: model.nLayer + 1 }, (_, layer) => {
      const cell = cells.cell(layer, place);
      return cell ? [tableRow(cell, tokens[place] ? plainToken(tokens[place]) : "")] : [];
    }).flat(),
  );
  return {
    title: l10n.t("Logit lens: computed places"),
    columns: [
      ...["place", "token", "depth", "topToken", "topProbability", "klBits", "ownProbability", "ownBits", "ownRank"],
      "firstWithFinalAnswer",
    ],
    rows,
  };
}

function tableRow({ place, layer, top, divergence, logprob, rank, leads }: LensCell, own: string) {
  const [best] = top;
  const behind = rank === 0;
  return [
    ...[place, own, layer],
    best ? plainToken(best) : "",
    best ? Math.exp(best.logprob) : null,
    Number.isNaN(divergence) ? null : divergence,
    behind ? null : Math.exp(logprob),
    behind ? null : surprisalBits(logprob),
    behind ? null : rank,
    leads ? 1 : 0,
  ];
}

/** The columns in `shown`. */
export function lensDrawing(grid: LensGrid, shown: Window): Drawing {
  const columns = Array.from({ length: shown.last - shown.first + 1 }, (_, index) => shown.first + index);
  const width = pad * 2 + headerWidth + columns.length * columnWidth;
  const height = pad * 2 + captionHeight + (grid.rows + 1) * rowHeight;
  const places = l10n.t("tokens {0} to {1} of {2}", shown.first + 2, shown.last + 2, grid.tokens.length);
  const label = l10n.t("Logit lens, {0}: {1}", measureName(grid.measure), places);
  const caption: Mark = { kind: "text", x: pad, y: pad + 14, text: label, size: 13, fill: "foreground", bold: true };
  const heads = columns.map((column, index) => headMark(grid, column, index));
  const rows = Array.from({ length: grid.rows }, (_, row) => rowMarks(grid, row, columns)).flat();
  return { label, width, height, marks: [caption, ...heads, ...rows] };
}

function headMark({ tokens }: LensGrid, column: number, index: number): Mark {
  const token = tokens[column + 1];
  const text = fitMono(token ? plainToken(token) : l10n.t("next"), fontSize, columnWidth - 8);
  const [x, y] = [left(index) + 4, top(-1) + 17];
  return { kind: "text", x, y, text, size: fontSize, fill: "foreground", mono: true, bold: true };
}

function rowMarks(grid: LensGrid, row: number, columns: readonly number[]): Mark[] {
  const layer = grid.rows - 1 - row;
  const name: Mark = {
    ...{ kind: "text", x: pad, y: top(row) + 17, text: lensRowName(layer, grid.rows), size: fontSize },
    fill: "muted",
  };
  return [name, ...columns.flatMap((column, index) => cellMarks(grid, row, index, grid.cells.cell(layer, column + 1)))];
}

function cellMarks(grid: LensGrid, row: number, index: number, cell: LensCell | null): Mark[] {
  const box = { x: left(index), y: top(row), width: columnWidth - 2, height: rowHeight - 2 };
  if (!cell) return [{ kind: "rect", ...box, stroke: "line" }];
  const fill = lensPaint(cell, grid.measure);
  const [best] = cell.top;
  const text = best ? fitMono(plainToken(best), fontSize, columnWidth - 10) : "";
  return [
    { kind: "rect", ...box, fill, ...(cell.leads ? { stroke: "foreground" as const } : {}) },
    { kind: "text", x: box.x + 4, y: box.y + 16, text, size: fontSize, fill: textPaint(fill), mono: true },
  ];
}

function left(index: number): number {
  return pad + headerWidth + index * columnWidth;
}

/** Row −1 holds the text. */
function top(row: number): number {
  return pad + captionHeight + (row + 1) * rowHeight;
}
