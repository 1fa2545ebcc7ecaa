/** The runtime's requests that concern a model, and what they say about the model. Knows nothing of VS Code. */
import { RuntimeError } from "../runtime/errors";
import {
  type DeviceInfo,
  devicesRequest,
  type GenerateEvent,
  type GenerateParams,
  type GenerateResult,
  generateRequest,
  loadModelRequest,
  type ModelInfo,
  type ModelReference,
  type RuntimeErrorCode,
  type ScoreParams,
  type ScoreResult,
  scoreRequest,
  unloadModelRequest,
  type WorkProgress,
} from "../runtime/protocol";
import { Emitter, type Event } from "./emitter";
import type { CallOptions, RuntimeClient } from "./runtimeClient";
import type { ModelState } from "./states";

/** What this needs of `RuntimeClient`. */
export type Runtime = Pick<RuntimeClient, "request" | "onDidChangeState">;

/** Failures that say something of the model, not of the request. */
const modelFailures: ReadonlySet<RuntimeErrorCode> = new Set<RuntimeErrorCode>([
  "notAModelFolder",
  "invalidConfig",
  "unsupportedModel",
  "invalidCheckpoint",
  "tensorMissing",
  "tensorShape",
  "unsupportedDType",
  "invalidTokenizer",
  "deviceUnavailable",
  "sessionFailed",
]);

/** Scores, generates and loads, and keeps the state of the model. */
export class ModelClient {
  readonly #changed = new Emitter<ModelState>();
  #state: ModelState = { kind: "none" };
  /** The last model that was loaded in the process that runs now. */
  #last: ModelInfo | undefined;

  constructor(private readonly runtime: Runtime) {
    runtime.onDidChangeState((state) => {
      if (state.kind !== "stopped" && state.kind !== "crashed") return;
      this.#last = undefined;
      this.#set({ kind: "none" });
    });
  }

  /** Which model the runtime holds. */
  get state(): ModelState {
    return this.#state;
  }

  /** Fires on every change of `state`. */
  get onDidChangeState(): Event<ModelState> {
    return this.#changed.event;
  }

  /** Probes the devices. Throws as `RuntimeClient.request`, like all methods here. */
  devices(signal?: AbortSignal): Promise<readonly DeviceInfo[]> {
    return this.runtime.request(devicesRequest, {}, { signal });
  }

  /** Tries a model out; when that fails the one before stays loaded, and the state says so. */
  async load(model: ModelReference, signal?: AbortSignal): Promise<ModelInfo> {
    this.#loading(model);
    try {
      const info = await this.runtime.request(loadModelRequest, model, { signal });
      this.#loaded(info);
      return info;
    } catch (error) {
      this.#fallBack();
      throw error;
    }
  }

  /** Frees the loaded model. Starts no process for that: without one nothing is loaded. */
  async unload(): Promise<void> {
    if (!this.#last) return;
    await this.runtime.request(unloadModelRequest, {});
    this.#last = undefined;
    this.#set({ kind: "none" });
  }

  /** Scores every token of a text. */
  score(params: ScoreParams, options: CallOptions): Promise<ScoreResult> {
    return this.#watch(params.model, async () => {
      const onProgress = this.#watchProgress(params.model, options);
      const result = await this.runtime.request(scoreRequest, params, { ...options, onProgress });
      this.#loaded(result.model);
      return result;
    });
  }

  /** Generates, streaming to `options.onEvent`. */
  generate(params: GenerateParams, options: CallOptions): Promise<GenerateResult> {
    return this.#watch(params.model, () => {
      const onProgress = this.#watchProgress(params.model, options);
      const onEvent = (event: GenerateEvent) => {
        if (event.kind === "prompt") this.#loaded(event.model);
        options.onEvent?.(event);
      };
      return this.runtime.request(generateRequest, params, { ...options, onProgress, onEvent });
    });
  }

  #watchProgress({ folder }: ModelReference, { onProgress }: CallOptions): (progress: WorkProgress) => void {
    return (progress) => {
      if (progress.stage === "loading" && this.#state.kind !== "loading") this.#set({ kind: "loading", folder });
      onProgress?.(progress);
    };
  }

  async #watch<T>(model: ModelReference, work: () => Promise<T>): Promise<T> {
    this.#loading(model);
    try {
      return await work();
    } catch (error) {
      this.#failed(model, error);
      throw error;
    }
  }

  #holds({ folder, device }: ModelReference): boolean {
    const state = this.#state;
    if (state.kind !== "loaded" || state.info.folder !== folder) return false;
    return device === "auto" || device === state.info.device;
  }

  #failed({ folder }: ModelReference, error: unknown): void {
    if (error instanceof RuntimeError && modelFailures.has(error.code)) {
      this.#set({ kind: "failed", folder, error: error.toInfo() });
    } else {
      this.#fallBack();
    }
  }

  /** Cancelled, or failed for a reason of its own, before the model was there: the one before is still loaded. */
  #fallBack(): void {
    if (this.#state.kind !== "loading") return;
    this.#set(this.#last ? { kind: "loaded", info: this.#last } : { kind: "none" });
  }

  #loading(model: ModelReference): void {
    if (!this.#holds(model)) this.#set({ kind: "loading", folder: model.folder });
  }

  #loaded(info: ModelInfo): void {
    this.#last = info;
    this.#set({ kind: "loaded", info });
  }

  #set(state: ModelState): void {
    this.#state = state;
    this.#changed.fire(state);
  }
}
