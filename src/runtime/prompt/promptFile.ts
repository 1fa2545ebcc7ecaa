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

const taskTexts = [
  "From one language into another.",
  "A question, answered from what the model knows.",
  "A question about a passage.",
  "A text in a few words; GPT-2 was prompted with `TL;DR:`.",
  "A text into one of several labels.",
  "Whether one sentence follows from another.",
  "Whether two sentences mean the same.",
  "One of several answers that come with the question.",
  "The last word or sentence of a text, as in LAMBADA.",
  "A sum, asked in words.",
];

/** What a prompt file is for. */
export type TaskName = (typeof taskNames)[number];

/**
 * How candidates are compared, by the log-probability of their tokens: its sum, per token (GPT-3 §2.4), per character or UTF-8 byte of the
 * answer without its leading white space (lm-evaluation-harness' acc_norm and acc_bytes), less that after nothing (`pmi`) or after the
 * answer context alone (`pmiAnswer`; GPT-3 §2.4).
 */
export const scoringRules = ["sum", "perToken", "perCharacter", "perByte", "pmi", "pmiAnswer"] as const;

/** Each rule in a sentence. */
export const scoringRuleTexts = [
  "The sum of the tokens' log-probabilities. Favours short answers.",
  "The sum divided by the number of tokens (GPT-3 §2.4).",
  "The sum divided by the number of characters (lm-evaluation-harness' `acc_norm`).",
  "The sum divided by the number of UTF-8 bytes (lm-evaluation-harness' `acc_bytes`).",
  "The sum less that of the answer after nothing: how much the prompt speaks for it.",
  "The sum less that of the answer after `answerContext` alone (GPT-3 §2.4).",
];

/** One of them. */
export type ScoringRule = (typeof scoringRules)[number];

/** Contextual: Zhao et al. 2021, by content-free inputs. Batch: Zhou et al. 2023, by the mean over the inputs of the run. */
export const calibrations = ["none", "contextual", "batch"] as const;

/** Each calibration in a sentence. */
export const calibrationTexts = [
  "Probabilities as they are.",
  "Divided by those after content-free inputs (Zhao et al. 2021).",
  "Divided by their mean over the inputs of the run (Zhou et al. 2023). An answer then depends on the other inputs.",
];

/** One of them. */
export type Calibration = (typeof calibrations)[number];

/** How demonstrations are drawn; `nearest` by the cosine of the model's own mean last hidden state. */
export const samplers = ["random", "balanced", "nearest", "fixed"] as const;

/** Each sampler in a sentence. */
export const samplerTexts = [
  "At random, without repetition, by the seed.",
  "As many of each label as possible, in an order drawn by the seed.",
  "Those most similar to the input, by the model's own last hidden states.",
  "The first ones, in the order of the file.",
];

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
  file: z
    .string()
    .min(1)
    .max(1000)
    .describe("Path relative to the prompt file, below the workspace: `.jsonl`, `.csv` or `.tsv`."),
  columns: z
    .record(name, name)
    .describe("Field → column. Fields that are not named keep their column's name.")
    .exactOptional(),
  limit: z.int().min(1).max(1_000_000).describe("Rows to take, from the first one.").exactOptional(),
});

/** A data set. */
export type DataSource = z.output<typeof dataSource>;

/** Inline items, or a data set. */
export const source = z.union([z.array(item).min(1).max(10_000), dataSource]);

const words = z.union([z.string().min(1).max(200), z.array(z.string().min(1).max(200)).min(1).max(50)]);

/** Label → its label words. */
export const labels = z
  .record(name, words)
  .refine((all) => Object.keys(all).length >= 2, { error: "needs two labels or more" })
  .describe(
    "Label → its label words: the text or texts that stand for it in the prompt, and whose probabilities are compared. Makes it a choice among labels.",
  );

const seed = z.int().min(0).max(0xffffffff);

/** Where demonstrations come from and how many are taken. What is absent is the file's or `demonstrationDefaults`. */
export const demonstrations = z
  .strictObject({
    from: source
      .describe("Worked examples: a list of items written here, or a data file. Each needs its right answer.")
      .exactOptional(),
    k: z
      .int()
      .min(0)
      .max(1000)
      .describe("How many demonstrations a prompt gets: 0 is zero-shot, 1 is one-shot. 4 when absent.")
      .exactOptional(),
    sampler: z
      .enum(samplers)
      .describe("How demonstrations are drawn. `random` when absent.")
      .meta({ enumDescriptions: samplerTexts })
      .exactOptional(),
    seed: seed
      .describe("Seed of the draw: the same seed draws the same demonstrations. 0 when absent.")
      .exactOptional(),
    fresh: z
      .boolean()
      .describe(
        "Drawn anew for each input, as GPT-3 did (Brown et al. 2020 §2.4), or once for all. `true` when absent.",
      )
      .exactOptional(),
  })
  .describe("Worked examples in front of the query, and how many of them. What a variant leaves out is the file's.");

/** What a file that has demonstrations and says no more means. */
export const demonstrationDefaults = { k: 4, sampler: "random", seed: 0, fresh: true } as const satisfies z.output<
  typeof demonstrations
>;

/** How an answer is chosen among candidates. What is absent is the file's or `scoringDefaults`. */
export const scoring = z
  .strictObject({
    rule: z
      .enum(scoringRules)
      .describe("How candidates are compared by the log-probability of their tokens. `perToken` when absent.")
      .meta({ enumDescriptions: scoringRuleTexts })
      .exactOptional(),
    calibration: z
      .enum(calibrations)
      .describe("How the prompt's own bias towards a label is taken out. `none` when absent.")
      .meta({ enumDescriptions: calibrationTexts })
      .exactOptional(),
    contentFree: z
      .array(z.string().max(1000))
      .min(1)
      .max(20)
      .describe('What stands for the input in contextual calibration. `["N/A", "", "[MASK]"]` when absent.')
      .exactOptional(),
    answerContext: z
      .string()
      .min(1)
      .max(1000)
      .describe("The context that `pmiAnswer` divides by. `Answer:` when absent.")
      .exactOptional(),
  })
  .describe("How an answer is chosen among labels or choices. What a variant leaves out is the file's.");

/** How answers are compared when a file says nothing of it: GPT-3's rule, Zhao's content-free inputs. */
export const scoringDefaults: Scoring = {
  rule: "perToken",
  calibration: "none",
  contentFree: ["N/A", "", "[MASK]"],
  answerContext: "Answer:",
};

/** How a free answer is written. Names are Hugging Face's. What is absent is the file's or `decodingDefaults`. */
export const decoding = z
  .strictObject({
    maxNewTokens: z.int().min(1).max(100_000).describe("Longest answer, in tokens. 32 when absent.").exactOptional(),
    temperature: z
      .number()
      .min(0)
      .max(100)
      .describe("Divides the logits before the choice. 0, when absent, always takes the most probable token.")
      .exactOptional(),
    topK: z
      .int()
      .min(0)
      .describe("Choose among this many most probable tokens. 0, when absent, keeps all.")
      .exactOptional(),
    topP: z
      .number()
      .gt(0)
      .max(1)
      .describe(
        "Choose among the smallest set of tokens whose probabilities reach this sum. 1, when absent, keeps all.",
      )
      .exactOptional(),
    seed: seed.describe("Seed of the choice. 0 when absent.").exactOptional(),
    stop: z
      .array(z.string().min(1))
      .max(16)
      .describe('The answer ends before the first of these texts. `["\\n"]` when absent: the end of the line.')
      .exactOptional(),
    numBeams: z
      .int()
      .min(1)
      .max(64)
      .describe("Width of beam search; 1, when absent, is none. GPT-3 used 4.")
      .exactOptional(),
    lengthPenalty: z
      .number()
      .min(0)
      .max(10)
      .describe("Length penalty of beam search. 0.6 when absent, as for GPT-3.")
      .exactOptional(),
  })
  .describe("How a free answer is written. What a variant leaves out is the file's.");

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

const template = z
  .string()
  .min(1)
  .max(200_000)
  .describe(
    "One example, with `{{ field }}` where its fields stand and `{{ answer }}`, once, where the answer stands. A demonstration is the whole of it. The query ends before the white space in front of the answer, which belongs to the answer.",
  );

const instruction = z.string().max(200_000).describe("Stands before everything else: the task, said in words.");

const separator = z
  .string()
  .max(1000)
  .describe("Stands between instruction, demonstrations and query. An empty line when absent.");

/** One of several prompts for the task. What it leaves out is the file's. */
export const variant = z
  .strictObject({
    name: name.describe("Names the variant: the column of the compare panel."),
    instruction: instruction.exactOptional(),
    template: template,
    separator: separator.exactOptional(),
    labels: labels.exactOptional(),
    demonstrations: demonstrations.exactOptional(),
    scoring: scoring.exactOptional(),
    decoding: decoding.exactOptional(),
  })
  .describe("One of several prompts for the task. What it leaves out is the file's.");

/** A whole prompt file. */
export const promptFile = z.strictObject({
  task: z
    .enum(taskNames)
    .describe("The kind of task, one of those that the GPT papers prompt for.")
    .meta({ enumDescriptions: taskTexts }),
  description: z.string().max(10_000).describe("What the file is for, in your words.").exactOptional(),
  model: z
    .string()
    .min(1)
    .describe("A model folder, relative to this file, or a name in the model store. The settings' model when absent.")
    .exactOptional(),
  instruction: instruction.exactOptional(),
  separator: separator.exactOptional(),
  variants: z.array(variant).min(1).max(200).describe("The prompts to compare, one after the other."),
  input: source
    .describe("What the prompts are tried on: a list of items written here, or a data file.")
    .exactOptional(),
  labels: labels.exactOptional(),
  choices: name.describe("Makes it a choice among the texts of this field, which is a list.").exactOptional(),
  answer: name
    .describe(
      "The field with the right answer: a label, the number of a choice from 0, or a text. `label` for labels and choices, `answer` for texts when absent.",
    )
    .exactOptional(),
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
