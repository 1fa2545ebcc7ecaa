/** What `gptw pretrain --help` says. */
import * as l10n from "@vscode/l10n";
import { parseGPTConfig } from "../model/config";
import { defaultCorpus, defaultVocabulary, pretrainDefaults, smallConfig } from "../training/pretrainSettings";
import { defaultRuns } from "./finetune";
import { rows } from "./helpRows";

/** The help of `gptw pretrain`. */
export function pretrainHelp(): string {
  return [
    l10n.t("Trains a language model on the text of a folder: a new one, or one that goes on."),
    "",
    l10n.t("Usage:"),
    "  gptw pretrain [--root DIR] [--include GLOB] [--preset SIZE] [--vocabulary N] [OPTIONS]",
    "  gptw pretrain [--root DIR] [--include GLOB] --model DIR [OPTIONS]",
    "  gptw pretrain --resume RUN",
    "",
    l10n.t("Text:"),
    ...rows(textRows()),
    "",
    l10n.t("The model:"),
    ...rows(modelRows()),
    "",
    l10n.t("Training, with what each is for the smallest model when not given:"),
    ...rows(trainingRows()),
    "",
    l10n.t("The run:"),
    ...rows([
      ["--device DEVICE", `${l10n.t("auto (the fastest that works), webgpu or cpu")} ${l10n.t("[{0}]", "auto")}`],
      ["--runs DIR", `${l10n.t("where the run's folder is made")} ${l10n.t("[{0}]", defaultRuns)}`],
      ["--name NAME", l10n.t("of the run [the root's]")],
      ["--out DIR", l10n.t("copy the model there too, when it is done")],
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

function textRows(): [string, string][] {
  return [
    ["--root DIR", `${l10n.t("nothing outside of it is read")} ${l10n.t("[{0}]", ".")}`],
    ["--include GLOB", l10n.t("files to take; may be repeated [all that are UTF-8 text]")],
    [
      "--exclude GLOB",
      `${l10n.t("files and folders to leave out; may be repeated")} ${l10n.t("[{0}]", defaultCorpus.exclude.join(" "))}`,
    ],
    ["--no-ignore-files", l10n.t("take what .gitignore files name too")],
    ["--max-file-bytes N", `${l10n.t("leave out larger files")} ${l10n.t("[{0}]", defaultCorpus.maxFileBytes)}`],
    ["--license SPDX", l10n.t("leave out files that name a license other than these; may be repeated")],
    ["--preview", l10n.t("only tell what would be taken")],
  ];
}

function modelRows(): [string, string][] {
  const { n_layer, n_embd } = smallConfig;
  return [
    [
      "--preset SIZE",
      `${l10n.t("as gptw create has them")} ${l10n.t("[a GPT-2 of {0} layers, {1} wide]", n_layer, n_embd)}`,
    ],
    ["--config FILE", l10n.t("a config.json that says the sizes")],
    ["--layers N, --heads N", l10n.t("sizes other than the preset's or the file's")],
    ["--width N, --context N", l10n.t("likewise: of a layer, and the longest text in tokens")],
    ["--vocabulary N", `${l10n.t("train a vocabulary of so many tokens")} ${l10n.t("[{0}]", defaultVocabulary)}`],
    ["--tokenizer DIR", l10n.t("take the vocabulary of this model instead")],
    ["--model DIR", l10n.t("go on with this model, or the one of this id in the store")],
    ["--store DIR", l10n.t("the store (see gptw models)")],
  ];
}

function trainingRows(): [string, string][] {
  const standard = pretrainDefaults({ ...parseGPTConfig(smallConfig, "config"), vocabSize: defaultVocabulary });
  const { optimizer, dropout } = standard;
  const row = (name: string, text: string, value: string | number): [string, string] => [
    name,
    `${text} ${l10n.t("[{0}]", value)}`,
  ];
  return [
    row("--steps N", l10n.t("updates of the parameters"), standard.steps),
    row("--sequence-length N", l10n.t("tokens of a sequence"), l10n.t("the context")),
    row("--batch-size N", l10n.t("sequences of a step"), optimizer.batchSize),
    row("--micro-batch-size N", l10n.t("sequences of a pass"), optimizer.microBatchSize),
    row("--learning-rate R", l10n.t("its peak"), optimizer.learningRate),
    row("--warmup S", l10n.t("share of the steps"), optimizer.warmup),
    row("--decay KIND", l10n.t("linear, cosine or constant"), optimizer.decay),
    row("--weight-decay W", l10n.t("AdamW's"), optimizer.weightDecay),
    row("--max-grad-norm N", l10n.t("0 clips nothing"), optimizer.maxGradNorm),
    row("--dropout S", l10n.t("everywhere"), dropout.residual),
    row("--held-out S", l10n.t("share of the text that is not trained on"), standard.heldOutShare),
    row("--evaluate-every N", l10n.t("steps between looks at held-out text; 0: an epoch"), l10n.t("a tenth")),
    row("--sample-every N", l10n.t("steps between samples of text; 0: none"), l10n.t("a tenth")),
    row("--checkpoint-every N", l10n.t("steps between checkpoints"), l10n.t("a tenth")),
    row("--seed S", l10n.t("same seed, same run"), standard.seed),
    ["--recompute", l10n.t("compute activations twice, to save memory")],
  ];
}
