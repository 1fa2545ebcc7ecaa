/**
 * Prompt files as tasks of lm-evaluation-harness 0.4.13: one task for each variant, one data file for all, and a group where there are
 * several. A task says its template and its demonstrations where that gives the same text for every input; else each row has its prompt
 * in full. Pure.
 */
import * as l10n from "@vscode/l10n";
import { goldOf, possibleAnswers } from "../prompt/answers";
import { inputFields } from "../prompt/loadPrompt";
import type { Item, ResolvedVariant, ScoringRule } from "../prompt/promptFile";
import { type ExportedPrompts, type ExportedVariant, labelNames, shownFields } from "./exportedPrompts";
import { type Doc, LmEvalReader, type LmEvalTask } from "./lmEvalTask";
import { columnNames, freeName, slug } from "./names";
import { isLiteral, plainParts, plainTemplate, textBehind } from "./plainTemplate";
import type { MadeFile } from "./writeWhole";
import { type Written, writeYaml } from "./yamlWriter";

/** The harness's metric for each rule; those without one are null. */
export const ruleMetrics: { readonly [R in ScoringRule]: string | null } = {
  sum: "acc",
  perToken: null,
  perCharacter: "acc_norm",
  perByte: "acc_bytes",
  pmi: "acc_mutual_info",
  pmiAnswer: null,
};

/** Files, and what differs there. */
export interface MadeFiles {
  readonly files: readonly MadeFile[];
  readonly notes: readonly string[];
}

/** What a task asks with: names of columns, or what it says itself. */
interface Asked {
  readonly target: string;
  /** A column, or the texts; null for free answers. */
  readonly choices: string | readonly string[] | null;
  /** The white space in front of every answer; "" where the choices have it. */
  readonly delimiter: string;
}

/** Writes the tasks. */
export function lmEvalFiles(exported: ExportedPrompts): MadeFiles {
  const { variants, items } = exported;
  const name = slug(exported.name);
  const rows = items.map((item): Record<string, unknown> => itemFields(item, variants));
  const taken = new Set(rows.flatMap((row) => Object.keys(row)));
  const asked = addAnswers(variants, rows, taken);
  const readable = variants.map((one, i) => readableTask(one, rows, asked[i]));
  const texts = variants.map(({ prompts }, i) => (readable[i] ? null : prompts.map(({ text }) => text)));
  const columns = addColumns(rows, texts, "prompt", taken);
  const data = `${name}.jsonl`;
  const names = new Set<string>([name]);
  const files = variants.map((one, i) => {
    const task = variants.length === 1 ? name : freeName(`${name}_${slug(one.variant.name)}`, names);
    const [own, readably] = [asked[i], readable[i] ?? null];
    const text = own
      ? taskYaml(exported, one, { task, data, asked: own, prompt: columns[i] ?? "", readable: readably })
      : "";
    return { path: `${task}.yaml`, text };
  });
  const tasks = files.map(({ path }) => path.replace(/\.yaml$/, ""));
  const group = writeYaml([runLine(name)], { group: name, task: tasks, metadata: { version: 1 } });
  const lines = rows.map((row) => `${JSON.stringify(row)}\n`);
  return {
    files: [
      ...(tasks.length === 1 ? [] : [{ path: `${name}.yaml`, text: group }]),
      ...files,
      { path: data, text: lines.join("") },
    ],
    notes: [...exported.notes, ...variants.flatMap(({ variant }) => ruleNotes(variant))],
  };
}

function itemFields(item: Item, variants: readonly ExportedVariant[]): Record<string, string | string[]> {
  return Object.assign({}, ...variants.map(({ variant }) => shownFields(item, fieldsOf(variant), variant.choices)));
}

function fieldsOf({ template, answer, choices }: ResolvedVariant): readonly string[] {
  return [...inputFields(template), answer, ...(choices === null ? [] : [choices])];
}

/** Adds the right answers, and the choices where no field has them as they are asked for. */
function addAnswers(
  variants: readonly ExportedVariant[],
  rows: readonly Record<string, unknown>[],
  taken: Set<string>,
): Asked[] {
  const spaces = variants.map(({ prompts }) => sameSpace(prompts));
  const lists = variants.map(({ prompts, variant }, i) => {
    if (!prompts[0]?.choices || (variant.labels && spaces[i] !== null)) return null;
    const own = prompts.map(({ choices, space }) => choices?.map((text) => (spaces[i] === null ? space + text : text)));
    return own.every((list, at) => same(list, rows[at]?.[variant.choices ?? ""])) ? null : own;
  });
  const choices = addColumns(rows, lists, "choices", taken);
  const right = variants.map(({ prompts }) => prompts.map(({ target, gold }) => target ?? gold.trim()));
  const targets = addColumns(rows, right, "target", taken);
  return variants.map(({ variant, prompts }, i) => ({
    target: targets[i] ?? "",
    choices: !prompts[0]?.choices ? null : lists[i] ? (choices[i] ?? "") : (labelWords(variant) ?? variant.choices),
    delimiter: spaces[i] ?? (prompts[0]?.choices ? "" : " "),
  }));
}

/** Adds columns of values to the rows, equal ones once; none for null. Gives their names. */
function addColumns(
  rows: readonly Record<string, unknown>[],
  columns: readonly (readonly unknown[] | null)[],
  wanted: string,
  taken: Set<string>,
): (string | null)[] {
  const there = columns.filter((column) => column !== null);
  const names = columnNames(there, wanted, taken);
  for (const [i, column] of there.entries())
    for (const [at, row] of rows.entries()) row[names[i] ?? wanted] = column[at];
  const given = names.values();
  return columns.map((column) => (column === null ? null : (given.next().value ?? null)));
}

/** The white space in front of the answers, where it is the same for all; else null. */
function sameSpace(prompts: ExportedVariant["prompts"]): string | null {
  const space = prompts[0]?.space ?? "";
  return prompts.every((prompt) => prompt.space === space) ? space : null;
}

function labelWords({ labels }: ResolvedVariant): readonly string[] | null {
  return labels ? [...labels.values()].map(([word = ""]) => word) : null;
}

/** The task as one would write it by hand; null where that does not give the same text for every row. */
function readableTask(
  { variant, pool, prompts }: ExportedVariant,
  rows: readonly Doc[],
  asked: Asked | undefined,
): LmEvalTask | null {
  const parts = plainParts(variant.template);
  const drawn = prompts[0]?.demonstrations ?? [];
  if (!asked || !parts || !prompts.every(({ demonstrations }) => same(demonstrations, drawn))) return null;
  const instruction = variant.instruction.trimEnd();
  if (!isLiteral(instruction) || hasTimes(rows)) return null;
  const form = { docToText: plainTemplate(parts), docToChoice: asked.choices, docToTarget: asked.target };
  const delimiter = textBehind(variant.template).trimEnd() + variant.separator;
  const task: LmEvalTask = {
    ...form,
    description: instruction === "" ? "" : instruction + variant.separator,
    targetDelimiter: asked.delimiter,
    samples: drawn.map((index) => sampleOf(pool[index] ?? {}, variant, asked)),
    fewshot: { ...form, targetDelimiter: asked.delimiter, delimiter },
    features: new Set(rows.flatMap((row) => Object.keys(row))),
  };
  const isColumn = task.features.has(form.docToText) || task.features.has(task.description);
  return !isColumn && form.docToText !== "" && givesPrompts(task, rows, prompts) ? task : null;
}

function sampleOf(item: Item, variant: ResolvedVariant, { target }: Asked): Doc {
  const gold = goldOf(item, variant) ?? "";
  const number = possibleAnswers(item, variant)?.indexOf(gold);
  return { ...shownFields(item, fieldsOf(variant), variant.choices), [target]: number ?? gold };
}

/** Whether the harness would ask, for every row, what we ask. */
function givesPrompts(task: LmEvalTask, rows: readonly Doc[], prompts: ExportedVariant["prompts"]): boolean {
  try {
    const reader = new LmEvalReader(task);
    return prompts.every(({ text, choices }, i) => {
      const asked = reader.request(rows[i] ?? {});
      return asked.context === text && same(asked.choices, choices);
    });
  } catch {
    // A name or a value that only we can show: then the prompts are written out.
    return false;
  }
}

/** Whether a column looks like points in time throughout: the data are read by Arrow, which would make such of it. */
function hasTimes(rows: readonly Doc[]): boolean {
  const time = /^\d{4}-\d\d-\d\d([ T]\d\d(:?\d\d(:?\d\d)?)?Z?)?$/;
  const names = Object.keys(rows[0] ?? {});
  return names.some((name) => rows.every((row) => time.test(String(row[name]))));
}

interface TaskNames {
  readonly task: string;
  readonly data: string;
  readonly asked: Asked;
  /** The column with the prompts in full, where the task is not readable. */
  readonly prompt: string;
  readonly readable: LmEvalTask | null;
}

function taskYaml(exported: ExportedPrompts, { variant }: ExportedVariant, names: TaskNames): string {
  const { task, data, asked, prompt, readable } = names;
  const chooses = asked.choices !== null;
  const samples = readable?.samples ?? [];
  return writeYaml(comments(exported, variant, names), {
    task,
    dataset_path: "json",
    dataset_kwargs: { data_files: { test: data } },
    test_split: "test",
    output_type: chooses ? "multiple_choice" : "generate_until",
    description: readable && readable.description !== "" ? readable.description : undefined,
    doc_to_text: readable?.docToText ?? prompt,
    doc_to_choice: asked.choices ?? undefined,
    doc_to_target: asked.target,
    target_delimiter: asked.delimiter,
    fewshot_delimiter: samples.length > 0 ? readable?.fewshot.delimiter : undefined,
    num_fewshot: samples.length,
    fewshot_config: samples.length > 0 ? { sampler: "first_n", samples: samples.map(written) } : undefined,
    ...(chooses ? {} : generation(variant)),
    metric_list: metrics(chooses, ruleMetrics[variant.scoring.rule]),
    metadata: { version: 1, gpt_workbench: metadata(exported, variant) },
  });
}

/** What a row may hold, YAML may hold. */
function written(sample: Doc): Written {
  const value: Written = JSON.parse(JSON.stringify(sample));
  return value;
}

function metrics(chooses: boolean, metric: string | null): Written {
  if (!chooses) return [{ metric: "exact_match", aggregation: "mean", higher_is_better: true }];
  const names = [...new Set(["acc", "acc_norm", ...(metric === null ? [] : [metric])])];
  return names.map((name) => ({ metric: name, aggregation: "mean", higher_is_better: true }));
}

/** How free answers are written, in the words of Hugging Face's `generate`, and the white space around them taken off. */
function generation({ decoding }: ResolvedVariant): { readonly [key: string]: Written | undefined } {
  const { maxNewTokens, temperature, topK, topP, stop, numBeams, lengthPenalty } = decoding;
  const samples = temperature > 0;
  return {
    generation_kwargs: {
      until: stop,
      max_gen_toks: maxNewTokens,
      do_sample: samples,
      temperature,
      top_k: samples && topK > 0 ? topK : undefined,
      top_p: samples && topP < 1 ? topP : undefined,
      num_beams: numBeams > 1 ? numBeams : undefined,
      length_penalty: numBeams > 1 ? lengthPenalty : undefined,
    },
    filter_list: [
      {
        name: "trimmed",
        filter: [{ function: "regex", regex_pattern: "^\\s*([\\s\\S]*?)\\s*$" }, { function: "take_first" }],
      },
    ],
  };
}

/** What the harness does not look at, and an import needs: names. */
function metadata({ loaded }: ExportedPrompts, variant: ResolvedVariant): Written {
  const labels = labelNames(variant);
  return {
    task: loaded.file.task,
    variant: variant.name,
    ...(variant.labels || variant.choices !== null ? { rule: variant.scoring.rule } : {}),
    ...(labels ? { labels } : {}),
  };
}

function comments({ name }: ExportedPrompts, variant: ResolvedVariant, { task, readable }: TaskNames): string[] {
  const drawn = variant.demonstrations;
  const k = drawn?.k ?? 0;
  const chooses = variant.labels !== null || variant.choices !== null;
  const metric = ruleMetrics[variant.scoring.rule];
  return [
    `Written by GPT Workbench from ${name}.prompt.yaml, variant "${variant.name}", for lm-evaluation-harness 0.4.13.`,
    runLine(task),
    ...(readable || !drawn
      ? []
      : [
          `Each row has its prompt in full: ${k} demonstrations, sampler ${drawn.sampler}, seed ${drawn.seed}` +
            `${drawn.fresh ? ", drawn anew for each row" : ""}.`,
        ]),
    ...ruleNotes(variant),
    ...(metric === null || !chooses ? [] : [`The rule "${variant.scoring.rule}" is the metric "${metric}".`]),
  ];
}

function runLine(task: string): string {
  return `Run it in this folder: lm_eval --model hf --model_args pretrained=MODEL --include_path . --tasks ${task}`;
}

/** What has no equivalent there. */
function ruleNotes({ name, labels, choices, scoring, decoding }: ResolvedVariant): string[] {
  if (!labels && choices === null)
    return decoding.temperature > 0
      ? [l10n.t('"{0}": the seed of sampled texts means other numbers there.', name)]
      : [];
  if (ruleMetrics[scoring.rule] !== null) return [];
  return [l10n.t('"{0}": there is no equivalent of the rule "{1}"; "acc" is that of "sum".', name, scoring.rule)];
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
