/**
 * A second byte-level BPE, written for the tests from the description of openai/gpt-2's encoder.py: words are lists
 * of strings, and in each round every occurrence of the best pair is joined. Slow, and shares nothing with the source.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface ReferenceBpe {
  readonly vocab: ReadonlyMap<string, number>;
  readonly ranks: ReadonlyMap<string, number>;
}

/** Reads vocab.json and merges.txt. */
export function loadReference(folder: string): ReferenceBpe {
  const vocab: Record<string, number> = JSON.parse(readFileSync(join(folder, "vocab.json"), "utf8"));
  const lines = readFileSync(join(folder, "merges.txt"), "utf8").split("\n").slice(1).filter(Boolean);
  return { vocab: new Map(Object.entries(vocab)), ranks: new Map(lines.map((line, rank) => [line, rank])) };
}

/** Token ids of a text. */
export function referenceEncode({ vocab, ranks }: ReferenceBpe, text: string): number[] {
  return pieces(text).flatMap((piece) => {
    let word = [...Buffer.from(piece)].map((byte) => bytesToUnicode()[byte] ?? "");
    for (;;) {
      const best = bestPair(word, ranks);
      if (best === null) break;
      word = joinAll(word, best);
    }
    return word.map((token) => vocab.get(token) ?? -1);
  });
}

/** The text that token ids stand for, as bytes. */
export function referenceDecode({ vocab }: ReferenceBpe, ids: readonly number[]): Buffer {
  const words = new Map([...vocab].map(([word, id]) => [id, word]));
  const chars = new Map(bytesToUnicode().map((char, byte) => [char, byte]));
  return Buffer.from(ids.flatMap((id) => [...(words.get(id) ?? "")].map((char) => chars.get(char) ?? 0)));
}

function bestPair(word: readonly string[], ranks: ReadonlyMap<string, number>): [string, string] | null {
  let best: [string, string] | null = null;
  let bestRank = Number.POSITIVE_INFINITY;
  for (let i = 0; i + 1 < word.length; i++) {
    const [left = "", right = ""] = word.slice(i, i + 2);
    const rank = ranks.get(`${left} ${right}`) ?? Number.POSITIVE_INFINITY;
    if (rank < bestRank) [best, bestRank] = [[left, right], rank];
  }
  return best;
}

function joinAll(word: readonly string[], [left, right]: readonly [string, string]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < word.length; i++) {
    const token = word[i] ?? "";
    if (token === left && word[i + 1] === right) {
      joined.push(left + right);
      i++;
    } else {
      joined.push(token);
    }
  }
  return joined;
}

/** `bytes_to_unicode()` of encoder.py, by its own recipe. */
function bytesToUnicode(): string[] {
  const range = (from: string, to: string) => {
    const first = from.charCodeAt(0);
    return Array.from({ length: to.charCodeAt(0) - first + 1 }, (_, i) => first + i);
  };
  const kept = [...range("!", "~"), ...range("¡", "¬"), ...range("®", "ÿ")];
  const chars: string[] = [];
  let extra = 0;
  for (let byte = 0; byte < 256; byte++) chars[byte] = String.fromCharCode(kept.includes(byte) ? byte : 256 + extra++);
  return chars;
}

/**
 * GPT-2's pattern by hand: contractions; an optional space and a run of letters, of digits or of others; white space,
 * all but its last character when something follows.
 */
function pieces(text: string): string[] {
  const found: string[] = [];
  let rest = text;
  while (rest !== "") {
    const length = pieceLength(rest);
    found.push(rest.slice(0, length));
    rest = rest.slice(length);
  }
  return found;
}

function pieceLength(text: string): number {
  for (const ending of ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]) if (text.startsWith(ending)) return ending.length;
  const chars = [...text];
  const lead = chars[0] === " " && chars.length > 1 && kindOf(chars[1] ?? "") !== "space" ? 1 : 0;
  const kind = kindOf(chars[lead] ?? "");
  let end = lead;
  while (end < chars.length && kindOf(chars[end] ?? "") === kind) end++;
  if (kind === "space" && end < chars.length && end > 1) end--;
  return chars.slice(0, end).join("").length;
}

function kindOf(char: string): "letter" | "number" | "space" | "other" {
  if (/\p{L}/u.test(char)) return "letter";
  if (/\p{N}/u.test(char)) return "number";
  return /\p{White_Space}/u.test(char) ? "space" : "other";
}
