/** The find box over the strip. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { NumberFormats } from "../../shared/format";
import { iconButton } from "../../shared/pieces";
import { maxMatches } from "./find";

/** What the box shows and does. */
export interface FindBox {
  readonly query: string;
  readonly count: number;
  /** Of the current match; −1 when there is none. */
  readonly current: number;
  readonly formats: NumberFormats;
  search(query: string): void;
  /** Goes to the next match, or with −1 to the one before. */
  step(direction: 1 | -1): void;
  close(): void;
}

/** The box: what to look for, how often it is there, and ways through it. */
export function findView(box: FindBox): TemplateResult {
  const { query, step, close } = box;
  const onInput = (event: Event) => box.search((event.target as HTMLInputElement).value);
  const none = query !== "" && box.count === 0;
  return html`<search class="find">
    <input
      type="text"
      class=${none ? "query none" : "query"}
      spellcheck="false"
      autocomplete="off"
      placeholder=${l10n.t("Find text, or #123 for a token id")}
      aria-label=${l10n.t("Find in tokens: text, or # and a token id")}
      .value=${query}
      @input=${onInput}
      @keydown=${(event: KeyboardEvent) => onKey(event, box)}
    />
    <span class="matches" role="status">${matchCount(box)}</span>
    ${iconButton(l10n.t("Previous match"), "M3.5 10 8 5.5l4.5 4.5", () => step(-1), box.count === 0)}
    ${iconButton(l10n.t("Next match"), "M3.5 6 8 10.5 12.5 6", () => step(1), box.count === 0)}
    ${iconButton(l10n.t("Close find"), "m4 4 8 8m0-8-8 8", close, false)}
  </search>`;
}

/** `3 of 17`, in words where there is nothing. */
export function matchCount({
  query,
  count,
  current,
  formats,
}: Pick<FindBox, "query" | "count" | "current" | "formats">): string {
  if (query === "") return "";
  if (count === 0) return l10n.t("No matches");
  const all = count === maxMatches ? l10n.t("{0} or more", formats.count(count)) : formats.count(count);
  return l10n.t("{0} of {1}", formats.count(current + 1), all);
}

function onKey(event: KeyboardEvent, { step, close }: FindBox): void {
  if (event.isComposing) return;
  if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
  else if (event.key === "Escape") close();
  else return;
  event.preventDefault();
  event.stopPropagation();
}
