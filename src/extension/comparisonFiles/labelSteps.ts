/** Asks for the names of labels. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { WizardState } from "./comparisonWizard";
import type { Answer, Asker } from "./steps";

/** Most labels that are named one by one. */
const mostNamed = 20;

/** Names for labels that are numbers, or that the user wants to call otherwise: prompts show them. Null where there is nothing to name. */
export async function askLabels(
  ask: Asker,
  title: string,
  state: WizardState,
  step: number,
): Promise<Answer<WizardState> | null> {
  const values = Object.keys(state.labels);
  const hasNames = state.task !== "multipleChoice" && state.task !== "generation";
  if (!hasNames || values.length === 0 || values.length > mostNamed) return null;
  const keep = { label: l10n.t("Keep the labels' names"), description: values.join(", "), value: false };
  const rename = { label: l10n.t("Name the labels…"), description: l10n.t("prompts show these names"), value: true };
  // A model knows what "positive" means, and not what 1 does.
  const speak = values.every((value) => /\p{L}{2}/u.test(value));
  const question = { title, hint: l10n.t("What the labels are called in prompts"), step };
  const answer = await ask.pick(question, speak ? [keep, rename] : [rename, keep]);
  if (answer.kind !== "answer") return answer;
  const labels = answer.value
    ? await nameEach(ask, title, values, step + 1)
    : { kind: "answer" as const, value: same(values) };
  if (labels.kind === "back") return askLabels(ask, title, state, step);
  return labels.kind === "answer" ? { kind: "answer", value: { ...state, labels: labels.value } } : labels;
}

async function nameEach(
  ask: Asker,
  title: string,
  values: readonly string[],
  step: number,
): Promise<Answer<Readonly<Record<string, string>>>> {
  const names: string[] = [];
  for (let at = 0; at < values.length; ) {
    const value = values[at] ?? "";
    const question = { title, hint: l10n.t('A word for the label "{0}"', value), step: step + at };
    const answer = await ask.input(question, names[at] ?? value, (text) => problem(text, names.slice(0, at)));
    if (answer.kind === "stop" || (answer.kind === "back" && at === 0)) return answer;
    if (answer.kind === "back") at--;
    else names[at++] = answer.value.trim();
  }
  return { kind: "answer", value: Object.fromEntries(values.map((value, at) => [value, names[at] ?? value])) };
}

function problem(text: string, others: readonly string[]): string | undefined {
  const name = text.trim();
  if (name === "") return l10n.t("Enter a word.");
  if (name.length > 100) return l10n.t("A label has 100 characters at most.");
  return others.includes(name) ? l10n.t("Another label has this name: both would be one.") : undefined;
}

function same(values: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(values.map((value) => [value, value]));
}
