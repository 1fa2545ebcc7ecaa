/** What there is to each arm: its settings, its confusion, its reliability. */
import * as l10n from "@vscode/l10n";
import type { ComparisonReport, ReportArm } from "../../../comparisonReport";
import { htmlHead, htmlTable, htmlText } from "../../../prompt/reportTexts";
import { anchors } from "../reportAnchors";
import { choiceText, kindText } from "../reportTables";
import { reliabilityPlot } from "./reliabilityPlot";
import { heatSteps } from "./reportStyle";

/** A section for every arm and baseline that has something to show. */
export function armSections(report: ComparisonReport): string {
  return report.arms.map((arm, place) => armSection(report, arm, place)).join("\n");
}

function armSection({ record }: ComparisonReport, arm: ReportArm, place: number): string {
  const settings = arm.choice === null ? kindText(arm) : choiceText(arm.choice);
  const plot = reliabilityPlot(arm.name, arm.reliability);
  return [
    `<section id="${anchors.arm(place)}" aria-labelledby="${anchors.arm(place)}-name">`,
    `<h3 id="${anchors.arm(place)}-name">${htmlText(arm.name)}</h3>`,
    `<p>${htmlText(settings)}</p>`,
    '<div class="side">',
    arm.confusion.length > 0 ? heatTable(arm, place, record.labels) : "",
    plot === "" ? "" : `<figure>${plot}${binTable(arm)}</figure>`,
    "</div>",
    "</section>",
  ].join("\n");
}

/** The confusion: the darker, the larger the share of its row. Right answers are framed. */
function heatTable({ confusion, name }: ReportArm, place: number, labels: readonly string[]): string {
  const head = [l10n.t("Right answer"), ...labels.map((label) => l10n.t("says {0}", label))];
  const rows = confusion.map((row, label) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    const cells = row.map((count, answer) => {
      const step = total === 0 ? 0 : Math.round((heatSteps * count) / total);
      const right = answer === label ? " right" : "";
      const text = count === 0 ? "0" : `<a href="#${anchors.cell(place, label, answer)}">${count}</a>`;
      return `<td class="heat-${step}${right}">${text}</td>`;
    });
    return `<tr><th scope="row">${htmlText(labels[label] ?? String(label))}</th>${cells.join("")}</tr>`;
  });
  const caption = htmlText(l10n.t("Answers of {0} by right answer, over all seeds", name));
  return `<div class="wide" tabindex="0" role="region" aria-label="${caption}"><table class="heat"><caption>${caption}</caption>\n${htmlHead(head)}\n<tbody>\n${rows.join("\n")}\n</tbody></table></div>`;
}

function binTable({ name, reliability }: ReportArm): string {
  const rows = reliability
    .filter(({ items }) => items > 0)
    .map(({ from, to, items, confidence, accuracy }) => [
      `${from.toFixed(2)}–${to.toFixed(2)}`,
      String(items),
      (confidence ?? 0).toFixed(3),
      (accuracy ?? 0).toFixed(3),
    ]);
  const head = [l10n.t("Confidence"), l10n.t("Answers"), l10n.t("Mean confidence"), l10n.t("Accuracy")];
  const caption = l10n.t("Reliability of {0}, over all seeds", name);
  const table = `<div class="wide" tabindex="0" role="region" aria-label="${htmlText(caption)}">${htmlTable(caption, head, rows)}</div>`;
  return `<details><summary>${htmlText(l10n.t("Numbers"))}</summary>\n${table}\n</details>`;
}
