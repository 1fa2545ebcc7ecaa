/** Attention that is not computed where it is not seen, against dense attention under the same mask, on every device that runs here. */
import { float32Tensor, readFloat32, Session } from "../../src/runtime/engine/session";
import { denseProbabilities, type LayerAttention } from "../../src/runtime/engine/trace";
import { GraphBuilder } from "../../src/runtime/graph/graph";
import type { Value } from "../../src/runtime/graph/types";
import { formatPattern, parsePattern, seesDistance } from "../../src/runtime/model/attentionPattern";
import { type HeadsAtOnce, type SparsePattern, sparseAttention } from "../../src/runtime/model/sparseAttention";
import type { Device } from "../../src/runtime/protocol";
import { seededRandom } from "../../src/runtime/random";
import { assertClose } from "./assertClose";
import { probedDevices, skipUnlessAvailable } from "./devices";

const heads = 2;
const headSize = 12;
const width = heads * headSize;
const scale = 1 / Math.sqrt(headSize);
const batch = 2;
const tolerance = 1e-5;

const patterns = [
  "banded(0)",
  "banded(1)",
  "banded(7)",
  "banded(40)",
  "banded(70)",
  "strided(1)",
  "strided(3)",
  "strided(16)",
];
const lengths = [1, 2, 33, 64, 131];

function sparse(text: string): SparsePattern {
  const pattern = parsePattern(text);
  if (pattern === null || pattern.kind === "dense") throw new TypeError(text);
  return pattern;
}

/** q, k, v and the keys' penalty as inputs, sparse attention's results as outputs. */
function sparseGraph(pattern: SparsePattern, headsAtOnce: HeadsAtOnce) {
  const g = new GraphBuilder();
  const [q, k, v] = ["q", "k", "v"].map((name) => g.input(name, "float32", ["batch", "sequence", width])) as [
    Value,
    Value,
    Value,
  ];
  const penalty = g.input("penalty", "float32", ["batch", "sequence"]);
  const options = { heads, scale, headsAtOnce };
  const { output, probabilities } = sparseAttention(g, { q, k, v, penalty }, pattern, options);
  const { window, columns } = probabilities();
  g.outputAs("output", output);
  g.outputAs("window", window);
  if (columns) g.outputAs("columns", columns);
  return g.build();
}

/** Dense attention with an additive mask [B, 1, T, T]: what the sparse one must equal. */
function denseGraph() {
  const g = new GraphBuilder();
  const [q, k, v] = ["q", "k", "v"].map((name) => g.input(name, "float32", ["batch", "sequence", width])) as [
    Value,
    Value,
    Value,
  ];
  const mask = g.input("mask", "float32", ["batch", 1, "sequence", "sequence"]);
  const { output, probabilities } = g.attention(q, k, v, mask, { heads, scale });
  g.outputAs("output", output);
  g.outputAs("probabilities", probabilities);
  return g.build();
}

/** Random queries, keys and values; the second sequence is padded on the left by a third, as a batch of unequal texts is. */
function makeCase(pattern: SparsePattern, tokens: number) {
  const random = seededRandom(tokens * 1000 + pattern.k);
  const tensor = () => {
    const data = Float32Array.from({ length: batch * tokens * width }, () => 4 * random() - 2);
    return float32Tensor(data, [batch, tokens, width]);
  };
  const padding = Math.floor(tokens / 3);
  const isPadding = (sequence: number, place: number) => sequence === 1 && place < padding;
  const penalty = Float32Array.from({ length: batch * tokens }, (_, i) =>
    isPadding(Math.floor(i / tokens), i % tokens) ? -1e30 : 0,
  );
  const mask = Float32Array.from({ length: batch * tokens * tokens }, (_, i) => {
    const [sequence, query, key] = [Math.floor(i / tokens ** 2), Math.floor(i / tokens) % tokens, i % tokens];
    return isPadding(sequence, key) || !seesDistance(pattern, query - key) ? -1e30 : 0;
  });
  const inputs = { q: tensor(), k: tensor(), v: tensor() };
  return {
    sparse: { ...inputs, penalty: float32Tensor(penalty, [batch, tokens]) },
    dense: { ...inputs, mask: float32Tensor(mask, [batch, 1, tokens, tokens]) },
    isPadding,
  };
}

for (const device of ["cpu", "webgpu"] satisfies Device[]) {
  describe(`sparse attention on ${device}`, () => {
    let dense: Session;

    before(async function () {
      skipUnlessAvailable(this, device, await probedDevices());
      dense = await Session.create(denseGraph(), { name: "dense", device });
    });

    after(() => dense?.release());

    for (const text of patterns) {
      it(`${text} equals dense attention under its mask`, async () => {
        const pattern = sparse(text);
        for (const headsAtOnce of ["one", "all"] as const) {
          const graph = sparseGraph(pattern, headsAtOnce);
          const session = await Session.create(graph, { name: formatPattern(pattern), device });
          for (const tokens of lengths) await compare(session, dense, pattern, tokens);
          await session.release();
        }
      });
    }
  });
}

async function compare(session: Session, dense: Session, pattern: SparsePattern, tokens: number): Promise<void> {
  const { sparse: feeds, dense: denseFeeds, isPadding } = makeCase(pattern, tokens);
  const fetched = { output: null, window: null, ...(pattern.kind === "strided" && { columns: null }) };
  const found = await session.run(feeds, fetched);
  const expected = await dense.run(denseFeeds, { output: null, probabilities: null });
  const layer: LayerAttention = {
    kind: "sparse",
    pattern,
    window: readFloat32(found, "window"),
    columns: pattern.kind === "strided" ? readFloat32(found, "columns") : null,
  };
  const rows = {
    output: { found: readFloat32(found, "output"), expected: readFloat32(expected, "output"), heads: 1 },
    probabilities: {
      found: denseProbabilities(layer, heads, { batch, tokens }),
      expected: readFloat32(expected, "probabilities"),
      heads,
    },
  };
  for (const [what, { found, expected, heads: perToken }] of Object.entries(rows)) {
    const size = expected.length / (batch * perToken * tokens);
    for (let row = 0; row < batch * perToken * tokens; row++) {
      const [sequence, query] = [Math.floor(row / (perToken * tokens)), row % tokens];
      if (isPadding(sequence, query)) continue;
      const slice = (data: Float32Array) => data.subarray(row * size, (row + 1) * size);
      assertClose(slice(found), slice(expected), { atol: tolerance, what: `${what}, ${tokens} tokens, row ${row}` });
    }
  }
}
