/** Flow and reach against definitions: the smallest cut, and ways walked one by one. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { attentionFlow } from "../../../../src/runtime/engine/attentionFlow";
import { attentionReach } from "../../../../src/runtime/engine/attentionReach";
import { FlowNetwork } from "../../../../src/runtime/engine/maxFlow";
import { CancelledError } from "../../../../src/runtime/errors";
import { type AttentionPattern, seesDistance } from "../../../../src/runtime/model/attentionPattern";
import { seededRandom } from "../../../../src/runtime/random";

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly capacity: number;
}

/** The least capacity that has to be cut to part them (Ford & Fulkerson 1956): every way to part the nodes is tried. */
function smallestCut(nodes: number, edges: readonly Edge[], source: number, sink: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let side = 0; side < 2 ** nodes; side++) {
    const isNear = (node: number) => (side >> node) % 2 === 1;
    if (!isNear(source) || isNear(sink)) continue;
    const cut = edges.filter(({ from, to }) => isNear(from) && !isNear(to));
    least = Math.min(
      least,
      cut.reduce((sum, { capacity }) => sum + capacity, 0),
    );
  }
  return least;
}

/** Lower triangular, rows sum to 1: [n, n]. */
function randomAttention(n: number, random: () => number, isSeen = (_: number) => true): Float32Array {
  const data = new Float32Array(n * n);
  for (let i = 0; i < n; i++) {
    const weights = Array.from({ length: i + 1 }, (_, j) => (isSeen(i - j) ? random() ** 4 + 1e-3 : 0));
    const sum = weights.reduce((a, b) => a + b, 0);
    for (const [j, weight] of weights.entries()) data[i * n + j] = weight / sum;
  }
  return data;
}

/** Edges of the network of Abnar & Zuidema 2020 §4, written down anew. */
function layeredEdges(layers: readonly Float32Array[], n: number): Edge[] {
  return layers.flatMap((matrix, layer) =>
    Array.from({ length: n * n }, (_, at): Edge => {
      const [i, j] = [Math.floor(at / n), at % n];
      const capacity = 0.5 * (matrix[at] ?? 0) + (i === j ? 0.5 : 0);
      return { from: (layer + 1) * n + i, to: layer * n + j, capacity };
    }),
  );
}

const signal = new AbortController().signal;

describe("maximum flow", () => {
  it("is the smallest cut, in any network", () => {
    const edge = fc.record({
      from: fc.nat(5),
      to: fc.nat(5),
      capacity: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 3 })),
    });
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 20 }), (edges) => {
        const network = new FlowNetwork(6, edges.length);
        for (const { from, to, capacity } of edges) network.add(from, to, capacity);
        for (const [source, sink] of [
          [0, 5],
          [5, 0],
          [2, 3],
        ] as const) {
          const expected = smallestCut(6, edges, source, sink);
          const found = network.maxFlow(source, sink);
          assert.ok(Math.abs(found - expected) <= 1e-9, `${found}, expected ${expected}`);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("attention flow", () => {
  it("is the smallest cut between the query and each token", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.nat(), async (n, L, seed) => {
        const random = seededRandom(seed);
        const layers = Array.from({ length: L }, () => randomAttention(n, random));
        const found = await attentionFlow(layers, n, { signal });
        const edges = layeredEdges(layers, n);
        for (const [token, flow] of found.entries()) {
          const expected = smallestCut((L + 1) * n, edges, L * n + n - 1, token);
          assert.ok(Math.abs(flow - expected) <= 1e-6, `${flow}, expected ${expected}`);
        }
      }),
      { numRuns: 20 },
    );
  });

  it("reports every token, and stops between two", async () => {
    const layers = Array.from({ length: 2 }, () => randomAttention(30, seededRandom(3)));
    const done: number[] = [];
    await attentionFlow(layers, 30, { signal, onProgress: (count) => void done.push(count) });
    assert.deepEqual(
      done,
      Array.from({ length: 30 }, (_, i) => i + 1),
    );
    const controller = new AbortController();
    let seen = 0;
    const onProgress = () => {
      if (++seen === 5) controller.abort();
    };
    await assert.rejects(attentionFlow(layers, 30, { signal: controller.signal, onProgress }), CancelledError);
    assert.equal(seen, 5);
  });
});

const pattern: fc.Arbitrary<AttentionPattern> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<AttentionPattern>({ kind: "dense" }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("banded" as const), k: fc.nat(6) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("strided" as const), k: fc.integer({ min: 1, max: 6 }) }) },
);

/** Places at depth 0 to L from which a way leads to `token`, step by step down from it. */
function closure(patterns: readonly AttentionPattern[], tokens: number, token: number): number[] {
  const rows: number[][] = [Array.from({ length: tokens }, (_, i) => (i === token ? 1 : 0))];
  for (const layer of [...patterns].reverse()) {
    const above = rows[0] ?? [];
    const below = above.map((is, j) =>
      is || above.some((reached, i) => reached === 1 && seesDistance(layer, i - j)) ? 1 : 0,
    );
    rows.unshift(below);
  }
  return rows.flat();
}

describe("attention's reach", () => {
  it("is what a walk down the layers finds", () => {
    const patterns = fc.array(pattern, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(patterns, fc.integer({ min: 1, max: 30 }), fc.nat(29), (layers, tokens, place) => {
        const token = place % tokens;
        assert.deepEqual(Array.from(attentionReach(layers, tokens, token)), closure(layers, tokens, token));
      }),
    );
  });

  it("holds the tokens whose flow is not 0", async () => {
    const layers: AttentionPattern[] = [
      { kind: "banded", k: 1 },
      { kind: "strided", k: 4 },
    ];
    const n = 20;
    const random = seededRandom(5);
    const means = layers.map((layer) => randomAttention(n, random, (distance) => seesDistance(layer, distance)));
    const flow = await attentionFlow(means, n, { signal });
    const reach = attentionReach(layers, n, n - 1).subarray(0, n);
    assert.deepEqual(
      Array.from(flow, (value) => (value > 0 ? 1 : 0)),
      Array.from(reach),
    );
  });
});
