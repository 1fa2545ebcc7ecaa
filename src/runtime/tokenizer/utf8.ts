/** How many bytes and UTF-16 units each character takes, counted along a text or along its bytes. */

/** One character, or one malformed stretch that is shown as U+FFFD. */
export interface Segment {
  readonly bytes: number;
  readonly units: number;
}

/** The characters of a text. A lone surrogate counts as the U+FFFD that it is encoded as: 3 bytes, 1 unit. */
export function* measureText(text: string): Generator<Segment, void> {
  for (let i = 0; i < text.length; ) {
    const code = text.codePointAt(i) ?? 0;
    const units = code > 0xffff ? 2 : 1;
    yield { bytes: utf8Length(code), units };
    i += units;
  }
}

/** The characters of UTF-8 bytes, malformed ones cut as TextDecoder cuts them: one U+FFFD per maximal subpart. */
export function* measureUtf8(bytes: Uint8Array): Generator<Segment, void> {
  for (let i = 0; i < bytes.length; ) {
    const length = segmentLength(bytes, i);
    yield { bytes: length, units: length === 4 ? 2 : 1 };
    i += length;
  }
}

/** How many bytes at the end are the beginning of a character, well-formed so far: 0 to 3. */
export function incompleteLength(bytes: Uint8Array): number {
  for (let length = 1; length <= Math.min(3, bytes.length); length++) {
    const begin = bytes.length - length;
    if (charLength(bytes[begin] ?? 0) > length && segmentLength(bytes, begin) === length) return length;
  }
  return 0;
}

function utf8Length(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

/** Bytes of the character at `i`, or of the malformed stretch, which is at most 3 bytes long. */
function segmentLength(bytes: Uint8Array, i: number): number {
  const lead = bytes[i] ?? 0;
  const wanted = charLength(lead);
  let length = 1;
  while (length < wanted && continues(lead, length, bytes[i + length])) length++;
  return length;
}

/** Bytes that a lead byte announces; 1 for one that leads nothing. */
function charLength(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 1;
}

/** Whether `byte` may be number `index` of the character; the second excludes overlong forms, surrogates and > U+10FFFF. */
function continues(lead: number, index: number, byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const low = index > 1 ? 0x80 : lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = index > 1 ? 0xbf : lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  return byte >= low && byte <= high;
}
