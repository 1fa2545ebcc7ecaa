/** Functions for each operator that has a gradient, over random shapes; small, for they are compared with differences. */
import fc from "fast-check";
import type { GraphBuilder } from "../src/runtime/graph/graph";
import type { Value } from "../src/runtime/graph/types";

/** Where a function's inputs lie: away from places where it is not smooth. */
export type Domain = "any" | "positive" | "awayFromZero";

/** A function to differentiate, with shapes. */
export interface GradientFunction {
  /** Of its float32 inputs. */
  readonly shapes: readonly (readonly number[])[];
  readonly build: (g: GraphBuilder, ...inputs: readonly Value[]) => Value;
  readonly domain?: Domain;
}

/** Functions of one kind. */
export interface GradientCase {
  readonly name: string;
  readonly functions: fc.Arbitrary<GradientFunction>;
}

const length = fc.integer({ min: 1, max: 4 });
const shape = fc.array(length, { minLength: 1, maxLength: 3 });

/** A shape and one that broadcasts to it. */
const broadcast = shape.chain((full) =>
  fc
    .tuple(fc.nat({ max: full.length }), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }))
    .map(([dropped, ones]) => [full, full.slice(dropped).map((dim, i) => (ones[i] ? 1 : dim))] as const),
);

type Unary = (g: GraphBuilder, x: Value) => Value;
type Binary = (g: GraphBuilder, a: Value, b: Value) => Value;

function unary(name: string, build: Unary, domain: Domain = "any"): GradientCase {
  return { name, functions: shape.map((s) => ({ shapes: [s], domain, build: (g, x) => build(g, given(x)) })) };
}

function binary(name: string, build: Binary, domain: Domain = "any"): GradientCase {
  const functions = fc.tuple(broadcast, fc.boolean()).map(([[full, part], swapped]) => ({
    shapes: swapped ? [part, full] : [full, part],
    domain,
    build: (g: GraphBuilder, a?: Value, b?: Value) => build(g, given(a), given(b)),
  }));
  return { name, functions };
}

function given(value: Value | undefined): Value {
  if (!value) throw new TypeError("an input is missing");
  return value;
}

const sizes = (count: number) => fc.array(length, { minLength: count, maxLength: count });

/** Shapes of a and b as the product wants them, transposed or not. */
const products = fc
  .record({ mkn: sizes(3), batch: fc.array(length, { maxLength: 2 }), transA: fc.boolean(), transB: fc.boolean() })
  .map(({ mkn: [m = 1, k = 1, n = 1], batch, transA, transB }) => ({
    batch,
    a: transA ? [k, m] : [m, k],
    b: transB ? [n, k] : [k, n],
    options: { transA: transA ? 1 : 0, transB: transB ? 1 : 0 } as const,
  }));

const matrixCases: readonly GradientCase[] = [
  {
    name: "matMul of a stack and a matrix",
    functions: products.map(({ batch, a, b, options: { transA, transB } }) => ({
      shapes: [[...batch, ...(transA ? a.toReversed() : a)], transB ? b.toReversed() : b],
      build: (g, x, w) => g.matMul(given(x), given(w)),
    })),
  },
  {
    name: "matMul of stacks, broadcast",
    functions: fc.tuple(products, fc.boolean()).map(([{ batch, a, b, options }, ones]) => ({
      shapes: [
        [...batch, ...(options.transA ? a.toReversed() : a)],
        [...batch.map((dim) => (ones ? 1 : dim)), ...(options.transB ? b.toReversed() : b)],
      ],
      build: (g, x, w) => g.matMul(given(x), given(w)),
    })),
  },
  {
    name: "matMul of a matrix and a stack",
    functions: products.map(({ batch, a, b, options: { transA, transB } }) => ({
      shapes: [transA ? a.toReversed() : a, [...batch, ...(transB ? b.toReversed() : b)]],
      build: (g, x, w) => g.matMul(given(x), given(w)),
    })),
  },
  {
    name: "fusedMatMul",
    functions: fc.tuple(products, fc.constantFrom("stacks", "matrix")).map(([{ batch, a, b, options }, second]) => ({
      shapes: [
        [...batch, ...a],
        [...(second === "stacks" ? batch : []), ...b],
      ],
      build: (g, x, w) => g.fusedMatMul(given(x), given(w), { alpha: 0.7, ...options }),
    })),
  },
  {
    name: "gemm",
    functions: fc.tuple(products, fc.constantFrom("none", "row", "full", "scalar")).map(([{ a, b, options }, c]) => {
      const [m = 1, n = 1] = [options.transA ? a[1] : a[0], options.transB ? b[0] : b[1]];
      const ofC = { none: [], row: [[n]], full: [[m, n]], scalar: [[1]] }[c];
      return {
        shapes: [a, b, ...ofC],
        build: (g, x, w, bias) => g.gemm(given(x), given(w), { alpha: 0.7, beta: bias ? 1.5 : 1, ...options }, bias),
      };
    }),
  },
];

const rowCases: readonly GradientCase[] = [
  {
    name: "layerNormalization",
    functions: fc.tuple(fc.array(length, { maxLength: 2 }), fc.integer({ min: 2, max: 6 })).map(([rows, width]) => ({
      shapes: [[...rows, width], [width], [width]],
      build: (g, x, gain, bias) => g.layerNormalization(given(x), given(gain), given(bias), 0.1),
    })),
  },
  unary("softmax", (g, x) => g.softmax(x)),
  unary("logSoftmax", (g, x) => g.logSoftmax(x)),
  ...(["sum", "mean"] as const).map((name) => ({
    name: `${name} over axes`,
    functions: fc
      .tuple(shape, fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), fc.constantFrom(0 as const, 1 as const))
      .map(([s, chosen, keepdims]) => {
        const axes = s.flatMap((_, axis) => (chosen[axis] ? [axis] : []));
        return {
          shapes: [s],
          build: (g: GraphBuilder, x?: Value) => g[name](given(x), axes.length > 0 ? axes : [-1], keepdims),
        };
      }),
  })),
];

const movingCases: readonly GradientCase[] = [
  unary("reshape", (g, x) => g.reshape(x, [x.shape.reduce<number>((n, dim) => n * Number(dim), 1)])),
  unary("transpose", (g, x) => g.transpose(x, x.shape.map((_, i) => i).reverse())),
  {
    name: "transpose in a circle",
    functions: sizes(3).map((s) => ({ shapes: [s], build: (g, x) => g.transpose(given(x), [1, 2, 0]) })),
  },
  unary("unsqueeze", (g, x) => g.unsqueeze(x, [0, x.shape.length + 1])),
  {
    name: "expand",
    functions: broadcast.map(([full, part]) => ({ shapes: [part], build: (g, x) => g.expand(given(x), [...full]) })),
  },
  {
    name: "gather",
    functions: fc
      .tuple(
        shape,
        fc.nat(),
        fc.array(fc.array(fc.nat(), { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 3 }),
      )
      .map(([s, which, places]) => {
        const axis = which % s.length;
        const at = places.flat().map((place) => place % (s[axis] ?? 1));
        const indices = (g: GraphBuilder) => g.reshape(g.int64s(at), [places.length, 2]);
        return { shapes: [s], build: (g: GraphBuilder, x?: Value) => g.gather(given(x), indices(g), axis) };
      }),
  },
  {
    name: "gather along the last axis",
    functions: fc
      .tuple(length, length, fc.array(fc.nat(), { minLength: 16, maxLength: 16 }))
      .map(([rows, width, at]) => ({
        shapes: [[rows, width]],
        build: (g, x) =>
          g.gatherLast(given(x), g.reshape(g.int64s(at.slice(0, rows * 2).map((place) => place % width)), [rows, 2])),
      })),
  },
  {
    name: "gather and scatterAdd along the first axis",
    functions: fc.tuple(length, length).map(([rows, width]) => {
      const places = (g: GraphBuilder) =>
        g.reshape(g.int64s(Array.from({ length: 2 * width }, (_, i) => (i * i) % rows)), [2, width]);
      return {
        shapes: [
          [rows, width],
          [2, width],
        ],
        build: (g: GraphBuilder, x?: Value, updates?: Value) =>
          g.gatherElements(g.scatterAdd(given(x), places(g), given(updates), 0), places(g), 0),
      };
    }),
  },
  {
    name: "scatterAdd along the last axis",
    functions: fc
      .tuple(length, length, fc.array(fc.nat(), { minLength: 16, maxLength: 16 }))
      .map(([rows, width, at]) => {
        const places = at.slice(0, rows * 2).map((place) => place % width);
        return {
          shapes: [
            [rows, width],
            [rows, 2],
          ],
          build: (g: GraphBuilder, x?: Value, updates?: Value) =>
            g.scatterAdd(given(x), g.reshape(g.int64s(places), [rows, 2]), given(updates), 1),
        };
      }),
  },
  {
    name: "pad",
    functions: fc.tuple(shape, fc.nat(), fc.nat(2), fc.nat(2)).map(([s, which, before, after]) => {
      const axis = which % s.length;
      const padding = { before, after, fill: 3, length: before + (s[axis] ?? 1) + after };
      return { shapes: [s], build: (g: GraphBuilder, x?: Value) => g.pad(given(x), axis, padding) };
    }),
  },
  {
    name: "slice",
    functions: fc.tuple(shape, fc.nat(), fc.nat(), fc.nat(), fc.boolean()).map(([s, which, from, count, fromEnd]) => {
      const axis = which % s.length;
      const dim = s[axis] ?? 1;
      const start = from % dim;
      const taken = 1 + (count % (dim - start));
      const begin = fromEnd ? start - dim : start;
      const end = start + taken === dim ? 2 ** 31 - 1 : start + taken;
      return { shapes: [s], build: (g: GraphBuilder, x?: Value) => g.slice(given(x), axis, begin, end, taken) };
    }),
  },
  {
    name: "concat",
    functions: fc.tuple(shape, fc.nat(), length).map(([s, which, other]) => {
      const axis = which % s.length;
      const shapes = [s, s.with(axis, other)];
      return {
        shapes,
        build: (g: GraphBuilder, a?: Value, b?: Value) => g.concat([given(a), given(b), given(a)], axis),
      };
    }),
  },
  {
    name: "split, of which one part is not used",
    functions: fc.tuple(shape, fc.nat(), sizes(3)).map(([s, which, parts]) => {
      const axis = which % s.length;
      const sum = parts.reduce((a, b) => a + b);
      const build = (g: GraphBuilder, x?: Value) => {
        const [first, , last] = g.split(given(x), axis, parts);
        return g.concat([given(last), g.exp(given(first))], axis);
      };
      return { shapes: [s.with(axis, sum)], build };
    }),
  },
];

const attentionSizes = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    queries: length,
    heads: fc.integer({ min: 1, max: 2 }),
    size: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ batch, queries, heads, size }) => ({ shape: [batch, queries, heads * size], heads }));

const attentionCases: readonly GradientCase[] = [
  {
    name: "attention",
    functions: attentionSizes.map(({ shape, heads }) => ({
      shapes: [shape, shape, shape],
      build: (g, q, k, v) => g.attention(given(q), given(k), given(v), null, { heads, scale: 0.6 }).output,
    })),
  },
  {
    name: "attention with a mask, and its probabilities",
    functions: attentionSizes.map(({ shape: [batch = 1, queries = 1, width = 1], heads }) => ({
      shapes: [...Array.from({ length: 3 }, () => [batch, queries, width]), [batch, 1, queries, queries]],
      build: (g, q, k, v, mask) => {
        const options = { heads, scale: 0.6 };
        const { output, probabilities } = g.attention(given(q), given(k), given(v), given(mask), options);
        return g.concat([g.reshape(output, [batch * queries * width]), flat(g, probabilities)], 0);
      },
    })),
  },
];

function flat(g: GraphBuilder, x: Value): Value {
  return g.reshape(x, [x.shape.reduce<number>((n, dim) => n * Number(dim), 1)]);
}

/** All of them. */
export const gradientCases: readonly GradientCase[] = [
  binary("add", (g, a, b) => g.add(a, b)),
  binary("sub", (g, a, b) => g.sub(a, b)),
  binary("mul", (g, a, b) => g.mul(a, b)),
  binary("div", (g, a, b) => g.div(a, b), "positive"),
  binary("min", (g, a, b) => g.min(a, g.mul(b, g.scalar(-1))), "positive"),
  binary("max", (g, a, b) => g.max(a, g.mul(b, g.scalar(-1))), "positive"),
  unary("neg", (g, x) => g.neg(x)),
  unary("reciprocal", (g, x) => g.reciprocal(x), "positive"),
  unary("sqrt", (g, x) => g.sqrt(x), "positive"),
  unary("exp", (g, x) => g.exp(x)),
  unary("log", (g, x) => g.log(x), "positive"),
  unary("relu", (g, x) => g.relu(x), "awayFromZero"),
  unary("sigmoid", (g, x) => g.sigmoid(x)),
  unary("tanh", (g, x) => g.tanh(x)),
  unary("erf", (g, x) => g.erf(x)),
  unary("gelu, exact", (g, x) => g.gelu(x, "none")),
  unary("gelu with tanh", (g, x) => g.gelu(x, "tanh")),
  binary("where", (g, a, b) => g.where(g.greater(a, g.scalar(0)), g.mul(a, a), b), "awayFromZero"),
  unary("cast", (g, x) => g.cast(g.cast(g.mul(x, x), "float32"), "float32")),
  unary("a value used several times", (g, x) => g.mul(g.add(x, g.exp(x)), g.sigmoid(x))),
  ...matrixCases,
  ...rowCases,
  ...movingCases,
  ...attentionCases,
];

/** Sizes at which devices take other kernels than for a few numbers. */
export const largeGradientCases: readonly (GradientFunction & { readonly name: string })[] = [
  ...[1, 2].map((bits) => {
    const options = { transA: bits & 1 ? 1 : 0, transB: bits & 2 ? 1 : 0 } as const;
    return {
      name: `gemm ${JSON.stringify(options)}`,
      shapes: [options.transA ? [48, 70] : [70, 48], options.transB ? [36, 48] : [48, 36]],
      build: (g: GraphBuilder, a?: Value, b?: Value) => g.gemm(given(a), given(b), options),
    };
  }),
  {
    name: "matMul of a stack and a matrix",
    shapes: [
      [2, 40, 48],
      [48, 144],
    ],
    build: (g, a, b) => g.matMul(given(a), given(b)),
  },
  {
    name: "matMul of stacks",
    shapes: [
      [2, 3, 40, 16],
      [2, 3, 16, 70],
    ],
    build: (g, a, b) => g.matMul(given(a), given(b)),
  },
  {
    name: "layerNormalization",
    shapes: [[2, 40, 96], [96], [96]],
    build: (g, x, gain, bias) => g.layerNormalization(given(x), given(gain), given(bias), 1e-5),
  },
  { name: "softmax", shapes: [[2, 3, 40, 70]], build: (g, x) => g.softmax(given(x)) },
  { name: "gelu with tanh", shapes: [[70, 144]], build: (g, x) => g.gelu(given(x), "tanh") },
  { name: "gelu, exact", shapes: [[70, 144]], build: (g, x) => g.gelu(given(x), "none") },
  { name: "a bias", shapes: [[2, 40, 144], [144]], build: (g, x, bias) => g.add(given(x), given(bias)) },
  {
    name: "rows looked up",
    shapes: [[50, 48]],
    build: (g, x) =>
      g.gather(given(x), g.reshape(g.int64s(Array.from({ length: 80 }, (_, i) => (i * i) % 50)), [2, 40])),
  },
];
