/** How a token is written on screen and read aloud. */
import * as l10n from "@vscode/l10n";
import { type TextPiece, visiblePieces, visibleString } from "./visibleText";

/** What is shown of a token or an alternative. */
export interface TokenLike {
  readonly text: string;
  /** Hexadecimal, when the bytes are not whole characters. */
  readonly bytes?: string;
}

/** The token's pieces for the screen; its bytes where they are not whole characters. */
export function tokenPieces(token: TokenLike): readonly TextPiece[] {
  if (token.bytes !== undefined) return [{ kind: "bytes", text: spacedHex(token.bytes) }];
  const pieces = visiblePieces(token.text);
  return pieces.length > 0 ? pieces : [{ kind: "mark", text: "∅" }];
}

/** The token's pieces as one string, for pictures and tables. */
export function plainToken(token: TokenLike): string {
  return tokenPieces(token)
    .map(({ text }) => text)
    .join("");
}

/** The token in words for a screen reader: quoted text, or what its whitespace or bytes are. */
export function spokenToken(token: TokenLike): string {
  if (token.bytes !== undefined) return l10n.t("bytes {0}", spacedHex(token.bytes));
  const { text } = token;
  const count = text.length;
  if (/^\n+$/.test(text)) return count === 1 ? l10n.t("line break") : l10n.t("{0} line breaks", count);
  if (/^ +$/.test(text)) return count === 1 ? l10n.t("space") : l10n.t("{0} spaces", count);
  if (/^\t+$/.test(text)) return count === 1 ? l10n.t("tab") : l10n.t("{0} tabs", count);
  return `'${visibleString(text.replaceAll("\n", "↵").replaceAll("\t", "→"), "keep")}'`;
}

/** The token's bytes as `20 74 68 65`. */
export function tokenBytes(token: TokenLike): string {
  if (token.bytes !== undefined) return spacedHex(token.bytes);
  return Array.from(new TextEncoder().encode(token.text), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function spacedHex(bytes: string): string {
  return bytes.replace(/(..)(?=.)/g, "$1 ");
}
