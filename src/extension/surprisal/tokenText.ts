/** How tokens and numbers are written in a hover. Tokens may hold anything: they come from a text and from a vocabulary. */
import * as l10n from "@vscode/l10n";
import type { Alternative } from "../../runtime/protocol";

type Named = Pick<Alternative, "text" | "bytes">;

/** Longest token that is written out, characters. */
const longest = 60;

/** The token with everything invisible made visible, as the inspector's strip writes it; its bytes where they are no whole characters. */
export function visibleToken({ text, bytes }: Named): string {
  if (bytes !== undefined) return bytes.replace(/(..)(?=.)/g, "$1 ");
  if (text === "") return "∅";
  const characters = Array.from(text, (character) => markOf(character) ?? character);
  return characters.length > longest ? `${characters.slice(0, longest).join("")}…` : characters.join("");
}

const marks: Readonly<Record<string, string>> = { " ": "·", "\t": "→", "\n": "↵" };

/** Controls, format characters (bidi among them), line separators, surrogates, what fonts may ignore, odd spaces. */
const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Zs}\p{Default_Ignorable_Code_Point}]/u;

function markOf(character: string): string | undefined {
  const known = marks[character];
  if (known !== undefined) return known;
  if (!invisible.test(character)) return undefined;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? "␡" : `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** `text` as Markdown that shows it as it is: every ASCII mark becomes an entity, so that nothing in it is syntax, HTML, or a link. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[!-/:-@[-`{-~]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

/** A `command:` link's target, with its one argument. */
export function commandTarget(command: string, argument: object): string {
  const json = encodeURIComponent(JSON.stringify([argument]));
  // What encodeURIComponent leaves, and Markdown would read as the target's end or as syntax.
  return `command:${command}?${json.replace(/[!'()*~_]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`)}`;
}

/** Numbers as the user's language writes them. */
export interface HoverFormats {
  count(value: number): string;
  /** Two decimals. */
  bits(value: number): string;
  /** Three digits of a percentage; never rounded to 0 or 100 %. */
  percent(probability: number): string;
}

/** Formats for a BCP 47 tag; English when the tag is not one. */
export function hoverFormats(language: string): HoverFormats {
  const lang = supported(language);
  const count = new Intl.NumberFormat(lang, { maximumFractionDigits: 0 });
  const bits = new Intl.NumberFormat(lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const digits = { minimumSignificantDigits: 3, maximumSignificantDigits: 3 } as const;
  const percent = new Intl.NumberFormat(lang, { style: "percent", ...digits });
  const high = new Intl.NumberFormat(lang, { style: "percent", minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const edge = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 4 });
  return {
    count: (value) => count.format(value),
    bits: (value) => bits.format(value),
    percent: (p) => {
      if (p > 0 && p < 1e-6) return `<${edge.format(1e-6)}`;
      if (p > 0.9999 && p < 1) return `>${edge.format(0.9999)}`;
      return p > 0.99 && p < 1 ? high.format(p) : percent.format(p);
    },
  };
}

/** Where the model's answer first leads, in words. Row 0 is the embeddings, `rows` − 1 the last layer. */
export function firstLeadText(row: number, rows: number, answer: Named, formats: HoverFormats): string {
  const token = escapeMarkdown(visibleToken(answer));
  if (row === 0) return l10n.t("Logit lens: the answer {0} leads from the embeddings on.", `**${token}**`);
  const [layer, last] = [formats.count(row - 1), formats.count(rows - 2)]; // row 1 is what layer 0 gives
  return l10n.t("Logit lens: the answer {0} first leads after layer {1}, of 0 to {2}.", `**${token}**`, layer, last);
}

function supported(language: string): string {
  try {
    return Intl.NumberFormat.supportedLocalesOf(language)[0] ?? "en";
  } catch (error) {
    if (error instanceof RangeError) return "en"; // not a language tag
    throw error;
  }
}
