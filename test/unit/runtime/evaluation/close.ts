import assert from "node:assert/strict";

/** Asserts that `found` is within 1e-9 of `wanted`: of its size, or of 1 where that is less and `wanted` is no tiny probability. */
export function close(found: number, wanted: number, what: string, tolerance = 1e-9): void {
  const scale = Math.abs(wanted) < 1e-3 ? Math.max(Math.abs(wanted), 1e-15) : Math.max(1, Math.abs(wanted));
  assert.ok(found === wanted || Math.abs(found - wanted) <= tolerance * scale, `${what}: ${found}, wanted ${wanted}`);
}
