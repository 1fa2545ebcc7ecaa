/** The controls that all pictures share. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import { tokenTemplate } from "../../shared/pieces";
import type { ViewContext } from "../viewContext";

/** A choice of a picker. */
export interface Option<T> {
  readonly value: T;
  readonly label: string;
}

/** A labelled drop-down list. */
export function picker<T extends string | number>(
  label: string,
  options: readonly Option<T>[],
  chosen: T,
  choose: (value: T) => void,
): TemplateResult {
  const onChange = ({ target }: Event) => {
    const option = target instanceof HTMLSelectElement ? options[target.selectedIndex] : undefined;
    if (option) choose(option.value);
  };
  return html`<label class="picker"
    ><span>${label}</span
    ><select @change=${onChange}>
      ${options.map(({ value, label: text }) => html`<option value=${value} .selected=${value === chosen}>${text}</option>`)}
    </select></label
  >`;
}

/** Layer 0, 1, … */
export function layerPicker(layers: number, chosen: number, choose: (layer: number) => void): TemplateResult {
  return picker(l10n.t("Layer"), numbers(layers), chosen, choose);
}

/** Head 0, 1, … */
export function headPicker(heads: number, chosen: number, choose: (head: number) => void): TemplateResult {
  return picker(l10n.t("Head"), numbers(heads), chosen, choose);
}

/** A button that stays pressed. */
export function toggle(label: string, pressed: boolean, press: () => void): TemplateResult {
  return html`<button type="button" class="small" aria-pressed=${pressed ? "true" : "false"} @click=${press}>${label}</button>`;
}

/** The chosen token, and the ones before and after it. */
export function queryStepper({ state, selected, formats, actions }: ViewContext): TemplateResult {
  const { tokens } = state;
  const at = selected ?? -1;
  const token = tokens[at];
  const step = (by: number) => actions.select(Math.max(0, Math.min(tokens.length - 1, at + by)));
  return html`<div class="stepper" role="group" aria-label=${l10n.t("Query token")}>
    <button type="button" class="small" aria-label=${l10n.t("Token before")} ?disabled=${at <= 0} @click=${() => step(-1)}>‹</button>
    <span class="stepper-token"
      >${
        token
          ? html`<span class="place">${formats.count(at + 1)}</span> <span class="mono">${tokenTemplate(token)}</span>`
          : l10n.t("No token chosen")
      }</span
    >
    <button type="button" class="small" aria-label=${l10n.t("Token after")} ?disabled=${at >= tokens.length - 1} @click=${() => step(1)}>›</button>
  </div>`;
}

/** What to do where a picture is of one token and none is chosen. */
export function chooseTokenHint(): TemplateResult {
  return html`<p class="hint pane-hint">${l10n.t("Choose the query token: step with ‹ and ›, click a cell of the matrix, or choose it on the Tokens tab.")}</p>`;
}

function numbers(count: number): readonly Option<number>[] {
  return Array.from({ length: count }, (_, value) => ({ value, label: String(value) }));
}
