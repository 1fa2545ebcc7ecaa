/**
 * Tasks of lm-evaluation-harness 0.4.13 as prompt files: what a YAML file says by itself, over data files in its folder. What it asks is
 * worked out row by row as the harness does, so that the prompt file asks the same.
 */
import { basename, dirname, join } from "node:path";
import * as l10n from "@vscode/l10n";
import { dataPath } from "../dataset/dataset";
import { invalidDataset, invalidRequest } from "../errors";
import { fieldValue } from "../prompt/promptFile";
import { fileExists } from "../textFile";
import { type ForeignYaml, foreignDocs, readForeignYaml } from "./foreignFiles";
import type { ImportedPrompts, ImportedRequest, ImportedVariant, ReadablePrompt } from "./importedPrompts";
import { decodingOf, type LmEvalForm, lmEvalForm, lmEvalGroup, ownMetadata, refusedKeys, ruleOf } from "./lmEvalForm";
import { type Doc, LmEvalReader, type LmEvalTask } from "./lmEvalTask";

/** Files that one task may include, in all. */
const maxIncludes = 20;

/** Reads a task, or a group whose tasks lie beside it. Throws `invalidPrompt` and `invalidDataset`, naming file, line and key. */
export async function readLmEval(path: string): Promise<ImportedPrompts> {
  const yaml = await withIncludes(path);
  const name = basename(path);
  if (!("group" in yaml.values) || Array.isArray(yaml.values.doc_to_text)) return one(await readTask(yaml, path), name);
  const group = lmEvalGroup.safeParse(yaml.values);
  if (!group.success) return yaml.refuse("task", l10n.t("A group names its tasks: a list of their names."));
  const tasks: ReadTask[] = [];
  for (const task of [group.data.task].flat()) tasks.push(await readTask(...(await namedTask(task, path, yaml))));
  return together(tasks, name);
}

async function namedTask(task: string, path: string, group: ForeignYaml): Promise<[ForeignYaml, string]> {
  for (const ending of ["yaml", "yml"]) {
    const file = `${task}.${ending}`;
    if (/[\\/]/.test(task) || !(await fileExists(join(dirname(path), file)))) continue;
    const found = await dataPath(file, dirname(path), dirname(path));
    return [await withIncludes(found), found];
  }
  return group.refuse("task", l10n.t('There is no file {0}.yaml beside it for the task "{0}".', task));
}

/** The file with what it includes, its own keys first. */
async function withIncludes(path: string, seen: Set<string> = new Set()): Promise<ForeignYaml> {
  const yaml = await readForeignYaml(path);
  const { include, ...own } = yaml.values;
  if (include === undefined) return yaml;
  seen.add(path);
  let merged: ForeignYaml["values"] = {};
  const owners = new Map<string, ForeignYaml>();
  for (const file of [include].flat()) {
    if (typeof file !== "string") return yaml.refuse("include", l10n.t("A file is named by its path."));
    const found = await dataPath(file, dirname(path), dirname(path));
    if (seen.has(found) || seen.size > maxIncludes)
      return yaml.refuse("include", l10n.t("The files include each other, or there are more than {0}.", maxIncludes));
    const included = await withIncludes(found, seen);
    for (const key of Object.keys(included.values)) owners.set(key, included);
    merged = { ...merged, ...included.values };
  }
  return {
    values: { ...merged, ...own },
    refuse: (key, ...told) => (Object.hasOwn(own, key) ? yaml : (owners.get(key) ?? yaml)).refuse(key, ...told),
  };
}

/** A task, and what it asks. */
interface ReadTask {
  readonly variant: ImportedVariant;
  readonly docs: readonly Doc[];
  readonly form: LmEvalForm;
  readonly notes: readonly string[];
}

function one({ variant, docs, form, notes }: ReadTask, file: string): ImportedPrompts {
  return { ...described([form], file), rows: docs, variants: [variant], notes };
}

function together(tasks: readonly ReadTask[], file: string): ImportedPrompts {
  const [first] = tasks;
  const data = (form: LmEvalForm | undefined) =>
    JSON.stringify([form?.dataset_kwargs.data_files, form && splitOf(form)]);
  const other = tasks.find(({ form }) => data(form) !== data(first?.form));
  if (!first || other)
    throw invalidRequest(
      l10n.t("the tasks of {0} are not about the same data", file),
      l10n.t("Import each task by itself."),
    );
  const names = new Set<string>();
  const variants = tasks.map(({ variant }, i) => {
    const name = names.has(variant.name) ? `${variant.name.slice(0, 90)} ${i + 1}` : variant.name;
    names.add(name);
    return { ...variant, name };
  });
  const notes = [...new Set(tasks.flatMap(({ notes }) => notes))];
  return {
    ...described(
      tasks.map(({ form }) => form),
      file,
    ),
    rows: first.docs,
    variants,
    notes,
  };
}

function described([form]: readonly LmEvalForm[], file: string): Pick<ImportedPrompts, "task" | "description"> {
  const own = ownMetadata.safeParse(form?.metadata);
  return {
    task: own.success ? own.data.gpt_workbench.task : null,
    description: l10n.t("Imported from {0} of lm-evaluation-harness.", file),
  };
}

async function readTask(yaml: ForeignYaml, path: string): Promise<ReadTask> {
  const { values } = yaml;
  for (const key of refusedKeys)
    if (values[key] !== undefined && values[key] !== null)
      yaml.refuse(key, l10n.t('The key "{0}" is not read here.', key));
  const parsed = lmEvalForm.safeParse(values);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const keys = issue?.path.map(String) ?? [];
    const told = keys[0] !== undefined && !(keys[0] in values) ? l10n.t("it is missing") : (issue?.message ?? "");
    return yaml.refuse(keys[0] ?? "task", `${keys.join(".")}: ${told}`);
  }
  const form = parsed.data;
  const docs = await evaluationDocs(form, yaml, dirname(path));
  const { samples, notes } = await fewshotDocs(form, yaml, dirname(path));
  const task = taskOf(form, docs, samples);
  const variant = importedVariant(form, task, docs, basename(path));
  return { variant: variant.made, docs, form, notes: [...notes, ...variant.notes, ...leftKeys(yaml, form)] };
}

function splitOf({ test_split, validation_split, training_split }: LmEvalForm): string | null {
  return test_split ?? validation_split ?? training_split ?? null;
}

async function evaluationDocs(form: LmEvalForm, yaml: ForeignYaml, folder: string): Promise<readonly Doc[]> {
  if (form.dataset_path !== "json" && form.dataset_path !== "csv") {
    yaml.refuse(
      "dataset_path",
      l10n.t('The data "{0}" are not files of this folder.', form.dataset_path),
      l10n.t('Save them as JSON Lines beside the task, with dataset_path "json" and dataset_kwargs.data_files.'),
    );
  }
  const split = splitOf(form);
  return split === null
    ? yaml.refuse("task", l10n.t("There is no test_split, validation_split or training_split."))
    : splitDocs(split, form, yaml, folder);
}

/** Of data files without splits all is "train", as for Hugging Face's datasets. */
async function splitDocs(split: string, form: LmEvalForm, yaml: ForeignYaml, folder: string): Promise<readonly Doc[]> {
  const { data_files } = form.dataset_kwargs;
  const files = typeof data_files === "string" || Array.isArray(data_files) ? { train: data_files } : data_files;
  const named = Object.hasOwn(files, split) ? files[split] : undefined;
  if (named === undefined)
    return yaml.refuse("dataset_kwargs", l10n.t('There are no data files of the split "{0}".', split));
  const docs: Doc[] = [];
  for (const file of [named].flat()) docs.push(...(await foreignDocs(file, folder)));
  return docs;
}

/** Demonstrations that are the same for every row. Those drawn at random are drawn by Python's generator, which is not ours. */
async function fewshotDocs(
  form: LmEvalForm,
  yaml: ForeignYaml,
  folder: string,
): Promise<{ readonly samples: readonly Doc[]; readonly notes: readonly string[] }> {
  const k = form.num_fewshot ?? 0;
  const config = form.fewshot_config;
  const split = config?.split ?? form.fewshot_split ?? null;
  if (k === 0) return { samples: [], notes: [] };
  if (config?.sampler !== "first_n") {
    const told = l10n.t(
      "Its {0} demonstrations are drawn at random by Python's generator, which cannot be done again here: the prompts have none. Give them as demonstrations of the prompt file, or use the sampler first_n.",
      k,
    );
    return { samples: [], notes: [told] };
  }
  const pool = split === null ? (config.samples ?? []) : await splitDocs(split, form, yaml, folder);
  if (pool.length < k) yaml.refuse("num_fewshot", l10n.t("There are only {0} demonstrations.", pool.length));
  return { samples: pool.slice(0, k), notes: [] };
}

function taskOf(form: LmEvalForm, docs: readonly Doc[], samples: readonly Doc[]): LmEvalTask {
  const config = form.fewshot_config;
  const hasChoices = form.output_type === "multiple_choice";
  const query = {
    docToText: form.doc_to_text,
    docToChoice: hasChoices ? (form.doc_to_choice ?? null) : null,
    docToTarget: form.doc_to_target,
  };
  return {
    ...query,
    description: form.description,
    targetDelimiter: form.target_delimiter,
    samples,
    fewshot: {
      docToText: config?.doc_to_text ?? query.docToText,
      docToChoice: hasChoices ? (config?.doc_to_choice ?? query.docToChoice) : null,
      docToTarget: config?.doc_to_target ?? query.docToTarget,
      targetDelimiter: config?.target_delimiter ?? form.target_delimiter,
      delimiter: config?.fewshot_delimiter ?? form.fewshot_delimiter,
    },
    features: new Set(Object.keys(docs[0] ?? {})),
  };
}

function importedVariant(
  form: LmEvalForm,
  task: LmEvalTask,
  docs: readonly Doc[],
  file: string,
): { readonly made: ImportedVariant; readonly notes: readonly string[] } {
  const own = ownMetadata.safeParse(form.metadata);
  const said = own.success ? own.data.gpt_workbench : null;
  const texts = typeof task.docToChoice === "string" || task.docToChoice === null ? null : task.docToChoice;
  const names = said?.labels?.length === texts?.length ? (said?.labels ?? texts) : texts;
  const reader = new LmEvalReader(task);
  const asked = docs.map((doc, i) => {
    try {
      return reader.request(doc);
    } catch (error) {
      throw invalidDataset(
        file,
        0,
        l10n.t("Row {0}: {1}", i + 1, error instanceof Error ? error.message : String(error)),
      );
    }
  });
  const requests = asked.map(({ context, choices, delimiter, target }): ImportedRequest => {
    const text = context.trimEnd();
    const gold = typeof target === "string" ? target : (names?.[target[0] ?? 0] ?? String(target[0]));
    // White space at a context's end counts as the answer's, as the harness has it too.
    return { text, space: context.slice(text.length) + delimiter, choices, gold };
  });
  const labels =
    texts && names && new Set(names).size === names.length && names.length > 1
      ? new Map(names.map((name, i) => [name, texts[i] ?? ""]))
      : null;
  const { rule, others } = ruleOf(form);
  const decoding = task.docToChoice === null ? decodingOf(form) : null;
  const several = asked.filter(({ target }) => typeof target !== "string" && target.length > 1).length;
  return {
    made: {
      name: said?.variant ?? (form.task ?? file).slice(0, 100),
      readable: readableOf(task, labels, names),
      requests,
      labels,
      rule: decoding ? null : (said?.rule ?? rule),
      decoding: decoding?.decoding ?? null,
    },
    notes: [
      ...(decoding?.notes ?? []),
      ...(several > 0 ? [l10n.t("{0} rows have several right answers: the first one is kept.", several)] : []),
      ...(decoding || said ? [] : others.map((metric) => l10n.t('The metric "{0}" is not carried over.', metric))),
    ],
  };
}

/** The task as a prompt, whether or not it gives the same: that is tried. */
function readableOf(
  task: LmEvalTask,
  labels: ImportedVariant["labels"],
  names: readonly string[] | null,
): ReadablePrompt | null {
  const { docToText, description, fewshot, samples, features, targetDelimiter } = task;
  const sameForm = (["docToText", "docToChoice", "docToTarget"] as const).every((key) => fewshot[key] === task[key]);
  if (samples.length > 0 && !sameForm) return null;
  const template = features.has(docToText) ? `{{ ${docToText} }}` : docToText;
  const instruction = description.trimEnd();
  const separator =
    samples.length > 0 ? fewshot.delimiter : description === "" ? "\n\n" : description.slice(instruction.length);
  const demonstrations = samples.map((sample) => demonstration(sample, task, labels && names));
  if (demonstrations.some((one) => one === null)) return null;
  return {
    ...{ instruction, separator },
    template: `${template}${targetDelimiter}{{ answer }}`,
    demonstrations: demonstrations.filter((one) => one !== null),
    choices: labels === null && typeof task.docToChoice === "string" ? task.docToChoice : null,
  };
}

/** A sample with its right answer; null when it has none. */
function demonstration(
  sample: Doc,
  task: LmEvalTask,
  names: readonly string[] | null,
): ReadablePrompt["demonstrations"][number] | null {
  const fields = Object.entries(sample).flatMap(([name, value]) => {
    const field = fieldValue.safeParse(value);
    return field.success ? [[name, field.data] as const] : [];
  });
  try {
    const { target } = new LmEvalReader({ ...task, samples: [] }).request(sample);
    const gold = typeof target === "string" ? target : (names?.[target[0] ?? 0] ?? String(target[0]));
    return { item: Object.fromEntries(fields), gold };
  } catch {
    return null;
  }
}

/** What is neither read nor known to make no difference. */
function leftKeys({ values }: ForeignYaml, form: LmEvalForm): string[] {
  const silent = new Set([...Object.keys(lmEvalForm.shape), "include", ...refusedKeys]);
  if (ownMetadata.safeParse(form.metadata).success) silent.add("filter_list");
  const told = Object.keys(values).filter((key) => !silent.has(key));
  const notes = told.map((key) => l10n.t('The key "{0}" is not carried over.', key));
  if (form.output_type === "loglikelihood")
    notes.push(
      l10n.t("Its answers are judged by whether they are the most probable text; here they are written and compared."),
    );
  return notes;
}
