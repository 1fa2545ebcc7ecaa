/** Hazards of demonstrations that are written in the file: biases by number and by order (Zhao et al. 2021), and leaks. Pure. */
import * as l10n from "@vscode/l10n";
import { type InlineItems, inlineDemonstrations, inlineInputs, type Linted, saidAt } from "./lintPlaces";
import type { Item, ResolvedVariant } from "./promptFile";
import type { PromptProblem, YamlPath } from "./promptText";

/** Looks at inline demonstrations. */
export function lintDemonstrations(linted: Linted): PromptProblem[] {
  const { file, variants } = linted;
  return variants.flatMap((variant, index) => {
    const pool = inlineDemonstrations(file, index);
    const place = saidAt(file, index, "demonstrations");
    if (!pool || !place || !variant.demonstrations) return [];
    return [
      ...repeated(linted, variant, pool),
      ...leaked(linted, variant, pool),
      ...tooFew(linted, variant, pool, place),
      ...biased(linted, variant, pool, place),
    ];
  });
}

/** What an item asks, as text: all its fields but the answer. */
function question(item: Item, answer: string): string {
  const fields = Object.entries(item).filter(([field]) => field !== answer);
  return JSON.stringify(
    fields.map(([field, value]) => [field, typeof value === "string" ? value.trim() : value]).sort(),
  );
}

function repeated({ reading }: Linted, { answer }: ResolvedVariant, { items, path }: InlineItems): PromptProblem[] {
  const first = new Map<string, number>();
  return items.flatMap((item, index) => {
    const asked = question(item, answer);
    const before = first.get(asked);
    first.set(asked, before ?? index);
    if (before === undefined) return [];
    const message = l10n.t("This demonstration asks the same as number {0}.", before + 1);
    return [reading.problemAt([...path, index], { severity: "warning", code: "lint.duplicateDemonstration", message })];
  });
}

function leaked({ file, reading }: Linted, { answer }: ResolvedVariant, { items, path }: InlineItems): PromptProblem[] {
  const inputs = new Map((inlineInputs(file)?.items ?? []).map((item, index) => [question(item, answer), index]));
  return items.flatMap((item, index) => {
    const same = inputs.get(question(item, answer));
    if (same === undefined) return [];
    const message = l10n.t(
      "This demonstration is input {0} too: its right answer would stand in its own prompt.",
      same + 1,
    );
    return [reading.problemAt([...path, index], { severity: "warning", code: "lint.leak", message })];
  });
}

function tooFew(
  { reading }: Linted,
  variant: ResolvedVariant,
  { items }: InlineItems,
  place: YamlPath,
): PromptProblem[] {
  const k = variant.demonstrations?.k ?? 0;
  if (k <= items.length) return [];
  const message = l10n.t("{0} demonstrations are asked for, and there are {1}.", k, items.length);
  return [reading.problemAt([...place, "k"], { severity: "warning", code: "lint.tooFewDemonstrations", message })];
}

function biased(
  { reading }: Linted,
  variant: ResolvedVariant,
  { items }: InlineItems,
  place: YamlPath,
): PromptProblem[] {
  const { labels, demonstrations, answer } = variant;
  if (!labels || !demonstrations || demonstrations.k === 0) return [];
  const { sampler, k } = demonstrations;
  const fixed = sampler === "fixed";
  if (!fixed && sampler !== "random") return [];
  const answers = items.slice(0, fixed ? k : items.length).map((item) => String(item[answer]));
  const tell = (severity: "warning" | "info", code: string, message: string) =>
    reading.problemAt(place, { severity, code, message }, reading.keyRangeOf(place));
  const majority = imbalance(answers, [...labels.keys()]);
  const run = fixed ? runAtEnd(answers) : 0;
  const last = answers.at(-1) ?? "";
  const recent = l10n.t('The last {0} demonstrations are "{1}": models tend to repeat what they read last.', run, last);
  return [
    ...(majority === null ? [] : [tell("warning", "lint.imbalance", majority)]),
    ...(run >= 2 && run < answers.length && answers.length >= 4
      ? [tell(run > 2 ? "warning" : "info", "lint.recency", recent)]
      : []),
  ];
}

/** Tells of one label that has half as many again as its share, and two more than another. */
function imbalance(answers: readonly string[], labels: readonly string[]): string | null {
  if (answers.length < labels.length) return null;
  const counts = labels.map((label) => ({ label, count: answers.filter((one) => one === label).length }));
  const [most, least] = [
    counts.toSorted((a, b) => b.count - a.count)[0],
    counts.toSorted((a, b) => a.count - b.count)[0],
  ];
  if (!most || !least || most.count - least.count < 2 || most.count < (1.5 * answers.length) / labels.length)
    return null;
  return l10n.t(
    '{0} of {1} demonstrations are "{2}" and {3} are "{4}": models tend to answer what they have read most.',
    ...[most.count, answers.length, most.label, least.count, least.label],
  );
}

function runAtEnd(answers: readonly string[]): number {
  const other = answers.findLastIndex((answer) => answer !== answers.at(-1));
  return answers.length - 1 - other;
}
