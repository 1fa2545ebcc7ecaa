/**
 * The extension's end of the runtime process: forks it on first use, calls it, restarts it after a crash, ends it.
 * The one module here that touches child processes and the transport. Knows nothing of VS Code.
 */
import { type ChildProcess, fork } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as l10n from "@vscode/l10n";
import {
  CancellationTokenSource,
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
  type RequestType,
  ResponseError,
} from "vscode-jsonrpc/node";
import { CancelledError, fromErrorInfo, runtimeExited } from "../runtime/errors";
import {
  type GenerateEvent,
  generateProgress,
  infoRequest,
  type LogMessage,
  logNotification,
  type RuntimeErrorInfo,
  type RuntimeInfo,
  requestCancelled,
  type WithProgress,
  type WorkProgress,
  workProgress,
} from "../runtime/protocol";
import { sleep, unlessAborted } from "./abort";
import { Backoff, type BackoffTimes } from "./backoff";
import { type Clock, systemClock } from "./clock";
import { type Disposable, Emitter, type Event } from "./emitter";
import { errorInfoSchema } from "./errorInfo";
import type { Logger } from "./logger";
import type { RuntimeState } from "./states";

/** How to start the runtime. */
export interface RuntimeClientOptions {
  /** Absolute path of the runtime's bundle. */
  readonly modulePath: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly backoff?: BackoffTimes;
  /** How long a process that was asked to end may take before it is killed, milliseconds. */
  readonly graceMs?: number;
}

/** What a caller may add to a request. */
export interface CallOptions {
  /** Cancels the request. */
  readonly signal?: AbortSignal | undefined;
  /** Work progress of the request. */
  readonly onProgress?: ((progress: WorkProgress) => void) | undefined;
  /** The stream of a generation. */
  readonly onEvent?: ((event: GenerateEvent) => void) | undefined;
}

/** How long the runtime may take to answer its first request, milliseconds. */
const startTimeoutMs = 60_000;
/** A cancelled request that still runs after this is worth a line in the log, milliseconds. */
const cancelWarningMs = 2_000;
const defaultGraceMs = 2_000;

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

  /**
   * Sends a request, starting the process first if there is none.
   * Throws `CancelledError` when `signal` is aborted, `RuntimeError` for every other failure; its code is
   * `runtimeExited` when the process ended before it answered.
   */
  async request<P extends object, R>(
    type: RequestType<WithProgress<P>, R, RuntimeErrorInfo>,
    params: P,
    options: CallOptions = {},
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

  /** Ends the process; later requests are rejected. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    await this.#end(l10n.t("closed"));
    this.#stateChanged.dispose();
    this.#crashed.dispose();
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
    const process = new RuntimeProcess(this.options, this.#clock, (reason) => this.#exited(launch, reason));
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

/** One forked process, from fork to exit. */
class RuntimeProcess {
  readonly #child: ChildProcess;
  readonly #connection: MessageConnection;
  readonly #pending = new Set<(error: Error) => void>();
  readonly #logger: Logger;
  readonly #gone: Promise<void>;
  #exitReason: string | undefined;
  #endReason: string | undefined;
  #nextToken = 1;

  /** `onExit` is called when the process ends unasked. */
  constructor(
    private readonly options: RuntimeClientOptions,
    private readonly clock: Clock,
    onExit: (reason: string) => void,
  ) {
    this.#logger = options.logger;
    this.#child = fork(options.modulePath, [], {
      serialization: "advanced",
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      execArgv: [], // an extension host under the debugger must not hand its port down
      env: childEnvironment(options.env),
    });
    this.#gone = new Promise((resolve) => {
      const exited = (reason: string) => {
        if (this.#exitReason !== undefined) return;
        this.#close(reason);
        resolve();
        if (this.#endReason === undefined) onExit(reason);
      };
      this.#child.once("exit", (code, signal) => exited(exitReason(code, signal)));
      this.#child.on("error", (error) => {
        this.#logger.warn(`Runtime process: ${error.message}`);
        if (this.#child.pid === undefined) exited(error.message);
      });
    });
    forwardLines(this.#child.stdout, (line) => this.#logger.info(`runtime: ${line}`));
    forwardLines(this.#child.stderr, (line) => this.#logger.warn(`runtime: ${line}`));
    this.#connection = this.#connect();
  }

  /** False from the moment the process ended. */
  get alive(): boolean {
    return this.#exitReason === undefined;
  }

  /** The first question: resolves when the process answers. One that never does is killed. */
  async handshake(): Promise<RuntimeInfo> {
    const timer = this.clock.after(startTimeoutMs, () => {
      this.#logger.error(`Runtime did not answer within ${startTimeoutMs} ms of its start.`);
      this.#child.kill("SIGKILL");
    });
    try {
      return await this.call(infoRequest, {}, {});
    } finally {
      timer.dispose();
    }
  }

  /** Sends one request. Throws as `RuntimeClient.request`. */
  async call<P extends object, R>(
    type: RequestType<WithProgress<P>, R, RuntimeErrorInfo>,
    params: P,
    { signal, onProgress, onEvent }: CallOptions,
  ): Promise<R> {
    if (this.#exitReason !== undefined) throw runtimeExited(this.#endReason ?? this.#exitReason);
    if (signal?.aborted) throw new CancelledError();
    const subscriptions: Disposable[] = [];
    const sent = { ...params, ...this.#progressTokens(onProgress, onEvent, subscriptions) };
    const source = new CancellationTokenSource();
    if (signal) subscriptions.push(this.#forwardCancel(type.method, signal, source));
    try {
      return await new Promise<R>((resolve, reject) => {
        this.#pending.add(reject);
        subscriptions.push({ dispose: () => this.#pending.delete(reject) });
        // By method name: the typed overload cannot see through a generic P, and sends the same message.
        this.#connection.sendRequest<R>(type.method, sent, source.token).then(resolve, reject);
      });
    } catch (error) {
      throw asRuntimeError(error, signal);
    } finally {
      for (const subscription of subscriptions) subscription.dispose();
      source.dispose();
    }
  }

  /** Asks the process to end by closing its channel, and kills it if it does not. Resolves when it is gone. */
  async end(reason: string): Promise<void> {
    if (!this.alive) return;
    this.#endReason = reason;
    this.#rejectPending(reason);
    if (this.#child.connected) this.#child.disconnect();
    const timer = this.clock.after(this.options.graceMs ?? defaultGraceMs, () => {
      this.#logger.warn("Runtime did not end when asked: killed.");
      this.#child.kill("SIGKILL");
    });
    await this.#gone;
    timer.dispose();
  }

  #connect(): MessageConnection {
    const connection = createMessageConnection(new IPCMessageReader(this.#child), new IPCMessageWriter(this.#child));
    connection.onNotification(logNotification, (message) => logLine(this.#logger, message));
    connection.onError(([error]) => this.#logger.warn(`Runtime connection: ${error.message}`));
    connection.listen();
    return connection;
  }

  #close(reason: string): void {
    this.#exitReason = reason;
    this.#rejectPending(this.#endReason ?? reason);
    this.#connection.dispose();
  }

  #rejectPending(reason: string): void {
    for (const reject of [...this.#pending]) reject(runtimeExited(reason));
  }

  #progressTokens(
    onProgress: CallOptions["onProgress"],
    onEvent: CallOptions["onEvent"],
    subscriptions: Disposable[],
  ): { progressToken?: number; streamToken?: number } {
    const tokens: { progressToken?: number; streamToken?: number } = {};
    if (onProgress) {
      tokens.progressToken = this.#nextToken++;
      subscriptions.push(this.#connection.onProgress(workProgress, tokens.progressToken, onProgress));
    }
    if (onEvent) {
      tokens.streamToken = this.#nextToken++;
      subscriptions.push(this.#connection.onProgress(generateProgress, tokens.streamToken, onEvent));
    }
    return tokens;
  }

  #forwardCancel(method: string, signal: AbortSignal, source: CancellationTokenSource): Disposable {
    let timer: Disposable | undefined;
    const cancel = () => {
      source.cancel();
      timer = this.clock.after(cancelWarningMs, () =>
        this.#logger.warn(
          `${method} still runs ${cancelWarningMs} ms after it was cancelled. Restart Runtime ends it.`,
        ),
      );
    };
    signal.addEventListener("abort", cancel, { once: true });
    return {
      dispose: () => {
        signal.removeEventListener("abort", cancel);
        timer?.dispose();
      },
    };
  }
}

function childEnvironment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ...added };
  // In desktop VS Code the executable is Electron's; this makes it a plain Node.
  env.ELECTRON_RUN_AS_NODE = "1";
  // onnxruntime would keep a device id and send usage data; nothing may leave the machine.
  env.ORT_DISABLE_TELEMETRY = "1";
  delete env.NODE_OPTIONS;
  return env;
}

function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ? l10n.t("signal {0}", signal) : l10n.t("exit code {0}", code ?? 0);
}

function forwardLines(stream: Readable | null, log: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on("line", log);
}

function logLine(logger: Logger, { level, message }: LogMessage): void {
  logger[level](`runtime: ${message}`);
}

function asRuntimeError(error: unknown, signal: AbortSignal | undefined): unknown {
  if (!(error instanceof ResponseError)) return error;
  if (error.code === requestCancelled || signal?.aborted) return new CancelledError();
  const info = errorInfoSchema.safeParse(error.data);
  return fromErrorInfo(info.success ? info.data : { code: "internal", message: error.message, hint: "" });
}
