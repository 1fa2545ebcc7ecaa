/** What two sequences have in common. */

/** Places of two sequences at which they hold the same: [a, b]. */
export type Match = readonly [a: number, b: number];

/** A part of each sequence: from the first place to one before the last. */
interface Box {
  readonly a: readonly [number, number];
  readonly b: readonly [number, number];
}

/**
 * A longest common subsequence of `a` and `b`, in order, by Myers' greedy algorithm in linear space (Myers 1986 §4b). Takes time as their
 * length times their differences; what only one of them has counts for neither.
 */
export function longestCommonSubsequence<T>(a: readonly T[], b: readonly T[]): Match[] {
  const [inA, inB] = [new Set(a), new Set(b)];
  const [placesA, placesB] = [placesOf(a, inB), placesOf(b, inA)];
  const [sharedA, sharedB] = [a.filter((x) => inB.has(x)), b.filter((x) => inA.has(x))];
  const matches: Match[] = [];
  collect(sharedA, sharedB, { a: [0, sharedA.length], b: [0, sharedB.length] }, matches);
  return matches.map(([x, y]) => [placesA[x] ?? 0, placesB[y] ?? 0]);
}

function placesOf<T>(list: readonly T[], wanted: ReadonlySet<T>): number[] {
  return list.flatMap((x, i) => (wanted.has(x) ? [i] : []));
}

function collect<T>(a: readonly T[], b: readonly T[], box: Box, matches: Match[]): void {
  let [aStart, aEnd] = box.a;
  let [bStart, bEnd] = box.b;
  while (aStart < aEnd && bStart < bEnd && a[aStart] === b[bStart]) matches.push([aStart++, bStart++]);
  const ends: Match[] = [];
  while (aStart < aEnd && bStart < bEnd && a[aEnd - 1] === b[bEnd - 1]) ends.push([--aEnd, --bEnd]);
  if (aStart < aEnd && bStart < bEnd) {
    const [x, y] = middle(a, b, { a: [aStart, aEnd], b: [bStart, bEnd] });
    collect(a, b, { a: [aStart, x], b: [bStart, y] }, matches);
    collect(a, b, { a: [x, aEnd], b: [y, bEnd] }, matches);
  }
  for (const match of ends.reverse()) matches.push(match);
}

/** On a diagonal that no way reaches within the box. */
const unreached = -1e9;

/**
 * A point on a shortest way from the start of `box` to its end: where the ways that reach furthest from both, step by step, meet. The box
 * begins and ends with a difference, so that two steps are needed at least and the point is neither corner.
 */
function middle<T>(a: readonly T[], b: readonly T[], { a: [a0, a1], b: [b0, b1] }: Box): Match {
  const [n, m] = [a1 - a0, b1 - b0];
  const delta = n - m;
  const steps = Math.ceil((n + m) / 2);
  const width = 2 * steps + 3;
  const at = (k: number) => (k + width) % width;
  // How far in a, by diagonal k = x − y, counted from the start or backwards from the end.
  const fromStart = new Int32Array(width).fill(unreached);
  const fromEnd = new Int32Array(width).fill(unreached);
  fromStart[at(1)] = 0;
  fromEnd[at(1)] = 0;
  const alike = (x: number, y: number, backwards: boolean) =>
    backwards ? a[a1 - 1 - x] === b[b1 - 1 - y] : a[a0 + x] === b[b0 + y];
  for (let d = 0; d <= steps; d++)
    for (const backwards of [false, true]) {
      const [ways, others] = backwards ? [fromEnd, fromStart] : [fromStart, fromEnd];
      for (let k = -d; k <= d; k += 2) {
        let x = Math.max(ways[at(k + 1)] ?? unreached, (ways[at(k - 1)] ?? unreached) + 1);
        if (x < 0 || x > n || x - k > m) x = unreached;
        else while (x < n && x - k < m && alike(x, x - k, backwards)) x++;
        ways[at(k)] = x;
        // The other side has taken as many steps, or one less while this side goes first.
        const met = x + (others[at(delta - k)] ?? unreached) >= n && Math.abs(delta - k) <= (backwards ? d : d - 1);
        if (met && backwards === (delta % 2 === 0)) return backwards ? [a1 - x, b1 - x + k] : [a0 + x, b0 + x - k];
      }
    }
  throw new RangeError("the ways did not meet");
}
