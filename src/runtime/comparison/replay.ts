/** One number of a comparison, computed again. */
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import * as l10n from "@vscode/l10n";
import type { Replay, ReplayParams } from "../comparisonProtocol";
import type { ComparisonUnit, Prediction } from "../comparisonRecord";
import { invalidRequest } from "../errors";
import { CellCache } from "../prompt/cellCache";
import type { WorkProgress } from "../protocol";
import { holdingRun } from "../runLock";
import { fileExists } from "../textFile";
import { armOf, promptUnit, trainingUnit } from "./armUnits";
import type { ComparisonInput } from "./comparisonInput";
import type { ComparisonContext } from "./comparisonLoop";
import { readComparison, readPredictions, type StoredComparison } from "./comparisonStore";
import { runPromptUnit, unitPrompt } from "./promptArm";
import { type OpenContext, reopenInput } from "./runComparison";
import { answers, runTrainingUnit } from "./trainingArm";

/** Who asks for it. */
export type ReplayContext = OpenContext & Pick<ComparisonContext, "useModel">;

/** Two probabilities are taken for the same up to this: passes of other shapes add the same numbers in another order. */
const tolerance = 1e-4;

/**
 * Answers one item of test again as an arm did with one of its seeds: nothing is taken from a cache. A model that was not kept is trained
 * again, with all that its first training hung on.
 * @throws RuntimeError `invalidRequest` for what the comparison has not, and when data, prompts or models are not what they were.
 */
export async function replay(params: ReplayParams, context: ReplayContext): Promise<Replay> {
  const stored = await readComparison(params.folder);
  const unit = recordedUnit(stored, params);
  const recorded = (await readPredictions(params.folder, unit.id))[params.item];
  if (!recorded) throw invalidRequest(l10n.t("there is no test item {0}", params.item));
  const input = await reopenInput(stored, context);
  const again = unit.choice.kind === "prompt" ? askAgain : trainAgain;
  const { now, prompt } = await again(stored, input, unit, params.item, context);
  return { recorded, now, prompt, ...compared(recorded, now) };
}

interface Answered {
  readonly now: Prediction;
  readonly prompt: string | null;
}

function recordedUnit({ record, outcomes }: StoredComparison, { arm, seed }: ReplayParams): ComparisonUnit {
  const found = outcomes.find(({ unit }) => unit.purpose === "test" && unit.arm === arm && unit.seed === seed);
  if (found) return found.unit;
  const name = record.arms[arm]?.name ?? String(arm);
  throw invalidRequest(l10n.t('the arm "{0}" has no outcome on test with the seed {1}', name, seed));
}

async function askAgain(
  _: StoredComparison,
  input: ComparisonInput,
  unit: ComparisonUnit,
  item: number,
  { signal, useModel }: ReplayContext,
): Promise<Answered> {
  const asked = promptUnit(input, unit);
  const { contextLength } = input.params;
  const reference = {
    folder: armOf(input, unit.arm).model,
    device: input.devices.prompt,
    ...(contextLength !== undefined && { contextLength }),
  };
  return useModel(reference, async (model) => {
    const cache = await CellCache.open(null, { model: "", contextLength: 0, device: "", versions: [] });
    // Batch calibration hangs on all items.
    const only = asked.variant.scoring.calibration === "batch" ? {} : { only: [item] };
    const turn = { signal, priority: "normal" as const };
    const { predictions } = await runPromptUnit(model, asked, { ...turn, cache, ...only });
    const now = predictions.find((one) => one.item === item);
    if (!now) throw new RangeError(`item ${item} was not answered`);
    return { now, prompt: await unitPrompt(model, asked, item, turn) };
  });
}

async function trainAgain(
  { folder, record }: StoredComparison,
  input: ComparisonInput,
  unit: ComparisonUnit,
  item: number,
  context: ReplayContext,
): Promise<Answered> {
  const { signal, onProgress } = context;
  const device = input.devices.finetune;
  const trained = record.arms[unit.arm]?.trained ?? null;
  const kept = trained === null ? null : join(folder, trained);
  const work = join(folder, "work", `replay-${randomUUID()}`);
  const asked = trainingUnit(input, unit, work);
  if (kept !== null && unit.seed === input.seeds.training[0] && (await fileExists(kept))) {
    const { predictions } = await answers(kept, device, only(asked, item), { signal });
    return { now: numbered(predictions, item), prompt: null };
  }
  const report = (stage: string, done: number, total: number) =>
    onProgress?.({ stage: stage === "training" ? "measuring" : "answering", done, total } satisfies WorkProgress);
  const options = { signal, chooseDevice: async () => device, onProgress: report };
  return holdingRun(folder, async () => {
    try {
      const { predictions } = await runTrainingUnit(only(asked, item), options);
      return { now: numbered(predictions, item), prompt: null };
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

/** The unit with a single item. */
function only<T extends { readonly items: readonly unknown[] }>(unit: T, item: number): T {
  return { ...unit, items: unit.items.slice(item, item + 1) };
}

function numbered([prediction]: readonly Prediction[], item: number): Prediction {
  if (!prediction) throw new RangeError(`item ${item} was not answered`);
  return { ...prediction, item };
}

/** Largest difference of probabilities (of log-probabilities per token, for texts), and whether the answer is the same. */
function compared(recorded: Prediction, now: Prediction): Pick<Replay, "difference" | "same"> {
  const [before, after] = [valuesOf(recorded), valuesOf(now)];
  const difference = before.reduce((most, value, i) => Math.max(most, Math.abs(value - (after[i] ?? Number.NaN))), 0);
  const sameAnswer = recorded.label === now.label && recorded.text === now.text;
  return { difference, same: sameAnswer && difference <= tolerance };
}

function valuesOf({ probabilities, logprob, tokens }: Prediction): readonly number[] {
  if (probabilities !== null) return probabilities;
  return logprob === null || !tokens ? [] : [logprob / tokens];
}
