/** A run and its record: what happens is told and written down, and however it ends, the record says so. */
import * as l10n from "@vscode/l10n";
import { CancelledError, RuntimeError } from "../errors";
import type { Device, DeviceChoice } from "../protocol";
import type { TrainingEvent, TrainingRecord, TrainingResult } from "../trainingProtocol";
import type { TrainingControl } from "./trainer";
import type { TrainingRunWriter } from "./trainingRunStore";

/** Who asks for a run. */
export interface TrainingContext {
  readonly control: TrainingControl;
  readonly onEvent: (event: TrainingEvent) => unknown;
  readonly chooseDevice: (choice: DeviceChoice) => Promise<Device>;
}

/** Tells an event, and keeps it. */
export type Tell = (event: TrainingEvent) => Promise<void>;

/** What a run adds to its record when it ends. */
export type TrainingEnd = Partial<TrainingRecord> & Pick<TrainingRecord, "state" | "reason">;

/**
 * Does the work of the run that `writer` writes. A `RuntimeError` ends the run as `failed` with its message for the reason, a
 * cancellation as `paused`; faults of the program are recorded, and thrown. Throws `cannotWrite` when not even the record can be written.
 */
export async function recordTraining(
  writer: TrainingRunWriter,
  { control, onEvent }: Pick<TrainingContext, "control" | "onEvent">,
  work: (tell: Tell) => Promise<TrainingEnd>,
): Promise<TrainingResult> {
  const record = await writer.update({ state: "running", reason: null });
  await onEvent({ kind: "begin", folder: writer.folder, record });
  const tell = async (event: TrainingEvent) => {
    await writer.event(event);
    if (event.kind === "checkpoint") await writer.update({ step: event.step });
    if (event.kind === "evaluation" && event.best)
      await writer.update({ best: { step: event.step, loss: event.loss, accuracy: event.accuracy } });
    await onEvent(event);
  };
  let fault: unknown = null;
  const end = await work(tell).catch((error: unknown): TrainingEnd => {
    if (error instanceof CancelledError || control.signal.aborted)
      return { state: "paused", reason: l10n.t("It was cancelled.") };
    if (!(error instanceof RuntimeError)) fault = error;
    return { state: "failed", reason: failureText(error) };
  });
  const result = { folder: writer.folder, record: await writer.update(end) };
  if (fault !== null) throw fault;
  return result;
}

/** Message and remedy. */
export function failureText(error: unknown): string {
  if (error instanceof RuntimeError) return [error.message, error.hint].filter(Boolean).join(" ");
  return error instanceof Error ? error.message : String(error);
}
