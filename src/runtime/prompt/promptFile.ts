/**
 * Prompt files `*.prompt.yaml`: what may be in them. Pure: reads no file, knows no model, so that the editor checks them
 * without the runtime process.
 */
import * as z from "zod";

/** The kinds of task that the GPT papers prompt for. */
export const taskNames = [
  "translation",
  "questionAnswering",
  "readingComprehension",
  "summarization",
  "classification",
  "entailment",
  "similarity",
  "multipleChoice",
  "completion",
  "arithmetic",
] as const;

/** What a prompt file is for. */
export type TaskName = (typeof taskNames)[number];

/**
 * How candidates are compared, by the log-probability of their tokens: its sum, per token (GPT-3 §2.4), per character or UTF-8 byte of the
 * answer without its leading white space (lm-evaluation-harness' acc_norm and acc_bytes), less that after nothing (`pmi`) or after the
 * answer context alone (`pmiAnswer`; GPT-3 §2.4).
 */
export const scoringRules = ["sum", "perToken", "perCharacter", "perByte", "pmi", "pmiAnswer"] as const;

/** One of them. */
export type ScoringRule = (typeof scoringRules)[number];

/** Contextual: Zhao et al. 2021, by content-free inputs. Batch: Zhou et al. 2023, by the mean over the inputs of the run. */
export const calibrations = ["none", "contextual", "batch"] as const;

/** One of them. */
export type Calibration = (typeof calibrations)[number];

/** How demonstrations are drawn; `nearest` by the cosine of the model's own mean last hidden state. */
export const samplers = ["random", "balanced", "nearest", "fixed"] as const;

/** One of them. */
export type Sampler = (typeof samplers)[number];

/** A field's value: text, a number, or a list of texts (the choices). */
export const fieldValue = z.union([
  z.string().max(200_000),
  z.number(),
  z.boolean(),
  z.array(z.string().max(20_000)).max(100),
]);

/** A field's value. */
export type FieldValue = z.output<typeof fieldValue>;

const name = z.string().min(1).max(100);

/** One input: its fields by name. */
export const item = z.record(name, fieldValue);

/** One input: its fields by name. */
export type Item = z.output<typeof item>;

/** A data set: a file beside the prompt file, and which of its columns are which fields. */
export const dataSource = z.strictObject({
  /** Path relative to the prompt file, below the workspace: `.jsonl`, `.csv` or `.tsv`. */
  file: z.string().min(1).max(1000),
  /** Field → column; fields that are not named keep their column's name. */
  columns: z.record(name, name).exactOptional(),
  /** Rows to take, from the first one. */
  limit: z.int().min(1).max(1_000_000).exactOptional(),
});

/** A data set. */
export type DataSource = z.output<typeof dataSource>;

/** Inline items, or a data set. */
export const source = z.union([z.array(item).min(1).max(10_000), dataSource]);

const words = z.union([z.string().min(1).max(200), z.array(z.string().min(1).max(200)).min(1).max(50)]);

/** Label → its label words. */
export const labels = z
  .record(name, words)
  .refine((all) => Object.keys(all).length >= 2, { error: "needs two labels or more" });

/** Where demonstrations come from and how many are taken. What is absent is the file's or `demonstrationDefaults`. */
export const demonstrations = z.strictObject({
  from: source.exactOptional(),
  /** How many; 0 is zero-shot. */
  k: z.int().min(0).max(1000).exactOptional(),
  sampler: z.enum(samplers).exactOptional(),
  seed: z.int().min(0).max(0xffffffff).exactOptional(),
  /** Drawn anew for each input, as GPT-3 did (§2.4), or once for all. */
  fresh: z.boolean().exactOptional(),
});

/** What a file that has demonstrations and says no more means. */
export const demonstrationDefaults = { k: 4, sampler: "random", seed: 0, fresh: true } as const satisfies z.output<
  typeof demonstrations
>;

/** How an answer is chosen among candidates. What is absent is the file's or `scoringDefaults`. */
export const scoring = z.strictObject({
  rule: z.enum(scoringRules).exactOptional(),
  calibration: z.enum(calibrations).exactOptional(),
  /** What stands for the input in contextual calibration. */
  contentFree: z.array(z.string().max(1000)).min(1).max(20).exactOptional(),
  /** The context of `pmiAnswer`. */
  answerContext: z.string().min(1).max(1000).exactOptional(),
});

/** How answers are compared when a file says nothing of it: GPT-3's rule, Zhao's content-free inputs. */
export const scoringDefaults: Scoring = {
  rule: "perToken",
  calibration: "none",
  contentFree: ["N/A", "", "[MASK]"],
  answerContext: "Answer:",
};

/** How a free answer is written. Names are Hugging Face's. What is absent is the file's or `decodingDefaults`. */
export const decoding = z.strictObject({
  maxNewTokens: z.int().min(1).max(100_000).exactOptional(),
  temperature: z.number().min(0).max(100).exactOptional(),
  topK: z.int().min(0).exactOptional(),
  topP: z.number().gt(0).max(1).exactOptional(),
  seed: z.int().min(0).max(0xffffffff).exactOptional(),
  stop: z.array(z.string().min(1)).max(16).exactOptional(),
  /** Width of beam search; 1 is none. GPT-3 used 4 with a length penalty of 0.6. */
  numBeams: z.int().min(1).max(64).exactOptional(),
  lengthPenalty: z.number().min(0).max(10).exactOptional(),
});

/** Greedy, to the end of the line. */
export const decodingDefaults: Decoding = {
  maxNewTokens: 32,
  temperature: 0,
  topK: 0,
  topP: 1,
  seed: 0,
  stop: ["\n"],
  numBeams: 1,
  lengthPenalty: 0.6,
};

const template = z.string().min(1).max(200_000);

/** One of several prompts for the task. What it leaves out is the file's. */
export const variant = z.strictObject({
  name,
  /** Stands before everything else. */
  instruction: z.string().max(200_000).exactOptional(),
  /**
   * One example, with `{{ answer }}` where the answer stands, once. A demonstration is the whole of it; the query ends before the white
   * space in front of the answer, which belongs to the answer.
   */
  template: template,
  /** Stands between instruction, demonstrations and query. */
  separator: z.string().max(1000).exactOptional(),
  labels: labels.exactOptional(),
  demonstrations: demonstrations.exactOptional(),
  scoring: scoring.exactOptional(),
  decoding: decoding.exactOptional(),
});

/** A whole prompt file. */
export const promptFile = z.strictObject({
  task: z.enum(taskNames),
  description: z.string().max(10_000).exactOptional(),
  /** A model folder, relative to this file, or a name in the model store; the settings' model when absent. */
  model: z.string().min(1).exactOptional(),
  instruction: z.string().max(200_000).exactOptional(),
  separator: z.string().max(1000).exactOptional(),
  variants: z.array(variant).min(1).max(200),
  /** What the prompts are tried on. */
  input: source.exactOptional(),
  /** Makes it a choice among labels. */
  labels: labels.exactOptional(),
  /** Makes it a choice among the texts of this field, which is a list. */
  choices: name.exactOptional(),
  /** The field with the right answer: a label, the number of a choice from 0, or a text. `label` or, for texts, `answer` when absent. */
  answer: name.exactOptional(),
  demonstrations: demonstrations.exactOptional(),
  scoring: scoring.exactOptional(),
  decoding: decoding.exactOptional(),
});

/** A whole prompt file, as it is written. */
export type PromptFile = z.output<typeof promptFile>;

/** One of the prompts, as the file says it. */
export type PromptVariant = PromptFile["variants"][number];

/** Where demonstrations come from, said in full. */
export type DemonstrationSource = Required<Defined<typeof demonstrations>>;
/** How an answer is chosen among candidates, said in full. */
export type Scoring = Required<Defined<typeof scoring>>;
/** How a free answer is written, said in full. */
export type Decoding = Required<Defined<typeof decoding>>;
type Defined<S extends z.ZodType> = { [K in keyof z.output<S>]: Exclude<z.output<S>[K], undefined> };

/** A variant with everything that the file says for all. */
export interface ResolvedVariant {
  readonly name: string;
  readonly instruction: string;
  readonly template: string;
  readonly separator: string;
  /** Label → label words, all as lists; null for other kinds of answer. */
  readonly labels: ReadonlyMap<string, readonly string[]> | null;
  /** The field with the choices; null for other kinds of answer. */
  readonly choices: string | null;
  /** The field with the right answer. */
  readonly answer: string;
  /** Null for none. */
  readonly demonstrations: DemonstrationSource | null;
  readonly scoring: Scoring;
  readonly decoding: Decoding;
}

/** The variant with all that it leaves to the file. */
export function resolveVariant(file: PromptFile, own: PromptVariant): ResolvedVariant {
  const said = own.labels ?? file.labels;
  const asList = (value: string | string[]) => (typeof value === "string" ? [value] : value);
  const choices = said ? null : (file.choices ?? null);
  const { from, ...drawn } = { ...demonstrationDefaults, ...file.demonstrations, ...own.demonstrations };
  return {
    name: own.name,
    instruction: own.instruction ?? file.instruction ?? "",
    template: own.template,
    separator: own.separator ?? file.separator ?? "\n\n",
    labels: said ? new Map(Object.entries(said).map(([label, value]) => [label, asList(value)])) : null,
    choices,
    answer: file.answer ?? (said || choices !== null ? "label" : "answer"),
    demonstrations: from === undefined ? null : { from, ...drawn },
    scoring: { ...scoringDefaults, ...file.scoring, ...own.scoring },
    decoding: { ...decodingDefaults, ...file.decoding, ...own.decoding },
  };
}
