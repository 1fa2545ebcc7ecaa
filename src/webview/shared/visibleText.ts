/** Text made visible: what would not show, or would reorder its surroundings, becomes a mark. */

/** A stretch of text that shows as it is, a mark that stands for a character that does not, or bytes in hexadecimal. */
export interface TextPiece {
  readonly kind: "text" | "mark" | "bytes";
  readonly text: string;
}

/** `show` marks spaces, tabs and line ends too; `keep` leaves these to the layout. */
export type Whitespace = "show" | "keep";

/** Splits `text` into pieces; control, format and bidi characters and lone surrogates become marks. */
export function visiblePieces(text: string, whitespace: Whitespace = "show"): readonly TextPiece[] {
  const pieces: TextPiece[] = [];
  let plain = "";
  for (const character of text) {
    const mark = markOf(character, whitespace);
    if (mark === null) {
      plain += character;
      continue;
    }
    if (plain) pieces.push({ kind: "text", text: plain });
    plain = "";
    pieces.push({ kind: "mark", text: mark });
  }
  if (plain) pieces.push({ kind: "text", text: plain });
  return pieces;
}

/** `visiblePieces` as one string, for attributes. */
export function visibleString(text: string, whitespace: Whitespace = "show"): string {
  return visiblePieces(text, whitespace)
    .map((piece) => piece.text)
    .join("");
}

const whitespaceMarks: Readonly<Record<string, string>> = { " ": "·", "\t": "→", "\n": "↵" };

/** Controls, format characters (bidi among them), line separators, surrogates, what fonts may ignore, odd spaces. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}]/u;

function markOf(character: string, whitespace: Whitespace): string | null {
  const known = whitespaceMarks[character];
  if (known !== undefined) return whitespace === "show" ? known : null;
  return invisible.test(character) ? controlMark(character) : null;
}

/** Control pictures for the C0 controls and DEL, `U+202E` for the rest. */
function controlMark(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "␡";
  return `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}
