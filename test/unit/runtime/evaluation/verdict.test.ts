import assert from "node:assert/strict";
import fc from "fast-check";
import { type Difference, verdict } from "../../../../src/runtime/evaluation/verdict";

const base: Difference = { first: "LoRA", second: "16-shot", estimate: 0.042, interval: [0.011, 0.073] };

describe("a verdict", () => {
  it("says who is better, by how much, and how sure", () => {
    assert.deepEqual(verdict(base), {
      kind: "firstBetter",
      words: "LoRA is better than 16-shot by 4.2 points (95 %: 1.1 to 7.3).",
    });
    assert.deepEqual(verdict({ ...base, estimate: -0.042, interval: [-0.073, -0.011], level: 0.99 }), {
      kind: "secondBetter",
      words: "16-shot is better than LoRA by 4.2 points (99 %: 1.1 to 7.3).",
    });
  });

  it("turns round where less is better", () => {
    const loss = { ...base, estimate: -0.25, interval: [-0.4, -0.125], unit: "number", better: "lower" } as const;
    assert.deepEqual(verdict(loss), {
      kind: "firstBetter",
      words: "LoRA is better than 16-shot by 0.250 (95 %: 0.125 to 0.400).",
    });
  });

  it("is not decisive where the interval holds 0, and says what could have been shown", () => {
    const open = { ...base, estimate: 0.012, interval: [-0.009, 0.033] } as const;
    const words = "Not decisive: LoRA minus 16-shot is 1.2 points (95 %: −0.9 to 3.3, which holds 0).";
    assert.deepEqual(verdict(open), { kind: "notDecisive", words });
    assert.equal(
      verdict({ ...open, smallest: 0.031 }).words,
      `${words} This test set could show a difference of 3.1 points or more.`,
    );
    assert.equal(
      verdict({ ...open, smallest: null }).words,
      `${words} This test set is too small to show any difference between them.`,
    );
    assert.equal(
      verdict({ ...open, unit: "number", smallest: 0.031 }).words,
      "Not decisive: LoRA minus 16-shot is 0.0120 (95 %: −0.00900 to 0.0330, which holds 0). " +
        "This test set could show a difference of 0.0310 or more.",
    );
    assert.equal(verdict({ ...open, interval: [0, 0.1] }).kind, "notDecisive");
  });

  it("is decisive exactly where 0 lies outside, and turns round with the arms", () => {
    const number = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const { kind } = verdict({ ...base, interval: [low, high] });
        assert.equal(kind === "notDecisive", low <= 0 && high >= 0);
        const turned = verdict({ ...base, first: "16-shot", second: "LoRA", interval: [-high, -low] }).kind;
        const opposite = { firstBetter: "secondBetter", secondBetter: "firstBetter", notDecisive: "notDecisive" };
        assert.equal(turned, opposite[kind]);
      }),
    );
  });

  it("refuses what is no interval", () => {
    assert.throws(() => verdict({ ...base, interval: [1, 0] }), { code: "invalidRequest" });
    assert.throws(() => verdict({ ...base, interval: [Number.NaN, 0] }), { code: "invalidRequest" });
  });
});
