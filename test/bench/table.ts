/** Prints figures as a table. */

/** A line: what was measured on what. */
export interface Row {
  readonly model: string;
  readonly what: string;
  readonly figures: Readonly<Record<string, number>>;
}

/** One column per figure; a figure that a row does not have is a dash. */
export function printTable(rows: readonly Row[], subject = "model"): void {
  const keys = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
  const cells = [
    [subject, "", ...keys],
    ...rows.map((row) => [row.model, row.what, ...keys.map((key) => format(row.figures[key]))]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  for (const line of cells)
    console.log(
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}

function format(figure: number | undefined): string {
  return figure === undefined ? "–" : figure.toFixed(figure < 10 ? 2 : 0);
}
