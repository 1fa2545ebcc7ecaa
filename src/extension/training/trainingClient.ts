/**
 * Training's own runtime process, so that completions stay quick beside it. It starts with the first request and ends once it has been
 * idle for a while. Knows nothing of VS Code.
 */
import type { RequestType } from "vscode-jsonrpc";
import type { RuntimeErrorInfo, WithProgress } from "../../runtime/protocol";
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
import type { Clock } from "../clock";
import type { Disposable, Event } from "../emitter";
import type { CallOptions, RuntimeClient } from "../runtimeClient";

/** How long the process is kept without a request, milliseconds. */
export const idleMs = 120_000;

/** Hears of a run while it goes on. */
export type RunOptions = CallOptions<TrainingEvent>;

/** What it does with its process. */
export type TrainingRuntime = Pick<RuntimeClient, "request" | "dispose" | "end" | "onDidCrash">;

/** Training's requests. All methods throw as `RuntimeClient.request`. */
export class TrainingClient {
  #pending = 0;
  #timer: Disposable | undefined;

  constructor(
    private readonly runtime: TrainingRuntime,
    private readonly clock: Clock,
  ) {}

  /** Fires with the reason when the process ended unasked. */
  get onDidCrash(): Event<string> {
    return this.runtime.onDidCrash;
  }

  /** Task and columns that a data file most likely has. */
  guess(params: TrainingGuessParams, signal?: AbortSignal): Promise<TrainingDataGuess> {
    return this.#ask(trainingGuessRequest, params, { signal });
  }

  /** What a data set holds. */
  preview(params: TrainingPreviewParams, signal?: AbortSignal): Promise<TrainingDataPreview> {
    return this.#ask(trainingPreviewRequest, params, { signal });
  }

  /** What a text collection holds. */
  corpus(params: CorpusSource, signal?: AbortSignal): Promise<CorpusPreview> {
    return this.#ask(corpusPreviewRequest, params, { signal });
  }

  /** What fine-tuning would need. */
  fineTuneEstimate(params: FineTuneParams, signal?: AbortSignal): Promise<TrainingEstimate> {
    return this.#ask(fineTuneEstimateRequest, params, { signal });
  }

  /** What pre-training would need. */
  pretrainEstimate(params: PretrainParams, signal?: AbortSignal): Promise<TrainingEstimate> {
    return this.#ask(pretrainEstimateRequest, params, { signal });
  }

  /** Fine-tunes, streaming to `options.onEvent`. */
  fineTune(params: FineTuneParams, options: RunOptions): Promise<TrainingResult> {
    return this.#ask(fineTuneRequest, params, options);
  }

  /** Pre-trains, streaming to `options.onEvent`. */
  pretrain(params: PretrainParams, options: RunOptions): Promise<TrainingResult> {
    return this.#ask(pretrainRequest, params, options);
  }

  /** Goes on with a run, streaming to `options.onEvent`. */
  resume(params: ResumeTrainingParams, options: RunOptions): Promise<TrainingResult> {
    return this.#ask(resumeTrainingRequest, params, options);
  }

  /** Pauses or stops the run under way; false when there is none. */
  control(params: ControlTrainingParams): Promise<boolean> {
    return this.#ask(controlTrainingRequest, params, {});
  }

  /** Merges a LoRA adapter into its base: gives the new folder. */
  merge(params: MergeParams, options: CallOptions = {}): Promise<string> {
    return this.#ask(mergeRequest, params, options);
  }

  /** Ends the process. A run under way can be resumed from its last checkpoint. */
  async dispose(): Promise<void> {
    this.#timer?.dispose();
    await this.runtime.dispose();
  }

  async #ask<P extends object, R, E>(
    type: RequestType<WithProgress<P>, R, RuntimeErrorInfo>,
    params: P,
    options: CallOptions<E>,
  ): Promise<R> {
    this.#pending++;
    this.#timer?.dispose();
    try {
      return await this.runtime.request<P, R, E>(type, params, options);
    } finally {
      this.#pending--;
      if (this.#pending === 0) this.#timer = this.clock.after(idleMs, () => void this.#endIdle());
    }
  }

  /** Memory of models and sessions goes back to the machine. */
  async #endIdle(): Promise<void> {
    if (this.#pending === 0) await this.runtime.end();
  }
}
