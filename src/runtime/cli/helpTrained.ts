/** What `gptw classify --help` and `gptw merge --help` say. */
import * as l10n from "@vscode/l10n";
import { modelRows, rows } from "./helpRows";

/** The help of `gptw classify`. */
export function classifyHelp(): string {
  return [
    l10n.t("Asks a fine-tuned classifier: the probability of every label."),
    "",
    l10n.t("Usage:"),
    "  gptw classify --model DIR [OPTIONS] [FILE]",
    "  gptw classify --model DIR [OPTIONS] --data FILE",
    "",
    l10n.t("FILE is a UTF-8 text; - or nothing reads standard input. DIR may be a LoRA adapter's."),
    "",
    l10n.t("Options, with what they are when not given:"),
    ...rows([
      ...modelRows(),
      ["--lines", l10n.t("every line of the text is an item of its own; empty ones are left out")],
      ["--data FILE", l10n.t("the rows of a .jsonl, .csv or .tsv file")],
      ["--column F=C", l10n.t("the column C holds the field F; may be given for each field")],
      ["--json", l10n.t("JSON lines")],
    ]),
    "",
    l10n.t("Writes one line for each item: its line in the file, then the labels, the most probable first."),
    l10n.t("Where the data file has labels, the share of those that agree goes to standard error."),
  ].join("\n");
}

/** The help of `gptw merge`. */
export function mergeHelp(): string {
  return [
    l10n.t("Merges a LoRA adapter into the weights of its base: a model of its own."),
    "",
    l10n.t("Usage:"),
    "  gptw merge [OPTIONS] ADAPTER DIR",
    "",
    l10n.t("ADAPTER is a folder in PEFT's layout, DIR the folder to write, which must not exist."),
    "",
    l10n.t("Options, with what they are when not given:"),
    ...rows([
      ["--base DIR", l10n.t("the base model, or its id in the store [the one that the adapter names]")],
      ["--store DIR", l10n.t("the store (see gptw models)")],
    ]),
  ].join("\n");
}
