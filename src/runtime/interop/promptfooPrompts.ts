/** The prompts of a promptfoo configuration, as far as they are texts. */
import { extname } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { type ForeignYaml, namedText } from "./foreignFiles";

/** A prompt: what it is called, and its template. */
export interface PromptfooPrompt {
  readonly label: string;
  readonly raw: string;
}

const named = z
  .object({ id: z.string().optional(), raw: z.string().optional(), label: z.string().min(1).optional() })
  .loose();
const form = z.union([
  z.string(),
  z
    .array(z.union([z.string(), named]))
    .min(1)
    .max(200),
  z.record(z.string(), z.string()),
]);

/** Reads them. Throws `invalidPrompt` when none is a text; those that are none are told of. */
export async function readPrompts(
  yaml: ForeignYaml,
  folder: string,
): Promise<{ readonly prompts: readonly PromptfooPrompt[]; readonly notes: readonly string[] }> {
  const parsed = form.safeParse(yaml.values.prompts);
  if (!parsed.success) return yaml.refuse("prompts", l10n.t("Prompts are a list of texts or files."));
  const notes: string[] = [];
  const prompts: PromptfooPrompt[] = [];
  for (const { label, raw } of entries(parsed.data)) {
    for (const text of await texts(raw, folder)) {
      if (text === null || isChat(text))
        notes.push(l10n.t('The prompt "{0}" is no plain text: it is left out.', label ?? raw));
      else prompts.push({ label: unique(label ?? shortened(text), prompts), raw: text });
    }
  }
  return prompts.length > 0 ? { prompts, notes } : yaml.refuse("prompts", l10n.t("No prompt is a plain text."));
}

function entries(said: z.output<typeof form>): { readonly label?: string | undefined; readonly raw: string }[] {
  if (typeof said === "string") return [{ raw: said }];
  if (!Array.isArray(said)) return Object.entries(said).map(([raw, label]) => ({ raw, label }));
  return said.map((one) =>
    typeof one === "string" ? { raw: one } : { raw: one.raw ?? one.id ?? "", label: one.label },
  );
}

/** The templates of a prompt: itself, or those of its file; null for one that is made by a program. */
async function texts(raw: string, folder: string): Promise<readonly (string | null)[]> {
  const isFile =
    raw.startsWith("file://") ||
    (!raw.includes("\n") && /^[\w./-]+\.(txt|j2|md|json|jsonl|ya?ml|csv|[cm]?[jt]s|py)$/.test(raw));
  if (raw.startsWith("exec:") || raw === "") return [null];
  if (!isFile) return [raw];
  const file = raw.replace(/^file:\/\//, "");
  switch (extname(file).toLowerCase()) {
    case ".j2":
    case ".md":
      return [await namedText(file, folder)];
    case ".txt":
      return parts(await namedText(file, folder));
    default:
      return [null];
  }
}

/** Prompts of a text file have lines of three dashes between. */
function parts(text: string): string[] {
  return text
    .replace(/\r\n/g, "\n")
    .split(/^[^\S\n]*---[^\S\n]*$/m)
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

/** Messages of a chat, or other JSON, of which promptfoo renders the parts. */
function isChat(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

function shortened(text: string): string {
  const [line = ""] = text.trim().split("\n");
  return [...line].slice(0, 60).join("") || "prompt";
}

function unique(label: string, others: readonly PromptfooPrompt[]): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? label.slice(0, 90) : `${label.slice(0, 90)} ${n}`;
    if (!others.some((other) => other.label === name)) return name;
  }
}
