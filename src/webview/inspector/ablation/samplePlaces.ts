/** Places of a text at which something is measured again. Pure. */
import type { ScoredToken } from "../../../runtime/protocol";
import type { Watched } from "./effects";

/** Most places that are measured together. */
export const mostPlaces = 32;

/** Which places. */
export type PlaceChoice =
  | { readonly kind: "sample"; readonly seed: number; readonly count: number }
  | { readonly kind: "token"; readonly id: number };

/** The places of a choice, in the order of the text: each watches the text's own token. Same seed, same places. */
export function choosePlaces(tokens: readonly ScoredToken[], choice: PlaceChoice): readonly Watched[] {
  const predicted = tokens.flatMap(({ id, prediction }, place) => (prediction ? [{ place, id }] : []));
  if (choice.kind === "token") return predicted.filter(({ id }) => id === choice.id).slice(0, mostPlaces);
  const count = Math.min(mostPlaces, Math.max(1, Math.round(choice.count)));
  return sample(predicted, count, choice.seed).sort((a, b) => a.place - b.place);
}

/** The first steps of a Fisher–Yates shuffle. */
function sample<T>(items: readonly T[], count: number, seed: number): T[] {
  const rest = [...items];
  const random = mulberry32(seed);
  return Array.from({ length: Math.min(count, rest.length) }, () => {
    const [taken] = rest.splice(Math.floor(random() * rest.length), 1);
    return taken;
  }).filter((item) => item !== undefined);
}

/** Tommy Ettinger's Mulberry32: numbers from 0 to below 1. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
