/** Which tokens of two texts stand for each other. */
import type { AlignedTokens } from "./analysisProtocol";
import { longestCommonSubsequence, type Match } from "./engine/sequenceDiff";
import type { ScoredToken, ScoreResult } from "./protocol";

/** A side of an alignment. */
export interface AlignedSide {
  readonly tokens: ScoreResult["tokens"];
  /** The text in which the tokens have their places. */
  readonly text: string;
}

/** Ranges of tokens, before their surprisal is summed. */
type Run = Omit<AlignedTokens, "bitsA" | "bitsB">;

/** Tokens of one tokenizer: the same ids stand for each other. */
export function alignById(a: ScoreResult["tokens"], b: ScoreResult["tokens"]): AlignedTokens[] {
  const ids = (tokens: readonly ScoredToken[]) => tokens.map(({ id }) => id);
  const matches = longestCommonSubsequence(ids(a), ids(b));
  const runs: Run[] = [];
  let [nextA, nextB] = [0, 0];
  for (const [atA, atB] of [...matches, [a.length, b.length] as const]) {
    runs.push(...between([nextA, atA], [nextB, atB]));
    if (atA < a.length && atB < b.length) runs.push({ kind: "same", a: [atA, atA + 1], b: [atB, atB + 1] });
    [nextA, nextB] = [atA + 1, atB + 1];
  }
  return runs.map((run) => withBits(run, a, b));
}

/**
 * Tokens of two tokenizers: the smallest runs that begin and end at the same places of both texts, which are those between characters that
 * stand for each other.
 */
export function alignByText(a: AlignedSide, b: AlignedSide): AlignedTokens[] {
  const characters = matchCharacters(a.text, b.text);
  const edges = commonEdges(boundaries(a), boundaries(b), characters);
  const runs: Run[] = [];
  for (const [i, [endA, endB]] of edges.entries()) {
    const [startA, startB] = edges[i - 1] ?? [0, 0];
    const run = { a: [startA, endA], b: [startB, endB] } as const;
    if (startA === endA && startB === endB) continue;
    const text = textOf(a, run.a);
    runs.push({ kind: kindOf(run, text !== "" && text === textOf(b, run.b)), ...run });
  }
  return runs.map((run) => withBits(run, a.tokens, b.tokens));
}

/** What stands between two matches: as many tokens of both one by one, else together. */
function between(a: readonly [number, number], b: readonly [number, number]): Run[] {
  const [countA, countB] = [a[1] - a[0], b[1] - b[0]];
  if (countA === 0 && countB === 0) return [];
  if (countA !== countB) return [{ kind: kindOf({ a, b }, false), a, b }];
  return Array.from({ length: countA }, (_, i) => ({
    kind: "changed",
    a: [a[0] + i, a[0] + i + 1],
    b: [b[0] + i, b[0] + i + 1],
  }));
}

function kindOf({ a, b }: Pick<Run, "a" | "b">, alike: boolean): Run["kind"] {
  if (a[0] === a[1]) return "onlyB";
  if (b[0] === b[1]) return "onlyA";
  return alike ? "same" : "changed";
}

function withBits(run: Run, a: readonly ScoredToken[], b: readonly ScoredToken[]): AlignedTokens {
  return { ...run, bitsA: bits(a.slice(...run.a)), bitsB: bits(b.slice(...run.b)) };
}

function bits(tokens: readonly ScoredToken[]): number {
  return -tokens.reduce((sum, { prediction }) => sum + (prediction?.logprob ?? 0), 0) * Math.LOG2E;
}

/** Without the blanks around it, which some tokenizers have in a token and some between two. */
function textOf({ text, tokens }: AlignedSide, [start, end]: readonly [number, number]): string {
  return text.slice(tokens[start]?.start ?? 0, tokens[end - 1]?.end ?? 0).trim();
}

/** A place between tokens. It may stand at any of the text's units `from`, …, `to`: blanks that no token has lie within. */
interface Boundary {
  /** How many tokens are before it. */
  readonly tokens: number;
  readonly from: number;
  readonly to: number;
}

/** Beginning, end, and what is between tokens that share no character. */
function boundaries({ tokens, text }: AlignedSide): Boundary[] {
  const all = Array.from({ length: tokens.length + 1 }, (_, i) => ({
    tokens: i,
    from: i === 0 ? 0 : (tokens[i - 1]?.end ?? 0),
    to: i === tokens.length ? text.length : (tokens[i]?.start ?? 0),
  }));
  return all.filter(({ from, to }) => from <= to);
}

/** Boundaries of both texts that stand at the same place, by the tokens before them, in order; the last is the end of both. */
function commonEdges(a: readonly Boundary[], b: readonly Boundary[], characters: readonly Match[]): Match[] {
  const places = commonPlaces(characters);
  const edges: Match[] = [];
  let next = 0;
  let last = 0;
  for (const { tokens, from, to } of a)
    for (let unit = from; unit <= to; unit++)
      for (const place of places.get(unit) ?? []) {
        while (next < b.length - 1 && (b[next]?.to ?? 0) < place) next++;
        const other = b[next];
        if (!other || other.from > place || other.to < place || other.tokens < last) continue;
        edges.push([tokens, other.tokens]);
        last = other.tokens;
      }
  return [...edges, [a.at(-1)?.tokens ?? 0, b.at(-1)?.tokens ?? 0]];
}

/** Places between units of one text, and where they are in the other: behind a character that both have, and before one. */
function commonPlaces(characters: readonly Match[]): ReadonlyMap<number, readonly number[]> {
  const places = new Map<number, readonly number[]>();
  for (const [x, y] of characters) {
    places.set(x, [...(places.get(x) ?? []), y]);
    places.set(x + 1, [y + 1]);
  }
  return places;
}

/** UTF-16 units of both texts that stand for each other: those of words that a longest common subsequence of words has. */
function matchCharacters(a: string, b: string): Match[] {
  const [wordsA, wordsB] = [words(a), words(b)];
  const common = longestCommonSubsequence(
    wordsA.map(({ word }) => word),
    wordsB.map(({ word }) => word),
  );
  return common.flatMap(([x, y]) => {
    const { word = "", start: startA = 0 } = wordsA[x] ?? {};
    const startB = wordsB[y]?.start ?? 0;
    return Array.from({ length: word.length }, (_, i): Match => [startA + i, startB + i]);
  });
}

/** Words with the blank before them, which goes where its word goes; anything else one by one. */
function words(text: string): { readonly word: string; readonly start: number }[] {
  return Array.from(text.matchAll(/\s?[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]/gu), ({ 0: word, index: start }) => ({
    word,
    start,
  }));
}
