/** The row above the strip: what colours stand for, their legend, what else is shown, and the way to the find box. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import { colorModes } from "../../shared/colorModes";
import type { NumberFormats } from "../../shared/format";
import { legendView, modeName } from "../legendView";
import { type StripOptions, stripToggles } from "../stripOptions";

/** What the row needs. */
export interface Tools {
  readonly options: StripOptions;
  readonly formats: NumberFormats;
  readonly finding: boolean;
  change(options: StripOptions): void;
  find(): void;
}

/** The row. */
export function toolsView({ options, formats, finding, change, find }: Tools): TemplateResult {
  const choose = (event: Event) => {
    const { value } = event.target as HTMLSelectElement;
    change({ ...options, mode: colorModes.find((mode) => mode === value) ?? options.mode });
  };
  return html`<div class="tools">
    <label class="mode"><span>${l10n.t("Color by")}</span>
      <select @change=${choose} .value=${options.mode}>
        ${colorModes.map((mode) => html`<option value=${mode} ?selected=${mode === options.mode}>${modeName(mode)}</option>`)}
      </select>
    </label>
    ${legendView(formats, options.mode)}
    <div class="toggles" role="group" aria-label=${l10n.t("Also show")}>
      ${stripToggles.map((toggle) => toggleTemplate(toggle, options, change))}
      <button type="button" class="toggle" aria-pressed=${finding ? "true" : "false"} @click=${find}>${l10n.t("Find")}</button>
    </div>
  </div>`;
}

function toggleTemplate(
  toggle: (typeof stripToggles)[number],
  options: StripOptions,
  change: (options: StripOptions) => void,
): TemplateResult {
  const on = options[toggle];
  return html`<button
    type="button"
    class="toggle"
    aria-pressed=${on ? "true" : "false"}
    @click=${() => change({ ...options, [toggle]: !on })}
  >${toggleName(toggle)}</button>`;
}

function toggleName(toggle: (typeof stripToggles)[number]): string {
  switch (toggle) {
    case "boundaries":
      return l10n.t("Boundaries");
    case "ids":
      return l10n.t("Ids");
    case "bytes":
      return l10n.t("Bytes");
    default:
      return toggle satisfies never;
  }
}
