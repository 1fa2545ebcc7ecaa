/** The arms of a report with all that they answered: those of the comparison, then what they must beat. */
import * as l10n from "@vscode/l10n";
import type { ArmChoice, ArmRecord, ComparisonRecord, Prediction, UnitCost, UnitOutcome } from "../../comparisonRecord";
import type { ReportArm } from "../../comparisonReport";
import { invalidRequest } from "../../errors";
import { classCount, type ReportInput } from "./reportInput";

/** An arm or a baseline, with its answers. */
export interface ComparedArm {
  readonly name: string;
  readonly kind: ReportArm["kind"];
  /** Number of the arm in the record; null for a baseline. */
  readonly arm: number | null;
  readonly choice: ArmChoice | null;
  /** On dev, by the first metric; null where dev was not looked at. */
  readonly dev: number | null;
  /** By ascending seed; one at least. */
  readonly runs: readonly ArmRun[];
  /** Of each run; none for baselines. */
  readonly costs: readonly UnitCost[];
  /** Items that were cut in any run, at most. */
  readonly cut: number;
  readonly labels: ReportArm["labels"];
  readonly testReads: number;
}

/** What an arm answered with one seed. */
export interface ArmRun {
  readonly seed: number;
  /** One for each item of test, in their order. */
  readonly predictions: readonly Prediction[];
}

/** The arms of the comparison that answered test with all their seeds, in the record's order. Throws `invalidRequest` where answers are not those of the items. */
export function testedArms(input: ReportInput): readonly ComparedArm[] {
  return input.record.arms.flatMap((arm, number) => {
    const outcomes = outcomesOf(input, number, "test");
    // An arm that failed may have answered with some of its seeds.
    const isWhole = outcomes.length > 0 && (input.record.state !== "failed" || outcomes.length >= arm.seeds.length);
    return isWhole ? [testedArm(input, arm, number, outcomes)] : [];
  });
}

/** What an arm's units of one purpose on test gave, by ascending seed. */
export function outcomesOf(
  { outcomes }: Pick<ReportInput, "outcomes">,
  arm: number,
  purpose: UnitOutcome["unit"]["purpose"],
): readonly UnitOutcome[] {
  return outcomes
    .filter(({ unit }) => unit.arm === arm && unit.purpose === purpose && unit.split === "test")
    .sort((a, b) => a.unit.seed - b.unit.seed);
}

/** What a unit answered, one for each item of test. Throws `invalidRequest` where it is something else. */
export function answersOf(input: ReportInput, { unit }: UnitOutcome): readonly Prediction[] {
  const found = input.predictions.get(unit.id) ?? [];
  const classes = classCount(input);
  const fits = ({ item, label, probabilities }: Prediction, place: number) =>
    item === place &&
    (label === null || label < classes) &&
    (probabilities === null || probabilities.length === classes);
  if (found.length === input.data.test.length && found.every(fits)) return found;
  throw invalidRequest(
    l10n.t(
      "{0} answers of unit {1} are not those to the {2} items of test",
      found.length,
      unit.id,
      input.data.test.length,
    ),
    l10n.t("Run the comparison again."),
  );
}

function testedArm(input: ReportInput, arm: ArmRecord, number: number, outcomes: readonly UnitOutcome[]): ComparedArm {
  const tried = arm.tried[arm.chosen ?? 0];
  const choice = outcomes[0]?.unit.choice ?? null;
  return {
    name: arm.name,
    kind: arm.kind,
    arm: number,
    choice,
    dev: tried?.dev ?? null,
    runs: outcomes.map((outcome) => ({ seed: outcome.unit.seed, predictions: answersOf(input, outcome) })),
    costs: outcomes.map(({ cost }) => cost),
    cut: Math.max(...outcomes.map(({ cut }) => cut)),
    labels: labelsOf(arm, choice, input.record.items),
    testReads: arm.testReads,
  };
}

/** Labels that an arm used. Without demonstrations train gives it none; training takes its best step by dev. */
function labelsOf(
  { kind, labels, tried }: ArmRecord,
  choice: ArmChoice | null,
  items: ComparisonRecord["items"],
): ReportArm["labels"] {
  const fromTrain = choice?.kind === "prompt" && choice.k === 0 ? 0 : Math.min(labels, items.train);
  const looked = kind !== "prompt" || tried.some(({ dev }) => dev !== null);
  return { train: fromTrain, dev: looked ? items.dev : 0 };
}
