/** A comparison under way, or one that ended before its report. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { metricName, metricText, sizeText } from "../../runtime/comparison/report/metricWords";
import { choiceTable, choiceText, kindText } from "../../runtime/comparison/report/reportTables";
import type { ArmRecord } from "../../runtime/comparisonRecord";
import type { NumberFormats } from "../shared/format";
import { textTemplate } from "../shared/pieces";
import type { ComparisonActions } from "./context";
import { button, errorNotice, notesView, progressView } from "./messageViews";
import { busyNotice } from "./planView";
import { scrolling, tableView } from "./tableView";
import {
  armProgress,
  armProgressText,
  progressParts,
  purposeText,
  type RunState,
  reportParts,
  statusText,
  triedOf,
} from "./texts";

/** The whole run. */
export function runView(
  state: RunState,
  actions: ComparisonActions,
  formats: NumberFormats,
  language: string,
): TemplateResult {
  const { title, record, failure, busy, notes } = state;
  return html`<main class="comparison">
    <header class="report-head">
      <h1>${textTemplate(title)}</h1>
      <p class="subtitle">${reportParts(record, language).map((part) => html`<span>${textTemplate(part)}</span>`)}</p>
      <div class="status-row">
        ${statusView(state, formats)}
        <div class="actions">${buttons(state, actions)}</div>
      </div>
    </header>
    ${failure ? errorNotice(failure, actions.openLog) : reasonNotice(state)}
    ${isActive(state) ? nothing : busyNotice(busy)}
    ${isActive(state) ? nowView(state, formats) : nothing}
    <section aria-labelledby="run-arms"><h2 id="run-arms">${l10n.t("Arms")}</h2>${armsTable(state, formats)}</section>
    ${triedView(state)}
    ${notesView([...new Set([...record.notes, ...notes])])}
  </main>`;
}

function isActive({ status }: RunState): boolean {
  return status === "running" || status === "pausing";
}

function statusView(state: RunState, formats: NumberFormats): TemplateResult {
  const { units } = state.record;
  const parts = progressParts(state, formats);
  return html`<div class="run-status">
    ${isActive(state) || units.done > 0 ? html`<progress .max=${Math.max(1, units.total)} .value=${units.done} aria-label=${l10n.t("Progress of the comparison")}></progress>` : nothing}
    <span class="subtitle parts">${parts.map((part) => html`<span>${part}</span>`)}</span>
  </div>`;
}

function buttons({ status, shown, busy }: RunState, actions: ComparisonActions): TemplateResult {
  const open = button(l10n.t("Open File"), () => actions.openFile(shown));
  switch (status) {
    case "running":
      return html`${button(l10n.t("Pause"), () => actions.pause(shown))}${open}`;
    case "pausing":
      return html`${button(l10n.t("Pausing…"), () => actions.pause(shown), { disabled: true })}${open}`;
    case "paused":
    case "failed":
    case "interrupted":
      return html`${button(l10n.t("Resume"), () => actions.resume(shown), { primary: true, disabled: busy !== null })}${open}`;
    default:
      return status satisfies never;
  }
}

/** Why a run that does not go on ended, and what is left of it. */
function reasonNotice({ status, record }: RunState): TemplateResult | typeof nothing {
  if (status === "running" || status === "pausing") return nothing;
  const reason =
    status === "interrupted"
      ? l10n.t("The process of this comparison ended before it did.")
      : (record.reason ?? statusText(status));
  return html`<div class="notice ${status === "failed" ? "error" : ""}" role=${status === "failed" ? "alert" : "note"}>
    <p>${textTemplate(reason)}</p>
    <p class="remedy">${l10n.t("What was done is kept: Resume goes on from there.")}</p>
  </div>`;
}

function nowView(state: RunState, formats: NumberFormats): TemplateResult {
  const { unit, progress, record } = state;
  if (!unit) return progressView(progress, l10n.t("Loading and reading…"), formats);
  const { stage, done, total } = unit;
  const name = record.arms[unit.unit.arm]?.name ?? "";
  const how =
    stage === "training"
      ? l10n.t("step {0} of {1}", formats.count(done), formats.count(total))
      : l10n.t("item {0} of {1}", formats.count(done), formats.count(total));
  return html`<section class="now" aria-labelledby="now-title">
    <h2 id="now-title">${l10n.t("Now")}</h2>
    <p><strong>${textTemplate(name)}</strong>: ${purposeText(unit.unit)}, ${l10n.t("seed {0}", unit.unit.seed)}</p>
    <p class="hint">${textTemplate(choiceText(unit.unit.choice))}</p>
    <div class="run-status">
      <progress .max=${Math.max(1, total)} .value=${done} aria-label=${l10n.t("Progress of this part")}></progress>
      <span>${stage === "training" ? l10n.t("training") : l10n.t("answering")} · ${how}</span>
    </div>
  </section>`;
}

function armsTable(state: RunState, formats: NumberFormats): TemplateResult {
  const { record } = state;
  const metric = record.metrics[0] ?? "accuracy";
  const caption = l10n.t("How far each arm is");
  const row = (arm: ArmRecord, number: number) => {
    const progress = armProgress(state, number);
    const chosen = arm.chosen === null ? undefined : arm.tried[arm.chosen];
    const devs = arm.tried.flatMap(({ dev }) => (dev === null ? [] : [dev]));
    return html`<tr class=${state.unit?.unit.arm === number ? "current" : nothing}>
      <th scope="row">${textTemplate(arm.name)}</th>
      <td>${kindText(arm)}</td>
      <td><span class="progress-${progress}">${armProgressText(progress)}</span></td>
      <td class="number">${arm.tried.length > 1 ? l10n.t("{0} of {1}", formats.count(triedOf(arm)), formats.count(arm.tried.length)) : "–"}</td>
      <td>${chosen ? textTemplate(choiceText(chosen.choice)) : "–"}</td>
      <td class="number">${chosen && chosen.dev !== null ? metricText(metric, chosen.dev) : devs.length > 0 ? l10n.t("so far") : "–"}</td>
      <td class="number">${arm.testReads}</td>
    </tr>`;
  };
  return scrolling(
    caption,
    html`<table class="numbers">
      <caption class="visually-hidden">${caption}</caption>
      <thead><tr>
        <th scope="col">${l10n.t("Arm")}</th><th scope="col">${l10n.t("Kind")}</th><th scope="col">${l10n.t("State")}</th>
        <th scope="col" class="number">${l10n.t("Tried on dev")}</th><th scope="col">${l10n.t("Chosen")}</th>
        <th scope="col" class="number">${l10n.t("On dev, {0}", metricName(metric))}</th>
        <th scope="col" class="number">${l10n.t("Reads of test")}</th>
      </tr></thead>
      <tbody>${record.arms.map(row)}</tbody>
    </table>
    <p class="hint">${l10n.t("Memory at most, estimated: {0}", sizeText(record.estimate.peakBytes))}</p>`,
  );
}

/** Settings with what they reached on dev, as that comes in. */
function triedView({ record }: RunState): TemplateResult | typeof nothing {
  const arms = record.arms.filter((arm) => arm.tried.length > 1 && triedOf(arm) > 0);
  if (arms.length === 0) return nothing;
  return html`<section aria-labelledby="tried-title">
    <h2 id="tried-title">${l10n.t("Tried on dev")}</h2>
    ${tableView(choiceTable({ record: { ...record, arms } }), { numbers: [2], quiet: true })}
  </section>`;
}
