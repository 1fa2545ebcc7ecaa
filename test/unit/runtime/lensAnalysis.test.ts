/** The logit lens, ablation and comparisons through the service, on the starter. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import type { AblateParams, CompareTextsParams, LensParams } from "../../../src/runtime/analysisProtocol";
import { ModelSlot } from "../../../src/runtime/engine/modelSlot";
import { CancelledError, RuntimeError } from "../../../src/runtime/errors";
import type { ModelReference, WorkProgress } from "../../../src/runtime/protocol";
import { RuntimeService } from "../../../src/runtime/service";
import { type Alter, writeAltered } from "../../alteredModel";
import { starterFolder } from "./engine/starter";

const model: ModelReference = { folder: starterFolder, device: "cpu" };
const fixture = (name: string): ModelReference => ({
  folder: join(__dirname, "../../fixtures", name),
  device: "cpu",
});
const { signal } = new AbortController();
const ids = Array.from({ length: 24 }, (_, i) => (i * 37 + 11) % 900);

function close(found: number | undefined, expected: number | undefined, atol: number): void {
  assert.ok(Math.abs((found ?? Number.NaN) - (expected ?? Number.NaN)) <= atol, `${found}, expected ${expected}`);
}

async function refuses(work: Promise<unknown>, word: string): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof RuntimeError && error.code === "invalidRequest", String(error));
    assert.ok(error.message.includes(word), error.message);
    return true;
  });
}

describe("requests about the inside of a model", function () {
  this.timeout(240_000);
  let service: RuntimeService;
  let parent: string;
  before(async () => {
    service = new RuntimeService();
    parent = await mkdtemp(join(tmpdir(), "gptw-lens-"));
  });
  after(async () => {
    await service.dispose();
    await rm(parent, { recursive: true, force: true });
  });

  describe("lens", () => {
    const params: LensParams = { model, ids, places: [3, 25], topK: 4 };

    it("gives every layer's prediction, the last one the score's own, with the names of its tokens", async () => {
      const seen: WorkProgress[] = [];
      const lens = await service.analysis.lens(params, { signal, onProgress: (progress) => seen.push(progress) });
      const { tokens } = await service.score({ model, input: { kind: "ids", ids }, topK: 4 }, { signal });
      const P = 22;
      assert.deepEqual([lens.rows, lens.topK, lens.topIds.length], [lens.model.nLayer + 1, 4, lens.rows * P * 4]);
      for (const [i, place] of Array.from({ length: P }, (_, i) => [i, i + 3] as const)) {
        const own = (lens.rows - 1) * P + i;
        if (place === ids.length) {
          assert.deepEqual([lens.logprobs[own], lens.ranks[own]], [Number.NaN, 0]);
          continue;
        }
        const prediction = tokens[place]?.prediction;
        close(lens.logprobs[own], prediction?.logprob, 1e-4);
        assert.equal(lens.divergence[own], 0);
        close(lens.topLogprobs[own * 4], prediction?.top[0]?.logprob, 1e-4);
        assert.equal(lens.vocabulary[lens.topIds[own * 4] ?? -1]?.text, prediction?.top[0]?.text);
      }
      assert.ok([...lens.topIds].every((id) => id in lens.vocabulary));
      const stages = seen.filter(({ stage }) => stage === "analyzing").map(({ done, total }) => done / total);
      assert.ok(stages.length > 2 && stages.at(-1) === 1);
      assert.deepEqual(
        stages,
        [...stages].sort((a, b) => a - b),
      );
    });

    it("refuses places that are none, too many, and other nonsense, naming the key", async () => {
      const lens = (change: Partial<LensParams>) => service.analysis.lens({ ...params, ...change }, { signal });
      await refuses(lens({ places: [0, 3] }), '"places"');
      await refuses(lens({ places: [3, 3] }), '"places"');
      await refuses(lens({ places: [3, 26] }), '"places"');
      await refuses(lens({ ids: Array(300).fill(1), places: [1, 258] }), "257");
      await refuses(lens({ topK: 0 }), '"topK"');
      await refuses(lens({ ids: Array(600).fill(1) }), "600");
    });

    it("stops when it is cancelled", async () => {
      const controller = new AbortController();
      const onProgress = ({ stage, done }: WorkProgress) => stage === "analyzing" && done > 0 && controller.abort();
      const other = { ...params, ids: ids.map((id) => id + 1) };
      await assert.rejects(service.analysis.lens(other, { signal: controller.signal, onProgress }), CancelledError);
    });
  });

  describe("ablate", () => {
    const items = [
      { ids, place: 24, id: 5 },
      { ids: ids.slice(3), place: 7, id: 300 },
      { ids: [1, 2, 3], place: 2, id: 3 },
    ];
    const params: AblateParams = {
      model,
      items,
      sets: [[{ kind: "head", layer: 0, head: 0 }], [], [{ kind: "mlp", layer: 1 }]],
    };

    it("tells how sure the mean of the effects is, and what the whole model says", async () => {
      const seen: number[] = [];
      const onProgress = ({ stage, done, total }: WorkProgress) => stage === "analyzing" && seen.push(done / total);
      const { baseline, effects } = await service.analysis.ablate(params, { signal, onProgress });
      const input = { kind: "ids", ids: [...ids, 5] } as const;
      close(
        baseline[0],
        (await service.score({ model, input, topK: 0 }, { signal })).tokens[24]?.prediction?.logprob,
        1e-4,
      );
      for (const { differences, mean, interval } of effects) {
        close(mean, differences.reduce((a, b) => a + b) / 3, 1e-12);
        // t of 0.975 for 2 degrees of freedom, SciPy 1.17.1.
        const deviation = Math.sqrt(differences.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 2);
        close(interval?.[1], mean + (4.302652729749462 * deviation) / Math.sqrt(3), 1e-9);
      }
      assert.deepEqual(effects[1], { differences: [0, 0, 0], mean: 0, interval: [0, 0] });
      assert.ok(effects[0]?.differences.every((difference) => difference !== 0));
      assert.equal(seen.at(-1), 1);
      const alone = await service.analysis.ablate({ ...params, items: items.slice(0, 1) }, { signal });
      assert.equal(alone.effects[0]?.interval, null);
      close(alone.effects[0]?.mean, effects[0]?.differences[0], 1e-5);
    });

    it("refuses what is not there, naming the key", async () => {
      const ablate = (change: Partial<AblateParams>) => service.analysis.ablate({ ...params, ...change }, { signal });
      const item = { ids, place: 3, id: 1 };
      await refuses(ablate({ items: [item, { ...item, place: 25 }] }), '"items.1.place"');
      await refuses(ablate({ items: [{ ...item, place: 0 }] }), '"items.0.place"');
      await refuses(ablate({ items: [{ ...item, id: 90_000 }] }), '"items.0.id"');
      await refuses(ablate({ items: [] }), '"items"');
      await refuses(ablate({ sets: [] }), '"sets"');
      await refuses(ablate({ sets: [[], [{ kind: "head", layer: 0, head: 99 }]] }), '"sets.1.0.head"');
      await refuses(ablate({ sets: [[{ kind: "mlp", layer: 99 }]] }), '"sets.0.0.layer"');
      await refuses(ablate({ sets: [[{ kind: "mlp", layer: -1 }]] }), '"sets.0.0.layer"');
    });

    it("stops when it is cancelled", async () => {
      const controller = new AbortController();
      const onProgress = ({ stage }: WorkProgress) => stage === "analyzing" && controller.abort();
      await assert.rejects(service.analysis.ablate(params, { signal: controller.signal, onProgress }), CancelledError);
    });
  });

  describe("compareTexts", () => {
    const text = (words: string) => ({ kind: "text", text: words }) as const;
    const compare = (change: Partial<CompareTextsParams>, on = { signal }) => {
      const side = { model, input: text("export function distance(a: Point, b: Point): number {") };
      return service.analysis.compareTexts({ a: side, b: side, topK: 2, heads: true, ...change }, on);
    };

    it("finds no difference between a text and itself", async () => {
      const { a, b, alignment, heads, headsReason } = await compare({});
      assert.equal(headsReason, null);
      assert.ok(alignment.every(({ kind, bitsA, bitsB }) => kind === "same" && bitsA === bitsB));
      assert.equal(heads?.queries, a.tokens.length);
      assert.equal(heads?.divergence.length, a.model.nLayer * a.model.nHead);
      assert.ok(heads?.divergence.every((bits) => bits === 0));
      assert.deepEqual(a.summary, b.summary);
    });

    it("aligns what an insertion moved, and every head sees it", async () => {
      const input = text("export async function distance(a: Point, b: Point): number {");
      const { a, b, alignment, heads } = await compare({ b: { model, input } });
      const only = alignment.filter(({ kind }) => kind !== "same");
      assert.ok(only.every(({ kind }) => kind === "onlyB"));
      assert.equal(only.length, 1);
      const sum = alignment.reduce((total, { bitsA, bitsB }) => total + bitsB - bitsA, 0);
      close(sum, b.summary.bits - a.summary.bits, 1e-9);
      assert.ok(heads?.divergence.every((bits) => bits > 0 && bits <= 1));
    });

    it("aligns one text under models of two tokenizers by its characters", async () => {
      const folder = join(parent, "swapped");
      await writeAltered(starterFolder, folder, () => undefined, [join(starterFolder, "merges.txt")]);
      const vocabulary: Record<string, number> = JSON.parse(await readFile(join(starterFolder, "vocab.json"), "utf8"));
      // The ids of two of the text's tokens change places.
      const swapped = { ...vocabulary, "(": vocabulary[":"], ":": vocabulary["("] };
      await writeFile(join(folder, "vocab.json"), JSON.stringify(swapped));
      const input = text("export function distance(a: Point, b: Point): number {");
      const { a, b, alignment, heads } = await compare({ b: { model: { folder, device: "cpu" }, input } });
      assert.notDeepEqual(
        a.tokens.map(({ id }) => id),
        b.tokens.map(({ id }) => id),
      );
      assert.ok(alignment.length > 5 && alignment.every(({ kind }) => kind === "same"));
      assert.ok(heads?.divergence.every((bits) => bits > 0));
    });

    it("says why heads of models of different shape are not compared", async () => {
      const input = { kind: "ids", ids: [5, 6, 7, 8] } as const;
      const other = { model: fixture("gpt2-tiny-invlayer"), input };
      const { alignment, heads, headsReason, a, b } = await compare({
        a: { model: fixture("gpt2-tiny"), input },
        b: other,
      });
      assert.equal(heads, null);
      assert.match(headsReason ?? "", /gpt2-tiny has 3 layers of 4 heads, gpt2-tiny-invlayer has 4 of 3/);
      const sum = alignment.reduce((total, { bitsA, bitsB }) => total + bitsB - bitsA, 0);
      close(sum, b.summary.bits - a.summary.bits, 1e-9);
      assert.equal((await compare({ heads: false })).headsReason, null);
    });

    it("ranks the head first whose queries were changed in another model", async () => {
      const changed = { layer: 1, head: 2 };
      const folder = join(parent, "changed");
      await writeAltered(fixture("gpt2-tiny").folder, folder, changeQueries(changed));
      const input = { kind: "ids", ids: Array.from({ length: 30 }, (_, i) => (i * 7 + 3) % 131) } as const;
      const { heads } = await compare({
        a: { model: fixture("gpt2-tiny"), input },
        b: { model: { folder, device: "cpu" }, input },
      });
      const layer = (l: number) => Array.from(heads?.divergence.subarray(l * 4, (l + 1) * 4) ?? []);
      assert.deepEqual(layer(0), [0, 0, 0, 0]);
      const [best = 0] = layer(1).toSorted((x, y) => y - x);
      assert.equal(layer(1).indexOf(best), changed.head);
      assert.ok(layer(1).every((bits, head) => head === changed.head || bits === 0));
      assert.ok(layer(2).every((bits) => bits > 0));
    });

    it("answers several at once that each load both models", async () => {
      const input = { kind: "ids", ids: [1, 2, 3] } as const;
      const [x, y] = [
        { model: fixture("gpt2-tiny"), input },
        { model: fixture("gpt2-tiny-untied"), input },
      ];
      const both = await Promise.all([compare({ a: x, b: y }), compare({ a: y, b: x }), compare({ a: x, b: y })]);
      assert.deepEqual(
        both.map(({ a, b }) => [a.model.name, b.model.name]),
        [
          ["gpt2-tiny", "gpt2-tiny-untied"],
          ["gpt2-tiny-untied", "gpt2-tiny"],
          ["gpt2-tiny", "gpt2-tiny-untied"],
        ],
      );
    });

    it("refuses a second model that has no room beside the first", async () => {
      const slot = new ModelSlot();
      const loading = slot.use(model, { signal }, (first) =>
        slot.use(
          fixture("gpt2-tiny"),
          { signal, beside: { ...first, weightBytes: totalmem() } },
          async ({ info }) => info,
        ),
      );
      await assert.rejects(loading, (error) => error instanceof RuntimeError && error.code === "notEnoughMemory");
      await slot.dispose();
    });

    it("refuses wrong parameters, naming the key, and stops when cancelled", async () => {
      await refuses(compare({ topK: 101 }), '"topK"');
      await refuses(compare({ b: { model: { folder: "", device: "cpu" }, input: text("a") } }), '"b.model.folder"');
      const controller = new AbortController();
      const onProgress = ({ stage }: WorkProgress) => stage === "analyzing" && controller.abort();
      const on = { signal: controller.signal, onProgress };
      await assert.rejects(compare({ b: { model, input: text("a b c") } }, on), CancelledError);
    });
  });
});

/** Changes the queries' part of c_attn for one head: its scores, and nothing else of its layer. */
function changeQueries({ layer, head }: { readonly layer: number; readonly head: number }): Alter {
  return (name, values, { nEmbd, nHead }) => {
    if (name !== `h.${layer}.attn.c_attn.weight`) return;
    const size = nEmbd / nHead;
    for (const i of values.keys()) {
      const column = i % (3 * nEmbd);
      if (column < nEmbd && Math.floor(column / size) === head) values[i] = -(values[i] ?? 0);
    }
  };
}
