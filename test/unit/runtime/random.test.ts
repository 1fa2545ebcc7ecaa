import assert from "node:assert/strict";
import { fillNormal, longRandom, seededRandom } from "../../../src/runtime/random";

describe("longRandom", () => {
  it("is xoshiro128**", () => {
    // From a Python transcription of the authors' program, which gives their numbers for the state 1, 2, 3, 4.
    const random = longRandom(7);
    const found = Array.from({ length: 6 }, () => random() * 2 ** 32);
    assert.deepEqual(found, [3777697375, 1039823802, 1432967622, 912242709, 750576671, 1334624284]);
  });

  it("gives other numbers for another seed", () => {
    assert.notEqual(longRandom(0)(), longRandom(1)());
  });
});

describe("fillNormal", () => {
  it("has the moments and the tails of a normal distribution", () => {
    for (const random of [seededRandom(3), longRandom(3)]) {
      const values = new Float32Array(200_000);
      fillNormal(values, 2, random);
      const mean = (power: number) => values.reduce((sum, x) => sum + (x / 2) ** power, 0) / values.length;
      assert.ok(Math.abs(mean(1)) < 0.01 && Math.abs(mean(2) - 1) < 0.015, `${mean(1)}, ${mean(2)}`);
      assert.ok(Math.abs(mean(3)) < 0.03 && Math.abs(mean(4) - 3) < 0.1, `${mean(3)}, ${mean(4)}`);
      const beyond = values.filter((x) => Math.abs(x) > 2 * 1.959964).length / values.length;
      assert.ok(Math.abs(beyond - 0.05) < 0.003, `${beyond} beyond 1.96 deviations`);
    }
  });

  it("fills an odd length, with no pair alike", () => {
    const values = new Float32Array(7);
    fillNormal(values, 1, longRandom(1));
    assert.equal(new Set(values).size, 7);
    assert.ok(!values.includes(0));
  });
});
