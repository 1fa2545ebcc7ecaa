/** Arms against each other: a list where they are few, a matrix and the chosen pair where they are many. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { differenceText, metricName, pText } from "../../runtime/comparison/report/metricWords";
import { differenceWords, pairTable, verdictText } from "../../runtime/comparison/report/reportTables";
import type { ReportPair } from "../../runtime/comparisonReport";
import { textTemplate } from "../shared/pieces";
import { none } from "./columns";
import type { ReportContext } from "./context";
import { folded } from "./folded";
import { onRovingFocus, onRovingKey } from "./roving";
import { scrolling, tableView } from "./tableView";

/** Pairs that a list has room for. */
const mostListed = 6;

/** All pairs. */
export function pairsView(context: ReportContext): TemplateResult {
  const { pairs } = context.report;
  if (pairs.length <= mostListed)
    return html`${pairList(context)}
      <ul class="sentences">${pairs.map(({ words }) => html`<li>${textTemplate(words)}</li>`)}</ul>`;
  return html`${matrixView(context)} ${chosenPair(context)}
    ${folded(context, "pairs", l10n.t("All pairs as a table"), () => html`${pairList(context)}`)}`;
}

function pairList(context: ReportContext): TemplateResult | typeof nothing {
  const { report } = context;
  return tableView(pairTable(report), {
    numbers: [2, 3, 4, 5, 6, 7, 8],
    cell: (row, column) => {
      const pair = report.pairs[row];
      return pair && (column === 3 || column === 4)
        ? onlyButton(context, pair, column === 3 ? "first" : "second")
        : null;
    },
  });
}

/** How many items only one arm of a pair gets right, which leads to them. */
function onlyButton(
  { report, browse }: ReportContext,
  { first, second, mcnemar }: ReportPair,
  which: "first" | "second",
): TemplateResult {
  if (!mcnemar) return html`${none}`;
  const [right, wrong] = which === "first" ? [first, second] : [second, first];
  const count = which === "first" ? mcnemar.firstOnly : mcnemar.secondOnly;
  const name = (arm: number) => report.arms[arm]?.name ?? "";
  const label = l10n.t("{0} items that {1} gets right and {2} wrong. Show them", count, name(right), name(wrong));
  return html`<button type="button" class="link" aria-label=${label} @click=${() => browse({ kind: "differ", right, wrong })}>${count}</button>`;
}

/** A row and a column for each arm; a cell is the row's value less the column's. */
function matrixView(context: ReportContext): TemplateResult {
  const { report, options, actions } = context;
  const metric = report.record.metrics[0] ?? "accuracy";
  const compared = [...new Set(report.pairs.flatMap(({ first, second }) => [first, second]))].sort((a, b) => a - b);
  const pair = currentPair(context);
  const caption = l10n.t("Differences of {0}: the row's arm less the column's", metricName(metric));
  const cell = (row: number, column: number) => {
    const found = oriented(report.pairs, row, column);
    if (!found) return html`<td class="empty">${row === column ? "" : none}</td>`;
    const isChosen = pair?.first === row && pair.second === column;
    const verdict = verdictText(found, report.arms);
    const label = `${report.arms[row]?.name ?? ""} − ${report.arms[column]?.name ?? ""}: ${differenceText(metric, found.difference.value)}, ${verdict}`;
    return html`<td class="pair-cell ${found.verdict}">
      <button type="button" data-row=${row} data-column=${column} tabindex=${isChosen ? 0 : -1} aria-pressed=${isChosen ? "true" : "false"}
        aria-label=${label} title=${verdict} @click=${() => actions.changeOptions({ ...options, pair: [row, column] })}>
        ${differenceText(metric, found.difference.value)}<span class="pair-mark" aria-hidden="true">${marks[found.verdict]}</span></button>
    </td>`;
  };
  return html`${scrolling(
    caption,
    html`<table class="matrix" @keydown=${onRovingKey} @focusin=${onRovingFocus}>
      <caption>${caption}</caption>
      <thead><tr><th scope="col">${l10n.t("Arm")}</th>${compared.map((arm, i) => html`<th scope="col" class="number" title=${report.arms[arm]?.name ?? ""}><span aria-hidden="true">${i + 1}</span><span class="visually-hidden">${textTemplate(report.arms[arm]?.name ?? "")}</span></th>`)}</tr></thead>
      <tbody>${compared.map(
        (row, i) =>
          html`<tr><th scope="row"><span class="matrix-number" aria-hidden="true">${i + 1}</span> ${textTemplate(report.arms[row]?.name ?? "")}</th>${compared.map((column) => cell(row, column))}</tr>`,
      )}</tbody>
    </table>`,
  )}
    <p class="hint">${l10n.t("▲ the row's arm is better, ▼ worse, as the interval and p after Holm have it; without a mark it is not decisive. Arrow keys move between cells.")}</p>`;
}

const marks = { firstBetter: "▲", secondBetter: "▼", notDecisive: "" } as const;

/** The pair with `row` as its first arm. */
function oriented(pairs: readonly ReportPair[], row: number, column: number): ReportPair | null {
  const found = pairs.find(({ first, second }) => first === row && second === column);
  if (found) return found;
  const other = pairs.find(({ first, second }) => first === column && second === row);
  return other ? swapped(other) : null;
}

function swapped(pair: ReportPair): ReportPair {
  const { first, second, difference, mcnemar, verdict } = pair;
  return {
    ...pair,
    ...{ first: second, second: first },
    difference: { value: -difference.value, low: -difference.high, high: -difference.low },
    mcnemar: mcnemar && { ...mcnemar, firstOnly: mcnemar.secondOnly, secondOnly: mcnemar.firstOnly },
    verdict: verdict === "notDecisive" ? verdict : verdict === "firstBetter" ? "secondBetter" : "firstBetter",
  };
}

function currentPair({ report, options }: ReportContext): ReportPair | null {
  const [row, column] = options.pair ?? [-1, -1];
  return oriented(report.pairs, row, column) ?? report.pairs[0] ?? null;
}

/** The numbers of the pair that was chosen in the matrix. */
function chosenPair(context: ReportContext): TemplateResult | typeof nothing {
  const { report } = context;
  const pair = currentPair(context);
  if (!pair) return nothing;
  const metric = report.record.metrics[0] ?? "accuracy";
  const name = (arm: number) => report.arms[arm]?.name ?? "";
  const fact = (title: string, value: TemplateResult | string) => html`<div><dt>${title}</dt><dd>${value}</dd></div>`;
  const { mcnemar, smallest, p, holm, first, second } = pair;
  return html`<section class="pair-card" aria-labelledby="pair-title" aria-live="polite">
    <h3 id="pair-title">${textTemplate(name(first))} − ${textTemplate(name(second))}</h3>
    <p class="pair-words">${textTemplate(pair.words)}</p>
    <dl class="facts">
      ${fact(l10n.t("Difference"), differenceWords(metric, pair))}
      ${fact(l10n.t("Verdict"), html`${textTemplate(verdictText(pair, report.arms))}`)}
      ${fact(l10n.t("p"), pText(p))} ${fact(l10n.t("p after Holm"), pText(holm))}
      ${
        mcnemar
          ? html`${fact(l10n.t("Only the first is right"), onlyButton(context, pair, "first"))}
            ${fact(l10n.t("Only the second is right"), onlyButton(context, pair, "second"))}
            ${fact(l10n.t("McNemar"), pText(mcnemar.p))}`
          : nothing
      }
      ${smallest === null ? nothing : fact(l10n.t("Could be shown"), differenceText(metric, smallest).replace("+", ""))}
    </dl>
  </section>`;
}
