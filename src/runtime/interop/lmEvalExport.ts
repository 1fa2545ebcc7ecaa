/**
 * Prompt files as tasks of lm-evaluation-harness 0.4.13: one task for each variant, one data file for all, and a group where there are
 * several. A task says its template and its demonstrations where that gives the same text for every input; else each row has its prompt
 * in full. Pure.
 */
import * as l10n from "@vscode/l10n";
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

/** A column beside those of the fields. */
interface Columns {
  /** The prompt in full, where the task cannot say it; null where it can. */
  readonly prompt: string | null;
  readonly target: string;
  /** The choices, where the texts of a row differ from its field. */
  readonly choices: string | null;
}

/** Writes the tasks. */
export function lmEvalFiles(exported: ExportedPrompts): MadeFiles {
  const { variants, items } = exported;
  const name = slug(exported.name);
  const rows = items.map((item): Record<string, unknown> => itemFields(item, variants));
  const readable = variants.map((one) => readableTask(one, rows, items));
  const columns = addColumns(exported, rows, readable);
  const data = `${name}.jsonl`;
  const taken = new Set<string>([name]);
  const tasks = variants.map((one, i) => {
    const task = variants.length === 1 ? name : freeName(`${name}_${slug(one.variant.name)}`, taken);
    const own = columns[i];
    if (!own) throw new RangeError("every variant has its columns");
    const yaml = taskYaml(exported, one, { task, data, columns: own, readable: readable[i] ?? null });
    return { task, yaml };
  });
  const group = { group: name, task: tasks.map(({ task }) => task), metadata: { version: 1 } };
  const files = tasks.map(({ task, yaml }) => ({ path: `${task}.yaml`, text: yaml }));
  const groups = tasks.length === 1 ? [] : [{ path: `${name}.yaml`, text: writeYaml([runLine(name)], group) }];
  const lines = rows.map((row) => JSON.stringify(row));
  return {
    files: [...groups, ...files, { path: data, text: `${lines.join("\n")}\n` }],
    notes: [...exported.notes, ...variants.flatMap(({ variant }) => ruleNotes(variant))],
  };
}

function itemFields(item: Item, variants: readonly ExportedVariant[]): Record<string, string | string[]> {
  const shown: Record<string, string | string[]> = {};
  for (const { variant } of variants) {
    const fields = [...inputFields(variant.template), variant.answer, ...(variant.choices === null ? [] : [variant.choices])];
    Object.assign(shown, shownFields(item, fields, variant.choices));
  }
  return shown;
}

/** Adds to each row what the tasks ask for, and says how it is called. */
function addColumns(
  { variants }: ExportedPrompts,
  rows: readonly Record<string, unknown>[],
  readable: readonly (LmEvalTask | null)[],
): Columns[] {
  const taken = new Set(rows.flatMap((row) => Object.keys(row)));
  const put = (name: string, values: readonly unknown[]) => {
    for (const [i, row] of rows.entries()) row[name] = values[i];
  };
  const prompts = variants.map(({ prompts }, i) => (readable[i] ? [] : prompts.map(({ text }) => text)));
  const targets = variants.map(({ prompts, variant }) =>
    prompts.map(({ target, gold }) => target ?? (variant.answer ? gold.trim() : gold)),
  );
  const promptNames = columnNames(prompts, "prompt", taken);
  const targetNames = columnNames(targets, "target", taken);
  return variants.map(({ variant, prompts: all }, i) => {
    const [prompt, target] = [promptNames[i] ?? "", targetNames[i] ?? ""];
    if (!readable[i]) put(prompt, prompts[i] ?? []);
    put(target, targets[i] ?? []);
    const own = variant.choices !== null || sameSpace(all) === null;
    const lists = all.map(({ choices, space }) => choices?.map((choice) => (sameSpace(all) === null ? space : "") + choice));
    const isField = variant.choices !== null && lists.every((list, at) => same(list, rows[at]?.[variant.choices ?? ""]));
    const choices = !own || !all[0]?.choices ? null : isField ? variant.choices : freeName("choices", taken);
    if (choices !== null && !isField) put(choices, lists);
    return { prompt: readable[i] ? null : prompt, target, choices };
  });
}

/** The white space in front of the answers, where it is the same for all. */
function sameSpace(prompts: ExportedVariant["prompts"]): string | null {
  const space = prompts[0]?.space ?? "";
  return prompts.every((prompt) => prompt.space === space) ? space : null;
}

/** The task as one would write it by hand; null where that does not give the same text for every row. */
function readableTask({ variant, pool, prompts }: ExportedVariant, rows: readonly Doc[], items: readonly Item[]): LmEvalTask | null {
  const parts = plainParts(variant.template);
  const space = sameSpace(prompts);
  const drawn = prompts[0]?.demonstrations ?? [];
  if (!parts || space === null || !prompts.every(({ demonstrations }) => same(demonstrations, drawn))) return null;
  const docToText = plainTemplate(parts);
  const instruction = variant.instruction.trimEnd();
  const delimiter = textBehind(variant.template).trimEnd() + variant.separator;
  if (docToText === "" || !isLiteral(instruction) || hasTimes(rows)) return null;
  const labels = variant.labels ? [...variant.labels.values()].map(([word = ""]) => word) : null;
  const docToChoice = labels ?? variant.choices;
  const docToTarget = labels ? "target" : variant.answer;
  const samples = drawn.map((index) => sampleOf(pool[index] ?? {}, variant));
  const form = { docToText, docToChoice, docToTarget };
  const features = new Set([...rows.flatMap((row) => Object.keys(row)), "target"]);
  const task: LmEvalTask = {
    ...form,
    description: instruction === "" ? "" : instruction + variant.separator,
    targetDelimiter: space,
    samples,
    fewshot: { ...form, targetDelimiter: space, delimiter },
    features,
  };
  // What names a column is no template to them.
  if (features.has(docToText) || features.has(task.description)) return null;
  return givesPrompts(task, rows, prompts, items) ? task : null;
}

function sampleOf(item: Item, variant: ResolvedVariant): Doc {
  const fields = [...inputFields(variant.template), variant.answer, ...(variant.choices === null ? [] : [variant.choices])];
  const shown = shownFields(item, fields, variant.choices);
  const gold = String(shown[variant.answer] ?? "");
  const names = labelNames(variant);
  if (names) return { ...shown, target: names.indexOf(gold) };
  if (variant.choices === null) return shown;
  const choices = shown[variant.choices];
  const number = /^\d+$/.test(gold) ? Number(gold) : Array.isArray(choices) ? choices.indexOf(gold) : -1;
  return { ...shown, [variant.answer]: number };
}

/** Whether the harness would ask, for every row, what we ask. */
function givesPrompts(task: LmEvalTask, rows: readonly Doc[], prompts: ExportedVariant["prompts"], items: readonly Item[]): boolean {
  try {
    const reader = new LmEvalReader(task);
    return items.every((_, i) => {
      const [row, prompt] = [rows[i], prompts[i]];
      if (!row || !prompt) return false;
      const asked = reader.request({ ...row, target: prompt.target ?? prompt.gold, ...numberOfChoice(task, prompt.target) });
      return asked.context === prompt.text && same(asked.choices, prompt.choices);
    });
  } catch {
    // A name or a value that only we can show: then the prompts are written out.
    return false;
  }
}

/** The right answer of a choice among a row's own texts is its number. */
function numberOfChoice({ docToTarget, docToChoice }: LmEvalTask, target: number | null): Doc {
  return target !== null && typeof docToChoice === "string" ? { [String(docToTarget)]: target } : {};
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
  readonly columns: Columns;
  readonly readable: LmEvalTask | null;
}

function taskYaml(exported: ExportedPrompts, { variant, prompts }: ExportedVariant, names: TaskNames): string {
  const { task, data, columns, readable } = names;
  const chooses = prompts[0]?.choices !== null;
  const labels = variant.labels && columns.choices === null ? [...variant.labels.values()].map(([word = ""]) => word) : null;
  const metric = ruleMetrics[variant.scoring.rule];
  const k = readable?.samples.length ?? 0;
  return writeYaml(comments(exported, variant, names), {
    task,
    dataset_path: "json",
    dataset_kwargs: { data_files: { test: data } },
    test_split: "test",
    output_type: chooses ? "multiple_choice" : "generate_until",
    description: readable && readable.description !== "" ? readable.description : undefined,
    doc_to_text: readable?.docToText ?? columns.prompt ?? "",
    doc_to_choice: chooses ? (labels ?? columns.choices ?? undefined) : undefined,
    doc_to_target: columns.target,
    target_delimiter: sameSpace(prompts) ?? "",
    fewshot_delimiter: readable && k > 0 ? readable.fewshot.delimiter : undefined,
    num_fewshot: k,
    fewshot_config: readable && k > 0 ? { sampler: "first_n", samples: writtenSamples(readable, columns) } : undefined,
    ...(chooses ? {} : generation(variant)),
    metric_list: metrics(chooses, metric),
    metadata: { version: 1, gpt_workbench: metadata(exported, variant) },
  });
}

/** The samples under the names of the columns. */
function writtenSamples({ samples, fewshot }: LmEvalTask, { target, choices }: Columns): Written[] {
  return samples.map((sample) => {
    const { target: number, ...fields } = sample;
    const right = number ?? sample[String(fewshot.docToTarget)];
    const list = typeof fewshot.docToChoice === "string" ? { [choices ?? ""]: sample[fewshot.docToChoice] } : {};
    // Read back from JSON: what a row may hold is what YAML may hold.
    const written: { readonly [key: string]: Written } = JSON.parse(JSON.stringify({ ...fields, ...list, [target]: right }));
    return written;
  });
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
  ];
}

function runLine(task: string): string {
  return `Run it in this folder: lm_eval --model hf --model_args pretrained=MODEL --include_path . --tasks ${task}`;
}

function ruleNotes(variant: ResolvedVariant): string[] {
  const { name, labels, choices, scoring, decoding } = variant;
  if (!labels && choices === null) {
    if (decoding.temperature === 0) return [];
    return [l10n.t('"{0}": sampled texts differ there: the seed means other numbers.', name)];
  }
  const metric = ruleMetrics[scoring.rule];
  if (metric !== null) return [l10n.t('"{0}": its accuracy by the rule "{1}" is "{2}" there.', name, scoring.rule, metric)];
  return [l10n.t('"{0}": there is no equivalent of the rule "{1}"; "acc" is that of "sum".', name, scoring.rule)];
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
