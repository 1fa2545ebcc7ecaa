/** Which distances attention spans: in one layer, and through several, where the residual stream carries on what a token is. */
import { type AttentionPattern, seesDistance } from "./attentionPattern";

/** Of distances 0 to `tokens` − 1: 1 where a query sees a key so far before it. */
export function seenDistances(pattern: AttentionPattern, tokens: number): Uint8Array {
  return Uint8Array.from({ length: tokens }, (_, distance) => (seesDistance(pattern, distance) ? 1 : 0));
}

/**
 * Of distances 0 to `tokens` − 1: 1 where something so far before a token can reach it through layers of `patterns`. Exact: every way
 * from one token to another passes tokens between them only, so that the distance alone decides.
 */
export function reachedDistances(patterns: readonly AttentionPattern[], tokens: number): Uint8Array {
  let reached = new Uint8Array(tokens);
  reached[0] = 1;
  for (const pattern of patterns) reached = extended(reached, pattern);
  return reached;
}

/** Sums of a distance that is reached and one that is seen. */
function extended(reached: Uint8Array, pattern: AttentionPattern): Uint8Array<ArrayBuffer> {
  if (pattern.kind === "dense") return new Uint8Array(reached.length).fill(1);
  const seen = Array.from(seenDistances(pattern, reached.length).entries()).flatMap(([d, sees]) => (sees ? [d] : []));
  const next = Uint8Array.from(reached);
  for (const [from, is] of reached.entries()) {
    if (!is) continue;
    for (const distance of seen) {
      if (from + distance >= next.length) break;
      next[from + distance] = 1;
    }
  }
  return next;
}
