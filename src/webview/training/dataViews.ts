/** What a data set holds: its first rows, the balance of its classes, what is wrong with it. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { CorpusPreview, TrainingDataPreview } from "../../runtime/trainingDataProtocol";
import type { NumberFormats } from "../shared/format";
import { textTemplate } from "../shared/pieces";
import { byteText, splitText, taskFieldText } from "./texts";

/** The first rows, as they will be used. */
export function rowsTable({ items }: TrainingDataPreview): TemplateResult {
  const fields = [...new Set(items.flatMap(({ fields: own }) => Object.keys(own)))];
  return html`<div class="table-scroll first-rows" role="region" tabindex="0" aria-label=${l10n.t("First rows")}>
    <table class="rows">
      <caption>${l10n.t("First rows, as they will be used")}</caption>
      <thead><tr><th scope="col">${l10n.t("Line")}</th><th scope="col">${l10n.t("Part")}</th>
        ${fields.map((field) => html`<th scope="col">${textTemplate(taskFieldText(field))}</th>`)}</tr></thead>
      <tbody>${items.map(
        ({
          line,
          split,
          fields: own,
        }) => html`<tr><th scope="row" class="number">${line}</th><td>${splitText(split)}</td>
          ${fields.map((field) => html`<td><div class="cell-text">${textTemplate(own[field] ?? "")}</div></td>`)}</tr>`,
      )}</tbody>
    </table>
  </div>`;
}

/** Items of each label in each part: a bar and its numbers. */
export function balanceTable({ labels, splits }: TrainingDataPreview, formats: NumberFormats): TemplateResult {
  const most = Math.max(...splits.map(({ byLabel }) => byLabel.length));
  const rows = Array.from({ length: most }, (_, i) => labels[i] ?? l10n.t("choice {0}", i + 1));
  const largest = Math.max(...splits.flatMap(({ items, byLabel }) => byLabel.map((n) => n / Math.max(1, items))), 0.01);
  return html`<div class="table-scroll balance" role="region" tabindex="0" aria-label=${l10n.t("Balance of the classes")}>
    <table class="numbers">
      <caption>${l10n.t("Items of each class")}</caption>
      <thead><tr><th scope="col">${l10n.t("Class")}</th>
        ${splits.map(({ name, items }) => html`<th scope="col">${splitText(name)} <span class="share">${formats.count(items)}</span></th>`)}</tr></thead>
      <tbody>${rows.map(
        (label, i) => html`<tr><th scope="row">${textTemplate(label)}</th>
          ${splits.map(({ items, byLabel }) => {
            const count = byLabel[i] ?? 0;
            const share = count / Math.max(1, items);
            return html`<td class=${count === 0 ? "empty" : ""}>
              <svg class="balance-bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <rect class="track" width="100" height="6" /><rect class="amount" width=${(100 * share) / largest} height="6" />
              </svg>
              <span>${formats.count(count)} <span class="share">${formats.progress(share)}</span></span></td>`;
          })}</tr>`,
      )}</tbody>
    </table>
  </div>`;
}

/** Duplicates, leakage, contradictions, cut items, and whatever else looks wrong. */
export function reportsView(preview: TrainingDataPreview, formats: NumberFormats): TemplateResult {
  const { duplicates, leaked, contradictions, tokens, warnings } = preview;
  const sameAs = ({ line, sameAs: other }: { line: number; sameAs: number }) =>
    l10n.t("line {0} as line {1}", line, other);
  return html`<ul class="reports">
    ${warnings.map((warning) => html`<li class="warned">${textTemplate(warning)}</li>`)}
    ${report(
      contradictions.count,
      l10n.t("The same text stands under different labels: {0}", formats.count(contradictions.count)),
      contradictions.examples.map(sameAs),
      true,
    )}
    ${report(
      leaked.count,
      l10n.t("Training rows that dev or test hold too: {0}", formats.count(leaked.count)),
      leaked.examples.map(({ line, split, sameAs: other }) =>
        l10n.t("line {0} as line {1} of {2}", line, other, splitText(split)),
      ),
      true,
    )}
    ${report(duplicates.count, l10n.t("Duplicates: {0}", formats.count(duplicates.count)), duplicates.examples.map(sameAs), false)}
    ${tokens === null ? nothing : tokensReport(tokens, formats)}
    ${
      warnings.length + contradictions.count + leaked.count + duplicates.count === 0
        ? html`<li class="fine">${l10n.t("No duplicates, no leakage between the parts, no contradictions.")}</li>`
        : nothing
    }
  </ul>`;
}

function report(
  count: number,
  sentence: string,
  examples: readonly string[],
  warned: boolean,
): TemplateResult | typeof nothing {
  if (count === 0) return nothing;
  return html`<li class=${warned ? "warned" : ""}>${sentence}
    ${examples.length === 0 ? nothing : html`<details><summary>${l10n.t("Examples")}</summary><p class="hint">${examples.join(" · ")}</p></details>`}</li>`;
}

function tokensReport(
  { median, longest, truncated }: NonNullable<TrainingDataPreview["tokens"]>,
  formats: NumberFormats,
): TemplateResult {
  const lengths = l10n.t(
    "Tokens of an item: {0} in the middle, {1} at most.",
    formats.count(median),
    formats.count(longest),
  );
  return truncated === 0
    ? html`<li>${lengths} ${l10n.t("None is cut.")}</li>`
    : html`<li class="warned">${lengths} ${l10n.t("Cut to the longest sequence: {0}.", formats.count(truncated))}</li>`;
}

/** What a text collection holds. */
export function corpusView({ files, bytes, skipped, largest }: CorpusPreview, formats: NumberFormats): TemplateResult {
  return html`<dl class="figures">
      <div><dt>${l10n.t("files")}</dt><dd>${formats.count(files)}</dd></div>
      <div><dt>${l10n.t("of text")}</dt><dd>${byteText(bytes)}</dd></div>
    </dl>
    ${
      skipped.length === 0
        ? nothing
        : html`<ul class="reports">${skipped.map(({ reason, files: left }) => html`<li>${l10n.t("Left out: {0} files. {1}", formats.count(left), reason)}</li>`)}</ul>`
    }
    ${
      largest.length === 0
        ? nothing
        : html`<details class="folded"><summary>${l10n.t("Largest files")}</summary>
          <div class="folded-body table-scroll" role="region" tabindex="0" aria-label=${l10n.t("Largest files")}><table class="numbers"><tbody>
            ${largest.map((file) => html`<tr><th scope="row">${textTemplate(file.path)}</th><td class="number">${byteText(file.bytes)}</td></tr>`)}
          </tbody></table></div></details>`
    }`;
}
