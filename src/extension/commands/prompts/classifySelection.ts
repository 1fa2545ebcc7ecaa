/** Classifies a selection and shows the answer at once. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import { CancelledError, toErrorInfo } from "../../../runtime/errors";
import { type PromptFile, resolveVariant } from "../../../runtime/prompt/promptFile";
import type { Choice } from "../../dialogs";
import { errorText } from "../../errorText";
import { isShortened } from "./budget";
import { choosePrompt, inputOf } from "./choosePrompt";
import { type Classification, classificationRow, classificationsOf } from "./classification";
import type { PromptParts, SelectionRun } from "./promptParts";
import { runOnce } from "./runOnce";
import { confirmShortened, countPrompts } from "./runOnSelection";

/** Asks for a prompt file with labels and shows which one `text` gets. */
export async function classifySelection(parts: PromptParts, text: string): Promise<void> {
  const prompt = await choosePrompt(parts, {
    command: "classify",
    title: l10n.t("Classify the selection"),
    suits: (file) => labelVariants(file).length > 0,
    none: l10n.t('No prompt file in this workspace has labels. Add "labels" to one.'),
  });
  if (!prompt) return;
  const variants = labelVariants(prompt.file);
  if (variants.length === 0) {
    parts.messages.error(l10n.t('{0} has no labels to classify by. Add "labels".', prompt.name), {
      title: l10n.t("Open File"),
      run: () => parts.files.show(prompt.source.path),
    });
    return;
  }
  const item = await inputOf(parts, prompt, text, variants);
  if (!item) return;
  const run: SelectionRun = { ...prompt, overrides: { items: [item], variants } };
  const previews = await countPrompts(parts, run);
  if (!previews || (previews.some(isShortened) && !(await confirmShortened(parts, previews)))) return;
  const found = await classifyByLabelWords(parts, run);
  if (found) await showClassifications(parts, run, found);
}

/** Variants that choose among labels. */
function labelVariants(file: PromptFile): string[] {
  return file.variants.filter((variant) => resolveVariant(file, variant).labels !== null).map(({ name }) => name);
}

/** By the probabilities of the label words. Undefined when it failed, which is told, or was cancelled. */
async function classifyByLabelWords(parts: PromptParts, run: SelectionRun): Promise<Classification[] | undefined> {
  const { source, overrides, name } = run;
  try {
    // Not into the history: Show Details runs it there, and takes the cells from the cache.
    return await parts.dialogs.withProgress(l10n.t("Classifying with {0}", name), async (onProgress, signal) =>
      classificationsOf(await runOnce(parts, source, overrides, { signal, onProgress })),
    );
  } catch (error) {
    const info = toErrorInfo(error);
    if (!(error instanceof CancelledError) && info.code !== "runtimeExited") parts.messages.error(errorText(info));
    return undefined;
  }
}

/** Shows the answers; choosing one, or Show Details, opens the compare panel. */
async function showClassifications(
  { dialogs, promptLab }: PromptParts,
  { source, overrides, name }: SelectionRun,
  found: readonly Classification[],
): Promise<void> {
  const rows: Choice<string | null>[] = found.map((one, i) => ({
    ...classificationRow(one),
    value: overrides.variants?.[i] ?? null,
  }));
  const details = { label: `$(table) ${l10n.t("Show Details")}`, value: null };
  const chosen = await dialogs.choose(l10n.t("The selection, by {0}", name), [...rows, details]);
  if (chosen === undefined) return;
  const variants = chosen === null ? overrides.variants : [chosen];
  await promptLab.run({ title: name, source, overrides: { ...overrides, ...(variants ? { variants } : {}) } });
}
