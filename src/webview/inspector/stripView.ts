/** The strip's templates: a block is drawn again only when it, or what is marked in it, changed. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";
import type { TokenRange } from "../../runtime/panelProtocol";
import type { GeneratedToken, ScoredToken } from "../../runtime/protocol";
import { type ColorMode, levelOf, type Predicted } from "../shared/colorModes";
import { type NumberFormats, surprisalBits } from "../shared/format";
import { tokenTemplate } from "../shared/pieces";
import { spokenToken, type TokenLike, tokenBytes } from "../shared/tokenText";
import type { Block, Row } from "./stripLayout";
import type { StripOptions } from "./stripOptions";

/** What the templates read. */
export interface StripContent {
  readonly tokens: readonly (ScoredToken | GeneratedToken)[];
  /** How many there will be; null while that is unknown. */
  readonly total: number | null;
  readonly selected: number | null;
  /** What the host marked. */
  readonly marked: TokenRange | null;
  /** What was found, and which of it is the current one. */
  readonly found: readonly TokenRange[];
  readonly current: TokenRange | null;
  readonly options: StripOptions;
  readonly formats: NumberFormats;
  /** Changes when rows that hold the same tokens are other ones than before. */
  readonly version: number;
}

/** One block of the strip. Its place is set by script: the policy allows no style attribute. */
export function blockTemplate({ rows }: Block, content: StripContent): TemplateResult {
  const [start, end] = [rows[0]?.start ?? 0, rows.at(-1)?.end ?? 0];
  const found = content.found.filter((range) => range.start < end && range.end > start);
  const inside = { ...content, found };
  return html`<div class="block" role="presentation" data-top=${rows[0]?.top ?? 0}>
    ${guard(changes(start, end, rows.length, inside), () => rows.map((row, i) => rowTemplate(row, rows[i - 1], inside)))}
  </div>`;
}

/** CSS class of a token's level; `s-none` for the first token. */
export function levelClass(
  { prediction }: { readonly prediction: Predicted | null },
  mode: ColorMode = "surprisal",
): string {
  return prediction ? `s${levelOf(mode, prediction)}` : "s-none";
}

/** Accessible name of the token at `index`. */
export function tokenLabel(index: number, content: StripContent): string {
  const token = content.tokens[index];
  if (!token) return "";
  const { ids, bytes } = content.options;
  const more = [ids ? l10n.t("id {0}", token.id) : "", bytes ? l10n.t("bytes {0}", tokenBytes(token)) : ""];
  return [numbersLabel(token, index, content), ...more].filter((part) => part !== "").join(", ");
}

function numbersLabel(
  token: ScoredToken | GeneratedToken,
  index: number,
  { total, options, formats }: StripContent,
): string {
  const [number, spoken] = [formats.count(index + 1), spokenToken(token)];
  const place =
    total === null
      ? l10n.t("token {0}: {1}", number, spoken)
      : l10n.t("token {0} of {1}: {2}", number, formats.count(total), spoken);
  const { prediction } = token;
  if (!prediction) return l10n.t("{0}, first token, not predicted", place);
  const { logprob, rank, entropy } = prediction;
  if (options.mode === "probability") return l10n.t("{0}, probability {1}", place, formats.percent(Math.exp(logprob)));
  if (options.mode === "entropy") return l10n.t("{0}, entropy {1} bits", place, formats.decimal(entropy));
  return l10n.t("{0}, {1} bits, rank {2}", place, formats.decimal(surprisalBits(logprob)), formats.count(rank));
}

/** What a block depends on, besides its tokens, which never change in place. */
function changes(start: number, end: number, rows: number, content: StripContent): unknown[] {
  const { tokens, total, selected, marked, found, current, options, version } = content;
  const active = selected ?? 0;
  const touched = active >= start && active < end;
  const within = marked && marked.start < end && marked.end > start ? `${marked.start} ${marked.end}` : "";
  const matches = found.map((range) => `${range.start} ${range.end}${range === current ? "!" : ""}`).join();
  return [tokens[start], end, rows, total, touched && active, touched && selected, within, matches, options, version];
}

function rowTemplate(row: Row, before: Row | undefined, content: StripContent): TemplateResult {
  const apart = before !== undefined && row.top > before.top + before.height;
  const indices = Array.from({ length: row.end - row.start }, (_, offset) => row.start + offset);
  return html`<div class=${apart ? "row apart" : "row"} role="presentation">${indices.map((index) =>
    optionTemplate(index, content),
  )}</div>`;
}

function optionTemplate(index: number, content: StripContent): TemplateResult {
  const token = content.tokens[index];
  if (!token) return html``;
  const { selected, total, options } = content;
  return html`<span
    class="token ${levelClass(token, options.mode)}${markClasses(index, content)}"
    role="option"
    data-index=${index}
    tabindex=${index === (selected ?? 0) ? 0 : -1}
    aria-selected=${index === selected ? "true" : "false"}
    aria-posinset=${index + 1}
    aria-setsize=${total ?? -1}
    aria-label=${tokenLabel(index, content)}
  >${tokenTemplate(token)}${underTemplate(token, options)}</span>`;
}

/** The small lines below a token, written by the style sheet: they are no text of the token, and its accessible name says them. */
export function underTemplate(
  token: TokenLike & { readonly id: number },
  { ids, bytes }: StripOptions,
): (TemplateResult | null)[] {
  return [
    ids ? html`<span class="under" data-text=${token.id}></span>` : null,
    bytes ? html`<span class="under" data-text=${tokenBytes(token)}></span>` : null,
  ];
}

function markClasses(index: number, { marked, found, current }: StripContent): string {
  const holds = (range: TokenRange | null) => range !== null && index >= range.start && index < range.end;
  return [holds(marked) ? " marked" : "", found.some(holds) ? " found" : "", holds(current) ? " current" : ""].join("");
}
