/** The table of segments as a drawing of its own, for export. Pure. */
import type { NumberFormats } from "../../shared/format";
import { visibleString } from "../../shared/visibleText";
import type { DataTable } from "./exportable";

/** Colours as CSS writes them. */
export interface DrawingStyle {
  readonly background: string;
  readonly foreground: string;
  readonly bar: string;
  readonly font: string;
}

const [first, wide, high, pad] = [150, 96, 34, 12];

/** The first column of `table` is names, the others are probabilities. */
export function segmentsSvg({ title, columns, rows }: DataTable, formats: NumberFormats, style: DrawingStyle): string {
  const width = first + (columns.length - 1) * wide + 2 * pad;
  const height = (rows.length + 2) * high + 2 * pad;
  const x = (column: number) => pad + (column === 0 ? 0 : first + (column - 1) * wide);
  const text = (left: number, top: number, value: string, more = "") =>
    `<text x="${left}" y="${top}" ${more}>${escapeXml(cut(value))}</text>`;
  const head = columns.map((name, column) => text(x(column), pad + high + 14, name, `fill-opacity="0.75"`));
  const body = rows.flatMap((row, index) => {
    const top = pad + (index + 2) * high;
    return row.map((value, column) => {
      if (typeof value === "string") return text(x(0), top + 14, value);
      const part = Number.isNaN(value) ? 0 : value;
      return `${text(x(column), top + 14, Number.isNaN(value) ? "–" : formats.percent(value))}<rect x="${x(column)}" y="${top + 20}" width="${(part * (wide - 12)).toFixed(2)}" height="6" fill="${escapeXml(style.bar)}"/>`;
    });
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="${escapeXml(style.font)}" font-size="12" fill="${escapeXml(style.foreground)}">`,
    `<rect width="100%" height="100%" fill="${escapeXml(style.background)}"/>`,
    text(pad, pad + 16, title, `font-weight="600"`),
    ...head,
    ...body,
    "</svg>",
  ].join("\n");
}

function cut(text: string): string {
  const visible = visibleString(text, "keep");
  return visible.length > 60 ? `${visible.slice(0, 59)}…` : visible;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
