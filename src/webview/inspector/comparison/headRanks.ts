/** Heads by how differently they attend. Pure. */
import type { ComparedHeads } from "../../../runtime/panelProtocol";

/** A head and the Jensen–Shannon divergence between its two runs. */
export interface RankedHead {
  readonly layer: number;
  readonly head: number;
  /** Bits, 0 to 1. */
  readonly divergence: number;
}

/** Bits at which the next level of colour begins. */
export const divergenceBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25] as const;

/** Heads that could be compared, the most different first. */
export function rankedHeads({ divergence, heads }: ComparedHeads): readonly RankedHead[] {
  const known = divergence.flatMap((bits, index) =>
    bits === null ? [] : [{ layer: Math.floor(index / heads), head: index % heads, divergence: bits }],
  );
  return known.sort((one, other) => other.divergence - one.divergence);
}

/** The paint of a divergence, and the class of its cell. */
export function divergencePaint(bits: number | null): `surprisal-${number}` | "background" {
  return bits === null ? "background" : `surprisal-${divergenceBounds.filter((bound) => bits >= bound).length}`;
}
