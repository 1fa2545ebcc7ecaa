/** Exports prompt files to other programs, and imports their tasks. Knows nothing of VS Code. */
import { basename, join } from "node:path";
import * as l10n from "@vscode/l10n";
import { CancelledError, toErrorInfo } from "../../runtime/errors";
import type { InteropForm, InteropResult } from "../../runtime/interopProtocol";
import { type PromptFile, resolveVariant } from "../../runtime/prompt/promptFile";
import type { PromptSource } from "../../runtime/promptProtocol";
import type { Choice } from "../dialogs";
import { errorText } from "../errorText";
import type { InteropParts } from "./interopParts";

/** Asks for the program and a folder, writes the prompt file for it, opens what was written, and tells what has no equivalent. */
export async function exportPromptFile(parts: InteropParts, source: PromptSource, file: PromptFile): Promise<void> {
  const { dialogs, files, client } = parts;
  const name = basename(source.path);
  const to = await dialogs.choose(l10n.t("Export {0}", name), exportForms());
  if (to === undefined) return;
  const chosen = await dialogs.askFolder(l10n.t("Export {0}: Into Which Folder?", name), l10n.t("Export Here"));
  if (!chosen) return;
  if (chosen.scheme !== "file")
    return parts.messages.error(l10n.t("Prompt files are exported to folders on disk only."));
  const folder = join(chosen.fsPath, `${name.replace(/\.prompt\.yaml$/, "")}-${to}`);
  const overwrite = await files.exists(folder);
  if (overwrite && !(await mayReplace(parts, folder))) return;
  const title = l10n.t("Exporting {0}", name);
  await written(parts, title, async (signal) => {
    const model = needsModel(file) ? await parts.model(source) : undefined;
    return client.export({ source, to, folder, overwrite, ...(model && { model }) }, { signal });
  });
}

/** Asks for the program, its file and where to put the prompt file; opens it, and tells what was not carried over. */
export async function importTask(parts: InteropParts): Promise<void> {
  const { dialogs, files, client } = parts;
  const from = await dialogs.choose(l10n.t("Import Evaluation Task: Of Which Program?"), importForms());
  if (from === undefined) return;
  const path = await files.askTask(l10n.t("Import Evaluation Task"));
  if (path === undefined) return;
  const name = `${basename(path).replace(/\.ya?ml$/i, "")}.prompt.yaml`;
  const out = await files.askPromptFile(l10n.t("Save Prompt File"), path, name);
  if (out === undefined) return;
  if (!out.endsWith(".prompt.yaml"))
    return parts.messages.error(l10n.t("The name of a prompt file must end with .prompt.yaml."));
  const overwrite = await files.exists(out);
  const title = l10n.t("Importing {0}", basename(path));
  await written(parts, title, (signal) => client.import({ from, path, out, overwrite }, { signal }));
}

/** Does it, opens the first file, and tells the notes; or tells why not. */
async function written(
  { dialogs, files, messages }: InteropParts,
  title: string,
  work: (signal: AbortSignal) => Promise<InteropResult>,
): Promise<void> {
  try {
    const result = await dialogs.withProgress(title, (_, signal) => work(signal));
    const [first] = result.files;
    if (first !== undefined) await files.open(first);
    const all = [l10n.t("{0} files were written.", result.files.length), ...result.notes];
    messages.info(all.join(" "));
  } catch (error) {
    if (error instanceof CancelledError) return;
    messages.error(errorText(toErrorInfo(error)));
  }
}

/** The nearest demonstrations are found by a model. */
function needsModel(file: PromptFile): boolean {
  return file.variants.some((own) => resolveVariant(file, own).demonstrations?.sampler === "nearest");
}

function mayReplace({ dialogs }: InteropParts, folder: string): Promise<boolean> {
  return dialogs.confirm({
    message: l10n.t("Replace the files in {0}?", basename(folder)),
    detail: l10n.t("The folder is there already: {0}. Files of the same names are replaced.", folder),
    action: l10n.t("Replace"),
  });
}

function exportForms(): Choice<InteropForm>[] {
  return [
    {
      label: "lm-evaluation-harness",
      detail: l10n.t("A task for each variant, with the same prompts, byte for byte."),
      value: "lm-eval",
    },
    { label: "promptfoo", detail: l10n.t("A configuration, and a provider that asks gptw."), value: "promptfoo" },
  ];
}

function importForms(): Choice<InteropForm>[] {
  return [
    {
      label: "lm-evaluation-harness",
      detail: l10n.t("A task or a group in YAML, with its data in the same folder. Functions are not run."),
      value: "lm-eval",
    },
    {
      label: "promptfoo",
      detail: l10n.t("promptfooconfig.yaml with prompts that are texts, and tests. Nothing is run."),
      value: "promptfoo",
    },
  ];
}
