/** What a text can be compared with. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { Choice } from "../dialogs";
import { sameFolder } from "../modelFolder";
import type { ListedModel } from "../modelStore";
import { visibleName } from "../views/modelTexts";
import { type ChosenText, chooseSelectionOrFile, type SelectedText } from "./chooseText";

/** The other side of a comparison, before its text is read. */
export type OtherSide =
  | { readonly kind: "open"; readonly text: OpenSide }
  | { readonly kind: "clipboard" }
  | { readonly kind: "file" }
  | { readonly kind: "model"; readonly folder: string; readonly name: string };

/** A text that is open somewhere else. */
export interface OpenSide {
  /** URI of its document. */
  readonly uri: string;
  /** Name of the file. */
  readonly label: string;
  readonly selected: SelectedText;
  readonly file: () => string;
}

/** Everything there is to choose from: open texts, then the clipboard and files, then models. */
export function comparisonChoices(
  open: readonly OpenSide[],
  models: readonly ListedModel[],
  current: string,
): readonly Choice<OtherSide>[] {
  return [
    ...open.map(openChoice),
    { label: l10n.t("Clipboard"), description: l10n.t("the text in it"), value: { kind: "clipboard" } },
    { label: l10n.t("File…"), description: l10n.t("the start of one on disk"), value: { kind: "file" } },
    ...models.filter((model) => canScore(model) && !sameFolder(model.folder, current)).map(modelChoice),
  ];
}

/** The text of the other side; of one that is too long its start. */
export function openText({ selected, file }: OpenSide): ChosenText {
  return chooseSelectionOrFile(selected, file);
}

function openChoice(text: OpenSide): Choice<OtherSide> {
  const part = text.selected.text ? l10n.t("selection") : l10n.t("file");
  const detail = text.selected.text ? { detail: firstLine(text.selected.text) } : {};
  return { label: text.label, description: part, ...detail, value: { kind: "open", text } };
}

function modelChoice({ folder, name }: ListedModel): Choice<OtherSide> {
  const label = visibleName(name);
  return {
    label,
    description: l10n.t("the same text under this model"),
    value: { kind: "model", folder, name: label },
  };
}

function canScore({ state }: ListedModel): boolean {
  return state.kind === "ready" && state.description.hasTokenizer;
}

function firstLine(text: string): string {
  const line = text.trim().split(/\r?\n/, 1)[0] ?? "";
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}
