/** Classifies a text with a fine-tuned classifier, where there is one and it is wanted. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import { chooseClassifier } from "./chooseClassifier";
import type { ClassifierParts } from "./classifierParts";
import { classifyByModel } from "./classifyByModel";

/** Asks how to classify `text`, and does it; `byPrompt` is the way by a prompt file's label words, and the only one without a classifier. */
export async function classifyText(parts: ClassifierParts, text: string, byPrompt: () => Promise<void>): Promise<void> {
  const classifiers = await parts.list();
  if (classifiers.length === 0) return byPrompt();
  const prompt = { label: l10n.t("By a Prompt File…") };
  const chosen = await chooseClassifier(parts, l10n.t("Classify the selection"), classifiers, prompt);
  if (chosen === undefined) return;
  if ("folder" in chosen) await classifyByModel(parts, chosen, text);
  else await byPrompt();
}
