/** How often the tests find a difference between two arms that have none. */
import assert from "node:assert/strict";
import { type BootstrapMethod, pairedBootstrap } from "../../../../src/runtime/evaluation/bootstrap";
import { binomialQuantile } from "../../../../src/runtime/evaluation/distributions";
import { mcnemarPower } from "../../../../src/runtime/evaluation/power";
import { holmAdjusted, mcnemarTest, pairedCounts } from "../../../../src/runtime/evaluation/significance";
import { longRandom, type Random } from "../../../../src/runtime/random";

const comparisons = 1000;
const items = 200;
const alpha = 0.05;
/** Each arm alone is right on so many: 0.3 of the items are discordant. */
const shares = { bothRight: 0.55, alone: 0.15 };

/** Two arms that are right equally often, on the same items. */
function nullArms(random: Random): readonly [boolean[], boolean[]] {
  const draws = Array.from({ length: items }, random);
  const { bothRight, alone } = shares;
  const first = draws.map((u) => u < bothRight + alone);
  return [first, draws.map((u) => u < bothRight || (u >= bothRight + alone && u < bothRight + 2 * alone))];
}

/** Asserts that so many of 1,000 lie where a binomial variable with `chance` does with probability 0.999. */
function about(found: number, chance: number, what: string): void {
  const [low, high] = [0.0005, 0.9995].map((q) => binomialQuantile(q, comparisons, chance));
  assert.ok(found >= (low ?? 0) && found <= (high ?? 0), `${what}: ${found} of 1000; ${low} to ${high} expected`);
}

describe("1,000 comparisons of arms that do not differ", () => {
  const random = longRandom(20_241_101);
  const arms = Array.from({ length: comparisons }, () => nullArms(random));

  it("are rejected by McNemar's test as often as its exact size says, by mid-p about as often as α", () => {
    const rejected = (method: "exact" | "midP") =>
      arms.filter((pair) => mcnemarTest(pairedCounts(...pair), method).pValue <= alpha).length;
    const size = mcnemarPower(items, 2 * shares.alone, 0);
    assert.ok(size > 0.03 && size <= alpha, `the size of the exact test is ${size}`);
    about(rejected("exact"), size, "exact");
    // SciPy 1.17.1: binom.ppf([0.0005, 0.9995], 1000, 0.05) is 29 and 74.
    about(rejected("midP"), alpha, "mid-p");
  });

  for (const method of ["percentile", "bca"] satisfies BootstrapMethod[]) {
    it(`are outside the ${method} interval of the paired bootstrap about as often as α`, () => {
      const numbers = (of: readonly boolean[]) => of.map(Number);
      const rejected = arms.filter(([first, second], seed) => {
        const options = { method, seed, resamples: 400 };
        const [low, high] = pairedBootstrap(numbers(first), numbers(second), options).interval;
        return low > 0 || high < 0;
      });
      about(rejected.length, alpha, method);
    });
  }

  it("by Holm in families of five, have a false rejection in at most α of the families", () => {
    const pValues = arms.map((pair) => mcnemarTest(pairedCounts(...pair), "midP").pValue);
    const families = Array.from({ length: comparisons / 5 }, (_, f) => pValues.slice(5 * f, 5 * f + 5));
    const wrong = families.filter((of) => holmAdjusted(of).some((p) => p <= alpha)).length;
    assert.ok(wrong <= binomialQuantile(0.9995, families.length, alpha), `${wrong} of ${families.length}`);
  });
});
