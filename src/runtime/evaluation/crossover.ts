/** From how many labels on one arm is better than another: where two learning curves cross, and how sure that is. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { pacer } from "../pacer";
import { longRandom } from "../random";
import { fitPowerLaw, interpolatedAt, isotonic, powerLawAt } from "./curveFit";
import {
  type CurveOptions,
  curveDefaults,
  drawItems,
  type LearningRun,
  type RunGrid,
  resampledCurve,
  runGrid,
} from "./learningCurve";
import { checkShare } from "./significance";
import { average } from "./spread";

/** A number of labels, as far as the runs can tell it: `upTo` the fewest that were run, or `beyond` the most. */
export interface CrossoverPoint {
  readonly kind: "at" | "upTo" | "beyond";
  readonly labels: number;
}

/** Where the first arm overtakes the second. */
export interface Crossover {
  readonly estimate: CrossoverPoint;
  /** Percentile interval over other items and other seeds. */
  readonly interval: readonly [CrossoverPoint, CrossoverPoint];
  readonly level: number;
  readonly fit: CurveFit;
  readonly resamples: number;
  readonly seed: number;
}

/** `isotonic`: never falling, straight between the sizes over log labels. `powerLaw`: surer where it holds, wrong where it does not. */
export type CurveFit = "isotonic" | "powerLaw";

/** How a crossover is found. */
export interface CrossoverOptions extends CurveOptions {
  /** Default `isotonic`. */
  readonly fit?: CurveFit;
}

/**
 * The number of labels from which on the first arm's curve stays at or above the second's, with its interval by the bootstrap of
 * `learningCurve`. The second is another curve, or an arm that takes no labels (runs of a single number of labels, held flat), or a
 * constant known without error. Both arms' runs are on the same items, which are drawn together; their seeds are drawn apart. Throws
 * `invalidRequest` where the curves share no stretch of labels. Other work gets its turn between resamples.
 */
export async function crossover(
  first: readonly LearningRun[],
  second: readonly LearningRun[] | number,
  options: CrossoverOptions = {},
): Promise<Crossover> {
  const { resamples, seed, level, fit } = { ...curveDefaults, fit: "isotonic" as const, ...options };
  checkShare("level", level);
  const arms = crossingArms(first, second, fit);
  const random = longRandom(seed);
  const estimate = crossing(arms, (grid) => grid.seedMeans.map(average));
  const drawn = new Float64Array(resamples);
  const pace = pacer();
  for (let r = 0; r < resamples; r++) {
    await pace();
    const items = drawItems(arms.first, random);
    drawn[r] = crossing(arms, (grid) => resampledCurve(grid, items, random));
  }
  drawn.sort();
  const point = (labels: number) => crossoverPoint(labels, arms.labels);
  // Whole places, outwards: between a number and none there is nothing.
  const low = drawn[Math.floor(((1 - level) / 2) * (resamples - 1))] ?? Number.NaN;
  const high = drawn[Math.ceil(((1 + level) / 2) * (resamples - 1))] ?? Number.NaN;
  return { estimate: point(estimate), interval: [point(low), point(high)], level, fit, resamples, seed };
}

/** Two arms, and the numbers of labels at which they are compared, ascending. */
interface CrossingArms {
  readonly first: RunGrid;
  readonly second: RunGrid | number;
  readonly labels: readonly number[];
  readonly firstAt: CurveAt;
  readonly secondAt: CurveAt;
}

function crossingArms(
  firstRuns: readonly LearningRun[],
  secondRuns: readonly LearningRun[] | number,
  fit: CurveFit,
): CrossingArms {
  const first = runGrid(firstRuns);
  const second = typeof secondRuns === "number" ? secondRuns : runGrid(secondRuns);
  if (typeof second !== "number" && second.items !== first.items) {
    throw invalidRequest(l10n.t("{0} items cannot be paired with {1}", first.items, second.items));
  }
  const others = typeof second === "number" || second.sizes.length < 2 ? first.sizes : second.sizes;
  const from = Math.max(first.sizes[0] ?? 0, others[0] ?? 0);
  const to = Math.min(first.sizes.at(-1) ?? 0, others.at(-1) ?? 0);
  const knots = [...new Set([...first.sizes, ...others])].sort((a, b) => a - b).filter((n) => n >= from && n <= to);
  if (knots.length < 2) throw invalidRequest(l10n.t("the two curves have fewer than two numbers of labels in common"));
  const labels = refined(knots);
  const firstAt = curveAt(first.sizes, labels, fit);
  // A constant is the same everywhere.
  const secondAt = typeof second === "number" ? firstAt : curveAt(second.sizes, labels, fit);
  return { first, second, labels, firstAt, secondAt };
}

/** Eight steps between neighbours, equal in their logarithm: straight lines stay exact, a power law's bend is followed. */
function refined(knots: readonly number[]): number[] {
  const steps = 8;
  return knots.flatMap((knot, i) => {
    const next = knots[i + 1];
    if (next === undefined) return [knot];
    return Array.from({ length: steps }, (_, step) => knot * (next / knot) ** (step / steps));
  });
}

/** The crossing of one resample's curves: −∞ where it is below what was run, ∞ where it is above. */
function crossing(
  { first, second, labels, firstAt, secondAt }: CrossingArms,
  mean: (grid: RunGrid) => Iterable<number>,
): number {
  const upper = firstAt(mean(first));
  const lower = typeof second === "number" ? null : secondAt(mean(second));
  const lead = (i: number) => (upper[i] ?? Number.NaN) - (lower ? (lower[i] ?? Number.NaN) : Number(second));
  let behind = labels.length - 1;
  while (behind >= 0 && !(lead(behind) < 0)) behind--;
  if (behind === -1) return Number.NEGATIVE_INFINITY;
  if (behind === labels.length - 1) return Number.POSITIVE_INFINITY;
  const [low, high] = [lead(behind), lead(behind + 1)];
  const [from = 1, to = 1] = [labels[behind], labels[behind + 1]];
  return from * (to / from) ** (low / (low - high));
}

/** A curve through the means at the sizes, at all labels. */
type CurveAt = (means: Iterable<number>) => Float64Array;

function curveAt(sizes: readonly number[], labels: readonly number[], fit: CurveFit): CurveAt {
  // Fewer than three points are no power law.
  if (fit === "isotonic" || sizes.length < 3) {
    const at = interpolatedAt(sizes, labels);
    return (means) => at(isotonic(means));
  }
  return (means) => {
    const law = fitPowerLaw(sizes, [...means]);
    return Float64Array.from(labels, (n) => powerLawAt(law, n));
  };
}

function crossoverPoint(labels: number, measured: readonly number[]): CrossoverPoint {
  if (Number.isFinite(labels)) return { kind: "at", labels };
  return labels < 0 ? { kind: "upTo", labels: measured[0] ?? 0 } : { kind: "beyond", labels: measured.at(-1) ?? 0 };
}

/**
 * The sentence on a crossover: *fine-tuning overtakes 16-shot at about 240 labels (95 %: 150 to 420).* It says first that this is not decisive
 * where the interval holds both that it overtakes and that it does not, and where the two are not decisively apart at the most labels.
 */
export function crossoverWords(found: Crossover, first: string, second: string, apartAtMost = true): string {
  const [low, high] = found.interval;
  const sentence = bareWords(found, first, second);
  const isOpen = low.kind !== "beyond" && high.kind === "beyond";
  const isDoubtful = found.estimate.kind !== "beyond" && !apartAtMost;
  return isOpen || isDoubtful ? l10n.t("Not decisive: {0}", sentence) : sentence;
}

function bareWords({ estimate, interval, level }: Crossover, first: string, second: string): string {
  const [low, high] = interval.map(pointWords);
  const range = low === high ? low : l10n.t("{0} to {1}", low ?? "", high ?? "");
  const parts = [first, second, rounded(estimate.labels), Math.round(1000 * level) / 10, range ?? ""];
  switch (estimate.kind) {
    case "at":
      return l10n.t("{0} overtakes {1} at about {2} labels ({3} %: {4}).", ...parts);
    case "upTo":
      return l10n.t("{0} is ahead of {1} from {2} labels on ({3} %: {4}).", ...parts);
    case "beyond":
      return l10n.t("{0} does not overtake {1} up to {2} labels ({3} %: {4}).", ...parts);
    default:
      throw new Error(estimate.kind satisfies never);
  }
}

function pointWords({ kind, labels }: CrossoverPoint): string {
  if (kind === "upTo") return l10n.t("at most {0}", rounded(labels));
  return kind === "beyond" ? l10n.t("more than {0}", rounded(labels)) : String(rounded(labels));
}

/** Two digits are all that a crossover has. Numbers that were run are shown as they are. */
function rounded(labels: number): number {
  return Number.isInteger(labels) ? labels : Math.max(1, Math.round(Number(labels.toPrecision(2))));
}
