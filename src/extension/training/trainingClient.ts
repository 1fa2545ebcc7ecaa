/** Training, in the process of long work. Knows nothing of VS Code. */
import {
  type CorpusPreview,
  type CorpusSource,
  corpusPreviewRequest,
  type TrainingDataGuess,
  type TrainingDataPreview,
  type TrainingGuessParams,
  type TrainingPreviewParams,
  trainingGuessRequest,
  trainingPreviewRequest,
} from "../../runtime/trainingDataProtocol";
import {
  type ControlTrainingParams,
  controlTrainingRequest,
  type FineTuneParams,
  fineTuneEstimateRequest,
  fineTuneRequest,
  type MergeParams,
  mergeRequest,
  type PretrainParams,
  pretrainEstimateRequest,
  pretrainRequest,
  type ResumeTrainingParams,
  resumeTrainingRequest,
  type TrainingEstimate,
  type TrainingEvent,
  type TrainingResult,
} from "../../runtime/trainingProtocol";
import type { Event } from "../emitter";
import type { IdleRuntime } from "../idleRuntime";
import type { CallOptions } from "../runtimeClient";

/** Hears of a run while it goes on. */
export type RunOptions = CallOptions<TrainingEvent>;

/** Training's requests. All methods throw as `RuntimeClient.request`. */
export class TrainingClient {
  constructor(private readonly runtime: Pick<IdleRuntime, "ask" | "onDidCrash" | "dispose">) {}

  /** Fires with the reason when the process ended unasked. */
  get onDidCrash(): Event<string> {
    return this.runtime.onDidCrash;
  }

  /** Task and columns that a data file most likely has. */
  guess(params: TrainingGuessParams, signal?: AbortSignal): Promise<TrainingDataGuess> {
    return this.runtime.ask(trainingGuessRequest, params, { signal });
  }

  /** What a data set holds. */
  preview(params: TrainingPreviewParams, signal?: AbortSignal): Promise<TrainingDataPreview> {
    return this.runtime.ask(trainingPreviewRequest, params, { signal });
  }

  /** What a text collection holds. */
  corpus(params: CorpusSource, signal?: AbortSignal): Promise<CorpusPreview> {
    return this.runtime.ask(corpusPreviewRequest, params, { signal });
  }

  /** What fine-tuning would need. */
  fineTuneEstimate(params: FineTuneParams, signal?: AbortSignal): Promise<TrainingEstimate> {
    return this.runtime.ask(fineTuneEstimateRequest, params, { signal });
  }

  /** What pre-training would need. */
  pretrainEstimate(params: PretrainParams, signal?: AbortSignal): Promise<TrainingEstimate> {
    return this.runtime.ask(pretrainEstimateRequest, params, { signal });
  }

  /** Fine-tunes, streaming to `options.onEvent`. */
  fineTune(params: FineTuneParams, options: RunOptions): Promise<TrainingResult> {
    return this.runtime.ask(fineTuneRequest, params, options);
  }

  /** Pre-trains, streaming to `options.onEvent`. */
  pretrain(params: PretrainParams, options: RunOptions): Promise<TrainingResult> {
    return this.runtime.ask(pretrainRequest, params, options);
  }

  /** Goes on with a run, streaming to `options.onEvent`. */
  resume(params: ResumeTrainingParams, options: RunOptions): Promise<TrainingResult> {
    return this.runtime.ask(resumeTrainingRequest, params, options);
  }

  /** Pauses or stops the run under way; false when there is none. */
  control(params: ControlTrainingParams): Promise<boolean> {
    return this.runtime.ask(controlTrainingRequest, params, {});
  }

  /** Merges a LoRA adapter into its base: gives the new folder. */
  merge(params: MergeParams, options: CallOptions = {}): Promise<string> {
    return this.runtime.ask(mergeRequest, params, options);
  }

  /** Ends the process. A run under way can be resumed from its last checkpoint. */
  dispose(): Promise<void> {
    return this.runtime.dispose();
  }
}
