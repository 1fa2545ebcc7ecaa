/** Asks for the places that are in view, in stretches, one after the other. */
import type { PanelAnswer } from "../../../runtime/analysisPanelProtocol";
import type { RuntimeErrorInfo } from "../../../runtime/protocol";

/** Places of a stretch: so many that scrolling asks rarely, so few that the answer comes soon. */
export const stretchLength = 32;

/** A stretch: its first place and one past the last one. */
export type Stretch = readonly [number, number];

/** The stretches that hold places `first` to `last` of 1 to `count`, nearest to the middle first. */
export function stretchesOf(first: number, last: number, count: number): readonly Stretch[] {
  const middle = (first + last) / 2;
  const stretches: Stretch[] = [];
  const from = Math.max(1, first);
  for (let start = from - ((from - 1) % stretchLength); start <= Math.min(last, count); start += stretchLength) {
    stretches.push([start, Math.min(start + stretchLength, count + 1)]);
  }
  const away = ([start, end]: Stretch) => Math.abs((start + end - 1) / 2 - middle);
  return stretches.sort((a, b) => away(a) - away(b));
}

/** What the loader works with. */
export interface StretchSource<T> {
  /** Places are 1 to `count`. */
  readonly count: number;
  has(place: number): boolean;
  ask(stretch: Stretch, signal: AbortSignal): Promise<PanelAnswer<T>>;
  add(answer: T): void;
  /** Something changed: what is known, under way, or wrong. */
  changed(): void;
}

/** Loads what is wanted; a question whose places are wanted no more is aborted. */
export class StretchLoader<T> {
  #wanted: readonly [number, number] | null = null;
  #asked: { readonly stretch: Stretch; readonly controller: AbortController } | null = null;
  #error: RuntimeErrorInfo | null = null;

  constructor(private readonly source: StretchSource<T>) {}

  /** Whether a question is under way. */
  get busy(): boolean {
    return this.#asked !== null;
  }

  /** Why the last question failed; until `retry` no other is asked. */
  get error(): RuntimeErrorInfo | null {
    return this.#error;
  }

  /** Loads places `first` to `last` from now on. */
  want(first: number, last: number): void {
    this.#wanted = [first, last];
    const asked = this.#asked;
    if (asked && (asked.stretch[1] <= first || asked.stretch[0] > last)) this.#abort();
    this.#next();
  }

  /** Asks again after a failure. */
  retry(): void {
    this.#error = null;
    this.#next();
  }

  /** Wants nothing any more. */
  stop(): void {
    this.#wanted = null;
    this.#abort();
  }

  #abort(): void {
    this.#asked?.controller.abort();
    this.#asked = null;
  }

  #next(): void {
    if (this.#asked || this.#error || !this.#wanted) return;
    const [first, last] = this.#wanted;
    const stretch = stretchesOf(first, last, this.source.count).find(([start]) => !this.source.has(start));
    if (stretch) void this.#ask(stretch);
  }

  async #ask(stretch: Stretch): Promise<void> {
    const controller = new AbortController();
    const asked = { stretch, controller };
    this.#asked = asked;
    this.source.changed();
    const answer = await this.source.ask(stretch, controller.signal);
    if (this.#asked !== asked) return; // scrolled away meanwhile
    this.#asked = null;
    if (answer.kind === "ready") this.source.add(answer.value);
    else if (answer.kind === "failed") this.#error = answer.error;
    // Cancelled or outdated by the host: what was wanted is asked for when it is wanted again.
    if (answer.kind === "ready") this.#next();
    this.source.changed();
  }
}
