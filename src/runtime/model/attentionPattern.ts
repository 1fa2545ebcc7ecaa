/** Which earlier tokens a token sees, per layer: GPT-3's alternation of dense and sparse layers (Brown et al. 2020 §2.1). */

/**
 * What the query at place i sees among the keys at j ≤ i. `banded`: distance i − j ≤ k. `strided`: distance ≤ k, or a multiple of k
 * (Child et al. 2019 §4.2). GPT-Neo's local attention with `window_size` w is banded with k = w − 1.
 */
export type AttentionPattern =
  | { readonly kind: "dense" }
  | { readonly kind: "banded" /** From 0. */; readonly k: number }
  | { readonly kind: "strided" /** From 1. */; readonly k: number };

/** Whether a query sees the key `distance` places before it (0 is itself). */
export function seesDistance(pattern: AttentionPattern, distance: number): boolean {
  if (distance < 0) return false;
  switch (pattern.kind) {
    case "dense":
      return true;
    case "banded":
      return distance <= pattern.k;
    case "strided":
      return distance <= pattern.k || distance % pattern.k === 0;
    default:
      return pattern satisfies never;
  }
}

/** As config.json has it: `dense`, `banded(256)`, `strided(128)`. */
export function formatPattern(pattern: AttentionPattern): string {
  return pattern.kind === "dense" ? "dense" : `${pattern.kind}(${pattern.k})`;
}

/** The inverse of `formatPattern`; null when `text` is no pattern. */
export function parsePattern(text: string): AttentionPattern | null {
  if (text === "dense") return { kind: "dense" };
  const [, kind, digits] = /^(banded|strided)\((\d{1,9})\)$/.exec(text) ?? [];
  const k = Number(digits);
  if (kind === "banded") return { kind, k };
  return kind === "strided" && k >= 1 ? { kind, k } : null;
}
