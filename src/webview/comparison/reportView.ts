/** The report: the verdict first, then its parts, each with a way to it at the top. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { choiceTable, recordRows, spreadTable } from "../../runtime/comparison/report/reportTables";
import { textTemplate } from "../shared/pieces";
import { verdict } from "../shared/verdict";
import { armsView } from "./armsView";
import { armTableView } from "./armTableView";
import { armColumns, sortedArms } from "./columns";
import type { ReportContext } from "./context";
import { curvesView } from "./curvesView";
import { overlapView, slicesView, suspicionsView } from "./dataView";
import { comparisonFormNames } from "./exports";
import { folded } from "./folded";
import { button } from "./messageViews";
import { pairsView } from "./pairsView";
import { dotPlot } from "./plots";
import { scrolling, tableView } from "./tableView";
import { reportParts } from "./texts";

/** Sentences beside the answer that are shown at once. */
const shownVerdicts = 10;

/** A part of the page. */
interface Section {
  readonly id: string;
  readonly title: string;
  /** The way to it, where the title is too long for that. */
  readonly short?: string;
  readonly content: TemplateResult | typeof nothing;
}

/** The whole report. `items` is the list of items. */
export function reportView(context: ReportContext, items: TemplateResult): TemplateResult {
  const sections = sectionsOf(context, items).filter(({ content }) => content !== nothing);
  return html`<main class="comparison report">
    ${head(context)}
    <nav class="parts-nav" aria-label=${l10n.t("Parts of the report")}><ul>${sections.map(
      ({ id, title, short = title }) =>
        html`<li><a href="#${id}" @click=${(event: Event) => goTo(event, id)}>${short}</a></li>`,
    )}</ul></nav>
    ${sections.map(
      ({ id, title, content }) => html`<section id=${id} aria-labelledby="${id}-title">
        <h2 id="${id}-title" tabindex="-1">${title}</h2>${content}</section>`,
    )}
  </main>`;
}

/** To a part: its heading gets the focus, so that Tab goes on from there. */
function goTo(event: Event, id: string): void {
  event.preventDefault();
  const section = document.getElementById(id);
  section?.scrollIntoView({ block: "start" });
  section?.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
}

function head(context: ReportContext): TemplateResult {
  const { report, language, actions } = context;
  const { record, verdicts } = report;
  const [answer, ...others] = verdicts;
  const shown = others.length > shownVerdicts + 4 ? shownVerdicts : others.length;
  return html`<header class="report-head">
      <h1>${textTemplate(record.name)}</h1>
      <p class="subtitle">${reportParts(record, language).map((part) => html`<span>${textTemplate(part)}</span>`)}</p>
      <div class="actions">
        ${exportField(context)}
        ${button(l10n.t("Run Again"), () => actions.repeat(context.shown))}
        ${button(l10n.t("Open File"), () => actions.openFile(context.shown))}
      </div>
    </header>
    <section class="verdict-card" aria-label=${l10n.t("Verdict")}>
      <p class="answer-words">${textTemplate(answer ?? "")}</p>
      ${sentences(others.slice(0, shown))}
      ${
        others.length > shown
          ? folded(context, "verdicts", l10n.t("More ({0})", others.length - shown), () =>
              sentences(others.slice(shown)),
            )
          : nothing
      }
    </section>`;
}

function sentences(words: readonly string[]): TemplateResult {
  return html`${words.length === 0 ? nothing : html`<ul>${words.map((one) => html`<li>${textTemplate(one)}</li>`)}</ul>`}`;
}

function exportField({ actions, shown }: ReportContext): TemplateResult {
  const names = comparisonFormNames();
  const give = ({ target }: Event) => {
    if (!(target instanceof HTMLSelectElement)) return;
    const form = names.find((one) => one.form === target.value)?.form;
    target.value = "";
    if (form) actions.exportReport(shown, form);
  };
  return html`<label class="export-field"><span class="visually-hidden">${l10n.t("Export the report")}</span>
    <select class="export-select" @change=${give}>
      <option value="" selected>${l10n.t("Export…")}</option>
      ${names.map(({ form, name }) => html`<option value=${form}>${name}</option>`)}
    </select></label>`;
}

function sectionsOf(context: ReportContext, items: TemplateResult): readonly Section[] {
  const { report } = context;
  const some = (present: boolean, content: () => TemplateResult | typeof nothing) => (present ? content() : nothing);
  const { assertions, pairs, curves, slices, suspicions, overlap, arms } = report;
  const spread = arms.some(({ spread: { seeds } }) => seeds.length > 1);
  const parts = arms.some(
    ({ confusion, reliability, classes, choice }) =>
      confusion.length + reliability.length + classes.length > 0 || choice,
  );
  return [
    {
      id: "assertions",
      title: l10n.t("Assertions"),
      content: some(assertions.length > 0, () => assertionsView(context)),
    },
    { id: "arms", title: l10n.t("Arms"), content: armsSection(context) },
    {
      id: "pairs",
      title: l10n.t("Against each other"),
      short: l10n.t("Pairs"),
      content: some(pairs.length > 0, () => pairsView(context)),
    },
    {
      id: "curves",
      title: l10n.t("Learning curves"),
      short: l10n.t("Curves"),
      content: some(curves.length > 0, () => curvesView(context)),
    },
    { id: "details", title: l10n.t("Each arm"), content: some(parts, () => armsView(context)) },
    {
      id: "spread",
      title: l10n.t("Spread"),
      content: some(
        spread,
        () => html`<p class="hint">${l10n.t("How far other seeds would move a value, beside how far other items would.")}</p>
          ${tableView(spreadTable(report), { numbers: [2, 3, 4, 5, 6], wide: [1] })}`,
      ),
    },
    {
      id: "errors",
      title: l10n.t("Where arms are wrong"),
      short: l10n.t("Errors"),
      content: some(slices.length > 0, () => slicesView(context)),
    },
    { id: "items", title: l10n.t("Where they differ"), short: l10n.t("Items"), content: items },
    {
      id: "suspicions",
      title: l10n.t("Labels that look wrong"),
      short: l10n.t("Labels"),
      content: some(suspicions.length > 0, () => suspicionsView(context)),
    },
    {
      id: "overlap",
      title: l10n.t("Contamination"),
      content: some((overlap?.dirty.length ?? 0) > 0, () => overlapView(context)),
    },
    { id: "settings", title: l10n.t("Settings"), content: settingsView(context) },
    { id: "record", title: l10n.t("Record"), content: recordView(context) },
  ];
}

function assertionsView({ report }: ReportContext): TemplateResult {
  const failed = report.assertions.filter(({ passed }) => !passed).length;
  const words =
    failed === 0 ? l10n.t("All hold.") : l10n.t("{0} of {1} do not hold.", failed, report.assertions.length);
  return html`<p>${words}</p><ul class="assertions">${report.assertions.map(
    ({ passed, words: found }) => html`<li class=${passed ? "holds" : "fails"}>
      ${verdict(passed, passed ? l10n.t("holds") : l10n.t("does not hold"))}
      <span>${textTemplate(found)}</span></li>`,
  )}</ul>`;
}

function armsSection(context: ReportContext): TemplateResult {
  const { report, options, formats } = context;
  const picture = dotPlot(report, sortedArms(report.arms, armColumns(report, formats), options.sort));
  return html`${armTableView(context)}
    <p class="hint">${l10n.t("Values are means over the seeds; below them intervals over items and seeds. A star marks the best value. A number leads to its items, a heading sorts.")}</p>
    ${picture ? html`<figure class="picture"><gptw-plot .picture=${picture}></gptw-plot></figure>` : nothing}`;
}

function settingsView(context: ReportContext): TemplateResult {
  const { report } = context;
  return html`${tableView(choiceTable(report), { numbers: [2], wide: [1] })}
    ${folded(context, "file", l10n.t("The comparison file, as it was"), () => html`<pre class="file-text" tabindex="0">${textTemplate(report.record.text)}</pre>`)}`;
}

function recordView({ report }: ReportContext): TemplateResult {
  const caption = l10n.t("How the numbers came about");
  return scrolling(
    caption,
    html`<table class="numbers record">
      <caption class="visually-hidden">${caption}</caption>
      <tbody>${recordRows(report).map(([name, value]) => html`<tr><th scope="row">${textTemplate(name)}</th><td>${textTemplate(value)}</td></tr>`)}</tbody>
    </table>`,
  );
}
