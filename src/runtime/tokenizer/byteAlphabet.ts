/**
 * The alphabet in which GPT-2's vocabulary files write bytes: printable Latin-1 characters stand for themselves, the
 * 68 other bytes for U+0100 and up (so a space is `Ġ`, a line feed `Ċ`). From openai/gpt-2 `src/encoder.py`.
 */

/** Byte → the character that stands for it. */
export const byteToChar: readonly string[] = makeAlphabet();

/** The bytes that `word` writes in the alphabet; null when a character of it is not in the alphabet. */
export function wordToBytes(word: string): Uint8Array | null {
  const bytes = new Uint8Array(word.length);
  for (let i = 0; i < word.length; i++) {
    const byte = charToByte.get(word.charAt(i));
    if (byte === undefined) return null;
    bytes[i] = byte;
  }
  return bytes;
}

const charToByte: ReadonlyMap<string, number> = new Map(byteToChar.map((char, byte) => [char, byte]));

function makeAlphabet(): string[] {
  let spare = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : spare++));
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}
