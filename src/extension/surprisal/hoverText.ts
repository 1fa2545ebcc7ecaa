/** What a hover over a token says, as Markdown. Knows nothing of VS Code. */
import * as l10n from "@vscode/l10n";
import type { Alternative, ScoredToken } from "../../runtime/protocol";
import { configSection } from "../config";
import type { LensBrief } from "./lensBriefs";
import { levelBounds, levelCount, levelOf } from "./levels";
import { surprisalBits } from "./ranges";
import type { Found } from "./scoredDocument";
import { escapeMarkdown, firstLeadText, type HoverFormats, visibleToken } from "./tokenText";

/** What a hover is made from. */
export interface HoverInput {
  readonly found: Found;
  /** The range's text in the document. */
  readonly documentText: string;
  /** By token; may lack some, or all. */
  readonly briefs: ReadonlyMap<number, LensBrief>;
  /** Target of a link that puts a text in the range's place; undefined where the document cannot be edited. */
  readonly replaceTarget: ((replacement: string) => string) | undefined;
  readonly formats: HoverFormats;
}

/** What a hover says: the numbers, which the legend goes below, and the rest; the latter may be empty. */
export interface HoverText {
  readonly head: string;
  readonly body: string;
}

/** Markdown about every token of the range. Nothing in it but the link targets is taken from a token unescaped. */
export function hoverText(input: HoverInput): HoverText {
  const { scored, range } = input.found;
  const [first, end] = range.tokens;
  const several = end - first > 1;
  const tokens = scored.tokens.slice(first, end);
  const paragraphs = tokens.flatMap((token, i) => aboutToken(token, first + i, { ...input, several }));
  if (several) paragraphs.unshift(severalText(end - first, range.bits, input.formats));
  const [head = "", ...body] = paragraphs;
  return { head, body: body.join("\n\n") };
}

/** The scale's levels with their bits, the one of `bits` set off. Needs HTML; holds nothing but colours and numbers. */
export function legendText(bits: number | null, formats: HoverFormats): string {
  const level = bits === null ? null : levelOf(bits);
  const swatches = Array.from({ length: levelCount }, (_, i) => {
    const text = `&nbsp;${boundsText(i, formats)}&nbsp;`;
    // VS Code lets through exactly this form of style.
    const style = `background-color:var(--vscode-${configSection}-surprisal${i});`;
    return `<span style="${style}">${i === level ? `<strong>${text}</strong>` : text}</span>`;
  });
  return `${swatches.join("")}&nbsp; ${escapeMarkdown(l10n.t("bits"))}`;
}

function boundsText(level: number, { count }: HoverFormats): string {
  const [from, to] = [levelBounds[level - 1], levelBounds[level]];
  if (from === undefined) return `&lt;${count(to ?? 0)}`;
  return to === undefined ? `≥${count(from)}` : `${count(from)}–${count(to)}`;
}

function severalText(count: number, bits: number | null, formats: HoverFormats): string {
  return bits === null
    ? l10n.t("{0} tokens share these characters.", formats.count(count))
    : l10n.t("{0} tokens share these characters: {1} bits together.", formats.count(count), formats.bits(bits));
}

function aboutToken(token: ScoredToken, index: number, input: HoverInput & { readonly several: boolean }): string[] {
  const name = `**${escapeMarkdown(visibleToken(token))}**`;
  const { prediction } = token;
  if (!prediction) return [`${name} — ${l10n.t("First token: nothing stands before it to predict it from.")}`];
  const { formats, briefs } = input;
  const brief = briefs.get(index);
  const numbers = [
    l10n.t("{0} bits", formats.bits(surprisalBits(prediction.logprob))),
    formats.percent(Math.exp(prediction.logprob)),
    l10n.t("rank {0}", formats.count(prediction.rank)),
    l10n.t("entropy {0} bits", formats.bits(prediction.entropy)),
  ];
  const top = prediction.top.length > 0 ? prediction.top : (brief?.top ?? []);
  const answer = brief?.top[0];
  return [
    `${name} — ${numbers.join(" · ")}`,
    ...(brief && answer ? [firstLeadText(brief.firstLead, brief.rows, answer, formats)] : []),
    ...(top.length > 0 ? [alternativesTable(token, top, input)] : []),
  ];
}

type TableInput = HoverInput & { readonly several: boolean };

function alternativesTable(token: ScoredToken, top: readonly Alternative[], input: TableInput): string {
  const rows = top.map((alternative) => {
    const name = escapeMarkdown(visibleToken(alternative));
    const cells = [name, input.formats.percent(Math.exp(alternative.logprob)), lastCell(token, alternative, input)];
    return `| ${cells.join(" | ")} |`;
  });
  return [`| ${l10n.t("Expected here")} | | |`, "| :-- | --: | :-- |", ...rows].join("\n");
}

function lastCell(token: ScoredToken, alternative: Alternative, input: TableInput): string {
  if (alternative.id === token.id) return l10n.t("this token");
  const replacement = input.several ? undefined : replacementFor(token, alternative, input.documentText);
  if (replacement === undefined || !input.replaceTarget) return "";
  return `[${l10n.t("Replace")}](${input.replaceTarget(replacement)})`;
}

/** A text's end is a token but no text. */
const endOfText = "<|endoftext|>";

/**
 * What to write in place of `documentText`, which is what `token` stands for; undefined when an alternative is not whole characters, or
 * the token's own text is another than the document's. GPT-1's tokens are small letters, with a blank where a word ends.
 */
export function replacementFor(
  token: Pick<ScoredToken, "text" | "bytes">,
  { text, bytes }: Pick<Alternative, "text" | "bytes">,
  documentText: string,
): string | undefined {
  if (bytes !== undefined || token.bytes !== undefined || text === "" || text === endOfText) return undefined;
  if (token.text === documentText) return text;
  const word = token.text.trimEnd().toLowerCase() === documentText.toLowerCase();
  return word && documentText.trim() !== "" && text.trimEnd() !== "" ? text.trimEnd() : undefined;
}
