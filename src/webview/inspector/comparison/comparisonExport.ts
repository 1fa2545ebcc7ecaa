/** A comparison as a table and as a picture. Pure, but for the language of headings. */
import * as l10n from "@vscode/l10n";
import type { Drawing } from "../../shared/drawing";
import { differencePaint } from "../../shared/scales";
import { plainToken } from "../../shared/tokenText";
import { type FlowPart, flowDrawing } from "../export/flowDrawing";
import type { ViewTable } from "../viewContext";
import { type Comparison, type SideName, sideNames, tokensIn, type Unit } from "./units";

/** Every unit, in the order of the texts. */
export function comparisonTable(state: Comparison, units: readonly Unit[]): ViewTable {
  const text = (unit: Unit, side: SideName) => tokensIn(state, unit, side).map(plainToken).join("");
  return {
    title: state.title,
    columns: ["kind", "tokenA", "tokenB", "bitsA", "bitsB", "differenceBits"],
    rows: units.map((unit) => [
      ...[unit.kind, text(unit, "a"), text(unit, "b")],
      ...[unit.bitsA, unit.bitsB, unit.difference],
    ]),
  };
}

/** Both texts, one below the other, coloured by the difference. */
export function comparisonDrawing(state: Comparison, units: readonly Unit[]): Drawing {
  const label = l10n.t("{0}. Orange: fewer bits in B. Blue: more bits in B.", state.title);
  return flowDrawing(label, [comparisonFlow(state, units, "a"), comparisonFlow(state, units, "b")]);
}

/** One side's text, coloured by the difference. */
export function comparisonFlow(state: Comparison, units: readonly Unit[], side: SideName): FlowPart {
  const chips = units
    .filter((unit) => unit[side][1] > unit[side][0])
    .map((unit) => {
      const tokens = tokensIn(state, unit, side);
      const { fill, text } = differencePaint(unit.difference);
      const ends = tokens.some((token) => token.text.includes("\n"));
      return { text: tokens.map(plainToken).join(""), fill, ink: text, ends };
    });
  return { title: sideNames(state)[side], chips };
}
