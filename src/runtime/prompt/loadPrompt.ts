/** A prompt file with its data: checked, and ready to be put together. */
import { dirname } from "node:path";
import * as l10n from "@vscode/l10n";
import { badRows, type Dataset, dataPath, readDataset } from "../dataset/dataset";
import { invalidDataset, invalidPrompt, invalidRequest } from "../errors";
import type { PromptOverrides, PromptSource } from "../promptProtocol";
import { choicesOf, goldOf } from "./answers";
import { type DataSource, type Item, type PromptFile, type ResolvedVariant, resolveVariant } from "./promptFile";
import { type PromptReading, readPromptText, type TextRange, type YamlPath } from "./promptText";
import { checkTemplate, templateVariables } from "./template";
import { placeInYaml } from "./templatePlaces";

/** A prompt file with its data. */
export interface LoadedPrompt {
  /** Absolute path of the prompt file. */
  readonly path: string;
  readonly file: PromptFile;
  /** The variants that were chosen, in the file's order. */
  readonly variants: readonly ResolvedVariant[];
  readonly items: readonly Item[];
  /** Number of each item among the inputs that there are, from 0: what is drawn for it hangs on that. */
  readonly numbers: readonly number[];
  /** Pool of each variant's demonstrations; null for none. */
  readonly pools: readonly (readonly Item[] | null)[];
  /** SHA-256 of data files, by their path in the prompt file. */
  readonly data: Readonly<Record<string, string>>;
  /** What was left out, in sentences. */
  readonly notes: readonly string[];
}

/** What prompts are put together from: all of it, but where it came from. */
export type PromptParts = Pick<LoadedPrompt, "path" | "variants" | "items" | "numbers" | "pools">;

/** Names that templates may use besides the item's fields. */
export const templateNames = ["labels"] as const;

/**
 * Reads what `source` says and the data that it names. Throws `invalidPrompt` with line and column, `invalidDataset` with the row,
 * `invalidRequest` for overrides that do not fit.
 */
export async function loadPrompt(source: PromptSource, overrides: PromptOverrides = {}): Promise<LoadedPrompt> {
  const reading = readPromptText(source.text);
  const [problem] = reading.problems.filter(({ severity }) => severity === "error");
  if (problem) throw invalidPrompt(source.path, problem.line, problem.column, problem.message);
  if (!reading.file) throw invalidPrompt(source.path, 1, 1, l10n.t("The file is empty."));
  return new Loader(source, overrides, reading, reading.file).load();
}

class Loader {
  readonly #data: Record<string, string> = {};
  readonly #notes: string[] = [];
  readonly #read = new Map<string, Promise<Dataset>>();

  constructor(
    private readonly source: PromptSource,
    private readonly overrides: PromptOverrides,
    private readonly reading: PromptReading,
    private readonly file: PromptFile,
  ) {}

  async load(): Promise<LoadedPrompt> {
    const chosen = this.#chosen();
    const variants = chosen.map(({ variant }) => this.#overridden(variant));
    // What is wrong whatever the fields are, before anything is read.
    for (const [index, { number }] of chosen.entries()) this.#checkVariables(number, variants[index], null);
    const all = await this.#items(variants);
    const pools = await Promise.all(variants.map((variant, index) => this.#pool(variant, chosen[index]?.number ?? 0)));
    const known = knownFields(all.items, pools);
    for (const [index, { number }] of chosen.entries()) this.#checkVariables(number, variants[index], known);
    const { limit, only } = this.overrides;
    const limited = all.items.slice(0, limit);
    const numbers = only ? [...only] : limited.map((_, number) => number);
    const items = numbers.map((number) => limited[number] ?? this.#noInput(number));
    return {
      path: this.source.path,
      file: this.file,
      variants,
      items,
      numbers,
      pools,
      data: this.#data,
      notes: this.#notes,
    };
  }

  #chosen(): readonly { readonly variant: ResolvedVariant; readonly number: number }[] {
    const all = this.file.variants.map((own, number) => ({ variant: resolveVariant(this.file, own), number }));
    const { variants: names } = this.overrides;
    if (!names) return all;
    const unknown = names.find((name) => !all.some(({ variant }) => variant.name === name));
    if (unknown !== undefined) {
      const there = all.map(({ variant }) => variant.name).join(", ");
      throw invalidRequest(l10n.t('the file has no variant "{0}"', unknown), l10n.t("It has: {0}.", there));
    }
    return all.filter(({ variant }) => names.includes(variant.name));
  }

  #overridden(variant: ResolvedVariant): ResolvedVariant {
    const { k, seed } = this.overrides;
    if (k !== undefined && k > 0 && !variant.demonstrations) {
      const problem = l10n.t('the variant "{0}" has no demonstrations to take {1} of', variant.name, k);
      throw invalidRequest(problem, l10n.t("Add the key demonstrations to the prompt file."));
    }
    const drawn = { ...(k !== undefined && { k }), ...(seed !== undefined && { seed }) };
    return { ...variant, demonstrations: variant.demonstrations && { ...variant.demonstrations, ...drawn } };
  }

  async #items(variants: readonly ResolvedVariant[]): Promise<{ readonly items: readonly Item[] }> {
    const required = [...new Set(variants.flatMap(({ template }) => inputFields(template)))];
    const { items, data } = this.overrides;
    const { input } = this.file;
    if (items) return { items: items.map((item, i) => this.#checkedItem(item, i, required, variants, null)) };
    if (data !== undefined) {
      const columns = input && !Array.isArray(input) ? input.columns : undefined;
      return { items: await this.#rows({ file: data, ...(columns && { columns }) }, required, variants, true) };
    }
    if (!input) {
      const hint = l10n.t("Add the key input with a list of items or a data file, or give data.");
      throw invalidPrompt(this.source.path, 1, 1, l10n.t("The file says no input to run on."), hint);
    }
    if (!Array.isArray(input)) return { items: await this.#rows(input, required, variants, false) };
    this.#checkFields(input, required, variants);
    return { items: input.map((item, i) => this.#checkedItem(item, i, required, variants, ["input", i])) };
  }

  async #pool(variant: ResolvedVariant, number: number): Promise<readonly Item[] | null> {
    const { demonstrations } = variant;
    if (!demonstrations || demonstrations.k === 0) return null;
    const required = [...inputFields(variant.template), variant.answer];
    const { from } = demonstrations;
    if (!Array.isArray(from)) return this.#rows(from, required, [variant], false);
    this.#checkFields(from, required, [variant]);
    const own = this.file.variants[number]?.demonstrations?.from !== undefined;
    const path = [...(own ? ["variants", number] : []), "demonstrations", "from"];
    return from.map((item, i) => this.#checkedItem(item, i, required, [variant], [...path, i]));
  }

  /** Rows of a data file, each with what the variants need. */
  async #rows(
    from: DataSource,
    required: readonly string[],
    variants: readonly ResolvedVariant[],
    anywhere: boolean,
  ): Promise<readonly Item[]> {
    const folder = dirname(this.source.path);
    const path = anywhere ? from.file : await dataPath(from.file, folder, this.source.root ?? folder);
    const { skipBadRows = false } = this.overrides;
    const { columns, limit } = from;
    const key = JSON.stringify([path, columns, limit]);
    const options = { ...(columns && { columns }), ...(limit !== undefined && { limit }), skipBadRows };
    const known = this.#read.get(key) ?? readDataset(path, from.file, options);
    this.#read.set(key, known);
    const dataset = await known;
    this.#data[from.file] = dataset.sha256;
    this.#checkColumns(from.file, dataset, required, variants);
    const problems = dataset.rows.flatMap((row, index) => {
      const message = itemProblem(row, required, variants);
      return message === null ? [] : [{ file: from.file, line: dataset.lines[index] ?? 0, message }];
    });
    if (problems.length > 0 && !skipBadRows) throw badRows(from.file, problems);
    const bad = new Set(problems.map(({ line }) => line));
    const rows = dataset.rows.filter((_, index) => !bad.has(dataset.lines[index] ?? 0));
    const left = dataset.problems.length + problems.length;
    const note = l10n.t("{0}: {1} rows were left out.", from.file, left);
    if (left > 0 && !this.#notes.includes(note)) this.#notes.push(note);
    if (rows.length === 0) throw invalidDataset(from.file, 0, l10n.t("No row can be used."));
    return rows;
  }

  /** A field that no row has is the prompt file's mistake, not the rows'. */
  #checkColumns(
    file: string,
    { rows }: Dataset,
    required: readonly string[],
    variants: readonly ResolvedVariant[],
  ): void {
    const missing = this.#checkFields(rows, required, variants);
    if (missing === undefined) return;
    const hint = l10n.t("The file has: {0}.", Object.keys(rows[0] ?? {}).join(", "));
    throw invalidDataset(file, 0, l10n.t('There is no column "{0}".', missing), hint);
  }

  /** The field that no item has, unless it is one that a template should not name. */
  #checkFields(
    items: readonly Item[],
    required: readonly string[],
    variants: readonly ResolvedVariant[],
  ): string | undefined {
    const missing = required.find((name) => items.every((item) => !Object.hasOwn(item, name)));
    if (missing === undefined) return undefined;
    const there = new Set([...items.slice(0, 1000).flatMap((item) => Object.keys(item)), ...templateNames]);
    for (const variant of variants) {
      const number = this.file.variants.findIndex(({ name }) => name === variant.name);
      this.#checkVariables(number, variant, there);
    }
    return missing;
  }

  #checkedItem(
    item: Item,
    index: number,
    required: readonly string[],
    variants: readonly ResolvedVariant[],
    path: YamlPath | null,
  ): Item {
    const problem = itemProblem(item, required, variants);
    if (problem === null) return item;
    if (!path) throw invalidRequest(l10n.t("item {0}: {1}", index, problem));
    const { line, column } = this.reading.problemAt(path, { severity: "error", code: "item", message: problem });
    throw invalidPrompt(this.source.path, line, column, problem);
  }

  #checkVariables(number: number, variant: ResolvedVariant | undefined, known: ReadonlySet<string> | null): void {
    if (!variant) return;
    const instruction =
      this.file.variants[number]?.instruction === undefined ? ["instruction"] : ["variants", number, "instruction"];
    this.#check(variant.template, ["variants", number, "template"], known, true);
    this.#checkHidden(variant, ["variants", number, "template"]);
    this.#check(variant.instruction, instruction, known && new Set<string>(templateNames), false);
  }

  #check(text: string, path: YamlPath, known: ReadonlySet<string> | null, withAnswer: boolean): void {
    const [problem] = checkTemplate(text, known, withAnswer);
    if (!problem) return;
    this.#refuse(path, text, problem, problem.message);
  }

  /** A query that shows the field with the right answer gives it away. */
  #checkHidden({ template, answer }: ResolvedVariant, path: YamlPath): void {
    const names = templateVariables(template);
    if (answer === "answer" || !names.includes(answer)) return;
    const [place] = checkTemplate(template, new Set(names.filter((name) => name !== answer)), true);
    if (!place) return;
    const problem = l10n.t('The field "{0}" is the right answer: the query would give it away.', answer);
    this.#refuse(path, template, place, problem, l10n.t("Write {{ answer }} where the answer stands."));
  }

  /** The error about a place in a template, where it stands in the file. */
  #refuse(path: YamlPath, text: string, place: TextRange, problem: string, hint = ""): never {
    const { start } = placeInYaml(this.reading, this.source.text, path, text, place);
    const before = this.source.text.slice(0, start).split("\n");
    throw invalidPrompt(this.source.path, before.length, (before.at(-1)?.length ?? 0) + 1, problem, hint);
  }

  #noInput(number: number): never {
    throw invalidRequest(l10n.t("there is no input {0}", number));
  }
}

/** Fields of an item that a template uses. */
export function inputFields(template: string): readonly string[] {
  return templateVariables(template).filter((name) => !templateNames.some((also) => also === name));
}

function knownFields(items: readonly Item[], pools: readonly (readonly Item[] | null)[]): ReadonlySet<string> {
  const names = [items[0], ...pools.map((pool) => pool?.[0])].flatMap((item) => Object.keys(item ?? {}));
  return new Set([...names, ...templateNames]);
}

/** What an item lacks, in a sentence; null when nothing. */
function itemProblem(item: Item, required: readonly string[], variants: readonly ResolvedVariant[]): string | null {
  for (const name of required) {
    if (!Object.hasOwn(item, name)) return l10n.t('There is no field "{0}".', name);
    if (item[name] === "" && variants.some(({ answer }) => answer === name)) {
      return l10n.t('The field "{0}" is empty.', name);
    }
  }
  for (const variant of variants) {
    if (variant.choices !== null && !choicesOf(item, variant.choices)) {
      return l10n.t('The field "{0}" is no list of choices.', variant.choices);
    }
    try {
      goldOf(item, variant);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
  return null;
}
