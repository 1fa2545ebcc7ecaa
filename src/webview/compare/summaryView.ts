/** Every variant's cells, summed up: a table, and the bias of those that choose among labels, drawn and as a table. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { VariantSummary } from "../../runtime/promptProtocol";
import type { NumberFormats } from "../shared/format";
import { textTemplate } from "../shared/pieces";
import { biasPicture, intervalPicture } from "./pictures";
import { durationText } from "./texts";

/** The summary of all variants. */
export function summaryView(summaries: readonly VariantSummary[], formats: NumberFormats): TemplateResult {
  const biased = summaries.filter(({ bias }) => bias !== null && bias.length > 0);
  return html`<div class="summary">
    <section aria-labelledby="variants-title">
      <h2 id="variants-title">${l10n.t("Variants")}</h2>
      ${variantTable(summaries, formats)}
      <p class="hint">${l10n.t("Intervals are Wilson's, 95 %. Log-likelihood is that of the right answer where it is known, else of what was written. Overconfidence is the mean probability of the chosen answer less the accuracy.")}</p>
    </section>
    ${
      biased.length === 0
        ? null
        : html`<section aria-labelledby="bias-title">
          <h2 id="bias-title">${l10n.t("Bias")}</h2>
          <p class="hint">${l10n.t("Filled: how probable a label is with no input, known with calibration. Outlined: the share of inputs for which it was chosen. Dashed: where all labels are equally probable.")}</p>
          <div class="biases">${biased.map((summary) => biasFigure(summary, formats))}</div>
        </section>`
    }
  </div>`;
}

function variantTable(summaries: readonly VariantSummary[], formats: NumberFormats): TemplateResult {
  const columns = [
    l10n.t("Rule"),
    l10n.t("Cells"),
    l10n.t("Accuracy"),
    l10n.t("95 % interval"),
    l10n.t("ln p per token"),
    l10n.t("Overconfidence"),
    l10n.t("Prompt tokens"),
    l10n.t("Time"),
  ];
  return html`<div class="table-scroll" tabindex="0" role="region" aria-labelledby="variants-title"><table class="numbers">
    <thead><tr><th scope="col">${l10n.t("Variant")}</th>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
    <tbody>${summaries.map((summary) => variantRow(summary, formats))}</tbody>
  </table></div>`;
}

function variantRow(summary: VariantSummary, formats: NumberFormats): TemplateResult {
  const { name, rule, cells, judged, correct, accuracy, meanLogprob, promptTokens, ms, overconfidence } = summary;
  const perCell = (sum: number) => sum / Math.max(1, cells);
  return html`<tr>
    <th scope="row">${textTemplate(name)}</th>
    <td>${textTemplate(rule)}</td>
    <td class="number">${formats.count(cells)}</td>
    <td class="number">${accuracy ? html`${formats.percent(accuracy.value)} <span class="share">${l10n.t("{0} of {1}", formats.count(correct), formats.count(judged))}</span>` : "–"}</td>
    <td class="number">${accuracy ? html`<span class="interval-cell">${formats.progress(accuracy.low)}–${formats.progress(accuracy.high)} ${intervalPicture(accuracy)}</span>` : "–"}</td>
    <td class="number">${meanLogprob === null ? "–" : formats.decimal(meanLogprob)}</td>
    <td class="number">${overconfidence === null ? "–" : formats.signed(overconfidence)}</td>
    <td class="number">${l10n.t("{0} a cell", formats.sum(perCell(promptTokens)))}</td>
    <td class="number">${durationText(ms, formats)} <span class="share">${l10n.t("{0} a cell", durationText(perCell(ms), formats))}</span></td>
  </tr>`;
}

/** Labels whose bars are drawn; the table has all. */
const drawnLabels = 16;

function biasFigure({ name, bias, cells }: VariantSummary, formats: NumberFormats): TemplateResult {
  const all = bias ?? [];
  const label = l10n.t("Bias of {0}: {1} labels; the table below has the numbers.", name, all.length);
  return html`<figure class="bias-figure">
    <figcaption>${textTemplate(name)}</figcaption>
    ${biasPicture(all.slice(0, drawnLabels), cells, label)}
    <details>
      <summary>${l10n.t("Numbers")}<span class="visually-hidden"> ${l10n.t("of {0}", name)}</span></summary>
      <table class="numbers">
        <thead><tr><th scope="col">${l10n.t("Label")}</th><th scope="col">${l10n.t("With no input")}</th><th scope="col">${l10n.t("Chosen")}</th></tr></thead>
        <tbody>${all.map(
          (one) => html`<tr><th scope="row">${textTemplate(one.label)}</th>
            <td class="number">${one.prior === null ? "–" : formats.percent(one.prior)}</td>
            <td class="number">${formats.count(one.chosen)}</td></tr>`,
        )}</tbody>
      </table>
    </details>
  </figure>`;
}
