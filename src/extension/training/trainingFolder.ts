/** A training run's folder: its record and its events, read as untrusted files. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import * as z from "zod";
import { invalidRequest } from "../../runtime/errors";
import { trainingEvent, trainingRecord } from "../../runtime/training/trainingForm";
import type { TrainingEvent, TrainingRecord } from "../../runtime/trainingProtocol";
import type { RunFiles } from "../promptLab/runFolder";

/** A run, as its folder has it. */
export interface StoredTraining {
  readonly folder: string;
  readonly record: TrainingRecord;
  readonly events: readonly TrainingEvent[];
}

const limits = { record: 64 << 20, events: 512 << 20 };
/** Lines between two turns of the event loop: a large run must not freeze the window. */
const stride = 500;

/** Reads a run's folder. Throws `invalidRequest` for one that is none. Lines of events that cannot be read are left out. */
export async function readTrainingFolder(files: Pick<RunFiles, "read">, folder: string): Promise<StoredTraining> {
  const bytes = await files.read(folder, "run.json", limits.record);
  if (!bytes) throw notATraining(folder, l10n.t("it has no run.json"));
  const parsed = trainingRecord.safeParse(jsonOf(new TextDecoder().decode(bytes)));
  if (!parsed.success) throw notATraining(folder, `run.json: ${z.prettifyError(parsed.error).split("\n").join(" ")}`);
  return { folder, record: parsed.data, events: await readEvents(files, folder) };
}

async function readEvents(files: Pick<RunFiles, "read">, folder: string): Promise<readonly TrainingEvent[]> {
  const bytes = await files.read(folder, "metrics.jsonl", limits.events);
  const events: TrainingEvent[] = [];
  const decoder = new TextDecoder();
  for (let from = 0, line = 1; bytes && from < bytes.length; line++) {
    const end = bytes.indexOf(0x0a, from);
    const to = end < 0 ? bytes.length : end;
    const event = trainingEvent.safeParse(jsonOf(decoder.decode(bytes.subarray(from, to))));
    if (event.success) events.push(event.data);
    from = to + 1;
    if (line % stride === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return events;
}

/** Undefined for what is no JSON: the last line of a run that was cut off may be half a line. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function notATraining(folder: string, reason: string): Error {
  return invalidRequest(
    l10n.t("{0} is not the folder of a training run: {1}", folder, reason),
    l10n.t("Choose a folder below .gpt-workbench/runs."),
  );
}
