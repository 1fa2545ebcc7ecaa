/** Gradient of attention over whole sequences. B batch · T queries · S keys · H heads · D head size */
import type { GraphBuilder } from "./graph";
import type { Value } from "./types";
import type { VjpRule } from "./vjp";
import { inputAt, known, lazy, only, outputAt, sumTo } from "./vjpParts";

/**
 * O = P·V with P = softmax(scale·Q·Kᵀ + mask): dV = Pᵀ·dO, dP = dO·Vᵀ, dS = P·(dP − δ), dQ = scale·dS·K, dK = scale·dSᵀ·Q. A row's
 * δ = Σ dP·P is Σ dO·O where nothing else hangs on P (Dao et al. 2022, appendix B.4), which is less to add up.
 */
export const attentionVjp: VjpRule<"attention"> = (g, node, [ofOutput = null, ofProbabilities = null]) => {
  const { q_num_heads: heads, scale } = node.attributes;
  const [q, k, v] = [inputAt(node, 0), inputAt(node, 1), inputAt(node, 2)];
  const probabilities = outputAt(node, 1); // [B, H, T, S]
  const dOutput = lazy(() => ofOutput && byHead(g, ofOutput, heads)); // [B, H, T, D]
  const dScores = lazy(() => {
    const fromOutput = dOutput();
    const through = fromOutput && g.matMulTransposedBatch(fromOutput, byHead(g, v, heads));
    if (ofOutput && through && !ofProbabilities)
      return g.mul(probabilities, g.sub(through, rowSums(g, g.mul(ofOutput, outputAt(node, 0)), heads)));
    const all = through && ofProbabilities ? g.add(through, ofProbabilities) : only([through ?? ofProbabilities]);
    const product = g.mul(probabilities, all);
    return g.sub(product, g.mul(probabilities, g.sum(product, [-1], 1)));
  });
  const ofQ = () => joined(g, g.fusedMatMul(dScores(), byHead(g, k, heads), { alpha: scale }));
  const ofK = () => joined(g, g.fusedMatMul(dScores(), byHead(g, q, heads), { alpha: scale, transA: 1 }));
  const ofV = () => {
    const dy = dOutput();
    return dy ? joined(g, g.fusedMatMul(probabilities, dy, { transA: 1 })) : g.mul(v, g.scalar(0));
  };
  return [ofQ, ofK, ofV, () => sumTo(g, dScores(), inputAt(node, 3))];
};

/** [B, T, H·D] to [B, H, T, D]. */
function byHead(g: GraphBuilder, x: Value, heads: number): Value {
  return g.transpose(apart(g, x, heads), [0, 2, 1, 3]);
}

/** [B, T, H·D] to [B, T, H, D]. */
function apart(g: GraphBuilder, x: Value, heads: number): Value {
  const [batch = 1, sequence = 1, width] = x.shape;
  return g.reshape(x, [batch, sequence, heads, known(width, x) / heads]);
}

/** Sums over D: [B, T, H·D] to [B, H, T, 1]. */
function rowSums(g: GraphBuilder, x: Value, heads: number): Value {
  return g.transpose(g.sum(apart(g, x, heads), [-1], 1), [0, 2, 1, 3]);
}

/** [B, H, T, D] to [B, T, H·D]. */
function joined(g: GraphBuilder, x: Value): Value {
  const byToken = g.transpose(x, [0, 2, 1, 3]);
  const [batch = 1, sequence = 1, heads, size] = byToken.shape;
  return g.reshape(byToken, [batch, sequence, known(heads, x) * known(size, x)]);
}
