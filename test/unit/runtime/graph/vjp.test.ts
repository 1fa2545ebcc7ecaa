/** Every rule against central differences, and what is refused. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { float32Tensor, readFloat32, Session } from "../../../../src/runtime/engine/session";
import { gradients, vjp } from "../../../../src/runtime/graph/autodiff";
import { GraphBuilder } from "../../../../src/runtime/graph/graph";
import { GraphError } from "../../../../src/runtime/graph/shapes";
import { vjps } from "../../../../src/runtime/graph/vjp";
import { seededRandom } from "../../../../src/runtime/random";
import { gradientCases } from "../../../gradientCases";
import { type Differentiated, differentiate, makeInputs } from "../../../gradientGraph";

const tolerance = { rtol: 2e-3, atol: 2e-4 };
const step = 0.02;

describe("gradients against central differences", function () {
  // Hundreds of runs each.
  this.timeout(120_000);
  const seen = new Set<string>();
  for (const { name, functions } of gradientCases)
    it(name, async () => {
      await fc.assert(
        fc.asyncProperty(functions, fc.nat({ max: 1000 }), async (f, seed) => {
          const random = seededRandom(seed);
          const differentiated = differentiate(f);
          for (const { op } of differentiated.graph.nodes) seen.add(op);
          const session = await Session.create(differentiated.graph, { name: "gradients", device: "cpu" });
          try {
            await compare(session, differentiated, makeInputs(f, random), random);
          } finally {
            await session.release();
          }
        }),
        { numRuns: 12, seed: 1 },
      );
    });

  it("leave out no operator that has a rule", () => {
    const without = Object.entries(vjps).flatMap(([op, rule]) => ("none" in rule || seen.has(op) ? [] : [op]));
    assert.deepEqual(without, []);
  });
});

/** Σ w·y is differentiated by every number of every input; sums are in double precision, the steps of fourth order. */
async function compare(
  session: Session,
  { inputs, output, gradients }: Differentiated,
  values: readonly Float32Array[],
  random: () => number,
): Promise<void> {
  const weights = Float32Array.from(
    { length: output.shape.reduce<number>((n, dim) => n * Number(dim), 1) },
    () => 2 * random() - 1,
  );
  const feeds = () => ({
    ...Object.fromEntries(
      inputs.map(({ name, shape }, i) => [name, float32Tensor(values[i] ?? new Float32Array(), shape.map(Number))]),
    ),
    weights: float32Tensor(weights, output.shape.map(Number)),
  });
  const weighted = async () => {
    const y = readFloat32(await session.run(feeds(), { y: null }), "y");
    return y.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0);
  };
  const found = await session.run(feeds(), Object.fromEntries(gradients.map((name) => [name, null])));
  for (const [i, name] of gradients.entries()) {
    const data = values[i] ?? assert.fail();
    for (const [at, gradient] of readFloat32(found, name).entries()) {
      const original = data[at] ?? 0;
      const moved = async (by: number) => {
        data[at] = original + by;
        return weighted();
      };
      const near = (await moved(step)) - (await moved(-step));
      const far = (await moved(2 * step)) - (await moved(-2 * step));
      data[at] = original;
      const expected = (8 * near - far) / (12 * step);
      const allowed = tolerance.atol + tolerance.rtol * Math.abs(expected);
      assert.ok(Math.abs(gradient - expected) <= allowed, `${name}[${at}] is ${gradient}, not ${expected}`);
    }
  }
}

describe("differentiation", () => {
  it("gives null, or throws, where nothing hangs on a value", () => {
    const g = new GraphBuilder();
    const [x, unused] = [g.input("x", "float32", [2]), g.input("unused", "float32", [2])];
    const loss = g.sum(g.mul(x, x), [0], 0);
    assert.equal(vjp(g, [{ value: loss, gradient: g.scalar(1) }], [unused])[0], null);
    assert.throws(() => gradients(g, loss, [x, unused]), /does not hang on unused/);
    assert.throws(() => gradients(g, x, [x]), /a loss is float32 \[\], not float32 \[2\]/);
  });

  it("refuses operators without a rule, and says why, but only on the way", () => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", [2, 2]);
    const largest = g.sum(g.maxLast(x), [0, 1], 0);
    assert.throws(
      () => gradients(g, largest, [x]),
      new GraphError("reduceMax has no gradient: which value is the largest changes in steps"),
    );
    const other = g.input("other", "float32", [2, 1]);
    assert.deepEqual(gradients(g, g.sum(g.mul(g.maxLast(x), other), [0, 1], 0), [other])[0]?.shape, [2, 1]);
  });

  it("adds no node for values that no gradient is wanted of", () => {
    const g = new GraphBuilder();
    const [x, w] = [g.input("x", "float32", [2, 3]), g.input("w", "float32", [3, 4])];
    const loss = g.sum(g.matMul(x, w), [0, 1], 0);
    const before = g.nodes.length;
    gradients(g, loss, [w]);
    assert.deepEqual(g.nodes.slice(before).filter(({ op }) => op === "gemm").length, 1);
  });

  it("takes the gradients that are put in for constants, and what is made of them", () => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", [2]);
    const gradient = g.expandLike(g.maxLast(x), x); // the largest has no gradient itself
    const y = g.add(x, g.mul(gradient, g.scalar(0)));
    const before = g.nodes.length;
    assert.deepEqual(vjp(g, [{ value: y, gradient }], [x]), [gradient]);
    assert.equal(g.nodes.length, before);
  });

  it("sees what is read inside branches", () => {
    const g = new GraphBuilder();
    const [x, wanted] = [g.input("x", "float32", []), g.input("wanted", "bool", [])];
    const loss = g.choose(
      wanted,
      () => g.exp(x),
      () => g.neg(x),
    );
    assert.throws(() => gradients(g, loss, [x]), /choose has no gradient/);
  });
});
