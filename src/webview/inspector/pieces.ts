/** Untrusted text as lit templates: text bindings only. */
import { html, type TemplateResult } from "lit";
import { type TokenLike, tokenPieces } from "../shared/tokenText";
import { type TextPiece, visiblePieces } from "../shared/visibleText";

/** A token's text, its marks set apart. */
export function tokenTemplate(token: TokenLike): (string | TemplateResult)[] {
  return tokenPieces(token).map(pieceTemplate);
}

/** Running text whose white space the layout keeps; controls are marks. */
export function textTemplate(text: string): (string | TemplateResult)[] {
  return visiblePieces(text, "keep").map(pieceTemplate);
}

function pieceTemplate({ kind, text }: TextPiece): string | TemplateResult {
  return kind === "text" ? text : html`<span class=${kind}>${text}</span>`;
}
