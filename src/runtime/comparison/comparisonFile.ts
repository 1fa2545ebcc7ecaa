/**
 * Comparison files `*.compare.yaml`: what may be in them. Pure: reads no file, knows no model, so that the editor checks them without the
 * runtime process.
 */
import * as z from "zod";
import {
  calibrations,
  calibrationTexts,
  decoding,
  labels,
  samplers,
  samplerTexts,
  scoringRules,
  scoringRuleTexts,
} from "../prompt/promptFile";
import { adapterTargets } from "../training/settings";
import { taskTypes } from "../trainingDataProtocol";

/** What is compared: the four tasks of labelled items, or texts that are written. */
export const comparisonTasks = [...taskTypes, "generation"] as const;

const taskTexts = [
  "A text into one of several labels.",
  "Whether one sentence follows from another.",
  "Whether two sentences mean the same.",
  "One of several answers that come with the question.",
  "A text that is written, and judged against the right one. Every column is a field; the right text is `answer`.",
];

/** One of them. */
export type ComparisonTask = (typeof comparisonTasks)[number];

/** What answers are judged by. The first five need probabilities or labels, the others written texts. */
export const comparisonMetrics = [
  "accuracy",
  "macroF1",
  "logLoss",
  "brier",
  "calibrationError",
  "exactMatch",
  "tokenF1",
  "bleu",
  "rougeL",
  "perplexity",
] as const;

const metricTexts = [
  "Share of right answers.",
  "Mean over the labels of the harmonic mean of precision and recall.",
  "Mean −ln of the right label's probability. Less is better.",
  "Mean squared error of the probabilities (Brier 1950). Less is better.",
  "Expected calibration error: how far confidence is from accuracy. Less is better.",
  "Share of texts that are the right one.",
  "Words in common with the right text (SQuAD's F1).",
  "n-grams in common with the right texts (Papineni et al. 2002).",
  "Longest common subsequence with the right text (Lin 2004).",
  "Of the right texts after their prompts. Less is better.",
];

/** One of them. */
export type ComparisonMetric = (typeof comparisonMetrics)[number];

/** Metrics of which less is better. */
export const lowerIsBetter: ReadonlySet<ComparisonMetric> = new Set([
  "logLoss",
  "brier",
  "calibrationError",
  "perplexity",
]);

/** Most values of one setting to choose from, and most combinations of an arm. */
export const mostChoices = { values: 20, combinations: 200 } as const;

/** A value, or several to choose from: each is tried on dev, the best is taken to test. */
function oneOrMore<T extends z.ZodType>(value: T) {
  return z.union([value, z.array(value).min(1).max(mostChoices.values)]);
}

/** One of some words, each with a sentence for the editor. */
function told<const T extends readonly string[]>(words: T, texts: readonly string[]) {
  return z.enum(words).meta({ enumDescriptions: texts });
}

const name = z.string().min(1).max(100);
const path = z.string().min(1).max(1000);
const seed = z.int().min(0).max(0xffffffff);
const share = z.number().min(0).lt(1);
const count = z.int().min(1).max(10_000_000);

/** Labelled data, and how it is split. */
export const comparisonData = z
  .strictObject({
    file: path.describe(
      "Labelled items: `.jsonl`, `.csv` or `.tsv`, relative to this file. Arms learn from it: demonstrations and fine-tuning.",
    ),
    dev: path.describe("Items to choose by; split off `file` when absent.").exactOptional(),
    test: path.describe("Items to measure with; split off `file` when absent.").exactOptional(),
    task: told(comparisonTasks, taskTexts).describe("The shape of an item."),
    columns: z
      .record(name, z.string().min(1).max(1000))
      .describe("Field → column, columns joined by `|`, or a template: `{{premise}} What was the {{question}}?`.")
      .exactOptional(),
    labels: z.record(z.string(), name).describe("Value in the file → name of its label.").exactOptional(),
    split: z
      .strictObject({
        dev: share.describe("Share of the items to choose by.").exactOptional(),
        test: share.describe("Share of the items to measure with.").exactOptional(),
        seed: seed.describe("Another seed splits otherwise.").exactOptional(),
      })
      .describe("Shares that are split off by the items' content. 0.2 and 0.2 with seed 0 when absent.")
      .exactOptional(),
    devItems: count
      .describe("Items of dev to choose by at most, drawn evenly over the labels by the split's seed. All when absent.")
      .exactOptional(),
    testItems: count
      .describe("Items of test to measure with at most, drawn at random by the split's seed. All when absent.")
      .exactOptional(),
    skipBadRows: z.boolean().describe("Leave out rows that cannot be used, instead of stopping.").exactOptional(),
  })
  .describe("The data, and how it is split. Every arm answers the same items of test.");

const prompt = z
  .strictObject({
    file: path
      .describe("A prompt file, relative to this one. Without it the keys below say the prompt.")
      .exactOptional(),
    variant: oneOrMore(name).describe("Variant of the prompt file. The first when absent.").exactOptional(),
    instruction: z.string().max(200_000).describe("Stands before everything else.").exactOptional(),
    template: oneOrMore(z.string().min(1).max(200_000))
      .describe(
        "One example, with `{{ field }}` where its fields stand and `{{ answer }}`, once, where the answer stands.",
      )
      .exactOptional(),
    separator: z.string().max(1000).describe("Between instruction, demonstrations and query.").exactOptional(),
    labels: labels
      .describe("Label of the data → the text or texts that stand for it in the prompt. Its name when absent.")
      .exactOptional(),
    k: oneOrMore(z.int().min(0).max(1000))
      .describe("Demonstrations in the prompt. 0 is zero-shot. 0 when absent.")
      .exactOptional(),
    sampler: oneOrMore(told(samplers, samplerTexts))
      .describe("How demonstrations are drawn. `random` when absent.")
      .exactOptional(),
    fresh: z.boolean().describe("Drawn anew for each item (GPT-3 §2.4). `true` when absent.").exactOptional(),
    rule: oneOrMore(told(scoringRules, scoringRuleTexts))
      .describe("How answers are compared. `perToken` when absent.")
      .exactOptional(),
    calibration: oneOrMore(told(calibrations, calibrationTexts))
      .describe("How the prompt's own bias is taken out. `none` when absent.")
      .exactOptional(),
    decoding: decoding.describe("How texts are written.").exactOptional(),
  })
  .describe("Ask the model as it is: zero-, one- or few-shot.");

const methodTexts = [
  "A linear classifier on the model's last state; the model stays as it is.",
  "Low-rank adapters beside some matrices, and a classifier (Hu et al. 2021).",
  "All parameters, and a classifier (Radford et al. 2018).",
];

const finetune = z
  .strictObject({
    method: told(["head", "lora", "full"], methodTexts).describe("What is trained."),
    epochs: oneOrMore(z.int().min(1).max(10_000)).describe("Times that all items are seen.").exactOptional(),
    learningRate: oneOrMore(z.number().gt(0).max(10)).describe("The highest one.").exactOptional(),
    batchSize: oneOrMore(z.int().min(1).max(4096)).describe("Items of a step.").exactOptional(),
    microBatchSize: z
      .int()
      .min(1)
      .max(4096)
      .describe("Sequences of a pass: changes memory and time, not the result.")
      .exactOptional(),
    lmCoef: oneOrMore(z.number().min(0).max(100)).describe("λ of L2 + λ·L1.").exactOptional(),
    weightDecay: oneOrMore(z.number().min(0).max(10)).describe("Decoupled; of matrices alone.").exactOptional(),
    dropout: share.describe("Everywhere.").exactOptional(),
    warmup: z.number().min(0).max(1).describe("Share of the steps in which the learning rate rises.").exactOptional(),
    r: oneOrMore(z.int().min(1).max(1024)).describe("Rank of the adapters.").exactOptional(),
    loraAlpha: z.number().gt(0).max(1e6).describe("Adapters are scaled by it ÷ r.").exactOptional(),
    targetModules: z.array(z.enum(adapterTargets)).min(1).describe("Matrices that get an adapter.").exactOptional(),
    maxLength: z
      .int()
      .min(5)
      .max(1_000_000)
      .describe("Longest sequence, tokens: longer items are cut.")
      .exactOptional(),
    recompute: z.boolean().describe("Compute activations twice: slower, in less memory.").exactOptional(),
  })
  .describe("Train a classifier on the labels. What is absent is the method's default, as for `gptw finetune`.");

const arm = z
  .strictObject({
    name: name.describe("Names the arm in the report and in assertions."),
    model: path
      .describe("Model folder relative to this file, or a name in the store. The file's when absent.")
      .exactOptional(),
    prompt: prompt.describe("Ask the model as it is: zero-, one- or few-shot.").exactOptional(),
    finetune: finetune
      .describe("Train a classifier on the labels. What is absent is the method's default, as for `gptw finetune`.")
      .exactOptional(),
    labels: count
      .describe("Labelled items that this arm may use: its demonstrations, or its training. The file's when absent.")
      .exactOptional(),
  })
  .refine(({ prompt, finetune }) => (prompt === undefined) !== (finetune === undefined), {
    error: "needs either prompt or finetune",
  })
  .describe("A way to answer the items.");

const metric = told(comparisonMetrics, metricTexts)
  .describe("What is looked at. The file's first metric when absent.")
  .exactOptional();

const assertion = z
  .union([
    z.strictObject({
      arm: name.describe("The arm that is meant."),
      metric,
      atLeast: z.number().describe("The metric's mean over the seeds is no less.").exactOptional(),
      atMost: z.number().describe("The metric's mean over the seeds is no more.").exactOptional(),
    }),
    z.strictObject({
      arm: name.describe("The arm that is meant."),
      metric,
      noWorseThan: name.describe("Another arm."),
      by: z.number().min(0).describe("How much worse it may be, in the metric's unit. 0 when absent.").exactOptional(),
    }),
    z.strictObject({
      arm: name.describe("The arm that is meant."),
      metric,
      betterThan: name.describe("Another arm. Holds where the difference is decisive."),
    }),
  ])
  .describe("What has to hold, or the run fails: in the Test Explorer and as `gptw compare`'s exit code.");

/** A whole comparison file. */
export const comparisonFile = z.strictObject({
  description: z.string().max(10_000).describe("What the file is for, in your words.").exactOptional(),
  data: comparisonData.describe("The data, and how it is split. Every arm answers the same items of test."),
  model: path
    .describe("Model folder relative to this file, or a name in the store. The settings' model when absent.")
    .exactOptional(),
  labels: count
    .describe(
      "Labelled items that each arm may use, drawn evenly over the labels. All of the training part when absent.",
    )
    .exactOptional(),
  seeds: z
    .strictObject({
      first: seed.describe("The first seed; the others follow it. 0 when absent.").exactOptional(),
      demonstrations: z.int().min(1).max(100).describe("Draws of demonstrations. 5 when absent.").exactOptional(),
      training: z.int().min(1).max(100).describe("Trainings. 3 when absent.").exactOptional(),
    })
    .describe("How often what hangs on chance is done.")
    .exactOptional(),
  metrics: z
    .array(told(comparisonMetrics, metricTexts))
    .min(1)
    .describe("What answers are judged by; the first one is what arms are chosen and compared by.")
    .exactOptional(),
  arms: z.array(arm).min(1).max(40).describe("Ways to answer the items."),
  curve: z
    .strictObject({
      labels: z
        .array(count)
        .min(1)
        .max(30)
        .describe("Numbers of labels at which arms that learn are measured.")
        .exactOptional(),
      k: z
        .array(z.int().min(0).max(1000))
        .min(1)
        .max(30)
        .describe("Numbers of demonstrations at which prompts are measured.")
        .exactOptional(),
    })
    .describe("Learning curves: accuracy against the number of labels, and against K.")
    .exactOptional(),
  contamination: z
    .strictObject({
      pretraining: z
        .array(path)
        .min(1)
        .max(100)
        .describe(
          "Text that a model is known to have been trained on: files, folders and globs (`text/**/*.txt`), from this file's folder.",
        )
        .exactOptional(),
      n: z
        .int()
        .min(5)
        .max(50)
        .describe(
          "Words in a row that count as an overlap. By the items' lengths, 8 to 13, when absent (GPT-3, appendix C).",
        )
        .exactOptional(),
    })
    .describe("Where items of test are looked for, beside train and the prompts.")
    .exactOptional(),
  level: z.number().gt(0.5).lt(1).describe("How sure intervals are. 0.95 when absent.").exactOptional(),
  resamples: z
    .int()
    .min(100)
    .max(1_000_000)
    .describe("Resamples of the bootstrap. 10,000 when absent.")
    .exactOptional(),
  assertions: z
    .array(assertion)
    .max(200)
    .describe("What has to hold, or the run fails: in the Test Explorer and as `gptw compare`'s exit code.")
    .exactOptional(),
});

/** A whole comparison file, as it is written. */
export type ComparisonFile = z.output<typeof comparisonFile>;
/** An arm, as it is written. */
export type ComparisonArm = ComparisonFile["arms"][number];
/** The prompt of an arm, as it is written. */
export type ArmPrompt = z.output<typeof prompt>;
/** The training of an arm, as it is written. */
export type ArmTraining = z.output<typeof finetune>;
/** Something that has to hold. */
export type ComparisonAssertion = z.output<typeof assertion>;

/** What a file that says no more means. */
export const comparisonDefaults = {
  split: { dev: 0.2, test: 0.2, seed: 0 },
  seeds: { first: 0, demonstrations: 5, training: 3 },
  level: 0.95,
  resamples: 10_000,
} as const;
