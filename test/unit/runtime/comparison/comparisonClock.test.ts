import assert from "node:assert/strict";
import { ComparisonClock, plannedTimes } from "../../../../src/runtime/comparison/comparisonClock";

describe("a comparison's clock", () => {
  const arm = (units: number, ms: number) => ({ name: "", choices: 1, units, ms });
  const times = plannedTimes({ arms: [arm(2, 200), arm(4, 4000), arm(0, 0)] });

  it("takes a unit's time from its arm's plan", () => {
    assert.deepEqual([0, 1, 2, 3].map(times), [100, 1000, 0, 0]);
  });

  it("corrects what is left by what was taken", () => {
    const clock = new ComparisonClock({ ms: 0, peakBytes: 0 }, times);
    assert.equal(clock.leftMs([0, 1]), 1100);
    clock.ran(0, 300, 5);
    assert.equal(clock.leftMs([0, 1]), 3300);
    clock.ran(1, 1900, 3);
    assert.equal(clock.leftMs([0, 1]), 2200);
    assert.equal(clock.leftMs([]), 0);
  });

  it("knows nothing where nothing was planned", () => {
    assert.equal(new ComparisonClock({ ms: 0, peakBytes: 0 }, () => 0).leftMs([0]), null);
  });

  it("goes on from what earlier processes took", () => {
    const clock = new ComparisonClock({ ms: 5000, peakBytes: 70 }, times);
    clock.ran(0, 1, 50);
    assert.ok(clock.cost.ms >= 5000 && clock.cost.ms < 60_000);
    assert.equal(clock.cost.peakBytes, 70);
    clock.ran(0, 1, 90);
    assert.equal(clock.cost.peakBytes, 90);
  });
});
