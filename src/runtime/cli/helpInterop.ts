/** What `gptw export --help` and `gptw import --help` say. */
import * as l10n from "@vscode/l10n";
import { modelRows, rows } from "./helpRows";

/** The help of `gptw export`. */
export function exportHelp(): string {
  const [, ...others] = modelRows();
  return [
    l10n.t("Writes a prompt file for another program: the same prompts, byte for byte, with their right answers."),
    "",
    l10n.t("Usage:"),
    "  gptw export --to lm-eval|promptfoo --out DIR [OPTIONS] FILE.prompt.yaml",
    "",
    l10n.t("lm-eval is lm-evaluation-harness 0.4.13: a task for each variant. promptfoo gets a configuration and a"),
    l10n.t("provider that asks gptw."),
    "",
    l10n.t("Options, with what they are when not given:"),
    ...rows([
      ["--out DIR", l10n.t("folder to write into; required")],
      ["--force", l10n.t("replace files that are there")],
      ["--root DIR", l10n.t("folder that data files must lie in [the working folder if FILE is in it, else FILE's]")],
      ["--variants A,B", l10n.t("only these variants")],
      ["--shots K", l10n.t("demonstrations for every variant, instead of the file's")],
      ["--seed S", l10n.t("seed of the demonstrations, instead of the file's")],
      ["--limit N", l10n.t("only the first N inputs")],
      ["--skip-bad-rows", l10n.t("leave out rows that cannot be used")],
      ["--model DIR", l10n.t("leave out demonstrations that do not fit this model; finds the nearest ones too [none]")],
      ...others,
    ]),
    "",
    l10n.t("Writes the files' names to standard output, and what has no equivalent to standard error."),
    l10n.t("Exit codes: 0 done, 1 failed (then nothing is written), 2 wrong usage, 130 interrupted."),
  ].join("\n");
}

/** The help of `gptw import`. */
export function importHelp(): string {
  return [
    l10n.t("Writes another program's evaluation as a prompt file, with its data beside it."),
    "",
    l10n.t("Usage:"),
    "  gptw import --from lm-eval|promptfoo --out FILE.prompt.yaml [--force] FILE",
    "",
    l10n.t("FILE is a task or a group of lm-evaluation-harness (YAML, data in its folder), or a promptfooconfig.yaml."),
    l10n.t("No code of it is run, and nothing outside of its folder is read."),
    "",
    l10n.t("Options, with what they are when not given:"),
    ...rows([
      ["--out FILE", l10n.t("the prompt file to write; required")],
      ["--force", l10n.t("replace files that are there")],
    ]),
    "",
    l10n.t("Writes the files' names to standard output, and what is not carried over to standard error."),
    l10n.t("Exit codes: 0 done, 1 failed (then nothing is written), 2 wrong usage, 130 interrupted."),
  ].join("\n");
}
