import assert from "node:assert/strict";
import fc from "fast-check";
import type { RequestType } from "vscode-jsonrpc";
import { LensBriefs, windowStart } from "../../../../src/extension/surprisal/lensBriefs";
import type { ScoredText } from "../../../../src/extension/surprisal/scoredDocument";
import type { Lens, LensParams } from "../../../../src/runtime/analysisProtocol";
import { scoreWindows } from "../../../../src/runtime/engine/scoreText";
import type { RuntimeErrorInfo, WithProgress } from "../../../../src/runtime/protocol";
import { FakeClock, modelInfo, recordingLogger } from "../support";
import { turns, wordTokens } from "./support";

interface Pending {
  readonly params: LensParams;
  readonly signal: AbortSignal | undefined;
  answer(lens: Lens): void;
  fail(error: Error): void;
}

/** A model whose lens answers when told to. */
class FakeLens {
  readonly asked: Pending[] = [];

  get last(): Pending {
    const last = this.asked.at(-1);
    assert.ok(last);
    return last;
  }

  analyze<P, R>(
    _: RequestType<WithProgress<P>, R, RuntimeErrorInfo>,
    params: P,
    { signal }: { readonly signal?: AbortSignal | undefined },
  ): Promise<R> {
    return new Promise((resolve, reject) => {
      const answer = (lens: Lens) => resolve(lens as R);
      this.asked.push({ params: params as unknown as LensParams, signal, answer, fail: reject });
    });
  }
}

/** Two rows over the embeddings; at place i of the stretch the answer is token 10 + i, which leads from row `leads[i]` on. */
function lensOf({ places, topK }: LensParams, leads: readonly number[]): Lens {
  const count = places[1] - places[0];
  const rows = 3;
  const topIds = Int32Array.from({ length: rows * count * topK }, (_, i) => {
    const row = Math.floor(i / (count * topK));
    const place = Math.floor(i / topK) % count;
    return row === rows - 1 && i % topK === 0 ? 10 + place : 90;
  });
  const vocabulary = { 10: { text: "ten" }, 11: { text: "eleven" }, 90: { text: "other" } };
  const cells = new Float32Array(rows * count);
  return {
    ...{ model: modelInfo, places, rows, topK, topIds, vocabulary, elapsedMs: 1 },
    ...{ topLogprobs: new Float32Array(topIds.length).fill(-2), divergence: cells, logprobs: cells },
    ...{ ranks: new Int32Array(rows * count), firstLeads: Int32Array.from(leads) },
  };
}

function textOf(words: number): ScoredText {
  const text = Array.from({ length: words }, (_, i) => `w${i}`).join(" ");
  const reference = { folder: "/model", device: "cpu" } as const;
  return { text, reference, model: modelInfo, tokens: wordTokens(text), truncation: null };
}

function setUp() {
  const models = new FakeLens();
  const clock = new FakeClock();
  const log = recordingLogger();
  return { models, clock, log, briefs: new LensBriefs(models, clock, log) };
}

describe("LensBriefs", () => {
  it("asks about the places of the tokens, with the whole text, and reads the answer off the last row", async () => {
    const { models, briefs } = setUp();
    const text = textOf(6);
    const asked = briefs.ask(text, 2, 4, 300);
    const { params } = models.last;
    assert.deepEqual(params.places, [2, 4]);
    assert.deepEqual(
      params.ids,
      text.tokens.map(({ id }) => id),
    );
    models.last.answer(lensOf(params, [0, 2]));
    const found = await asked;
    assert.deepEqual([found.get(2)?.firstLead, found.get(3)?.firstLead, found.get(2)?.rows], [0, 2, 3]);
    assert.deepEqual([found.get(2)?.top[0]?.text, found.get(3)?.top[0]?.text], ["ten", "eleven"]);
    assert.equal(found.get(3)?.top.length, params.topK);
  });

  it("asks once for a place", async () => {
    const { models, briefs } = setUp();
    const text = textOf(6);
    const asked = briefs.ask(text, 2, 3, 300);
    models.last.answer(lensOf(models.last.params, [1]));
    await asked;
    assert.equal((await briefs.ask(text, 2, 3, 300)).get(2)?.firstLead, 1);
    assert.equal(models.asked.length, 1);
  });

  it("goes without an answer that takes longer, and has it the next time", async () => {
    const { models, clock, briefs } = setUp();
    const text = textOf(6);
    const asked = briefs.ask(text, 2, 3, 300);
    clock.advance(300);
    assert.equal((await asked).size, 0);
    assert.ok(!models.last.signal?.aborted, "it goes on");
    const again = briefs.ask(text, 2, 3, 300);
    assert.equal(models.asked.length, 1);
    models.last.answer(lensOf(models.last.params, [1]));
    assert.equal((await again).get(2)?.firstLead, 1);
    assert.deepEqual(clock.waiting, []);
  });

  it("cancels what it asked when something else is asked, or it is told to", async () => {
    const { models, briefs } = setUp();
    const text = textOf(6);
    void briefs.ask(text, 2, 3, 300);
    const first = models.last;
    void briefs.ask(text, 3, 4, 300);
    assert.ok(first.signal?.aborted);
    briefs.cancel();
    assert.ok(models.last.signal?.aborted);
  });

  it("does without when the runtime cannot, and asks again the next time", async () => {
    const { models, log, briefs } = setUp();
    const text = textOf(6);
    const asked = briefs.ask(text, 2, 3, 300);
    models.last.fail(new Error("no lens"));
    assert.equal((await asked).size, 0);
    assert.equal(log.lines.length, 1);
    await turns();
    void briefs.ask(text, 2, 3, 300);
    assert.equal(models.asked.length, 2);
  });

  it("takes the window in which the runtime scores a long text", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.integer({ min: 2, max: 40 }), (length, context) => {
        for (const { start, first, last } of scoreWindows(length, context)) {
          for (let place = first; place <= last; place++) assert.equal(windowStart(place, context), start);
        }
      }),
    );
  });

  it("asks nothing for the first token, and no more than a context of a longer text", () => {
    const { models, briefs } = setUp();
    void briefs.ask(textOf(3), 0, 1, 300);
    assert.equal(models.asked.length, 0);
    void briefs.ask(textOf(2000), 1500, 1501, 300);
    const { ids, places } = models.last.params;
    assert.equal(ids.length, modelInfo.nPositions);
    const step = modelInfo.nPositions + 1 - modelInfo.nPositions / 2;
    assert.deepEqual(places, [1500 - 4 * step, 1501 - 4 * step]);
  });
});
