/** Untrusted text as lit templates, text bindings only; and buttons that show a picture. */
import { html, type TemplateResult } from "lit";
import { type TokenLike, tokenPieces } from "./tokenText";
import { type TextPiece, visiblePieces } from "./visibleText";

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

/** A button that shows a path of 16 by 16, named for everyone who does not see it. */
export function iconButton(name: string, path: string, click: () => void, disabled: boolean): TemplateResult {
  return html`<button type="button" class="icon-button" title=${name} aria-label=${name} ?disabled=${disabled} @click=${click}>
    <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d=${path}></path></svg>
  </button>`;
}
