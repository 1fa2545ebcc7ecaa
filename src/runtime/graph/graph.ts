/**
 * The graph language: typed values and the operators that join them. A `GraphBuilder` says a computation once; `onnx.ts`
 * writes it as an ONNX model. Knows no GPT.
 */
import { type Branch, type Node, type Op, type OperatorAttributes, operators } from "./operators";
import { GraphError } from "./shapes";
import type { Dim, DType, ExternalData, Initializer, TensorType, Value } from "./types";

/** A result of a graph. It gets its public name when the graph is written, with no copy: caches are updated in place. */
export interface GraphOutput {
  readonly name: string;
  readonly value: Value;
}

/** A finished computation. Nodes stand in an order in which they can run. */
export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly GraphOutput[];
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
}

/** A matrix [N, K] in whole numbers of few bits. */
export interface Quantized {
  /** uint8 [N, blocks, bytes of a block]. */
  readonly quants: Value;
  /** float32 [N, blocks]. */
  readonly scales: Value;
}

/** A place or a count: known, or an int64 value of shape [1]. */
export type Bound = number | Value;

/** How to pad an axis. */
export interface Padding {
  readonly before: Bound;
  readonly after: Bound;
  readonly fill: number;
  /** Length of the axis afterwards. */
  readonly length: Dim;
}

/** How much is cached, and what new tokens see. */
export interface CacheLengths {
  /** Cached and new tokens less one, int32 `[batch]`. */
  readonly seqlensK: Value;
  /** Cached and new tokens, int32 scalar. */
  readonly total: Value;
  /** Added to the scores, `[1, 1, sequence, cached + sequence]`. */
  readonly bias: Value;
}

/** Builds a `Graph`. Its methods add one node each and return its output; shapes are checked as they are called. */
export class GraphBuilder {
  readonly #inputs: Value[] = [];
  readonly #outputs: GraphOutput[] = [];
  #nodes: Node[] = [];
  readonly #initializers = new Map<string, Initializer>();
  readonly #names = new Set<string>();

  /** A tensor that is given when the graph runs. */
  input(name: string, dtype: DType, shape: readonly Dim[]): Value {
    const value = this.#declare(name, { dtype, shape });
    this.#inputs.push(value);
    return value;
  }

  /** A tensor whose bytes stand in a file. */
  external(name: string, dtype: DType, shape: readonly number[], data: ExternalData): Value {
    const value = this.#declare(name, { dtype, shape });
    this.#initializers.set(name, { kind: "external", value, data });
    return value;
  }

  /** Constant 64-bit integers, shape `[n]`. The same list is stored once. */
  int64s(list: readonly number[]): Value {
    return this.#constant(`int64s_${list.join("_")}`, "int64", [list.length], BigInt64Array.from(list, BigInt));
  }

  /** A constant number of shape `[]`. */
  scalar(x: number, dtype: "float32" | "int64" = "float32"): Value {
    const data = dtype === "float32" ? Float32Array.of(x) : BigInt64Array.of(BigInt(x));
    return this.#constant(`${dtype}_${x}`, dtype, [], data);
  }

  /** A constant table of numbers, row by row. */
  floats(data: Float32Array<ArrayBuffer>, shape: readonly number[]): Value {
    return this.#constant(`floats_${this.#names.size}`, "float32", shape, data);
  }

  /** Makes `value`, the result of a node, an output called `name`. Throws when it is an output already. */
  outputAs(name: string, value: Value): void {
    if (this.#outputs.some((output) => output.value === value))
      throw new GraphError(`${value.name} is already an output`);
    this.#outputs.push({ name: this.#declare(name, value).name, value });
  }

  add = (a: Value, b: Value): Value => this.#one("add", [a, b], {});
  sub = (a: Value, b: Value): Value => this.#one("sub", [a, b], {});
  mul = (a: Value, b: Value): Value => this.#one("mul", [a, b], {});
  div = (a: Value, b: Value): Value => this.#one("div", [a, b], {});
  /** The smaller of two numbers. */
  min = (a: Value, b: Value): Value => this.#one("min", [a, b], {});
  /** The larger of two numbers. */
  max = (a: Value, b: Value): Value => this.#one("max", [a, b], {});
  neg = (x: Value): Value => this.#one("neg", [x], {});
  reciprocal = (x: Value): Value => this.#one("reciprocal", [x], {});
  sqrt = (x: Value): Value => this.#one("sqrt", [x], {});
  floor = (x: Value): Value => this.#one("floor", [x], {});
  exp = (x: Value): Value => this.#one("exp", [x], {});
  log = (x: Value): Value => this.#one("log", [x], {});
  relu = (x: Value): Value => this.#one("relu", [x], {});
  sigmoid = (x: Value): Value => this.#one("sigmoid", [x], {});
  tanh = (x: Value): Value => this.#one("tanh", [x], {});
  erf = (x: Value): Value => this.#one("erf", [x], {});
  /** GELU: exact (`none`) or with tanh (`tanh`). */
  gelu = (x: Value, approximate: "none" | "tanh"): Value => this.#one("gelu", [x], { approximate });
  matMul = (a: Value, b: Value): Value => this.#one("matMul", [a, b], {});
  /** `alpha` · a · bᵀ, of the last two dimensions. */
  matMulTransposedBatch = (a: Value, b: Value, alpha = 1): Value => this.fusedMatMul(a, b, { alpha, transB: 1 });
  /** `alpha` · a · b of the last two dimensions, the factors transposed where asked. WebGPU leaves it to the CPU. */
  fusedMatMul = (a: Value, b: Value, options: Partial<OperatorAttributes["fusedMatMul"]>): Value =>
    this.#one("fusedMatMul", [a, b], { alpha: 1, transA: 0, transB: 0, ...options });
  /** a · bᵀ for `[m, k]` and `[n, k]`. */
  matMulTransposed = (a: Value, b: Value): Value => this.gemm(a, b, { transB: 1 });
  /** `alpha` · a · b + `beta` · c for matrices, the factors transposed where asked; c is broadcast, and may be absent. */
  gemm = (a: Value, b: Value, options: Partial<OperatorAttributes["gemm"]>, c: Value | null = null): Value =>
    this.#one("gemm", [a, b, c], { alpha: 1, beta: 1, transA: 0, transB: 0, ...options });
  /** a · bᵀ for a quantized b: see `matMulNBits` in `operators.ts`. */
  matMulNBits = (a: Value, b: Quantized, attributes: OperatorAttributes["matMulNBits"]): Value =>
    this.#one("matMulNBits", [a, b.quants, b.scales], attributes);
  /** Over the last axis: (x − mean) / √(variance + ε) · gain + bias. */
  layerNormalization = (x: Value, gain: Value, bias: Value, epsilon: number): Value =>
    this.#one("layerNormalization", [x, gain, bias], { axis: -1, epsilon });
  softmax = (x: Value): Value => this.#one("softmax", [x], { axis: -1 });
  /** WebGPU leaves it to the CPU. */
  logSoftmax = (x: Value): Value => this.#one("logSoftmax", [x], { axis: -1 });
  /** Sum over the last axis. */
  sumLast = (x: Value): Value => this.sum(x, [-1], 0);
  /** Sum over axes. */
  sum = (x: Value, axes: readonly number[], keepdims: 0 | 1): Value =>
    this.#one("reduceSum", [x, this.int64s(axes)], { axes, keepdims });
  /** Mean over axes. */
  mean = (x: Value, axes: readonly number[], keepdims: 0 | 1): Value =>
    this.#one("reduceMean", [x, this.int64s(axes)], { axes, keepdims });
  /** Largest along the last axis, which keeps length 1. */
  maxLast = (x: Value): Value => this.#one("reduceMax", [x, this.int64s([-1])], { axes: [-1], keepdims: 1 });
  gather = (x: Value, indices: Value, axis = 0): Value => this.#one("gather", [x, indices], { axis });
  gatherLast = (x: Value, indices: Value): Value => this.gatherElements(x, indices, -1);
  /** The values that `indices`, of the result's shape, name along `axis`. */
  gatherElements = (x: Value, indices: Value, axis: number): Value =>
    this.#one("gatherElements", [x, indices], { axis });
  /** `x` with `updates` added at the places that `indices`, of the same shape, name along `axis`; a place named twice gets both. */
  scatterAdd = (x: Value, indices: Value, updates: Value, axis: number): Value =>
    this.#one("scatterElements", [x, indices, updates], { axis, reduction: "add" });
  /** The `k` (a value of shape `[1]`) largest along the last axis: values and indices, best first. */
  topK(x: Value, k: Value): readonly [Value, Value] {
    const [values, indices] = this.#node("topK", [x, k], { axis: -1, largest: 1, sorted: 1 });
    return [present(values), present(indices)];
  }
  greater = (a: Value, b: Value): Value => this.#one("greater", [a, b], {});
  less = (a: Value, b: Value): Value => this.#one("less", [a, b], {});
  not = (x: Value): Value => this.#one("not", [x], {});
  and = (a: Value, b: Value): Value => this.#one("and", [a, b], {});
  equal = (a: Value, b: Value): Value => this.#one("equal", [a, b], {});
  where = (condition: Value, a: Value, b: Value): Value => this.#one("where", [condition, a, b], {});
  cast = (x: Value, to: DType): Value => this.#one("cast", [x], { to });
  reshape = (x: Value, shape: readonly Dim[]): Value => this.#one("reshape", [x], { shape });
  transpose = (x: Value, perm: readonly number[]): Value => this.#one("transpose", [x], { perm });
  unsqueeze = (x: Value, axes: readonly number[]): Value => this.#one("unsqueeze", [x, this.int64s(axes)], { axes });
  /** Broadcast to `shape`. */
  expand = (x: Value, shape: readonly number[]): Value => this.#one("expand", [x, this.int64s(shape)], { shape });
  /** Broadcast to the shape of `like`, which may be known only when the graph runs. */
  expandLike = (x: Value, like: Value): Value => this.#one("expand", [x, this.shapeOf(like)], { shape: like.shape });
  /** All lengths when the graph runs, int64 [rank]. */
  shapeOf = (x: Value): Value => this.#one("shape", [x], { start: 0, end: x.shape.length });
  mod = (a: Value, b: Value): Value => this.#one("mod", [a, b], {});
  /** Length of `axis` when the graph runs, int64 [1]. */
  lengthOf = (x: Value, axis: number): Value => this.#one("shape", [x], { start: axis, end: axis + 1 });
  /** `start`, …, `end` − 1 for int64 values [1]; `length` names how many. */
  range(start: Value, end: Value, length: Dim): Value {
    const [from, to] = [this.reshape(start, []), this.reshape(end, [])];
    return this.#one("range", [from, to, this.scalar(1, "int64")], { length });
  }
  /** `before` and `after` (counts, or int64 values [1]) times `fill` around the values of `axis`, which gets `length`. */
  pad(x: Value, axis: number, { before, after, fill, length }: Padding): Value {
    const zeros = this.int64s([0]);
    const counts = Array.from({ length: 2 * x.shape.length }, () => zeros);
    counts[axis] = this.#int64(before);
    counts[axis + x.shape.length] = this.#int64(after);
    return this.#one("pad", [x, this.concat(counts, 0), this.scalar(fill)], { axis, length });
  }
  /** `after` zeros behind the last axis' values, whose number is known. */
  padLast(x: Value, after: number): Value {
    const axis = x.shape.length - 1;
    return this.pad(x, axis, { before: 0, after, fill: 0, length: Number(x.shape[axis]) + after });
  }
  concat = (parts: readonly Value[], axis: number): Value => this.#one("concat", parts, { axis });
  /** `start` to `end` (exclusive; counts from the end when negative) of `axis`, as many as `length` says. */
  slice(x: Value, axis: number, start: Bound, end: Bound, length: Dim): Value {
    const bounds = [this.#int64(start), this.#int64(end), this.int64s([axis])];
    return this.#one("slice", [x, ...bounds], { axis, length });
  }
  /** Parts of the given lengths along `axis`. */
  split<const S extends readonly number[]>(x: Value, axis: number, sizes: S): { readonly [I in keyof S]: Value } {
    const parts = this.#node("split", [x, this.int64s(sizes)], { axis, sizes });
    return parts as { readonly [I in keyof S]: Value };
  }
  /**
   * ONNX `Attention` over q, k, v `[batch, sequence, heads × size]` with an additive mask: output and probabilities. WebGPU leaves it to the
   * CPU where the probabilities are asked for.
   */
  attention(
    q: Value,
    k: Value,
    v: Value,
    mask: Value | null,
    options: { readonly heads: number; readonly scale: number },
  ): { readonly output: Value; readonly probabilities: Value } {
    const { heads, scale } = options;
    const attributes = {
      q_num_heads: heads,
      kv_num_heads: heads,
      scale,
      is_causal: 1,
      qk_matmul_output_mode: 3,
    } as const;
    const [output, probabilities] = this.#node("attention", [q, k, v, mask], attributes);
    return { output: present(output), probabilities: present(probabilities) };
  }
  /**
   * Causal attention over packed q | k | v with a cache `[batch, heads, capacity, size]` that is extended.
   */
  groupQueryAttention(
    packed: Value,
    past: { readonly key: Value; readonly value: Value },
    { seqlensK, total, bias }: CacheLengths,
    options: { readonly heads: number; readonly scale: number },
  ): { readonly output: Value; readonly key: Value; readonly value: Value } {
    const attributes = { num_heads: options.heads, kv_num_heads: options.heads, scale: options.scale };
    // Between them: cosines, sines and positions of rotary embeddings, which no GPT here has.
    const inputs = [packed, null, null, past.key, past.value, seqlensK, total, null, null, null, bias];
    const [output, key, value] = this.#node("groupQueryAttention", inputs, attributes);
    return { output: present(output), key: present(key), value: present(value) };
  }

  /** What `yes` gives where `condition`, a bool of shape [], is true when the graph runs; else what `no` gives. The other is not computed. */
  choose(condition: Value, yes: () => Value, no: () => Value): Value {
    return this.#one("choose", [condition], { then_branch: this.#branch(yes), else_branch: this.#branch(no) });
  }

  /** The nodes added so far, in order; inside a branch, the branch's. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** The finished graph. Throws `GraphError` when it has no output. */
  build(): Graph {
    if (this.#outputs.length === 0) throw new GraphError("a graph needs an output");
    return {
      inputs: this.#inputs,
      outputs: this.#outputs,
      nodes: this.#nodes,
      initializers: [...this.#initializers.values()],
    };
  }

  #one<K extends Op>(op: K, inputs: readonly (Value | null)[], attributes: OperatorAttributes[K]): Value {
    return present(this.#node(op, inputs, attributes)[0]);
  }

  /** Nodes that `make` adds, apart from the others. */
  #branch(make: () => Value): Branch {
    const outside = this.#nodes;
    this.#nodes = [];
    try {
      return { result: make(), nodes: this.#nodes };
    } finally {
      this.#nodes = outside;
    }
  }

  #node<K extends Op>(op: K, inputs: readonly (Value | null)[], attributes: OperatorAttributes[K]): readonly Value[] {
    const outputs = inferTypes(op, inputs, attributes).map((type) => this.#declare(this.#fresh(op), type));
    this.#nodes.push({ op, inputs, attributes, outputs });
    return outputs;
  }

  #constant(
    name: string,
    dtype: DType,
    shape: readonly number[],
    data: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>,
  ): Value {
    const existing = this.#initializers.get(name);
    if (existing) return existing.value;
    const value = this.#declare(name, { dtype, shape });
    this.#initializers.set(name, { kind: "inline", value, bytes: new Uint8Array(data.buffer) });
    return value;
  }

  #declare(name: string, { dtype, shape }: TensorType): Value {
    if (this.#names.has(name)) throw new GraphError(`two values are called ${name}`);
    this.#names.add(name);
    return { name, dtype, shape };
  }

  #int64(bound: Bound): Value {
    return typeof bound === "number" ? this.int64s([bound]) : bound;
  }

  #fresh(op: Op): string {
    return `${op}_${this.#names.size}`;
  }
}

function inferTypes<K extends Op>(
  op: K,
  inputs: readonly (Value | null)[],
  attributes: OperatorAttributes[K],
): readonly TensorType[] {
  try {
    return operators[op].infer(inputs, attributes);
  } catch (error) {
    if (error instanceof GraphError) throw new GraphError(`${op}: ${error.message}`);
    throw error;
  }
}

function present(value: Value | undefined): Value {
  if (!value) throw new GraphError("an output is missing");
  return value;
}
