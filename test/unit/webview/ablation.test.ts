import assert from "node:assert/strict";
import fc from "fast-check";
import type { PanelAnswer } from "../../../src/runtime/analysisPanelProtocol";
import type { AblationEffects } from "../../../src/runtime/analysisProtocol";
import { ablationTable } from "../../../src/webview/inspector/ablation/ablationExport";
import { AblationMemory, layerParts, partKey, WatchedEffects } from "../../../src/webview/inspector/ablation/effects";
import { Measuring, type PartSets } from "../../../src/webview/inspector/ablation/measuring";
import { choosePlaces, mostPlaces } from "../../../src/webview/inspector/ablation/samplePlaces";
import { effectNumbers, effectSentence, intervalBits } from "../../../src/webview/inspector/ablation/sentences";
import { numberFormats } from "../../../src/webview/shared/format";
import { ablationAnswer, deepScores } from "../../webview/analysisAnswers";

const state = deepScores(3, 2);
const parts = [0, 1, 2].flatMap((layer) => layerParts(layer, 2));
const watched = { place: 5, id: state.tokens[5]?.id ?? 0 };
const formats = numberFormats("en");
const wording = { formats, language: "en" };

function answered(sets: PartSets, items = [watched]): AblationEffects {
  const answer = ablationAnswer(state)({ text: 1, items, sets });
  return answer.kind === "ready" ? answer.value : assert.fail();
}

describe("effects", () => {
  it("are kept by part, the strongest first, and sets apart from single parts", () => {
    const effects = new WatchedEffects();
    const sets = parts.map((part) => [part]);
    const answer = answered(sets);
    effects.add(sets, answer);
    effects.add([parts.slice(0, 2)], answered([parts.slice(0, 2)]));
    for (const [index, part] of parts.entries()) {
      assert.equal(effects.of(part), answer.effects[index]?.differences[0], partKey(part));
    }
    const sizes = effects.strongest.map(({ difference }) => Math.abs(difference));
    assert.deepEqual(
      sizes,
      [...sizes].sort((a, b) => b - a),
    );
    assert.equal(effects.together.length, 1);
    assert.equal(effects.baseline, state.tokens[5]?.prediction?.logprob);
    const { columns, rows } = ablationTable(effects, watched, { text: " x" });
    assert.equal(rows.length, parts.length + 1);
    for (const row of rows) assert.equal(row.length, columns.length);
  });

  it("of one watched token are not another's", () => {
    const memory = new AblationMemory();
    memory.effects(watched).add([[{ kind: "mlp", layer: 0 }]], answered([[{ kind: "mlp", layer: 0 }]]));
    assert.notEqual(memory.effects({ ...watched }).of({ kind: "mlp", layer: 0 }), undefined);
    assert.equal(memory.effects({ ...watched, id: watched.id + 1 }).of({ kind: "mlp", layer: 0 }), undefined);
  });

  it("have a key for every part", () => assert.equal(new Set(parts.map(partKey)).size, parts.length));
});

describe("effects in words", () => {
  const head = { kind: "head", layer: 2, head: 1 } as const;

  it("say what p was and what it becomes", () => {
    const falls = effectSentence([head], Math.log(0.4), Math.log(0.12 / 0.4), wording);
    assert.equal(falls, "Without layer 2 head 1, p falls from 40.0% to 12.0%.");
    const rises = effectSentence([head, { kind: "mlp", layer: 0 }], Math.log(0.1), Math.log(2), wording);
    assert.equal(rises, "Without layer 2 head 1 and the MLP of layer 0, p rises from 10.0% to 20.0%.");
    assert.equal(effectSentence([head], Math.log(0.4), 1e-9, wording), "Without layer 2 head 1, p stays at 40.0%.");
  });

  it("give bits and natural logarithms with their sign", () => {
    assert.equal(effectNumbers(-Math.LN2, formats), "-1.00 bits, ln p -0.69");
    assert.equal(intervalBits([-Math.LN2, 2 * Math.LN2], formats), "-1.00 to +2.00");
    assert.equal(intervalBits(null, formats), "–");
  });
});

describe("places to measure", () => {
  it("are distinct predicted places, the same for the same seed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 1, max: 64 }), (seed, count) => {
        const places = choosePlaces(state.tokens, { kind: "sample", seed, count });
        assert.equal(places.length, Math.min(count, mostPlaces));
        assert.equal(new Set(places.map(({ place }) => place)).size, places.length);
        for (const { place, id } of places) assert.ok(place >= 1 && state.tokens[place]?.id === id);
        assert.deepEqual(choosePlaces(state.tokens, { kind: "sample", seed, count }), places);
      }),
    );
    const seeds = [1, 2, 3].map((seed) =>
      JSON.stringify(choosePlaces(state.tokens, { kind: "sample", seed, count: 8 })),
    );
    assert.equal(new Set(seeds).size, 3);
  });

  it("are each as likely as the others", () => {
    const counts = new Map<number, number>();
    for (let seed = 0; seed < 2000; seed++) {
      for (const { place } of choosePlaces(state.tokens.slice(0, 11), { kind: "sample", seed, count: 3 }))
        counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    // 600 of 2000 expected of each; the standard deviation is 20.5.
    for (let place = 1; place <= 10; place++) assert.ok(Math.abs((counts.get(place) ?? 0) - 600) < 103, `${place}`);
  });

  it("of a token are those where it stands", () => {
    const id = state.tokens.find(({ text }) => text === " dx")?.id ?? assert.fail();
    const expected = state.tokens.flatMap((token, place) => (token.id === id && place > 0 ? [place] : []));
    assert.ok(expected.length > 1);
    assert.deepEqual(
      choosePlaces(state.tokens, { kind: "token", id }).map(({ place }) => place),
      expected,
    );
  });
});

describe("measuring", () => {
  interface Asked {
    readonly sets: PartSets;
    readonly signal: AbortSignal;
    answer(answer?: PanelAnswer<AblationEffects>): Promise<void>;
  }

  function make() {
    const asked: Asked[] = [];
    const measuring = new Measuring(
      (items, sets, signal) =>
        new Promise((resolve) => {
          const answer = (given?: PanelAnswer<AblationEffects>) => {
            resolve(given ?? { kind: "ready", value: answered(sets, [...items]) });
            return new Promise<void>((done) => setImmediate(done));
          };
          asked.push({ sets, signal, answer });
        }),
      () => undefined,
    );
    return { measuring, asked, last: () => asked.at(-1) ?? assert.fail("nothing was asked") };
  }

  it("sweeps layer by layer, and keeps what it has when it is stopped", async () => {
    const { measuring, asked, last } = make();
    const effects = new WatchedEffects();
    void measuring.sweep(effects, watched, parts);
    assert.equal(last().sets.length, 3);
    assert.deepEqual([measuring.run?.done, measuring.run?.total], [0, 3]);
    await last().answer();
    assert.equal(measuring.run?.done, 1);
    measuring.stop();
    assert.equal(last().signal.aborted, true);
    await last().answer({ kind: "cancelled" });
    assert.equal(measuring.run, null);
    assert.equal(asked.length, 2);
    assert.equal(effects.strongest.length, 3);
    assert.equal(measuring.pending.size, 0);
  });

  it("measures a part once, also when it is asked for twice", async () => {
    const { measuring, asked, last } = make();
    const effects = new WatchedEffects();
    const [part] = parts;
    if (!part) return assert.fail();
    void measuring.one(effects, watched, part);
    void measuring.one(effects, watched, part);
    assert.equal(asked.length, 1);
    await last().answer();
    void measuring.one(effects, watched, part);
    assert.equal(asked.length, 1);
  });

  it("forgets what is under way about another token", async () => {
    const { measuring, last } = make();
    const effects = new WatchedEffects();
    void measuring.sweep(effects, watched, parts);
    measuring.forget();
    assert.equal(last().signal.aborted, true);
    await last().answer();
    assert.equal(effects.strongest.length, 0);
    assert.equal(measuring.run, null);
  });

  it("goes on after a failure when it is told to", async () => {
    const { measuring, asked, last } = make();
    const effects = new WatchedEffects();
    void measuring.together(effects, watched, parts.slice(0, 2));
    const error = { code: "internal", message: "broken", hint: "" } as const;
    await last().answer({ kind: "failed", error });
    assert.equal(measuring.error, error);
    measuring.retry();
    assert.equal(measuring.error, null);
    assert.equal(asked.length, 2);
    await last().answer();
    assert.equal(effects.together.length, 1);
  });

  it("gives means and intervals of several places as they come", async () => {
    const { measuring, last } = make();
    const items = choosePlaces(state.tokens, { kind: "sample", seed: 1, count: 4 });
    void measuring.several(items, [parts.slice(0, 2), parts.slice(0, 1)], "places");
    await last().answer();
    assert.equal(measuring.batch?.effects.length, 1);
    await last().answer();
    assert.equal(measuring.batch?.effects.length, 2);
    assert.equal(measuring.batch?.effects[0]?.differences.length, 4);
    assert.ok(measuring.batch?.effects[0]?.interval);
  });
});
