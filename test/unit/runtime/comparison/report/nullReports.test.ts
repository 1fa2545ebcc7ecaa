/** How often a comparison calls a difference decisive where there is none. */
import assert from "node:assert/strict";
import { testedArms } from "../../../../../src/runtime/comparison/report/comparedArms";
import { drawMetrics } from "../../../../../src/runtime/comparison/report/reportArms";
import { reportPairs } from "../../../../../src/runtime/comparison/report/reportPairs";
import { binomialQuantile } from "../../../../../src/runtime/evaluation/distributions";
import { type SimulatedArm, simulated } from "./simulatedComparison";

const comparisons = 1000;
const alpha = 0.05;

/** The share of comparisons that call any pair of these arms decisive. */
async function decisive(arms: readonly SimulatedArm[]): Promise<number> {
  let found = 0;
  for (let seed = 0; seed < comparisons; seed++) {
    const input = simulated({
      ...{ arms, seed, items: 100, train: 4 },
      file: { resamples: 300, seeds: { first: seed } },
      record: { metrics: ["accuracy"] },
    });
    const tested = testedArms(input);
    const drawn = await drawMetrics(input, tested);
    const pairs = await reportPairs({ input, arms: tested, drawn }, "accuracy");
    if (pairs.some(({ verdict }) => verdict !== "notDecisive")) found++;
  }
  return found;
}

/** At most as many as a binomial variable with α has with probability 0.999. */
const most = binomialQuantile(0.999, comparisons, alpha);

describe("1,000 comparisons of arms that do not differ", () => {
  const prompt = { kind: "prompt", accuracy: 0.7 } as const;

  it("are called decisive about as often as α, with a single seed", async () => {
    const found = await decisive([
      { name: "a", ...prompt },
      { name: "b", ...prompt },
    ]);
    // The exact test rejects less often than α.
    assert.ok(found <= most && found >= 2, `${found}`);
  });

  it("with seeds that matter, five against three", async () => {
    const found = await decisive([
      { name: "a", ...prompt, deviation: 0.05, seeds: [0, 1, 2, 3, 4] },
      { name: "b", kind: "full", accuracy: 0.7, deviation: 0.05, seeds: [0, 1, 2] },
    ]);
    assert.ok(found <= most, `${found}`);
  });

  it("with the same seeds", async () => {
    const seeds = [0, 1, 2, 3, 4];
    const found = await decisive([
      { name: "a", ...prompt, deviation: 0.05, seeds },
      { name: "b", ...prompt, deviation: 0.05, seeds },
    ]);
    assert.ok(found <= most && found >= 2, `${found}`);
  });

  it("in at most α of the families of four", async () => {
    const found = await decisive([0, 1, 2, 3].map((n) => ({ name: String(n), ...prompt })));
    assert.ok(found <= most, `${found}`);
  });
});
