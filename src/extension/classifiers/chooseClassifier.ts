/** Asks which fine-tuned classifier. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { Choice } from "../dialogs";
import { taskName } from "../training/dataFiles";
import type { ClassifierParts, ListedClassifier } from "./classifierParts";

const lastKey = "gptWorkbench.lastClassifier";

/** Something else that can be chosen in a classifier's place. */
export interface OtherWay {
  readonly label: string;
}

/**
 * The classifier that the user chooses, the last one first; `other` when that was chosen, which is not remembered; undefined when the
 * question was dismissed.
 */
export async function chooseClassifier<O extends OtherWay = never>(
  { dialogs, memory }: Pick<ClassifierParts, "dialogs" | "memory">,
  title: string,
  classifiers: readonly ListedClassifier[],
  other?: O,
): Promise<ListedClassifier | O | undefined> {
  const last = memory.get(lastKey);
  const ordered = classifiers.toSorted((a, b) => Number(b.folder === last) - Number(a.folder === last));
  const choices: Choice<ListedClassifier | O>[] = ordered.map((classifier) => ({
    label: `$(${classifier.folder === last ? "history" : "tag"}) ${classifier.name}`,
    description: classifier.folder === last ? l10n.t("last used") : "",
    detail: [taskName(classifier.task), ...classifier.labels.slice(0, 9)].join(" · "),
    value: classifier,
  }));
  if (other) choices.push({ label: `$(list-selection) ${other.label}`, value: other });
  const chosen = await dialogs.choose(title, choices);
  if (chosen !== undefined && chosen !== other && "folder" in chosen) await memory.update(lastKey, chosen.folder);
  return chosen;
}

/** Makes a classifier the first one to choose. */
export async function rememberClassifier({ memory }: Pick<ClassifierParts, "memory">, folder: string): Promise<void> {
  await memory.update(lastKey, folder);
}
