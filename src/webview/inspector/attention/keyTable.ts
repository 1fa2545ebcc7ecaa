/** The tables behind rows of attention. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { NumberFormats } from "../../shared/format";
import { tokenTemplate } from "../../shared/pieces";
import type { TokenLike } from "../../shared/tokenText";
import { type AttentionMap, rowOf } from "./attentionMap";
import { topKeys } from "./topKeys";

/** Rows of the table of many queries. */
const listedQueries = 60;

/** What one query attends to most, with bars. */
export function keyTable(
  row: ArrayLike<number>,
  query: number,
  tokens: readonly TokenLike[],
  formats: NumberFormats,
): TemplateResult {
  const keys = topKeys(row);
  const largest = keys[0]?.probability ?? 1;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${l10n.t("Strongest keys")}>
    <table class="data">
      <caption>${l10n.t("The {0} strongest keys of query {1}", keys.length, formats.count(query + 1))} ${quoted(tokens[query])}</caption>
      <thead><tr>
        <th scope="col">${l10n.t("Key")}</th>
        <th scope="col">${l10n.t("Token")}</th>
        <th scope="col" colspan="2">${l10n.t("Probability")}</th>
      </tr></thead>
      <tbody>
        ${keys.map(
          ({ key, probability }) => html`<tr>
            <td>${formats.count(key + 1)}</td>
            <th scope="row" class="mono">${tokens[key] ? tokenTemplate(tokens[key]) : null}</th>
            <td class="bar-cell">${bar(probability / largest)}</td>
            <td>${formats.percent(probability)}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** The strongest key of each query in sight. */
export function queriesTable(
  map: AttentionMap,
  [from, to]: readonly [number, number],
  tokens: readonly TokenLike[],
  formats: NumberFormats,
): TemplateResult {
  const end = Math.min(to, from + listedQueries);
  const rows = Array.from({ length: end - from }, (_, index) => from + index);
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${l10n.t("Strongest key of each query")}>
    <table class="data">
      <caption>${l10n.t("Strongest key of queries {0} to {1}; choose a token to see all of its keys", formats.count(from + 1), formats.count(end))}</caption>
      <thead><tr>
        <th scope="col" colspan="2">${l10n.t("Query")}</th>
        <th scope="col" colspan="2">${l10n.t("Strongest key")}</th>
        <th scope="col">${l10n.t("Probability")}</th>
      </tr></thead>
      <tbody>
        ${rows.map((query) => {
          const [best] = topKeys(rowOf(map, query) ?? [], 1);
          return html`<tr>
            <td>${formats.count(query + 1)}</td>
            <th scope="row" class="mono">${quoted(tokens[query])}</th>
            <td>${best ? formats.count(best.key + 1) : "–"}</td>
            <td class="mono text">${best ? quoted(tokens[best.key]) : null}</td>
            <td>${best ? formats.percent(best.probability) : "–"}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </div>`;
}

/** A bar of a table's cell, 0 to 1. Its width is a presentation attribute: the policy allows no style attribute. */
export function bar(part: number): TemplateResult {
  const width = `${(100 * Math.min(1, Math.max(0, part || 0))).toFixed(2)}%`;
  return html`<svg class="bar" aria-hidden="true" focusable="false">
    <rect class="bar-track" width="100%" height="100%" rx="1"></rect>
    <rect class="bar-value" width=${width} height="100%" rx="1"></rect>
  </svg>`;
}

function quoted(token: TokenLike | undefined): TemplateResult | null {
  return token ? html`<span class="mono">${tokenTemplate(token)}</span>` : null;
}
