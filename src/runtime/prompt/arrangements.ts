/** What a prompt could be as well: other orders and choices of demonstrations, other words for labels. */
import { seededRandom } from "../random";
import { shuffled } from "./demonstrations";

/** Arrangements, and whether they are all there are. */
export interface Arrangements<T> {
  readonly all: readonly T[];
  readonly exhaustive: boolean;
}

/** Orders of `values`, the given one first: every one when there are no more than `most`, else as many different ones by chance. */
export function orders(values: readonly number[], most: number, seed: number): Arrangements<readonly number[]> {
  if (factorial(values.length, most) <= most) return { all: permutations(values), exhaustive: true };
  const random = seededRandom(seed);
  const draw = () => Array.from(shuffled(values.length, random), (at) => values[at] ?? 0);
  return { all: different(values, draw, most), exhaustive: false };
}

/** Sets of `k` of the numbers below `count`, each in ascending order: every one when there are no more than `most`. */
export function choices(count: number, k: number, most: number, seed: number): Arrangements<readonly number[]> {
  if (combinationCount(count, k, most) <= most) return { all: combinations(count, k), exhaustive: true };
  const random = seededRandom(seed);
  const draw = () => firstOf(shuffled(count, random), k).sort((a, b) => a - b);
  return { all: different(draw(), draw, most), exhaustive: false };
}

/**
 * Words for labels, one each, the first of each label's first: every combination of the labels' own words, then the first words given to
 * the labels in every other way (a label whose name matters to the model does worse under another's).
 */
export function wordings(
  labels: ReadonlyMap<string, readonly string[]>,
  most: number,
  seed: number,
): Arrangements<readonly string[]> {
  const own = [...labels.values()];
  const first = own.map((words) => words[0] ?? "");
  const combined = own.reduce<string[][]>(
    (all, words) => (all.length > most ? all : all.flatMap((before) => words.map((word) => [...before, word]))),
    [[]],
  );
  const swapped = orders([...first.keys()], most, seed);
  const known = new Map(
    [...combined, ...swapped.all.map((order) => order.map((at) => first[at] ?? ""))].map((one) => [
      JSON.stringify(one),
      one,
    ]),
  );
  const all = [...known.values()];
  return { all: all.slice(0, most), exhaustive: all.length <= most && swapped.exhaustive };
}

function different(
  first: readonly number[],
  draw: () => readonly number[],
  most: number,
): readonly (readonly number[])[] {
  const found = new Map([[first.join(), first]]);
  // Draws repeat themselves where nearly all were drawn: then fewer have to do.
  for (let tries = 0; found.size < most && tries < 50 * most; tries++) {
    const next = draw();
    found.set(next.join(), next);
  }
  return [...found.values()];
}

function permutations(values: readonly number[]): readonly (readonly number[])[] {
  if (values.length <= 1) return [values];
  return values.flatMap((value, at) => permutations(values.filter((_, i) => i !== at)).map((rest) => [value, ...rest]));
}

function combinations(count: number, k: number, from = 0): readonly (readonly number[])[] {
  if (k === 0) return [[]];
  const found: (readonly number[])[] = [];
  for (let first = from; first <= count - k; first++) {
    for (const rest of combinations(count, k - 1, first + 1)) found.push([first, ...rest]);
  }
  return found;
}

function factorial(n: number, most: number): number {
  let product = 1;
  for (let factor = 2; factor <= n && product <= most; factor++) product *= factor;
  return product;
}

function combinationCount(count: number, k: number, most: number): number {
  let product = 1;
  for (let i = 1; i <= k && product <= most; i++) product = (product * (count - k + i)) / i;
  return product;
}

function firstOf(order: Iterable<number>, k: number): number[] {
  const found: number[] = [];
  for (const value of order) {
    if (found.length === k) break;
    found.push(value);
  }
  return found;
}
