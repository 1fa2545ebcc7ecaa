import assert from "node:assert/strict";
import { reliabilityState } from "../../../../src/extension/inlineCompletions/reliability";
import {
  countAccepted,
  countRequest,
  countShown,
  emptyStatistics,
  type Statistics,
} from "../../../../src/extension/inlineCompletions/statistics";

const settings = { enabled: true, threshold: 0.5 };

/** Shown suggestions of these confidences, of which the first so many are accepted. */
function counted(groups: readonly (readonly [confidence: number, shown: number, accepted: number])[]): Statistics {
  let statistics = emptyStatistics();
  for (const [confidence, shown, accepted] of groups) {
    for (let i = 0; i < shown; i++) {
      statistics = countRequest(statistics, i % 2 ? "typescript" : "python", true, "2026-01-02T03:04:05Z");
      statistics = countShown(statistics, i % 2 ? "typescript" : "python", confidence);
      if (i < accepted) statistics = countAccepted(statistics, i % 2 ? "typescript" : "python", confidence);
    }
  }
  return statistics;
}

describe("reliability", () => {
  it("has no shares, and intervals from 0 to 1, before anything was counted", () => {
    const state = reliabilityState(emptyStatistics(), settings);
    assert.deepEqual(state.accepted, { successes: 0, trials: 0, share: null, low: 0, high: 1 });
    assert.equal(state.confidence, null);
    assert.equal(state.calibrationError, null);
    assert.equal(state.buckets.length, 10);
    assert.deepEqual(state.languages, []);
    assert.ok(state.outlook.every(({ kept }) => kept === null));
  });

  it("puts confidence and acceptance side by side, part by part", () => {
    const { buckets } = reliabilityState(
      counted([
        [0.25, 10, 1],
        [0.95, 20, 15],
      ]),
      settings,
    );
    const [low, high] = [buckets[2], buckets[9]];
    assert.equal(low?.accepted.share, 0.1);
    assert.ok(Math.abs((low?.confidence ?? 0) - 0.25) < 1e-12);
    assert.equal(high?.accepted.share, 0.75);
    assert.deepEqual([high?.from, high?.to], [0.9, 1]);
    // The roots of (15/20 − π)² = z² π (1 − π) / 20, in another program
    assert.ok(Math.abs((high?.accepted.low ?? 0) - 0.531299122381256) < 1e-12);
    assert.ok(Math.abs((high?.accepted.high ?? 0) - 0.8881382985923343) < 1e-12);
  });

  it("tells what each threshold would have let through, and kept of what was accepted", () => {
    const { outlook } = reliabilityState(
      counted([
        [0.25, 10, 1],
        [0.65, 10, 4],
        [0.95, 20, 15],
      ]),
      settings,
    );
    const at = (threshold: number) => outlook.find((row) => row.threshold === threshold);
    assert.deepEqual([at(0)?.accepted.trials, at(0)?.accepted.successes, at(0)?.kept], [40, 20, 1]);
    assert.deepEqual([at(0.3)?.accepted.trials, at(0.3)?.accepted.successes, at(0.3)?.kept], [30, 19, 0.95]);
    assert.deepEqual([at(0.7)?.accepted.trials, at(0.7)?.accepted.successes, at(0.7)?.kept], [20, 15, 0.75]);
    for (let i = 1; i < outlook.length; i++)
      assert.ok((outlook[i]?.accepted.trials ?? 0) <= (outlook[i - 1]?.accepted.trials ?? 0), "never more through");
  });

  it("sums to the total, in parts and in languages, most used first", () => {
    const state = reliabilityState(
      counted([
        [0.35, 9, 3],
        [1, 6, 6],
      ]),
      settings,
    );
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    assert.equal(state.accepted.trials, 15);
    assert.equal(sum(state.buckets.map(({ accepted }) => accepted.trials)), 15);
    assert.equal(sum(state.languages.map(({ accepted }) => accepted.successes)), state.accepted.successes);
    assert.deepEqual(
      state.languages.map(({ language }) => language),
      ["python", "typescript"],
    );
    assert.equal(state.since, "2026-01-02T03:04:05Z");
    assert.deepEqual([state.enabled, state.threshold], [true, 0.5]);
  });
});
