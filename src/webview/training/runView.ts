/** A run: how far it is, its curves, what it gave. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import type { StepPoint, TrainingPoint, TrainingRunView } from "../../runtime/trainingPanelProtocol";
import type { TrainingRecord } from "../../runtime/trainingProtocol";
import type { NumberFormats } from "../shared/format";
import { textTemplate } from "../shared/pieces";
import { lossChart, smallCharts } from "./curves";
import type { TrainingPageData } from "./data";
import { tablePoints } from "./data";
import { figure, resultView, settingsView } from "./resultView";
import { progressText, runParts, splitText, steadyNumber } from "./texts";

/** What the run's buttons do. */
export interface RunActions {
  control(action: "pause" | "stop"): void;
  resume(run: number): void;
  repeat(run: number): void;
  use(run: number): void;
  reveal(run: number): void;
  openLog(): void;
  exportCurves(): void;
  changeOptions(options: CurveOptions): void;
}

/** How the curves are shown. */
export interface CurveOptions {
  readonly smooth: boolean;
  readonly log: boolean;
}

/** What the view is drawn from. */
export interface RunContext {
  readonly view: TrainingRunView;
  readonly data: TrainingPageData;
  readonly options: CurveOptions;
  readonly actions: RunActions;
  readonly formats: NumberFormats;
  readonly language: string;
}

/** The whole run. */
export function runView(context: RunContext): TemplateResult {
  const { view, data, formats } = context;
  const { record, notes, samples } = view;
  return html`<main class="training-run">
    ${head(context)}
    ${record && !isActive(view) ? resultView(view, record, context.actions, formats) : nothing}
    ${data.points.length === 0 ? soonView(view) : curvesView(context)}
    ${samples.length === 0 ? nothing : samplesView(view, formats)}
    ${
      notes.length === 0
        ? nothing
        : html`<section aria-labelledby="notes-title"><h2 id="notes-title">${l10n.t("Notes")}</h2>
          <ul class="reports">${notes.map((note) => html`<li>${textTemplate(note)}</li>`)}</ul></section>`
    }
    ${record ? settingsView(record, formats) : nothing}
  </main>`;
}

function soonView(view: TrainingRunView): TemplateResult | typeof nothing {
  return isActive(view) ? html`<p class="hint">${l10n.t("The curves begin with the first step.")}</p>` : nothing;
}

/** Whether the run goes on in this window. */
export function isActive({ status }: TrainingRunView): boolean {
  return status === "preparing" || status === "running" || status === "pausing" || status === "stopping";
}

function head(context: RunContext): TemplateResult {
  const { view, formats, language, actions } = context;
  const { record, failure, title } = view;
  return html`<header class="run-head">
    <div class="titles">
      <h1>${textTemplate(title)}</h1>
      ${record ? html`<p class="subtitle">${runParts(record, language).map((part) => html`<span>${textTemplate(part)}</span>`)}</p>` : nothing}
    </div>
    <div class="status-row">
      <div class="run-status">${progressBar(view)}<span>${textTemplate(progressText(view, formats))}</span></div>
      <div class="actions">${buttons(context)}</div>
    </div>
    ${
      failure
        ? html`<div class="notice error" role="alert"><p>${textTemplate(failure.message)}</p>
          ${failure.hint ? html`<p class="remedy">${textTemplate(failure.hint)}</p>` : nothing}
          <vscode-button appearance="secondary" @click=${actions.openLog}>${l10n.t("Show Log")}</vscode-button></div>`
        : reasonView(view)
    }
    ${liveFigures(context)}
  </header>`;
}

/** Why a run that is over ended as it did. */
function reasonView({ record, status, checkpoint }: TrainingRunView): TemplateResult | typeof nothing {
  if (status === "interrupted") {
    const from = checkpoint === null ? "" : l10n.t("Its last checkpoint is of step {0}.", checkpoint);
    return html`<div class="notice" role="note"><p>${l10n.t("The process of this run ended before it did.")} ${from}</p></div>`;
  }
  if (!record?.reason || status === "preparing" || status === "running") return nothing;
  return html`<div class="notice ${status === "failed" ? "error" : ""}" role="note"><p>${textTemplate(record.reason)}</p></div>`;
}

function progressBar(view: TrainingRunView): TemplateResult | typeof nothing {
  const { stage, last, record } = view;
  if (!isActive(view)) return nothing;
  const label = l10n.t("Progress of the training");
  if (stage && stage.total > 0)
    return html`<progress .max=${stage.total} .value=${stage.done} aria-label=${label}></progress>`;
  if (!record || record.steps === 0 || stage)
    return html`<vscode-progress-ring aria-label=${label}></vscode-progress-ring>`;
  return html`<progress .max=${record.steps} .value=${last?.step ?? record.step} aria-label=${label}></progress>`;
}

function buttons({ view, actions }: RunContext): TemplateResult {
  const { status, run, busy, folder } = view;
  const button = (label: string, click: () => void, primary = false, disabled = false) =>
    html`<vscode-button appearance=${primary ? "primary" : "secondary"} ?disabled=${disabled} @click=${click}>${label}</vscode-button>`;
  switch (status) {
    case "preparing":
      return html`${button(l10n.t("Stop"), () => actions.control("stop"))}`;
    case "running":
      return html`${button(l10n.t("Pause"), () => actions.control("pause"), true)}
        ${button(l10n.t("Stop and Keep the Best"), () => actions.control("stop"))}`;
    case "pausing":
    case "stopping":
      return html`${button(l10n.t("Pause"), () => undefined, false, true)}
        ${button(l10n.t("Stop and Keep the Best"), () => undefined, false, true)}`;
    case "paused":
    case "interrupted":
    case "failed":
      return html`${folder === null ? nothing : button(l10n.t("Resume"), () => actions.resume(run), true, busy !== null)}
        ${button(l10n.t("Change and Train Again…"), () => actions.repeat(run))}`;
    case "stopped":
    case "completed":
      return html`${button(l10n.t("Change and Train Again…"), () => actions.repeat(run))}`;
    default:
      return status satisfies never;
  }
}

function liveFigures({ view, data, formats }: RunContext): TemplateResult | typeof nothing {
  const { last, record } = view;
  if (!isActive(view) || !last) return nothing;
  const dev = data.evaluations.at(-1);
  const epochs = record?.finetune?.settings.epochs;
  return html`<dl class="figures">
    ${figure(l10n.t("loss"), steadyNumber(last.loss))}
    ${dev ? figure(record?.kind === "pretrain" ? l10n.t("held-out loss") : l10n.t("dev loss"), steadyNumber(dev.loss)) : nothing}
    ${dev && dev.accuracy !== null ? figure(l10n.t("dev accuracy"), formats.percent(dev.accuracy)) : nothing}
    ${epochs === undefined ? nothing : figure(l10n.t("epoch"), `${formats.count(last.epoch)} / ${formats.count(epochs)}`)}
    ${figure(l10n.t("tokens per second"), formats.count(last.tokensPerSecond))}
    ${figure(l10n.t("learning rate"), steadyNumber(last.learningRate))}
    ${figure(l10n.t("gradient norm"), steadyNumber(last.gradientNorm))}
  </dl>`;
}

function curvesView({ view, data, options, actions, formats }: RunContext): TemplateResult {
  const best = view.record?.best?.step ?? data.evaluations.findLast((point) => point.best)?.step ?? null;
  const curves = { steps: data.steps, evaluations: data.evaluations, best, ...options, formats };
  const pretraining = view.record?.kind === "pretrain";
  const toggle = (label: string, pressed: boolean, click: () => void) =>
    html`<button type="button" class="toggle" aria-pressed=${pressed ? "true" : "false"} @click=${click}>${label}</button>`;
  return html`<section class="curves" aria-label=${l10n.t("Curves")}>
    <div class="curve-tools" role="group" aria-label=${l10n.t("How the loss is drawn")}>
      ${toggle(l10n.t("Smooth"), options.smooth, () => actions.changeOptions({ ...options, smooth: !options.smooth }))}
      ${toggle(l10n.t("Logarithmic"), options.log, () => actions.changeOptions({ ...options, log: !options.log }))}
    </div>
    <gptw-line-chart .chart=${lossChart(curves, pretraining)}></gptw-line-chart>
    <div class="small-charts">${smallCharts(curves).map((chart) => html`<gptw-line-chart .chart=${chart}></gptw-line-chart>`)}</div>
    <details class="folded"><summary>${l10n.t("Table of the numbers")}</summary>
      <div class="folded-body">${pointsView(data.points, formats)}
        <div class="actions"><vscode-button appearance="secondary" @click=${actions.exportCurves}>${l10n.t("Export All as CSV…")}</vscode-button></div>
      </div>
    </details>
  </section>`;
}

function pointsView(points: readonly TrainingPoint[], formats: NumberFormats): TemplateResult {
  const shown = tablePoints(points);
  const both = points.some((point) => point.kind === "step" && point.taskLoss !== null && point.lmLoss !== null);
  const titles = [
    ...[l10n.t("Step"), l10n.t("Part"), l10n.t("Loss")],
    ...(both ? [l10n.t("Task (L2)"), l10n.t("Language model (L1)")] : []),
    ...[l10n.t("Accuracy"), l10n.t("Learning rate"), l10n.t("Gradient norm"), l10n.t("Tokens/s")],
  ];
  const parts = (step: StepPoint) => (both ? [numberCell(step.taskLoss), numberCell(step.lmLoss)] : nothing);
  return html`${shown.length === points.length ? nothing : html`<p class="hint">${l10n.t("{0} of {1} rows, spread evenly.", formats.count(shown.length), formats.count(points.length))}</p>`}
    <div class="table-scroll tall" role="region" tabindex="0" aria-label=${l10n.t("Table of the numbers")}><table class="numbers">
      <thead><tr>${titles.map((title) => html`<th scope="col">${title}</th>`)}</tr></thead>
      <tbody>${shown.map((point) =>
        point.kind === "step"
          ? html`<tr><th scope="row" class="number">${formats.count(point.step)}</th><td>${splitText("train")}</td>${numberCell(point.loss)}${parts(point)}
              <td></td>${numberCell(point.learningRate)}${numberCell(point.gradientNorm)}<td class="number">${formats.count(point.tokensPerSecond)}</td></tr>`
          : html`<tr class="evaluation"><th scope="row" class="number">${formats.count(point.step)}</th><td>${splitText(point.split)}${point.best ? html` <span class="tag">${l10n.t("best")}</span>` : nothing}</td>${numberCell(point.loss)}
              ${both ? html`<td></td><td></td>` : nothing}<td class="number">${point.accuracy === null ? "" : formats.percent(point.accuracy)}</td><td></td><td></td><td></td></tr>`,
      )}</tbody>
    </table></div>`;
}

function numberCell(value: number | null): TemplateResult {
  return html`<td class="number">${value === null ? "" : steadyNumber(value)}</td>`;
}

function samplesView({ samples }: TrainingRunView, formats: NumberFormats): TemplateResult {
  const [last, ...before] = samples.toReversed();
  const sample = (one: { step: number; text: string }) =>
    html`<figure class="sample"><figcaption class="share">${l10n.t("Step {0}", formats.count(one.step))}</figcaption><pre>${textTemplate(one.text)}</pre></figure>`;
  return html`<section aria-labelledby="samples-title"><h2 id="samples-title">${l10n.t("Samples")}</h2>
    ${last ? sample(last) : nothing}
    ${before.length === 0 ? nothing : html`<details class="folded"><summary>${l10n.t("Earlier samples")}</summary><div class="folded-body">${before.map(sample)}</div></details>`}
  </section>`;
}

/** The name of the file of the curves. */
export function curvesName(view: TrainingRunView, record: TrainingRecord | null): string {
  return `${record?.name ?? view.title} - curves`;
}
