/** Questions about attention, asked of the service; numbers are held in the parity tests. */
import assert from "node:assert/strict";
import { headStatistics, type MatrixSource, maxFlowTokens } from "../../../src/runtime/analysisProtocol";
import { CancelledError, RuntimeError, type RuntimeErrorCode } from "../../../src/runtime/errors";
import type { WorkProgress } from "../../../src/runtime/protocol";
import { RuntimeService } from "../../../src/runtime/service";
import { sparseConfig, writeSparseModel } from "../../sparseModel";
import { withFolder } from "./checkpoint/support";
import { starterFolder } from "./engine/starter";

const model = { folder: starterFolder, device: "cpu" } as const;
const { signal } = new AbortController();
const layers = 4;
const heads = 3;

/** A text that no other test has looked into. */
function makeIds(count: number, seed: number): number[] {
  return Array.from({ length: count }, (_, i) => (i * i * 31 + 7 * (i % 9) + seed) % 8000);
}

function collecting() {
  const progress: WorkProgress[] = [];
  return { progress, context: { signal, onProgress: (step: WorkProgress) => void progress.push(step) } };
}

const isError = (code: RuntimeErrorCode, pattern: RegExp) => (error: unknown) =>
  error instanceof RuntimeError && error.code === code && pattern.test(`${error.message} ${error.hint}`);

describe("attention of the starter", function () {
  this.timeout(240_000);
  const service = new RuntimeService();
  const { analysis } = service;
  before(() => service.load(model, { signal }));
  after(() => service.dispose());

  const matrix = async (ids: readonly number[], source: MatrixSource, rows: readonly [number, number]) =>
    (await analysis.attentionMatrix({ model, ids, source, rows }, { signal })).data;

  it("comes as an overview, with progress; a second one reads nothing again", async () => {
    const ids = makeIds(100, 1);
    const segments = [{ name: "begin", start: 0, end: 10 }];
    const first = collecting();
    const params = { model, ids, thumbnailSize: 30, segments };
    const found = await analysis.attentionOverview(params, first.context);
    assert.deepEqual([found.tokens, found.layers, found.heads], [100, layers, heads]);
    assert.deepEqual(found.patterns, new Array(layers).fill({ kind: "dense", k: 0 }));
    assert.deepEqual([found.thumbnails.size, found.thumbnails.block], [25, 4]);
    assert.equal(found.thumbnails.data.length, layers * heads * 25 * 25);
    assert.equal(found.statistics.length, layers * heads * headStatistics.length);
    assert.deepEqual([found.segments?.names, found.segments?.data.length], [["begin"], layers * heads * 2]);
    assert.deepEqual(new Set(first.progress.map(({ stage }) => stage)), new Set(["analyzing"]));
    const steps = first.progress.map(({ done, total }) => done / total);
    assert.deepEqual([steps[0], steps.at(-1)], [0, 1]);
    assert.deepEqual(
      steps,
      steps.toSorted((a, b) => a - b),
    );

    const second = collecting();
    const again = await analysis.attentionOverview({ model, ids, thumbnailSize: 8 }, second.context);
    assert.equal(again.segments, null);
    assert.deepEqual(again.statistics, found.statistics);
    assert.equal(second.progress[0]?.done, layers, "the text was not read again");
  });

  it("comes in stretches of rows that make the whole", async () => {
    const ids = makeIds(70, 2);
    for (const source of [
      { kind: "head", layer: 2, head: 1 },
      { kind: "layer", layer: 0, combine: "max" },
      { kind: "all", combine: "mean" },
      { kind: "rollout", layer: 3 },
    ] satisfies MatrixSource[]) {
      const whole = await matrix(ids, source, [0, 70]);
      const parts = [
        await matrix(ids, source, [0, 1]),
        await matrix(ids, source, [1, 40]),
        await matrix(ids, source, [40, 70]),
      ];
      const joined = parts.flatMap((part) => Array.from(part));
      const worst = Math.max(...joined.map((value, i) => Math.abs(value - (whole[i] ?? 0)) || 0));
      assert.ok(worst <= 1e-6, `${source.kind}: ${worst}`);
      assert.deepEqual(joined.map(Number.isNaN), Array.from(whole, Number.isNaN));
    }
  });

  it("of a text of several passes is summed up as its matrices are", async () => {
    const ids = makeIds(300, 9);
    const { thumbnails, statistics } = await analysis.attentionOverview({ model, ids, thumbnailSize: 50 }, { signal });
    const { size, block, data } = thumbnails;
    const [layer, head] = [2, 1];
    const full = await matrix(ids, { kind: "head", layer, head }, [0, 300]);
    const expected = new Float64Array(size * size);
    let [distance, previous] = [0, 0];
    for (const [at, p] of full.entries()) {
      const [i, j] = [Math.floor(at / 300), at % 300];
      if (j > i) continue;
      const cell = Math.floor(i / block) * size + Math.floor(j / block);
      expected[cell] = (expected[cell] ?? 0) + p / block;
      distance += (p * (i - j)) / 300;
      if (j === i - 1) previous += p / 299;
    }
    const found = data.subarray((layer * heads + head) * size ** 2, (layer * heads + head + 1) * size ** 2);
    const worst = Math.max(...Array.from(found, (value, i) => Math.abs(value - (expected[i] ?? 0)) || 0));
    assert.ok(worst <= 1e-5, `thumbnails: ${worst}`);
    assert.deepEqual(
      Array.from(found, Number.isNaN),
      Array.from(found, (_, i) => i % size > Math.floor(i / size)),
    );
    const at = (layer * heads + head) * headStatistics.length;
    assert.ok(Math.abs((statistics[at + headStatistics.indexOf("distance")] ?? 0) - distance) <= 1e-3);
    assert.ok(Math.abs((statistics[at + headStatistics.indexOf("previousToken")] ?? 0) - previous) <= 1e-5);
    const rolled = await matrix(ids, { kind: "rollout", layer: 3 }, [290, 300]);
    for (let row = 0; row < 10; row++) {
      const sum = rolled.subarray(row * 300, row * 300 + 291 + row).reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - 1) <= 1e-5, `row ${290 + row}: ${sum}`);
    }
  });

  it("of one query is a row of every head's matrix", async () => {
    const ids = makeIds(70, 2);
    const { data, heads: count } = await analysis.attentionRows({ model, ids, layer: 1, query: 50 }, { signal });
    assert.equal(count, heads);
    for (let head = 0; head < heads; head++) {
      const row = await matrix(ids, { kind: "head", layer: 1, head }, [50, 51]);
      const worst = Math.max(...Array.from(row, (value, i) => Math.abs(value - (data[head * 70 + i] ?? 0)) || 0));
      assert.ok(worst <= 1e-6, `head ${head}: ${worst}`);
    }
  });

  it("flows to the tokens before the query, and to none after it", async () => {
    const ids = makeIds(40, 3);
    const { data } = await analysis.attentionFlow({ model, ids, layer: 1, query: 20 }, { signal });
    assert.equal(data.length, 40);
    assert.ok(data.subarray(0, 21).every((flow) => flow > 0 && flow <= 1));
    assert.ok(data.subarray(21).every(Number.isNaN));
    const [rolled] = [await matrix(ids, { kind: "rollout", layer: 1 }, [20, 21])];
    const less = data.subarray(0, 21).some((flow, token) => flow < (rolled[token] ?? 0) - 1e-6);
    assert.ok(!less, "rollout is a flow; none is larger than the maximum");
  });

  it("reaches a dense model's tokens from all before them", async () => {
    const { data } = await analysis.attentionReach({ model, ids: makeIds(10, 3), token: 6 }, { signal });
    const expected = Array.from({ length: (layers + 1) * 10 }, (_, i) =>
      i < layers * 10 ? i % 10 <= 6 : i % 10 === 6,
    );
    assert.deepEqual(Array.from(data, Boolean), expected);
  });

  it("of a text that several ask about at once is captured once", async () => {
    const ids = makeIds(200, 4);
    const all = [collecting(), collecting(), collecting()];
    const found = await Promise.all(
      all.map(({ context }) => analysis.attentionOverview({ model, ids, thumbnailSize: 8 }, context)),
    );
    assert.deepEqual(found[1]?.statistics, found[0]?.statistics);
    const readers = all.filter(({ progress }) => progress.some(({ done }) => done < layers));
    assert.equal(readers.length, 1);
  });

  it("can be cancelled at any step, also while another captures, who is not disturbed", async () => {
    const ids = makeIds(512, 5);
    for (const last of [0, 2, layers, layers + 2]) {
      const controller = new AbortController();
      const onProgress = ({ done }: WorkProgress) => {
        if (done >= last) controller.abort();
      };
      const params = { model, ids: [...ids, last].slice(1), thumbnailSize: 64 };
      await assert.rejects(
        analysis.attentionOverview(params, { signal: controller.signal, onProgress }),
        CancelledError,
      );
    }
    const controller = new AbortController();
    const params = { model, ids, thumbnailSize: 8 };
    const kept = analysis.attentionOverview(params, { signal });
    const cancelled = analysis.attentionOverview(params, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await assert.rejects(cancelled, CancelledError);
    assert.equal((await kept).tokens, 512);
  });

  it("of one token is all on itself", async () => {
    const { statistics, thumbnails } = await analysis.attentionOverview(
      { model, ids: [5], thumbnailSize: 8 },
      { signal },
    );
    assert.deepEqual(Array.from(thumbnails.data), new Array(layers * heads).fill(1));
    const [entropy, distance, ...rest] = statistics;
    assert.deepEqual([entropy, distance, ...rest.slice(0, 3).map(Number.isNaN)], [0, 0, true, true, true]);
  });

  describe("refuses", () => {
    const ids = makeIds(12, 6);
    const overview = (params: object) =>
      analysis.attentionOverview({ model, ids, thumbnailSize: 8, ...params }, { signal });
    const segment = (start: number, end: number) => ({ name: `${start}`, start, end });

    it("texts that are none", async () => {
      await assert.rejects(overview({ ids: [] }), isError("emptyText", /no text/));
      await assert.rejects(overview({ ids: [8192] }), isError("invalidTokenIds", /8192/));
      await assert.rejects(overview({ ids: makeIds(513, 0) }), isError("invalidRequest", /513.*512.*shorter/));
    });

    it("what the model has not, naming it", async () => {
      await assert.rejects(overview({ thumbnailSize: 7 }), isError("invalidRequest", /thumbnailSize/));
      const source = { kind: "head", layer: 4, head: 0 } as const;
      await assert.rejects(matrix(ids, source, [0, 12]), isError("invalidRequest", /source\.layer.*4 is not in 0 … 3/));
      await assert.rejects(matrix(ids, { ...source, layer: 0, head: 3 }, [0, 12]), isError("invalidRequest", /head/));
      await assert.rejects(matrix(ids, { kind: "rollout", layer: 0 }, [3, 3]), isError("invalidRequest", /rows/));
      await assert.rejects(matrix(ids, { kind: "rollout", layer: 0 }, [3, 13]), isError("invalidRequest", /rows/));
      const query = analysis.attentionRows({ model, ids, layer: 0, query: 12 }, { signal });
      await assert.rejects(query, isError("invalidRequest", /query/));
      const reach = analysis.attentionReach({ model, ids, token: 12 }, { signal });
      await assert.rejects(reach, isError("invalidRequest", /token/));
    });

    it("segments that are empty, overlap or reach beyond the text, or are too many", async () => {
      const refused = (segments: readonly object[], pattern: RegExp) =>
        assert.rejects(overview({ segments }), isError("invalidRequest", pattern));
      await refused([segment(3, 3)], /"3"/);
      await refused([segment(3, 13)], /12/);
      await refused([segment(5, 8), segment(2, 6)], /"5" overlaps "2"/);
      const ids = makeIds(500, 7);
      const many = ids.map((_, i) => segment(i, i + 1));
      await assert.rejects(overview({ ids, segments: many }), isError("invalidRequest", /500 segments.*fewer/));
    });

    it("flow over more tokens than it can take, and says what else there is", async () => {
      const ids = makeIds(300, 8);
      const flow = analysis.attentionFlow({ model, ids, layer: 0, query: maxFlowTokens }, { signal });
      await assert.rejects(flow, isError("invalidRequest", /256.*rollout/));
    });

    it("more rows than one answer carries, and says how many it does", () =>
      withFolder(async (folder) => {
        await writeSparseModel(folder, { ...sparseConfig, n_positions: 2048 });
        const ids = Array.from({ length: 2048 }, (_, i) => i % 100);
        const source = { kind: "all", combine: "max" } as const;
        const params = { model: { folder, device: "cpu" }, ids, source, rows: [0, 1025] } as const;
        await assert.rejects(analysis.attentionMatrix(params, { signal }), isError("invalidRequest", /1025.*1024/));
      }));
  });
});
