/** One pattern at one length in a process of its own, so that its peak memory is its own: `sparseWorker.ts PATTERN N DEVICE`. */

import { float32Tensor, int32Tensor, Session, type SessionTensor } from "../../src/runtime/engine/session";
import { GraphBuilder } from "../../src/runtime/graph/graph";
import type { Value } from "../../src/runtime/graph/types";
import { parsePattern } from "../../src/runtime/model/attentionPattern";
import { deviceTraits } from "../../src/runtime/model/deviceTraits";
import { type SparsePattern, sparseAttention } from "../../src/runtime/model/sparseAttention";
import type { Device } from "../../src/runtime/protocol";
import { seededRandom } from "../../src/runtime/random";

/** GPT-2 small's and GPT-3 small's attention. */
const heads = 12;
const headSize = 64;
const width = heads * headSize;
const scale = 1 / Math.sqrt(headSize);
const runs = 5;

type Feeds = Record<string, SessionTensor>;

/** Packed q | k | v [1, n, 3C]. */
function packedInput(g: GraphBuilder): Value {
  return g.input("qkv", "float32", ["batch", "sequence", 3 * width]);
}

/** onnxruntime's fused attention over the whole text at once. */
function denseGraph(n: number, feeds: Feeds) {
  const g = new GraphBuilder();
  const qkv = packedInput(g);
  const shape = ["batch", heads, "capacity", headSize];
  const past = { key: g.input("pastKey", "float32", shape), value: g.input("pastValue", "float32", shape) };
  const lengths = {
    seqlensK: g.input("seqlensK", "int32", ["batch"]),
    total: g.input("total", "int32", []),
    bias: g.input("bias", "float32", [1, 1, "sequence", "total"]),
  };
  const { output, key, value } = g.groupQueryAttention(qkv, past, lengths, { heads, scale });
  for (const [name, result] of Object.entries({ output, key, value })) g.outputAs(name, result);
  // No cache is needed here: the operator takes an empty one and gives the new one.
  for (const name of ["pastKey", "pastValue"]) feeds[name] = float32Tensor(new Float32Array(), [1, heads, 0, headSize]);
  feeds.seqlensK = int32Tensor([n - 1], [1]);
  feeds.total = int32Tensor([n], []);
  feeds.bias = float32Tensor(new Float32Array(n * n), [1, 1, n, n]);
  return g.build();
}

function sparseGraph(pattern: SparsePattern, device: Device, n: number, feeds: Feeds) {
  const g = new GraphBuilder();
  const [q, k, v] = g.split(packedInput(g), 2, [width, width, width]);
  const penalty = g.input("penalty", "float32", ["batch", "sequence"]);
  const options = { heads, scale, headsAtOnce: deviceTraits[device].headsAtOnce };
  g.outputAs("output", sparseAttention(g, { q, k, v, penalty }, pattern, options).output);
  feeds.penalty = float32Tensor(new Float32Array(n), [1, n]);
  return g.build();
}

async function main(): Promise<void> {
  const [text = "dense", length = "1024", deviceName = "cpu"] = process.argv.slice(2);
  const [n, device]: [number, Device] = [Number(length), deviceName === "webgpu" ? "webgpu" : "cpu"];
  const random = seededRandom(1);
  const data = Float32Array.from({ length: n * 3 * width }, () => 2 * random() - 1);
  const feeds: Feeds = { qkv: float32Tensor(data, [1, n, 3 * width]) };
  const pattern = parsePattern(text);
  if (!pattern) throw new RangeError(`${text} is no pattern`);
  const graph = pattern.kind === "dense" ? denseGraph(n, feeds) : sparseGraph(pattern, device, n, feeds);
  const before = process.resourceUsage().maxRSS;
  const session = await Session.create(graph, { name: text, device });
  const fetches = Object.fromEntries(graph.outputs.map(({ name }) => [name, null]));
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    await session.run(feeds, fetches);
    times.push(performance.now() - started);
  }
  const medianMs = times.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? 0;
  process.send?.({ medianMs, peakMemoryMB: (process.resourceUsage().maxRSS - before) / 1024 });
}

void main();
