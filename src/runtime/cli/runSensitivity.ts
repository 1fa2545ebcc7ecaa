/** `gptw run --sensitivity`: how much a prompt's success hangs on what should not matter. */
import * as l10n from "@vscode/l10n";
import type { Sensitivity, SensitivityAxis, SensitivityParams } from "../promptProtocol";
import type { ExitCode } from "./commandLine";
import { table } from "./format";
import { withProgress } from "./progressLine";
import type { Terminal } from "./terminal";
import { type ParsedOptions, UsageError } from "./usage";

const axes: readonly SensitivityAxis[] = ["order", "demonstrations", "labelWords", "template"];

/** Arrangements that are tried when nothing is said: all orders of four demonstrations. */
export const defaultSamples = 24;

/** The value of `--sensitivity`; null when it is not given. Throws `UsageError`. */
export function axisOption(options: ParsedOptions): SensitivityAxis | null {
  const [given] = options.values("sensitivity");
  if (given === undefined) return null;
  const axis = axes.find((name) => name === given);
  if (axis) return axis;
  throw new UsageError(
    l10n.t("--sensitivity must be one of {0}, not {1}", axes.join(", "), JSON.stringify(given)),
    "run",
  );
}

/** Writes every arrangement with its value, best first, then what they come to; or all of it as JSON. */
export async function showSensitivity(params: SensitivityParams, json: boolean, terminal: Terminal): Promise<ExitCode> {
  const text = (done: number) => l10n.t("{0} answers", done);
  const found = await withProgress(terminal, text, (service, context) => service.prompts.sensitivity(params, context));
  terminal.out(json ? `${JSON.stringify(found, null, 2)}\n` : sensitivityText(found));
  return 0;
}

function sensitivityText(found: Sensitivity): string {
  const arms = [...found.arms].sort((a, b) => b.value - a.value).map(({ name, value }) => [name, value.toFixed(4)]);
  const numbers = [found.best, found.worst, found.mean, found.sd].map((value) => value.toFixed(4));
  const [best = "", worst = "", mean = "", sd = ""] = numbers;
  const tried = found.exhaustive
    ? l10n.t("all {0} arrangements over {1} inputs", found.arms.length, found.items)
    : l10n.t("{0} arrangements, drawn at random, over {1} inputs", found.arms.length, found.items);
  const influence = found.influence.map(({ demonstration, text, effect }) => [
    `${demonstration + 1}`,
    effect.toFixed(4),
    text.replace(/\s+/g, " ").slice(0, 60),
  ]);
  return [
    table([[found.axis, found.metric], ...arms]),
    `\n${l10n.t("best {0}, worst {1}, mean {2}, standard deviation {3}: {4}", best, worst, mean, sd, tried)}\n`,
    influence.length > 0 ? `\n${table([[l10n.t("demonstration"), l10n.t("effect"), ""], ...influence])}` : "",
  ].join("");
}
