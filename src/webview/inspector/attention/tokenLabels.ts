/** Tokens where there is little room. Pure, but for the language. */
import * as l10n from "@vscode/l10n";
import { spokenToken, type TokenLike, tokenPieces } from "../../shared/tokenText";

/** The token's visible text, cut to `longest` characters. */
export function shortToken(token: TokenLike, longest = 10): string {
  const text = tokenPieces(token)
    .map((piece) => piece.text)
    .join("");
  const characters = [...text];
  return characters.length > longest ? `${characters.slice(0, longest - 1).join("")}…` : text;
}

/** A token and its number, counted from 1, in words: `12 'the'`. */
export function numberedToken(tokens: readonly TokenLike[], index: number): string {
  const token = tokens[index];
  return token ? l10n.t("{0} {1}", index + 1, spokenToken(token)) : String(index + 1);
}
