import * as vscode from "vscode";
import { toErrorInfo } from "../../runtime/errors";
import { chooseClassifier } from "../classifiers/chooseClassifier";
import type { ListedClassifier } from "../classifiers/classifierParts";
import { type LineOutcome, mostUnits } from "../classifiers/lineClassifications";
import type { UnitKind } from "../classifiers/textUnits";
import { errorText } from "../errorText";
import type { Workbench } from "../workbench";
import { sourceEditor } from "./prepare";

/** Classifies every line or paragraph of the selection, or of the whole file, and shows the labels in the editor. */
export async function classifyLines({ messages, dialogs, classifierParts, classifications, tracker }: Workbench) {
  const editor = vscode.window.activeTextEditor ?? sourceEditor(tracker);
  if (!editor) {
    messages.info(vscode.l10n.t("Open a text file first: there is no active text editor."));
    return;
  }
  const { document, selection } = editor;
  const classifier = await classifierForLines({ messages, classifierParts });
  if (!classifier) return;
  const kind = await dialogs.choose<UnitKind>(vscode.l10n.t("What is classified by itself?"), [
    { label: vscode.l10n.t("Each line"), value: "line" },
    { label: vscode.l10n.t("Each paragraph"), value: "paragraph" },
  ]);
  if (kind === undefined) return;
  const region = selection.isEmpty
    ? null
    : { start: document.offsetAt(selection.start), end: document.offsetAt(selection.end) };
  const title = vscode.l10n.t("Classifying with {0}", classifier.name);
  const outcome = await dialogs.withProgress(title, (report, signal) =>
    classifications.show(document, { classifier, kind, region }, signal, ({ done, total }) =>
      report({ stage: "classifying", done, total }),
    ),
  );
  tell(messages, outcome);
}

/** Takes the labels away: of the active editor's file if it has some, else of all files. */
export function clearClassifications({ classifications }: Workbench): void {
  const document = vscode.window.activeTextEditor?.document;
  classifications.clear(document && classifications.shows(document) ? document : undefined);
}

async function classifierForLines({
  messages,
  classifierParts,
}: Pick<Workbench, "messages" | "classifierParts">): Promise<ListedClassifier | undefined> {
  const classifiers = (await classifierParts.list()).filter(({ task }) => task === "classification");
  if (classifiers.length > 0)
    return chooseClassifier<never>(classifierParts, vscode.l10n.t("Classify lines with"), classifiers);
  messages.info(vscode.l10n.t("There is no fine-tuned classifier of texts yet. Fine-tune a model on labelled texts."));
  return undefined;
}

function tell(messages: Workbench["messages"], outcome: LineOutcome): void {
  if (outcome.kind === "failed") {
    const info = toErrorInfo(outcome.error);
    if (info.code !== "runtimeExited") messages.error(errorText(info));
  }
  if (outcome.kind !== "done") return;
  if (outcome.units === 0) messages.info(vscode.l10n.t("There is no text to run on: it is empty or only white space."));
  if (outcome.cut) messages.info(vscode.l10n.t("Only the first {0} were classified.", mostUnits));
}
