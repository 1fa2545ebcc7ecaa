/** A process that trains, and tells its parent every event: made to be killed. Argument: parameters, or the folder to go on with, as JSON. */

import type { FineTuneParams, TrainingEvent } from "../../../../src/runtime/trainingProtocol";
import { TrainingService } from "../../../../src/runtime/trainingService";

const given: { readonly params: FineTuneParams } | { readonly folder: string } = JSON.parse(process.argv[2] ?? "");
const service = new TrainingService();
const context = { signal: new AbortController().signal };
const tell = (event: TrainingEvent) => void process.send?.(event);
const training =
  "folder" in given ? service.resume(given, context, tell) : service.fineTune(given.params, context, tell);
void training.then(() => process.exit(0));
