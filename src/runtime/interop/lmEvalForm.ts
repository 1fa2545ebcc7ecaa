/** What a task or a group of lm-evaluation-harness may say, of what is read. Pure. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { type Decoding, type ScoringRule, scoringRules, taskNames } from "../prompt/promptFile";

const name = z.string().min(1).max(1000);
const template = z.string().max(200_000);
const files = z.union([name, z.array(name).min(1).max(1000)]);
const choices = z
  .union([
    template,
    z
      .array(z.union([z.string(), z.number()]).transform(String))
      .min(1)
      .max(100),
    z.record(z.string(), z.string()),
  ])
  .transform((value) => (typeof value === "object" && !Array.isArray(value) ? Object.values(value) : value));
const target = z.union([template, z.int()]);

/** The keys of a task that are read. Others are told of. */
export const lmEvalForm = z.object({
  task: name.optional(),
  dataset_path: name,
  dataset_name: z.unknown().optional(),
  dataset_kwargs: z
    .object({ data_files: z.union([files, z.record(z.string(), files)]), data_dir: z.never().optional() })
    .loose(),
  training_split: name.nullish(),
  validation_split: name.nullish(),
  test_split: name.nullish(),
  output_type: z.enum(["multiple_choice", "generate_until", "loglikelihood"]).default("generate_until"),
  description: template.default(""),
  doc_to_text: template,
  doc_to_choice: choices.nullish(),
  doc_to_target: target,
  target_delimiter: z.string().max(1000).default(" "),
  fewshot_delimiter: z.string().max(1000).default("\n\n"),
  num_fewshot: z.int().min(0).max(1000).nullish(),
  fewshot_split: name.nullish(),
  fewshot_config: z
    .object({
      sampler: z.string().default("default"),
      samples: z.array(z.record(z.string(), z.unknown())).max(1000).nullish(),
      split: name.nullish(),
      doc_to_text: template.nullish(),
      doc_to_choice: choices.nullish(),
      doc_to_target: target.nullish(),
      fewshot_delimiter: z.string().max(1000).nullish(),
      target_delimiter: z.string().max(1000).nullish(),
    })
    .loose()
    .nullish(),
  generation_kwargs: z.record(z.string(), z.unknown()).nullish(),
  metric_list: z.array(z.object({ metric: z.string() }).loose()).nullish(),
  metadata: z.unknown().optional(),
});

/** A task, read. */
export type LmEvalForm = z.output<typeof lmEvalForm>;

/** A group, read. */
export const lmEvalGroup = z.object({ group: name, task: z.union([name, z.array(name).min(1).max(200)]) }).loose();

/** What our own tasks say beside theirs. */
export const ownMetadata = z.object({
  gpt_workbench: z.object({
    task: z.enum(taskNames),
    variant: z.string().min(1).max(100),
    rule: z.enum(scoringRules).optional(),
    labels: z.array(z.string().min(1).max(100)).min(2).max(100).optional(),
  }),
});

/** Keys that change what is asked or how it is judged in ways that are not read here. */
export const refusedKeys = [
  "use_prompt",
  "gen_prefix",
  "doc_to_image",
  "doc_to_audio",
  "process_docs",
  "process_results",
  "custom_dataset",
] as const;

const metricRules: Readonly<Record<string, ScoringRule>> = {
  acc: "sum",
  acc_norm: "perCharacter",
  acc_bytes: "perByte",
  acc_mutual_info: "pmi",
};

/** The rule of a task's first metric that is one, and the metrics that are left out. */
export function ruleOf({ metric_list }: LmEvalForm): {
  readonly rule: ScoringRule;
  readonly others: readonly string[];
} {
  const names = metric_list?.map(({ metric }) => metric) ?? ["acc"];
  const known = names.find((metric) => Object.hasOwn(metricRules, metric)) ?? "acc";
  return { rule: metricRules[known] ?? "sum", others: names.filter((metric) => metric !== known) };
}

const numbers: Readonly<Record<string, keyof Decoding>> = {
  max_gen_toks: "maxNewTokens",
  max_new_tokens: "maxNewTokens",
  temperature: "temperature",
  top_k: "topK",
  top_p: "topP",
  num_beams: "numBeams",
  length_penalty: "lengthPenalty",
};

/** How free answers are written, and what cannot be said of it; sentences. */
export function decodingOf(form: LmEvalForm): {
  readonly decoding: Partial<Decoding>;
  readonly notes: readonly string[];
} {
  const given = form.generation_kwargs ?? {};
  const decoding: Record<string, number | string[]> = { maxNewTokens: 256, stop: [form.fewshot_delimiter] };
  const notes: string[] = [];
  for (const [key, value] of Object.entries(given)) {
    const known = Object.hasOwn(numbers, key) ? numbers[key] : undefined;
    const until =
      key === "until" ? z.union([z.string().min(1), z.array(z.string().min(1)).max(16)]).safeParse(value) : null;
    if (known && typeof value === "number") decoding[known] = value;
    else if (until?.success) decoding.stop = [until.data].flat();
    else if (key !== "do_sample") notes.push(l10n.t('"generation_kwargs.{0}" is not known here.', key));
  }
  if (given.do_sample !== true) decoding.temperature = 0;
  else decoding.temperature ??= 1;
  if (decoding.temperature === 0) {
    delete decoding.topK;
    delete decoding.topP;
  }
  return { decoding, notes };
}
