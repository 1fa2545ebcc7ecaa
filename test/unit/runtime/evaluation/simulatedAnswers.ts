import { seededRandom } from "../../../../src/runtime/random";

/** Labels and a classifier's probabilities. */
export interface SimulatedAnswers {
  readonly labels: readonly number[];
  readonly probabilities: readonly (readonly number[])[];
}

/** Answers of a calibrated classifier to 200 items of 4 classes: labels are drawn from its probabilities. The same numbers come from Python. */
export function simulatedAnswers(): SimulatedAnswers {
  const random = seededRandom(7);
  const items = Array.from({ length: 200 }, () => {
    const powers = Array.from({ length: 4 }, () => Math.exp(4 * random()));
    const total = powers.reduce((sum, power) => sum + power, 0);
    const row = powers.map((power) => power / total);
    return { row, label: draw(row, random()) };
  });
  return { labels: items.map(({ label }) => label), probabilities: items.map(({ row }) => row) };
}

/** The same with one in ten labels made wrong: the labels, and which are. */
export function withWrongLabels(labels: readonly number[]): { readonly labels: number[]; readonly wrong: number[] } {
  const random = seededRandom(11);
  const wrong: number[] = [];
  const changed = labels.map((label, item) => {
    if (random() >= 0.1) return label;
    wrong.push(item);
    return (label + 1 + Math.floor(random() * 3)) % 4;
  });
  return { labels: changed, wrong };
}

function draw(row: readonly number[], at: number): number {
  let sum = 0;
  for (const [k, p] of row.entries()) {
    sum += p;
    if (at < sum) return k;
  }
  return row.length - 1;
}
