/**
 * Configurations of promptfoo as prompt files: prompts that are texts, tests with variables, and the assertion `equals`, which is the right
 * answer. What else there is, is told of. Nothing is run, and nothing outside of the folder is read.
 */
import { basename, dirname, extname } from "node:path";
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { dataPath } from "../dataset/dataset";
import { invalidDataset, invalidRequest } from "../errors";
import { type TaskName, taskNames } from "../prompt/promptFile";
import { type ForeignYaml, foreignDocs, namedText, readForeignYaml } from "./foreignFiles";
import type { ImportedPrompts, ImportedRequest, ImportedVariant } from "./importedPrompts";
import type { Doc } from "./lmEvalTask";
import { type PromptfooPrompt, readPrompts } from "./promptfooPrompts";
import { type ProviderVariant, providerConfig } from "./promptfooProvider";
import { renderedText, renderedVariables, renderPromptfoo } from "./promptfooText";

/** Tests that are read, after lists of values were taken apart. */
const maxTests = 100_000;

const assertion = z.object({ type: z.string().max(100), value: z.unknown().optional() }).loose();
const test = z
  .object({
    description: z.string().optional(),
    vars: z.record(z.string(), z.unknown()).optional(),
    assert: z.array(assertion).max(1000).optional(),
    options: z.object({ disableVarExpansion: z.boolean().optional() }).loose().optional(),
  })
  .loose();
const tests = z.union([z.string(), z.array(z.union([z.string(), test])).max(maxTests)]);

type Test = z.output<typeof test>;

/** Keys that are read, or make no difference to what is asked. */
const known = ["prompts", "providers", "targets", "tests", "defaultTest", "description", "$schema"];

/** Reads a configuration. Throws `invalidPrompt` and `invalidDataset`, naming file, line and key. */
export async function readPromptfoo(path: string): Promise<ImportedPrompts> {
  const yaml = await readForeignYaml(path);
  const folder = dirname(path);
  const { prompts, notes } = await readPrompts(yaml, folder);
  const common = part(yaml, "defaultTest", test.optional()) ?? {};
  const all = (await readTests(yaml, folder)).flatMap((one) => expanded(merged(common, one)));
  if (all.length === 0) throw invalidRequest(l10n.t("the configuration has no tests"));
  if (all.length > maxTests) throw invalidRequest(l10n.t("there are more than {0} tests", maxTests));
  const own = ownConfig(yaml.values.providers ?? yaml.values.targets);
  const told = new Told();
  const rows: Doc[] = [];
  for (const [i, one] of all.entries()) rows.push(await rowOf(one, i, folder, told));
  const expectedTexts = all.map((one, i) => expected(one, i, told));
  const variants = prompts.map((prompt) => variantOf(prompt, own?.variants[prompt.label], all, rows, expectedTexts));
  const task = taskNames.find((name) => name === own?.task);
  const left = Object.keys(yaml.values).filter((key) => !known.includes(key));
  return {
    task: task ?? (null satisfies TaskName | null),
    description: l10n.t("Imported from {0} of promptfoo.", basename(path)),
    rows,
    variants,
    notes: [
      ...notes,
      ...told.notes(),
      ...left.map((key) => l10n.t('The key "{0}" is not carried over.', key)),
      ...(own ? [] : [l10n.t("Its providers are not carried over: the model is chosen when the prompts are run.")]),
    ],
  };
}

/** What was met often, told once. */
class Told {
  readonly #counts = new Map<string, number>();

  add(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }

  notes(): string[] {
    return [...this.#counts].map(([what, count]) => (count === 1 ? what : l10n.t("{0} ({1} times)", what, count)));
  }
}

function part<T>(yaml: ForeignYaml, key: string, form: z.ZodType<T>): T {
  const parsed = form.safeParse(yaml.values[key]);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return yaml.refuse(key, `${[key, ...(issue?.path ?? [])].join(".")}: ${issue?.message ?? ""}`);
}

async function readTests(yaml: ForeignYaml, folder: string): Promise<Test[]> {
  const said = part(yaml, "tests", tests);
  const all: Test[] = [];
  for (const one of typeof said === "string" ? [said] : said) {
    if (typeof one !== "string") all.push(one);
    else for (const read of await fileTests(one, yaml, folder)) all.push(read);
  }
  return all;
}

/** Tests of a file: rows of CSV, whose columns are variables, or tests in full. */
async function fileTests(file: string, yaml: ForeignYaml, folder: string): Promise<Test[]> {
  const name = file.replace(/^file:\/\//, "");
  const kind = extname(name).toLowerCase();
  if (kind === ".yaml" || kind === ".yml") {
    const listed = await readForeignYaml(await dataPath(name, folder, folder), name);
    return "vars" in listed.values ? [part({ ...listed, values: { test: listed.values } }, "test", test)] : [];
  }
  if (![".csv", ".tsv", ".jsonl", ".json"].includes(kind))
    return yaml.refuse(
      "tests",
      l10n.t('Tests are not read from "{0}".', file),
      l10n.t("Save them as CSV or JSON Lines."),
    );
  const docs = await foreignDocs(name, folder);
  return docs.map((doc, i) => {
    const parsed = test.safeParse(kind === ".csv" || kind === ".tsv" ? csvTest(doc) : doc);
    if (parsed.success) return parsed.data;
    throw invalidDataset(name, i + 1, parsed.error.issues[0]?.message ?? "");
  });
}

/** Columns that begin with two underscores are no variables: `__expected` is an assertion, its type in front. */
function csvTest(doc: Doc): unknown {
  const columns = Object.entries(doc);
  const assert = columns.flatMap(([name, value]) => {
    if (!/^__expected\d*$/.test(name) || value === "") return [];
    const typed =
      /^((?:not-)?(?:i?contains(?:-any|-all)?|equals|regex|starts-with|is-json|javascript|python|llm-rubric|similar))\s*:\s*([\s\S]*)$/.exec(
        String(value),
      );
    return [typed ? { type: typed[1], value: typed[2] } : { type: "equals", value: String(value) }];
  });
  return { vars: Object.fromEntries(columns.filter(([name]) => !name.startsWith("__"))), assert };
}

function merged(common: Test, own: Test): Test {
  return {
    ...common,
    ...own,
    vars: { ...common.vars, ...own.vars },
    assert: [...(common.assert ?? []), ...(own.assert ?? [])],
    options: { ...common.options, ...own.options },
  };
}

/** A list of texts stands for as many tests, unless that is turned off. */
function expanded(one: Test): Test[] {
  if (one.options?.disableVarExpansion === true) return [one];
  let all: Record<string, unknown>[] = [{}];
  for (const [name, value] of Object.entries(one.vars ?? {})) {
    const values: readonly unknown[] = Array.isArray(value) && typeof value[0] === "string" ? value : [value];
    if (all.length * values.length > maxTests) throw invalidRequest(l10n.t("there are more than {0} tests", maxTests));
    all = all.flatMap((vars) => values.map((own) => ({ ...vars, [name]: own })));
  }
  return all.map((vars) => ({ ...one, vars }));
}

/** The variables as they are rendered, and those assertions that can be kept but not checked. */
async function rowOf(one: Test, i: number, folder: string, told: Told): Promise<Doc> {
  const variables: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(one.vars ?? {})) {
    const file = typeof value === "string" && value.startsWith("file://") ? value.slice(7) : null;
    if (file !== null && extname(file).toLowerCase() !== ".txt")
      throw invalidRequest(
        l10n.t('test {0}: the variable "{1}" is made by {2}, which is not run here', i + 1, name, file),
      );
    variables[name] = file === null ? value : (await namedText(file, folder)).trim();
  }
  one.vars = variables;
  const row = inWords(i, () => renderedVariables(variables));
  for (const [kept, { type, value }] of (one.assert ?? []).entries()) {
    if (type === "equals") continue;
    if (typeof value !== "string" || !["contains", "icontains", "regex", "starts-with"].includes(type)) {
      told.add(l10n.t('The assertion "{0}" is not carried over.', type));
      continue;
    }
    row[`expect_${type.replace("-", "_")}${kept === 0 ? "" : `_${kept}`}`] = value;
    told.add(l10n.t('The assertion "{0}" is kept as a field, but not checked.', type));
  }
  for (const key of Object.keys(one))
    if (!["description", "vars", "assert", "options", "metadata"].includes(key))
      told.add(l10n.t('The key "{0}" of a test is not carried over.', key));
  return row;
}

/** The text that an answer must equal; null when no assertion says one. */
function expected(one: Test, i: number, told: Told): string | null {
  const equals = (one.assert ?? []).filter(({ type }) => type === "equals");
  if (equals.length > 1) told.add(l10n.t("Of several texts that an answer must equal the first is kept."));
  const value = equals[0]?.value;
  if (value === undefined || value === null) return null;
  if (typeof value === "object") told.add(l10n.t("An answer that must equal a structure is not carried over."));
  if (typeof value === "object") return null;
  return inWords(i, () => renderedText(String(value), renderedVariables(one.vars ?? {}))) || null;
}

function variantOf(
  { label, raw }: PromptfooPrompt,
  own: ProviderVariant | undefined,
  all: readonly Test[],
  rows: readonly Doc[],
  golds: readonly (string | null)[],
): ImportedVariant {
  const blank = raw.slice(raw.trimEnd().length);
  const requests = all.map((one, i): ImportedRequest => {
    const asked = inWords(i, () => renderPromptfoo(raw, one.vars ?? {}));
    const text = asked.trimEnd();
    const space = asked.slice(text.length) + (own?.space ?? (asked.length > text.length ? "" : " "));
    const gold = golds[i] ?? null;
    const choices = choicesOf(own, rows[i]);
    const isListed = own?.labels ? Object.hasOwn(own.labels, gold ?? "") : (choices?.includes(gold ?? "") ?? true);
    const number = choices && !own?.labels ? String(choices.indexOf(gold ?? "")) : gold;
    return { text, space, choices, gold: gold !== null && isListed ? number : null };
  });
  return {
    name: label.slice(0, 100),
    readable: {
      ...{ instruction: "", separator: "\n\n", demonstrations: [], choices: own?.choices ?? null },
      template: `${raw.trimEnd()}${blank}${own?.space ?? (blank === "" ? " " : "")}{{ answer }}`,
    },
    requests,
    labels: own?.labels ? new Map(Object.entries(own.labels)) : null,
    rule: own?.scoring?.rule ?? null,
    decoding: own?.decoding ? JSON.parse(JSON.stringify(own.decoding)) : null,
  };
}

function choicesOf(own: ProviderVariant | undefined, row: Doc | undefined): readonly string[] | null {
  if (own?.labels) return Object.values(own.labels);
  const list = own?.choices === undefined ? null : z.array(z.string()).min(1).safeParse(row?.[own.choices]);
  return list?.success ? list.data : null;
}

/** The configuration of our own provider, which knows the labels and the choices. */
function ownConfig(providers: unknown): z.output<typeof providerConfig> | null {
  for (const provider of [providers].flat()) {
    const own = z.object({ id: z.string(), config: providerConfig }).safeParse(provider);
    if (own.success) return own.data.config;
  }
  return null;
}

/** Says which test a template fails for. */
function inWords<T>(test: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw invalidRequest(l10n.t("test {0}: {1}", test + 1, error instanceof Error ? error.message : String(error)));
  }
}
