/** Random numbers of a run: a stream for each purpose, so that none hangs on how much another took. */
import { hash } from "node:crypto";
import { longRandom, type Random } from "../random";

/** The stream of a seed and a purpose: the same everywhere, at any time. */
export function randomStream(seed: number, ...purpose: readonly (string | number)[]): Random {
  const digest = hash("sha256", JSON.stringify([seed, ...purpose]), "hex");
  return longRandom(Number.parseInt(digest.slice(0, 8), 16));
}

/** 0 … count − 1 in random order (Fisher and Yates 1938; Durstenfeld 1964). */
export function shuffled(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
  return order;
}
