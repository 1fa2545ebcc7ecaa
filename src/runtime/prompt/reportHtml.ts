/** A run as one HTML file: summary, record and every cell, with no script and nothing from elsewhere. */
import * as l10n from "@vscode/l10n";
import type { PromptCell } from "../promptProtocol";
import {
  biasHead,
  biasRows,
  chosenProbability,
  type ReportedRun,
  recordRows,
  summaryHead,
  summaryRows,
} from "./reportTable";
import { htmlHead, htmlTable, htmlText } from "./reportTexts";

const style = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;padding:0 1rem}
table{border-collapse:collapse;margin:1rem 0}caption{text-align:left;font-weight:600;padding:.25rem 0}
th,td{border:1px solid #8888;padding:.25rem .5rem;text-align:left;vertical-align:top}td{white-space:pre-wrap;overflow-wrap:anywhere}
thead th{position:sticky;top:0;background:Canvas}.wrong{text-decoration:underline wavy}pre{white-space:pre-wrap;border:1px solid #8888;padding:1rem}`;

/** The report. */
export function htmlReport(run: ReportedRun): string {
  const { record } = run;
  const title = l10n.t("Run of {0}", record.file);
  const bias = biasRows(record);
  return [
    "<!DOCTYPE html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${htmlText(title)}</title>`,
    `<style>${style}</style>`,
    "</head>",
    "<body>",
    "<main>",
    `<h1>${htmlText(title)}</h1>`,
    htmlTable(l10n.t("Variants"), summaryHead(), summaryRows(record)),
    bias.length > 0 ? htmlTable(l10n.t("Labels"), biasHead(), bias) : "",
    htmlTable(l10n.t("Record"), null, recordRows(run)),
    `<h2>${htmlText(l10n.t("Prompt file"))}</h2>`,
    `<pre>${htmlText(record.text)}</pre>`,
    cellTable(run),
    "</main>",
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

/** A row for each input, a column for each variant. */
function cellTable({ record, items, cells }: ReportedRun): string {
  const byPlace = new Map(cells.map((cell) => [`${cell.item} ${cell.variant}`, cell]));
  const head = [l10n.t("Input"), l10n.t("Right answer"), ...record.variants.map(({ name }) => name)];
  const rows = items.map(({ fields, gold }, item) => {
    const input = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
    const answers = record.variants.map((_, variant) => answerCell(byPlace.get(`${item} ${variant}`)));
    const heading = `<th scope="row">${item}. ${htmlText(input.join("\n"))}</th>`;
    return `<tr>${heading}<td>${htmlText(gold ?? "–")}</td>${answers.join("")}</tr>`;
  });
  const caption = htmlText(l10n.t("Answers"));
  return `<table><caption>${caption}</caption>\n${htmlHead(head)}\n<tbody>\n${rows.join("\n")}\n</tbody></table>`;
}

function answerCell(cell: PromptCell | undefined): string {
  if (!cell) return "<td>–</td>";
  const probability = chosenProbability(cell);
  const numbers = [
    ...(cell.correct === false ? [l10n.t("wrong")] : []),
    ...(probability === null ? [] : [`p = ${probability.toFixed(3)}`]),
    ...(cell.logprob === null ? [] : [`ln p = ${cell.logprob.toFixed(3)}`]),
  ];
  const wrong = cell.correct === false ? ' class="wrong"' : "";
  return `<td><span${wrong}>${htmlText(cell.output)}</span>\n<small>${htmlText(numbers.join(", "))}</small></td>`;
}
