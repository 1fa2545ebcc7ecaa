import assert from "node:assert/strict";
import fc from "fast-check";
import { batchPrior, calibrate, calibratedShares, contentFreePrior } from "../../../../src/runtime/prompt/calibration";
import { scoreCandidates, softmax } from "../../../../src/runtime/prompt/scoringRules";

const close = (found: readonly number[], expected: readonly number[], tolerance = 1e-9) => {
  assert.equal(found.length, expected.length);
  for (const [i, x] of found.entries())
    assert.ok(Math.abs(x - (expected[i] ?? 0)) <= tolerance, `${found} is not ${expected}`);
};
const logs = (values: readonly number[]) => values.map(Math.log);
const normalized = (values: readonly number[]) => values.map((x) => x / values.reduce((a, b) => a + b, 0));

/** Zhao et al. 2021 as its code does it, in plain probabilities. */
function zhao(contentFree: readonly (readonly number[])[], probabilities: readonly number[]): number[] {
  const mean = probabilities.map(
    (_, c) => contentFree.reduce((sum, row) => sum + (row[c] ?? 0), 0) / contentFree.length,
  );
  const prior = normalized(mean);
  return normalized(normalized(probabilities).map((p, c) => p / (prior[c] ?? 1)));
}

const probability = fc.double({ min: 1e-6, max: 1, noNaN: true });
const row = fc.tuple(probability, probability, probability);

describe("contextual calibration", () => {
  it("is that of the paper, from label probabilities that do not sum to 1", () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), row, (contentFree, probabilities) => {
        const prior = contentFreePrior(contentFree.map(logs));
        close(calibratedShares(logs(probabilities), prior), zhao(contentFree, probabilities), 1e-8);
      }),
    );
  });

  it("weighs a content-free input by how probable it makes the labels at all", () => {
    close(contentFreePrior([logs([0.08, 0.02]), logs([0.001, 0.009])]).map(Math.exp), [0.081 / 0.11, 0.029 / 0.11]);
  });

  it("makes the content-free input itself undecided", () => {
    const scores = logs([0.3, 0.1, 0.02]);
    close(calibratedShares(scores, contentFreePrior([scores])), [1 / 3, 1 / 3, 1 / 3]);
  });

  it("works where probabilities are too small to be numbers", () => {
    const prior = contentFreePrior([[-2000, -2001]]);
    close(calibratedShares([-1000, -1000], prior), softmax([0, 1]), 1e-9);
  });

  it("keeps the shares before it beside those after it", () => {
    const answers = [0.6, 0.4].map((p, i) => ({
      answer: `${i}`,
      words: [{ text: " x", logprob: Math.log(p), tokens: 1 }],
    }));
    const [first, second] = calibrate(scoreCandidates("sum", answers), logs([0.75, 0.25]));
    close([first?.probability ?? 0, second?.probability ?? 0], [0.6, 0.4]);
    close([first?.calibrated ?? 0, second?.calibrated ?? 0], normalized([0.6 / 0.75, 0.4 / 0.25]));
  });
});

describe("batch calibration", () => {
  it("divides by the mean of the shares over the inputs (Zhou et al. 2023)", () => {
    const inputs = [
      [0.08, 0.02],
      [0.3, 0.7],
    ];
    const prior = batchPrior(inputs.map(logs));
    close(prior.map(Math.exp), [0.55, 0.45]);
    close(calibratedShares(logs([0.3, 0.7]), prior), normalized([0.3 / 0.55, 0.7 / 0.45]));
  });

  it("leaves nothing of one input alone", () => {
    const scores = logs([0.9, 0.05]);
    close(calibratedShares(scores, batchPrior([scores])), [0.5, 0.5]);
  });
});
