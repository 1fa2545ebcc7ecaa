/** The strip's templates: a block is drawn again only when it, its chosen token or the total changed. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import type { GeneratedToken, ScoredToken } from "../../runtime/protocol";
import { type NumberFormats, surprisalBits } from "../shared/format";
import { surprisalLevel } from "../shared/surprisalScale";
import { spokenToken } from "../shared/tokenText";
import { tokenTemplate } from "./pieces";
import type { Block, Chunk, Line } from "./stripLayout";

/** What the templates read. */
export interface StripContent {
  readonly tokens: readonly (ScoredToken | GeneratedToken)[];
  /** How many there will be; null while that is unknown. */
  readonly total: number | null;
  readonly selected: number | null;
  readonly formats: NumberFormats;
}

/** One block of the strip. */
export function blockTemplate(block: Block, content: StripContent): TemplateResult {
  return html`<div class="block" role="presentation">
    ${guard(changes(block, content), () => block.lines.map((line) => lineTemplate(line, content)))}
  </div>`;
}

/** CSS class of a token's level; `s-none` for the first token. */
export function levelClass({ prediction }: ScoredToken | GeneratedToken): string {
  return prediction ? `s${surprisalLevel(surprisalBits(prediction.logprob))}` : "s-none";
}

/** Accessible name of the token at `index`. */
export function tokenLabel(index: number, { tokens, total, formats }: StripContent): string {
  const token = tokens[index];
  if (!token) return "";
  const [number, spoken] = [formats.count(index + 1), spokenToken(token)];
  const place =
    total === null
      ? l10n.t("token {0}: {1}", number, spoken)
      : l10n.t("token {0} of {1}: {2}", number, formats.count(total), spoken);
  const { prediction } = token;
  if (!prediction) return l10n.t("{0}, first token, not predicted", place);
  const bits = formats.decimal(surprisalBits(prediction.logprob));
  return l10n.t("{0}, {1} bits, rank {2}", place, bits, formats.count(prediction.rank));
}

/** What a part of the strip depends on, besides its tokens, which never change in place. */
function changes(part: Chunk, { tokens, total, selected }: StripContent): unknown[] {
  const active = selected ?? 0;
  const touched = active >= part.start && active < part.end;
  return [tokens[part.start], part.end, total, touched && active, touched && selected];
}

function lineTemplate(line: Line, content: StripContent): TemplateResult {
  return html`<div class=${line.endsParagraph ? "line paragraph" : "line"} role="presentation">${line.chunks.map(
    (chunk) => guard(changes(chunk, content), () => chunkTemplate(chunk, content)),
  )}</div>`;
}

function chunkTemplate({ start, end }: Chunk, content: StripContent): TemplateResult[] {
  return Array.from({ length: end - start }, (_, offset) => optionTemplate(start + offset, content));
}

function optionTemplate(index: number, content: StripContent): TemplateResult {
  const token = content.tokens[index];
  if (!token) return html``;
  const { selected, total } = content;
  return html`<span
    class="token ${levelClass(token)}"
    role="option"
    data-index=${index}
    tabindex=${index === (selected ?? 0) ? 0 : -1}
    aria-selected=${index === selected ? "true" : "false"}
    aria-posinset=${index + 1}
    aria-setsize=${total ?? -1}
    aria-label=${tokenLabel(index, content)}
  >${tokenTemplate(token)}</span>`;
}
