import assert from "node:assert/strict";
import fc from "fast-check";
import {
  boolTensor,
  float32Tensor,
  int64Tensor,
  readFloat32,
  readInt64,
  Session,
} from "../../../../src/runtime/engine/session";
import { type Graph, GraphBuilder } from "../../../../src/runtime/graph/graph";
import { broadcastShapes, GraphError } from "../../../../src/runtime/graph/shapes";
import type { Value } from "../../../../src/runtime/graph/types";

type Feeds = Parameters<Session["run"]>[0];

async function run(graph: Graph, feeds: Feeds) {
  const session = await Session.create(graph, { name: "test", device: "cpu" });
  const outputs = await session.run(feeds, Object.fromEntries(graph.outputs.map(({ name }) => [name, null])));
  await session.release();
  return outputs;
}

const x23 = [-2, -0.5, 0, 0.25, 1, 3];

/** One operator over `[2, 3]`, and the same in plain JavaScript. */
const elementwise: Record<string, [(g: GraphBuilder, x: Value) => Value, (x: number) => number]> = {
  add: [(g, x) => g.add(x, g.scalar(2)), (x) => x + 2],
  sub: [(g, x) => g.sub(x, g.scalar(2)), (x) => x - 2],
  mul: [(g, x) => g.mul(x, x), (x) => x * x],
  div: [(g, x) => g.div(x, g.scalar(4)), (x) => x / 4],
  exp: [(g, x) => g.exp(x), Math.exp],
  relu: [(g, x) => g.relu(x), (x) => Math.max(0, x)],
  sigmoid: [(g, x) => g.sigmoid(x), (x) => 1 / (1 + Math.exp(-x))],
  neg: [(g, x) => g.neg(x), (x) => -x],
  reciprocal: [(g, x) => g.reciprocal(g.add(x, g.scalar(5))), (x) => 1 / (x + 5)],
  sqrt: [(g, x) => g.sqrt(g.mul(x, x)), Math.abs],
  floor: [(g, x) => g.floor(x), Math.floor],
  tanh: [(g, x) => g.tanh(x), Math.tanh],
  "gelu, exact": [(g, x) => g.gelu(x, "none"), (x) => x * normalCumulative(x)],
  erf: [(g, x) => g.erf(x), (x) => 2 * normalCumulative(x * Math.SQRT2) - 1],
  "min, max": [(g, x) => g.min(g.max(x, g.scalar(-1)), g.scalar(0.5)), (x) => Math.min(Math.max(x, -1), 0.5)],
  "less, not, and": [
    (g, x) => {
      const isBetween = g.and(g.less(x, g.scalar(1)), g.not(g.less(x, g.scalar(-0.5))));
      return g.where(isBetween, g.scalar(1), g.scalar(0));
    },
    (x) => (x < 1 && x >= -0.5 ? 1 : 0),
  ],
  "gelu with tanh": [
    (g, x) => g.gelu(x, "tanh"),
    (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  ],
  "where, greater": [(g, x) => g.where(g.greater(x, g.scalar(0)), x, g.scalar(-1)), (x) => (x > 0 ? x : -1)],
  "cast to and fro": [(g, x) => g.cast(g.cast(x, "int64"), "float32"), Math.trunc],
};

/** Φ by Simpson's rule. */
function normalCumulative(x: number): number {
  const n = 200;
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(x);
  for (let i = 1; i < n; i++) sum += (i % 2 === 0 ? 2 : 4) * density((i * x) / n);
  return 0.5 + (sum * x) / (3 * n);
}

describe("the graph language on onnxruntime", () => {
  for (const [name, [build, expected]] of Object.entries(elementwise)) {
    it(name, async () => {
      const g = new GraphBuilder();
      g.outputAs("y", build(g, g.input("x", "float32", ["rows", 3])));
      const y = readFloat32(await run(g.build(), { x: float32Tensor(Float32Array.from(x23), [2, 3]) }), "y");
      for (const [i, x] of x23.entries()) assert.ok(Math.abs((y[i] ?? 0) - expected(x)) < 1e-6, `${x}`);
    });
  }

  it("matrix products, plain and transposed", async () => {
    const g = new GraphBuilder();
    const [a, b] = [g.input("a", "float32", ["m", 3]), g.input("b", "float32", [3, 2])];
    const product = g.matMul(a, b);
    assert.deepEqual(product.shape, ["m", 2]);
    g.outputAs("ab", product);
    g.outputAs("same", g.matMulTransposed(a, g.transpose(b, [1, 0])));
    const feeds = {
      a: float32Tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]),
      b: float32Tensor(Float32Array.of(1, 0, 0, 1, 1, 1), [3, 2]),
    };
    const outputs = await run(g.build(), feeds);
    assert.deepEqual([...readFloat32(outputs, "ab")], [4, 5, 10, 11]);
    assert.deepEqual([...readFloat32(outputs, "same")], [4, 5, 10, 11]);
  });

  it("shapes: reshape, transpose, split, concat, slice, pad, unsqueeze, gather", async () => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", ["rows", 4]);
    const [left, right] = g.split(x, 1, [1, 3]);
    const swapped = g.concat([right, left], 1);
    const cut = g.slice(swapped, 1, 1, 3, 2);
    const padded = g.padLast(cut, 2);
    const columns = g.unsqueeze(g.gather(g.transpose(padded, [1, 0]), g.int64s([1, 0])), [0]);
    assert.deepEqual(columns.shape, [1, 2, "rows"]);
    g.outputAs("y", g.reshape(columns, [2, "rows"]));
    const outputs = await run(g.build(), { x: float32Tensor(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), [2, 4]) });
    assert.deepEqual([...readFloat32(outputs, "y")], [3, 7, 2, 6]);
  });

  it("softmax, its logarithm, layer norm, sums, top-k, gather along the last axis", async () => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", ["rows", 3]);
    g.outputAs("sum", g.sumLast(g.softmax(x)));
    g.outputAs("logsum", g.sumLast(g.exp(g.logSoftmax(x))));
    const [gain, bias] = [g.input("gain", "float32", [3]), g.input("bias", "float32", [3])];
    g.outputAs("norm", g.layerNormalization(x, gain, bias, 0));
    const [values, ids] = g.topK(x, g.int64s([2]));
    g.outputAs("values", values);
    g.outputAs("ids", ids);
    g.outputAs("picked", g.gatherLast(x, g.input("at", "int64", ["rows", 1])));
    const outputs = await run(g.build(), {
      x: float32Tensor(Float32Array.of(1, 3, 2, 6, 4, 5), [2, 3]),
      gain: float32Tensor(Float32Array.of(2, 2, 2), [3]),
      bias: float32Tensor(Float32Array.of(1, 1, 1), [3]),
      at: int64Tensor([2, 0], [2, 1]),
    });
    for (const name of ["sum", "logsum"])
      for (const sum of readFloat32(outputs, name)) assert.ok(Math.abs(sum - 1) < 1e-6);
    const spread = 2 * Math.sqrt(1.5);
    const expected = [1 - spread, 1 + spread, 1, 1 + spread, 1 - spread, 1];
    for (const [i, y] of readFloat32(outputs, "norm").entries()) assert.ok(Math.abs(y - (expected[i] ?? 0)) < 1e-5);
    assert.deepEqual([...readFloat32(outputs, "values")], [3, 2, 6, 5]);
    assert.deepEqual(readInt64(outputs, "ids"), [1, 2, 0, 2]);
    assert.deepEqual([...readFloat32(outputs, "picked")], [2, 6]);
  });

  it("products of stacks of matrices, transposed and scaled", async () => {
    const g = new GraphBuilder();
    const [a, b] = [g.input("a", "float32", ["n", "m", 2]), g.input("b", "float32", ["n", 3, 2])];
    const product = g.matMulTransposedBatch(a, b, 0.5);
    assert.deepEqual(product.shape, ["n", "m", 3]);
    g.outputAs("ab", product);
    const outputs = await run(g.build(), {
      a: float32Tensor(Float32Array.of(1, 2, 3, 4), [2, 1, 2]),
      b: float32Tensor(Float32Array.of(1, 0, 0, 1, 1, 1, 2, 0, 0, 2, 2, 2), [2, 3, 2]),
    });
    assert.deepEqual([...readFloat32(outputs, "ab")], [0.5, 1, 1.5, 3, 4, 7]);
  });

  it("products of transposed factors, with something added; sums and means; what is expanded and scattered", async () => {
    const g = new GraphBuilder();
    const [a, b] = [g.input("a", "float32", [3, 2]), g.input("b", "float32", [4, 3])];
    const product = g.gemm(
      a,
      b,
      { alpha: 2, beta: 3, transA: 1, transB: 1 },
      g.floats(Float32Array.of(1, 2, 3, 4), [4]),
    );
    assert.deepEqual(product.shape, [2, 4]);
    g.outputAs("gemm", product);
    const stacks = [g.unsqueeze(a, [0]), g.unsqueeze(b, [0])] as const;
    g.outputAs("fused", g.reshape(g.fusedMatMul(...stacks, { alpha: 2, transA: 1, transB: 1 }), [2, 4]));
    g.outputAs("sum", g.sum(a, [0], 1));
    g.outputAs("mean", g.mean(a, [0, 1], 0));
    g.outputAs("expanded", g.expand(g.sum(a, [0], 0), [2, 2]));
    const places = g.reshape(g.int64s([0, 0, 0, 2]), [2, 2]);
    g.outputAs("scattered", g.scatterAdd(a, places, g.floats(Float32Array.of(1, 2, 3, 4), [2, 2]), 0));
    g.outputAs("fetched", g.gatherElements(a, places, 0));
    const outputs = await run(g.build(), {
      a: float32Tensor(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]),
      b: float32Tensor(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1), [4, 3]),
    });
    const expected: Record<string, readonly number[]> = {
      gemm: [5, 12, 19, 30, 7, 14, 21, 36],
      fused: [2, 6, 10, 18, 4, 8, 12, 24],
      sum: [9, 12],
      mean: [3.5],
      expanded: [9, 12, 9, 12],
      scattered: [5, 4, 3, 4, 5, 10],
      fetched: [1, 2, 1, 6],
    };
    for (const [name, values] of Object.entries(expected))
      assert.deepEqual([...readFloat32(outputs, name)], values, name);
  });

  it("one of two branches, each with nodes and constants of its own and values from around it", async () => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", ["rows"]);
    const twice = g.mul(x, g.scalar(2));
    const wanted = g.input("wanted", "bool", []);
    const chosen = g.choose(
      wanted,
      () => g.reshape(g.add(twice, g.scalar(1)), ["rows", 1]),
      () =>
        g.choose(
          wanted,
          () => g.unsqueeze(x, [1]),
          () => g.unsqueeze(g.sub(twice, g.scalar(5)), [1]),
        ),
    );
    assert.deepEqual(chosen.shape, ["rows", 1]);
    g.outputAs("y", g.mul(chosen, g.scalar(10)));
    const graph = g.build();
    const given = async (value: boolean) =>
      readFloat32(await run(graph, { x: float32Tensor(Float32Array.of(1, 2), [2]), wanted: boolTensor(value) }), "y");
    assert.deepEqual([...(await given(true))], [30, 50]);
    assert.deepEqual([...(await given(false))], [-30, -10]);
    assert.throws(
      () =>
        g.choose(
          wanted,
          () => x,
          () => g.cast(x, "int64"),
        ),
      /float32 \[rows\] or int64 \[rows\]/,
    );
  });

  it("attention gives probabilities that sum to one and look at no later token", async () => {
    const g = new GraphBuilder();
    const [q, k, v] = ["q", "k", "v"].map((name) => g.input(name, "float32", [1, "t", 4])) as [Value, Value, Value];
    const { output, probabilities } = g.attention(q, k, v, null, { heads: 2, scale: 0.5 });
    g.outputAs("output", output);
    g.outputAs("probabilities", probabilities);
    const random = () =>
      float32Tensor(
        Float32Array.from({ length: 12 }, (_, i) => Math.sin(i * 7 + 1)),
        [1, 3, 4],
      );
    const p = readFloat32(await run(g.build(), { q: random(), k: random(), v: random() }), "probabilities");
    for (let row = 0; row < 6; row++) {
      const weights = p.slice(row * 3, row * 3 + 3);
      assert.ok(Math.abs(weights.reduce((a, b) => a + b) - 1) < 1e-6);
      assert.ok(weights.slice((row % 3) + 1).every((w) => w === 0));
    }
  });
});

describe("the graph builder", () => {
  it("refuses what does not fit, and says how", () => {
    const g = new GraphBuilder();
    const x = g.input("x", "float32", ["rows", 3]);
    assert.throws(
      () => g.matMul(x, g.input("w", "float32", [4, 2])),
      /matMul: cannot multiply \[rows, 3\] by \[4, 2\]/,
    );
    assert.throws(() => g.add(x, g.input("b", "float32", [2])), /add: cannot broadcast/);
    assert.throws(() => g.add(x, g.scalar(1, "int64")), /types differ/);
    assert.throws(() => g.reshape(x, ["rows", 4]), /cannot reshape/);
    assert.throws(() => g.split(x, 1, [1, 1]), /cannot split/);
    assert.throws(() => g.expand(x, [3]), /expand: cannot broadcast/);
    assert.throws(() => g.gemm(x, x, { transB: 1 }, g.floats(new Float32Array(2), [2])), /gemm: cannot broadcast/);
    assert.throws(() => g.scatterAdd(x, g.int64s([0]), x, 0), /cannot scatter \[rows, 3\] at \[1\] into \[rows, 3\]/);
    assert.throws(() => g.sum(x, [2], 0), /axis 2 is outside a rank-2 tensor/);
    assert.throws(() => g.transpose(x, [0, 0]), /does not permute/);
    assert.throws(() => g.input("x", "float32", []), /two values are called x/);
    assert.throws(() => new GraphBuilder().build(), GraphError);
    const quantized = () => {
      const matrix = { quants: g.input("quants", "uint8", [8, 1, 32]), scales: g.input("scales", "float32", [8, 1]) };
      const attributes = { K: 4, N: 8, bits: 8, block_size: 32, accuracy_level: 1 } as const;
      return g.matMulNBits(g.input("narrow", "float32", ["m", 4]), matrix, attributes);
    };
    assert.throws(quantized, /8 × 4 is as large as its block/);
  });

  it("stores a constant once", () => {
    const g = new GraphBuilder();
    assert.equal(g.scalar(2), g.scalar(2));
    assert.equal(g.int64s([1, 2]), g.int64s([1, 2]));
    assert.notEqual(g.scalar(2), g.scalar(2, "int64"));
  });

  it("broadcasts as NumPy does", () => {
    const dim = fc.constantFrom(1, 3, "batch");
    fc.assert(
      fc.property(fc.array(dim, { maxLength: 4 }), (shape) => {
        assert.deepEqual(broadcastShapes(shape, []), shape);
        assert.deepEqual(broadcastShapes(shape, shape), shape);
        assert.deepEqual(broadcastShapes([1, ...shape], shape), [1, ...shape]);
      }),
    );
    assert.deepEqual(broadcastShapes([2, 1, "t"], [5, 1]), [2, 5, "t"]);
    assert.throws(() => broadcastShapes([2], [3]), GraphError);
  });
});
