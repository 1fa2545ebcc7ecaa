/** What a learning curve is between the numbers of labels that were run. */

/** The score at a number of labels, 1 or more. */
export type CurveFunction = (labels: number) => number;

/** A curve that rises towards `asymptote`: score = asymptote − scale · labels^(−exponent). */
export interface PowerLaw {
  readonly asymptote: number;
  /** 0 or more. */
  readonly scale: number;
  readonly exponent: number;
}

/**
 * The curve that never falls and is closest to the values by least squares: the pool-adjacent-violators algorithm (Ayer et al. 1955), with
 * equal weights. More labels are held not to harm; what falls is noise.
 */
export function isotonic(values: Iterable<number>): number[] {
  const blocks: { total: number; count: number }[] = [];
  for (const value of values) {
    let block = { total: value, count: 1 };
    for (let last = blocks.at(-1); last && last.total / last.count >= block.total / block.count; last = blocks.at(-1)) {
      block = { total: last.total + block.total, count: last.count + block.count };
      blocks.pop();
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ total, count }) => new Array<number>(count).fill(total / count));
}

/** Straight lines between the points over the logarithm of the labels, which curves are about straight over; flat beyond the ends. */
export function interpolated(sizes: readonly number[], values: readonly number[]): CurveFunction {
  return (labels) => {
    const above = sizes.findIndex((size) => size >= labels);
    if (above === -1) return values.at(-1) ?? Number.NaN;
    const [high = Number.NaN, highSize = 1] = [values[above], sizes[above]];
    if (above === 0 || highSize === labels) return high;
    const [low = Number.NaN, lowSize = 1] = [values[above - 1], sizes[above - 1]];
    return low + ((high - low) * Math.log(labels / lowSize)) / Math.log(highSize / lowSize);
  };
}

/** `interpolated` at the same numbers of labels for any values: where they lie between the sizes is found once. Gives [labels]. */
export function interpolatedAt(
  sizes: readonly number[],
  labels: readonly number[],
): (values: readonly number[]) => Float64Array {
  // Positions among the sizes: 1.25 is a quarter of the way from the second to the third.
  const positions = interpolationPositions(sizes, labels);
  return (values) => {
    const found = new Float64Array(positions.length);
    for (let i = 0; i < found.length; i++) {
      const position = positions[i] ?? Number.NaN;
      const below = Math.floor(position);
      const low = values[below] ?? Number.NaN;
      found[i] = position === below ? low : low + ((values[below + 1] ?? Number.NaN) - low) * (position - below);
    }
    return found;
  };
}

function interpolationPositions(sizes: readonly number[], labels: readonly number[]): Float64Array {
  const position = interpolated(
    sizes,
    sizes.map((_, place) => place),
  );
  return Float64Array.from(labels, position);
}

/** Exponents between which a fit is looked for: learning curves of text classifiers lie well within (Hestness et al. 2017). */
const exponents = { smallest: 0.05, largest: 3, tried: 12 } as const;

/**
 * The power law closest to the values by least squares (Hestness et al. 2017, arXiv 1712.00409, §2, with an asymptote). The exponent is
 * looked for, first coarsely and then by golden section; asymptote and scale follow linearly from it (variable projection, Golub and
 * Pereyra 1973). Takes three sizes at least to mean something.
 */
export function fitPowerLaw(sizes: readonly number[], values: readonly number[]): PowerLaw {
  const { smallest, largest, tried } = exponents;
  const step = Math.log(largest / smallest) / (tried - 1);
  const at = (place: number) => linearFit(sizes, values, smallest * Math.exp(step * place));
  const coarse = Array.from({ length: tried }, (_, place) => at(place).squares);
  const best = coarse.indexOf(Math.min(...coarse));
  const place = goldenSection((x) => at(x).squares, Math.max(0, best - 1), Math.min(tried - 1, best + 1));
  return at(place).law;
}

/** The value of a power law. */
export function powerLawAt({ asymptote, scale, exponent }: PowerLaw, labels: number): number {
  return asymptote - scale * labels ** -exponent;
}

/** The best asymptote and scale for an exponent, and the sum of squares that they leave. Loops, as every resample comes here often. */
function linearFit(sizes: readonly number[], values: readonly number[], exponent: number) {
  const powers = Float64Array.from(sizes, (size) => size ** -exponent);
  let [power, value] = [0, 0];
  for (let i = 0; i < powers.length; i++) {
    power += (powers[i] ?? 0) / powers.length;
    value += (values[i] ?? 0) / powers.length;
  }
  let [products, squared] = [0, 0];
  for (let i = 0; i < powers.length; i++) {
    const x = (powers[i] ?? 0) - power;
    products += x * ((values[i] ?? 0) - value);
    squared += x * x;
  }
  const scale = squared > 0 ? Math.max(0, -products / squared) : 0;
  let squares = 0;
  for (let i = 0; i < powers.length; i++) {
    squares += ((values[i] ?? 0) - value + scale * ((powers[i] ?? 0) - power)) ** 2;
  }
  const law: PowerLaw = { asymptote: value + scale * power, scale, exponent };
  return { law, squares };
}

/** Where a function that falls and then rises is least, to a millionth (Kiefer 1953). */
function goldenSection(f: (x: number) => number, from: number, to: number): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [from, to];
  let [a, b] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [fa, fb] = [f(a), f(b)];
  while (high - low > 1e-6) {
    if (fa < fb) {
      [high, b, fb] = [b, a, fa];
      a = high - ratio * (high - low);
      fa = f(a);
    } else {
      [low, a, fa] = [a, b, fb];
      b = low + ratio * (high - low);
      fb = f(b);
    }
  }
  return (low + high) / 2;
}
