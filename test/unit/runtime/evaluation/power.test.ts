import assert from "node:assert/strict";
import fc from "fast-check";
import {
  itemsNeeded,
  itemsNeededForMeans,
  mcnemarPower,
  smallestDifference,
  smallestMeanDifference,
} from "../../../../src/runtime/evaluation/power";
import { close } from "./close";

/**
 * statsmodels 0.15.0: δ, ψ, α, power, normal_sample_size_one_tail(δ, power, α / 2, std_null=√ψ, std_alternative=√(ψ − δ²)), which is the
 * formula for paired accuracies before rounding.
 */
const needed: readonly (readonly [number, number, number, number, number])[] = [
  [0.03, 0.1, 0.05, 0.8, 869.7361463761335],
  [0.05, 0.2, 0.05, 0.9, 836.4317767830498],
  [0.1, 0.1, 0.01, 0.8, 113.85639395749571],
  [0.02, 0.5, 0.05, 0.95, 16237.457472797774],
  [0.3, 0.4, 0.05, 0.8, 32.42106416313424],
];

/** The same for means: δ, σ², α, power, normal_sample_size_one_tail(δ, power, α / 2, std_null=σ). */
const neededForMeans: readonly (readonly [number, number, number, number, number])[] = [
  [0.03, 0.1111111111111111, 0.05, 0.8, 968.9974980677889],
  [0.1, 0.25, 0.01, 0.9, 371.9846792312133],
];

/** SciPy 1.17.1: n, ψ, δ, α, the sum of multinomial.pmf over all tables that binom.cdf rejects. */
const power: readonly (readonly [number, number, number, number, number])[] = [
  [20, 0.4, 0.2, 0.05, 0.17370558536171593],
  [30, 0.3, 0, 0.05, 0.020884195905117708],
  [25, 0.6, -0.5, 0.1, 0.9716288518892704],
];

const invalid = { code: "invalidRequest" };

describe("the size of a test set", () => {
  it("is statsmodels's, for accuracies and for means", () => {
    for (const [difference, discordance, alpha, chance, items] of needed) {
      assert.equal(itemsNeeded(difference, discordance, { alpha, power: chance }), Math.ceil(items));
      const back = smallestDifference(items, discordance, { alpha, power: chance });
      close(back ?? Number.NaN, difference, `difference for ${items} items`);
    }
    for (const [difference, variance, alpha, chance, items] of neededForMeans) {
      assert.equal(itemsNeededForMeans(difference, variance, { alpha, power: chance }), Math.ceil(items));
      close(smallestMeanDifference(items, variance, { alpha, power: chance }), difference, "difference of means");
    }
  });

  it("is 969 questions in Miller's example", () => {
    // Miller 2024 §5: ω² = 1/9, no variance within questions, δ = 0.03, α = 0.05, power 0.8.
    assert.equal(itemsNeededForMeans(0.03, 1 / 9), 969);
  });

  it("and the smallest difference undo each other", () => {
    const share = fc.double({ min: 0.02, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 20_000 }), share, (items, discordance) => {
        const difference = smallestDifference(items, discordance);
        if (difference === null) return;
        assert.ok(difference > 0 && difference <= discordance);
        assert.ok(Math.abs(itemsNeeded(difference, discordance) - items) <= 1);
        const more = smallestDifference(2 * items, discordance) ?? Number.NaN;
        assert.ok(more < difference, "more items show less");
      }),
    );
  });

  it("is null where no difference could be shown", () => {
    assert.equal(smallestDifference(20, 0.05), null);
    assert.equal(smallestDifference(2, 1), null);
  });

  it("refuses what cannot be", () => {
    assert.throws(() => itemsNeeded(0, 0.1), invalid);
    assert.throws(() => itemsNeeded(0.2, 0.1), invalid);
    assert.throws(() => smallestDifference(100, 0), invalid);
    assert.throws(() => smallestDifference(100, 0.1, { power: 1 }), invalid);
    assert.throws(() => smallestDifference(100, 0.1, { power: 0.01 }), invalid);
  });
});

describe("the power of McNemar's test", () => {
  it("is the sum over all tables that SciPy gives", () => {
    for (const [items, discordance, difference, alpha, chance] of power) {
      close(mcnemarPower(items, discordance, difference, { alpha }), chance, `${items}, ${discordance}`);
    }
  });

  it("is near what the formulae promise, and never errs more than α where nothing differs", () => {
    for (const [items, discordance] of [
      [300, 0.2],
      [1000, 0.1],
      [2000, 0.3],
    ] as const) {
      const difference = smallestDifference(items, discordance) ?? Number.NaN;
      // The formula is a normal approximation of a test that is a little more careful.
      const exact = mcnemarPower(items, discordance, difference);
      const midP = mcnemarPower(items, discordance, difference, { method: "midP" });
      assert.ok(exact > 0.75 && exact < midP && midP < 0.83, `${items}: ${exact}, ${midP}`);
      assert.ok(mcnemarPower(items, discordance, 0) <= 0.05);
      close(mcnemarPower(items, discordance, -difference), exact, "the other way round");
    }
  });
});
