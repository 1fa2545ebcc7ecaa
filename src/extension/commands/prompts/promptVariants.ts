import * as vscode from "vscode";
import * as z from "zod";
import { CancelledError } from "../../../runtime/errors";
import { inspectScores } from "../../inspect";
import { analysisOf, isPromptDocument, promptSource } from "../../promptFiles/promptDocuments";
import { variantsOf } from "../../promptFiles/promptTree";
import { tokenSegments } from "../../promptLab/cellQuestions";
import type { Workbench } from "../../workbench";
import { toRange } from "../../yamlFiles/places";
import { fileName, truncationNote } from "../prepare";
import { report } from "../report";
import { measureSensitivity } from "./measureSensitivity";

/** What a lens hands over, or the editor's and the explorer's menus. */
const argumentSchema = z.union([
  z.object({ uri: z.string(), variant: z.string() }),
  z
    .custom<vscode.Uri>((value) => value instanceof vscode.Uri)
    .transform((uri) => ({ uri: uri.toString(), variant: undefined })),
]);

/** Runs one variant of a prompt file over all its inputs. */
export async function runVariant(workbench: Workbench, argument?: unknown): Promise<void> {
  const target = await chooseVariant(workbench, argument);
  if (!target) return;
  const title = vscode.l10n.t("{0}: {1}", fileName(target.document.uri), target.variant);
  const overrides = { variants: [target.variant] };
  await workbench.promptLab.run({ title, source: promptSource(target.document), overrides });
}

/** Runs all variants of a prompt file over all its inputs. */
export async function compareVariants(workbench: Workbench, argument?: unknown): Promise<void> {
  const document = await promptDocument(workbench, argument);
  if (!document || !isUsable(workbench, document)) return;
  await workbench.promptLab.run({ title: fileName(document.uri), source: promptSource(document) });
}

/** Shows the prompt for the first input in the inspector: its parts are named there. */
export async function inspectVariant(workbench: Workbench, argument?: unknown): Promise<void> {
  const target = await chooseVariant(workbench, argument);
  if (!target) return;
  const { uri } = target.document;
  const resolved = workbench.settings.resolve(uri);
  if (resolved.kind === "invalid") return workbench.messages.problems(resolved.problems);
  const source = promptSource(target.document);
  const model = await workbench.promptLab.modelFor(source);
  const overrides = { variants: [target.variant] };
  const title = vscode.l10n.t("{0}, input {1}", target.variant, 1);
  const params = { model, source, overrides, variant: 0, item: 0 };
  const preview = await workbench.dialogs
    .withProgress(title, (onProgress, signal) => workbench.prompts.preview(params, { signal, onProgress }))
    .catch(unlessCancelled);
  if (!preview) return;
  workbench.panel.reveal();
  const inspection = {
    title,
    // The text is put together from the file: none of it stands there.
    ...{ source: { uri: uri.toString(), label: fileName(uri), offset: 0 }, documentLength: 0 },
    params: {
      model,
      input: { kind: "text", text: preview.prompt },
      topK: resolved.config.topAlternatives,
    } as const,
    segments: (tokens: Parameters<typeof tokenSegments>[1]) => tokenSegments(preview, tokens),
  };
  const { models, runs } = workbench;
  const outcome = await runs.start((run) => inspectScores({ ...inspection, models, run }));
  const left = preview.dropped === 0 ? [] : [droppedNote(preview.dropped)];
  report(workbench, outcome, left, ({ truncation }) => (truncation ? [truncationNote(truncation)] : []));
}

/** Measures how sensitive a variant is to what should not matter, and shows it beside. */
export async function measureVariant(workbench: Workbench, argument?: unknown): Promise<void> {
  const target = await chooseVariant(workbench, argument);
  if (!target) return;
  const { document, variant } = target;
  const { file } = analysisOf(document).reading;
  if (!file) return; // changed while the variant was chosen
  const { messages, dialogs, prompts, promptLab, sensitivity } = workbench;
  const host = { model: promptLab.modelFor.bind(promptLab) };
  const show = sensitivity.show.bind(sensitivity);
  const prompt = { source: promptSource(document), file, name: fileName(document.uri) };
  await measureSensitivity({ messages, dialogs, prompts, host, show }, prompt, variant);
}

function unlessCancelled(error: unknown): null {
  if (error instanceof CancelledError) return null;
  throw error;
}

function droppedNote(dropped: number): string {
  return vscode.l10n.t("Demonstrations that do not fit into the model's context were left out: {0}.", dropped);
}

interface Target {
  readonly document: vscode.TextDocument;
  readonly variant: string;
}

/** The variant that a lens names, that the cursor is in, or that is chosen from a list. */
async function chooseVariant(workbench: Workbench, argument: unknown): Promise<Target | undefined> {
  const document = await promptDocument(workbench, argument);
  if (!document || !isUsable(workbench, document)) return undefined;
  const variants = variantsOf(analysisOf(document).reading);
  const named = argumentSchema.safeParse(argument).data?.variant;
  const only = variants.length === 1 ? variants[0]?.name : (named ?? variantAtCursor(document, variants));
  if (only !== undefined && variants.some(({ name }) => name === only)) return { document, variant: only };
  const choices = variants.map(({ name }) => ({ label: name, value: name }));
  const variant = await workbench.dialogs.choose(vscode.l10n.t("Variant"), choices);
  return variant === undefined ? undefined : { document, variant };
}

function variantAtCursor(document: vscode.TextDocument, variants: ReturnType<typeof variantsOf>): string | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor?.document !== document) return undefined;
  return variants.find(({ range }) => toRange(document, range).contains(editor.selection.active))?.name;
}

async function promptDocument({ messages }: Workbench, argument: unknown): Promise<vscode.TextDocument | undefined> {
  const given = argumentSchema.safeParse(argument).data;
  const active = vscode.window.activeTextEditor?.document;
  const document = given ? await vscode.workspace.openTextDocument(vscode.Uri.parse(given.uri)) : active;
  if (document && isPromptDocument(document)) return document;
  messages.info(vscode.l10n.t("Open a prompt file first: its name ends in .prompt.yaml. New Prompt File makes one."));
  return undefined;
}

/** Whether the file has no errors. Tells the first one otherwise, with the way to it. */
function isUsable({ messages }: Workbench, document: vscode.TextDocument): boolean {
  const error = analysisOf(document).problems.find(({ severity }) => severity === "error");
  if (!error) return true;
  const text = vscode.l10n.t("{0}, line {1}: {2}", fileName(document.uri), error.line, error.message);
  messages.error(text, {
    title: vscode.l10n.t("Show"),
    run: () => vscode.window.showTextDocument(document, { selection: toRange(document, error) }),
  });
  return false;
}
