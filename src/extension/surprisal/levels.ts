/** From bits to decorations: the levels of the inspector's strip, or steps between them. Knows nothing of VS Code. */

/** How surprisal becomes colour: the seven levels of the inspector's strip, or finer steps between their colours. */
export const surprisalScales = ["buckets", "continuous"] as const;

/** One of them. */
export type SurprisalScale = (typeof surprisalScales)[number];

/** Upper bounds of all levels but the last, bits; those of the inspector's strip, as a test holds. */
export const levelBounds = [1, 2, 4, 6, 9, 13] as const;

/** Number of levels, each with a colour of its own in package.json. */
export const levelCount = levelBounds.length + 1;

/** Steps from one level's colour to the next on the continuous scale. */
const stepsPerLevel = 4;

/** How many kinds of decorations a scale has. */
export function stepCount(scale: SurprisalScale): number {
  return scale === "buckets" ? levelCount : (levelCount - 1) * stepsPerLevel + 1;
}

/** Which of them shows `bits`, 0 (expected) to `stepCount` − 1. */
export function stepOf(scale: SurprisalScale, bits: number): number {
  const level = levelOf(bits);
  if (scale === "buckets" || level === levelCount - 1) return scale === "buckets" ? level : stepCount(scale) - 1;
  const from = levelBounds[level - 1] ?? 0;
  const to = levelBounds[level] ?? from;
  return level * stepsPerLevel + Math.floor((stepsPerLevel * (bits - from)) / (to - from));
}

/** Level of a surprisal in bits, 0 (expected) to 6. */
export function levelOf(bits: number): number {
  return levelBounds.filter((bound) => bits >= bound).length;
}

/** The colours of a step: the level below it, and which part of the way to the next level's colour it is, 0 to 1. */
export function colorOf(scale: SurprisalScale, step: number): { readonly level: number; readonly part: number } {
  if (scale === "buckets") return { level: step, part: 0 };
  return { level: Math.floor(step / stepsPerLevel), part: (step % stepsPerLevel) / stepsPerLevel };
}
