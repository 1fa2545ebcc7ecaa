import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { PanelAnswer } from "../../../runtime/analysisPanelProtocol";
import type { WorkProgress } from "../../../runtime/protocol";
import type { ViewContext } from "../viewContext";
import type { AnswerCache } from "./answerCache";

/** How a question stands. */
export type Asked<T> = { readonly kind: "asking" } | PanelAnswer<T>;

/** One question about the text that is shown. */
export interface Asking<T> {
  /** Says what is asked; the same name is the same question. */
  readonly name: string;
  ask(signal: AbortSignal): Promise<PanelAnswer<T>>;
  /** Bytes that the answer takes. */
  size(value: T): number;
}

/** The question that a view has now: the newest wins, and it is aborted when the view goes. */
export class CurrentQuestion<T> implements ReactiveController {
  /** How it stands. */
  asked: Asked<T> = { kind: "asking" };
  #name: string | null = null;
  #asking: Asking<T> | null = null;
  #abort: AbortController | null = null;
  /** What was told before the question was asked is of another one. */
  #stale: WorkProgress | null = null;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly cache: AnswerCache,
  ) {
    host.addController(this);
  }

  /** Asks, unless it is what was asked last. */
  want(asking: Asking<T>, { state, progress }: ViewContext): void {
    const name = `${state.text} ${asking.name}`;
    this.#asking = asking;
    if (name === this.#name) return;
    this.#name = name;
    this.#stale = progress;
    this.cache.about(state.text);
    this.#abort?.abort();
    this.#abort = null;
    const kept = this.cache.get<T>(asking.name);
    if (kept === undefined) void this.#ask(asking, name);
    else this.asked = { kind: "ready", value: kept };
  }

  /** Asks once more. */
  again(): void {
    if (this.#asking && this.#name !== null) void this.#ask(this.#asking, this.#name);
  }

  /** Gives up. */
  cancel(): void {
    this.#abort?.abort();
  }

  /** How far it is; null while nothing was told of it. */
  progress({ progress }: ViewContext): WorkProgress | null {
    return progress === this.#stale ? null : progress;
  }

  hostDisconnected(): void {
    this.#abort?.abort();
    this.#name = null;
  }

  async #ask(asking: Asking<T>, name: string): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.asked = { kind: "asking" };
    this.host.requestUpdate();
    const answer = await asking.ask(abort.signal);
    if (this.#abort !== abort || this.#name !== name) return;
    if (answer.kind === "ready") this.cache.set(asking.name, answer.value, asking.size(answer.value));
    this.asked = answer;
    this.host.requestUpdate();
  }
}
