/** How arms look in pictures: colour, dashes and mark together, so that none alone has to tell them apart. Pure. */
import type { ReportArm } from "../../runtime/comparisonReport";

/** Marks of Observable Plot. */
const symbols = ["circle", "square", "triangle", "diamond", "star", "cross", "wye"] as const;

/** Dashes of the four looks of `lineChart.css`. */
const dashes = ["", "6 3", "1.5 3", "9 3 2 3"] as const;

/** Colour, dashes and mark. */
export interface Look {
  readonly color: string;
  readonly dash: string;
  readonly symbol: (typeof symbols)[number];
}

/** The look of a number: colours repeat after four, with another mark each time. */
export function lookOf(number: number): Look {
  const at = number % dashes.length;
  const turn = Math.floor(number / dashes.length);
  return {
    color: `var(--look-${at + 1})`,
    dash: dashes[at] ?? "",
    symbol: symbols[(at + turn * 3) % symbols.length] ?? "circle",
  };
}

/** Prompting is round, what is trained square; baselines are diamonds. */
export function kindLook({ kind }: Pick<ReportArm, "kind">): Look {
  if (kind === "prompt") return { color: "var(--look-1)", dash: "", symbol: "circle" };
  if (kind === "baseline") return { color: "var(--muted)", dash: "", symbol: "diamond" };
  return { color: "var(--look-2)", dash: "", symbol: "square" };
}
