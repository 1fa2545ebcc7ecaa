/** The units of work of a comparison, each with the hash of all that its outcome hangs on. */
import type { ComparisonUnit } from "../comparisonRecord";
import type { ComparisonInput } from "./comparisonInput";

/**
 * What an arm does on dev to choose its settings: every choice, with every seed of demonstrations, or the first seed of training. None
 * where there is nothing to choose.
 */
export function chooseUnits(_input: ComparisonInput, _arm: number): readonly ComparisonUnit[] {
  throw new Error("follows");
}

/** What an arm does on test with its choice: one unit for every seed that something hangs on. */
export function testUnits(_input: ComparisonInput, _arm: number, _chosen: number): readonly ComparisonUnit[] {
  throw new Error("follows");
}

/**
 * The points of an arm's learning curves on test. One that is the same as a unit of `testUnits` or another point has its id: what it gave is
 * taken over.
 */
export function curveUnits(_input: ComparisonInput, _arm: number, _chosen: number): readonly ComparisonUnit[] {
  throw new Error("follows");
}
