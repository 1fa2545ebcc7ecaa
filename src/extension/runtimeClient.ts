/**
 * The extension's end of the runtime process: starts it on first use, calls it, restarts it after a crash, ends it. Knows nothing of
 * VS Code.
 */
import * as l10n from "@vscode/l10n";
import type { RequestType } from "vscode-jsonrpc/node";
import { runtimeExited } from "../runtime/errors";
import {
  type DeviceFailed,
  type DeviceInUse,
  type GenerateEvent,
  infoRequest,
  type RuntimeErrorInfo,
  type RuntimeInfo,
  type WithProgress,
} from "../runtime/protocol";
import { sleep, unlessAborted } from "./abort";
import { Backoff } from "./backoff";
import { type Clock, systemClock } from "./clock";
import { Emitter, type Event } from "./emitter";
import { type CallOptions, type RuntimeClientOptions, RuntimeProcess } from "./runtimeProcess";
import type { RuntimeState } from "./states";

export type { CallOptions, RuntimeClientOptions } from "./runtimeProcess";

/** One attempt at having a process: from the wait before the fork to its end. */
interface Launch {
  readonly ready: Promise<RuntimeProcess>;
  readonly abort: AbortController;
  process?: RuntimeProcess;
}

/** The runtime as its users see it: requests that start the process when it is needed. */
export class RuntimeClient {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #stateChanged = new Emitter<RuntimeState>();
  readonly #crashed = new Emitter<string>();
  readonly #deviceInUse = new Emitter<DeviceInUse>();
  readonly #deviceFailed = new Emitter<DeviceFailed>();
  #state: RuntimeState = { kind: "stopped" };
  #launch: Launch | undefined;
  #disposed: boolean = false;

  constructor(private readonly options: RuntimeClientOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#backoff = new Backoff(this.#clock, options.backoff);
  }

  /** How the process is now. */
  get state(): RuntimeState {
    return this.#state;
  }

  /** Fires on every change of `state`. */
  get onDidChangeState(): Event<RuntimeState> {
    return this.#stateChanged.event;
  }

  /** Fires with the reason when the process ended unasked. */
  get onDidCrash(): Event<string> {
    return this.#crashed.event;
  }

  /** Fires before a model is loaded on a device. */
  get onDidUseDevice(): Event<DeviceInUse> {
    return this.#deviceInUse.event;
  }

  /** Fires when a device failed and the CPU took its place. */
  get onDidFailDevice(): Event<DeviceFailed> {
    return this.#deviceFailed.event;
  }

  /**
   * Sends a request, starting the process first if there is none.
   * Throws `CancelledError` when `signal` is aborted, `RuntimeError` for every other failure; its code is
   * `runtimeExited` when the process ended before it answered.
   */
  async request<P extends object, R, E = GenerateEvent>(
    type: RequestType<WithProgress<P>, R, RuntimeErrorInfo>,
    params: P,
    options: CallOptions<E> = {},
  ): Promise<R> {
    const process = await unlessAborted(this.#running(), options.signal);
    try {
      return await process.call(type, params, options);
    } finally {
      // An answer, be it a refusal, shows that the process is well.
      if (process.alive) this.#backoff.reset();
    }
  }

  /** Ends the process, if any, and starts a new one without delay. Pending requests are rejected. */
  async restart(): Promise<RuntimeInfo> {
    await this.#end(l10n.t("restarted"));
    this.#backoff.reset();
    return this.request(infoRequest, {});
  }

  /** Ends the process, if any, without delay; a later request starts a new one. Pending requests are rejected. */
  async end(): Promise<void> {
    await this.#end(l10n.t("closed"));
    this.#backoff.reset();
  }

  /** Ends the process; later requests are rejected. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#end(l10n.t("closed"));
    this.#stateChanged.dispose();
    this.#crashed.dispose();
    this.#deviceInUse.dispose();
    this.#deviceFailed.dispose();
  }

  #running(): Promise<RuntimeProcess> {
    if (this.#disposed) return Promise.reject(runtimeExited(l10n.t("closed")));
    if (!this.#launch) {
      const abort = new AbortController();
      const launch: Launch = { abort, ready: Promise.resolve().then(() => this.#start(launch)) };
      this.#launch = launch;
      launch.ready.catch((error: unknown) => this.#neverStarted(launch, error));
    }
    return this.#launch.ready;
  }

  async #start(launch: Launch): Promise<RuntimeProcess> {
    await this.#waitAfterCrashes(launch.abort.signal);
    this.#setState({ kind: "starting" });
    const process = new RuntimeProcess(this.options, this.#clock, {
      exited: (reason) => this.#exited(launch, reason),
      deviceInUse: (use) => this.#deviceInUse.fire(use),
      deviceFailed: (failed) => this.#deviceFailed.fire(failed),
    });
    launch.process = process;
    this.#backoff.started();
    const info = await process.handshake();
    this.options.logger.info(
      `Runtime ${info.version} ready: process ${info.pid}, onnxruntime ${info.onnxruntime}, Node ${info.node}.`,
    );
    this.#setState({ kind: "ready", pid: info.pid });
    return process;
  }

  /** The start failed though no process ended: it could not be forked, or refused the first request. */
  #neverStarted(launch: Launch, error: unknown): void {
    if (this.#launch !== launch) return;
    this.#exited(launch, error instanceof Error ? error.message : String(error));
    void launch.process?.end(l10n.t("closed"));
  }

  async #waitAfterCrashes(signal: AbortSignal): Promise<void> {
    const delayMs = this.#backoff.delayMs;
    if (delayMs > 0) {
      this.#setState({ kind: "waiting", delayMs });
      this.options.logger.info(`Runtime crashed before: starting it again in ${delayMs} ms.`);
      await sleep(this.#clock, delayMs, signal);
    }
    if (signal.aborted) throw runtimeExited(String(signal.reason));
  }

  #exited(launch: Launch, reason: string): void {
    if (this.#launch !== launch) return;
    this.#launch = undefined;
    this.#backoff.crashed();
    this.options.logger.error(`Runtime ended unasked: ${reason}.`);
    this.#setState({ kind: "crashed", reason });
    this.#crashed.fire(reason);
  }

  async #end(reason: string): Promise<void> {
    const launch = this.#launch;
    if (!launch) return;
    this.#launch = undefined;
    launch.abort.abort(reason);
    await launch.process?.end(reason);
    this.#setState({ kind: "stopped" });
  }

  #setState(state: RuntimeState): void {
    this.#state = state;
    this.#stateChanged.fire(state);
  }
}
