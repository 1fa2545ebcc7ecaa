/** A comparison token by token. Pure. */
import type { AlignedTokens } from "../../../runtime/analysisProtocol";
import type { ComparisonSide, InspectorState } from "../../../runtime/panelProtocol";
import type { ScoredToken } from "../../../runtime/protocol";
import { surprisalBits } from "../../shared/format";
import { differenceLevel } from "../../shared/scales";

/** The state that compares. */
export type Comparison = Extract<InspectorState, { kind: "comparison" }>;

/** Which side of it. */
export type SideName = "a" | "b";

/** What stands for each other: one token on both sides, or a run that only one side has or that differs. */
export interface Unit extends AlignedTokens {
  readonly index: number;
  /** bitsB − bitsA */
  readonly difference: number;
}

/** Units up to a line break, drawn together. */
export interface UnitLine {
  readonly units: readonly Unit[];
}

/** Sums over units, bits. */
export interface UnitSums {
  readonly a: number;
  readonly b: number;
  readonly difference: number;
}

/** Units in a line at most. */
const longestLine = 64;

/** The alignment with its `same` runs taken apart, so that every token has a difference of its own. The sums stay what they were. */
export function unitsOf({ a, b, alignment }: Comparison): readonly Unit[] {
  const parts = alignment.flatMap((run) => (isPairwise(run) ? pairs(run, a.tokens, b.tokens) : [run]));
  return parts.map((run, index) => ({ ...run, index, difference: run.bitsB - run.bitsA }));
}

/** What the tokens cost together. */
export function sumsOf(units: readonly Unit[]): UnitSums {
  const sum = (of: (unit: Unit) => number) => units.reduce((total, unit) => total + of(unit), 0);
  const [a, b] = [sum(({ bitsA }) => bitsA), sum(({ bitsB }) => bitsB)];
  return { a, b, difference: sum(({ difference }) => difference) };
}

/** Whether a unit differs: in its tokens, or in bits by more than next to nothing. */
export function differs({ kind, difference }: Unit): boolean {
  return kind !== "same" || differenceLevel(difference) !== null;
}

/** Those that made the difference, the largest first; none that made none. */
export function largest(units: readonly Unit[], count: number): readonly Unit[] {
  return units
    .filter(({ difference }) => difference !== 0)
    .sort((one, other) => Math.abs(other.difference) - Math.abs(one.difference))
    .slice(0, count);
}

/** Tokens of a unit on a side. */
export function tokensIn(state: Comparison, unit: Unit, side: SideName): readonly ScoredToken[] {
  return state[side].tokens.slice(unit[side][0], unit[side][1]);
}

/** What to call the sides: their texts, or their models where the text is one. */
export function sideNames({ a, b }: Comparison): Readonly<Record<SideName, string>> {
  const name = (side: ComparisonSide) =>
    a.label === b.label && a.model.folder !== b.model.folder ? side.model.name : side.label;
  return { a: `A · ${name(a)}`, b: `B · ${name(b)}` };
}

/** Units line by line: a line ends with a unit that holds a line break on either side. */
export function linesOf(state: Comparison, units: readonly Unit[]): readonly UnitLine[] {
  const lines: UnitLine[] = [];
  let line: Unit[] = [];
  for (const unit of units) {
    line.push(unit);
    const breaks = (side: SideName) => tokensIn(state, unit, side).some(({ text }) => text.includes("\n"));
    if (line.length < longestLine && !breaks("a") && !breaks("b")) continue;
    lines.push({ units: line });
    line = [];
  }
  return line.length > 0 ? [...lines, { units: line }] : lines;
}

function isPairwise({ kind, a, b }: AlignedTokens): boolean {
  return kind === "same" && a[1] - a[0] === b[1] - b[0];
}

function pairs(run: AlignedTokens, a: readonly ScoredToken[], b: readonly ScoredToken[]): AlignedTokens[] {
  return Array.from({ length: run.a[1] - run.a[0] }, (_, offset) => {
    const [inA, inB] = [run.a[0] + offset, run.b[0] + offset];
    return {
      kind: "same",
      a: [inA, inA + 1],
      b: [inB, inB + 1],
      bitsA: bitsOf(a[inA]),
      bitsB: bitsOf(b[inB]),
    };
  });
}

/** The first token of a text counts 0: nothing stands before it. */
function bitsOf(token: ScoredToken | undefined): number {
  return token?.prediction ? surprisalBits(token.prediction.logprob) : 0;
}
