/** Subsets of a training pool, each within the next: what a learning curve is measured on. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { longRandom, type Random } from "../random";

/**
 * For each of `sizes` the places in the pool of a subset that lies within every larger one, so that a curve's steps come from more
 * labels and not from others. Stratified: any subset has each label as often as its share of the pool, to within one item for two labels
 * (each next item is of the label that lags most); with `even` as often as every other label, as long as it has any left. The same seed gives the same order whatever the sizes. Throws `invalidRequest` for a
 * size that is no whole number from 1 to the pool's.
 */
export function nestedSubsets(
  labels: readonly string[],
  sizes: readonly number[],
  seed: number,
  { even = false }: { readonly even?: boolean } = {},
): number[][] {
  for (const size of sizes) {
    if (!(Number.isInteger(size) && size >= 1 && size <= labels.length)) {
      throw invalidRequest(l10n.t("a subset cannot have {0} of {1} items", size, labels.length));
    }
  }
  const order = stratifiedOrder(labels, longRandom(seed), even);
  return sizes.map((size) => order.slice(0, size));
}

/** All places, at random within each label, and the labels in proportion, or evenly, all along (ties by first appearance). */
function stratifiedOrder(labels: readonly string[], random: Random, even: boolean): number[] {
  const places = new Map<string, number[]>();
  for (const [place, label] of labels.entries()) {
    const of = places.get(label) ?? [];
    of.push(place);
    places.set(label, of);
  }
  const queues = [...places.values()].map((of) => ({ of: shuffled(of, random), taken: 0 }));
  return labels.map((_, done) => {
    const lag = ({ of, taken }: (typeof queues)[number]) => {
      if (even) return taken < of.length ? -taken : Number.NEGATIVE_INFINITY;
      return (of.length * (done + 1)) / labels.length - taken;
    };
    const next = queues.reduce((most, queue) => (lag(queue) > lag(most) ? queue : most));
    return next.of[next.taken++] ?? 0;
  });
}

/** Fisher and Yates 1938. */
function shuffled(places: readonly number[], random: Random): number[] {
  const order = [...places];
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a = 0, b = 0] = [order[i], order[j]];
    order[i] = b;
    order[j] = a;
  }
  return order;
}
