import type { ComparisonFile } from "../../../../../src/runtime/comparison/comparisonFile";
import type { ComparisonItem } from "../../../../../src/runtime/comparison/comparisonInput";
import type { ReportInput } from "../../../../../src/runtime/comparison/report/reportInput";
import type {
  ArmChoice,
  ArmRecord,
  ComparisonRecord,
  ComparisonUnit,
  Prediction,
  UnitOutcome,
} from "../../../../../src/runtime/comparisonRecord";
import { longRandom, type Random } from "../../../../../src/runtime/random";
import { fineTuneDefaults } from "../../../../../src/runtime/training/settings";

/** An arm with known truth. */
export interface SimulatedArm {
  readonly name: string;
  readonly kind: ArmRecord["kind"];
  /** How likely it is right, for a seed in the middle. */
  readonly accuracy: number;
  readonly seeds?: readonly number[];
  /** Standard deviation of that over the seeds. */
  readonly deviation?: number;
  readonly dev?: number | null;
  readonly k?: number;
  /** Accuracy by number of labels, or of demonstrations. */
  readonly labelCurve?: Readonly<Record<number, number>>;
  readonly kCurve?: Readonly<Record<number, number>>;
  readonly testReads?: number;
}

/** A comparison with known truth. */
export interface SimulatedComparison {
  readonly arms: readonly SimulatedArm[];
  readonly items?: number;
  readonly train?: number;
  readonly labels?: readonly string[];
  readonly seed?: number;
  readonly file?: Partial<ComparisonFile>;
  readonly record?: Partial<ComparisonRecord>;
}

/** Answers as a comparison keeps them. Items are as hard for one arm as for another, in part. */
export function simulated({
  arms,
  items = 200,
  train = 60,
  labels = ["no", "yes"],
  seed = 1,
  file,
  record,
}: SimulatedComparison): ReportInput {
  const random = longRandom(seed);
  const test = simulatedItems("test.jsonl", items, labels, random);
  const data = {
    train: simulatedItems("train.jsonl", train, labels, random),
    dev: simulatedItems("dev.jsonl", 20, labels, random),
    ...{ test, choices: null },
  };
  const hardness = test.map(() => random());
  const predictions = new Map<string, readonly Prediction[]>();
  const outcomes: UnitOutcome[] = [];
  const run = (unit: Omit<ComparisonUnit, "id">, accuracy: number, deviation: number) => {
    const id = `u${outcomes.length}`;
    const skill = accuracy + deviation * normal(random);
    predictions.set(
      id,
      test.map((item, i) => prediction(item, i, isRight(skill, hardness[i] ?? 0, random), labels.length, random)),
    );
    outcomes.push({ unit: { id, ...unit }, score: accuracy, cost: costOf(unit.choice, outcomes.length), cut: 0 });
  };
  for (const [arm, { accuracy, deviation = 0, labelCurve = {}, kCurve = {}, ...of }] of arms.entries()) {
    const choice = choiceOf(of);
    for (const unitSeed of of.seeds ?? [0]) {
      const common = { arm, seed: unitSeed, split: "test" } as const;
      run({ ...common, purpose: "test", choice, labels: train }, accuracy, deviation);
      for (const [n, value] of Object.entries(labelCurve)) {
        run({ ...common, purpose: "labelCurve", choice, labels: Number(n) }, value, deviation);
      }
      for (const [k, value] of Object.entries(kCurve)) {
        run(
          { ...common, purpose: "kCurve", choice: choiceOf({ ...of, k: Number(k) }), labels: train },
          value,
          deviation,
        );
      }
    }
  }
  return {
    record: { ...recordOf(arms, data, labels), ...record },
    file: {
      data: { file: "train.jsonl", task: "classification" },
      arms: [{ name: "any", prompt: {} }],
      resamples: 400,
      ...file,
    },
    ...{ data, outcomes, predictions },
    pool: (count, _seed) => data.train.slice(0, count),
  };
}

function simulatedItems(file: string, count: number, labels: readonly string[], random: Random): ComparisonItem[] {
  return Array.from({ length: count }, (_, i) => {
    const label = Math.floor(random() * labels.length);
    // A word in three tells the label.
    const telling = random() < 0.6 ? `word${label}` : `word${Math.floor(random() * labels.length)}`;
    const others = Array.from({ length: 2 + Math.floor(random() * 6) }, () => `filler${Math.floor(random() * 30)}`);
    const text = [telling, ...others].join(" ");
    return { file, line: i + 1, fields: { text }, label, gold: labels[label] ?? "" };
  });
}

/** Half of the time by how hard the item is for every arm, half of the time by luck. */
function isRight(skill: number, hardness: number, random: Random): boolean {
  return (random() < 0.5 ? hardness : random()) < skill;
}

function prediction(
  { label }: ComparisonItem,
  item: number,
  right: boolean,
  classes: number,
  random: Random,
): Prediction {
  const gold = label ?? 0;
  const answer = right ? gold : (gold + 1 + Math.floor(random() * (classes - 1))) % classes;
  const confidence = 1 / classes + 0.01 + (1 - 1 / classes - 0.01) * random();
  const probabilities = Array.from({ length: classes }, (_, k) =>
    k === answer ? confidence : (1 - confidence) / (classes - 1),
  );
  return { item, label: answer, probabilities, text: null, logprob: null, tokens: null, ms: 5 };
}

function choiceOf({ kind, k = 4 }: Pick<SimulatedArm, "kind" | "k">): ArmChoice {
  return kind === "prompt"
    ? { kind: "prompt", variant: null, k, sampler: "random", rule: "perToken", calibration: "none" }
    : { kind: "finetune", settings: fineTuneDefaults[kind] };
}

function costOf(choice: ArmChoice, n: number): UnitOutcome["cost"] {
  const trainMs = choice.kind === "finetune" ? 1000 * (n + 1) : null;
  return { trainMs, itemMs: n + 1, peakBytes: 1000 + n, addedBytes: 10, itemTokens: 7 };
}

function recordOf(
  arms: readonly SimulatedArm[],
  data: Pick<ReportInput["data"], "train" | "dev" | "test">,
  labels: readonly string[],
): ComparisonRecord {
  return {
    ...{ version: 1, kind: "comparison", id: "id", name: "simulated", startedAt: "2026-01-02T03:04:05.000Z" },
    ...{ state: "completed", reason: null, file: "some.compare.yaml", text: "description: simulated\n" },
    params: {
      source: { path: "/some.compare.yaml" },
      model: "/models/one",
      store: "/models",
      device: "auto",
      runs: "/runs",
    },
    device: "CPU",
    versions: { gptWorkbench: "0.0.0", onnxruntime: "1.30.0" },
    models: [{ name: "one", folder: "/models/one", sha256: "ab".repeat(32), contextLength: 512 }],
    data: { "train.jsonl": "cd".repeat(32) },
    task: "classification",
    metrics: ["accuracy", "macroF1", "logLoss", "brier", "calibrationError"],
    labels,
    items: { train: data.train.length, dev: data.dev.length, test: data.test.length },
    ...{ testSha256: "ef".repeat(32), testReadsBefore: 0 },
    arms: arms.map(({ name, kind, seeds = [0], dev = null, testReads = 1, ...of }) => ({
      ...{ name, kind, model: 0, tried: [{ choice: choiceOf({ kind, ...of }), dev }], chosen: 0, seeds },
      ...{ labels: data.train.length, testReads, trained: null },
    })),
    units: { done: 1, total: 1 },
    estimate: { ms: 1000, peakBytes: 2000 },
    actual: { ms: 1100, peakBytes: 2100 },
    notes: [],
  };
}

function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
