/** What is remarkable in the data: where arms are wrong, labels that look wrong, test items that share words with train. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { metricName } from "../../runtime/comparison/report/metricWords";
import { overlapTable, sliceTable, suspicionTable } from "../../runtime/comparison/report/reportTables";
import type { ReportContamination } from "../../runtime/comparisonReport";
import { textTemplate } from "../shared/pieces";
import { clipped } from "./clipped";
import { fixedMetric, none } from "./columns";
import type { ReportContext } from "./context";
import { folded } from "./folded";
import { button } from "./messageViews";
import { overlapPieces } from "./overlap";
import { tableView } from "./tableView";

/** Rows that are shown at once, at most; the files have all. */
const most = 100;

/** Where arms are wrong more than elsewhere. */
export function slicesView({ report, browse }: ReportContext): TemplateResult {
  const table = sliceTable(report);
  return html`${tableView(table, {
    numbers: [2, 3, 4],
    cell: (row, column) => {
      const slice = report.slices[row];
      if (!slice || column !== 2) return null;
      const label = l10n.t(
        "{0} is wrong on {1} items {2}. Show them",
        report.arms[slice.arm]?.name ?? "",
        slice.wrong,
        slice.name,
      );
      return html`<button type="button" class="link" aria-label=${label} @click=${() => browse({ kind: "slice", slice: row })}>${slice.wrong}</button>`;
    },
  })}`;
}

/** Labels that look wrong, and the way to their files. */
export function suspicionsView({ report, actions, shown }: ReportContext): TemplateResult {
  const { suspicions } = report;
  const table = suspicionTable(report, most);
  return html`<div class="actions">${button(l10n.t("Show in Files"), () => actions.showSuspicions(shown))}
      <span class="hint">${l10n.t("As warnings in the data files, with a quick fix for each.")}</span></div>
    ${tableView(
      {
        ...table,
        rows: suspicions.slice(0, most).map(({ text }, row) => [...(table.rows[row] ?? []).slice(0, -1), text]),
      },
      {
        numbers: [3, 4],
        cell: (row, column) => {
          const suspicion = suspicions[row];
          if (!suspicion || column !== 0) return null;
          const place = `${suspicion.file}:${suspicion.line}`;
          return html`<button type="button" class="link path" @click=${() => actions.openData(shown, suspicion.file, suspicion.line)}>${textTemplate(place)}</button>`;
        },
      },
    )}
    ${moreHint(suspicions.length)}`;
}

function moreHint(count: number): TemplateResult | typeof nothing {
  return count > most
    ? html`<p class="hint">${l10n.t("The first {0} of {1}; JSON has all.", most, count)}</p>`
    : nothing;
}

/** What test shares with what was learnt from. */
export function overlapView(context: ReportContext): TemplateResult | typeof nothing {
  const { report, browse } = context;
  const { overlap, arms, record } = report;
  if (!overlap) return nothing;
  const { dirty, clean, cleanScores } = overlap;
  const metric = record.metrics[0] ?? "accuracy";
  const table = overlapTable(report, most);
  const scores = cleanScores.some((score) => score !== null);
  return html`<p>${l10n.t("{0} of {1} items of test share {2} words in a row with what was learnt from; {3} are clean.", dirty.length, dirty.length + clean, overlap.n, clean)}
      ${l10n.t("Looked for in: {0}.", overlap.searched.join(", "))}</p>
    ${
      scores
        ? tableView(
            {
              caption: l10n.t("{0} on the clean items alone", metricName(metric)),
              head: [l10n.t("Arm"), l10n.t("All items"), l10n.t("Clean items")],
              rows: arms.map(({ name, metrics }, arm) => {
                const [all, score] = [metrics[metric]?.value, cleanScores[arm]];
                return [
                  name,
                  all === undefined ? none : fixedMetric(metric, all),
                  score === null || score === undefined ? none : fixedMetric(metric, score),
                ];
              }),
            },
            { numbers: [1, 2] },
          )
        : nothing
    }
    ${folded(
      context,
      "overlap",
      l10n.t("Items that overlap: {0}", dirty.length),
      () =>
        html`${tableView(
          {
            ...table,
            head: [...table.head.slice(0, 2), l10n.t("Text, with the overlap marked"), ...table.head.slice(3)],
          },
          {
            numbers: [1],
            quiet: true,
            cell: (row, column) => {
              const found = dirty[row];
              if (!found) return null;
              if (column === 2) return markedText(found);
              if (column === 3) return clipped(found.sources.join(", "), 160);
              if (column !== 0) return null;
              const label = l10n.t("Show item {0}", found.item);
              return html`<button type="button" class="link" aria-label=${label} @click=${() => browse({ kind: "item", item: found.item })}>${found.item}</button>`;
            },
          },
        )}${moreHint(dirty.length)}`,
    )}`;
}

function markedText({ text, overlap }: ReportContamination): TemplateResult {
  const pieces = overlapPieces(text, overlap);
  return html`<span class="overlap-text">${pieces.map(({ text: piece, marked }) =>
    marked ? html`<mark>${textTemplate(piece)}</mark>` : html`${clipped(piece, 240)}`,
  )}</span>`;
}
