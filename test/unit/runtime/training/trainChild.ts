/** A process that trains, and tells its parent every event: made to be killed. Argument: parameters, or the folder to go on with, as JSON. */

import type { FineTuneParams, PretrainParams, TrainingEvent } from "../../../../src/runtime/trainingProtocol";
import { TrainingService } from "../../../../src/runtime/trainingService";

/** What the process is to do. */
export type TrainChildRequest =
  | { readonly params: FineTuneParams }
  | { readonly pretrain: PretrainParams }
  | { readonly folder: string };

const given: TrainChildRequest = JSON.parse(process.argv[2] ?? "");
const service = new TrainingService();
const context = { signal: new AbortController().signal };
const tell = (event: TrainingEvent) => void process.send?.(event);

function train() {
  if ("folder" in given) return service.resume(given, context, tell);
  return "pretrain" in given
    ? service.pretrain(given.pretrain, context, tell)
    : service.fineTune(given.params, context, tell);
}

void train().then(() => process.exit(0));
