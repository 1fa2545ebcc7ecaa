/** What is coloured of a scored text: stretches of whole characters with their surprisal. Knows nothing of VS Code. */
import type { ScoredToken } from "../../runtime/protocol";

/** A stretch of a document, UTF-16 code units. */
export interface Stretch {
  readonly start: number;
  /** One past the last one. */
  readonly end: number;
}

/** The characters of one token, or of several tokens that share characters. */
export interface SurprisalRange extends Stretch {
  /** Indices of the tokens: the first one, and one past the last one. */
  readonly tokens: readonly [number, number];
  /** Sum over the tokens that have a prediction; null when none has. */
  readonly bits: number | null;
  /** Whether the text was edited since it was scored. */
  readonly stale: boolean;
}

/** −log₂ p from ln p, in bits; a log-probability a hair above zero counts as zero. */
export function surprisalBits(logprob: number): number {
  return Math.max(0, -logprob / Math.LN2);
}

/**
 * The ranges of a text that begins at `offset` of its document, in order and without overlap. Tokens that share a character are one
 * range, for a decoration cannot begin inside of a character; tokens without any text go with the range that they stand behind.
 */
export function combineTokens(tokens: readonly ScoredToken[], offset: number): SurprisalRange[] {
  const ranges: SurprisalRange[] = [];
  for (const [index, { start, end, prediction }] of tokens.entries()) {
    const bits = prediction ? surprisalBits(prediction.logprob) : null;
    const last = ranges.at(-1);
    const from = offset + start;
    const to = offset + end;
    if (last && (from < last.end || to === from)) {
      ranges[ranges.length - 1] = {
        ...{ start: last.start, end: Math.max(last.end, to), tokens: [last.tokens[0], index + 1] },
        ...{ bits: sum(last.bits, bits), stale: false },
      };
    } else if (to > from) {
      ranges.push({ start: from, end: to, tokens: [index, index + 1], bits, stale: false });
    }
  }
  return ranges;
}

/** The range that holds the character at `offset`; undefined when none does. `ranges` are in order and do not overlap. */
export function rangeAt(ranges: readonly SurprisalRange[], offset: number): SurprisalRange | undefined {
  const range = ranges[firstEndingAfter(ranges, offset)];
  return range && range.start <= offset ? range : undefined;
}

/** Index of the first range that ends behind `offset`; the number of ranges when none does. */
export function firstEndingAfter(ranges: readonly Stretch[], offset: number): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle]?.end ?? 0) > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

function sum(one: number | null, other: number | null): number | null {
  return one === null ? other : one + (other ?? 0);
}
