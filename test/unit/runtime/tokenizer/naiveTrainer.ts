/** BPE training as Sennrich et al. (2016), algorithm 1, writes it down: all pairs are counted anew in every round. Shares nothing with the source. */

/** The first `most` merges. Of equally frequent pairs the one whose tokens came first. */
export function naiveMerges(
  counts: ReadonlyMap<string, number>,
  kind: "byteLevel" | "gpt1",
  most: number,
  minFrequency: number,
): [string, string][] {
  const words = Array.from(counts, ([piece, count]) => ({ tokens: firstTokens(piece, kind), count }));
  const order = new Map<string, number>(firstOrder(words, kind).map((token, i) => [token, i]));
  const merges: [string, string][] = [];
  while (merges.length < most) {
    const best = mostFrequent(words, order);
    if (best === null || best.count < minFrequency) break;
    const [left, right] = best.pair;
    merges.push([left, right]);
    order.set(left + right, order.size);
    for (const word of words) word.tokens = joined(word.tokens, left, right);
  }
  return merges;
}

interface CountedWord {
  tokens: string[];
  readonly count: number;
}

function firstTokens(piece: string, kind: "byteLevel" | "gpt1"): string[] {
  if (kind === "byteLevel") return [...Buffer.from(piece)].map(byteChar);
  const chars = [...piece];
  return chars.map((char, i) => (i === chars.length - 1 ? `${char}</w>` : char));
}

/** GPT-2's bytes_to_unicode. */
function byteChar(byte: number): string {
  const printable = (b: number) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
  if (printable(byte)) return String.fromCharCode(byte);
  let before = 0;
  for (let b = 0; b < byte; b++) if (!printable(b)) before++;
  return String.fromCharCode(256 + before);
}

function firstOrder(words: readonly CountedWord[], kind: "byteLevel" | "gpt1"): string[] {
  const first = (token: string) => token.codePointAt(0) ?? 0;
  if (kind === "byteLevel")
    return Array.from({ length: 256 }, (_, byte) => byteChar(byte)).sort((a, b) => first(a) - first(b));
  const all = new Set(words.flatMap(({ tokens }) => tokens.map((token) => token.replace("</w>", ""))));
  const chars = [...all].sort((a, b) => first(a) - first(b));
  return [...chars, ...chars.map((char) => `${char}</w>`)];
}

function mostFrequent(words: readonly CountedWord[], order: ReadonlyMap<string, number>) {
  const found = new Map<string, { pair: [string, string]; count: number }>();
  for (const { tokens, count } of words)
    for (let i = 0; i + 1 < tokens.length; i++) {
      const pair: [string, string] = [tokens[i] ?? "", tokens[i + 1] ?? ""];
      const entry = found.get(pair.join(" ")) ?? { pair, count: 0 };
      entry.count += count;
      found.set(pair.join(" "), entry);
    }
  const place = (token: string) => order.get(token) ?? -1;
  const [best] = [...found.values()].sort(
    (a, b) => b.count - a.count || place(a.pair[0]) - place(b.pair[0]) || place(a.pair[1]) - place(b.pair[1]),
  );
  return best ?? null;
}

function joined(tokens: readonly string[], left: string, right: string): string[] {
  const result: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const both = tokens[i] === left && tokens[i + 1] === right;
    result.push(both ? left + right : (tokens[i] ?? ""));
    if (both) i++;
  }
  return result;
}
