/** Our statistics against SciPy's, statsmodels's and NumPy's, on random cases. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import { drawAgain, pairedBootstrap } from "../../src/runtime/evaluation/bootstrap";
import {
  brierScore,
  confusionMatrix,
  expectedCalibrationError,
  logLoss,
  macroF1,
  reliabilityBins,
  topAnswers,
} from "../../src/runtime/evaluation/classificationMetrics";
import {
  binomialCumulative,
  binomialProbability,
  binomialQuantile,
  incompleteBeta,
  normalProbability,
  normalQuantile,
} from "../../src/runtime/evaluation/distributions";
import { fitLogisticRegression, predictProbabilities } from "../../src/runtime/evaluation/logisticRegression";
import { itemsNeeded, mcnemarPower, smallestDifference } from "../../src/runtime/evaluation/power";
import { seedDeviations, seedPrior } from "../../src/runtime/evaluation/seedEffects";
import { holmAdjusted, mcnemarTest, wilsonInterval } from "../../src/runtime/evaluation/significance";
import { sparseRows } from "../../src/runtime/evaluation/sparseRows";
import { studentQuantile } from "../../src/runtime/evaluation/studentT";
import { longRandom, type Random } from "../../src/runtime/random";
import { peerPython } from "./environment";

/** A random case: what Python is asked, and what we say, given its answer where ours is the other way round. */
interface Case {
  readonly arguments: readonly unknown[];
  readonly ours: (theirs: readonly number[]) => readonly number[];
}

/** A statistic: `name` in evaluate_statistics.py. */
interface Peer {
  readonly name: string;
  readonly whose: string;
  readonly make: (random: Random) => Case;
  readonly cases?: number;
  /** Relative; 1e-9 unless a reason is given. Numbers under `least` are compared by it: they come of the difference of larger ones. */
  readonly tolerance?: number;
  readonly least?: number;
}

const usual = 250;
const whole = (random: Random, low: number, high: number) => low + Math.floor(random() * (high - low + 1));
const list = <T>(count: number, one: (i: number) => T) => Array.from({ length: count }, (_, i) => one(i));
const between = (random: Random, low: number, high: number) => low + random() * (high - low);

const peers: readonly Peer[] = [
  {
    name: "wilson",
    whose: "statsmodels: Wilson's interval",
    least: 1e-3,
    make: (random) => {
      const n = whole(random, 1, 5000);
      const [k, level] = [whole(random, 0, n), between(random, 0.5, 0.999)];
      return { arguments: [k, n, level], ours: () => wilsonInterval(k, n, level) };
    },
  },
  {
    name: "exact_mcnemar",
    whose: "statsmodels: McNemar's exact test",
    make: (random) => {
      const most = random() < 0.5 ? 12 : 400;
      const [b, c] = [whole(random, 0, most), whole(random, 1, most)];
      return { arguments: [b, c], ours: () => [mcnemarTest({ firstOnly: b, secondOnly: c }).pValue] };
    },
  },
  {
    name: "holm",
    whose: "statsmodels: Holm's adjustment, ties among them",
    make: (random) => {
      const p = list(whole(random, 1, 40), () => (random() < 0.2 ? 0.01 : random() ** 4));
      return { arguments: [p], ours: () => holmAdjusted(p) };
    },
  },
  {
    name: "normal",
    whose: "SciPy: normal tails and quantiles",
    make: (random) => {
      const [x, p] = [between(random, -30, 8), random() < 0.5 ? random() : 10 ** between(random, -200, -1)];
      return { arguments: [x, p], ours: () => [normalProbability(x), normalQuantile(p)] };
    },
  },
  {
    name: "binomial",
    whose: "SciPy: binomial probabilities, tails and quantiles",
    make: (random) => {
      const n = whole(random, 1, 3000);
      const p = random();
      // Within ten deviations: beyond them SciPy's own tails lose digits.
      const near = Math.round(n * p + between(random, -10, 10) * Math.sqrt(n * p * (1 - p)));
      const [k, q] = [Math.min(n, Math.max(0, near)), random()];
      const ours = [binomialProbability(k, n, p), binomialCumulative(k, n, p), binomialQuantile(q, n, p)];
      return { arguments: [k, n, p, q], ours: () => ours };
    },
  },
  {
    name: "beta",
    whose: "SciPy: the incomplete beta function",
    make: (random) => {
      const [x, a, b] = [random(), 10 ** between(random, -1, 3), 10 ** between(random, -1, 3)];
      return { arguments: [x, a, b], ours: () => [incompleteBeta(x, 1 - x, a, b)] };
    },
    least: 1e-100,
  },
  {
    name: "student",
    whose: "SciPy: Student's t",
    make: (random) => {
      const [p, freedom] = [between(random, 0.501, 0.9999), whole(random, 1, 400)];
      return { arguments: [p, freedom], ours: () => [studentQuantile(p, freedom)] };
    },
  },
  {
    name: "bootstrap",
    whose: "SciPy: the paired bootstrap on the same resamples, percentile and BCa",
    least: 1e-2,
    make: (random) => {
      const [items, resamples, seed] = [whole(random, 8, 50), whole(random, 100, 300), whole(random, 0, 1e6)];
      const level = between(random, 0.8, 0.99);
      // In 64ths, whose sums are exact: a resample of every item once ties with the estimate in whatever order it is summed.
      const score = random() < 0.5 ? () => Number(random() < 0.6) : () => Math.round(-64 * Math.log(1 - random())) / 64;
      const [first, second] = [list(items, score), list(items, score)];
      // All alike is no case: BCa is not defined there.
      second[0] = (first[0] ?? 0) + 1;
      const indices = new Int32Array(items);
      const draw = longRandom(seed);
      const draws = list(resamples, () => {
        drawAgain(indices, items, draw);
        return [...indices];
      });
      const ours = () => {
        const options = { resamples, seed, level };
        const percentile = pairedBootstrap(first, second, { ...options, method: "percentile" });
        const bca = pairedBootstrap(first, second, options);
        return [bca.estimate, bca.standardError, ...percentile.interval, ...bca.interval];
      };
      return { arguments: [first, second, draws, level], ours };
    },
  },
  {
    name: "metrics",
    whose: "NumPy: log-loss, Brier score, macro-F1, calibration error",
    least: 1e-3,
    make: (random) => {
      const [classes, items, bins] = [whole(random, 2, 6), whole(random, 2, 150), whole(random, 2, 20)];
      const rows = list(items, () => {
        const powers = list(classes, () => Math.exp(4 * random()));
        const total = powers.reduce((sum, power) => sum + power, 0);
        return powers.map((power) => power / total);
      });
      const labels = list(items, () => whole(random, 0, classes - 1));
      const predicted = list(items, () => whole(random, 0, classes - 1));
      const ours = () => [
        logLoss(labels, rows),
        brierScore(labels, rows),
        macroF1(confusionMatrix(labels, predicted, classes)),
        expectedCalibrationError(reliabilityBins(topAnswers(labels, rows), { bins })),
      ];
      return { arguments: [labels, rows, predicted, bins], ours };
    },
  },
  {
    name: "power",
    whose: "SciPy: the exact power of McNemar's test",
    // The chances of up to 500 tables are added, of which we leave out those under 1e-18.
    least: 1e-6,
    make: (random) => {
      const [items, discordance] = [whole(random, 2, 30), between(random, 0.05, 1)];
      const [difference, alpha] = [between(random, -discordance, discordance), between(random, 0.005, 0.2)];
      const ours = () => [mcnemarPower(items, discordance, difference, { alpha })];
      return { arguments: [items, discordance, difference, alpha], ours };
    },
  },
  {
    name: "size",
    whose: "statsmodels: the size of a test set, there and back",
    make: (random) => {
      const discordance = between(random, 0.05, 1);
      const difference = between(random, 0.1, 0.9) * discordance;
      const [alpha, power] = [between(random, 0.005, 0.2), between(random, 0.5, 0.99)];
      const ours = ([items = Number.NaN]: readonly number[]) => {
        assert.equal(itemsNeeded(difference, discordance, { alpha, power }), Math.ceil(items));
        // A size below which no test finds anything has no way back.
        const back = smallestDifference(items, discordance, { alpha, power });
        return [back === null ? items : items * (back / difference)];
      };
      return { arguments: [difference, discordance, alpha, power], ours };
    },
  },
  {
    name: "logistic",
    whose: "SciPy: the optimum of logistic regression",
    cases: 200,
    // As near as BFGS comes to the optimum with gradients of 1e-9 in float64.
    tolerance: 1e-6,
    make: (random) => {
      const [items, columns, l2] = [whole(random, 6, 40), whole(random, 1, 5), 10 ** between(random, -1, 1)];
      const rows = list(items, () => list(columns, () => whole(random, 0, 3)));
      const labels = list(items, (i) => (i < 2 ? i : whole(random, 0, 1)));
      const sparse = sparseRows(
        columns,
        rows.map((row) => new Map(row.entries())),
      );
      const ours = () =>
        predictProbabilities(fitLogisticRegression(sparse, labels, 2, { l2 }), sparse).map((row) => row[1] ?? 0);
      return { arguments: [rows, labels, l2], ours };
    },
  },
  {
    name: "posterior",
    whose: "SciPy: what seeds tell of seeds, by quadrature",
    // Ours is a line between 160 points: it stands for a random draw.
    tolerance: 5e-3,
    least: 1,
    make: (random) => {
      const seeds = whole(random, 2, 6);
      const itemDeviation = between(random, 0.1, 0.5);
      const leftOver = itemDeviation ** 2 / whole(random, 50, 2000);
      const between2 = leftOver * between(random, 0.1, 8);
      const scale = seedPrior.scale * itemDeviation;
      const share = between(random, 0.02, 0.98);
      const place = seedDeviations({ seeds, between: between2, leftOver, itemDeviation })(share) / scale;
      return { arguments: [seeds, between2, leftOver, scale, place], ours: () => [share] };
    },
  },
];

/** `GPTW_PEERS_SEED`, or a new one. */
function chosenSeed(): number {
  const given = process.env.GPTW_PEERS_SEED;
  return given === undefined ? randomInt(2 ** 30) : z.coerce.number().int().min(0).parse(given);
}

describe("statistics in SciPy and statsmodels", () => {
  let python = "";
  const seed = chosenSeed();

  before(async function () {
    const found = await peerPython();
    if (found.kind === "missing") {
      console.log(`    Not compared with SciPy and statsmodels here: ${found.reason}`);
      this.skip();
    }
    python = found.python;
    console.log(`    GPTW_PEERS_SEED=${seed} makes the same cases again`);
  });

  function ask(questions: readonly unknown[]): readonly (readonly number[])[] {
    const options = { encoding: "utf8", input: JSON.stringify(questions), maxBuffer: 2 ** 28 } as const;
    const { status, stdout, stderr } = spawnSync(python, [join(__dirname, "evaluate_statistics.py")], options);
    assert.equal(status, 0, stderr);
    return z.array(z.array(z.number())).parse(JSON.parse(stdout));
  }

  for (const [i, { name, whose, make, cases = usual, tolerance = 1e-9, least = 1e-290 }] of peers.entries()) {
    it(`${whose}: ${cases} cases to ${tolerance}`, () => {
      const random = longRandom(seed + i);
      const all = list(cases, () => make(random));
      const answers = ask(all.map((of) => [name, ...of.arguments]));
      assert.equal(answers.length, cases);
      for (const [place, { arguments: given, ours }] of all.entries()) {
        const theirs = answers[place] ?? [];
        const found = ours(theirs);
        assert.equal(found.length, theirs.length);
        for (const [part, value] of found.entries()) {
          const wanted = theirs[part] ?? Number.NaN;
          const far = Math.abs(value - wanted) / Math.max(Math.abs(wanted), least);
          const what = `seed ${seed}, case ${place}, number ${part}: ${value}, wanted ${wanted}, off by ${far}`;
          assert.ok(value === wanted || far <= tolerance, `${what}; ${JSON.stringify(given).slice(0, 500)}`);
        }
      }
    });
  }
});
