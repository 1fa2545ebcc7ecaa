/** A seeded source of uniform numbers in [0, 1). The same seed gives the same numbers everywhere. */
export type Random = () => number;

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, enough to draw tokens with. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * xoshiro128** (Blackman and Vigna 2018, public domain): does not repeat itself within the billions of draws that a large model takes,
 * as 32 bits of state must.
 */
export function longRandom(seed: number): Random {
  const start = seededRandom(seed);
  let [a = 0, b = 0, c = 0, d = 0] = Array.from({ length: 4 }, () => Math.floor(start() * 2 ** 32));
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result / 2 ** 32;
  };
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** Fills `values` with draws from the normal distribution with mean 0: two at a time (Box and Muller 1958). */
export function fillNormal(values: Float32Array, deviation: number, random: Random): void {
  for (let i = 0; i < values.length; i += 2) {
    // 1 − x is never 0, whose logarithm would be infinite.
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    values[i] = radius * Math.cos(angle);
    // Beyond the end of an odd length nothing is written.
    values[i + 1] = radius * Math.sin(angle);
  }
}
