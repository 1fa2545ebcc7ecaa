/**
 * A runtime process of its own for long work, so that completions stay quick beside it: training and comparisons share it. It starts with the
 * first request and ends once it has been idle for a while. Knows nothing of VS Code.
 */
import type { RequestType } from "vscode-jsonrpc";
import type { RuntimeErrorInfo, WithProgress } from "../runtime/protocol";
import type { Clock } from "./clock";
import type { Disposable, Event } from "./emitter";
import type { CallOptions, RuntimeClient } from "./runtimeClient";

/** How long the process is kept without a request, milliseconds. */
export const idleMs = 120_000;

/** What it does with its process. */
export type OwnProcess = Pick<RuntimeClient, "request" | "dispose" | "end" | "onDidCrash">;

/** The process, ended while nobody asks it anything. */
export class IdleRuntime {
  #pending = 0;
  #timer: Disposable | undefined;

  constructor(
    private readonly runtime: OwnProcess,
    private readonly clock: Clock,
  ) {}

  /** Fires with the reason when the process ended unasked. */
  get onDidCrash(): Event<string> {
    return this.runtime.onDidCrash;
  }

  /** Asks the process, which is started if need be. Throws as `RuntimeClient.request`. */
  async ask<P extends object, R, E>(
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

  /** Ends the process. */
  async dispose(): Promise<void> {
    this.#timer?.dispose();
    await this.runtime.dispose();
  }

  /** Memory of models and sessions goes back to the machine. */
  async #endIdle(): Promise<void> {
    if (this.#pending === 0) await this.runtime.end();
  }
}
