/** Asks which prompt file, and what of an input the selection is. Knows nothing of VS Code. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import type { Item, PromptFile } from "../../../runtime/prompt/promptFile";
import { readPromptText } from "../../../runtime/prompt/promptText";
import type { PromptSource } from "../../../runtime/promptProtocol";
import type { Choice } from "../../dialogs";
import { type InputFields, inputFields, listSeparator, selectedValue, typedList, typedValue } from "./promptFields";
import type { ChosenPrompt, PromptEntry, PromptFiles, PromptParts } from "./promptParts";

/** What a command wants of a prompt file. */
export interface Wanted {
  /** The command, under which its last file is remembered. */
  readonly command: string;
  readonly title: string;
  /** Leaves out files that the command is of no use for. Files with errors are never left out: they are shown when chosen. */
  readonly suits?: (file: PromptFile) => boolean;
  /** Said when no file suits. */
  readonly none: string;
}

/** The file that the user chooses; undefined when none was, or when it has errors, which are shown in it. */
export async function choosePrompt(parts: PromptParts, wanted: Wanted): Promise<ChosenPrompt | undefined> {
  const { files, memory, messages, dialogs } = parts;
  const entries = await suitable(files, wanted);
  const make = { title: l10n.t("New Prompt File…"), run: () => files.create() };
  if (entries.length === 0) {
    messages.info(wanted.none, make);
    return undefined;
  }
  const last = memory.get(lastFileKey(wanted.command));
  const ordered = entries.toSorted((a, b) => Number(b.path === last) - Number(a.path === last));
  const choices = ordered.map((entry) => fileChoice(entry, entry.path === last));
  const chosen = await dialogs.choose<string | null>(wanted.title, [
    ...choices,
    { label: `$(new-file) ${make.title}`, value: null },
  ]);
  if (chosen === null) await files.create();
  if (typeof chosen !== "string") return undefined;
  const prompt = await readChosen(parts, chosen);
  if (prompt) await memory.update(lastFileKey(wanted.command), chosen);
  return prompt;
}

function fileChoice({ path, name, folder }: PromptEntry, last: boolean): Choice<string> {
  const notes = [...(folder === "" ? [] : [folder]), ...(last ? [l10n.t("last used")] : [])];
  return { label: `$(${last ? "history" : "file"}) ${name}`, description: notes.join(" · "), value: path };
}

async function suitable(files: PromptFiles, { suits }: Wanted): Promise<readonly PromptEntry[]> {
  const entries = await files.list();
  if (!suits) return entries;
  const read = await Promise.all(entries.map(async ({ path }) => files.read(path)));
  return entries.filter((_, i) => {
    const source = read[i];
    if (!source) return false;
    const { file } = readPromptText(source.text);
    return file === null || suits(file);
  });
}

async function readChosen({ files, messages }: PromptParts, path: string): Promise<ChosenPrompt | undefined> {
  const source = await files.read(path);
  const name = basename(path);
  if (!source) {
    messages.error(l10n.t("{0} cannot be read any more.", name));
    return undefined;
  }
  const { file, problems } = readPromptText(source.text);
  if (file) return { source, file, name };
  const [first] = problems;
  if (first) await files.show(path, first);
  const place = first ? `${name}:${first.line}:${first.column}: ${first.message}` : name;
  messages.error(l10n.t("The prompt file has errors and was not run. {0}", place));
  return undefined;
}

/** The selection as an input of `prompt`: asks which field it is, and for what else the templates use. Undefined when dismissed. */
export async function inputOf(
  parts: PromptParts,
  { source, file, name }: ChosenPrompt,
  text: string,
  variants?: readonly string[],
): Promise<Item | undefined> {
  const fields = inputFields(file, variants);
  const field = await mainField(parts, source, fields);
  if (field === null) {
    await parts.files.show(source.path);
    parts.messages.error(l10n.t("No template of {0} uses a field for a text, such as {1}.", name, "{{ text }}"));
  }
  if (typeof field !== "string") return undefined;
  const before = remembered(parts, source);
  const item: Record<string, Item[string]> = { [field]: selectedValue(text) };
  for (const other of [...fields.texts, ...fields.lists]) {
    if (other === field) continue;
    const list = fields.lists.includes(other);
    const value = await askField(parts, { name, field: other, list, value: before[other] ?? fields.sample[other] });
    if (value === undefined) return undefined;
    item[other] = list ? typedList(value) : value;
  }
  const { [field]: _, ...others } = item;
  await parts.memory.update(fieldsKey(source), { ...before, ...others });
  return item;
}

/** The field that the selection is; null when there is none, undefined when the question was dismissed. */
async function mainField(
  { dialogs, memory }: PromptParts,
  source: PromptSource,
  { texts }: InputFields,
): Promise<string | null | undefined> {
  const [only = null] = texts;
  if (texts.length <= 1) return only;
  const last = memory.get(fieldKey(source));
  const ordered = texts.toSorted((a, b) => Number(b === last) - Number(a === last));
  const choices = ordered.map((field) => ({
    label: field,
    ...(field === last ? { description: l10n.t("last used") } : {}),
    value: field,
  }));
  const chosen = await dialogs.choose(l10n.t("Which field is the selection?"), choices);
  if (chosen !== undefined) await memory.update(fieldKey(source), chosen);
  return chosen;
}

interface AskedField {
  readonly name: string;
  readonly field: string;
  readonly list: boolean;
  readonly value: Item[string] | undefined;
}

function askField({ dialogs }: PromptParts, { name, field, list, value }: AskedField): Promise<string | undefined> {
  return dialogs.input({
    title: name,
    prompt: list
      ? l10n.t('The field "{0}": texts with {1} between them', field, listSeparator)
      : l10n.t('The field "{0}"', field),
    value: typedValue(value),
    problem: (typed) =>
      list && typedList(typed).length < 2
        ? l10n.t("Two texts or more, with {0} between them", listSeparator)
        : undefined,
  });
}

function remembered({ memory }: PromptParts, source: PromptSource): Readonly<Record<string, Item[string]>> {
  const kept = memory.get(fieldsKey(source));
  if (typeof kept !== "object" || kept === null) return {};
  return Object.fromEntries(
    Object.entries(kept).flatMap(([field, value]): [string, Item[string]][] => {
      if (typeof value === "string") return [[field, value]];
      return Array.isArray(value) && value.every((one) => typeof one === "string") ? [[field, value]] : [];
    }),
  );
}

const lastFileKey = (command: string) => `gptWorkbench.lastPromptFile.${command}`;
const fieldKey = ({ path }: PromptSource) => `gptWorkbench.promptField.${path}`;
const fieldsKey = ({ path }: PromptSource) => `gptWorkbench.promptFields.${path}`;
