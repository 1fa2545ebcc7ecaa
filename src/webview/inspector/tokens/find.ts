/** Finds text in tokens: a match may span several, and lie within a character that is split over them. Pure. */
import type { TokenRange } from "../../../runtime/panelProtocol";
import type { TokenSpan } from "../../../runtime/protocol";

type Token = Pick<TokenSpan, "id" | "text" | "bytes">;

/** The text of all tokens, and which tokens each of its UTF-16 code units belongs to. */
export interface TokenText {
  readonly tokens: readonly Token[];
  readonly text: string;
  /** Index of the token in which the code unit's character begins, and of the one in which it ends. */
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/** Most matches that are told. */
export const maxMatches = 10_000;

/** Joins the tokens. Characters that are split over tokens are put together. */
export function joinTokens(tokens: readonly Token[]): TokenText {
  const joined = { text: [] as string[], first: [] as number[], last: [] as number[] };
  const push = (text: string, first: number, last: number) => {
    joined.text.push(text);
    for (let unit = 0; unit < text.length; unit++) {
      joined.first.push(first);
      joined.last.push(last);
    }
  };
  for (let index = 0; index < tokens.length; ) {
    const token = tokens[index];
    if (token?.bytes === undefined) {
      push(token?.text ?? "", index, index);
      index++;
      continue;
    }
    let end = index;
    while (tokens[end]?.bytes !== undefined) end++;
    for (const { text, from, to } of characters(tokens.slice(index, end))) push(text, index + from, index + to);
    index = end;
  }
  return { tokens, text: joined.text.join(""), first: joined.first, last: joined.last };
}

/**
 * Tokens of every match of `query`, in order; letters match both cases. `#123` finds the tokens of that id instead. At most `maxMatches`.
 */
export function findTokens({ tokens, text, first, last }: TokenText, query: string): readonly TokenRange[] {
  const id = /^#(\d+)$/.exec(query)?.[1];
  if (id !== undefined) {
    const found = tokens.flatMap((token, start) => (token.id === Number(id) ? [{ start, end: start + 1 }] : []));
    return found.slice(0, maxMatches);
  }
  if (query === "") return [];
  const ranges: TokenRange[] = [];
  for (const { index, 0: match } of text.matchAll(new RegExp(escaped(query), "giu"))) {
    const [start, end] = [first[index], last[index + match.length - 1]];
    if (start !== undefined && end !== undefined) ranges.push({ start, end: end + 1 });
    if (ranges.length === maxMatches) break;
  }
  return ranges;
}

/** Index of the first match that does not end before `token`; the first of all when there is none behind. −1 when there are none. */
export function matchFrom(matches: readonly TokenRange[], token: number): number {
  if (matches.length === 0) return -1;
  return Math.max(
    0,
    matches.findIndex(({ end }) => end > token),
  );
}

function escaped(query: string): string {
  return query.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** The characters of tokens that are bytes; `from` and `to` are the first and the last token of each. */
function characters(run: readonly Token[]): { readonly text: string; readonly from: number; readonly to: number }[] {
  const owned = run.flatMap(({ bytes = "" }, owner) =>
    Array.from(bytes.match(/../g) ?? [], (byte) => ({ byte: Number.parseInt(byte, 16), owner })),
  );
  const found: { text: string; from: number; to: number }[] = [];
  for (let at = 0; at < owned.length; ) {
    const part = owned.slice(at, at + lengthOf(owned[at]?.byte ?? 0));
    const text = decoded(part.map(({ byte }) => byte));
    const taken = text === null ? part.slice(0, 1) : part;
    found.push({ text: text ?? "\ufffd", from: taken[0]?.owner ?? 0, to: taken.at(-1)?.owner ?? 0 });
    at += taken.length;
  }
  return found;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(bytes: readonly number[]): string | null {
  try {
    return strict.decode(Uint8Array.from(bytes));
  } catch (error) {
    if (error instanceof TypeError) return null; // no whole character
    throw error;
  }
}

/** Bytes of the character that begins with `lead`. */
function lengthOf(lead: number): number {
  if (lead >= 0xf0) return 4;
  if (lead >= 0xe0) return 3;
  return lead >= 0xc0 ? 2 : 1;
}
