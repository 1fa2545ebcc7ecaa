/** Arms with all that the file and the defaults say of them: what they choose from, and the prompt of each choice. */
import * as l10n from "@vscode/l10n";
import type { ArmChoice, PromptChoice } from "../comparisonRecord";
import { calibrations, type ResolvedVariant, samplers, scoringRules } from "../prompt/promptFile";
import { promptChoices, trainingChoices } from "./armChoices";
import { type ArmVariant, baseOf, checkFields, promptError } from "./armPrompts";
import type { ArmPrompt, ComparisonArm, ComparisonFile } from "./comparisonFile";
import type { ComparisonData, ResolvedArm } from "./comparisonInput";
import { inputNames } from "./comparisonLint";
import { answerField } from "./textItems";

/** Items whose fields are looked at. */
const headItems = 100;

/** What an arm is resolved with. */
export interface ArmParts {
  readonly file: Pick<ComparisonFile, "labels">;
  readonly data: ComparisonData;
  /** Absolute path. */
  readonly model: string;
  /** Its prompts; none for one that trains. */
  readonly variants: readonly ArmVariant[];
}

/** An arm, and sentences about it. */
export interface ArmWithNotes {
  readonly arm: ResolvedArm;
  readonly notes: readonly string[];
}

/**
 * The arm with all that is left to the file, the data and the defaults.
 * @throws RuntimeError `invalidPrompt` for a prompt that does not fit the data: other labels, other kinds of answer, fields that there are
 * not.
 */
export function resolveArm(arm: ComparisonArm, parts: ArmParts): ArmWithNotes {
  const { file, data, model } = parts;
  const { name, finetune, prompt, labels: own = file.labels } = arm;
  const labels = Math.min(own ?? Number.POSITIVE_INFINITY, data.train.length);
  const notes =
    own !== undefined && own > labels
      ? [l10n.t('Arm "{0}": there are {1} labelled items, not {2}.', name, labels, own)]
      : [];
  const common = { name, model, labels };
  if (finetune) {
    const choices = trainingChoices(finetune).map((settings): ArmChoice => ({ kind: "finetune", settings }));
    return { arm: { ...common, kind: finetune.method, choices, variant: null }, notes };
  }
  const variants = parts.variants.map((one) => fitted(one, data, name));
  const choices = promptChoices(prompt ?? {}, variants.map(baseOf));
  const variant = (choice: ArmChoice) => variantOf(variants, prompt ?? {}, choice);
  return {
    arm: { ...common, kind: "prompt", choices, variant },
    notes: [...notes, ...promptNotes(name, variants, choices, data)],
  };
}

/** The prompt of a choice. Throws `RangeError` for a choice that is not the arm's. */
function variantOf(variants: readonly ArmVariant[], prompt: ArmPrompt, choice: ArmChoice): ResolvedVariant {
  const chosen = choice.kind === "prompt" ? variants.find(({ name }) => name === choice.variant) : undefined;
  if (choice.kind !== "prompt" || !chosen) throw new RangeError("this is no choice of the arm");
  const { variant } = chosen;
  const { k } = choice;
  const fresh = prompt.fresh ?? variant.demonstrations?.fresh ?? true;
  const sampler = oneOf(samplers, choice.sampler);
  return {
    ...variant,
    demonstrations: k > 0 ? { from: [], k, sampler, fresh, seed: 0 } : null,
    scoring: scoringOf(variant, choice),
  };
}

function scoringOf({ scoring }: ResolvedVariant, { rule, calibration }: PromptChoice): ResolvedVariant["scoring"] {
  return {
    ...scoring,
    ...(rule !== null && { rule: oneOf(scoringRules, rule) }),
    ...(calibration !== null && { calibration: oneOf(calibrations, calibration) }),
  };
}

function oneOf<T extends string>(words: readonly T[], word: string): T {
  const found = words.find((one) => one === word);
  if (found === undefined) throw new RangeError(`"${word}" is none of ${words.join(", ")}`);
  return found;
}

/** The variant as it is asked about the data's items, which hold their right answer in a field of a name of our own. */
function fitted(own: ArmVariant, data: ComparisonData, arm: string): ArmVariant {
  checkFields(own, fieldsOf(data));
  const { task } = data;
  const { variant } = own;
  const named = { ...variant, name: arm, answer: task === "generation" ? answerField : "label" };
  if (task === "generation") {
    if (variant.labels || variant.choices !== null) throw kindError(own, l10n.t("writes no text"));
    return { ...own, variant: { ...named, labels: null, choices: null } };
  }
  if (task === "multipleChoice") {
    if (variant.choices === null) throw kindError(own, l10n.t("chooses among no choices"));
    return { ...own, variant: { ...named, labels: null, choices: "choices" } };
  }
  if (!variant.labels) throw kindError(own, l10n.t("chooses among no labels"));
  return { ...own, variant: { ...named, labels: labelWords(own, variant.labels, data.labels), choices: null } };
}

function kindError(own: ArmVariant, what: string): Error {
  const hint = l10n.t(
    "Choose a prompt file for the data's task: with labels, with choices, or with neither for texts.",
  );
  return promptError(own, "template", l10n.t("The prompt {0}.", what), hint);
}

/** In the order of the data's labels, each with its words: its own name where the prompt says none at all. */
function labelWords(
  own: ArmVariant,
  said: NonNullable<ResolvedVariant["labels"]>,
  labels: readonly string[],
): NonNullable<ResolvedVariant["labels"]> {
  if (said.size === 0) return new Map(labels.map((label) => [label, [label]]));
  const missing = labels.find((label) => !said.has(label));
  const unknown = [...said.keys()].find((label) => !labels.includes(label));
  const hint = l10n.t(
    "The data has the labels {0}. Name them with data.labels, or change the prompt's.",
    labels.join(", "),
  );
  if (unknown !== undefined) throw promptError(own, "labels", l10n.t('The data has no label "{0}".', unknown), hint);
  if (missing !== undefined)
    throw promptError(own, "labels", l10n.t('The prompt has no words for the label "{0}".', missing), hint);
  return new Map(labels.map((label) => [label, said.get(label) ?? [label]]));
}

/** Fields of the items, without the answer. */
function fieldsOf({ task, train, test }: ComparisonData): readonly string[] {
  if (task !== "generation") return inputNames(task);
  const items = [...train.slice(0, headItems), ...test.slice(0, headItems)];
  return [...new Set(items.flatMap(({ fields }) => Object.keys(fields)))];
}

function promptNotes(
  arm: string,
  variants: readonly ArmVariant[],
  choices: readonly ArmChoice[],
  { labels }: ComparisonData,
): string[] {
  const hasOwn = variants.some(({ variant }) => variant.demonstrations);
  const takesSome = choices.some((choice) => choice.kind === "prompt" && choice.k > 0);
  const isNumbered =
    labels.some((label) => /^-?\d+$/.test(label)) &&
    variants.some(({ variant }) => labels.every((label) => variant.labels?.get(label)?.join() === label));
  return [
    ...(hasOwn && takesSome
      ? [l10n.t("Arm \"{0}\": demonstrations come from the comparison's data, not from the prompt file's.", arm)]
      : []),
    ...(isNumbered
      ? [
          l10n.t(
            'Arm "{0}": its label words are numbers. Words that mean something do better: name them in labels.',
            arm,
          ),
        ]
      : []),
  ];
}
