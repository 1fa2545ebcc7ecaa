/** Numbers as the user's language writes them. */

/** Every way in which the panel writes a number. */
export interface NumberFormats {
  /** 1,024 */
  count(value: number): string;
  /** A probability, 0 to 1, as a percentage of three significant digits; never rounded to 0 or 100 %. */
  percent(probability: number): string;
  /** A probability, 0 to 1, as a percentage in as few digits as it needs. */
  bound(probability: number): string;
  /** How far some work is, 0 to 1, in whole percent. */
  progress(fraction: number): string;
  /** Two decimals, for bits, nats and rates; exponents beyond a million; ∞ when infinite. */
  decimal(value: number): string;
  /** One decimal below a hundred, none above, for sums. */
  sum(value: number): string;
}

/** Formats for a BCP 47 tag; English when the tag is not one. */
export function numberFormats(language: string): NumberFormats {
  const lang = supported(language);
  const count = new Intl.NumberFormat(lang, { maximumFractionDigits: 0 });
  const decimal = new Intl.NumberFormat(lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const sum = new Intl.NumberFormat(lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const large = new Intl.NumberFormat(lang, { notation: "scientific", maximumFractionDigits: 2 });
  const percent = percentFormat(lang);
  const progress = new Intl.NumberFormat(lang, { style: "percent" });
  const bound = new Intl.NumberFormat(lang, { style: "percent", maximumSignificantDigits: 3 });
  const within = (value: number, format: Intl.NumberFormat) =>
    Math.abs(value) >= 1e6 && Number.isFinite(value) ? large.format(value) : format.format(positiveZero(value));
  return {
    count: (value) => count.format(value),
    percent,
    bound: (probability) => bound.format(probability),
    progress: (fraction) => progress.format(fraction),
    decimal: (value) => within(value, decimal),
    sum: (value) => within(value, Math.abs(value) < 100 ? sum : count),
  };
}

/** −log₂ p from ln p, in bits. A log-probability a hair above zero, as float32 gives it, counts as zero. */
export function surprisalBits(logprob: number): number {
  return Math.max(0, -logprob / Math.LN2);
}

const smallest = 1e-6;
const largest = 0.9999;

function percentFormat(lang: string): (probability: number) => string {
  const digits = { minimumSignificantDigits: 3, maximumSignificantDigits: 3 } as const;
  const rounded = new Intl.NumberFormat(lang, { style: "percent", ...digits });
  const high = new Intl.NumberFormat(lang, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const edge = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 6 });
  return (probability) => {
    if (probability <= 0) return edge.format(0);
    if (probability < smallest) return `<${edge.format(smallest)}`;
    if (probability >= 1) return edge.format(1);
    if (probability > largest) return `>${edge.format(largest)}`;
    return probability > 0.99 ? high.format(probability) : rounded.format(probability);
  };
}

function positiveZero(value: number): number {
  return value === 0 ? 0 : value;
}

function supported(language: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf(language)[0] ?? "en";
  } catch (error) {
    if (error instanceof RangeError) return "en"; // not a language tag
    throw error;
  }
}
