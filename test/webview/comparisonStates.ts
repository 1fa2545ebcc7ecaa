/** States of the comparison panel, for its tests and its pictures: reports of simulated answers, the same each time. */
import { type BuiltReport, buildReport } from "../../src/runtime/comparison/report/buildReport";
import type { ReportInput } from "../../src/runtime/comparison/report/reportInput";
import { type ItemsQuery, reportItems } from "../../src/runtime/comparison/report/reportItems";
import type { ComparisonPanelState, ItemsQuestion } from "../../src/runtime/comparisonPanelProtocol";
import type { Replay } from "../../src/runtime/comparisonProtocol";
import type { ComparisonPlan, ComparisonRecord } from "../../src/runtime/comparisonRecord";
import type { ComparisonReport } from "../../src/runtime/comparisonReport";
import { fineTuneDefaults } from "../../src/runtime/training/settings";
import { type SimulatedArm, simulated } from "../unit/runtime/comparison/report/simulatedComparison";
import type { Answers } from "./page";

/** Would run a script where it became markup. */
export const hostile = '<img src="x" onerror="alert(1)">';

/** A report with the means to answer questions about it. */
export interface ReportedState {
  readonly state: Extract<ComparisonPanelState, { kind: "report" }>;
  readonly report: ComparisonReport;
  readonly input: ReportInput;
  readonly answers: Answers;
}

const folder = "/projects/space/.gpt-workbench/comparisons/20260102-reviews";

/** Prompts and trainings on three labels, with curves that cross, slices, labels that look wrong and items that were in train. */
export async function usualReport(): Promise<ReportedState> {
  const input = simulated({
    ...{ items: 160, train: 120, seed: 3 },
    labels: ["negative", "neutral", hostile],
    arms: [
      { name: "zero-shot", kind: "prompt", accuracy: 0.48, k: 0, dev: 0.5 },
      {
        ...{ name: "few-shot", kind: "prompt", accuracy: 0.66, deviation: 0.02, dev: 0.7 },
        ...{ seeds: [0, 1, 2, 3, 4], kCurve: { 0: 0.48, 2: 0.56, 4: 0.62, 8: 0.66 } },
      },
      {
        ...{ name: "LoRA", kind: "lora", accuracy: 0.9, deviation: 0.01, dev: 0.88, seeds: [0, 1, 2] },
        labelCurve: { 15: 0.42, 30: 0.6, 60: 0.74, 120: 0.88 },
      },
    ],
    file: {
      assertions: [
        { arm: "LoRA", atLeast: 0.5 },
        { arm: "zero-shot", atLeast: 0.9 },
      ],
    },
    record: { text: `description: ${hostile}\n`, notes: [`A note ${hostile}`] },
  });
  return reported(withOverlap(withWrongLabels(input)), 1);
}

/** As many arms as a matrix has to hold. */
export async function wideReport(): Promise<ReportedState> {
  const arms = Array.from({ length: 12 }, (_, i): SimulatedArm => {
    const kind = (["prompt", "prompt", "head", "lora", "full"] as const)[i % 5] ?? "prompt";
    return {
      ...{ kind, accuracy: 0.5 + 0.035 * i, dev: 0.5 + 0.03 * i, seeds: [0, 1, 2] },
      name: `${kind} ${i + 1}${i === 4 ? ` with a name that goes on and on ${"without an end ".repeat(4)}` : ""}`,
      ...(kind === "prompt"
        ? { k: i }
        : { labelCurve: { 10: 0.4 + 0.02 * i, 20: 0.45 + 0.03 * i, 40: 0.5 + 0.035 * i } }),
    };
  });
  return reported(simulated({ arms, items: 100, train: 40, labels: ["no", "yes"], file: { resamples: 200 } }), 2);
}

/** One arm, one seed, nothing remarkable: most parts are absent. */
export async function plainReport(): Promise<ReportedState> {
  return reported(simulated({ arms: [{ name: "zero-shot", kind: "prompt", accuracy: 0.6, k: 0 }], items: 50 }), 3);
}

async function reported(input: ReportInput, shown: number): Promise<ReportedState> {
  const built = await buildReport(input);
  return {
    ...{ input, report: built.report },
    state: {
      ...{ kind: "report", shown, title: "reviews", folder, report: built.report, progress: null, failure: null },
    },
    answers: answersOf(input, built),
  };
}

/** A host that reads the items as the runtime does, and computes answers again as they were. */
function answersOf(input: ReportInput, { arms, report }: BuiltReport): Answers {
  return {
    "comparison/items": (params) => {
      const { shown: _, ...query } = params as ItemsQuestion;
      return { kind: "ready", value: reportItems(input, arms, query satisfies ItemsQuery) };
    },
    "comparison/replay": (params) => {
      const { arm, seed, item } = params as { arm: number; seed: number; item: number };
      const place = report.arms.findIndex((one) => one.arm === arm);
      const recorded = arms[place]?.runs.find((run) => run.seed === seed)?.predictions[item];
      const value = { recorded, now: recorded, difference: 0, same: true, prompt: `Review: ${hostile}\nLabel:` };
      return { kind: "ready", value: value as Replay };
    },
  };
}

/** Some items of train get another label than their words tell. */
function withWrongLabels(input: ReportInput): ReportInput {
  const train = input.data.train.map((item, i) => {
    const label = i % 3;
    const wrong = i % 17 === 0;
    const given = wrong ? (label + 1) % 3 : label;
    const text = `word${label} word${label} filler${i % 7} ${item.fields.text}`;
    return { ...item, fields: { text }, label: given, gold: input.record.labels[given] ?? "" };
  });
  return { ...input, data: { ...input.data, train } };
}

/** Some items of test stand in train, one is very long, and one would be markup. */
function withOverlap(input: ReportInput): ReportInput {
  const shared = "it was the best of times it was the worst of times it was the age of wisdom";
  const texts: Readonly<Record<number, string>> = {
    1: `Once more: ${shared}, they say; ${hostile}`,
    2: `A long one. ${"All work and no play makes a dull text. ".repeat(40)}`,
    5: shared,
  };
  const test = input.data.test.map((item, i) => ({ ...item, fields: { text: texts[i] ?? item.fields.text ?? "" } }));
  const train = input.data.train.map((item, i) => (i === 4 ? { ...item, fields: { text: `So ${shared}.` } } : item));
  return { ...input, data: { ...input.data, test, train } };
}

/** What a comparison would do. */
export const plan: ComparisonPlan = {
  ...{ task: "classification", labels: ["negative", "positive"], items: { train: 420, dev: 90, test: 300 } },
  arms: [
    { name: "zero-shot", choices: 3, units: 4, ms: 41_000 },
    { name: "few-shot", choices: 12, units: 65, ms: 912_000 },
    { name: `LoRA ${hostile}`, choices: 6, units: 9, ms: 1_310_000 },
  ],
  ...{ units: 78, estimate: { ms: 2_263_000, peakBytes: 812_000_000 }, fits: true, testReads: 3 },
  notes: ["14 rows had no label and were left out.", `A note ${hostile}`],
};

type PlanState = Extract<ComparisonPanelState, { kind: "plan" }>;

/** A plan. */
export const planState: PlanState = {
  ...{ kind: "plan", shown: 11, title: "reviews", plan, progress: null, failure: null, busy: null, starting: false },
};

/** One that is worked out. */
export const planningState: PlanState = {
  ...planState,
  ...{ shown: 12, plan: null, progress: { stage: "measuring", done: 2, total: 5 } },
};

/** One that cannot be. */
export const wrongPlanState: PlanState = {
  ...planState,
  ...{ shown: 13, plan: null, busy: "older run" },
  failure: {
    code: "invalidRequest",
    message: `reviews.compare.yaml, line 7: there is no column “${hostile}”.`,
    hint: "Take one of: text, label.",
  },
};

const settings = { ...fineTuneDefaults.lora };
const prompt = {
  kind: "prompt",
  variant: null,
  k: 0,
  sampler: "random",
  rule: "perToken",
  calibration: "none",
} as const;

/** Half way: the first arm is done, the second one is chosen, the third waits. */
export function runningRecord(): ComparisonRecord {
  const { record } = simulated({
    arms: [
      { name: "zero-shot", kind: "prompt", accuracy: 0.5, k: 0 },
      { name: "few-shot", kind: "prompt", accuracy: 0.5, seeds: [0, 1, 2, 3, 4] },
      { name: "LoRA", kind: "lora", accuracy: 0.5, seeds: [0, 1, 2] },
    ],
  });
  const tried = [4, 8, 16].flatMap((k) =>
    (["none", "contextual"] as const).map((calibration) => ({ ...prompt, k, calibration })),
  );
  const [first, second, third] = record.arms;
  if (!first || !second || !third) throw new Error("three arms");
  return {
    ...record,
    ...{ name: "reviews", state: "running", estimate: plan.estimate, units: { done: 31, total: 78 } },
    arms: [
      { ...first, tried: [{ choice: prompt, dev: 0.512 }], chosen: 0, testReads: 1 },
      {
        ...second,
        ...{ chosen: null, testReads: 0 },
        tried: tried.map((choice, i) => ({ choice, dev: i < 4 ? 0.61 + 0.02 * i : null })),
      },
      {
        ...third,
        ...{ chosen: null, testReads: 0 },
        tried: [4, 8].map((r) => ({
          choice: { kind: "finetune", settings: { ...settings, method: { ...settings.method, r } } } as never,
          dev: null,
        })),
      },
    ],
  };
}

type RunState = Extract<ComparisonPanelState, { kind: "run" }>;

/** A run under way. */
export function runningState(): RunState {
  const record = runningRecord();
  const choice = record.arms[1]?.tried[4]?.choice ?? prompt;
  return {
    ...{ kind: "run", shown: 21, title: "reviews", folder, status: "running", record },
    unit: {
      unit: { id: "u", arm: 1, purpose: "choose", choice, labels: 420, seed: 2, split: "dev" },
      ...{ stage: "answering", done: 32, total: 90 },
    },
    ...{ progress: null, elapsedMs: 904_000, leftMs: 1_280_000, failure: null, busy: null },
    notes: [`A note ${hostile}`],
  };
}

/** One that failed. */
export function failedState(): RunState {
  const state = runningState();
  return {
    ...state,
    ...{ shown: 22, status: "failed", unit: null, leftMs: null },
    record: {
      ...state.record,
      state: "failed",
      reason: `LoRA, seed 1: the loss of step 12 is not a number ${hostile}`,
    },
  };
}
