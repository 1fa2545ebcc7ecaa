/** Runs a prompt file on a selection as a zero-, one- or few-shot prompt. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import { CancelledError, toErrorInfo } from "../../../runtime/errors";
import { type PromptFile, resolveVariant } from "../../../runtime/prompt/promptFile";
import type { PromptPreview } from "../../../runtime/promptProtocol";
import { errorText } from "../../errorText";
import { budgetLine, budgetTitle, isShortened, shortening } from "./budget";
import { choosePrompt, inputOf } from "./choosePrompt";
import type { ChosenPrompt, PromptParts, SelectionRun } from "./promptParts";

/** How many demonstrations a command gives: none, one, or as many as is said. */
export type Shots = "zero" | "one" | "few";

/** Variants whose budget is counted before a run. */
const countedVariants = 20;
const shotsKey = "gptWorkbench.lastShots";

/** Asks for a prompt file and runs it on `text`, into the compare panel. */
export async function runOnSelection(parts: PromptParts, shots: Shots, text: string): Promise<void> {
  const prompt = await choosePrompt(parts, {
    command: shots,
    title: titles()[shots],
    none: l10n.t("There is no prompt file in this workspace yet."),
  });
  if (!prompt) return;
  const able = variantsFor(parts, prompt, shots);
  if (!able) return;
  const k = await demonstrationsFor(parts, prompt, shots);
  if (k === undefined) return;
  const variants = k === null ? able : distinctVariants(prompt.file, able, k);
  const item = await inputOf(parts, prompt, text, variants);
  if (!item) return;
  const overrides = { items: [item], ...(k === null ? {} : { k }), variants };
  await runWithBudget(parts, { ...prompt, overrides });
}

const titles = (): { readonly [S in Shots]: string } => ({
  zero: l10n.t("Run the selection as a zero-shot prompt"),
  one: l10n.t("Run the selection as a one-shot prompt"),
  few: l10n.t("Run the selection as a few-shot prompt"),
});

/** Variants that can be given demonstrations, if any are wanted. Undefined when there are none, which is told. */
function variantsFor(parts: PromptParts, prompt: ChosenPrompt, shots: Shots): string[] | undefined {
  const all = prompt.file.variants.map(({ name }) => name);
  const able = shots === "zero" ? all : all.filter((name) => ownShots(prompt.file, name) !== null);
  if (able.length > 0) return able;
  const open = { title: l10n.t("Open File"), run: () => parts.files.show(prompt.source.path) };
  const text = l10n.t('{0} has no demonstrations. Add "demonstrations", or run it as a zero-shot prompt.', prompt.name);
  parts.messages.error(text, open);
  return undefined;
}

/** K of a variant; null when it has no demonstrations. */
function ownShots(file: PromptFile, name: string): number | null {
  const variant = file.variants.find((one) => one.name === name);
  return variant ? (resolveVariant(file, variant).demonstrations?.k ?? null) : null;
}

/**
 * Variants that still differ with K demonstrations: files that compare zero-, one- and few-shot have several which then do not. Of equal
 * ones that which has this K by itself stands for all, else the first.
 */
export function distinctVariants(file: PromptFile, names: readonly string[], k: number): string[] {
  const byPrompt = new Map<string, string>();
  for (const name of names) {
    const key = promptKey(file, name, k);
    if (!byPrompt.has(key) || (ownShots(file, name) === k && ownShots(file, byPrompt.get(key) ?? "") !== k)) {
      byPrompt.set(key, name);
    }
  }
  return [...byPrompt.values()];
}

function promptKey(file: PromptFile, name: string, k: number): string {
  const variant = file.variants.find((one) => one.name === name);
  if (!variant) return name;
  const { name: _, labels, demonstrations, ...same } = resolveVariant(file, variant);
  const { k: __, ...drawn } = demonstrations ?? {};
  return JSON.stringify([same, labels && [...labels], k === 0 ? null : drawn]);
}

/** How many demonstrations to give; null leaves it to each variant, undefined when the question was dismissed. */
async function demonstrationsFor(
  { dialogs, memory }: PromptParts,
  { file, name }: ChosenPrompt,
  shots: Shots,
): Promise<number | null | undefined> {
  const own = [...new Set(file.variants.flatMap((variant) => ownShots(file, variant.name) ?? []))];
  if (shots === "zero") return own.length > 0 ? 0 : null;
  if (shots === "one") return 1;
  const last = memory.get(shotsKey);
  const typed = await dialogs.input({
    title: name,
    prompt: l10n.t("How many demonstrations? Empty takes the file's own number: {0}.", own.join(", ")),
    value: typeof last === "string" ? last : String(Math.max(...own)),
    problem: (value) => (isShots(value) ? undefined : l10n.t("A whole number from 0 to 1000, or nothing")),
  });
  if (typed === undefined) return undefined;
  await memory.update(shotsKey, typed.trim());
  return typed.trim() === "" ? null : Number(typed);
}

function isShots(value: string): boolean {
  return /^\s*\d{0,4}\s*$/.test(value) && Number(value) <= 1000;
}

/** Counts the prompts; asks when something does not fit; runs. What the run says, the panel shows. */
async function runWithBudget(parts: PromptParts, run: SelectionRun): Promise<void> {
  const previews = await countPrompts(parts, run);
  if (!previews) return;
  if (previews.some(isShortened) && !(await confirmShortened(parts, previews))) return;
  const { source, overrides, name } = run;
  await parts.dialogs.withProgress(budgetTitle(name, previews), async (_, signal) => {
    signal.addEventListener("abort", () => parts.promptLab.stop(), { once: true });
    await parts.promptLab.run({ title: name, source, overrides });
  });
}

/** The prompts of the first variants, put together and counted; undefined when that failed, which is told, or was cancelled. */
export async function countPrompts(
  { dialogs, host, prompts, files, messages }: PromptParts,
  { source, overrides, file, name }: SelectionRun,
): Promise<readonly PromptPreview[] | undefined> {
  const variants = (overrides.variants ?? file.variants).slice(0, countedVariants);
  try {
    return await dialogs.withProgress(l10n.t("Counting the tokens of {0}", name), async (onProgress, signal) => {
      const model = await host.model(source);
      const previews: PromptPreview[] = [];
      for (const variant of variants.keys()) {
        previews.push(await prompts.preview({ model, source, overrides, variant, item: 0 }, { signal, onProgress }));
      }
      return previews;
    });
  } catch (error) {
    const info = toErrorInfo(error);
    // A crash of the runtime has its own message.
    if (error instanceof CancelledError || info.code === "runtimeExited") return undefined;
    messages.error(errorText(info), { title: l10n.t("Open File"), run: () => files.show(source.path) });
    return undefined;
  }
}

/** Shows what is left out, and asks whether to go on. */
export function confirmShortened({ dialogs }: PromptParts, previews: readonly PromptPreview[]): Promise<boolean> {
  const lines = previews.map((preview) => [budgetLine(preview), shortening(preview)].filter(Boolean).join("\n"));
  return dialogs.confirm({
    message: l10n.t("The prompt does not fit the model's context."),
    detail: lines.join("\n\n"),
    action: l10n.t("Run with What Fits"),
  });
}
