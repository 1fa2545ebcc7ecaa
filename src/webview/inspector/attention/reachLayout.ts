/** What can influence a token, counted. Pure. */

/** Of one depth: 0 is the embeddings, L the last layer's output. */
export interface ReachRow {
  readonly depth: number;
  /** States that can influence the token's last state. */
  readonly reached: number;
  /** States up to the token. */
  readonly seen: number;
}

/** Counts per depth, the last layer's output first. `data` is [L + 1, T]. */
export function reachRows(data: Uint8Array, tokens: number, token: number): readonly ReachRow[] {
  const depths = data.length / tokens;
  return Array.from({ length: depths }, (_, index) => {
    const depth = depths - 1 - index;
    let reached = 0;
    for (let at = 0; at <= token; at++) reached += data[depth * tokens + at] ?? 0;
    return { depth, reached, seen: token + 1 };
  });
}

/** Share of reached states among the tokens `from` … `to` of a depth, 0 to 1: what one pixel stands for. */
export function reachShare(data: Uint8Array, tokens: number, depth: number, from: number, to: number): number {
  let reached = 0;
  for (let at = from; at < to; at++) reached += data[depth * tokens + at] ?? 0;
  return to > from ? reached / (to - from) : 0;
}
