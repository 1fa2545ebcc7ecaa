/** A comparison, from its parameters to its record: begun, gone on with, and however it ends, the record says so. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import type {
  ArmRecord,
  ComparisonParams,
  ComparisonPlan,
  ComparisonRecord,
  ComparisonUnit,
} from "../comparisonRecord";
import { onnxruntimeVersion } from "../engine/session";
import { CancelledError, invalidRequest, RuntimeError } from "../errors";
import type { Device, DeviceChoice, WorkProgress } from "../protocol";
import { holdingRun } from "../runLock";
import { failureText } from "../training/recordTraining";
import { version } from "../version";
import { armOf } from "./armUnits";
import { ComparisonClock, plannedTimes, type UnitTimes } from "./comparisonClock";
import { planComparison } from "./comparisonEstimate";
import type { ComparisonInput } from "./comparisonInput";
import { type ComparisonContext, ComparisonLoop } from "./comparisonLoop";
import {
  ComparisonWriter,
  readComparison,
  readComparisonRecord,
  removeComparisonLeftovers,
  type StoredComparison,
} from "./comparisonStore";
import { openComparison } from "./openComparison";

/** What opening a comparison needs besides. */
export interface RunContext extends ComparisonContext {
  /** The device that a choice stands for; throws `deviceUnavailable`. */
  readonly chooseDevice: (choice: DeviceChoice) => Promise<Device>;
  /** Tells how far it is before the first unit. */
  readonly onProgress?: (progress: WorkProgress) => void;
}

/** What opening a comparison takes of it. */
export type OpenContext = Pick<RunContext, "signal" | "chooseDevice" | "onProgress">;

/** What came of it. */
export interface ComparisonEnd {
  /** Absolute path. */
  readonly folder: string;
  readonly record: ComparisonRecord;
}

/**
 * Plans and runs a comparison. What is wrong with its file, data or models is thrown before a folder is made; what goes wrong later is in
 * the record. A cancelled one is `paused`.
 */
export async function runComparison(params: ComparisonParams, context: RunContext): Promise<ComparisonEnd> {
  const input = await openInput(params, context);
  const plan = await planInput(input, context);
  const writer = await ComparisonWriter.create(params.runs, newRecord(input, plan), input.data);
  return holdingRun(writer.folder, () => go(input, writer, [], context, plannedTimes(plan)));
}

/**
 * Goes on with a comparison that no other process works on: units that have an outcome are not run again. Of one that is complete nothing
 * is left to do. What was being written when its process was killed is removed.
 * @throws RuntimeError `storeFailed` for a folder that is no comparison; `invalidRequest` while another process works on it, and when data,
 * prompts, models, programs or device are not what it began with.
 */
export async function resumeComparison(folder: string, context: RunContext): Promise<ComparisonEnd> {
  // What is no comparison gets no lock.
  const record = await readComparisonRecord(folder);
  if (record.state === "completed") return { folder, record };
  return holdingRun(folder, async () => {
    await removeComparisonLeftovers(folder);
    return goOn(await readComparison(folder), context);
  });
}

async function goOn(stored: StoredComparison, context: RunContext): Promise<ComparisonEnd> {
  const { folder, record, outcomes } = stored;
  if (record.state === "completed") return { folder, record };
  const input = await reopenInput(stored, context);
  checkSameMachine(input, record);
  const { estimate, units } = record;
  const times = () => estimate.ms / Math.max(1, units.total);
  return go(input, await ComparisonWriter.reopen(stored), outcomes, context, times);
}

/** Opens what a comparison was made of. Throws `invalidRequest` when it is no longer what it was. */
export async function reopenInput(
  { record }: Pick<StoredComparison, "record">,
  context: OpenContext,
): Promise<ComparisonInput> {
  const { source, ...params } = record.params;
  const input = await openInput({ ...params, source: { ...source, text: record.text } }, context);
  checkUnchanged(input, record);
  return input;
}

/** What a comparison would do and take. Throws as `runComparison` does before it makes a folder. */
export async function planOf(
  params: ComparisonParams,
  context: OpenContext & Pick<RunContext, "useModel">,
): Promise<ComparisonPlan> {
  return planInput(await openInput(params, context), context);
}

function openInput(
  params: ComparisonParams,
  { signal, chooseDevice, onProgress }: OpenContext,
): Promise<ComparisonInput> {
  const report = (done: number, total: number) => onProgress?.({ stage: "checking", done, total });
  return openComparison(params, { signal, chooseDevice, onProgress: report });
}

function planInput(
  input: ComparisonInput,
  { signal, onProgress, useModel }: OpenContext & Pick<RunContext, "useModel">,
): Promise<ComparisonPlan> {
  return planComparison(input, {
    ...{ signal, useModel },
    onProgress: (done, total) => onProgress?.({ stage: "measuring", done, total }),
  });
}

/** Else outcomes of before and after would be compared as if nothing had happened. */
function checkUnchanged(input: ComparisonInput, record: ComparisonRecord): void {
  const changed = [
    ...Object.keys(record.data).filter((path) => input.sha256[path] !== record.data[path]),
    ...record.models
      .filter(({ folder, sha256 }) => input.models.find((model) => model.folder === folder)?.sha256 !== sha256)
      .map(({ folder }) => folder),
  ];
  const [first] = changed;
  const remedy = l10n.t("Put it back as it was, or start a new comparison.");
  if (first !== undefined)
    throw invalidRequest(l10n.t("{0} is no longer what the comparison began with", first), remedy);
  if (input.data.testSha256 !== record.testSha256)
    throw invalidRequest(l10n.t("the test items are no longer those that the comparison began with"), remedy);
}

/** Outcomes of other programs or another device are not put beside those that are there. */
function checkSameMachine(input: ComparisonInput, { versions: begun, device }: ComparisonRecord): void {
  const remedy = l10n.t("Start a new comparison.");
  if (begun.gptWorkbench !== versions.gptWorkbench || begun.onnxruntime !== versions.onnxruntime) {
    const programs = `GPT Workbench ${begun.gptWorkbench}, onnxruntime ${begun.onnxruntime}`;
    throw invalidRequest(l10n.t("the comparison began with other programs ({0})", programs), remedy);
  }
  if (device === devicesOf(input)) return;
  throw invalidRequest(l10n.t("the comparison began on another device ({0})", device), remedy);
}

/** Programs that outcomes hang on. */
const versions: ComparisonRecord["versions"] = { gptWorkbench: version, onnxruntime: onnxruntimeVersion };

function devicesOf({ devices }: ComparisonInput): string {
  return [...new Set([devices.prompt, devices.finetune])].join(", ");
}

function newRecord(input: ComparisonInput, plan: ComparisonPlan): Omit<ComparisonRecord, "id"> {
  const { params, data, metrics, models, sha256, notes } = input;
  const { source, ...own } = params;
  const { text, ...where } = source;
  const file = basename(source.path);
  return {
    version: 1,
    kind: "comparison",
    name: file.replace(/\.compare\.ya?ml$/i, ""),
    startedAt: new Date().toISOString(),
    state: "running",
    reason: null,
    ...{ file, text },
    params: { ...own, source: where },
    device: devicesOf(input),
    versions,
    models,
    data: sha256,
    task: data.task,
    metrics,
    labels: data.labels,
    items: { train: data.train.length, dev: data.dev.length, test: data.test.length },
    testSha256: data.testSha256,
    testReadsBefore: plan.testReads,
    arms: input.arms.map((_, arm) => armRecord(input, arm)),
    units: { done: 0, total: plan.units },
    estimate: plan.estimate,
    actual: { ms: 0, peakBytes: 0 },
    notes: [...new Set([...notes, ...plan.notes])],
  };
}

function armRecord(input: ComparisonInput, arm: number): ArmRecord {
  const { name, kind, model, choices, labels } = armOf(input, arm);
  return {
    ...{ name, kind },
    model: input.models.findIndex(({ folder }) => folder === model),
    tried: choices.map((choice) => ({ choice, dev: null })),
    chosen: choices.length === 1 ? 0 : null,
    seeds: kind === "prompt" ? input.seeds.demonstrations : input.seeds.training,
    labels,
    testReads: 0,
    trained: null,
  };
}

/** Runs what is left, and writes down how it ended. Faults of the program are recorded, and thrown. */
async function go(
  input: ComparisonInput,
  writer: ComparisonWriter,
  outcomes: StoredComparison["outcomes"],
  context: RunContext,
  times: UnitTimes,
): Promise<ComparisonEnd> {
  const clock = new ComparisonClock(writer.record.actual, times);
  const begun = await writer.update({ state: "running", reason: null });
  await context.onEvent({ kind: "begin", folder: writer.folder, record: begun });
  const loop = new ComparisonLoop(input, writer, outcomes, context, clock);
  let fault: unknown = null;
  const end = await loop.all().then(
    () => (loop.failures.length === 0 ? ({ state: "completed", reason: null } as const) : failed(input, loop)),
    (error: unknown) => {
      if (error instanceof CancelledError || context.signal.aborted) return { state: "paused", reason: null } as const;
      if (!(error instanceof RuntimeError)) fault = error;
      return { state: "failed", reason: failure(input, loop.current, error) } as const;
    },
  );
  const record = await writer.update({ ...end, units: loop.counts(), actual: clock.cost });
  if (fault !== null) throw fault;
  await context.onEvent({ kind: "record", record, leftMs: end.state === "completed" ? 0 : null });
  return { folder: writer.folder, record };
}

/** Arms that failed, each with its reason. The others went on to their end. */
function failed(input: ComparisonInput, { failures }: ComparisonLoop): Pick<ComparisonRecord, "state" | "reason"> {
  const reasons = failures.map(({ unit, error }) => failure(input, unit, error));
  return { state: "failed", reason: reasons.join("\n") };
}

/** What went wrong, and in which unit of which arm. */
function failure(input: ComparisonInput, unit: ComparisonUnit | null, error: unknown): string {
  if (unit === null) return failureText(error);
  return l10n.t('Arm "{0}", {1}: {2}', armOf(input, unit.arm).name, unitWords(unit), failureText(error));
}

/** A unit in words: `test, seed 2`. */
export function unitWords({ purpose, choice, seed, labels }: ComparisonUnit): string {
  switch (purpose) {
    case "choose":
      return l10n.t("choosing on dev, seed {0}", seed);
    case "test":
      return l10n.t("test, seed {0}", seed);
    case "labelCurve":
      return l10n.t("curve at {0} labels, seed {1}", labels, seed);
    case "kCurve":
      return l10n.t("curve at K = {0}, seed {1}", choice.kind === "prompt" ? choice.k : 0, seed);
    default:
      return purpose satisfies never;
  }
}
