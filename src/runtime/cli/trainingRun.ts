/** A training run on the command line: its progress on standard error, how it ended on standard output. */
import * as l10n from "@vscode/l10n";
import type { RequestContext } from "../service";
import type { TrainingEvent, TrainingRecord, TrainingResult } from "../trainingProtocol";
import type { TrainingService } from "../trainingService";
import type { ExitCode } from "./commandLine";
import { duration, table } from "./format";
import { progressLine } from "./progressLine";
import { withService } from "./serviceCall";
import type { Terminal } from "./terminal";

/** Begins a run, or goes on with one. */
export type StartTraining = (
  training: TrainingService,
  context: RequestContext,
  onEvent: (event: TrainingEvent) => void,
) => Promise<TrainingResult>;

/**
 * Trains. An interrupt pauses the run after the step under way; before the first step it ends at once, and is done again when it is resumed.
 * Ends with 0 for a run that has a model, 1 for one that failed, 130 for one that is paused.
 * @param json standard output is a line for each event, and one for the result.
 */
export async function runTraining(terminal: Terminal, json: boolean, start: StartTraining): Promise<ExitCode> {
  const line = progressLine(terminal);
  let steps = 0;
  const show = (event: TrainingEvent) => {
    if (event.kind === "begin") steps = event.record.steps;
    if (json) terminal.out(`${JSON.stringify(event)}\n`);
    const { text, stays } = told(event, steps) ?? { text: "", stays: false };
    if (text !== "" && !stays) line.show(text);
    if (!stays) return;
    line.end();
    terminal.err(`${text}\n`);
  };
  const { folder, record } = await withService(terminal, async ({ training }) => {
    const cancel = new AbortController();
    let stepping = false;
    const interrupt = () => {
      if (stepping) training.control({ action: "pause" });
      else cancel.abort();
    };
    terminal.signal.addEventListener("abort", interrupt, { once: true });
    if (terminal.signal.aborted) interrupt();
    try {
      return await start(training, { signal: cancel.signal }, (event) => {
        stepping ||= event.kind === "step";
        show(event);
      });
    } finally {
      line.end();
      terminal.signal.removeEventListener("abort", interrupt);
    }
  });
  if (json) terminal.out(`${JSON.stringify({ kind: "result", folder, record })}\n`);
  else terminal.out(summary(folder, record));
  if (record.reason !== null) terminal.err(`${record.reason}\n`);
  return exitCode(record);
}

function exitCode({ state }: TrainingRecord): ExitCode {
  if (state === "failed") return 1;
  return state === "paused" ? 130 : 0;
}

/** What an event says, and whether the line stays; null for nothing. */
function told(event: TrainingEvent, steps: number): { readonly text: string; readonly stays: boolean } | null {
  const stays = (text: string) => ({ text, stays: true });
  switch (event.kind) {
    case "begin":
      return stays(l10n.t("Run: {0}", event.folder));
    case "stage":
      return { text: stageText(event), stays: false };
    case "step":
      return { text: stepText(event, steps), stays: false };
    case "evaluation":
      return stays(evaluationText(event));
    case "sample":
      return stays(l10n.t("After step {0}: {1}", event.step, JSON.stringify(event.text)));
    case "note":
      return stays(event.text);
    case "checkpoint":
      return null;
    default:
      return event satisfies never;
  }
}

function stageText({ stage, done, total }: Extract<TrainingEvent, { kind: "stage" }>): string {
  return total > 0 ? l10n.t("{0}: {1} of {2}", stage, done, total) : l10n.t("{0}: {1}", stage, done);
}

function stepText(event: Extract<TrainingEvent, { kind: "step" }>, steps: number): string {
  const { step, loss, learningRate, tokensPerSecond, leftMs } = event;
  const speed = l10n.t("{0} tokens/s", tokensPerSecond.toFixed(0));
  const left = leftMs === null ? "" : `, ${l10n.t("{0} left", duration(leftMs))}`;
  const rate = learningRate.toExponential(2);
  return `${l10n.t("step {0} of {1}: loss {2}, rate {3}", step, steps, loss.toFixed(4), rate)}, ${speed}${left}`;
}

function evaluationText({ step, split, loss, accuracy, best }: Extract<TrainingEvent, { kind: "evaluation" }>): string {
  const right = accuracy === null ? "" : `, ${l10n.t("accuracy {0} %", percent(accuracy))}`;
  const mark = best ? `, ${l10n.t("the best so far")}` : "";
  return `${l10n.t("{0} after step {1}: loss {2}", split, step, loss.toFixed(4))}${right}${mark}`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function summary(folder: string, { state, step, steps, best, test, model, elapsedMs }: TrainingRecord): string {
  const measured = (of: { loss: number; accuracy: number | null }) =>
    of.accuracy === null
      ? l10n.t("loss {0}", of.loss.toFixed(4))
      : l10n.t("loss {0}, accuracy {1} %", of.loss.toFixed(4), percent(of.accuracy));
  const majority =
    test?.majority === null || test?.majority === undefined
      ? ""
      : `; ${l10n.t("the most frequent label {0} %", percent(test.majority))}`;
  return table([
    [l10n.t("run"), folder],
    [l10n.t("state"), state],
    [l10n.t("steps"), l10n.t("{0} of {1}, {2}", step, steps, duration(elapsedMs))],
    ...(best ? [[l10n.t("dev"), `${measured(best)} (${l10n.t("step {0}", best.step)})`]] : []),
    ...(test ? [[l10n.t("test"), `${measured(test)}${majority}`]] : []),
    ...(model ? [[l10n.t("model"), `${folder}/${model}`]] : []),
  ]);
}
