/** Hazards of labels and right answers. What a tokenizer says of label words, `prompt/tokenLint.ts` says. Pure. */
import * as l10n from "@vscode/l10n";
import { choicesOf } from "./answers";
import { type InlineItems, inlineDemonstrations, inlineInputs, type Linted, saidAt } from "./lintPlaces";
import type { FieldValue, ResolvedVariant } from "./promptFile";
import type { PromptProblem, PromptReading } from "./promptText";

type Labels = ReadonlyMap<string, readonly string[]>;

/** Looks at the labels, and at the right answers of inline items. */
export function lintLabels(linted: Linted): PromptProblem[] {
  const { file, variants, reading } = linted;
  return variants.flatMap((variant, index) => {
    const path = saidAt(file, index, "labels");
    const demonstrations = inlineDemonstrations(file, index);
    const inputs = inlineInputs(file);
    return [
      ...(variant.labels && path
        ? [...sharedBeginnings(variant.labels, reading, path), ...lengths(variant, reading, path)]
        : []),
      ...(demonstrations ? rightAnswers(variant, reading, demonstrations, true) : []),
      ...(inputs ? rightAnswers(variant, reading, inputs, false) : []),
    ];
  });
}

/** Where one label word begins as another, the model cannot tell the labels apart by the first word. */
function sharedBeginnings(labels: Labels, reading: PromptReading, path: readonly (string | number)[]): PromptProblem[] {
  const all = [...labels].flatMap(([label, words]) => words.map((word) => ({ label, word })));
  return [...labels.keys()].flatMap((label, index) => {
    const before = new Set([...labels.keys()].slice(0, index));
    const pairs = all
      .filter((one) => one.label === label)
      .flatMap(({ word }) =>
        all.filter((other) => before.has(other.label)).map((other) => ({ word, other: other.word })),
      );
    const clash = pairs.find(({ word, other }) => beginAlike(word, other));
    if (!clash) return [];
    const message = l10n.t(
      'The label words "{0}" and "{1}" begin alike. Choose words that differ from the first one on.',
      clash.other,
      clash.word,
    );
    return [reading.problemAt([...path, label], { severity: "warning", code: "lint.labelPrefix", message })];
  });
}

function beginAlike(a: string, b: string): boolean {
  const [first, second] = [a.trim(), b.trim()];
  return first.startsWith(second) || second.startsWith(first) || first.split(/\s+/)[0] === second.split(/\s+/)[0];
}

/** A sum over more tokens is smaller; a mean over more tokens is often larger, because the later ones follow from the first. */
function lengths(
  { labels, scoring }: ResolvedVariant,
  reading: PromptReading,
  path: readonly (string | number)[],
): PromptProblem[] {
  const counts = [...(labels ?? [])].flatMap(([, words]) => words.map((word) => word.trim().split(/\s+/).length));
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (least === most) return [];
  const message = l10n.t(
    "Label words have from {0} to {1} words. The rule {2} does not make up for all of that: words of one length are compared more fairly.",
    least,
    most,
    scoring.rule,
  );
  const severity = scoring.rule === "sum" ? "warning" : "info";
  return [reading.problemAt(path, { severity, code: "lint.labelLength", message }, reading.keyRangeOf(path))];
}

function rightAnswers(
  variant: ResolvedVariant,
  reading: PromptReading,
  { items, path }: InlineItems,
  needed: boolean,
): PromptProblem[] {
  const { labels, choices, answer } = variant;
  return items.flatMap((item, index) => {
    const gold = Object.hasOwn(item, answer) ? item[answer] : undefined;
    const tell = (code: string, message: string, key?: string) =>
      reading.problemAt([...path, index, ...(key === undefined ? [] : [key])], { severity: "error", code, message });
    if (gold === undefined) {
      const message = l10n.t('A demonstration needs its right answer: the field "{0}" is missing.', answer);
      return needed ? [tell("lint.missingAnswer", message)] : [];
    }
    if (labels && !labels.has(String(gold))) {
      const message = l10n.t('"{0}" is no label. There are: {1}.', String(gold), [...labels.keys()].join(", "));
      return [tell("lint.unknownLabel", message, answer)];
    }
    const message = choices === null ? null : wrongChoice(choicesOf(item, choices), choices, gold);
    return message === null ? [] : [tell("lint.choice", message, answer)];
  });
}

function wrongChoice(list: readonly string[] | null, field: string, gold: FieldValue): string | null {
  if (!list) return l10n.t('The field "{0}" has to be a list: the choices.', field);
  if (list.includes(String(gold))) return null;
  const number = typeof gold === "string" && gold.trim() ? Number(gold) : gold;
  const fits = typeof number === "number" && Number.isInteger(number) && number >= 0 && number < list.length;
  return fits ? null : l10n.t("The right answer is the text of a choice or its number: 0 to {0}.", list.length - 1);
}
