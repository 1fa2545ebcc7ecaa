/** Scores the documents whose surprisal is shown, and scores them anew as they are edited. Knows nothing of VS Code. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { CancelledError } from "../../runtime/errors";
import type { ModelReference, Truncation } from "../../runtime/protocol";
import { sleep } from "../abort";
import type { Clock } from "../clock";
import type { Edit } from "../documentEdits";
import { type Disposable, Emitter, type Event } from "../emitter";
import type { ModelClient } from "../modelClient";
import type { SurprisalRange } from "./ranges";
import { type Found, ScoredDocument, type ScoredText } from "./scoredDocument";
import { scoreText } from "./scoreText";
import type { Part, ReadText } from "./texts";

/** How long typing must rest before a text is scored anew, milliseconds. */
export const debounceMs = 150;

/** What `SurprisalStore` works with. */
export interface SurprisalStoreOptions {
  readonly models: Pick<ModelClient, "score">;
  readonly clock: Clock;
  /** The model for a document. Throws when the settings name none. */
  readonly reference: (uri: string) => ModelReference;
  /** Scoring anew failed; what was shown stays. Called once, until something succeeds. */
  readonly failed: (error: unknown) => void;
}

/** How the first scoring of a document ended. After all but `done` nothing is shown of it. */
export type ShowOutcome =
  | {
      readonly kind: "done";
      /** Whether the texts were longer than what is taken of a document. */
      readonly cut: boolean;
      /** Of the first text that did not fit the model's context. */
      readonly truncation: Truncation | null;
    }
  | { readonly kind: "blank" }
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly error: unknown };

/** A document has other ranges than before. */
export interface RangesChange {
  readonly uri: string;
  /** What was shown, moved along with all edits since. */
  readonly before: readonly SurprisalRange[];
  readonly after: readonly SurprisalRange[];
}

interface Entry {
  readonly document: ScoredDocument;
  /** The scoring under way. */
  work: AbortController | undefined;
}

/** Documents by their address. Of the scorings of one document the newest wins, and the one before is cancelled. */
export class SurprisalStore implements Disposable {
  readonly #entries = new Map<string, Entry>();
  readonly #changed = new Emitter<RangesChange>();
  readonly #shownChanged = new Emitter<readonly string[]>();
  #told = false;

  constructor(private readonly options: SurprisalStoreOptions) {}

  /** Fires when ranges were scored, or are no longer shown. Not for edits: decorations move by themselves. */
  get onDidChangeRanges(): Event<RangesChange> {
    return this.#changed.event;
  }

  /** Fires with the addresses of all documents that are shown, when they change. */
  get onDidChangeShown(): Event<readonly string[]> {
    return this.#shownChanged.event;
  }

  /** Whether a document's surprisal is shown, or is about to be. */
  has(uri: string): boolean {
    return this.#entries.has(uri);
  }

  /** All ranges of a document as it is now, in order. */
  ranges(uri: string): readonly SurprisalRange[] {
    return this.#entries.get(uri)?.document.ranges ?? [];
  }

  /** The tokens at a character of a document; undefined where there are none, or their text was edited since. */
  at(uri: string, offset: number): Found | undefined {
    return this.#entries.get(uri)?.document.at(offset);
  }

  /** Scores the parts of a document and shows them until `hide`. Never throws. */
  async show(uri: string, parts: readonly Part[], read: ReadText): Promise<ShowOutcome> {
    this.hide(uri);
    const entry: Entry = { document: new ScoredDocument(parts, read), work: undefined };
    this.#entries.set(uri, entry);
    this.#tellShown();
    const outcome = await this.#score(uri, entry, 0);
    // Unless it was edited meanwhile, and is being scored anew.
    const over = outcome.kind !== "done" && !entry.work && entry.document.ranges.length === 0;
    if (over && this.#entries.get(uri) === entry) this.hide(uri);
    return outcome;
  }

  /** Shows nothing of a document any more, and forgets it. */
  hide(uri: string): void {
    const entry = this.#entries.get(uri);
    if (!entry) return;
    this.#entries.delete(uri);
    entry.work?.abort();
    this.#changed.fire({ uri, before: entry.document.ranges, after: [] });
    this.#tellShown();
  }

  /** A document was edited: ranges move at once, and are scored anew when the edits rest. */
  edited(uri: string, changes: readonly Edit[]): void {
    const entry = this.#entries.get(uri);
    if (!entry || changes.length === 0) return;
    entry.document.edited(changes);
    void this.#rescore(uri, entry, debounceMs);
  }

  /** All line ends of a document were replaced. */
  lineEndsChanged(uri: string, to: "crlf" | "lf"): void {
    const entry = this.#entries.get(uri);
    if (!entry) return;
    entry.document.lineEndsChanged(to);
    void this.#rescore(uri, entry, 0);
  }

  /** Settings changed: what another model is for now is scored anew. */
  refresh(): void {
    for (const [uri, entry] of this.#entries) void this.#rescore(uri, entry, 0);
  }

  /** Cancels what is under way and forgets every document. */
  dispose(): void {
    for (const { work } of this.#entries.values()) work?.abort();
    this.#entries.clear();
    this.#changed.dispose();
    this.#shownChanged.dispose();
  }

  async #rescore(uri: string, entry: Entry, delayMs: number): Promise<void> {
    const outcome = await this.#score(uri, entry, delayMs);
    if (outcome.kind !== "failed" || this.#told) return;
    this.#told = true;
    this.options.failed(outcome.error);
  }

  /** Aborts the scoring of the document under way, waits, and scores what changed. */
  async #score(uri: string, entry: Entry, delayMs: number): Promise<ShowOutcome> {
    entry.work?.abort();
    const work = new AbortController();
    entry.work = work;
    const { signal } = work;
    try {
      if (delayMs > 0) await sleep(this.options.clock, delayMs, signal);
      return signal.aborted ? { kind: "cancelled" } : await this.#scoreParts(uri, entry.document, signal);
    } catch (error) {
      return signal.aborted || error instanceof CancelledError ? { kind: "cancelled" } : { kind: "failed", error };
    } finally {
      if (entry.work === work) entry.work = undefined;
    }
  }

  async #scoreParts(uri: string, document: ScoredDocument, signal: AbortSignal): Promise<ShowOutcome> {
    const reference = this.options.reference(uri);
    const { texts, cut } = document.texts();
    let truncation: Truncation | null = null;
    for (const [part, { text, offset }] of texts.entries()) {
      const scored = text.trim() ? await this.#scored(document.scored(part), text, reference, signal) : undefined;
      await nextTurn(); // reading a long answer held the host: what else waits goes first
      if (signal.aborted) return { kind: "cancelled" };
      truncation ??= scored?.truncation ?? null;
      const before = document.ranges;
      document.show(part, offset, scored);
      this.#changed.fire({ uri, before, after: document.ranges });
    }
    return texts.some(({ text }) => text.trim()) ? { kind: "done", cut, truncation } : { kind: "blank" };
  }

  /** What is known already, when it is the same text and model. */
  async #scored(known: ScoredText | undefined, text: string, reference: ModelReference, signal: AbortSignal) {
    if (known?.text === text && sameModel(known.reference, reference)) return known;
    const scored = await scoreText(this.options.models, text, reference, signal);
    this.#told = false;
    return scored;
  }

  #tellShown(): void {
    this.#shownChanged.fire([...this.#entries.keys()]);
  }
}

function sameModel(one: ModelReference, other: ModelReference): boolean {
  return one.folder === other.folder && one.device === other.device && one.contextLength === other.contextLength;
}
