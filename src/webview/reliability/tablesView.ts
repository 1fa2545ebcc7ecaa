/** The tables behind the picture. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { Rate, ReliabilityState, ThresholdOutlook } from "../../runtime/reliabilityProtocol";
import type { NumberFormats } from "../shared/format";
import { intervalText } from "./texts";

/** Confidence against acceptance, part by part. */
export function bucketTable({ buckets }: ReliabilityState, formats: NumberFormats): TemplateResult {
  const rows = buckets
    .filter(({ accepted }) => accepted.trials > 0)
    .map(
      ({ from, to, confidence, accepted }) => html`<tr>
        <th scope="row">${partText(from, to, formats)}</th>
        <td>${confidence === null ? "–" : formats.percent(confidence)}</td>
        ${rateCells(accepted, formats)}
      </tr>`,
    );
  return table(
    [l10n.t("Confidence"), l10n.t("Mean"), ...rateTitles()],
    rows.length > 0 ? rows : emptyRow(6, l10n.t("Nothing was shown yet.")),
  );
}

/** What every threshold would let through; a button makes it the setting. */
export function outlookTable(
  { outlook, threshold }: ReliabilityState,
  formats: NumberFormats,
  use: (threshold: number) => void,
): TemplateResult {
  const rows = outlook.map((row) => outlookRow(row, row.threshold === threshold, formats, use));
  const others = outlook.every((row) => row.threshold !== threshold)
    ? html`<p class="hint">${l10n.t("The setting is {0}.", threshold)}</p>`
    : null;
  return html`${table(
    [l10n.t("At least"), l10n.t("Setting"), ...rateTitles(), l10n.t("Kept of all accepted")],
    rows,
  )}${others}`;
}

/** Counts of each language. */
export function languageTable({ languages }: ReliabilityState, formats: NumberFormats): TemplateResult {
  const rows = languages.map(
    ({ language, answered, accepted }) => html`<tr>
      <th scope="row">${language}</th>
      <td>${formats.count(answered.trials)}</td>
      <td>${shareText(answered.share, formats)}</td>
      ${rateCells(accepted, formats)}
    </tr>`,
  );
  return table([l10n.t("Language"), l10n.t("Requests"), l10n.t("Show rate"), ...rateTitles()], rows);
}

function outlookRow(
  { threshold, accepted, kept }: ThresholdOutlook,
  current: boolean,
  formats: NumberFormats,
  use: (threshold: number) => void,
): TemplateResult {
  const name = l10n.t("Use {0} as the least confidence", formats.progress(threshold));
  return html`<tr class=${current ? "current" : nothing} aria-current=${current ? "true" : nothing}>
    <th scope="row">${formats.progress(threshold)}</th>
    <td>
      ${
        current
          ? html`<span class="in-use">${l10n.t("in use")}</span>`
          : html`<button class="link" aria-label=${name} @click=${() => use(threshold)}>${l10n.t("Use")}</button>`
      }
    </td>
    ${rateCells(accepted, formats)}
    <td>${shareText(kept, formats)}</td>
  </tr>`;
}

function rateTitles(): string[] {
  return [l10n.t("Shown"), l10n.t("Accepted"), l10n.t("Accept rate"), l10n.t("95 % interval")];
}

function rateCells(rate: Rate, formats: NumberFormats): TemplateResult {
  return html`<td>${formats.count(rate.trials)}</td>
    <td>${formats.count(rate.successes)}</td>
    <td>${shareText(rate.share, formats)}</td>
    <td>${intervalText(rate, formats)}</td>`;
}

function shareText(share: number | null, formats: NumberFormats): string {
  return share === null ? "–" : formats.percent(share);
}

function partText(from: number, to: number, formats: NumberFormats): string {
  return `${formats.progress(from)}–${formats.progress(to)}`;
}

function table(titles: readonly string[], rows: TemplateResult | readonly TemplateResult[]): TemplateResult {
  // It scrolls sideways where the panel is narrow, and so must be reachable by keyboard.
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${titles[0] ?? ""}>
    <table>
      <thead>
        <tr>
          ${titles.map((title) => html`<th scope="col">${title}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

function emptyRow(columns: number, text: string): TemplateResult {
  return html`<tr><td class="nothing" colspan=${columns}>${text}</td></tr>`;
}
