/**
 * The units of work of a comparison, each with the hash of all that its outcome hangs on. What an arm chooses it chooses on dev; test is
 * read with that choice alone.
 */
import { hash } from "node:crypto";
import type { ArmChoice, ComparisonUnit, PromptChoice } from "../comparisonRecord";
import { onnxruntimeVersion } from "../engine/session";
import type { ResolvedVariant } from "../prompt/promptFile";
import { version } from "../version";
import { leastLabels } from "./armLint";
import { itemsSha256, poolOf } from "./comparisonData";
import type { ComparisonData, ComparisonInput, ComparisonItem, ResolvedArm } from "./comparisonInput";

/** Part of a unit that is not said by arm and input. */
type UnitParts = Pick<ComparisonUnit, "purpose" | "choice" | "labels" | "seed">;

/**
 * What an arm does on dev to choose its settings: every choice, with every seed of demonstrations, or with the first seed of training,
 * which takes too long to repeat. An arm that has nothing to choose is looked at too where it has a rival of its kind: dev then says which of
 * them stands for it in the report; otherwise there are none. Test is not looked at.
 */
export function chooseUnits(input: ComparisonInput, arm: number): readonly ComparisonUnit[] {
  const { choices, labels } = armAt(input, arm);
  if (choices.length < 2 && !hasRival(input, arm)) return [];
  return choices.flatMap((choice) => {
    const seeds = seedsOf(input, choice, labels);
    const tried = choice.kind === "prompt" ? seeds : seeds.slice(0, 1);
    return tried.map((seed) => unit(input, arm, { purpose: "choose", choice, labels, seed }));
  });
}

/** Whether another arm prompts as this one does, or trains: dev then says which of them stands for its kind in the report. */
function hasRival(input: ComparisonInput, arm: number): boolean {
  if (input.data.dev.length === 0) return false;
  const prompts = (of: ResolvedArm) => of.kind === "prompt";
  return input.arms.filter((other) => prompts(other) === prompts(armAt(input, arm))).length > 1;
}

/** What an arm does on test with its choice: one unit for every seed that something hangs on. Throws `RangeError` for no choice of the arm. */
export function testUnits(input: ComparisonInput, arm: number, chosen: number): readonly ComparisonUnit[] {
  const { labels } = armAt(input, arm);
  return seeded(input, arm, { purpose: "test", choice: choiceAt(input, arm, chosen), labels });
}

/**
 * The points of an arm's learning curves on test. One that is the same as a unit of `testUnits` or another point has its id: what it gave is
 * taken over. Arms that learn nothing have no curve of labels, those that take no demonstrations none of K; points beyond what there is to
 * learn from are left out, and those with too little for a training.
 */
export function curveUnits(input: ComparisonInput, arm: number, chosen: number): readonly ComparisonUnit[] {
  const { file, data } = input;
  const { labels } = armAt(input, arm);
  const choice = choiceAt(input, arm, chosen);
  const within = (points: readonly number[] = []) => points.filter((at) => at <= data.train.length);
  const learns = choice.kind === "finetune" || choice.k > 0;
  const least = leastLabels(choice.kind === "finetune", data.task);
  const byLabels = learns ? within(file.curve?.labels).filter((at) => at >= least) : [];
  const byK = takesDemonstrations(input, arm) ? within(file.curve?.k) : [];
  return [
    ...byLabels.flatMap((at) => seeded(input, arm, { purpose: "labelCurve", choice, labels: at })),
    ...byK.flatMap((k) =>
      choice.kind === "prompt" ? seeded(input, arm, { purpose: "kCurve", choice: { ...choice, k }, labels }) : [],
    ),
  ];
}

/** Whether some choice of an arm puts demonstrations into the prompt: then a curve against K says something of it. */
function takesDemonstrations(input: ComparisonInput, arm: number): boolean {
  return armAt(input, arm).choices.some((choice) => choice.kind === "prompt" && choice.k > 0);
}

function seeded(input: ComparisonInput, arm: number, parts: Omit<UnitParts, "seed">): readonly ComparisonUnit[] {
  return seedsOf(input, parts.choice, parts.labels).map((seed) => unit(input, arm, { ...parts, seed }));
}

/** Seeds that a choice is done with: the first one alone where nothing hangs on it. */
function seedsOf(input: ComparisonInput, choice: ArmChoice, labels: number): readonly number[] {
  const { demonstrations, training } = input.seeds;
  if (choice.kind === "finetune") return training;
  return hangsOnSeed(input, choice, labels) ? demonstrations : demonstrations.slice(0, 1);
}

/** A seed draws the labels that are within the budget, where there are more, and demonstrations out of them. */
function hangsOnSeed({ data }: ComparisonInput, { k, sampler }: PromptChoice, labels: number): boolean {
  return k > 0 && (sampler === "random" || sampler === "balanced" || labels < data.train.length);
}

function unit(input: ComparisonInput, arm: number, parts: UnitParts): ComparisonUnit {
  const split = parts.purpose === "choose" ? "dev" : "test";
  return { id: unitId(input, arm, { ...parts, split }), arm, ...parts, split };
}

/** SHA-256 over everything that the outcome hangs on: neither the arm's name and number nor what it is for. */
function unitId(input: ComparisonInput, arm: number, parts: UnitParts & Pick<ComparisonUnit, "split">): string {
  const { data, models, devices } = input;
  const { choice, split, seed, labels } = parts;
  const own = armAt(input, arm);
  const model = models.find(({ folder }) => folder === own.model);
  const hangsOn = [
    [model?.sha256, model?.contextLength, devices[choice.kind]],
    [version, onnxruntimeVersion],
    [data.task, data.labels, split, sha256Of(data[split])],
    choice.kind === "prompt"
      ? [...promptKey(own, choice), ...(hangsOnSeed(input, choice, labels) ? [seed] : [])]
      : // The best step is found on dev.
        [choice.settings, seed, sha256Of(data.dev)],
    choice.kind === "prompt" && choice.k === 0 ? null : poolSha256(data, labels, seed),
  ];
  return hash("sha256", JSON.stringify(hangsOn), "hex");
}

/** The prompt as it is asked, whatever it is called. */
function promptKey({ variant }: ResolvedArm, choice: PromptChoice): readonly unknown[] {
  if (!variant) throw new TypeError("an arm that trains has no prompt");
  const { name: _, labels, ...asked }: ResolvedVariant = variant(choice);
  return [asked, labels && [...labels]];
}

const knownPools = new WeakMap<ComparisonData, Map<string, string>>();

function poolSha256(data: ComparisonData, labels: number, seed: number): string {
  // The same for every seed.
  if (labels >= data.train.length) return sha256Of(data.train);
  const known = knownPools.get(data) ?? new Map<string, string>();
  knownPools.set(data, known);
  const key = `${labels} ${seed}`;
  const found = known.get(key) ?? itemsSha256(poolOf(data, labels, seed));
  known.set(key, found);
  return found;
}

const knownParts = new WeakMap<readonly ComparisonItem[], string>();

/** Of a list that is asked for again and again. */
function sha256Of(items: readonly ComparisonItem[]): string {
  const found = knownParts.get(items) ?? itemsSha256(items);
  knownParts.set(items, found);
  return found;
}

function armAt({ arms }: ComparisonInput, arm: number): ResolvedArm {
  const found = arms[arm];
  if (!found) throw new RangeError(`there is no arm ${arm}`);
  return found;
}

function choiceAt(input: ComparisonInput, arm: number, chosen: number): ArmChoice {
  const found = armAt(input, arm).choices[chosen];
  if (!found) throw new RangeError(`arm ${arm} has no choice ${chosen}`);
  return found;
}
