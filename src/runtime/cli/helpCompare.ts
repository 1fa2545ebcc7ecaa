/** What `gptw compare --help` says. */
import * as l10n from "@vscode/l10n";
import { defaultRuns } from "./finetune";
import { modelRows, rows } from "./helpRows";

/** The help of `gptw compare`. */
export function compareHelp(): string {
  const [, ...others] = modelRows();
  return [
    l10n.t("Prompting or fine-tuning? Runs the arms of a comparison file on the same items, and says which is better."),
    "",
    l10n.t("Usage:"),
    "  gptw compare [OPTIONS] FILE.compare.yaml",
    "  gptw compare --plan [OPTIONS] FILE.compare.yaml",
    "  gptw compare --resume RUN",
    "",
    l10n.t("Options, with what they are when not given:"),
    ...rows([
      ["--model DIR", l10n.t("for arms that name no model, where the file names none either")],
      ...others,
      ["--root DIR", l10n.t("folder that data files must lie in [the working folder if FILE is in it, else FILE's]")],
      ["--arm NAME", l10n.t("run only this arm; may be given more than once")],
      ["--runs DIR", `${l10n.t("where the run's folder is made")} ${l10n.t("[{0}]", defaultRuns)}`],
      ["--cache DIR", l10n.t("keep what prompts gave, and take what they gave before")],
      [
        "--report FORM=FILE",
        l10n.t("write the report: html, md, csv, json, jsonl or junit; may be given more than once"),
      ],
      ["--without-texts", l10n.t("leave the data's texts out of reports: lines, labels and probabilities stay")],
      ["--resume RUN", l10n.t("go on with the comparison in this folder")],
      ["--plan", l10n.t("only tell what it would do: units of work, time, memory")],
      ["--json", l10n.t("a line of JSON for every event, and one for the result")],
    ]),
    "",
    l10n.t(
      "Settings of which a file lists several are chosen on dev; then test is read, once for each arm. Writes the",
    ),
    l10n.t("verdict in words and a table of the arms to standard output. An interrupt pauses: what is done is kept."),
    l10n.t("Exit codes: 0 done and every assertion of the file holds, 1 failed, 2 wrong usage, 130 paused."),
  ].join("\n");
}
