/** What a test set could show: the smallest difference for its size, the size for a difference, and the chance to see one. */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { binomialProbability, normalQuantile } from "./distributions";
import { checkShare, type McNemarMethod, mcnemarTest, twoSidedQuantile } from "./significance";

/** How often a test may err. */
export interface PowerOptions {
  /** Chance of finding a difference where there is none, two-sided. Default 0.05. */
  readonly alpha?: number;
  /** Chance of finding a difference that is there. Default 0.8. */
  readonly power?: number;
}

/** The quantiles of the two errors. */
function quantiles({ alpha = 0.05, power = 0.8 }: PowerOptions): { readonly zAlpha: number; readonly zPower: number } {
  checkShare("power", power);
  if (power <= alpha / 2) throw invalidRequest(l10n.t('"{0}" is {1}; it must be over {2}', "power", power, alpha / 2));
  return { zAlpha: twoSidedQuantile(1 - alpha), zPower: normalQuantile(power) };
}

/**
 * Items that a paired test of two accuracies needs to find the difference δ, where the share ψ of the items (`discordance`) is right in
 * exactly one arm: n = ((z_{α/2} √ψ + z_β √(ψ − δ²)) / δ)², rounded up (Miettinen 1968; Connor 1987). Throws `invalidRequest`
 * unless 0 < |δ| ≤ ψ ≤ 1.
 */
export function itemsNeeded(difference: number, discordance: number, options: PowerOptions = {}): number {
  const size = Math.abs(difference);
  checkDiscordance(size, discordance);
  if (size === 0) throw invalidRequest(l10n.t("no number of items shows a difference of 0"));
  const { zAlpha, zPower } = quantiles(options);
  const root = zAlpha * Math.sqrt(discordance) + zPower * Math.sqrt(discordance - size * size);
  return Math.ceil((root / size) ** 2);
}

/**
 * The smallest difference of two accuracies that a paired test of `items` items could show: `itemsNeeded` solved for δ, which is
 * √ψ (z_{α/2} √n + z_β √(n + z_β² − z_{α/2}²)) / (n + z_β²). Null where even one arm being right on all discordant items (δ = ψ)
 * would not do. Throws `invalidRequest`.
 */
export function smallestDifference(items: number, discordance: number, options: PowerOptions = {}): number | null {
  checkDiscordance(0, discordance);
  const { zAlpha, zPower } = quantiles(options);
  const inside = items + zPower ** 2 - zAlpha ** 2;
  if (inside < 0) return null;
  const difference =
    (Math.sqrt(discordance) * (zAlpha * Math.sqrt(items) + zPower * Math.sqrt(inside))) / (items + zPower ** 2);
  return difference <= discordance ? difference : null;
}

function checkDiscordance(difference: number, discordance: number): void {
  if (discordance > 0 && discordance <= 1 && difference <= discordance) return;
  throw invalidRequest(
    l10n.t("two arms that differ on {0} of the items cannot differ by {1} in accuracy", discordance, difference),
  );
}

/**
 * Items that a paired comparison of means needs to find `difference`: n = (z_{α/2} + z_β)² σ² / δ², rounded up, where σ² is the variance
 * of the items' differences: ω² + σ²_A / K_A + σ²_B / K_B for K answers an item (Miller 2024, arXiv 2411.00640, §5).
 */
export function itemsNeededForMeans(difference: number, variance: number, options: PowerOptions = {}): number {
  const { zAlpha, zPower } = quantiles(options);
  return Math.ceil(((zAlpha + zPower) ** 2 * variance) / difference ** 2);
}

/** The smallest difference of means that a paired comparison of `items` items could show: (z_{α/2} + z_β) √(σ² / n) (ibid.). */
export function smallestMeanDifference(items: number, variance: number, options: PowerOptions = {}): number {
  const { zAlpha, zPower } = quantiles(options);
  return (zAlpha + zPower) * Math.sqrt(variance / items);
}

/**
 * The exact chance that McNemar's test rejects at `alpha`, for `items` items of which each is right in exactly one arm with probability
 * `discordance`, and the accuracies truly differ by `difference`: a sum over all numbers of discordant items, and over how they fall.
 * Its value at a difference of 0 is how often the test errs. Throws `invalidRequest`.
 */
export function mcnemarPower(
  items: number,
  discordance: number,
  difference: number,
  { alpha = 0.05, method = "exact" }: { readonly alpha?: number; readonly method?: McNemarMethod } = {},
): number {
  checkDiscordance(Math.abs(difference), discordance);
  const share = (discordance + difference) / (2 * discordance);
  let power = 0;
  for (let discordant = 0; discordant <= items; discordant++) {
    const likely = binomialProbability(discordant, items, discordance);
    if (likely > 1e-18) power += likely * rejection(discordant, share, alpha, method);
  }
  return power;
}

/** The chance to reject with `discordant` items that fall to the first arm with probability `share`. */
function rejection(discordant: number, share: number, alpha: number, method: McNemarMethod): number {
  let chance = 0;
  for (let fewer = 0; 2 * fewer < discordant; fewer++) {
    const counts = { firstOnly: fewer, secondOnly: discordant - fewer };
    if (mcnemarTest(counts, method).pValue > alpha) break;
    chance +=
      binomialProbability(fewer, discordant, share) + binomialProbability(discordant - fewer, discordant, share);
  }
  return chance;
}
