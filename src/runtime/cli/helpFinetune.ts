/** What `gptw finetune --help` says. */
import * as l10n from "@vscode/l10n";
import { fineTuneDefaults } from "../training/settings";
import { taskFields, taskTypes } from "../trainingDataProtocol";
import type { FineTuneSettings } from "../trainingProtocol";
import { defaultRuns } from "./finetune";
import { modelRows, rows } from "./helpRows";

/** The help of `gptw finetune`. */
export function finetuneHelp(): string {
  return [
    l10n.t("Trains a GPT to classify: a head on its last state, adapters in its matrices, or all of it."),
    "",
    l10n.t("Usage:"),
    "  gptw finetune --model DIR --data FILE --task TASK [--method head|lora|full] [OPTIONS]",
    "  gptw finetune --resume RUN",
    "",
    l10n.t("TASK, and the fields that an item of it has:"),
    ...rows(taskTypes.map((task) => [task, taskFields[task].join(", ")])),
    "",
    l10n.t("Data:"),
    ...rows(dataRows()),
    "",
    l10n.t("Training, with what each is for head, lora and full when not given:"),
    ...rows(trainingRows()),
    "",
    l10n.t("The run:"),
    ...rows([
      ...modelRows(),
      ["--runs DIR", `${l10n.t("where the run's folder is made")} ${l10n.t("[{0}]", defaultRuns)}`],
      ["--name NAME", l10n.t("of the run [the data file's]")],
      ["--resume RUN", l10n.t("go on with the run in this folder")],
      ["--json", l10n.t("a line of JSON for every event, and one for the result")],
    ]),
    "",
    l10n.t(
      "An interrupt pauses after the step under way; a second one ends at once. Either way --resume goes on, on the",
    ),
    l10n.t("CPU to the very same parameters. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 paused."),
  ].join("\n");
}

function dataRows(): [string, string][] {
  return [
    ["--data FILE", l10n.t("labelled items: .jsonl, .csv or .tsv; required")],
    ["--dev FILE, --test FILE", l10n.t("items of their own to choose by and to measure with [split off]")],
    ["--dev-share S, --test-share S", `${l10n.t("shares that are split off")} ${l10n.t("[{0}]", 0.1)}`],
    ["--split-seed S", `${l10n.t("seed of the split")} ${l10n.t("[{0}]", 0)}`],
    ["--column FIELD=COLUMN", l10n.t("column of a field that is called otherwise; may be repeated")],
    ["--label VALUE=NAME", l10n.t("name of a label that the file calls otherwise; may be repeated")],
    ["--limit N", l10n.t("train on N items, drawn evenly over the labels")],
    ["--skip-bad-rows", l10n.t("leave out rows that cannot be used, instead of stopping")],
    ["--keep-duplicates", l10n.t("train on items too that occur twice, or in dev or test")],
  ];
}

function trainingRows(): [string, string][] {
  const standard = (of: (settings: FineTuneSettings) => string | number) =>
    `[${(["head", "lora", "full"] as const).map((kind) => of(fineTuneDefaults[kind])).join(", ")}]`;
  const { method } = fineTuneDefaults.lora;
  const lora = method.kind === "lora" ? method : null;
  return [
    ["--method METHOD", `${l10n.t("head, lora or full")} ${l10n.t("[{0}]", "lora")}`],
    ["--epochs N", `${l10n.t("times through the data")} ${standard(({ epochs }) => epochs)}`],
    ["--learning-rate R", `${l10n.t("its peak")} ${standard(({ optimizer }) => optimizer.learningRate)}`],
    ["--batch-size N", `${l10n.t("items of a step")} ${standard(({ optimizer }) => optimizer.batchSize)}`],
    [
      "--micro-batch-size N",
      `${l10n.t("sequences of a pass")} ${standard(({ optimizer }) => optimizer.microBatchSize)}`,
    ],
    ["--warmup S", `${l10n.t("share of the steps")} ${standard(({ optimizer }) => optimizer.warmup)}`],
    ["--decay KIND", `${l10n.t("linear, cosine or constant")} ${standard(({ optimizer }) => optimizer.decay)}`],
    ["--weight-decay W", `${l10n.t("AdamW's")} ${standard(({ optimizer }) => optimizer.weightDecay)}`],
    ["--max-grad-norm N", `${l10n.t("0 clips nothing")} ${standard(({ optimizer }) => optimizer.maxGradNorm)}`],
    ["--dropout S", `${l10n.t("everywhere")} ${standard(({ dropout }) => dropout.classifier)}`],
    ["--lm-coef L", `${l10n.t("weight of the language model's loss")} ${standard(({ lmCoef }) => lmCoef)}`],
    ["--head-bias", `${l10n.t("let the head add a bias")} ${standard(({ headBias }) => String(headBias))}`],
    ["--special-tokens KIND", `${l10n.t("new or existing")} ${standard(({ specialTokens }) => specialTokens)}`],
    ["--max-length N", `${l10n.t("longest sequence, tokens")} ${standard(({ maxLength }) => maxLength)}`],
    ["--evaluate-every N", `${l10n.t("steps between looks at dev; 0: an epoch")} ${standard((s) => s.evaluateEvery)}`],
    [
      "--patience N",
      `${l10n.t("looks without a better one that end the run; 0: none")} ${standard((s) => s.patience)}`,
    ],
    ["--checkpoint-every N", `${l10n.t("steps between checkpoints")} ${standard((s) => s.checkpointEvery)}`],
    ["--seed S", `${l10n.t("same seed, same run")} ${standard(({ seed }) => seed)}`],
    ["--recompute", l10n.t("compute activations twice, to save memory")],
    ["--lora-r N", `${l10n.t("rank of the adapters")} ${l10n.t("[{0}]", lora?.r ?? "")}`],
    [
      "--lora-alpha A",
      `${l10n.t("what they add is multiplied by A / rank")} ${l10n.t("[{0}]", lora?.loraAlpha ?? "")}`,
    ],
    ["--lora-dropout S", `${l10n.t("of what they read")} ${l10n.t("[{0}]", lora?.loraDropout ?? "")}`],
    [
      "--lora-targets A,B",
      `${l10n.t("matrices that get one")} ${l10n.t("[{0}]", lora?.targetModules.join(",") ?? "")}`,
    ],
  ];
}
