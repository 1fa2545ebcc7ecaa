/**
 * What other seeds would add to a mean over few of them. Two to five seeds tell little of how much seeds matter: that is drawn from a posterior,
 * whose prior is weak but keeps the few from meaning anything at all.
 */
import type { Random } from "../random";
import { average, residualVariance, variance } from "./spread";

/** What the seeds of an arm, or of a paired difference, tell of seeds. */
export interface SeedEvidence {
  /** Two or more. */
  readonly seeds: number;
  /** Variance between the seeds' means. */
  readonly between: number;
  /** Degrees of freedom that it is known to; one fewer than there are seeds when absent. */
  readonly freedom?: number;
  /** How much of it is left over from single items, which drawing items again brings with it: see `seedSpread`. */
  readonly leftOver: number;
  /** Standard deviation of single items' scores with one seed. */
  readonly itemDeviation: number;
}

/** What `scores[seed][item]` tell; null for a single seed, and where every seed gives the same mean and no item depends on it. */
export function seedEvidence(scores: readonly (readonly number[])[]): SeedEvidence | null {
  const [first] = scores;
  if (scores.length < 2 || !first || first.length < 2) return null;
  const between = variance(scores.map(average));
  const leftOver = residualVariance(scores) / first.length;
  if (between <= 0 && leftOver <= 0) return null;
  return { seeds: scores.length, between, leftOver, itemDeviation: deviation(scores) };
}

/**
 * The evidence of several trainings with as many seeds each, as one: few seeds tell little of any one of them. Their seeds are taken to have nothing
 * to do with each other, so that the freedoms add up. Null entries are those that seeds make no difference to. Null where all are.
 */
export function pooledEvidence(evidence: readonly (SeedEvidence | null)[]): SeedEvidence | null {
  const known = evidence.filter((one) => one !== null);
  const [first] = known;
  if (!first) return null;
  const mean = (of: (one: SeedEvidence) => number) => average(known.map(of));
  return {
    seeds: first.seeds,
    freedom: known.length * (first.seeds - 1),
    between: mean(({ between }) => between),
    leftOver: mean(({ leftOver }) => leftOver),
    itemDeviation: mean(({ itemDeviation }) => itemDeviation),
  };
}

/** Of items within seeds. */
function deviation(scores: readonly (readonly number[])[]): number {
  return Math.sqrt(average(scores.map(variance)));
}

/** Estimate of the variance that seeds add to the mean over them: σ²_seed / S. */
export function seedVariance({ seeds, between, leftOver }: SeedEvidence): number {
  return Math.max(0, between - leftOver) / seeds;
}

/**
 * The prior of σ_seed is half of Student's t with 3 degrees of freedom (Gelman 2006, Bayesian Analysis 1(3), §3.2), scaled to so many standard
 * deviations of single items: for accuracies of 0.75 that is 6.5 points. Chosen by simulation: docs/comparison-report.md has the figures.
 */
export const seedPrior = { freedom: 3, scale: 0.15 } as const;

/** Adds to every drawn number what other seeds would: a normal draw whose deviation is drawn from its posterior. */
export function addSeedEffects(drawn: Float64Array, evidence: SeedEvidence | null, random: Random): void {
  if (!evidence) return;
  const deviation = seedDeviations(evidence);
  const root = Math.sqrt(evidence.seeds);
  for (let r = 0; r < drawn.length; r++) {
    drawn[r] = (drawn[r] ?? 0) + (normal(random) * deviation(random())) / root;
  }
}

/** σ_seed that the posterior is not over with probability `share`, 0 to 1: of uniform shares, draws from it. */
export function seedDeviations(evidence: SeedEvidence): (share: number) => number {
  return inverse(posterior(evidence));
}

/** Points of a distribution: `shares[i]` of it are not over `deviations[i]`. Both ascend. */
interface Posterior {
  readonly shares: Float64Array;
  readonly deviations: Float64Array;
}

/** Smallest and largest deviation looked at, as multiples, and how many between: with a prior, and without. */
const grids = { weak: [1e-3, 1e2, 160], none: [1e-2, 1e6, 1200] } as const;

/**
 * The posterior of σ_seed: prior times the likelihood of the variance between S seeds' means, ν s² / τ² ~ χ²(ν) with ν = S − 1,
 * or what several together have, and τ² = σ²_seed + σ²_e / n. Where items have no spread there is no scale: the prior is 1 / σ, and all of it Student's t with ν degrees.
 */
function posterior({ seeds, between, freedom = seeds - 1, leftOver, itemDeviation }: SeedEvidence): Posterior {
  const scale = seedPrior.scale * itemDeviation;
  // Equal scores may differ by rounding.
  const isWeak = scale > 1e-6 * Math.sqrt(between);
  const [low, high, count] = isWeak ? grids.weak : grids.none;
  const unit = isWeak ? Math.max(scale, Math.sqrt(between)) : Math.sqrt(between);
  const deviations = new Float64Array(count + 1);
  const densities = new Float64Array(count + 1);
  for (let i = 0; i <= count; i++) {
    const sigma = i === 0 ? 0 : unit * low * (high / low) ** ((i - 1) / (count - 1));
    deviations[i] = sigma;
    const tau = sigma ** 2 + leftOver;
    const prior = isWeak ? -2 * Math.log1p((sigma / scale) ** 2 / seedPrior.freedom) : -Math.log(sigma);
    densities[i] =
      tau > 0 && prior < Number.POSITIVE_INFINITY
        ? prior - (freedom / 2) * (Math.log(tau) + between / tau)
        : Number.NEGATIVE_INFINITY;
  }
  return { shares: cumulated(deviations, densities), deviations };
}

/** Log densities to shares, by trapezia. */
function cumulated(places: Float64Array, logDensities: Float64Array): Float64Array {
  const most = logDensities.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const density = (i: number) => Math.exp((logDensities[i] ?? Number.NEGATIVE_INFINITY) - most);
  const shares = new Float64Array(places.length);
  for (let i = 1; i < places.length; i++) {
    const width = (places[i] ?? 0) - (places[i - 1] ?? 0);
    shares[i] = (shares[i - 1] ?? 0) + (width * (density(i - 1) + density(i))) / 2;
  }
  const all = shares.at(-1) ?? 1;
  return shares.map((share) => share / all);
}

/** The deviation at a share, linearly between the points around it, which a table leads to (Chen and Asau 1974). */
function inverse({ shares, deviations }: Posterior): (share: number) => number {
  const guide = new Int32Array(1024);
  let next = 0;
  for (let i = 0; i < guide.length; i++) {
    while ((shares[next + 1] ?? 1) <= i / guide.length) next++;
    guide[i] = next;
  }
  return (share) => {
    let low = guide[Math.floor(share * guide.length)] ?? 0;
    while (low < shares.length - 2 && (shares[low + 1] ?? 1) <= share) low++;
    const from = shares[low] ?? 0;
    const to = shares[low + 1] ?? 1;
    const start = deviations[low] ?? 0;
    return to > from ? start + (((deviations[low + 1] ?? 0) - start) * (share - from)) / (to - from) : start;
  };
}

/** A standard normal draw (Box and Muller 1958). */
export function normal(random: Random): number {
  // 1 − x is never 0, whose logarithm would be infinite.
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
