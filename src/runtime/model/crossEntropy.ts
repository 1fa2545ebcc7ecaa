/**
 * The language model's loss over a large vocabulary, a few rows at a time: logits and probabilities of one chunk are all that is in
 * memory. The gradient has a closed form, (softmax − onehot)·weight, and is computed on the way.
 *
 * N rows · R rows of a chunk · C embedding · V vocabulary
 */
import type { GraphBuilder } from "../graph/graph";
import type { Value } from "../graph/types";

/** What the loss is of. */
export interface CrossEntropyInputs {
  /** Final states, [N, C]. */
  readonly hidden: Value;
  /** Output embeddings, [V, C]. */
  readonly table: Value;
  /** int64 [N]: the tokens to predict; any token where the weight is 0. */
  readonly targets: Value;
  /** float32 [N]: the loss is Σ weight · −log p(target). */
  readonly weights: Value;
}

/** How it is computed. */
export interface CrossEntropyOptions {
  /** R */
  readonly chunkRows: number;
  /** Whether the table's gradient is wanted. */
  readonly tableGradient: boolean;
  /** What gradients are of: `factor` · loss. */
  readonly factor: number;
}

/** Result of `crossEntropyGradients`. */
export interface CrossEntropyGradients {
  /** [] */
  readonly loss: Value;
  /** [N, C] */
  readonly hidden: Value;
  /** The table's, but for the targets' rows: softmaxᵀ · (weight · hidden), [V, C]; null when it is not wanted. */
  readonly table: Value | null;
  /** What the targets' rows of the table's gradient get besides, −weight · hidden: [N, C]. */
  readonly targetRows: Value;
}

/** Rows of a chunk whose logits are at most 48 MB, which is enough rows to multiply well. */
export function chunkRows(rows: number, vocabSize: number): number {
  return Math.min(rows, Math.max(32, Math.min(512, Math.floor((12 << 20) / vocabSize / 32) * 32)));
}

/** Σ weight · −log p(target), []. */
export function crossEntropy(g: GraphBuilder, inputs: CrossEntropyInputs, rows: number): Value {
  let loss: Value | undefined;
  for (const chunk of chunks(g, inputs, rows)) {
    const hidden: Value = loss ? after(g, chunk.hidden, loss) : chunk.hidden;
    const logits = g.matMulTransposed(hidden, inputs.table); // [R, V]
    const part = weighted(g, chunk, logits, g.softmax(logits));
    loss = loss ? g.add(loss, part) : part;
  }
  return present(loss);
}

/**
 * −Σ weight · the targets' log-probabilities. A row's ln Σ exp is its largest logit less the logarithm of that one's probability: two
 * passes and no exponential, and every device has a softmax.
 */
function weighted(g: GraphBuilder, { targets, weights }: Chunk, logits: Value, probabilities: Value): Value {
  const logSumExp = g.sub(g.maxLast(logits), g.log(g.maxLast(probabilities))); // [R, 1]
  const chosen = g.gatherLast(logits, g.unsqueeze(targets, [1])); // [R, 1]
  return g.sum(g.mul(g.sub(logSumExp, chosen), g.unsqueeze(weights, [1])), [0, 1], 0);
}

/** The loss and its gradients, chunk after chunk. */
export function crossEntropyGradients(
  g: GraphBuilder,
  inputs: CrossEntropyInputs,
  { chunkRows: rows, tableGradient, factor }: CrossEntropyOptions,
): CrossEntropyGradients {
  const hiddenGradients: Value[] = [];
  const targetRows: Value[] = [];
  let [loss, table]: (Value | null)[] = [null, null];
  for (const chunk of chunks(g, inputs, rows)) {
    // All that is made of the former chunk's logits is to be there first.
    const former = [loss, table, hiddenGradients.at(-1)].filter((value) => value !== null && value !== undefined);
    const hidden = former.reduce<Value>((x, value) => after(g, x, value), chunk.hidden);
    const logits = g.matMulTransposed(hidden, inputs.table); // [R, V]
    const probabilities = g.softmax(logits);
    const part = weighted(g, chunk, logits, probabilities);
    loss = loss ? g.add(loss, part) : part;

    const weight = g.unsqueeze(g.mul(chunk.weights, g.scalar(factor)), [1]); // [R, 1]
    const expected = g.matMul(probabilities, inputs.table); // [R, C]
    hiddenGradients.push(g.mul(g.sub(expected, g.gather(inputs.table, chunk.targets)), weight));
    const weightedHidden = g.mul(hidden, weight); // [R, C]
    targetRows.push(g.neg(weightedHidden));
    if (tableGradient) table = g.gemm(probabilities, weightedHidden, { transA: 1 }, table); // [V, C]
  }
  return {
    loss: present(loss),
    hidden: joined(g, hiddenGradients),
    table: table ?? null,
    targetRows: joined(g, targetRows),
  };
}

interface Chunk extends Omit<CrossEntropyInputs, "table"> {}

function chunks(g: GraphBuilder, { hidden, targets, weights }: CrossEntropyInputs, rows: number): readonly Chunk[] {
  const N = Number(hidden.shape[0]);
  const sizes = Array.from({ length: Math.ceil(N / rows) }, (_, i) => Math.min(rows, N - i * rows));
  const cut = (x: Value) => (sizes.length === 1 ? [x] : g.split(x, 0, sizes));
  const [hiddens, allTargets, allWeights] = [cut(hidden), cut(targets), cut(weights)];
  return hiddens.map((part, i) => ({
    hidden: part,
    targets: present(allTargets[i]),
    weights: present(allWeights[i]),
  }));
}

/**
 * x, but not before `earlier` is there: onnxruntime runs what it can in an order of its own, and would keep much in memory at once. Adds
 * a 0 that is made of it.
 */
export function after(g: GraphBuilder, x: Value, earlier: Value): Value {
  return g.add(x, zeroFrom(g, earlier));
}

/** A 0 that is there when `x` is, []; nothing is differentiated through it, for it comes of a comparison. */
export function zeroFrom(g: GraphBuilder, x: Value): Value {
  const corner = x.shape.reduce((part, _, axis) => g.slice(part, axis, 0, 1, 1), x);
  return g.cast(g.greater(g.reshape(corner, []), g.scalar(beyond)), "float32");
}

/** Larger than any number. */
const beyond = 3.4e38;

function joined(g: GraphBuilder, parts: readonly Value[]): Value {
  return parts.length === 1 ? present(parts[0]) : g.concat(parts, 0);
}

function present(value: Value | null | undefined): Value {
  if (!value) throw new RangeError("a loss needs a row");
  return value;
}
