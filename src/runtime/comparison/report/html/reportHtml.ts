/**
 * A comparison as one HTML file that a colleague can read: the verdict first, then tables and plots, settings, record and items. It has no
 * script, nothing from elsewhere, and no style but its own, which its policy names by its hash.
 */
import { hash } from "node:crypto";
import * as l10n from "@vscode/l10n";
import type { ComparisonReport } from "../../../comparisonReport";
import { htmlTable, htmlText } from "../../../prompt/reportTexts";
import {
  armTable,
  assertionTable,
  choiceTable,
  classTable,
  curveTable,
  overlapTable,
  pairTable,
  type ReportDocument,
  type ReportTable,
  recordRows,
  sliceTable,
  spreadTable,
  suspicionTable,
} from "../reportTables";
import { armSections } from "./armSections";
import { curvePlot } from "./curvePlot";
import { dotPlot } from "./dotPlot";
import { itemLists, itemTable } from "./itemLists";
import { reportStyle } from "./reportStyle";

/** Suspicions and overlaps that are shown, at most. */
const most = 200;

/** A part of the page. */
interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: readonly string[];
}

/** The page. */
export function reportHtml(document: ReportDocument): string {
  const { report } = document;
  const { record } = report;
  const title = l10n.t("Comparison {0}", record.name);
  const sections = sectionsOf(document).filter(({ body }) => body.some((part) => part !== ""));
  return [
    "<!DOCTYPE html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '${styleHash()}'; base-uri 'none'; form-action 'none'">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${htmlText(title)}</title>`,
    `<style>${reportStyle}</style>`,
    "</head>",
    "<body>",
    `<header><h1>${htmlText(title)}</h1>`,
    `<p class="sub">${htmlText(subtitle(report))}</p></header>`,
    navigation(sections),
    "<main>",
    verdict(report),
    ...sections.map(section),
    "</main>",
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function styleHash(): string {
  return `sha256-${hash("sha256", reportStyle, "base64")}`;
}

function subtitle({ record }: ComparisonReport): string {
  const models = record.models.map(({ name }) => name).join(", ");
  return [
    l10n.t("{0} on {1} items of test", record.task, record.items.test),
    models,
    record.startedAt.slice(0, 10),
    record.device,
  ].join(" · ");
}

function navigation(sections: readonly Section[]): string {
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${htmlText(title)}</a></li>`);
  return `<nav aria-label="${htmlText(l10n.t("Parts of the report"))}"><ul>${links.join("")}</ul></nav>`;
}

function verdict({ verdicts }: ComparisonReport): string {
  const [first = "", ...others] = verdicts;
  const list = others.map((words) => `<li>${htmlText(words)}</li>`).join("\n");
  const label = htmlText(l10n.t("Verdict"));
  return `<section class="verdict" aria-label="${label}"><p class="answer">${htmlText(first)}</p>\n<ul>${list}</ul></section>`;
}

function section({ id, title, body }: Section): string {
  const parts = body.filter((part) => part !== "").join("\n");
  return `<section aria-labelledby="${id}"><h2 id="${id}">${htmlText(title)}</h2>\n${parts}\n</section>`;
}

function sectionsOf(document: ReportDocument): readonly Section[] {
  const { report } = document;
  const { record } = report;
  return [
    {
      id: "arms",
      title: l10n.t("Arms"),
      body: [figure(dotPlot(report.arms, record.metrics[0] ?? "accuracy")), wide(armTable(report))],
    },
    { id: "assertions", title: l10n.t("Assertions"), body: [wide(assertionTable(report))] },
    { id: "pairs", title: l10n.t("Against each other"), body: [wide(pairTable(report)), ...sentences(report.pairs)] },
    { id: "curves", title: l10n.t("Learning curves"), body: curves(report) },
    {
      id: "details",
      title: l10n.t("Each arm"),
      body: [armSections(report), wide(classTable(report)), wide(spreadTable(report))],
    },
    { id: "errors", title: l10n.t("Where arms are wrong"), body: [wide(sliceTable(report))] },
    {
      id: "data",
      title: l10n.t("The data"),
      body: [wide(suspicionTable(report, most), "texts"), wide(overlapTable(report, most), "texts")],
    },
    {
      id: "settings",
      title: l10n.t("Settings"),
      body: [wide(choiceTable(report)), `<pre>${htmlText(record.text)}</pre>`],
    },
    {
      id: "record",
      title: l10n.t("Record"),
      body: [recordTable(report)],
    },
    { id: "lists", title: l10n.t("Items by answer"), body: document.items.length > 0 ? [itemLists(document)] : [] },
    {
      id: "items",
      title: l10n.t("Items"),
      body: document.items.length > 0 ? [scrolling(l10n.t("Items of test"), itemTable(document))] : [],
    },
  ];
}

function curves(report: ComparisonReport): readonly string[] {
  if (report.curves.length === 0) return [];
  return [
    figure(curvePlot(report, "labels")),
    figure(curvePlot(report, "k")),
    ...sentences(report.crossovers),
    wide(curveTable(report)),
  ];
}

function sentences(of: readonly { readonly words: string }[]): readonly string[] {
  if (of.length === 0) return [];
  return [`<ul>${of.map(({ words }) => `<li>${htmlText(words)}</li>`).join("\n")}</ul>`];
}

function recordTable(report: ComparisonReport): string {
  const caption = l10n.t("How the numbers came about");
  return scrolling(caption, htmlTable(caption, null, recordRows(report)), "texts");
}

function figure(plot: string): string {
  return plot === "" ? "" : `<figure>${plot}</figure>`;
}

/** A table that scrolls by itself where the page is too narrow; nothing without rows. */
function wide({ caption, head, rows }: ReportTable, kind = ""): string {
  return rows.length === 0 ? "" : scrolling(caption, htmlTable(caption, head, rows), kind);
}

/** Can be reached with the keyboard, as it may have to be scrolled. */
function scrolling(label: string, table: string, kind = ""): string {
  const classes = kind === "" ? "wide" : `wide ${kind}`;
  return `<div class="${classes}" tabindex="0" role="region" aria-label="${htmlText(label)}">${table}</div>`;
}
