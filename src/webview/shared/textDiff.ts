/** What two texts have in common, word by word. Pure. */

/** A stretch of either text or of both. */
export interface DiffPart {
  readonly kind: "same" | "removed" | "added";
  readonly text: string;
}

/** Differences beyond which two texts count as wholly different between their common beginning and end: the time grows with their square. */
const mostDifferences = 1500;

/**
 * The parts of `a` and `b` in the order of the texts: words, white space and signs are the units of a shortest edit script (Myers 1986
 * §2). Joined without what was added they are `a`, without what was removed `b`.
 */
export function diffWords(a: string, b: string): readonly DiffPart[] {
  return diffUnits(unitsOf(a), unitsOf(b));
}

function unitsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{M}\p{N}_]+|\n|[^\S\n]+|[^\p{L}\p{M}\p{N}_\s]/gu) ?? [];
}

function diffUnits(a: readonly string[], b: readonly string[]): readonly DiffPart[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const middle = editScript(a.slice(start, endA), b.slice(start, endB));
  const same = (units: readonly string[]) => units.map((text): DiffPart => ({ kind: "same", text }));
  return joined([...same(a.slice(0, start)), ...middle, ...same(a.slice(endA))]);
}

/** How far the ways of each number of steps reach in `a`, by diagonal; null when more steps are needed than are tried. */
function reaches(a: readonly string[], b: readonly string[]): readonly Int32Array[] | null {
  const most = Math.min(a.length + b.length, mostDifferences);
  const history: Int32Array[] = [];
  let reach = new Int32Array(2 * most + 3);
  const middle = most + 1;
  for (let steps = 0; steps <= most; steps++) {
    history.push(reach.slice(middle - steps - 1, middle + steps + 2));
    const next = reach.slice();
    for (let k = -steps; k <= steps; k += 2) {
      const down = k === -steps || (k !== steps && at(reach, middle + k - 1) < at(reach, middle + k + 1));
      let x = down ? at(reach, middle + k + 1) : at(reach, middle + k - 1) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      next[middle + k] = x;
      if (x >= a.length && x - k >= b.length) return history;
    }
    reach = next;
  }
  return null;
}

function editScript(a: readonly string[], b: readonly string[]): readonly DiffPart[] {
  const removed = a.map((text): DiffPart => ({ kind: "removed", text }));
  const added = b.map((text): DiffPart => ({ kind: "added", text }));
  const history = a.length > 0 && b.length > 0 ? reaches(a, b) : null;
  if (!history) return [...removed, ...added];
  const parts: DiffPart[] = [];
  let [x, y] = [a.length, b.length];
  for (let steps = history.length - 1; steps > 0; steps--) {
    const reach = history[steps] ?? new Int32Array();
    const of = (k: number) => at(reach, k + steps + 1);
    const k = x - y;
    const down = k === -steps || (k !== steps && of(k - 1) < of(k + 1));
    const fromX = down ? of(k + 1) : of(k - 1);
    const fromY = fromX - (down ? k + 1 : k - 1);
    const turn = down ? fromX : fromX + 1;
    for (; x > turn; x--, y--) parts.push({ kind: "same", text: a[x - 1] ?? "" });
    parts.push((down ? added[fromY] : removed[fromX]) ?? { kind: "same", text: "" });
    [x, y] = [fromX, fromY];
  }
  for (; x > 0; x--) parts.push({ kind: "same", text: a[x - 1] ?? "" });
  return parts.reverse();
}

function at(values: Int32Array, index: number): number {
  return values[index] ?? 0;
}

/** Neighbours of one kind together; between two words that both have, what was removed stands before what was added. */
function joined(parts: readonly DiffPart[]): readonly DiffPart[] {
  const out: DiffPart[] = [];
  let [removed, added] = ["", ""];
  const flush = () => {
    if (removed) out.push({ kind: "removed", text: removed });
    if (added) out.push({ kind: "added", text: added });
    removed = added = "";
  };
  for (const { kind, text } of parts) {
    if (kind === "removed") removed += text;
    else if (kind === "added") added += text;
    else {
      flush();
      const last = out.at(-1);
      if (last?.kind === "same") out[out.length - 1] = { kind, text: last.text + text };
      else out.push({ kind, text });
    }
  }
  flush();
  return out;
}
