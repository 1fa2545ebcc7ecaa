/** The runtime's requests that concern a model, and what they say about the model. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { RequestType } from "vscode-jsonrpc";
import { type CompareTextsParams, compareTextsRequest, type TextComparison } from "../runtime/analysisProtocol";
import { RuntimeError } from "../runtime/errors";
import {
  type DeviceFailed,
  type DeviceFailure,
  type DeviceInfo,
  type DeviceInUse,
  type DevicesParams,
  devicesRequest,
  type GenerateEvent,
  type GenerateParams,
  type GenerateResult,
  generateRequest,
  loadModelRequest,
  type ModelInfo,
  type ModelReference,
  type RuntimeErrorCode,
  type RuntimeErrorInfo,
  type ScoreParams,
  type ScoreResult,
  scoreRequest,
  unloadModelRequest,
  type WithProgress,
  type WorkProgress,
} from "../runtime/protocol";
import { Emitter, type Event } from "./emitter";
import type { CallOptions, RuntimeClient } from "./runtimeClient";
import type { ModelState } from "./states";

/** What this needs of `RuntimeClient`. */
export type Runtime = Pick<
  RuntimeClient,
  "request" | "onDidChangeState" | "onDidUseDevice" | "onDidFailDevice" | "onDidCrash"
>;

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

/**
 * Scores, generates and loads, and keeps the state of the model. A device under which the process ends is left: its model goes on on
 * the CPU.
 */
export class ModelClient {
  readonly #changed = new Emitter<ModelState>();
  #state: ModelState = { kind: "none" };
  /** The last model that was loaded in the process that runs now. */
  #last: ModelInfo | undefined;

  readonly #deviceFailed = new Emitter<DeviceFailed>();
  /** Devices under which the process ended, by model folder. */
  readonly #failures = new Map<string, DeviceFailure>();
  /** What the process did last with a device, and how many requests wait for it. */
  #inUse: DeviceInUse | undefined;
  #pending = 0;
  #crashBlamed = false;

  constructor(private readonly runtime: Runtime) {
    runtime.onDidUseDevice((use) => {
      this.#inUse = use;
    });
    runtime.onDidFailDevice((failed) => this.#deviceFailed.fire(failed));
    runtime.onDidCrash((reason) => this.#crashed(reason));
    runtime.onDidChangeState((state) => {
      if (state.kind !== "stopped" && state.kind !== "crashed") return;
      if (state.kind === "stopped") this.#failures.clear(); // the user's way to another chance
      this.#last = undefined;
      this.#set({ kind: "none" });
    });
  }

  /** Whether the last crash was put down to a device, which `onDidFailDevice` told. */
  get crashBlamed(): boolean {
    return this.#crashBlamed;
  }

  /** Fires when a device failed and the CPU took its place. */
  get onDidFailDevice(): Event<DeviceFailed> {
    return this.#deviceFailed.event;
  }

  /** Which model the runtime holds. */
  get state(): ModelState {
    return this.#state;
  }

  /** Fires on every change of `state`. */
  get onDidChangeState(): Event<ModelState> {
    return this.#changed.event;
  }

  /** Tells of every device. Throws as `RuntimeClient.request`, like all methods here. */
  devices(params: DevicesParams, signal?: AbortSignal): Promise<readonly DeviceInfo[]> {
    if (params.refresh) this.#failures.clear();
    return this.runtime.request(devicesRequest, params, { signal });
  }

  /** Tries a model out; when that fails the one before stays loaded, and the state says so. */
  async load(model: ModelReference, signal?: AbortSignal): Promise<ModelInfo> {
    this.#loading(model);
    try {
      const send = (reference: ModelReference) => this.runtime.request(loadModelRequest, reference, { signal });
      return this.#loaded(await this.#onDevice(model, send));
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
      const send = (model: ModelReference) =>
        this.runtime.request(scoreRequest, { ...params, model }, { ...options, onProgress });
      const result = await this.#onDevice(params.model, send);
      return { ...result, model: this.#loaded(result.model) };
    });
  }

  /** Generates, streaming to `options.onEvent`. */
  generate(params: GenerateParams, options: CallOptions): Promise<GenerateResult> {
    return this.#watch(params.model, () => {
      const onProgress = this.#watchProgress(params.model, options);
      let begun = false;
      const onEvent = (event: GenerateEvent) => {
        begun ||= event.kind !== "prompt";
        const told = event.kind === "prompt" ? { ...event, model: this.#loaded(event.model) } : event;
        options.onEvent?.(told);
      };
      const send = (model: ModelReference) =>
        this.runtime.request(generateRequest, { ...params, model }, { ...options, onProgress, onEvent });
      return this.#onDevice(params.model, send, () => begun);
    });
  }

  /** Asks what happens inside a model. */
  analyze<P extends { readonly model: ModelReference }, R>(
    type: RequestType<WithProgress<P>, R, RuntimeErrorInfo>,
    params: P,
    options: CallOptions,
  ): Promise<R> {
    return this.#watch(params.model, () => {
      const onProgress = this.#watchProgress(params.model, options);
      const send = (model: ModelReference) =>
        this.runtime.request<P, R>(type, { ...params, model }, { ...options, onProgress });
      return this.#onDevice(params.model, send);
    });
  }

  /**
   * Work on a model that may stream. `modelOf` finds the model in an event or in the result; where none tells of it, the runtime is
   * asked once the work is done.
   */
  stream<P extends { readonly model: ModelReference }, R, E>(
    type: RequestType<WithProgress<P>, R, RuntimeErrorInfo>,
    params: P,
    options: CallOptions<E> & { readonly modelOf?: (told: E | R) => ModelInfo | undefined },
  ): Promise<R> {
    const { modelOf, onEvent, ...rest } = options;
    return this.#watch(params.model, async () => {
      const onProgress = this.#watchProgress(params.model, rest);
      let begun = false;
      const learn = (told: E | R) => {
        const info = modelOf?.(told);
        if (info) this.#loaded(info);
      };
      const hear = (event: E) => {
        begun = true;
        learn(event);
        onEvent?.(event);
      };
      const send = (model: ModelReference) => {
        const streaming = onEvent ? { onEvent: hear } : {};
        return this.runtime.request<P, R, E>(type, { ...params, model }, { ...rest, onProgress, ...streaming });
      };
      const result = await this.#onDevice(params.model, send, () => begun);
      learn(result);
      if (this.#state.kind === "loading") await this.load(params.model, rest.signal);
      return result;
    });
  }

  /** Compares two texts, or one under two models; the second one is loaded afterwards. */
  compare(params: CompareTextsParams, options: CallOptions): Promise<TextComparison> {
    const { a, b } = params;
    return this.#watch(a.model, async () => {
      const onProgress = this.#watchProgress(a.model, options);
      const send = (model: ModelReference) => {
        const sides = { a: { ...a, model }, b: { ...b, model: this.#onCpuIfFailed(b.model) } };
        return this.runtime.request(compareTextsRequest, { ...params, ...sides }, { ...options, onProgress });
      };
      const result = await this.#onDevice(a.model, send);
      const first = { ...result.a, model: this.#loaded(result.a.model) };
      return { ...result, a: first, b: { ...result.b, model: this.#loaded(result.b.model) } };
    });
  }

  /** Sends a request; when the process ends under its device before anything came back, sends it once more for the CPU. */
  async #onDevice<T>(
    model: ModelReference,
    send: (model: ModelReference) => Promise<T>,
    begun: () => boolean = () => false,
  ): Promise<T> {
    const failedBefore = this.#failures.has(model.folder);
    this.#pending++;
    try {
      return await send(this.#onCpuIfFailed(model));
    } catch (error) {
      const exited = error instanceof RuntimeError && error.code === "runtimeExited";
      if (!exited || failedBefore || !this.#failures.has(model.folder) || begun()) throw error;
    } finally {
      this.#pending--;
    }
    return send(this.#onCpuIfFailed(model));
  }

  #onCpuIfFailed(model: ModelReference): ModelReference {
    return this.#failures.has(model.folder) ? { ...model, device: "cpu" } : model;
  }

  /** A driver can end the process. Whether it did cannot be known; but the CPU has none. */
  #crashed(reason: string): void {
    const use = this.#inUse;
    this.#inUse = undefined;
    this.#crashBlamed = use !== undefined && use.device !== "cpu" && this.#pending > 0;
    if (!use || !this.#crashBlamed) return;
    const failure = { device: use.device, reason: l10n.t("the runtime process ended ({0}).", reason) };
    this.#failures.set(use.folder, failure);
    const model = use.folder.split(/[\\/]/).findLast((part) => part !== "") ?? use.folder;
    this.#deviceFailed.fire({ ...failure, folder: use.folder, model });
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
    return device === "auto" || device === state.info.device || device === state.info.failure?.device;
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

  #loaded(loaded: ModelInfo): ModelInfo {
    const failure = this.#failures.get(loaded.folder);
    const info = failure ? { ...loaded, failure } : loaded;
    this.#last = info;
    this.#set({ kind: "loaded", info });
    return info;
  }

  #set(state: ModelState): void {
    this.#state = state;
    this.#changed.fire(state);
  }
}
