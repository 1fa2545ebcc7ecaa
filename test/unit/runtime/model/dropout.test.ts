import assert from "node:assert/strict";
import { float32Tensor, int64Tensor, readFloat32, Session } from "../../../../src/runtime/engine/session";
import { GraphBuilder } from "../../../../src/runtime/graph/graph";
import { DropoutMasks, dropoutInputs, dropoutOffsets, dropoutTable } from "../../../../src/runtime/model/dropout";

const shape = [40, 50, 50];
const count = 100_000;
const rates: Readonly<Record<string, number>> = { first: 0.1, second: 0.1, third: 0.5 };

/** Masks of the places in `rates`, as onnxruntime makes them. */
async function masks(seed: number, step: number, microBatch: number): Promise<Record<string, Float32Array>> {
  const g = new GraphBuilder();
  const made = new DropoutMasks(g);
  for (const [place, rate] of Object.entries(rates)) g.outputAs(place, made.mask(shape, place, rate));
  const { tableLength, lengths } = made.plan;
  const session = await Session.create(g.build(), { name: "masks", device: "cpu" });
  const outputs = await session.run(
    {
      [dropoutInputs.u]: float32Tensor(dropoutTable(seed, "u", tableLength), [tableLength]),
      [dropoutInputs.v]: float32Tensor(dropoutTable(seed, "v", tableLength), [tableLength]),
      [dropoutInputs.offsets]: int64Tensor(dropoutOffsets(made.plan, seed, step, microBatch), [lengths.length, 2, 2]),
    },
    Object.fromEntries(Object.keys(rates).map((place) => [place, null])),
  );
  await session.release();
  return Object.fromEntries(Object.keys(rates).map((place) => [place, readFloat32(outputs, place)]));
}

const dropped = (mask: Float32Array) => Array.from(mask, (x) => (x === 0 ? 1 : 0));
const share = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe("dropout", () => {
  let found: Record<string, Float32Array>;
  const mask = (place: string) => found[place] ?? assert.fail();
  before(async () => {
    found = await masks(7, 3, 1);
  });

  it("drops the share that is asked for, and scales the rest", () => {
    for (const [place, rate] of Object.entries(rates)) {
      // Five standard deviations.
      const allowed = 5 * Math.sqrt((rate * (1 - rate)) / count);
      assert.ok(Math.abs(share(dropped(mask(place))) - rate) < allowed, place);
      for (const x of mask(place)) assert.ok(x === 0 || x === Math.fround(1 / (1 - rate)), `${x}`);
    }
  });

  it("drops places, and neighbours in a place, independently", () => {
    const [a, b] = [dropped(mask("first")), dropped(mask("second"))];
    const both = (x: readonly number[], y: readonly number[], lag: number) =>
      share(x.map((v, i) => v * (y[i + lag] ?? 0)));
    const allowed = 5 * Math.sqrt(0.01 / count);
    assert.ok(Math.abs(both(a, b, 0) - 0.01) < allowed);
    for (const lag of [1, 2, 50, 2500]) assert.ok(Math.abs(both(a, a, lag) - 0.01) < allowed, `${lag} apart`);
  });

  it("is a function of seed, step and micro-batch", async () => {
    assert.deepEqual(await masks(7, 3, 1), found);
    for (const other of [await masks(8, 3, 1), await masks(7, 4, 1), await masks(7, 3, 0)])
      for (const place of Object.keys(rates)) assert.notDeepEqual(other[place], found[place]);
  });

  it("drops exactly the numbers below the rate", () => {
    const [u, v] = [dropoutTable(7, "u", 2 ** 18), dropoutTable(7, "v", 2 ** 18)];
    for (const rate of [0.1, 0.3, 0.5]) {
      const kept = Math.round((1 - rate) * 2 ** 23) / 2 ** 23;
      for (const [i, x] of u.entries()) {
        const sum = Math.fround(x + (v[i] ?? 0));
        assert.equal(sum, x + (v[i] ?? 0));
        const keep = Math.floor(Math.fround(sum + kept)) - Math.floor(sum);
        assert.equal(keep, (sum % 1) + kept >= 1 ? 1 : 0);
      }
    }
  });

  it("reads longer masks in stretches", () => {
    const g = new GraphBuilder();
    const made = new DropoutMasks(g);
    made.mask([2 ** 23 + 5], "long", 0.1);
    assert.deepEqual(made.plan.lengths, [2 ** 22, 2 ** 22, 5]);
    assert.equal(made.plan.tableLength, 2 ** 22 + 2 ** 20);
  });

  it("leaves a graph that drops nothing alone", () => {
    const g = new GraphBuilder();
    const made = new DropoutMasks(g);
    const x = g.input("x", "float32", [10]);
    assert.equal(made.apply(x, "place", 0), x);
    assert.deepEqual(made.plan, { tableLength: 0, lengths: [] });
  });

  it("makes longer tables of a seed begin with the shorter ones", () => {
    assert.deepEqual(dropoutTable(1, "u", 100), dropoutTable(1, "u", 1000).slice(0, 100));
    assert.notDeepEqual(dropoutTable(1, "u", 100), dropoutTable(1, "v", 100));
  });
});
