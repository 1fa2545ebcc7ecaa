/** What can reach a token: the cone that the layers' patterns open. */
import type { AttentionPattern } from "../model/attentionPattern";
import { reachedDistances } from "../model/patternReach";

/**
 * [L + 1, T], given the patterns of L layers: 1 where the state at that depth (0: embeddings) can influence the state of `token` after
 * the last of them.
 */
export function attentionReach(patterns: readonly AttentionPattern[], tokens: number, token: number): Uint8Array {
  const layers = patterns.length;
  const reach = new Uint8Array((layers + 1) * tokens);
  for (let depth = 0; depth <= layers; depth++) {
    const reached = reachedDistances(patterns.slice(depth), token + 1);
    for (const [distance, is] of reached.entries()) reach[depth * tokens + token - distance] = is;
  }
  return reach;
}
