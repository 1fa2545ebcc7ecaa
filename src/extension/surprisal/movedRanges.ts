/** Keeps ranges on their text while it is edited. Knows nothing of VS Code. */
import { DocumentEdits, type Edit } from "../documentEdits";
import { firstEndingAfter, type SurprisalRange } from "./ranges";

/**
 * The ranges after the edits of one event, whose offsets all count in the text before it. A range whose text was changed is `stale`,
 * one whose text is gone is left out.
 */
export function moveRanges(ranges: readonly SurprisalRange[], changes: readonly Edit[]): readonly SurprisalRange[] {
  if (changes.length === 0) return ranges;
  const edits = new DocumentEdits();
  edits.record(changes);
  const first = Math.min(...changes.map(({ rangeOffset }) => rangeOffset));
  const untouched = firstEndingAfter(ranges, first - 1);
  const moved = ranges.slice(0, untouched);
  for (const range of ranges.slice(untouched)) {
    const start = edits.map(range.start, "after");
    const end = edits.map(range.end, "before");
    if (end <= start) continue;
    moved.push({ ...range, start, end, stale: range.stale || changes.some((edit) => touches(edit, range)) });
  }
  return moved;
}

/** Whether an edit replaces some of the range, or inserts inside of it. */
function touches({ rangeOffset, rangeLength }: Edit, { start, end }: SurprisalRange): boolean {
  return rangeOffset < end && rangeOffset + rangeLength > start;
}

/**
 * Which kinds of decorations differ between `before` and `after`, ranges of the same text: only these need to be set again. `kind` tells
 * a range's. What was edited since it was set may stand elsewhere than thought, and counts as different.
 */
export function changedKinds(
  before: readonly SurprisalRange[],
  after: readonly SurprisalRange[],
  kind: (range: SurprisalRange) => number | undefined,
): ReadonlySet<number> {
  const changed = new Set<number>();
  const note = (range: SurprisalRange | undefined) => {
    const found = range && kind(range);
    if (found !== undefined) changed.add(found);
  };
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const [old, now] = [before[i], after[j]];
    // Whichever comes first; both where they begin together.
    const one = old && (!now || old.start <= now.start) ? old : undefined;
    const other = now && (!old || now.start <= old.start) ? now : undefined;
    if (!one || !other || one.end !== other.end || one.stale || kind(one) !== kind(other)) {
      note(one);
      note(other);
    }
    if (one) i++;
    if (other) j++;
  }
  return changed;
}
