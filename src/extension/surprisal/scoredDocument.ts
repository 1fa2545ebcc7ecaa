/** What is known of one document's texts, and where it stands while the document is edited. Knows nothing of VS Code. */
import type { ModelInfo, ModelReference, ScoredToken, Truncation } from "../../runtime/protocol";
import type { Edit } from "../documentEdits";
import { moveRanges } from "./movedRanges";
import { combineTokens, rangeAt, type SurprisalRange } from "./ranges";
import { convertLineEnds, moveParts, type Part, type PartText, type ReadText, readParts } from "./texts";

/** A text as the model saw it. */
export interface ScoredText {
  readonly text: string;
  readonly reference: ModelReference;
  readonly model: ModelInfo;
  readonly tokens: readonly ScoredToken[];
  readonly truncation: Truncation | null;
}

/** A range under the pointer, and the text that its tokens are of. */
export interface Found {
  readonly scored: ScoredText;
  readonly range: SurprisalRange;
}

interface Shown {
  readonly scored: ScoredText;
  readonly ranges: readonly SurprisalRange[];
}

/** Parts of a document with what was last scored of each. */
export class ScoredDocument {
  /** As many as parts; undefined what was not scored yet, or is blank. */
  readonly #shown: (Shown | undefined)[];

  /** `read` gives the document as it is whenever it is called. */
  constructor(
    private parts: readonly Part[],
    private readonly read: ReadText,
  ) {
    this.#shown = parts.map(() => undefined);
  }

  /** All ranges, in order and without overlap, as offsets of the document now. */
  get ranges(): readonly SurprisalRange[] {
    return this.#shown.flatMap((shown) => shown?.ranges ?? []);
  }

  /** The parts' texts now; `cut` when not all could be taken. */
  texts(): { readonly texts: readonly PartText[]; readonly cut: boolean } {
    return readParts(this.parts, this.read);
  }

  /** What was scored of a part. */
  scored(part: number): ScoredText | undefined {
    return this.#shown[part]?.scored;
  }

  /** Takes what was scored of a part, whose text begins at `offset` now; undefined when it is blank. */
  show(part: number, offset: number, scored: ScoredText | undefined): void {
    this.#shown[part] = scored && { scored, ranges: combineTokens(scored.tokens, offset) };
  }

  /** The document was edited. */
  edited(changes: readonly Edit[]): void {
    this.parts = moveParts(this.parts, changes);
    for (const [part, shown] of this.#shown.entries()) {
      if (shown) this.#shown[part] = { ...shown, ranges: moveRanges(shown.ranges, changes) };
    }
  }

  /** All line ends of the document were replaced: no range is right any more, and the texts must be scored anew. */
  lineEndsChanged(to: "crlf" | "lf"): void {
    this.parts = convertLineEnds(this.parts, this.read(0, Number.MAX_SAFE_INTEGER), to);
    for (const [part, shown] of this.#shown.entries()) {
      if (shown) this.#shown[part] = { ...shown, ranges: [] };
    }
  }

  /** The range that holds the character at `offset` now; undefined where there is none, or its text was edited since. */
  at(offset: number): Found | undefined {
    for (const shown of this.#shown) {
      const range = shown && rangeAt(shown.ranges, offset);
      if (range && !range.stale) return { scored: shown.scored, range };
    }
    return undefined;
  }
}
