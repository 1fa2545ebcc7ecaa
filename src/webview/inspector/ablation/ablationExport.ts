/** The ablation as a table and as a picture. Pure, but for the language of headings. */
import * as l10n from "@vscode/l10n";
import type { Drawing, Mark } from "../../shared/drawing";
import { differencePaint } from "../../shared/scales";
import { plainToken, type TokenLike } from "../../shared/tokenText";
import { layerName } from "../partNames";
import type { ViewTable } from "../viewContext";
import type { PartsGrid } from "./ablationGrid";
import { layerParts, type Watched, type WatchedEffects } from "./effects";
import { toBits } from "./sentences";

const cellWidth = 54;
const cellHeight = 28;
const side = 76;
const pad = 12;
const head = 58;

/** What was measured of single parts, the largest effect first, then sets. Layers and heads count from 0. */
export function ablationTable(effects: WatchedEffects, watched: Watched, token: TokenLike): ViewTable {
  const baseline = effects.baseline ?? Number.NaN;
  const row = (name: string, difference: number) => [
    ...[watched.place, plainToken(token), name],
    Math.exp(baseline),
    Math.exp(baseline + difference),
    toBits(difference),
    difference,
  ];
  const name = (part: { readonly kind: string; readonly layer: number; readonly head?: number }) =>
    part.head === undefined ? `L${part.layer} MLP` : `L${part.layer} H${part.head}`;
  return {
    title: l10n.t("Ablation: effects of switching off"),
    columns: ["place", "watchedToken", "switchedOff", "pWith", "pWithout", "differenceBits", "differenceLn"],
    rows: [
      ...effects.strongest.map(({ part, difference }) => row(name(part), difference)),
      ...effects.together.map(({ parts, difference }) => row(parts.map(name).join(" + "), difference)),
    ],
  };
}

/** The grid. */
export function ablationDrawing(grid: PartsGrid, watched: Watched, token: TokenLike): Drawing {
  const { layers, heads } = grid;
  const label = l10n.t(
    "Ablation: effect on the probability of {0} at place {1}, bits",
    plainToken(token),
    watched.place,
  );
  const columns = Array.from({ length: heads + 1 }, (_, column) => column);
  const marks: Mark[] = [
    { kind: "text", x: pad, y: pad + 14, text: label, size: 13, fill: "foreground", bold: true },
    ...columns.map((column) => headMark(column, heads)),
    ...Array.from({ length: layers }, (_, layer) => layerMarks(grid, layer)).flat(),
  ];
  const width = Math.max(pad * 2 + side + (heads + 1) * cellWidth, pad * 2 + label.length * 7.4);
  return { label, width, height: head + layers * cellHeight + pad, marks };
}

function headMark(column: number, heads: number): Mark {
  const text = column < heads ? l10n.t("Head {0}", column) : l10n.t("MLP");
  const x = pad + side + (column + 0.5) * cellWidth;
  return { kind: "text", x, y: head - 8, text, size: 11, fill: "muted", anchor: "middle" };
}

function layerMarks({ heads, effects, formats }: PartsGrid, layer: number): Mark[] {
  const y = head + layer * cellHeight;
  const name: Mark = { kind: "text", x: pad, y: y + 18, text: layerName(layer), size: 11, fill: "muted" };
  const cells = layerParts(layer, heads).flatMap((part, column): Mark[] => {
    const difference = effects.of(part);
    const bits = difference === undefined ? Number.NaN : toBits(difference);
    const { fill, text } = differencePaint(bits);
    const x = pad + side + column * cellWidth;
    const words = difference === undefined ? "–" : formats.signed(bits);
    return [
      { kind: "rect", x, y, width: cellWidth - 2, height: cellHeight - 2, fill, stroke: "line" },
      { kind: "text", x: x + cellWidth / 2 - 1, y: y + 17, text: words, size: 11, fill: text, anchor: "middle" },
    ];
  });
  return [name, ...cells];
}
