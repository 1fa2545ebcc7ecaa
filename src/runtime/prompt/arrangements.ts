/** Arrangements to try: all of them when they are few, otherwise some, drawn without repeats. Pure. */
import { type Random, seededRandom } from "../random";

/** Arrangements, and whether they are all that there are. */
export interface Arrangements<T> {
  readonly all: readonly T[];
  readonly exhaustive: boolean;
}

/** Orders of `values`; the given one is the first. */
export function orders<T>(values: readonly T[], samples: number, seed: number): Arrangements<readonly T[]> {
  const places = [...values.keys()];
  const take = (order: readonly number[]) => order.flatMap((place) => values.slice(place, place + 1));
  const total = product(places.map((place) => place + 1));
  if (total <= samples) return { all: [...permutations(places)].map(take), exhaustive: true };
  const drawn = distinct(places, samples, seed, (random) => shuffle(places, random));
  return { all: drawn.map(take), exhaustive: false };
}

/** Sets of `k` of the numbers below `count`, each in rising order. */
export function subsets(count: number, k: number, samples: number, seed: number): Arrangements<readonly number[]> {
  const places = Array.from({ length: count }, (_, place) => place);
  const size = Math.min(k, count);
  if (binomial(count, size) <= samples) return { all: [...combinations(places, size)], exhaustive: true };
  const drawn = distinct(null, samples, seed, (random) => some(count, size, random));
  return { all: drawn, exhaustive: false };
}

/** One of each list, in every way; the first of each comes first. */
export function choicesOfEach<T>(
  lists: readonly (readonly T[])[],
  samples: number,
  seed: number,
): Arrangements<readonly T[]> {
  const take = (places: readonly number[]) =>
    places.flatMap((place, list) => lists[list]?.slice(place, place + 1) ?? []);
  if (product(lists.map(({ length }) => length)) <= samples) {
    const all = lists.reduce<T[][]>((so, list) => so.flatMap((one) => list.map((value) => [...one, value])), [[]]);
    return { all, exhaustive: true };
  }
  const first = lists.map(() => 0);
  const drawn = distinct(first, samples, seed, (random) => lists.map(({ length }) => Math.floor(random() * length)));
  return { all: drawn.map(take), exhaustive: false };
}

/** `count` different draws; there are more than that many. */
function distinct(
  first: readonly number[] | null,
  count: number,
  seed: number,
  draw: (random: Random) => readonly number[],
): readonly (readonly number[])[] {
  const random = seededRandom(seed);
  const found = new Map<string, readonly number[]>(first ? [[first.join(), first]] : []);
  while (found.size < count) {
    const next = draw(random);
    found.set(next.join(), next);
  }
  return [...found.values()];
}

function* permutations(values: readonly number[]): Generator<readonly number[]> {
  if (values.length <= 1) return yield values;
  for (const [at, value] of values.entries()) {
    for (const rest of permutations(values.toSpliced(at, 1))) yield [value, ...rest];
  }
}

function* combinations(values: readonly number[], k: number): Generator<readonly number[]> {
  if (k === values.length) return yield values;
  if (k === 0) return yield [];
  if (values.length < k) return;
  for (const [at, value] of values.entries()) {
    for (const rest of combinations(values.slice(at + 1), k - 1)) yield [value, ...rest];
  }
}

function shuffle(values: readonly number[], random: Random): readonly number[] {
  const order = [...values];
  for (let left = order.length; left > 1; left--) {
    const at = Math.floor(random() * left);
    const [a = 0, b = 0] = [order[at], order[left - 1]];
    order[at] = b;
    order[left - 1] = a;
  }
  return order;
}

/** `k` numbers below `count` (Floyd's algorithm: memory and time grow with k alone). */
function some(count: number, k: number, random: Random): readonly number[] {
  const chosen = new Set<number>();
  for (let last = count - k; last < count; last++) {
    const at = Math.floor(random() * (last + 1));
    chosen.add(chosen.has(at) ? last : at);
  }
  return [...chosen].sort((a, b) => a - b);
}

function product(factors: readonly number[]): number {
  return factors.reduce((all, factor) => all * factor, 1);
}

function binomial(n: number, k: number): number {
  let result = 1;
  for (let i = 1; i <= Math.min(k, n - k); i++) result = (result * (n - Math.min(k, n - k) + i)) / i;
  return Math.round(result);
}
