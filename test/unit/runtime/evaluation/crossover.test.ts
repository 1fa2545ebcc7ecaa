import assert from "node:assert/strict";
import { type Crossover, crossover, crossoverWords } from "../../../../src/runtime/evaluation/crossover";
import { binomialQuantile } from "../../../../src/runtime/evaluation/distributions";
import type { LearningRun } from "../../../../src/runtime/evaluation/learningCurve";
import { longRandom } from "../../../../src/runtime/random";
import { close } from "./close";
import { difficulties, simulatedRuns, sizes } from "./simulatedLearner";

/** Runs of one seed whose accuracies over 1,000 items are exactly these. */
function exactRuns(labels: readonly number[], accuracies: readonly number[]): LearningRun[] {
  return labels.map((n, i) => ({
    labels: n,
    seed: 0,
    scores: Array.from({ length: 1000 }, (_, item) => (item < 1000 * (accuracies[i] ?? 0) ? 1 : 0)),
  }));
}

describe("a crossover", () => {
  const rising = exactRuns([10, 100, 1000], [0.5, 0.7, 0.8]);

  it("lies where straight lines over log labels meet, of a curve and a constant, an arm, or a curve", async () => {
    close((await crossover(rising, 0.6, { resamples: 20 })).estimate.labels, 10 ** 1.5, "a constant");
    close((await crossover(rising, exactRuns([16], [0.75]), { resamples: 20 })).estimate.labels, 10 ** 2.5, "an arm");
    const slow = exactRuns([10, 1000], [0.6, 0.7]);
    // 0.5 + 0.2 x meets 0.6 + 0.05 x, x being the tens above 10.
    close((await crossover(rising, slow, { resamples: 20 })).estimate.labels, 10 ** (1 + 0.1 / 0.15), "a curve");
  });

  it("follows a power law where told to", async () => {
    const labels = [16, 64, 256, 1024];
    const law = exactRuns(
      labels,
      labels.map((n) => 0.9 - 1.6 * n ** -0.5),
    );
    const { estimate, fit } = await crossover(law, 0.75, { resamples: 20, fit: "powerLaw" });
    assert.equal(fit, "powerLaw");
    // 0.9 − 1.6 N^(−½) = 0.75. Items come in thousandths, and the curve in eighths between its sizes.
    assert.ok(Math.abs(estimate.labels / (1.6 / 0.15) ** 2 - 1) < 0.02, `${estimate.labels}`);
  });

  it("says that it is below or beyond what was run", async () => {
    assert.deepEqual((await crossover(rising, 0.4, { resamples: 20 })).estimate, { kind: "upTo", labels: 10 });
    assert.deepEqual((await crossover(rising, 0.9, { resamples: 20 })).estimate, { kind: "beyond", labels: 1000 });
    const open = await crossover(rising, 0.79, { resamples: 400 });
    assert.equal(open.estimate.kind, "at");
    assert.deepEqual(open.interval[1], { kind: "beyond", labels: 1000 });
  });

  it("is the last crossing of several", async () => {
    const wavy = exactRuns([10, 100, 1000], [0.6, 0.6, 0.8]);
    const other = exactRuns([10, 100, 1000], [0.5, 0.7, 0.7]);
    close((await crossover(wavy, other, { resamples: 20 })).estimate.labels, 10 ** 2.5, "the last");
  });

  it("refuses curves without a stretch in common, and other items", async () => {
    const invalid = { code: "invalidRequest" };
    await assert.rejects(crossover(rising, exactRuns([2000, 4000], [0.5, 0.6])), invalid);
    await assert.rejects(crossover(exactRuns([10], [0.5]), 0.5), invalid);
    await assert.rejects(crossover(rising, [{ labels: 1, seed: 0, scores: [1] }]), invalid);
  });

  it("is a sentence", () => {
    const at = (labels: number) => ({ kind: "at", labels }) as const;
    const rest = { level: 0.95, fit: "isotonic", resamples: 1, seed: 0 } as const;
    const words = (of: Pick<Crossover, "estimate" | "interval">, apart?: boolean) =>
      crossoverWords({ ...of, ...rest }, "fine-tuning", "16-shot", apart);
    assert.equal(
      words({ estimate: at(241.3), interval: [at(149.6), at(418.2)] }),
      "fine-tuning overtakes 16-shot at about 240 labels (95 %: 150 to 420).",
    );
    assert.equal(
      words({ estimate: { kind: "beyond", labels: 1024 }, interval: [at(812.3), { kind: "beyond", labels: 1024 }] }),
      "Not decisive: fine-tuning does not overtake 16-shot up to 1024 labels (95 %: 810 to more than 1024).",
    );
    assert.equal(
      words({ estimate: { kind: "upTo", labels: 16 }, interval: [{ kind: "upTo", labels: 16 }, at(20.7)] }),
      "fine-tuning is ahead of 16-shot from 16 labels on (95 %: at most 16 to 21).",
    );
    assert.equal(
      words({ estimate: at(90), interval: [at(60), at(200)] }, false),
      "Not decisive: fine-tuning overtakes 16-shot at about 90 labels (95 %: 60 to 200).",
    );
    const beyond = { kind: "beyond", labels: 512 } as const;
    assert.equal(
      words({ estimate: at(230), interval: [{ kind: "upTo", labels: 32 }, beyond] }),
      "Not decisive: fine-tuning overtakes 16-shot at about 230 labels (95 %: at most 32 to more than 512).",
    );
    assert.equal(
      words({ estimate: beyond, interval: [beyond, beyond] }, false),
      "fine-tuning does not overtake 16-shot up to 512 labels (95 %: more than 512).",
    );
  });
});

describe("the interval of a crossover", () => {
  const learner = { accuracy: (n: number) => 0.9 - 1.6 * n ** -0.5, seedDeviation: 0.015 };
  const trials = 200;

  /** Of 200 simulated comparisons, how many intervals hold the crossing that is known. */
  async function covered(known: number, compare: (trial: number) => Promise<Crossover>): Promise<number> {
    const holds = ({ interval: [low, high] }: Crossover) =>
      (low.kind === "upTo" || low.labels <= known) && (high.kind === "beyond" || high.labels >= known);
    const found: Crossover[] = [];
    for (let trial = 0; trial < trials; trial++) found.push(await compare(trial));
    return found.filter(holds).length;
  }

  /** At least 90 %: fewer than this would be seen once in a thousand times where it is so. */
  const fewest = binomialQuantile(0.001, trials, 0.9);

  for (const fit of ["isotonic", "powerLaw"] as const) {
    it(`holds that of a learner with 16-shot prompting at least 90 % of the time: ${fit}`, async () => {
      const known = (1.6 / (0.9 - 0.75)) ** 2;
      const found = await covered(known, (trial) => {
        const random = longRandom(1000 + trial);
        const hard = difficulties(200, random);
        const tuned = simulatedRuns(learner, sizes, 3, hard, random);
        const prompted = simulatedRuns({ accuracy: () => 0.75, seedDeviation: 0.02 }, [16], 5, hard, random);
        return crossover(tuned, prompted, { fit, resamples: 120, seed: trial });
      });
      assert.ok(found >= fewest && found >= 0.9 * trials, `${found} of ${trials}`);
    });
  }

  it("holds that of two learners at least 90 % of the time", async () => {
    // 0.9 − 1.6 N^(−½) = 0.8 − 0.6 N^(−½) at N^(½) = 10.
    const slower = { accuracy: (n: number) => 0.8 - 0.6 * n ** -0.5, seedDeviation: 0.015 };
    const found = await covered(100, (trial) => {
      const random = longRandom(5000 + trial);
      const hard = difficulties(200, random);
      const [first, second] = [learner, slower].map((of) => simulatedRuns(of, sizes, 3, hard, random));
      return crossover(first ?? [], second ?? [], { resamples: 200, seed: trial });
    });
    assert.ok(found >= fewest && found >= 0.9 * trials, `${found} of ${trials}`);
  });
});
