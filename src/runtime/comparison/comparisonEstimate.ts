/** What a comparison takes of time and memory, before it is started. */
import * as l10n from "@vscode/l10n";
import { parametersInMemory } from "../checkpoint/describe";
import type { ComparisonPlan, ComparisonUnit } from "../comparisonRecord";
import { deviceMemory, limitContext } from "../engine/deviceMemory";
import { type LoadedModel, prefixCacheBytes } from "../engine/loadedModel";
import type { Turn } from "../engine/passes";
import { CancelledError } from "../errors";
import { estimateMemory } from "../model/memory";
import type { Device, ModelReference } from "../protocol";
import type { ComparisonInput, ResolvedArm } from "./comparisonInput";
import { chooseUnits, curveUnits, testUnits } from "./comparisonUnits";
import { promptTimes, type UnitTime } from "./promptTimes";
import { countTestReads } from "./testReads";
import { type ModelSpeed, measureSpeed, trainingNeeds } from "./trainingTimes";

/** What a plan works with. */
export interface PlanOptions {
  readonly signal: AbortSignal;
  /** Runs work with a model, which stays loaded until another one is asked for. */
  readonly useModel: <T>(reference: ModelReference, work: (model: LoadedModel) => Promise<T>) => Promise<T>;
  /** Arms that were looked at, of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Times of an arm's units, milliseconds, and the most memory that they need. */
interface ArmNeeds {
  readonly time: (unit: ComparisonUnit) => UnitTime;
  /** Bytes. */
  readonly memory: number;
  readonly fits: boolean;
  readonly notes: readonly string[];
}

/** Of what is not known to take any. */
const noTime = (): UnitTime => ({ sharedKey: "", sharedMs: 0, ownMs: 0 });

/** What the process takes beside models, bytes: Node.js with onnxruntime, tokenizer and data. Measured. */
const processBytes = 220 << 20;
/** Share of the room for states of prompts that is in use, as measured: prompts with demonstrations of their own share little. */
const cacheShare = 0.5;
/** What trainings leave with the process beside their steps, bytes. Measured. */
const trainingBytes = 50 << 20;
/** By so much is more in memory than a step needs where all parameters move: their new values stand beside the old ones. Measured. */
const movedTwice = 2;
/** Fewer items of test tell little. */
const fewItems = 100;

/**
 * Units, time and memory of a comparison. Every model is loaded once and asked a few items of train, to measure how fast it is; test is not
 * looked at. Throws as the arms' units do, and `CancelledError`.
 */
export async function planComparison(input: ComparisonInput, options: PlanOptions): Promise<ComparisonPlan> {
  const { data, arms, params } = input;
  const needs = await needsOfArms(input, options);
  const seen = new Set<string>();
  const once = (key: string, ms: () => number) => {
    if (seen.has(key)) return 0;
    seen.add(key);
    return ms();
  };
  const planned = arms.map(({ name, choices }, arm) => {
    const { time = noTime } = needs[arm] ?? {};
    const units = unitsOf(input, arm, time);
    // What another arm or point gives as well is done once, and so are a training and a prompt that several units ask.
    const unitMs = (unit: ComparisonUnit) => {
      const { sharedKey, sharedMs, ownMs } = time(unit);
      return ownMs + once(sharedKey, () => sharedMs);
    };
    const ms = units.reduce((sum, unit) => sum + once(unit.id, () => unitMs(unit)), 0);
    return { name, choices: choices.length, units: units.length, ms };
  });
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return {
    task: data.task,
    labels: data.labels,
    items: { train: data.train.length, dev: data.dev.length, test: data.test.length },
    arms: planned,
    units: sum(planned.map(({ units }) => units)),
    estimate: {
      ms: sum(planned.map(({ ms }) => ms)),
      // What the caches of prompts took stays with the process when trainings follow.
      peakBytes:
        processBytes +
        (arms.some(isPrompt) ? cacheShare * prefixCacheBytes : 0) +
        (arms.every(isPrompt) ? 0 : trainingBytes) +
        Math.max(0, ...needs.map(({ memory }) => memory)),
    },
    fits: needs.every(({ fits }) => fits),
    testReads: await countTestReads(params.runs, data.testSha256),
    notes: [...input.notes, ...sizeNotes(input), ...needs.flatMap(({ notes }) => notes)],
  };
}

/** Units of an arm, as if the choice that takes longest were made. */
function unitsOf(input: ComparisonInput, arm: number, time: ArmNeeds["time"]): readonly ComparisonUnit[] {
  const tested = (input.arms[arm]?.choices ?? []).map((_, chosen) => testUnits(input, arm, chosen));
  const whole = ({ sharedMs, ownMs }: UnitTime) => sharedMs + ownMs;
  const times = tested.map((units) => units.reduce((sum, unit) => sum + whole(time(unit)), 0));
  const longest = times.indexOf(Math.max(...times));
  return [...chooseUnits(input, arm), ...(tested[longest] ?? []), ...curveUnits(input, arm, longest)];
}

/** By arm. Each model is loaded once for prompts, and once more where trainings are on another device. */
async function needsOfArms(input: ComparisonInput, options: PlanOptions): Promise<readonly ArmNeeds[]> {
  const { arms, devices } = input;
  const found = new Map<ResolvedArm, ArmNeeds>();
  const report = () => options.onProgress?.(found.size, arms.length);
  report();
  for (const folder of new Set(arms.map(({ model }) => model))) {
    const own = arms.filter(({ model }) => model === folder);
    const [prompting, training] = [own.filter(isPrompt), own.filter((arm) => !isPrompt(arm))];
    const speeds: ModelSpeed[] = [];
    const measure = async (model: LoadedModel) =>
      speeds.push(await measureSpeed(model, trainTexts(input), turnOf(options)));
    if (prompting.length > 0)
      await withModel(input, folder, devices.prompt, options, async (model) => {
        for (const arm of prompting) {
          found.set(arm, await promptNeeds(model, input, arm, options));
          report();
        }
        if (devices.finetune === devices.prompt) await measure(model);
      });
    if (training.length === 0) continue;
    if (speeds.length === 0) await withModel(input, folder, devices.finetune, options, measure);
    for (const arm of training) {
      if (options.signal.aborted) throw new CancelledError("cancelled while planning");
      const [speed = { blockMs: 0, vocabularyMs: 0, loadMs: 0 }] = speeds;
      const { time, memory } = await trainingNeeds(input, arm, speed);
      const bytes = memory.memory.total * (arm.kind === "full" ? movedTwice : 1);
      found.set(arm, { time, memory: bytes, fits: memory.fits, notes: shortNotes(arm, memory) });
      report();
    }
  }
  return arms.map((arm) => found.get(arm) ?? { time: noTime, memory: 0, fits: true, notes: [] });
}

function isPrompt({ kind }: ResolvedArm): boolean {
  return kind === "prompt";
}

function turnOf({ signal }: PlanOptions): Turn {
  return { signal, priority: "batch" };
}

function withModel(
  { params }: ComparisonInput,
  folder: string,
  device: Device,
  { useModel }: PlanOptions,
  work: (model: LoadedModel) => Promise<unknown>,
): Promise<unknown> {
  const { contextLength } = params;
  return useModel({ folder, device, ...(contextLength !== undefined && { contextLength }) }, work);
}

async function promptNeeds(
  model: LoadedModel,
  input: ComparisonInput,
  arm: ResolvedArm,
  options: PlanOptions,
): Promise<ArmNeeds> {
  const { device } = model.info;
  const config = limitContext(model.config, input.params.contextLength);
  const memory = estimateMemory(config, device, parametersInMemory(model.folder)).total;
  const available = deviceMemory(device);
  const time = await promptTimes(model, input, arm, turnOf(options));
  return { time, memory, fits: available === null || memory <= available, notes: [] };
}

/** Texts of a few items to learn from. */
function trainTexts({ data: { train } }: ComparisonInput): readonly string[] {
  return train.slice(0, 20).flatMap(({ fields }) => Object.values(fields).flat());
}

function shortNotes(
  { name }: ResolvedArm,
  { fits, memory, remedies }: Awaited<ReturnType<typeof trainingNeeds>>["memory"],
): string[] {
  if (fits) return [];
  const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
  const needed = l10n.t(
    'Arm "{0}": training needs {1} MB of memory; there are {2} MB.',
    name,
    megabytes(memory.total),
    megabytes(memory.available ?? 0),
  );
  return [[needed, ...remedies.map(({ text }) => text)].join(" ")];
}

function sizeNotes({ data: { test } }: ComparisonInput): string[] {
  if (test.length >= fewItems) return [];
  return [l10n.t("Test has {0} items: only large differences will show.", test.length)];
}
