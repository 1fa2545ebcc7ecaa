import assert from "node:assert/strict";
import fc from "fast-check";
import { fitPowerLaw, interpolated, isotonic, powerLawAt } from "../../../../src/runtime/evaluation/curveFit";
import { close } from "./close";

const sizes = [16, 32, 64, 128, 256, 512, 1024];

describe("fits of a learning curve", () => {
  it("are SciPy's isotonic regression", () => {
    // SciPy 1.17.1: optimize.isotonic_regression.
    const expected = [
      0.5, 0.575, 0.575, 0.58, 0.675, 0.675, 0.8000000000000002, 0.8000000000000002, 0.8000000000000002,
    ];
    const found = isotonic([0.5, 0.6, 0.55, 0.58, 0.7, 0.65, 0.9, 0.8, 0.7]);
    for (const [i, value] of found.entries()) close(value, expected[i] ?? Number.NaN, `value ${i}`);
  });

  it("never fall, keep the mean, and leave a rising curve alone", () => {
    const value = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 12 }), (values) => {
        const found = isotonic(values);
        const rising = (of: readonly number[]) => of.every((v, i) => i === 0 || v >= (of[i - 1] ?? 0) - 1e-12);
        const sum = (of: readonly number[]) => of.reduce((total, v) => total + v, 0);
        assert.equal(found.length, values.length);
        assert.ok(rising(found));
        close(sum(found), sum(values), "sum");
        const sorted = [...values].sort((a, b) => a - b);
        for (const [i, v] of isotonic(sorted).entries()) close(v, sorted[i] ?? Number.NaN, "rising");
      }),
    );
  });

  it("are SciPy's power law", () => {
    // SciPy 1.17.1: optimize.curve_fit of a − b N^(−c); its sum of squares to 1e-9, its parameters to the root of that.
    const values = [0.52, 0.61, 0.66, 0.74, 0.775, 0.8, 0.815];
    const found = fitPowerLaw(sizes, values);
    const squares = sizes.reduce((sum, n, i) => sum + ((values[i] ?? 0) - powerLawAt(found, n)) ** 2, 0);
    close(squares, 0.0004982885068080292, "squares");
    close(found.asymptote, 0.8933047107760397, "asymptote", 1e-6);
    close(found.scale, 1.128645217586344, "scale", 1e-6);
    close(found.exponent, 0.39701758598560344, "exponent", 1e-6);
  });

  it("find the power law that there is", () => {
    const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    fc.assert(
      fc.property(between(0.6, 1), between(0.2, 2), between(0.2, 1.5), (asymptote, scale, exponent) => {
        const found = fitPowerLaw(
          sizes,
          sizes.map((n) => asymptote - scale * n ** -exponent),
        );
        close(found.asymptote, asymptote, "asymptote", 1e-4);
        close(found.exponent, exponent, "exponent", 1e-4);
      }),
      { numRuns: 50 },
    );
    close(fitPowerLaw(sizes, [7, 6, 5, 4, 3, 2, 1]).scale, 0, "a curve that falls");
  });

  it("are straight over the logarithm between points, and flat beyond", () => {
    const at = interpolated([10, 100, 1000], [0.5, 0.7, 0.8]);
    for (const [n, value] of [
      [1, 0.5],
      [10, 0.5],
      [Math.sqrt(1000), 0.6],
      [100, 0.7],
      [10 ** 2.5, 0.75],
      [5000, 0.8],
    ] as const) {
      close(at(n), value, `at ${n}`);
    }
  });
});
