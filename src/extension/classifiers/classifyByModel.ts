/** Classifies a selection with a fine-tuned classifier, and shows the probabilities of all labels. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import { CancelledError, toErrorInfo } from "../../runtime/errors";
import { taskFields } from "../../runtime/trainingDataProtocol";
import type { Classification, ClassifyParams } from "../../runtime/trainingProtocol";
import { errorText } from "../errorText";
import { percent } from "./classificationText";
import type { ClassifierParts, ListedClassifier } from "./classifierParts";

type Item = ClassifyParams["items"][number];

/** What stands between the choices that are typed. */
const separator = "|";

/** Asks for what the task needs besides `text`, classifies and shows the answer. */
export async function classifyByModel(
  parts: ClassifierParts,
  classifier: ListedClassifier,
  text: string,
): Promise<void> {
  const item = await itemOf(parts, classifier, text);
  if (!item) return;
  const found = await ask(parts, classifier, item);
  if (found) await show(parts, classifier, found);
}

/** The selection is the first field of the classifier's task; the others are asked for. Undefined when dismissed. */
async function itemOf(
  { dialogs }: ClassifierParts,
  { task, name }: ListedClassifier,
  text: string,
): Promise<Item | undefined> {
  const [first = "text", ...others] = taskFields[task].filter((field) => field !== "label");
  const item: Record<string, string | readonly string[]> = { [first]: text.replace(/\r?\n$/, "") };
  for (const field of others) {
    const isList = field === "choices";
    const typed = await dialogs.input({
      title: name,
      prompt: isList
        ? l10n.t("The choices, with {0} between them", separator)
        : l10n.t('The selection is "{0}". What is "{1}"?', first, field),
      problem: (value) => problemOf(value, isList),
    });
    if (typed === undefined) return undefined;
    item[field] = isList ? choicesOf(typed) : typed;
  }
  return item;
}

function choicesOf(typed: string): string[] {
  return typed
    .split(separator)
    .map((choice) => choice.trim())
    .filter((choice) => choice !== "");
}

function problemOf(typed: string, isList: boolean): string | undefined {
  if (isList)
    return choicesOf(typed).length < 2 ? l10n.t("Two choices or more, with {0} between", separator) : undefined;
  return typed.trim() === "" ? l10n.t("A text is needed.") : undefined;
}

async function ask(
  { dialogs, messages, classify }: ClassifierParts,
  classifier: ListedClassifier,
  item: Item,
): Promise<Classification | undefined> {
  try {
    const found = await dialogs.withProgress(l10n.t("Classifying with {0}", classifier.name), (onProgress, signal) =>
      classify(classifier, [item], { onProgress, signal }),
    );
    return found[0];
  } catch (error) {
    const info = toErrorInfo(error);
    // A crash of the runtime has its own message.
    if (!(error instanceof CancelledError) && info.code !== "runtimeExited") messages.error(errorText(info));
    return undefined;
  }
}

/** Choosing a label closes the list: there is nothing more to do. */
async function show({ dialogs }: ClassifierParts, { name }: ListedClassifier, found: Classification): Promise<void> {
  const { labels, tokens, truncated } = found;
  const note = truncated
    ? l10n.t("the first {0} tokens were kept: the text was too long", tokens)
    : l10n.t("{0} tokens", tokens);
  const rows = labels.map(({ label, probability }, i) => ({
    label: `${i === 0 ? "$(check) " : ""}${label} ${percent(probability)}`,
    ...(i === 0 && { description: note }),
    value: label,
  }));
  await dialogs.choose(l10n.t("The selection, by {0}", name), rows);
}
