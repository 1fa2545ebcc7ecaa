/** What a run needs, against what there is; and the button that begins it. */
import * as l10n from "@vscode/l10n";
import { html, nothing, svg, type TemplateResult } from "lit";
import type { FormFrame } from "../../runtime/trainingPanelProtocol";
import type { TrainingEstimate } from "../../runtime/trainingProtocol";
import type { NumberFormats } from "../shared/format";
import { textTemplate } from "../shared/pieces";
import { askedView } from "./fieldViews";
import { byteText } from "./texts";

/** A remedy: settings that make the run fit. */
export type Remedy = TrainingEstimate["remedies"][number];

/** What stands beside the form. */
export interface NeedsActions {
  readonly formats: NumberFormats;
  apply(remedy: Remedy): void;
  start(): void;
  showRunning(): void;
}

/** Memory, steps, disk; problems; Start. */
export function needsView<V>(
  frame: Pick<FormFrame<V>, "estimate" | "problems" | "failure" | "busy">,
  actions: NeedsActions,
): TemplateResult {
  const { estimate, problems, failure, busy } = frame;
  const count = Object.keys(problems).length;
  const waiting = l10n.t("Fill in the form to see what the run needs.");
  return html`<aside class="needs" aria-labelledby="needs-title">
    <h2 id="needs-title">${l10n.t("What it needs")}</h2>
    ${askedView(estimate, { none: waiting, asking: l10n.t("Estimating…") }, (value) => estimateView(value, actions))}
    ${
      failure
        ? html`<div class="notice error" role="alert"><p>${textTemplate(failure.message)}</p>
          ${failure.hint ? html`<p class="remedy">${textTemplate(failure.hint)}</p>` : nothing}</div>`
        : nothing
    }
    ${
      busy === null
        ? nothing
        : html`<div class="notice" role="note"><p>${l10n.t("“{0}” is under way. Pause or stop it first.", busy)}</p>
          <vscode-button appearance="secondary" @click=${actions.showRunning}>${l10n.t("Show It")}</vscode-button></div>`
    }
    <div class="start-row">
      <vscode-button appearance="primary" ?disabled=${count > 0 || busy !== null} @click=${actions.start}>${l10n.t("Start Training")}</vscode-button>
      ${
        count > 0
          ? html`<button type="button" class="link problems-link" @click=${focusProblem}>${count === 1 ? l10n.t("1 value is missing or wrong") : l10n.t("{0} values are missing or wrong", count)}</button>`
          : nothing
      }
    </div>
  </aside>`;
}

function estimateView(estimate: TrainingEstimate, { formats, apply }: NeedsActions): TemplateResult {
  const { memory, fits, remedies, trainedParameters, steps, diskBytes } = estimate;
  const facts = [
    [l10n.t("Trained parameters"), formats.count(trainedParameters)],
    [l10n.t("Steps"), formats.count(steps)],
    [l10n.t("Size of the result"), byteText(diskBytes)],
  ] as const;
  return html`<div class="memory">
      ${memoryBar(memory)}
      <p class=${fits ? "" : "too-much"}>${memoryText(memory)}</p>
    </div>
    ${
      fits || remedies.length === 0
        ? nothing
        : html`<ul class="remedies">${remedies.map(
            (remedy) => html`<li><span>${textTemplate(remedy.text)}</span>
              <vscode-button appearance="secondary" aria-label=${l10n.t("Apply: {0}", remedy.text)} @click=${() => apply(remedy)}>${l10n.t("Apply")}</vscode-button></li>`,
          )}</ul>`
    }
    <dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

type Memory = TrainingEstimate["memory"];

function memoryText({ total, available }: Memory): string {
  if (available === null) return l10n.t("{0} of memory. What the device has free is not known.", byteText(total));
  return total <= available
    ? l10n.t("{0} of memory, {1} are free.", byteText(total), byteText(available))
    : l10n.t("{0} of memory, and only {1} are free.", byteText(total), byteText(available));
}

function memoryBar(memory: Memory): TemplateResult {
  const parts = [
    { name: l10n.t("parameters"), bytes: memory.parameters },
    { name: l10n.t("gradients"), bytes: memory.gradients },
    { name: l10n.t("moments"), bytes: memory.moments },
    { name: l10n.t("activations"), bytes: memory.activations },
  ];
  const whole = Math.max(memory.total, memory.available ?? 0, 1);
  let at = 0;
  const placed = parts.map((part) => {
    const from = at;
    at += (100 * part.bytes) / whole;
    return { ...part, from, width: at - from };
  });
  const free = memory.available === null ? null : (100 * memory.available) / whole;
  return html`<svg class="memory-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect class="track" width="100" height="10" />
      ${placed.map(({ from, width }, i) => svg`<rect class="part-${i + 1}" x=${from} width=${Math.max(0, width)} height="10" />`)}
      ${free === null ? nothing : svg`<rect class="free" x=${Math.min(99.4, free)} width="0.6" height="10" />`}
    </svg>
    <ul class="memory-parts">${placed.map(
      ({ name, bytes }, i) =>
        html`<li><span class="swatch part-${i + 1}" aria-hidden="true"></span>${name} <span class="share">${byteText(bytes)}</span></li>`,
    )}</ul>`;
}

/** Goes to the first value that cannot be used, wherever it is folded away. */
function focusProblem(): void {
  const found = document.querySelector<HTMLElement>(".field-problem")?.closest<HTMLElement>(".field");
  const control = found?.querySelector<HTMLElement>("input, select, textarea, vscode-button");
  found?.closest("details")?.setAttribute("open", "");
  control?.focus();
}
