/** What an arm of a comparison file may say wrongly. Pure. */
import * as l10n from "@vscode/l10n";
import { fineTuneSettings } from "../training/settings";
import type { YamlPath } from "../yamlText";
import { combinationCount, listOf, trainingChoices } from "./armChoices";
import {
  type ArmPrompt,
  type ArmTraining,
  type ComparisonArm,
  type ComparisonFile,
  type ComparisonTask,
  mostChoices,
} from "./comparisonFile";
import { type Finding, wrong } from "./finding";

/** Everything that is wrong with an arm. */
export function lintArm(arm: ComparisonArm, path: YamlPath, file: ComparisonFile): Finding[] {
  const { prompt, finetune } = arm;
  const key = prompt ? "prompt" : "finetune";
  const own = [...path, key];
  const { task } = file.data;
  const found = [
    ...twice(prompt ?? finetune ?? {}, own),
    ...(prompt ? [...lintPromptKeys(prompt, own, task), ...lintBudget(prompt, own, arm.labels ?? file.labels)] : []),
    ...(finetune ? lintTraining(finetune, own, task) : []),
    ...(finetune ? lintLabels(arm, path, file) : []),
  ];
  const combinations = combinationCount(arm);
  if (combinations > mostChoices.combinations) {
    const message = l10n.t(
      "These are {0} combinations to choose from; {1} are the most.",
      combinations,
      mostChoices.combinations,
    );
    found.push(wrong(own, "arm.combinations", message, true));
  } else if (finetune && found.length === 0) found.push(...lintSettings(finetune, own));
  return found;
}

function twice(lists: Readonly<Record<string, unknown>>, path: YamlPath): Finding[] {
  return Object.entries(lists).flatMap(([key, value]) =>
    Array.isArray(value)
      ? value.flatMap((one, i) =>
          value.indexOf(one) < i
            ? [wrong([...path, key, i], "twice", l10n.t('"{0}" stands here twice.', String(one).slice(0, 60)))]
            : [],
        )
      : [],
  );
}

/** Keys that say the prompt itself, which a prompt file says too. */
const ownKeys = ["instruction", "template", "separator", "labels", "decoding"] as const;

function lintPromptKeys(prompt: ArmPrompt, path: YamlPath, task: ComparisonTask): Finding[] {
  const found: Finding[] = [];
  const refuse = (keys: readonly (keyof ArmPrompt)[], code: string, message: string) => {
    for (const key of keys) if (prompt[key] !== undefined) found.push(wrong([...path, key], code, message, true));
  };
  if (prompt.file !== undefined)
    refuse(ownKeys, "prompt.file", l10n.t("The prompt file says this. Change it there, or leave out file."));
  else {
    refuse(["variant"], "prompt.variant", l10n.t("Variants are a prompt file's: name one with the key file."));
    if (prompt.template === undefined)
      found.push(wrong(path, "prompt.template", l10n.t("The prompt needs either a template or a file."), true));
  }
  if (task === "generation")
    refuse(
      ["labels", "rule", "calibration"],
      "prompt.generation",
      l10n.t("Texts are written, not chosen among labels."),
    );
  else refuse(["decoding"], "prompt.decoding", l10n.t("Answers are chosen among labels or choices, not written."));
  if (task === "multipleChoice")
    refuse(["labels"], "prompt.labels", l10n.t("The answers are the choices of each item: they have no labels."));
  return found;
}

/** More demonstrations than there are labels to take them from. */
function lintBudget({ k }: ArmPrompt, path: YamlPath, labels: number | undefined): Finding[] {
  return listOf(k, 0).flatMap((value, i) => {
    if (labels === undefined || value <= labels) return [];
    const message = l10n.t("The arm may use {0} labelled items: prompts will have no more demonstrations.", labels);
    return [
      {
        severity: "warning",
        code: "prompt.k",
        message,
        path: [...path, "k", ...(Array.isArray(k) ? [i] : [])],
      } as const,
    ];
  });
}

/** Fewest labelled items that an arm learns from: a classifier needs two labels to tell apart, multiple choice has no labels. */
export function leastLabels(trains: boolean, task: ComparisonTask): number {
  return trains && task !== "multipleChoice" ? 2 : 1;
}

function lintLabels(arm: ComparisonArm, path: YamlPath, file: ComparisonFile): Finding[] {
  const said = arm.labels ?? file.labels;
  const least = leastLabels(true, file.data.task);
  if (said === undefined || said >= least) return [];
  const message = l10n.t('The arm "{0}" is trained: it needs {1} labelled items or more.', arm.name, least);
  return [wrong(arm.labels === undefined ? ["labels"] : [...path, "labels"], "finetune.labels", message)];
}

function lintTraining(finetune: ArmTraining, path: YamlPath, task: ComparisonTask): Finding[] {
  const found: Finding[] = [];
  if (task === "generation") {
    const message = l10n.t(
      "Training makes classifiers, which write no texts. Compare prompts, or name a model that was trained before.",
    );
    found.push(wrong(path, "finetune.generation", message, true));
  }
  if (finetune.method !== "lora")
    for (const key of ["r", "loraAlpha", "targetModules"] as const)
      if (finetune[key] !== undefined)
        found.push(
          wrong([...path, key], "finetune.lora", l10n.t("Only adapters have this: set method to lora."), true),
        );
  return found;
}

/** What the training engine itself would refuse, said of the first combination that it would. */
function lintSettings(finetune: ArmTraining, path: YamlPath): Finding[] {
  for (const settings of trainingChoices(finetune)) {
    const [issue] = fineTuneSettings.safeParse(settings).error?.issues ?? [];
    const key = issue?.path.findLast((step) => typeof step === "string" && Object.hasOwn(finetune, step));
    if (issue)
      return [
        wrong(typeof key === "string" ? [...path, key] : path, "finetune", `${issue.path.join(".")}: ${issue.message}`),
      ];
  }
  return [];
}
