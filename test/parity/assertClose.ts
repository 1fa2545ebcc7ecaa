import assert from "node:assert/strict";

/** Throws, saying where and by how much, when a value differs by more than `atol`, or is not a number. */
export function assertClose(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  { atol, what }: { readonly atol: number; readonly what: string },
): void {
  assert.equal(found.length, expected.length, `${what}: length`);
  let worst = 0;
  let at = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((found[i] ?? Number.NaN) - (expected[i] ?? Number.NaN));
    if (!(difference <= worst)) {
      worst = difference;
      at = i;
    }
  }
  assert.ok(
    worst <= atol,
    `${what}: differs by ${worst} at ${at} (${found[at]}, expected ${expected[at]}; ${atol} allowed)`,
  );
}
