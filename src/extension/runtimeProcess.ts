/**
 * One runtime process: forked, asked over JSON-RPC, ended. The one module here that touches child processes and the transport. Knows
 * nothing of VS Code.
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
  ProgressType,
  type RequestType,
  ResponseError,
} from "vscode-jsonrpc/node";
import { CancelledError, fromErrorInfo, runtimeExited } from "../runtime/errors";
import {
  type DeviceFailed,
  type DeviceInUse,
  deviceFailedNotification,
  deviceInUseNotification,
  type GenerateEvent,
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
import type { BackoffTimes } from "./backoff";
import type { Clock } from "./clock";
import type { Disposable } from "./emitter";
import { errorInfoSchema } from "./errorInfo";
import type { Logger } from "./logger";

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

/** What a caller may add to a request. `E` are the events of its stream, if it has one. */
export interface CallOptions<E = GenerateEvent> {
  /** Cancels the request. */
  readonly signal?: AbortSignal | undefined;
  /** Work progress of the request. */
  readonly onProgress?: ((progress: WorkProgress) => void) | undefined;
  /** The request's stream. */
  readonly onEvent?: ((event: E) => void) | undefined;
}

/** How long the runtime may take to answer its first request, milliseconds. */
const startTimeoutMs = 60_000;
/** A cancelled request that still runs after this is worth a line in the log, milliseconds. */
const cancelWarningMs = 2_000;
const defaultGraceMs = 2_000;

/** What a process tells unasked. */
export interface ProcessEvents {
  /** It ended, and nobody had asked it to. */
  exited(reason: string): void;
  deviceInUse(use: DeviceInUse): void;
  deviceFailed(failed: DeviceFailed): void;
}

/** One forked process, from fork to exit. */
export class RuntimeProcess {
  readonly #child: ChildProcess;
  readonly #connection: MessageConnection;
  readonly #pending = new Set<(error: Error) => void>();
  readonly #logger: Logger;
  readonly #gone: Promise<void>;
  #exitReason: string | undefined;
  #endReason: string | undefined;
  #nextToken = 1;

  constructor(
    private readonly options: RuntimeClientOptions,
    private readonly clock: Clock,
    events: ProcessEvents,
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
        if (this.#endReason === undefined) events.exited(reason);
      };
      this.#child.once("exit", (code, signal) => exited(exitReason(code, signal)));
      this.#child.on("error", (error) => {
        this.#logger.warn(`Runtime process: ${error.message}`);
        if (this.#child.pid === undefined) exited(error.message);
      });
    });
    forwardLines(this.#child.stdout, (line) => this.#logger.info(`runtime: ${line}`));
    forwardLines(this.#child.stderr, (line) => this.#logger.warn(`runtime: ${line}`));
    this.#connection = this.#connect(events);
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
  async call<P extends object, R, E = GenerateEvent>(
    type: RequestType<WithProgress<P>, R, RuntimeErrorInfo>,
    params: P,
    { signal, onProgress, onEvent }: CallOptions<E>,
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

  #connect(events: ProcessEvents): MessageConnection {
    const connection = createMessageConnection(new IPCMessageReader(this.#child), new IPCMessageWriter(this.#child));
    connection.onNotification(logNotification, (message) => logLine(this.#logger, message));
    connection.onNotification(deviceInUseNotification, (use) => events.deviceInUse(use));
    connection.onNotification(deviceFailedNotification, (failed) => events.deviceFailed(failed));
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

  #progressTokens<E>(
    onProgress: CallOptions["onProgress"],
    onEvent: CallOptions<E>["onEvent"],
    subscriptions: Disposable[],
  ): { progressToken?: number; streamToken?: number } {
    const tokens: { progressToken?: number; streamToken?: number } = {};
    if (onProgress) {
      tokens.progressToken = this.#nextToken++;
      subscriptions.push(this.#connection.onProgress(workProgress, tokens.progressToken, onProgress));
    }
    if (onEvent) {
      tokens.streamToken = this.#nextToken++;
      subscriptions.push(this.#connection.onProgress(new ProgressType<E>(), tokens.streamToken, onEvent));
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
