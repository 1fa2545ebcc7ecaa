/** Parts of the forms: numbers, choices, files. Every one has its label, its problem, and says so to a screen reader. */
import * as l10n from "@vscode/l10n";
import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import type { Asked, ChosenFile, FineTuneField, FormFrame, PretrainField } from "../../runtime/trainingPanelProtocol";
import { textTemplate } from "../shared/pieces";
import { fieldText } from "./fieldTexts";

/** A form, and how to change it. */
export interface FormContext<V> {
  readonly frame: Pick<FormFrame<V>, "values" | "defaults" | "problems" | "models" | "devices">;
  change(values: Partial<V>): void;
  choose(what: ChosenFile): void;
}

type Numbers = { readonly fields: Readonly<Partial<Record<FineTuneField | PretrainField, string>>> };

/** Numbers in a grid. */
export function numberFields<V extends Numbers>(
  context: FormContext<V>,
  keys: readonly (keyof V["fields"] & (FineTuneField | PretrainField))[],
): TemplateResult {
  return html`<div class="field-grid">${keys.map((key) => numberField(context, key))}</div>`;
}

/** One number, with a way back to its default. */
export function numberField<V extends Numbers>(
  context: FormContext<V>,
  key: keyof V["fields"] & (FineTuneField | PretrainField),
): TemplateResult {
  const { values, defaults, problems } = context.frame;
  const { name, hint } = fieldText(key);
  const [typed, usual] = [values.fields[key] ?? "", defaults[key]];
  const set = (text: string) => context.change({ fields: { ...values.fields, [key]: text } } as unknown as Partial<V>);
  return labelled(key, name, problems[key], {
    hint,
    control: (
      described,
    ) => html`<input id="field-${key}" class="text-input" type="text" inputmode="decimal" autocomplete="off"
      spellcheck="false" aria-invalid=${problems[key] ? "true" : "false"} aria-describedby=${described}
      .value=${live(typed)} @input=${(event: Event) => set(typedIn(event))} />`,
    after:
      usual === undefined || usual === typed
        ? nothing
        : html`<button type="button" class="link reset" aria-label=${l10n.t("Reset to {0}: {1}", usual, name)}
            @click=${() => set(usual)}>${l10n.t("Reset to {0}", usual)}</button>`,
  });
}

/** A line of text. */
export function textField(
  id: string,
  name: string,
  value: string,
  problem: string | undefined,
  change: (value: string) => void,
  hint?: string,
): TemplateResult {
  return labelled(id, name, problem, {
    hint,
    control: (
      described,
    ) => html`<input id="field-${id}" class="text-input" type="text" autocomplete="off" spellcheck="false"
      aria-invalid=${problem ? "true" : "false"} aria-describedby=${described}
      .value=${live(value)} @input=${(event: Event) => change(typedIn(event))} />`,
  });
}

/** Several lines of text. */
export function linesField(
  id: string,
  name: string,
  value: string,
  problem: string | undefined,
  change: (value: string) => void,
  hint?: string,
): TemplateResult {
  return labelled(id, name, problem, {
    hint,
    control: (described) => html`<textarea id="field-${id}" class="text-input" rows="3" spellcheck="false"
      aria-invalid=${problem ? "true" : "false"} aria-describedby=${described}
      .value=${live(value)} @input=${(event: Event) => change(typedIn(event))}></textarea>`,
  });
}

/** One of several. */
export function selectField(
  id: string,
  name: string,
  value: string,
  options: readonly { readonly value: string; readonly name: string }[],
  change: (value: string) => void,
  extra: { readonly problem?: string | undefined; readonly hint?: string | undefined } = {},
): TemplateResult {
  return labelled(id, name, extra.problem, {
    hint: extra.hint,
    control: (
      described,
    ) => html`<select id="field-${id}" aria-invalid=${extra.problem ? "true" : "false"} aria-describedby=${described}
      @change=${(event: Event) => change(typedIn(event))}>
      ${options.map((option) => html`<option value=${option.value} .selected=${live(option.value === value)}>${option.name}</option>`)}
    </select>`,
  });
}

/** Yes or no. */
export function checkField(
  id: string,
  name: string,
  checked: boolean,
  change: (checked: boolean) => void,
  hint?: string,
): TemplateResult {
  return html`<label class="check" for="field-${id}">
    <input id="field-${id}" type="checkbox" .checked=${live(checked)}
      @change=${(event: Event) => change((event.target as HTMLInputElement).checked)} />
    <span>${name}${hint ? html`<span class="field-hint">${hint}</span>` : nothing}</span>
  </label>`;
}

/** Some of several. */
export function checkGroup(
  id: string,
  name: string,
  options: readonly string[],
  chosen: readonly string[],
  change: (chosen: readonly string[]) => void,
  problem?: string,
): TemplateResult {
  return html`<fieldset class="field check-group" aria-describedby=${problem ? `problem-${id}` : nothing}>
    <legend>${name}</legend>
    <div class="checks">${options.map(
      (option) => html`<label class="check"><input type="checkbox" .checked=${live(chosen.includes(option))}
        @change=${(event: Event) => {
          const on = (event.target as HTMLInputElement).checked;
          change(options.filter((one) => (one === option ? on : chosen.includes(one))));
        }} /><span>${textTemplate(option)}</span></label>`,
    )}</div>
    ${problemText(id, problem)}
  </fieldset>`;
}

/** A file or a folder, chosen with the system's own dialog. */
export function fileField(
  id: ChosenFile,
  name: string,
  path: string,
  problem: string | undefined,
  {
    choose,
    clear,
    button,
  }: { readonly choose: () => void; readonly clear?: (() => void) | undefined; readonly button: string },
): TemplateResult {
  const file = path.split(/[\\/]/).findLast((part) => part !== "") ?? "";
  return html`<div class="field file-field">
    <span class="field-name" id="label-${id}">${name}</span>
    <div class="file-row">
      <span class="file-name ${path ? "" : "none"}" title=${path}>${path ? textTemplate(file) : l10n.t("none")}</span>
      <vscode-button appearance="secondary" aria-label="${name}: ${button}" @click=${choose}>${button}</vscode-button>
      ${clear && path ? html`<button type="button" class="link" aria-label=${l10n.t("Clear: {0}", name)} @click=${clear}>${l10n.t("Clear")}</button>` : nothing}
    </div>
    ${path ? html`<span class="field-hint path">${textTemplate(path)}</span>` : nothing}
    ${problemText(id, problem)}
  </div>`;
}

/** Models that are known; another one through the file dialog. */
export function modelField<V>(
  id: ChosenFile,
  name: string,
  folder: string,
  context: FormContext<V>,
  change: (folder: string) => void,
): TemplateResult {
  const { models, problems } = context.frame;
  return html`<div class="model-field">
    ${selectField(id, name, folder, [...(folder === "" ? [{ value: "", name: "" }] : []), ...models.map((model) => ({ value: model.folder, name: model.name }))], change, { problem: problems[id] })}
    <vscode-button appearance="secondary" aria-label=${l10n.t("Other…: {0}", name)} @click=${() => context.choose(id)}>${l10n.t("Other…")}</vscode-button>
  </div>`;
}

/** What was asked of the runtime: its answer, that it is under way, or why it failed. */
export function askedView<T>(
  asked: Asked<T>,
  texts: { readonly none: string; readonly asking: string },
  view: (value: T) => TemplateResult,
): TemplateResult {
  switch (asked.kind) {
    case "none":
      return html`<p class="hint">${texts.none}</p>`;
    case "asking":
      return html`<p class="waiting"><vscode-progress-ring aria-hidden="true"></vscode-progress-ring>${texts.asking}</p>
        ${asked.last === null ? nothing : html`<div class="stale">${view(asked.last)}</div>`}`;
    case "ready":
      return view(asked.value);
    case "failed":
      return html`<div class="notice error" role="note"><p>${textTemplate(asked.error.message)}</p>
        ${asked.error.hint ? html`<p class="remedy">${textTemplate(asked.error.hint)}</p>` : nothing}</div>`;
    default:
      return asked satisfies never;
  }
}

function labelled(
  id: string,
  name: string,
  problem: string | undefined,
  parts: {
    readonly hint?: string | undefined;
    readonly control: (described: string | typeof nothing) => TemplateResult;
    readonly after?: TemplateResult | typeof nothing;
  },
): TemplateResult {
  const described = [...(problem ? [`problem-${id}`] : []), ...(parts.hint ? [`hint-${id}`] : [])].join(" ");
  return html`<div class="field">
    <label class="field-name" for="field-${id}">${name}</label>
    ${parts.control(described || nothing)}
    ${problemText(id, problem)}
    ${parts.hint ? html`<span class="field-hint" id="hint-${id}">${parts.hint}</span>` : nothing}
    ${parts.after ?? nothing}
  </div>`;
}

function problemText(id: string, problem: string | undefined): TemplateResult | typeof nothing {
  return problem ? html`<span class="field-problem" id="problem-${id}">${textTemplate(problem)}</span>` : nothing;
}

function typedIn(event: Event): string {
  return (event.target as HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement).value;
}
