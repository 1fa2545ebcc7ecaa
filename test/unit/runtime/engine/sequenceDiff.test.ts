import assert from "node:assert/strict";
import fc from "fast-check";
import { longestCommonSubsequence } from "../../../../src/runtime/engine/sequenceDiff";

/** Length of a longest common subsequence by the table of all beginnings. */
function expectedLength(a: readonly number[], b: readonly number[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    const next = [0];
    for (const [j, y] of b.entries()) next.push(x === y ? (row[j] ?? 0) + 1 : Math.max(row[j + 1] ?? 0, next[j] ?? 0));
    row = next;
  }
  return row[b.length] ?? 0;
}

describe("a longest common subsequence", () => {
  it("is one, in order, and as long as can be", () => {
    const list = (most: number) => fc.array(fc.nat(most), { maxLength: 40 });
    for (const most of [1, 3, 20])
      fc.assert(
        fc.property(list(most), list(most), (a, b) => {
          const matches = longestCommonSubsequence(a, b);
          for (const [i, [x, y]] of matches.entries()) {
            assert.equal(a[x], b[y]);
            const [beforeX, beforeY] = matches[i - 1] ?? [-1, -1];
            assert.ok(x > beforeX && y > beforeY && x < a.length && y < b.length);
          }
          assert.equal(matches.length, expectedLength(a, b));
        }),
        { numRuns: 500 },
      );
  });

  it("is found in texts of thousands of tokens, alike or not", () => {
    const a = Array.from({ length: 4000 }, (_, i) => (i * i) % 1009);
    const edited = [...a.slice(0, 700), -1, ...a.slice(900, 3000), -2, -3, ...a.slice(3001)];
    assert.equal(longestCommonSubsequence(a, edited).length, 700 + 2100 + 999);
    assert.deepEqual(
      longestCommonSubsequence(
        a,
        a.map((id) => -1 - id),
      ),
      [],
    );
  });
});
