/** The tools that language models may call: what they take, and their answers. Knows nothing of VS Code. */
import { basename } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidPrompt, invalidRequest } from "../../runtime/errors";
import { type Item, type PromptFile, resolveVariant } from "../../runtime/prompt/promptFile";
import { readPromptText } from "../../runtime/prompt/promptText";
import type { PromptSource } from "../../runtime/promptProtocol";
import { classificationsOf } from "../commands/prompts/classification";
import { inputFields } from "../commands/prompts/promptFields";
import type { PromptParts } from "../commands/prompts/promptParts";
import { runOnce, type VariantAnswer } from "../commands/prompts/runOnce";
import type { ModelClient } from "../modelClient";
import type { Resolved } from "../settings";
import { classificationText, probabilitiesText } from "./toolTexts";

/** What the tools work with. */
export interface ToolParts extends Pick<PromptParts, "host" | "prompts"> {
  readonly models: Pick<ModelClient, "score">;
  readonly settings: { resolve(): Resolved };
  /** A prompt file of the workspace, by its path there; null when there is none. Never one outside of it. */
  readPromptFile(path: string): Promise<PromptSource | null>;
}

/** Longest text of a call, UTF-16 code units. */
const textLimit = 100_000;

/** Input of `gptWorkbench_tokenProbabilities`. */
export const probabilitiesInput = z.object({
  text: z.string().min(1).max(textLimit),
  mostSurprising: z.int().min(1).max(100).default(10),
});

/** Input of `gptWorkbench_runPrompt`. */
export const promptInput = z.object({
  promptFile: z.string().min(1).max(1000),
  text: z.string().min(1).max(textLimit),
  field: z.string().min(1).max(100).optional(),
  variant: z.string().min(1).max(100).optional(),
  k: z.int().min(0).max(1000).optional(),
});

/** Scores a text with the settings' model. Throws `invalidRequest`, or as `RuntimeClient.request`. */
export async function tokenProbabilities(parts: ToolParts, input: unknown, signal: AbortSignal): Promise<string> {
  const { text, mostSurprising } = parse(probabilitiesInput, input);
  const resolved = parts.settings.resolve();
  if (resolved.kind === "invalid") throw invalidRequest(resolved.problems.join(" "));
  const { model } = resolved;
  const score = { model, input: { kind: "text", text }, topK: 1, longText: "slide", priority: "interactive" } as const;
  return probabilitiesText(text, await parts.models.score(score, { signal }), mostSurprising);
}

/** Runs a prompt file on a text: the labels' probabilities, or what was written. Throws as above, and `invalidPrompt`. */
export async function runPromptFile(parts: ToolParts, input: unknown, signal: AbortSignal): Promise<string> {
  const { promptFile, text, field, variant, k } = parse(promptInput, input);
  const source = await parts.readPromptFile(promptFile);
  if (!source) throw invalidRequest(l10n.t("there is no prompt file {0} in the workspace", promptFile));
  const file = readFile(source);
  const variants = chosenVariants(file, variant);
  const overrides = { items: [inputOf(file, variants, text, field)], variants, ...(k === undefined ? {} : { k }) };
  const answers = await runOnce(parts, source, overrides, { signal });
  const found = classificationsOf(answers);
  return found.length > 0 ? classificationText(promptFile, found) : writtenText(promptFile, answers);
}

function readFile({ path, text }: PromptSource): PromptFile {
  const { file, problems } = readPromptText(text);
  if (file) return file;
  const { line = 1, column = 1, message = "" } = problems[0] ?? {};
  throw invalidPrompt(basename(path), line, column, message);
}

function chosenVariants(file: PromptFile, wanted: string | undefined): string[] {
  const all = file.variants.map(({ name }) => name);
  if (wanted === undefined) return all;
  if (all.includes(wanted)) return [wanted];
  throw invalidRequest(l10n.t('there is no variant "{0}"; there are {1}', wanted, all.join(", ")));
}

/** The text as the input's field; what else the templates use comes from the file's first input. */
function inputOf(file: PromptFile, variants: readonly string[], text: string, wanted: string | undefined): Item {
  const { texts, lists, sample } = inputFields(file, variants);
  const field = wanted ?? (texts.length === 1 ? texts[0] : undefined);
  if (field === undefined || !texts.includes(field)) {
    throw invalidRequest(l10n.t('"field" must be one of {0}', texts.join(", ") || "–"));
  }
  const answers = new Set(file.variants.map((variant) => resolveVariant(file, variant).answer));
  const others = [...texts, ...lists].filter((name) => name !== field && !answers.has(name));
  const missing = others.filter((name) => sample[name] === undefined);
  if (missing.length > 0)
    throw invalidRequest(l10n.t("the prompt file needs more than a text: {0}", missing.join(", ")));
  const kept = others.flatMap((name) => (sample[name] === undefined ? [] : [[name, sample[name]] as const]));
  return { ...Object.fromEntries(kept), [field]: text };
}

function writtenText(file: string, answers: readonly VariantAnswer[]): string {
  const blocks = answers.map(({ variant, cell }) => {
    const mean = cell.logprob !== null && cell.logprobTokens > 0 ? cell.logprob / cell.logprobTokens : null;
    const note = mean === null ? "" : ` (mean log-probability ${mean.toFixed(3)} nats per token)`;
    return `${variant.name}${note}:\n${cell.output}`;
  });
  return [`Prompt file: ${file}`, ...blocks].join("\n\n");
}

function parse<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalidRequest(`"${issue?.path.join(".") ?? ""}": ${issue?.message ?? ""}`);
}
