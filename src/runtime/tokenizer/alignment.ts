/**
 * Finds what tokens stand for in a text when their own bytes are not the text's, because a normalizer changed letters,
 * blanks or accents. The decoded tokens are laid along the text, both folded (small letters, compatibility decomposition,
 * any white space as one blank, if tokens have any), going on in step where they are alike and skipping as little as possible where not.
 * Accents that no token stands for belong to the letter before them.
 *
 * `<unk>` stands for any characters, up to where the token after it is found. Of any other token that is not found, the
 * place is what lies between its neighbours.
 */
import type { TextRange } from "./tokenizer";
import { measureUtf8 } from "./utf8";

/** The bytes that a token decodes to; null for one that stands for something unknown. */
export type TokenPiece = Uint8Array | null;

/** The range of each token in `text`. Takes time linear in the text. */
export function alignTokens(text: string, pieces: readonly TokenPiece[]): TextRange[] {
  const decoded = foldPieces(pieces);
  const hasBlanks = decoded.some(({ char }) => char === " ");
  const source = foldText(text).filter(({ char }) => hasBlanks || char !== " ");
  const found: (MutableRange | null)[] = pieces.map(() => null);
  for (const [s, t] of matches(source, decoded)) {
    const place = source[s];
    const tokens = decoded[t];
    if (place === undefined || tokens === undefined) continue;
    for (let token = tokens.start; token < tokens.end; token++) found[token] = join(found[token] ?? null, place);
  }
  return fillGaps(text, withMarks(text, found));
}

/** A piece of the text as it was looked up, and how many tokens it came to. */
export interface AlignedWord {
  readonly bytes: Uint8Array;
  readonly tokens: number;
}

/** As `alignTokens`, when the words are known: then no unknown token goes beyond its word. */
export function alignWords(text: string, words: readonly AlignedWord[], pieces: readonly TokenPiece[]): TextRange[] {
  const bytes = words.map((word) => word.bytes);
  const places = alignTokens(text, bytes);
  let first = 0;
  return inOrder(
    words.flatMap(({ tokens }, i) => {
      const { start, end } = places[i] ?? { start: 0, end: 0 };
      const inside = pieces.slice(first, first + tokens);
      first += tokens;
      if (tokens === 1 && inside.length === 1) return [{ start, end }];
      return alignTokens(text.slice(start, end), inside).map((at) => ({
        start: start + at.start,
        end: start + at.end,
      }));
    }),
  );
}

/** Words that were not found share what is between their neighbours: the tokens of the second may not go back in it. */
function inOrder(places: readonly TextRange[]): TextRange[] {
  let [start, end] = [0, 0];
  return places.map((place) => {
    start = Math.max(start, place.start);
    end = Math.max(end, place.end);
    return { start, end };
  });
}

/** A folded character, and the units of the text or the tokens that it comes from. Null stands for any characters. */
interface Folded extends TextRange {
  readonly char: string | null;
}

interface MutableRange {
  start: number;
  end: number;
}

function foldText(text: string): Folded[] {
  const folded: Folded[] = [];
  for (let start = 0; start < text.length; ) {
    const char = String.fromCodePoint(text.codePointAt(start) ?? 0);
    const end = start + char.length;
    for (const one of fold(char)) folded.push({ char: one, start, end });
    start = end;
  }
  return folded;
}

/** The characters of all tokens together, each with the tokens that have a byte of it. */
function foldPieces(pieces: readonly TokenPiece[]): Folded[] {
  const folded: Folded[] = [];
  for (let first = 0; first < pieces.length; ) {
    let next = first;
    while (next < pieces.length && pieces[next] !== null) next++;
    const known = pieces.slice(first, next).filter((piece) => piece !== null);
    for (const one of foldBytes(known, first)) folded.push(one);
    if (next < pieces.length) folded.push({ char: null, start: next, end: next + 1 });
    first = next + 1;
  }
  return folded;
}

function* foldBytes(pieces: readonly Uint8Array[], firstToken: number): Generator<Folded, void> {
  const bytes = Buffer.concat(pieces);
  const tokenOf = pieces.flatMap((piece, i) => new Array<number>(piece.length).fill(firstToken + i));
  let at = 0;
  for (const { bytes: length } of measureUtf8(bytes)) {
    const start = tokenOf[at] ?? 0;
    const end = (tokenOf[at + length - 1] ?? start) + 1;
    for (const char of fold(bytes.toString("utf8", at, at + length))) yield { char, start, end };
    at += length;
  }
}

function fold(char: string): Iterable<string> {
  if (blank.test(char)) return " ";
  return char.normalize("NFKD").toLowerCase().replace("ς", "σ");
}

/** White space, and the sign that SentencePiece writes for it. */
const blank = /[\p{White_Space}\u2581]/u;

/** Accents, controls and such, which normalizers drop. */
const oftenDropped = /[\p{Mn}\p{C}\ufffd]/u;

/** Pairs of places in both that belong together, in order. */
function* matches(source: readonly Folded[], decoded: readonly Folded[]): Generator<[number, number], void> {
  let [s, t] = [0, 0];
  while (s < source.length && t < decoded.length) {
    if (decoded[t]?.char === null) {
      const [sEnd, tEnd] = endOfUnknown(source, s, decoded, t);
      yield* spread(s, sEnd, t, tEnd);
      [s, t] = [sEnd, tEnd];
      continue;
    }
    const skip = source[s]?.char === decoded[t]?.char ? noSkip : nextAlike(source, s, decoded, t);
    if (skip !== null) {
      s += skip.source;
      t += skip.decoded;
      if (decoded[t]?.char === null) continue;
      yield [s, t];
    }
    s++;
    t++;
  }
}

/** Where a run of unknown tokens ends, and what they stand for: where the token after them is found, or the word ends. */
function endOfUnknown(source: readonly Folded[], s: number, decoded: readonly Folded[], t: number): [number, number] {
  let tEnd = t;
  while (decoded[tEnd]?.char === null) tEnd++;
  const isLast = tEnd === decoded.length;
  let sEnd = isLast ? s + 1 : s;
  for (; sEnd < source.length && sEnd - s < longestUnknown; sEnd++) {
    if (isLast ? source[sEnd]?.char === " " : isAlike(source, sEnd, decoded, tEnd)) break;
  }
  return [sEnd, tEnd];
}

/** One to one where there are as many of both, else all to all: the first and last do for that. */
function* spread(s: number, sEnd: number, t: number, tEnd: number): Generator<[number, number], void> {
  if (sEnd === s) return;
  const oneToOne = sEnd - s === tEnd - t;
  for (let i = 0; i < tEnd - t; i++) {
    yield [oneToOne ? s + i : s, t + i];
    if (!oneToOne) yield [sEnd - 1, t + i];
  }
}

interface Skip {
  readonly source: number;
  readonly decoded: number;
}

const noSkip: Skip = { source: 0, decoded: 0 };

/** How far apart the two may get at one place. */
const farthest = 24;

/** Characters that one unknown token may stand for. */
const longestUnknown = 1000;

/** The least to skip so that the two are alike; null when there is no such place near. */
function nextAlike(source: readonly Folded[], s: number, decoded: readonly Folded[], t: number): Skip | null {
  const goOnAlike = (i: number, j: number) => isAlike(source, s + i, decoded, t + j);
  return nearest(4, goOnAlike) ?? nearest(3, isLikeHere) ?? nearest(farthest, goOnAlike);

  function isLikeHere(i: number, j: number): boolean {
    return s + i < source.length && source[s + i]?.char === decoded[t + j]?.char;
  }
}

/** The first pair of steps, fewest first, that `fits`. */
function nearest(limit: number, fits: (source: number, decoded: number) => boolean): Skip | null {
  for (let total = 1; total <= limit; total++) {
    for (let decoded = total; decoded >= 0; decoded--) {
      if (fits(total - decoded, decoded)) return { source: total - decoded, decoded };
    }
  }
  return null;
}

/** Whether both go on alike: for two characters, so that no chance likeness leads astray, or for the last one. */
function isAlike(source: readonly Folded[], s: number, decoded: readonly Folded[], t: number): boolean {
  if (s >= source.length || t >= decoded.length) return false;
  const [now, next] = [decoded[t]?.char, decoded[t + 1]?.char];
  if (now === null) return true;
  if (source[s]?.char !== now) return false;
  let after = s + 1;
  while (source[after]?.char !== next && oftenDropped.test(source[after]?.char ?? "")) after++;
  return after >= source.length || t + 1 >= decoded.length || next === null || source[after]?.char === next;
}

function join(range: MutableRange | null, { start, end }: TextRange): MutableRange {
  return range === null ? { start, end } : { start: Math.min(range.start, start), end: Math.max(range.end, end) };
}

/** Adds accents to the letter before them, unless a token follows that may be theirs. */
function withMarks(text: string, found: readonly (MutableRange | null)[]): (MutableRange | null)[] {
  let next = text.length;
  const extended = [...found];
  for (let i = found.length - 1; i >= 0; i--) {
    const range = found[i];
    if (!range) continue;
    const rest = found[i + 1] === null ? "" : text.slice(range.end, Math.min(next, range.end + 32));
    const marks = /^\p{Mn}+/u.exec(rest)?.[0].length ?? 0;
    extended[i] = { start: range.start, end: range.end + marks };
    next = range.start;
  }
  return extended;
}

/** Gives tokens that were not found what is between their neighbours, without the blanks around it. */
function fillGaps(text: string, found: readonly (TextRange | null)[]): TextRange[] {
  const places: TextRange[] = [];
  let end = 0;
  for (let i = 0; i < found.length; i++) {
    const range = found[i];
    if (range) {
      places.push(range);
      end = range.end;
      continue;
    }
    let next = i + 1;
    while (next < found.length && !found[next]) next++;
    const gap = trimmed(text, end, found[next]?.start ?? endOfWord(text, end));
    for (; i < next; i++) places.push(gap);
    i--;
  }
  return places;
}

/** Tokens at the end may be the first of a text that goes on: they get one word. */
function endOfWord(text: string, start: number): number {
  const pattern = /\s*\S*/y;
  pattern.lastIndex = start;
  return start + (pattern.exec(text)?.[0].length ?? 0);
}

/** The range without the blanks around it. Blanks alone are what a token of blanks stands for. */
function trimmed(text: string, start: number, end: number): TextRange {
  if (end <= start) return { start, end: start };
  const gap = text.slice(start, end);
  const first = start + gap.length - gap.trimStart().length;
  return first === end ? { start, end } : { start: first, end: start + gap.trimEnd().length };
}
