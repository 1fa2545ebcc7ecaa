/** One form while it is filled in: what is wrong with it, what its data hold, what the run would need. Knows nothing of VS Code. */
import { CancelledError, toErrorInfo } from "../../runtime/errors";
import type { Asked, ModelChoice } from "../../runtime/trainingPanelProtocol";
import type { Clock } from "../clock";
import type { Disposable } from "../emitter";

/** A question is asked once typing has paused this long, milliseconds. */
export const quietMs = 400;

/** Asks again whenever what it asks about is another, the newest question only; keeps the last answer meanwhile. */
export class LiveQuestion<P, T> implements Disposable {
  #asked: Asked<T> = { kind: "none" };
  #key = "";
  #last: T | null = null;
  #abort: AbortController | null = null;
  #timer: Disposable | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly ask: (params: P, signal: AbortSignal) => Promise<T>,
    private readonly changed: (answer: T | null) => void,
  ) {}

  get state(): Asked<T> {
    return this.#asked;
  }

  /** What is to be asked about now; null for nothing. */
  about(params: P | null): void {
    const key = params === null ? "" : JSON.stringify(params);
    if (key === this.#key) return;
    this.#key = key;
    this.#cancel();
    if (params === null) {
      this.#asked = { kind: "none" };
      return;
    }
    this.#asked = { kind: "asking", last: this.#last };
    this.#timer = this.clock.after(quietMs, () => void this.#send(params));
  }

  /** Forgets answers, so that the same is asked again. */
  reset(): void {
    this.#cancel();
    this.#key = "";
    this.#asked = { kind: "none" };
    this.#last = null;
  }

  /** Asks no more, until it is told what about. */
  dispose(): void {
    this.#cancel();
    if (this.#asked.kind !== "asking") return;
    this.#key = "";
    this.#asked = { kind: "none" };
  }

  async #send(params: P): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    let answer: Asked<T>;
    try {
      answer = { kind: "ready", value: await this.ask(params, abort.signal) };
    } catch (error) {
      if (error instanceof CancelledError) return;
      answer = { kind: "failed", error: toErrorInfo(error) };
    }
    if (this.#abort !== abort) return;
    this.#asked = answer;
    this.#last = answer.kind === "ready" ? answer.value : null;
    this.changed(this.#last);
  }

  #cancel(): void {
    this.#timer?.dispose();
    this.#abort?.abort();
    this.#timer = this.#abort = null;
  }
}

/** What a form's owner wants to hear and to know. */
export interface FormParts {
  readonly clock: Clock;
  /** Absolute folder of runs, for questions that name it. */
  readonly runs: string;
  changed(): void;
}

/** The values of a form with their number: the page's edits and the host's changes take turns. */
export class FormValues<V> {
  #revision = 0;

  constructor(
    readonly form: number,
    private value: V,
  ) {}

  get revision(): number {
    return this.#revision;
  }

  get values(): V {
    return this.value;
  }

  /** The host's own change. */
  set(values: V): void {
    this.value = values;
    this.#revision++;
  }

  /** What the page typed; false for what it typed over values that are no more. */
  edit(revision: number, values: V): boolean {
    if (revision <= this.#revision) {
      this.#revision++;
      return false;
    }
    this.#revision = revision;
    this.value = values;
    return true;
  }
}

/** The models that can be chosen, and those that are chosen though they are none of them; by their folder's name. */
export function withChosen(models: readonly ModelChoice[], chosen: readonly string[]): readonly ModelChoice[] {
  const known = new Set(["", ...models.map(({ folder }) => folder)]);
  const own = [...new Set(chosen)].filter((folder) => !known.has(folder));
  const name = (folder: string) => folder.split(/[\\/]/).findLast((part) => part !== "") ?? folder;
  return [...models, ...own.map((folder) => ({ folder, name: name(folder) }))];
}

/** What a run needs does not hang on its name: an estimate is not asked for anew when that is typed. */
export function withoutName<R extends { readonly name?: unknown }>({ name: _, ...request }: R): Omit<R, "name"> {
  return request;
}
