/** What a unit is run with, whichever kind its arm is: from the unit's settings to what `runPromptUnit` and `runTrainingUnit` take. */
import type { ComparisonUnit } from "../comparisonRecord";
import { poolOf } from "./comparisonData";
import type { ComparisonTask } from "./comparisonFile";
import type { ComparisonInput, ComparisonItem, ResolvedArm } from "./comparisonInput";
import type { PromptUnit } from "./promptArm";
import type { TrainingUnit } from "./trainingArm";

/** The arm of a number. Throws `RangeError` for one that there is not. */
export function armOf({ arms }: Pick<ComparisonInput, "arms">, arm: number): ResolvedArm {
  const found = arms[arm];
  if (!found) throw new RangeError(`there is no arm ${arm}`);
  return found;
}

/** The items that a unit answers. */
export function partOf({ data }: Pick<ComparisonInput, "data">, { split }: ComparisonUnit): readonly ComparisonItem[] {
  return data[split];
}

/** What a unit of a prompting arm asks. */
export function promptUnit(input: ComparisonInput, unit: ComparisonUnit): PromptUnit {
  const { variant } = armOf(input, unit.arm);
  if (variant === null) throw new TypeError(`arm ${unit.arm} has no prompt`);
  return {
    path: input.params.source.path,
    variant: variant(unit.choice),
    labels: input.data.labels,
    pool: poolOf(input.data, unit.labels, unit.seed),
    items: partOf(input, unit),
    seed: unit.seed,
  };
}

/** What a unit of a training arm trains in `folder`. */
export function trainingUnit(input: ComparisonInput, unit: ComparisonUnit, folder: string): TrainingUnit {
  const { params, data, devices } = input;
  const { choice } = unit;
  if (choice.kind !== "finetune") throw new TypeError(`arm ${unit.arm} trains nothing`);
  return {
    model: armOf(input, unit.arm).model,
    device: devices.finetune,
    ...(params.contextLength !== undefined && { contextLength: params.contextLength }),
    task: labelledTask(data.task),
    labels: data.labels,
    settings: choice.settings,
    seed: unit.seed,
    pool: poolOf(data, unit.labels, unit.seed),
    dev: data.dev,
    items: partOf(input, unit),
    folder,
  };
}

function labelledTask(task: ComparisonTask): TrainingUnit["task"] {
  if (task === "generation") throw new TypeError("a classifier writes no texts");
  return task;
}
