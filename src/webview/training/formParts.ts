/** What both forms have: their frame, device, name, and the optimizer's decay and memory. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { FineTuneValues, FormFrame, PretrainValues } from "../../runtime/trainingPanelProtocol";
import type { DecayKind } from "../../runtime/trainingProtocol";
import { checkField, selectField, textField } from "./fieldViews";
import { type NeedsActions, needsView, type Remedy } from "./needsView";
import { decayText } from "./texts";

/** A part of a form under a heading. */
export interface FormSection {
  /** Of its heading. */
  readonly id: string;
  readonly title: string;
  readonly content: TemplateResult;
}

type Shared = Pick<FineTuneValues & PretrainValues, "device" | "name" | "decay" | "recompute">;

/** A form of either kind, and how to change what both have. */
export interface SharedContext {
  readonly frame: Pick<FormFrame<Shared>, "values" | "problems" | "devices">;
  change(values: Partial<Shared>): void;
}

/** The whole form: its sections, and beside them what a run needs. */
export function formView<V>(
  {
    title,
    hint,
    sections,
  }: { readonly title: string; readonly hint: string; readonly sections: readonly FormSection[] },
  frame: Parameters<typeof needsView<V>>[0],
  actions: NeedsActions,
): TemplateResult {
  return html`<main class="training-form">
    <header class="form-head">
      <h1>${title}</h1>
      <p class="hint">${hint}</p>
    </header>
    <div class="form-sections">${sections.map(
      (section) => html`<section aria-labelledby=${section.id}>
        <h2 id=${section.id}>${section.title}</h2>
        ${section.content}
      </section>`,
    )}</div>
    ${needsView(frame, actions)}
  </main>`;
}

/** Settings that make it fit. `length` is the form's field of the longest sequence. */
export function applyRemedy<F extends Readonly<Record<string, string>>>(
  fields: F,
  length: "maxLength" | "sequenceLength",
  { microBatchSize, maxLength, recompute }: Remedy,
): { readonly fields: F; readonly recompute?: boolean } {
  const changed = {
    ...fields,
    ...(microBatchSize === undefined ? {} : { microBatchSize: String(microBatchSize) }),
    ...(maxLength === undefined ? {} : { [length]: String(maxLength) }),
  };
  return { fields: changed, ...(recompute === undefined ? {} : { recompute }) };
}

/** What it runs on. */
export function deviceField({ frame, change }: SharedContext): TemplateResult {
  const devices = frame.devices.map((value) => ({ value, name: value }));
  return selectField("device", l10n.t("Device"), frame.values.device, devices, (device) => change({ device }));
}

/** What the run and its model are called. */
export function nameField({ frame, change }: SharedContext): TemplateResult {
  const { values, problems } = frame;
  return textField("name", l10n.t("Name of the run and the model"), values.name, problems.name, (name) =>
    change({ name }),
  );
}

const decays: readonly DecayKind[] = ["linear", "cosine", "constant"];

/** How the learning rate falls. */
export function decayField({ frame, change }: SharedContext): TemplateResult {
  const options = decays.map((value) => ({ value, name: decayText(value) }));
  return selectField("decay", l10n.t("Decay of the learning rate"), frame.values.decay, options, (decay) =>
    change({ decay: decay as DecayKind }),
  );
}

/** Memory for time. */
export function recomputeField({ frame, change }: SharedContext): TemplateResult {
  const name = l10n.t("Compute activations anew in the backward pass");
  const hint = l10n.t("Less memory, about a third slower.");
  return checkField("recompute", name, frame.values.recompute, (recompute) => change({ recompute }), hint);
}
