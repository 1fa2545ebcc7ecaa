/** What `gptw run --help` says. */
import * as l10n from "@vscode/l10n";
import { modelRows, rows } from "./helpRows";
import { defaultSamples } from "./runSensitivity";

/** The help of `gptw run`. */
export function runHelp(): string {
  const [, ...others] = modelRows();
  return [
    l10n.t("Runs every prompt of a prompt file over its inputs, and sums up how well each does."),
    "",
    l10n.t("Usage:"),
    "  gptw run [OPTIONS] FILE.prompt.yaml",
    "",
    l10n.t("Options, with what they are when not given:"),
    ...rows([
      ["--model DIR", l10n.t("folder of a GPT in Hugging Face form, or the id of one in the store [FILE's own]")],
      ...others,
      ["--root DIR", l10n.t("folder that data files must lie in [the working folder if FILE is in it, else FILE's]")],
      ["--variants A,B", l10n.t("run only the variants of these names")],
      ["--data FILE", l10n.t("inputs from this .jsonl, .csv or .tsv instead of the file's own")],
      ["--limit N", l10n.t("take the first N inputs")],
      ["--shots K", l10n.t("K demonstrations for every variant: 0 is zero-shot, 1 one-shot")],
      ["--seed S", l10n.t("seed of the demonstrations")],
      ["--skip-bad-rows", l10n.t("leave out rows of data files that cannot be used, instead of stopping")],
      ["--out FILE", l10n.t("report to write: .json, .jsonl, .csv, .md or .html; may be given more than once")],
      ["--record DIR", l10n.t("make a folder in DIR with the record, the inputs and every answer")],
      ["--cache DIR", l10n.t("keep what is computed, and take what was: a run that was stopped goes on")],
      ["--fail-under M=X", l10n.t("exit code 1 when a variant's accuracy or logprob is under X; may be repeated")],
      ["--sensitivity AXIS", l10n.t("instead, compare arrangements: order, demonstrations, labelWords or template")],
      ["--samples N", `${l10n.t("most arrangements to try")} ${l10n.t("[{0}]", defaultSamples)}`],
      ["--json", l10n.t("the sensitivity as JSON")],
      ["--preview N", l10n.t("only show the prompts for input N, from 0, with their tokens")],
    ]),
    "",
    l10n.t("Writes a table to standard output, a row for each variant: accuracy with its 95 % Wilson interval, mean"),
    l10n.t("natural log-probability per token of the right answer, and how far its confidence is above its accuracy."),
    l10n.t("Every number is named by its scoring rule; docs/prompts.md says what they mean."),
  ].join("\n");
}
