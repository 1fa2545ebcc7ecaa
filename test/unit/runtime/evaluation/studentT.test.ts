import assert from "node:assert/strict";
import fc from "fast-check";
import { meanInterval, studentQuantile } from "../../../../src/runtime/evaluation/studentT";

/** SciPy 1.17.1: scipy.stats.t.ppf(0.975, n), (0.95, n), (0.9995, n). */
const scipy: readonly (readonly [number, number, number, number])[] = [
  [1, 12.706204736174694, 6.313751514675037, 636.6192487687897],
  [2, 4.302652729749462, 2.9199855803537242, 31.599054576445365],
  [3, 3.1824463052837078, 2.3533634348018233, 12.923978636687961],
  [4, 2.7764451051977934, 2.1318467863266495, 8.610301581379522],
  [7, 2.364624251592784, 1.8945786050900062, 5.407882520861828],
  [10, 2.228138851986274, 1.8124611228116756, 4.586893858702708],
  [31, 2.039513446396408, 1.6955187825458649, 3.6334563497583714],
  [100, 1.9839715185235518, 1.6602343260853392, 3.390491311164263],
  [999, 1.9623414611334493, 1.646380345427535, 3.3002924403987666],
  [100_000, 1.9599877075346095, 1.6448688647849696, 3.2906240314119137],
];

describe("Student's t", () => {
  for (const [freedom, ...expected] of scipy) {
    it(`has SciPy's quantiles for ${freedom} degrees of freedom, to 1e-9 of each`, () => {
      for (const [i, p] of [0.975, 0.95, 0.9995].entries()) {
        const found = studentQuantile(p, freedom);
        const wanted = expected[i] ?? Number.NaN;
        assert.ok(Math.abs(found / wanted - 1) < 1e-9, `${p}: ${found}, SciPy ${wanted}`);
      }
    });
  }

  it("gives the interval of a mean that SciPy gives", () => {
    // SciPy 1.17.1: t.interval(0.95, 4, loc=mean, scale=sem) of these values.
    const { mean, interval } = meanInterval([-0.31, 0.12, -0.58, -0.07, -0.44]);
    assert.ok(Math.abs(mean - -0.256) < 1e-12);
    assert.ok(Math.abs((interval?.[0] ?? 0) - -0.605942242303927) < 1e-9, `${interval}`);
    assert.ok(Math.abs((interval?.[1] ?? 0) - 0.093942242303927) < 1e-9, `${interval}`);
    assert.deepEqual(meanInterval([0.5]), { mean: 0.5, interval: null });
  });

  it("is around the mean, wider for fewer values, and a point where all are equal", () => {
    const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(values, (list) => {
        const { mean, interval } = meanInterval(list);
        const [low, high] = interval ?? [Number.NaN, Number.NaN];
        assert.ok(low <= mean && mean <= high);
        const twice = meanInterval([...list, ...list]).interval ?? [Number.NaN, Number.NaN];
        assert.ok(twice[1] - twice[0] <= high - low + 1e-9);
      }),
    );
    assert.deepEqual(meanInterval([0, 0, 0]), { mean: 0, interval: [0, 0] });
  });
});
