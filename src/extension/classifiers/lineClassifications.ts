/** Classifies the lines or paragraphs of documents, and those that change as they are edited. Knows nothing of VS Code. */
import { CancelledError } from "../../runtime/errors";
import type { Classification } from "../../runtime/trainingProtocol";
import { sleep } from "../abort";
import type { Clock } from "../clock";
import { DocumentEdits, type Edit } from "../documentEdits";
import { type Disposable, Emitter, type Event } from "../emitter";
import type { Classify, ListedClassifier } from "./classifierParts";
import { type Stretch, type TextUnit, type UnitKind, unitsOf } from "./textUnits";

/** How long typing must rest before what changed is classified, milliseconds. */
export const restMs = 300;
/** Lines of a document that are classified at most. */
export const mostUnits = 5000;
/** Asked for at a time: what is done shows, and a cancellation is soon seen. */
const batch = 64;

/** A line or paragraph, and what it was classified as. */
export interface ClassifiedUnit extends TextUnit {
  readonly classification: Classification;
}

/** What is to be classified of a document. */
export interface LineRequest {
  readonly classifier: ListedClassifier;
  readonly kind: UnitKind;
  /** Null: all of it. */
  readonly region: Stretch | null;
  /** The document's text as it is now. */
  readonly read: () => string;
}

/** How far a document is. */
export interface LineProgress {
  readonly done: number;
  readonly total: number;
}

/** How the first classification of a document ended. What was done until then stays shown. */
export type LineOutcome =
  /** `cut` tells whether there were more lines than are taken. */
  | { readonly kind: "done"; readonly units: number; readonly cut: boolean }
  | { readonly kind: "cancelled" }
  | { readonly kind: "failed"; readonly error: unknown };

interface Entry {
  readonly request: LineRequest;
  region: Stretch | null;
  /** By text: the same line has the same answer. */
  readonly known: Map<string, Classification>;
  work: AbortController | undefined;
}

/** What `LineClassifications` works with. */
export interface LineOptions {
  readonly classify: Classify;
  readonly clock: Clock;
  /** Classifying after an edit failed; what was shown stays. Called once, until something succeeds. */
  readonly failed: (error: unknown) => void;
}

/** Documents by their address. */
export class LineClassifications implements Disposable {
  readonly #entries = new Map<string, Entry>();
  readonly #changed = new Emitter<string>();
  #told = false;

  constructor(private readonly options: LineOptions) {}

  /** Fires with a document's address when what is known of its lines changed. */
  get onDidChange(): Event<string> {
    return this.#changed.event;
  }

  /** Whether any document's lines are classified. */
  get any(): boolean {
    return this.#entries.size > 0;
  }

  /** Whether a document's lines are classified. */
  has(uri: string): boolean {
    return this.#entries.has(uri);
  }

  /** The lines of the document as it is now, in order, as far as they are classified. */
  units(uri: string): readonly ClassifiedUnit[] {
    const entry = this.#entries.get(uri);
    if (!entry) return [];
    return this.#units(entry).units.flatMap((unit) => {
      const classification = entry.known.get(unit.text);
      return classification ? [{ ...unit, classification }] : [];
    });
  }

  /** Classifies a document's lines, until `hide`. Never throws. */
  async show(
    uri: string,
    request: LineRequest,
    signal?: AbortSignal,
    onProgress?: (progress: LineProgress) => void,
  ): Promise<LineOutcome> {
    this.hide(uri);
    const entry: Entry = { request, region: request.region, known: new Map(), work: undefined };
    this.#entries.set(uri, entry);
    const outcome = await this.#classify(uri, entry, 0, signal, onProgress);
    // Where nothing came of it, nothing is classified after the next edit either; an edit in between goes on with it.
    const ended = outcome.kind === "failed" || signal?.aborted;
    if (ended && entry.known.size === 0 && this.#entries.get(uri) === entry) this.hide(uri);
    return outcome;
  }

  /** Forgets a document. */
  hide(uri: string): void {
    const entry = this.#entries.get(uri);
    if (!entry) return;
    this.#entries.delete(uri);
    entry.work?.abort();
    this.#changed.fire(uri);
  }

  /** Forgets all. */
  hideAll(): void {
    for (const uri of [...this.#entries.keys()]) this.hide(uri);
  }

  /** A document was edited: lines that changed lose their answer at once, and get another when the edits rest. */
  edited(uri: string, edits: readonly Edit[]): void {
    const entry = this.#entries.get(uri);
    if (!entry) return;
    if (entry.region) {
      const moves = new DocumentEdits();
      moves.record(edits);
      entry.region = { start: moves.map(entry.region.start, "before"), end: moves.map(entry.region.end, "after") };
    }
    this.#changed.fire(uri);
    void this.#again(uri, entry);
  }

  /** Cancels what is under way and forgets every document. */
  dispose(): void {
    for (const { work } of this.#entries.values()) work?.abort();
    this.#entries.clear();
    this.#changed.dispose();
  }

  async #again(uri: string, entry: Entry): Promise<void> {
    const outcome = await this.#classify(uri, entry, restMs);
    if (outcome.kind === "done") this.#told = false;
    if (outcome.kind !== "failed" || this.#told) return;
    this.#told = true;
    this.options.failed(outcome.error);
  }

  /** The newest wins: the one before is cancelled. */
  async #classify(
    uri: string,
    entry: Entry,
    delayMs: number,
    signal?: AbortSignal,
    onProgress?: (progress: LineProgress) => void,
  ): Promise<LineOutcome> {
    entry.work?.abort();
    const work = new AbortController();
    entry.work = work;
    const cancel = () => work.abort();
    signal?.addEventListener("abort", cancel, { once: true });
    if (signal?.aborted) work.abort();
    try {
      if (delayMs > 0) await sleep(this.options.clock, delayMs, work.signal);
      return await this.#classifyUnknown(uri, entry, work.signal, onProgress);
    } catch (error) {
      return work.signal.aborted || error instanceof CancelledError ? { kind: "cancelled" } : { kind: "failed", error };
    } finally {
      signal?.removeEventListener("abort", cancel);
      if (entry.work === work) entry.work = undefined;
    }
  }

  async #classifyUnknown(
    uri: string,
    entry: Entry,
    signal: AbortSignal,
    onProgress?: (progress: LineProgress) => void,
  ): Promise<LineOutcome> {
    const { units, cut } = this.#units(entry);
    const texts = [...new Set(units.map(({ text }) => text))];
    const unknown = texts.filter((text) => !entry.known.has(text));
    // What no line says any more is forgotten, so that a day of typing does not fill the memory.
    const kept = new Set(texts);
    for (const text of entry.known.keys()) if (!kept.has(text)) entry.known.delete(text);
    for (let at = 0; at < unknown.length; at += batch) {
      if (signal.aborted) return { kind: "cancelled" };
      onProgress?.({ done: at, total: unknown.length });
      const asked = unknown.slice(at, at + batch);
      const items = asked.map((text) => ({ text }));
      const found = await this.options.classify(entry.request.classifier, items, { signal });
      if (signal.aborted) return { kind: "cancelled" };
      for (const [i, text] of asked.entries()) {
        const classification = found[i];
        if (classification) entry.known.set(text, classification);
      }
      this.#changed.fire(uri);
    }
    return signal.aborted ? { kind: "cancelled" } : { kind: "done", units: units.length, cut };
  }

  #units({ request, region }: Entry): { readonly units: readonly TextUnit[]; readonly cut: boolean } {
    const all = unitsOf(request.read(), request.kind, region);
    return { units: all.slice(0, mostUnits), cut: all.length > mostUnits };
  }
}
