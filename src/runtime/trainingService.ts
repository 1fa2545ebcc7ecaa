/** The part of the service that trains. One run at a time in a process: it takes all of the device. */
import { openModelFolder } from "./checkpoint/store";
import { Devices, trainingDevice } from "./engine/device";
import { LongWork } from "./longWork";
import type { Device, DeviceChoice } from "./protocol";
import { parseRequest } from "./requests";
import { holdingRun } from "./runLock";
import type { RequestContext } from "./service";
import { previewCorpus } from "./training/corpus";
import { hasEnded, removeLeftovers, tidyEnded } from "./training/endedRun";
import { estimateFineTune } from "./training/fineTuneEstimate";
import { fineTune, resumeFineTune } from "./training/finetune";
import { guessTrainingData } from "./training/guessData";
import { pretrain, resumePretrain } from "./training/pretrain";
import { estimatePretrain } from "./training/pretrainEstimate";
import { previewTrainingData } from "./training/preview";
import type { TrainingContext } from "./training/recordTraining";
import { readTraining, readTrainingRecord } from "./training/trainingRunStore";
import type {
  CorpusPreview,
  CorpusSource,
  TrainingDataGuess,
  TrainingDataPreview,
  TrainingGuessParams,
  TrainingPreviewParams,
} from "./trainingDataProtocol";
import type {
  ControlTrainingParams,
  FineTuneParams,
  PretrainParams,
  ResumeTrainingParams,
  TrainingEstimate,
  TrainingEvent,
  TrainingResult,
} from "./trainingProtocol";
import { trainingParams } from "./trainingRequests";

/** What the run under way is to do next, and how it is told at once. */
interface Running {
  wanted: "pause" | "stop" | null;
  readonly interrupt: AbortController;
}

/** Answers requests about training. Every method throws `invalidRequest` for wrong parameters. */
export class TrainingService {
  readonly #longWork: LongWork;
  readonly #devices: Pick<Devices, "choose">;
  /** What the run under way is to do next; null when there is none. */
  #running: Running | null = null;

  /** @param longWork the process' own, so that no comparison is run at the same time. */
  constructor(longWork = new LongWork(), devices: Pick<Devices, "choose"> = new Devices()) {
    this.#longWork = longWork;
    this.#devices = devices;
  }

  /** What a data file seems to hold. */
  async guess(params: TrainingGuessParams, { signal }: RequestContext): Promise<TrainingDataGuess> {
    return guessTrainingData(parseRequest(trainingParams.guess, params), { signal });
  }

  /** What a data set holds. */
  async preview(params: TrainingPreviewParams, { signal }: RequestContext): Promise<TrainingDataPreview> {
    const { model, ...own } = parseRequest(trainingParams.preview, params);
    const tokenizer = model ? (await openModelFolder(model.folder)).tokenizer : null;
    try {
      return await previewTrainingData(own, tokenizer, { signal });
    } finally {
      tokenizer?.free();
    }
  }

  /** What fine-tuning would need. */
  async estimateFineTune(params: FineTuneParams, { signal }: RequestContext): Promise<TrainingEstimate> {
    const { model, data, settings } = parseRequest(trainingParams.fineTune, params);
    return estimateFineTune({ model, data, settings }, await this.#choose(model.device), signal);
  }

  /** Fine-tunes a model, giving each event as it comes. A cancelled run is `paused`. */
  async fineTune(
    params: FineTuneParams,
    context: RequestContext,
    onEvent: (event: TrainingEvent) => unknown,
  ): Promise<TrainingResult> {
    const checked = parseRequest(trainingParams.fineTune, params);
    return this.#alone(context, onEvent, (training) => fineTune(checked, training));
  }

  /** What a text collection holds. */
  async previewCorpus(params: CorpusSource, { signal, onProgress }: RequestContext): Promise<CorpusPreview> {
    const source = parseRequest(trainingParams.corpus, params);
    return previewCorpus(source, {
      signal,
      onProgress: (files) => onProgress?.({ stage: "checking", done: files, total: 0 }),
    });
  }

  /** What pre-training would need. */
  async estimatePretrain(params: PretrainParams, { signal }: RequestContext): Promise<TrainingEstimate> {
    const { model, corpus, settings, device } = parseRequest(trainingParams.pretrain, params);
    const choice = device ?? (model.kind === "continue" ? model.model.device : "auto");
    return estimatePretrain({ model, corpus, settings }, await this.#choose(choice), signal);
  }

  /** Pre-trains a model, as `fineTune` does. */
  async pretrain(
    params: PretrainParams,
    context: RequestContext,
    onEvent: (event: TrainingEvent) => unknown,
  ): Promise<TrainingResult> {
    const checked = parseRequest(trainingParams.pretrain, params);
    return this.#alone(context, onEvent, (training) => pretrain(checked, training));
  }

  /** Goes on with a run that no other process works on. One that ended, but was killed while it tidied up, is tidied up. */
  async resume(
    params: ResumeTrainingParams,
    context: RequestContext,
    onEvent: (event: TrainingEvent) => unknown,
  ): Promise<TrainingResult> {
    const { folder } = parseRequest(trainingParams.resume, params);
    return this.#alone(context, onEvent, async (training) => {
      // What is no run gets no lock.
      await readTrainingRecord(folder);
      return holdingRun(folder, async (tookOver) => {
        const stored = await readTraining(folder);
        if ((await tidyEnded(stored)) || (tookOver && hasEnded(stored.record)))
          return { folder, record: stored.record };
        await removeLeftovers(folder);
        return stored.record.kind === "pretrain" ? resumePretrain(stored, training) : resumeFineTune(stored, training);
      });
    });
  }

  /** Says how the run under way goes on after its next step; false when there is none. */
  control(params: ControlTrainingParams): boolean {
    const { action } = parseRequest(trainingParams.control, params);
    if (this.#running === null) return false;
    this.#running.wanted = action;
    this.#running.interrupt.abort();
    return true;
  }

  #alone(
    { signal }: RequestContext,
    onEvent: (event: TrainingEvent) => unknown,
    work: (context: TrainingContext) => Promise<TrainingResult>,
  ): Promise<TrainingResult> {
    return this.#longWork.alone("training", async () => {
      const running: Running = { wanted: null, interrupt: new AbortController() };
      this.#running = running;
      try {
        const control = { signal, wanted: () => running.wanted, interrupt: running.interrupt.signal };
        return await work({ control, onEvent, chooseDevice: (choice) => this.#choose(choice) });
      } finally {
        this.#running = null;
      }
    });
  }

  #choose(choice: DeviceChoice): Promise<Device> {
    return trainingDevice(choice, (wanted) => this.#devices.choose(wanted));
  }
}
