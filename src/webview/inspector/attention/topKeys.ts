/** The tokens that a query attends to most. Pure. */

/** A token and its probability. */
export interface KeyProbability {
  readonly key: number;
  readonly probability: number;
}

/** Rows of the table behind a row of a matrix. */
export const listedKeys = 20;

/** The `count` most probable of a row, best first; of equal ones the later first, which is nearer to the query. NaN is left out. */
export function topKeys(row: ArrayLike<number>, count = listedKeys): readonly KeyProbability[] {
  const all: KeyProbability[] = [];
  for (let key = 0; key < row.length; key++) {
    const probability = row[key] ?? Number.NaN;
    if (!Number.isNaN(probability)) all.push({ key, probability });
  }
  all.sort((one, other) => other.probability - one.probability || other.key - one.key);
  return all.slice(0, count);
}
