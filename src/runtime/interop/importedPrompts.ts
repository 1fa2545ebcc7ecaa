/**
 * What was read of another program as a prompt file with its data. Each variant is written as one would write it by hand, tried, and
 * compared with the prompts that the other program would ask; where one differs, every row has its prompt in full. Pure.
 */
import * as l10n from "@vscode/l10n";
import { invalidRequest } from "../errors";
import { type AssembledPrompt, PromptAssembler } from "../prompt/assemble";
import {
  type Decoding,
  fieldValue,
  type Item,
  resolveVariant,
  type ScoringRule,
  type TaskName,
} from "../prompt/promptFile";
import { readPromptText } from "../prompt/promptText";
import { boundless } from "./exportedPrompts";
import type { MadeFiles } from "./lmEvalExport";
import type { Doc } from "./lmEvalTask";
import { freeName } from "./names";
import { type Written, writeYaml } from "./yamlWriter";

/** What the other program asks for a row. */
export interface ImportedRequest {
  /** Without white space at its end. */
  readonly text: string;
  /** The white space between the prompt and each answer. */
  readonly space: string;
  readonly choices: readonly string[] | null;
  /** A label's name, a choice's number as text, or a text; null when it is not known. */
  readonly gold: string | null;
}

/** A prompt as one would write it by hand. */
export interface ReadablePrompt {
  readonly instruction: string;
  readonly template: string;
  readonly separator: string;
  /** In the order of the prompt, each with its right answer. */
  readonly demonstrations: readonly { readonly item: Item; readonly gold: string }[];
  /** The field with the choices. */
  readonly choices: string | null;
}

/** A prompt, in both ways. */
export interface ImportedVariant {
  readonly name: string;
  /** Null where it cannot be said. */
  readonly readable: ReadablePrompt | null;
  /** One for each row. */
  readonly requests: readonly ImportedRequest[];
  /** Label → its text. */
  readonly labels: ReadonlyMap<string, string> | null;
  readonly rule: ScoringRule | null;
  readonly decoding: Partial<Decoding> | null;
}

/** All of it. */
export interface ImportedPrompts {
  readonly task: TaskName | null;
  /** Where it comes from, in a sentence. */
  readonly description: string;
  readonly rows: readonly Doc[];
  readonly variants: readonly ImportedVariant[];
  readonly notes: readonly string[];
}

/** A variant as the prompt file has it. */
type WrittenVariant = { readonly [key: string]: Written | undefined };

/**
 * The prompt file `<name>.prompt.yaml` and its data. Throws `invalidRequest` when the variants have no right answers or choices in common,
 * or when a prompt is beyond the bounds of prompt files.
 */
export async function importedFiles(imported: ImportedPrompts, name: string): Promise<MadeFiles> {
  const { variants, notes } = imported;
  const [first] = variants;
  if (!first || first.requests.length === 0)
    throw invalidRequest(l10n.t("there is no prompt, or no row, to take over"));
  const { items, left } = simpleFields(imported.rows);
  const columns = new Columns(items);
  const answer = columns.answer(variants);
  const choices = columns.choices(variants);
  const data = `${name}.data.jsonl`;
  const head = {
    task: imported.task ?? taskOf(first),
    description: imported.description,
    choices: choices ?? undefined,
    answer,
  };
  const tried: { readonly written: WrittenVariant; readonly spelled: boolean }[] = [];
  for (const variant of variants) {
    const readable = variant.readable && readableVariant(variant, variant.readable, head);
    const isSame = readable !== null && (await givesRequests(head, readable, variant, items));
    const written = isSame ? readable : spelledVariant(variant, columns);
    if (!isSame && !(await givesRequests(head, written, variant, items))) throw beyond(variant.name);
    tried.push({ written, spelled: !isSame });
  }
  const file = { ...head, variants: tried.map(({ written }) => written), input: { file: data } };
  const spelled = variants.filter((_, i) => tried[i]?.spelled).map(({ name }) => name);
  return {
    files: [
      { path: `${name}.prompt.yaml`, text: writeYaml([], file) },
      { path: data, text: items.map((item) => `${JSON.stringify(item)}\n`).join("") },
    ],
    notes: [
      ...notes,
      ...(left.length > 0
        ? [l10n.t("Fields that a prompt file cannot hold were left out: {0}.", left.join(", "))]
        : []),
      ...spelled.map((one) => l10n.t('"{0}": each row has its prompt in full; its template cannot be said here.', one)),
    ],
  };
}

function taskOf({ labels, requests }: ImportedVariant): TaskName {
  if (labels) return "classification";
  return requests[0]?.choices ? "multipleChoice" : "questionAnswering";
}

/** What our data may hold of the rows: texts, numbers and lists of texts. */
function simpleFields(rows: readonly Doc[]): {
  readonly items: Record<string, Item[string]>[];
  readonly left: string[];
} {
  const left = new Set<string>();
  const items = rows.map((row) => {
    const item: Record<string, Item[string]> = {};
    for (const [name, value] of Object.entries(row)) {
      const field = name.length > 0 && name.length <= 100 ? fieldValue.safeParse(value) : null;
      if (field?.success) item[name] = field.data;
      else if (value !== null) left.add(name.slice(0, 100));
    }
    return item;
  });
  return { items, left: [...left] };
}

/** The columns of the data, to which those are added that no field has. */
class Columns {
  readonly #taken: Set<string>;

  constructor(private readonly items: readonly Record<string, Item[string]>[]) {
    // What a template calls its own.
    this.#taken = new Set(["answer", "labels", ...items.flatMap((item) => Object.keys(item))]);
  }

  /** The column with the right answers; no template may show it. */
  answer(variants: readonly ImportedVariant[]): string {
    const gold = common(variants, ({ requests }) => requests.map((request) => request.gold), l10n.t("right answers"));
    const shown = variants.flatMap(({ readable }) =>
      [...(readable?.template.matchAll(/[A-Za-z_]\w*/g) ?? [])].map(String),
    );
    return this.column(gold, variants[0]?.requests[0]?.choices ? "label" : "target", new Set(shown), (value) =>
      String(value),
    );
  }

  /** The column with the choices; null where all choose among labels, or not at all. */
  choices(variants: readonly ImportedVariant[]): string | null {
    const choosing = variants.filter(({ labels, requests }) => !labels && requests[0]?.choices);
    if (choosing.length === 0) return null;
    if (variants.some(({ labels, requests }) => !labels && !requests[0]?.choices)) throw apart(l10n.t("choices"));
    return this.column(
      common(choosing, ({ requests }) => requests.map(({ choices }) => choices), l10n.t("choices")),
      "choices",
    );
  }

  /** The column with these values: one that is there, or a new one. */
  column(
    values: readonly unknown[],
    wanted: string,
    not: ReadonlySet<string> = new Set(),
    as = (value: unknown) => value,
  ): string {
    const names = Object.keys(this.items[0] ?? {}).filter((name) => !not.has(name));
    const known = names.find((name) => this.items.every((item, i) => same(as(item[name]), values[i])));
    if (known !== undefined) return known;
    const name = freeName(wanted, this.#taken);
    for (const [i, item] of this.items.entries()) if (values[i] !== null) item[name] = fieldValue.parse(values[i]);
    return name;
  }
}

/** What all variants have in common. */
function common<T>(
  variants: readonly ImportedVariant[],
  of: (variant: ImportedVariant) => readonly T[],
  what: string,
): readonly T[] {
  const [first = [], ...others] = variants.map(of);
  if (others.some((other) => !same(other, first))) throw apart(what);
  return first;
}

function apart(what: string): Error {
  return invalidRequest(l10n.t("the prompts differ in their {0}", what), l10n.t("Import each task by itself."));
}

function beyond(variant: string): Error {
  return invalidRequest(l10n.t('the prompts of "{0}" are beyond what a prompt file can say', variant));
}

function readableVariant(
  variant: ImportedVariant,
  readable: ReadablePrompt,
  { answer, choices }: { readonly answer: string; readonly choices: string | undefined },
): WrittenVariant | null {
  if (readable.choices !== null && readable.choices !== choices) return null;
  const { instruction, template, separator, demonstrations } = readable;
  const k = demonstrations.length;
  return {
    name: variant.name,
    ...(instruction === "" ? {} : { instruction }),
    template,
    ...(separator === "\n\n" ? {} : { separator }),
    ...rest(variant),
    ...(k === 0
      ? {}
      : {
          demonstrations: {
            k,
            sampler: "fixed",
            from: demonstrations.map(({ item, gold }) => ({ ...item, [answer]: gold })),
          },
        }),
  };
}

/** With the prompt of each row in a column. */
function spelledVariant(variant: ImportedVariant, columns: Columns): WrittenVariant {
  const { requests, name } = variant;
  const prompt = columns.column(
    requests.map(({ text }) => text),
    "prompt",
    new Set(["answer", "labels"]),
  );
  const space = requests[0]?.space ?? "";
  const constant = requests.every((request) => request.space === space);
  const spaces = constant
    ? space
    : `{{ ${columns.column(
        requests.map((request) => request.space),
        "space",
      )} }}`;
  return { name, template: `{{ ${prompt} }}${spaces}{{ answer }}`, ...rest(variant) };
}

function rest({ labels, rule, decoding }: ImportedVariant): WrittenVariant {
  return {
    ...(labels ? { labels: Object.fromEntries(labels) } : {}),
    ...(rule === null ? {} : { scoring: { rule } }),
    ...(decoding && Object.keys(decoding).length > 0 ? { decoding: { ...decoding } } : {}),
  };
}

/** Whether the prompt file with this variant asks, for every row, what the other program asks. */
async function givesRequests(
  head: WrittenVariant,
  written: WrittenVariant,
  variant: ImportedVariant,
  items: readonly Item[],
): Promise<boolean> {
  const { file } = readPromptText(writeYaml([], { ...head, variants: [written] }));
  const [own] = file?.variants ?? [];
  if (!file || !own) return false;
  const resolved = resolveVariant(file, own);
  const from = resolved.demonstrations?.from;
  const pools = [Array.isArray(from) ? from : null];
  try {
    const parts = { path: "", variants: [resolved], items, numbers: [...items.keys()], pools };
    const assembler = new PromptAssembler(parts, 0, boundless);
    for (const [i, request] of variant.requests.entries())
      if (!isAsked(await assembler.assemble(i), request)) return false;
    return true;
  } catch {
    // A template that is not ours, or an item that lacks a field.
    return false;
  }
}

function isAsked({ text, gold, candidates, goldWords }: AssembledPrompt, request: ImportedRequest): boolean {
  if (text !== request.text || gold !== request.gold) return false;
  if (!request.choices) return candidates === null && (gold === null || goldWords?.[0] === request.space + gold);
  const words = candidates?.map(({ words }) => words[0]);
  return same(
    words,
    request.choices.map((choice) => request.space + choice),
  );
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
