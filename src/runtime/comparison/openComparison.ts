/** A comparison file with its data, models and arms: checked, and ready to be planned and run. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import type { ComparisonParams, ComparisonSource } from "../comparisonRecord";
import { trainingDevice } from "../engine/device";
import { invalidDataset, invalidPrompt, invalidRequest } from "../errors";
import type { Device, DeviceChoice } from "../protocol";
import { readArmPrompts, shownFields } from "./armPrompts";
import { resolveArm } from "./comparisonArms";
import { loadComparisonData } from "./comparisonData";
import { type ComparisonArm, type ComparisonFile, comparisonDefaults } from "./comparisonFile";
import type { ComparisonData, ComparisonInput, ResolvedArm } from "./comparisonInput";
import { metricsOf } from "./comparisonMetrics";
import { modelFolder, openModels } from "./comparisonModels";
import { type ComparisonReading, readComparisonText } from "./comparisonText";
import { corpusFiles, namedFiles } from "./pretrainingFiles";

/** What goes on while a comparison is opened. */
export interface OpenComparisonOptions {
  readonly signal: AbortSignal;
  /** The device that a choice stands for; throws `deviceUnavailable`. */
  readonly chooseDevice: (choice: DeviceChoice) => Promise<Device>;
  /** Bytes of data read, and of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Reads what the parameters name.
 * @throws RuntimeError `invalidPrompt` with line and column of a comparison or prompt file that cannot be used, `invalidDataset` with the
 * row, `invalidRequest` for arms that there are not; what opening a model throws; `CancelledError`.
 */
export async function openComparison(
  params: ComparisonParams,
  options: OpenComparisonOptions,
): Promise<ComparisonInput> {
  const { source } = params;
  const { file, reading } = readFile(source);
  const chosen = chosenArms(file, params.arms);
  const prompts = await readArmPrompts(chosen, file.data.task, { source, reading });
  const data = await loadComparisonData(file.data, source, {
    ...options,
    shown: shownFields(prompts),
    place: dataPlace(source, reading),
  });
  const resolved = [];
  for (const [number, arm] of chosen) {
    const model = await modelFolder(arm.model ?? file.model, params);
    resolved.push(resolveArm(arm, { file, data, model, variants: prompts.variants.get(number) ?? [] }));
  }
  const arms = resolved.map(({ arm }) => arm);
  checkDev(arms, data, file);
  const prompt = await options.chooseDevice(params.device);
  const models = await openModels(arms, params, options.signal);
  const trains = arms.some(({ kind }) => kind !== "prompt");
  return {
    ...{ params, file, data, arms },
    metrics: metricsOf(file),
    models,
    pretraining: [
      ...(await namedFiles(file.contamination?.pretraining ?? [], source, options.signal)),
      ...(await corpusFiles(models, params, options.signal)),
    ],
    devices: { prompt, finetune: trains ? await trainingDevice(params.device, options.chooseDevice) : prompt },
    sha256: { ...data.sha256, ...prompts.sha256 },
    seeds: seedsOf(file),
    notes: [...data.notes, ...curveNotes(file, data), ...resolved.flatMap(({ notes }) => notes)],
  };
}

function readFile(source: ComparisonSource): { readonly file: ComparisonFile; readonly reading: ComparisonReading } {
  const reading = readComparisonText(source.text);
  const [problem] = reading.problems.filter(({ severity }) => severity === "error");
  if (problem) throw invalidPrompt(source.path, problem.line, problem.column, problem.message);
  if (!reading.file) throw invalidPrompt(source.path, 1, 1, l10n.t("The file is empty."));
  return { file: reading.file, reading };
}

/** Where the comparison file says what its data are. */
function dataPlace({ path }: ComparisonSource, reading: ComparisonReading): string {
  const { line } = reading.problemAt(["data"], { severity: "error", code: "data", message: "" });
  return `${basename(path)}:${line}`;
}

/** Arms by their numbers in the file. */
function chosenArms(
  { arms }: ComparisonFile,
  names: readonly string[] | undefined,
): readonly (readonly [number, ComparisonArm])[] {
  const unknown = names?.find((name) => !arms.some((arm) => arm.name === name));
  if (unknown !== undefined) {
    const there = arms.map(({ name }) => name).join(", ");
    throw invalidRequest(l10n.t('the file has no arm "{0}"', unknown), l10n.t("It has: {0}.", there));
  }
  return [...arms.entries()].filter(([, { name }]) => names?.includes(name) ?? true);
}

/** Settings are never chosen on test. */
function checkDev(arms: readonly ResolvedArm[], { dev }: ComparisonData, { data }: ComparisonFile): void {
  const chooser = arms.find(({ choices }) => choices.length > 1);
  if (dev.length > 0 || !chooser) return;
  const message = l10n.t('The arm "{0}" chooses among settings, but there is nothing to choose by.', chooser.name);
  throw invalidDataset(
    data.dev ?? data.file,
    0,
    message,
    l10n.t("Name a larger share in split.dev, or one value of each setting."),
  );
}

function seedsOf({ seeds }: ComparisonFile): ComparisonInput["seeds"] {
  const { first, demonstrations, training } = { ...comparisonDefaults.seeds, ...seeds };
  const from = (count: number) => Array.from({ length: count }, (_, i) => (first + i) % 2 ** 32);
  return { demonstrations: from(demonstrations), training: from(training) };
}

function curveNotes({ curve }: ComparisonFile, { train }: ComparisonData): string[] {
  return (["labels", "k"] as const).flatMap((axis) => {
    const beyond = (curve?.[axis] ?? []).filter((at) => at > train.length);
    if (beyond.length === 0) return [];
    return [l10n.t("curve.{0}: {1} left out: there are {2} labelled items.", axis, beyond.join(", "), train.length)];
  });
}
