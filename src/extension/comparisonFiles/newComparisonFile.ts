/** Writes a new comparison file: complete, with comments, ready to run. Pure. */
import type { ComparisonTask } from "../../runtime/comparison/comparisonFile";
import { promptFor } from "./newPrompt";
import { flowMap, scalar } from "./yamlScalar";

/** Methods that a new comparison can compare. */
export const armKinds = ["zeroShot", "oneShot", "fewShot", "normalised", "calibrated", "head", "lora", "full"] as const;

/** One of them. */
export type ArmKind = (typeof armKinds)[number];

/** Names of the arms in the file. */
export const armNames: { readonly [K in ArmKind]: string } = {
  zeroShot: "zero-shot",
  oneShot: "one-shot",
  fewShot: "few-shot",
  normalised: "few-shot, normalised",
  calibrated: "few-shot, calibrated",
  head: "head",
  lora: "LoRA",
  full: "full fine-tuning",
};

/** What the file is to say. */
export interface NewComparison {
  /** Data file, relative to the comparison file. */
  readonly file: string;
  readonly dev?: string;
  readonly test?: string;
  readonly task: ComparisonTask;
  /** Fields that columns of other names hold. */
  readonly columns: Readonly<Record<string, string>>;
  /** Columns of the data file: a text that is written has them for fields. */
  readonly allColumns: readonly string[];
  /** Names of the labels, by their values in the file; empty for multiple choice and texts. */
  readonly labels: Readonly<Record<string, string>>;
  /** A name in the store, or a folder; the settings' model when absent. */
  readonly model?: string;
  /** In the order of `armKinds`; those that a task has not are left out. */
  readonly arms: readonly ArmKind[];
  /** Labelled items that each arm may use; null for all of the training part. */
  readonly budget: number | null;
}

/** Most items of test and of dev: with them the starter model takes minutes on two CPU cores. */
export const sizes = { test: 100, dev: 40 } as const;

/** The methods that a task has: texts are written by prompts alone, and by nothing that compares labels. */
export function armsFor(task: ComparisonTask): readonly ArmKind[] {
  return task === "generation" ? ["zeroShot", "oneShot", "fewShot"] : armKinds;
}

/** The methods that are compared when nobody chooses: the cheap ones of each kind. */
export function usualArms(task: ComparisonTask): readonly ArmKind[] {
  const usual: readonly ArmKind[] = ["zeroShot", "fewShot", "calibrated", "head", "lora"];
  return armsFor(task).filter((kind) => usual.includes(kind));
}

/** The text of the file. Reads without problems, whatever columns and labels are called. */
export function newComparisonFile(said: NewComparison): string {
  const there = armsFor(said.task).filter((kind) => said.arms.includes(kind));
  const arms: readonly ArmKind[] = there.length > 0 ? there : ["zeroShot"];
  const sections = [
    head(arms),
    data(said),
    ...(said.model === undefined
      ? []
      : [`# A name in the model store, or a folder: ./models/mine.\nmodel: ${scalar(said.model)}`]),
    budget(said, arms),
    seeds(arms),
    metrics(said.task),
    `arms:\n${arms.map((kind) => arm(kind, said)).join("")}`.trimEnd(),
    further(arms, said),
  ];
  return `${sections.filter((section) => section !== "").join("\n\n")}\n`;
}

const trained: ReadonlySet<ArmKind> = new Set(["head", "lora", "full"]);

function head(arms: readonly ArmKind[]): string {
  const both = arms.some((kind) => trained.has(kind)) && arms.some((kind) => !trained.has(kind));
  return `# ${both ? "Prompting or fine-tuning?" : "Which does better?"} Every arm answers the same items. Run and Plan stand above this line; Plan tells how long it takes.
# Sizes are such that the starter model takes some minutes on two CPU cores. More items tell smaller differences apart: raise
# testItems, or take devItems and testItems out to use them all.`;
}

function data({ file, dev, test, task, columns, labels }: NewComparison): string {
  const renamed = task === "generation" ? [] : Object.entries(labels).filter(([value, name]) => value !== name);
  const shares = [...(dev === undefined ? ["dev: 0.2"] : []), ...(test === undefined ? ["test: 0.2"] : []), "seed: 0"];
  return [
    "data:",
    `  file: ${scalar(file)}`,
    ...(dev === undefined ? [] : [`  dev: ${scalar(dev)}`]),
    ...(test === undefined ? [] : [`  test: ${scalar(test)}`]),
    `  task: ${task}`,
    ...(Object.keys(columns).length > 0
      ? [`  columns: ${flowMap(Object.entries(columns))} # field: column of the file`]
      : []),
    ...(renamed.length > 0
      ? ["  # Value in the file: name of its label.", `  labels:${mapBelow(renamed, "    ")}`]
      : []),
    ...(dev !== undefined && test !== undefined
      ? []
      : [
          "  # Split off by the items' content. Settings are chosen on dev; test is read once by each arm.",
          `  split: { ${shares.join(", ")} }`,
        ]),
    `  devItems: ${sizes.dev}`,
    `  testItems: ${sizes.test}`,
  ].join("\n");
}

/** A map in one line where it is short, else below. */
function mapBelow(entries: readonly (readonly [string, string])[], indent: string): string {
  const line = flowMap(entries);
  if (line.length <= 100) return ` ${line}`;
  return entries.map(([key, value]) => `\n${indent}${scalar(key)}: ${scalar(value)}`).join("");
}

function budget({ budget: count }: NewComparison, arms: readonly ArmKind[]): string {
  if (arms.every((kind) => kind === "zeroShot")) return "";
  if (count === null)
    return "# Each arm may use all items that are neither dev nor test. With `labels: 100` here it may use 100 of them.";
  return `# Labelled items that each arm may use: its demonstrations are drawn from them, or it is trained on them.\nlabels: ${count}`;
}

function seeds(arms: readonly ArmKind[]): string {
  const draws = arms.some((kind) => kind !== "zeroShot" && !trained.has(kind));
  const trains = arms.some((kind) => trained.has(kind));
  const lines = [
    ...(draws ? ["  demonstrations: 5 # draws of demonstrations"] : []),
    ...(trains ? ["  training: 3 # trainings"] : []),
  ];
  return lines.length === 0 ? "" : ["# How often what hangs on chance is done.", "seeds:", ...lines].join("\n");
}

function metrics(task: ComparisonTask): string {
  const names =
    task === "generation"
      ? "exactMatch, tokenF1, rougeL"
      : task === "multipleChoice"
        ? "accuracy, logLoss, brier, calibrationError"
        : "accuracy, macroF1, logLoss, brier, calibrationError";
  return `# Arms are chosen and compared by the first one.\nmetrics: [${names}]`;
}

function arm(kind: ArmKind, said: NewComparison): string {
  const body = trained.has(kind) ? training(kind) : prompting(kind, said);
  return `${armComments[kind]}  - name: ${scalar(armNames[kind])}\n${body}`;
}

const armComments: { readonly [K in ArmKind]: string } = {
  zeroShot: "",
  oneShot: "",
  fewShot: "  # Where several values are listed, the best on dev is taken.\n",
  normalised: "  # Answers by the mean over their tokens, or less what they have after the cue alone (GPT-3 §2.4).\n",
  calibrated: "  # Freed of the bias that the prompt shows after empty inputs (Zhao et al. 2021).\n",
  head: "  # A classifier on the model's last state: the model stays as it is.\n",
  lora: "  # Small matrices beside the model's own (Hu et al. 2021).\n",
  full: "  # All parameters (Radford et al. 2018). The slowest arm, and the one that needs most memory.\n",
};

function prompting(kind: ArmKind, said: NewComparison): string {
  const { instruction, template, words } = promptFor(said);
  const most = said.budget ?? Number.POSITIVE_INFINITY;
  const several = [2, 4].filter((k) => k <= most);
  const k = kind === "zeroShot" ? "0" : kind === "oneShot" || several.length === 0 ? "1" : listed(several);
  const keys = [
    ...(instruction === null ? [] : [`instruction: ${JSON.stringify(instruction)}`]),
    `template: ${JSON.stringify(template)}`,
    ...(words === null ? [] : [`labels:${mapBelow(words, "        ")}`]),
    `k: ${k}`,
    ...(kind === "zeroShot" || said.task === "generation" || said.task === "multipleChoice"
      ? []
      : ["sampler: balanced"]),
    ...(kind === "fewShot" && said.arms.includes("normalised") && said.task !== "generation" ? ["rule: sum"] : []),
    ...(kind === "normalised" ? ["rule: [perToken, pmiAnswer]"] : []),
    ...(kind === "calibrated" ? ["calibration: contextual"] : []),
    ...(said.task === "generation" ? ['decoding: { maxNewTokens: 32, stop: ["\\n"] }'] : []),
  ];
  return `    prompt:\n${keys.map((key) => `      ${key}\n`).join("")}`;
}

function listed(values: readonly number[]): string {
  return values.length === 1 ? String(values[0]) : `[${values.join(", ")}]`;
}

/** Higher rates and more epochs than the papers', for few labels; the language model's loss costs most of the time and is left out. */
function training(kind: ArmKind): string {
  switch (kind) {
    case "head":
      return "    finetune: { method: head, learningRate: [0.003, 0.01] }\n";
    case "lora":
      return "    finetune: { method: lora, r: 8, learningRate: 0.003, epochs: 8, batchSize: 8, lmCoef: 0 }\n";
    default:
      return "    finetune: { method: full, learningRate: 0.0003, epochs: 4, batchSize: 8, lmCoef: 0 }\n";
  }
}

/** What may be added, commented out. */
function further(arms: readonly ArmKind[], { budget: count }: NewComparison): string {
  const [first, second] = [arms.findLast((kind) => trained.has(kind)) ?? arms.at(-1), arms[0]];
  if (first === undefined || second === undefined || first === second) return "";
  const curve = arms.some((kind) => kind !== "zeroShot")
    ? [
        "# Learning curves, from fewer labels to more; they take as long as the arms once more for each point.",
        `# curve: { labels: [${[8, 32].filter((at) => at < (count ?? 33)).join(", ") || 2}] }`,
        "",
      ]
    : [];
  return [
    ...curve,
    "# What has to hold: in the Test Explorer, and for the exit code of `gptw compare`.",
    "# assertions:",
    `#   - { arm: ${scalar(armNames[first], true)}, betterThan: ${scalar(armNames[second], true)} }`,
    `#   - { arm: ${scalar(armNames[first], true)}, atLeast: 0.8 }`,
  ].join("\n");
}
