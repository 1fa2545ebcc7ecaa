import type { Random } from "../../src/runtime/random";

/** Words, numbers, punctuation, blanks, emoji, several scripts, and any characters below `limit` but surrogates. */
export function randomText(random: Random, limit: number): string {
  const pieces = Array.from({ length: 1 + Math.floor(random() * 30) }, () => piece(random, limit));
  return pieces.join("");
}

const common = [
  "the",
  " function",
  "don't",
  " they'RE",
  "'ll",
  " it's",
  "12345",
  " 3.14",
  "  ",
  "\n\n",
  "\t",
  "\r\n",
  "…",
  " — ",
  "é",
  "e\u0301",
  " ß",
  "İ",
  "😀",
  "👩‍👩‍👧",
  "日本",
  " на",
  "नमस्ते",
  "العربية",
  "\u0000",
  "\u00a0",
  "\u3000",
];

function piece(random: Random, limit: number): string {
  const kind = random();
  if (kind < 0.7) return common[Math.floor(random() * common.length)] ?? "";
  // The planes where nearly all assigned characters are, then all of them.
  const among = kind < 0.85 ? 0x3000 : kind < 0.95 ? 0x20000 : 0x110000;
  return character(Math.floor(random() * Math.min(limit, among)));
}

function character(code: number): string {
  return String.fromCodePoint(code >= 0xd800 && code <= 0xdfff ? 0xfffd : code);
}
