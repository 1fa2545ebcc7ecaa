import assert from "node:assert/strict";
import fc from "fast-check";
import { type LearningRun, learningCurve } from "../../../../src/runtime/evaluation/learningCurve";
import { nestedSubsets } from "../../../../src/runtime/evaluation/nestedSubsets";
import { seedSpread } from "../../../../src/runtime/evaluation/spread";
import { longRandom } from "../../../../src/runtime/random";
import { close } from "./close";
import { difficulties, simulatedRuns, sizes } from "./simulatedLearner";

const invalid = { code: "invalidRequest" };
const accuracy = (n: number) => 0.9 - 1.6 * n ** -0.5;

describe("a learning curve", () => {
  const random = longRandom(5);
  const runs = simulatedRuns({ accuracy, seedDeviation: 0.02 }, sizes, 4, difficulties(150, random), random);

  it("has the means of its runs, in whatever order they come, within their bands", async () => {
    const found = await learningCurve(runs, { resamples: 300 });
    assert.deepEqual(
      found.points.map(({ labels }) => labels),
      sizes,
    );
    assert.deepEqual([found.seeds, found.items, found.level], [4, 150, 0.95]);
    for (const { labels, mean, band, seedMeans } of found.points) {
      const scores = runs.filter((run) => run.labels === labels).flatMap((run) => run.scores);
      close(mean, scores.reduce((sum, score) => sum + score, 0) / scores.length, `mean at ${labels}`);
      assert.ok(band[0] < mean && mean < band[1] && seedMeans.length === 4);
    }
    assert.deepEqual(await learningCurve([...runs].reverse(), { resamples: 300 }), found);
  });

  it("has bands as wide as the two-level standard error says over all sizes, and a little more as seeds are few", async () => {
    const rootMeanSquare = (of: readonly number[]) => Math.hypot(...of) / Math.sqrt(of.length);
    // How much of the spread is the seeds' is told by all sizes together: one alone may be off by more.
    const { points } = await learningCurve(runs, { resamples: 4000 });
    const found = rootMeanSquare(points.map(({ band }) => (band[1] - band[0]) / (2 * 1.959964)));
    const runsOf = (labels: number) => runs.filter((run) => run.labels === labels).map((run) => run.scores);
    const wanted = rootMeanSquare(points.map(({ labels }) => seedSpread(runsOf(labels)).totalError));
    assert.ok(found / wanted > 0.95 && found / wanted < 1.2, `${found}, wanted ${wanted}`);
  });

  it("leaves room for other seeds where two have the same mean, and none where they answer the same", async () => {
    const [even, odd] = [0, 1].map((left) => Array.from({ length: 100 }, (_, i) => (i % 2 === left ? 1 : 0)));
    const runsOf = (second: readonly number[] = []) =>
      [8, 16].flatMap((labels) => [even ?? [], second].map((scores, seed): LearningRun => ({ labels, seed, scores })));
    // Every item's mean over the seeds is a half: drawing items again changes nothing.
    for (const { mean, band } of (await learningCurve(runsOf(odd), { resamples: 500 })).points)
      assert.ok(mean === 0.5 && band[0] < 0.47 && band[1] > 0.53, JSON.stringify(band));
    const same = await learningCurve(runsOf(even), { resamples: 500 });
    const alone = await learningCurve(
      runsOf(even).filter(({ seed }) => seed === 0),
      { resamples: 500 },
    );
    assert.deepEqual(
      same.points.map(({ band }) => band),
      alone.points.map(({ band }) => band),
    );
  });

  it("refuses runs that do not make a grid", async () => {
    const run = (labels: number, seed: number, scores: readonly number[]): LearningRun => ({ labels, seed, scores });
    await assert.rejects(learningCurve([]), invalid);
    await assert.rejects(learningCurve([run(8, 0, [1]), run(16, 1, [1])]), invalid);
    await assert.rejects(learningCurve([run(8, 0, [1]), run(8, 0, [0])]), invalid);
    await assert.rejects(learningCurve([run(8, 0, [1]), run(8, 1, [0, 1])]), invalid);
    await assert.rejects(learningCurve([run(0, 0, [1])]), invalid);
  });
});

describe("nested subsets", () => {
  const pool = fc.array(fc.constantFrom("a", "b", "b", "c"), { minLength: 1, maxLength: 60 });

  it("lie within each other, hold no item twice, and depend on the seed only", () => {
    fc.assert(
      fc.property(pool, fc.nat(), (labels, seed) => {
        const all = labels.map((_, i) => i + 1);
        const subsets = nestedSubsets(labels, all, seed);
        for (const [i, subset] of subsets.entries()) {
          assert.equal(new Set(subset).size, i + 1);
          assert.deepEqual(subsets.at(-1)?.slice(0, i + 1), subset);
        }
        assert.deepEqual(nestedSubsets(labels, [labels.length], seed)[0], subsets.at(-1));
      }),
    );
  });

  it("have each of two labels in its share, to within one item", () => {
    const two = fc.array(fc.constantFrom("yes", "no", "no"), { minLength: 2, maxLength: 80 });
    fc.assert(
      fc.property(two, fc.nat(), (labels, seed) => {
        const share = labels.filter((label) => label === "yes").length / labels.length;
        const all = labels.map((_, i) => i + 1);
        for (const subset of nestedSubsets(labels, all, seed)) {
          const found = subset.filter((place) => labels[place] === "yes").length;
          assert.ok(Math.abs(found - share * subset.length) <= 1);
        }
      }),
    );
  });

  it("differ from seed to seed, and refuse sizes that the pool does not have", () => {
    const labels = Array.from({ length: 50 }, (_, i) => (i % 2 === 0 ? "a" : "b"));
    assert.notDeepEqual(nestedSubsets(labels, [10], 1), nestedSubsets(labels, [10], 2));
    for (const size of [0, 51, 1.5]) assert.throws(() => nestedSubsets(labels, [size], 0), invalid);
  });
});
