/** What stands above the grid: title, status, buttons; search, filters, order. */
import * as l10n from "@vscode/l10n";
import { html, type TemplateResult } from "lit";
import type { CompareStatus } from "../../runtime/comparePanelProtocol";
import type { NumberFormats } from "../shared/format";
import { iconButton, textTemplate } from "../shared/pieces";
import type { RunHeader } from "./data";
import { filterNames, type SortKey, sortKeys, toggled, type ViewOptions } from "./options";
import { filterText, headParts, sortText, statusText } from "./texts";

/** What the head's buttons do. */
export interface RunActions {
  stop(): void;
  resume(): void;
  runAgain(): void;
  openFile(): void;
  openLog(): void;
}

/** Title, facts, status and buttons. `menu` exports. */
export function headView(
  header: RunHeader,
  {
    formats,
    language,
    actions,
    menu,
  }: { formats: NumberFormats; language: string; actions: RunActions; menu: TemplateResult },
): TemplateResult {
  return html`<header class="run-head">
    <div class="title-row">
      <div class="titles">
        <h1>${textTemplate(header.title)}</h1>
        <p class="subtitle">${headParts(header, language, formats).map((part) => html`<span>${textTemplate(part)}</span>`)}</p>
      </div>
      ${menu}
    </div>
    <div class="status-row">
      <div class="run-status">${progressView(header)}<span>${textTemplate(statusText(header, formats))}</span></div>
      <div class="actions">${buttons(header, actions)}</div>
    </div>
    ${header.status.kind === "failed" ? failure(header.status, actions.openLog) : null}
    ${header.notes.length > 0 ? html`<div class="notice" role="note">${header.notes.map((note) => html`<p>${textTemplate(note)}</p>`)}</div>` : null}
  </header>`;
}

function progressView({ status, done, total }: RunHeader): TemplateResult | null {
  const label = l10n.t("Progress of the run");
  if (status.kind === "preparing") {
    return status.fraction === undefined
      ? html`<vscode-progress-ring aria-label=${label}></vscode-progress-ring>`
      : html`<progress max="1" .value=${status.fraction} aria-label=${label}></progress>`;
  }
  if (status.kind !== "running") return null;
  return html`<progress .max=${Math.max(1, total)} .value=${done} aria-label=${label}></progress>`;
}

function buttons({ status, repeatable }: RunHeader, actions: RunActions): TemplateResult | null {
  const button = (label: string, click: () => void, appearance: "primary" | "secondary" = "secondary") =>
    html`<vscode-button appearance=${appearance} @click=${click}>${label}</vscode-button>`;
  if (status.kind === "preparing" || status.kind === "running") return button(l10n.t("Stop"), actions.stop, "primary");
  if (!repeatable) return null;
  const unfinished = status.kind === "stopped" || status.kind === "failed";
  return html`${unfinished ? button(l10n.t("Resume"), actions.resume, "primary") : null}
    ${button(l10n.t("Run Again"), actions.runAgain)} ${button(l10n.t("Open Prompt File"), actions.openFile)}`;
}

function failure({ error }: Extract<CompareStatus, { kind: "failed" }>, openLog: () => void): TemplateResult {
  return html`<div class="notice error" role="alert">
    <p>${textTemplate(error.message)}</p>
    ${error.hint ? html`<p class="remedy">${textTemplate(error.hint)}</p>` : null}
    <vscode-button appearance="secondary" @click=${openLog}>${l10n.t("Show Log")}</vscode-button>
  </div>`;
}

/** What the tools over the grid show and do. */
export interface GridTools {
  readonly header: RunHeader;
  readonly options: ViewOptions;
  /** Rows that are left. */
  readonly rows: number;
  readonly matches: number;
  /** Of the current match; −1 when there is none. */
  readonly current: number;
  readonly formats: NumberFormats;
  change(options: ViewOptions): void;
  /** Goes to the next match, or with −1 to the one before. */
  step(direction: 1 | -1): void;
}

/** Search, filters and order. */
export function toolsView(tools: GridTools): TemplateResult {
  const { options, header, rows, formats, change } = tools;
  return html`<div class="grid-tools">
    ${searchView(tools)}
    <div class="toggles" role="group" aria-label=${l10n.t("Rows to show")}>
      ${filterNames.map((name) => {
        const { label, title } = filterText(name);
        return toggle(label, title, options.filters.includes(name), () => change(toggled(options, name)));
      })}
    </div>
    ${sortView(tools)}
    <span class="row-count">${rowCount(rows, header.items, formats)}</span>
  </div>`;
}

function rowCount(rows: number, all: number, formats: NumberFormats): string {
  if (rows !== all) return l10n.t("{0} of {1} rows", formats.count(rows), formats.count(all));
  return rows === 1 ? l10n.t("1 row") : l10n.t("{0} rows", formats.count(rows));
}

function searchView({ options, matches, current, formats, change, step }: GridTools): TemplateResult {
  const { query, filtering } = options;
  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape" && query) change({ ...options, query: "" });
    else return;
    event.preventDefault();
  };
  return html`<search class="find">
    <input
      type="text"
      class=${query && matches === 0 ? "query none" : "query"}
      spellcheck="false"
      autocomplete="off"
      placeholder=${l10n.t("Find in inputs and outputs")}
      aria-label=${l10n.t("Find in inputs and outputs")}
      .value=${query}
      @input=${(event: Event) => change({ ...options, query: (event.target as HTMLInputElement).value })}
      @keydown=${onKey}
    />
    ${toggle(l10n.t("Filter"), l10n.t("Leave out rows without a match"), filtering, () => change({ ...options, filtering: !filtering }))}
    <span class="matches" role="status">${matchText(query, matches, current, formats)}</span>
    ${iconButton(l10n.t("Previous match"), "M3.5 10 8 5.5l4.5 4.5", () => step(-1), matches === 0)}
    ${iconButton(l10n.t("Next match"), "M3.5 6 8 10.5 12.5 6", () => step(1), matches === 0)}
  </search>`;
}

function matchText(query: string, count: number, current: number, formats: NumberFormats): string {
  if (query === "") return "";
  if (count === 0) return l10n.t("No matches");
  if (current < 0) return l10n.t("{0} matches", formats.count(count));
  return l10n.t("{0} of {1}", formats.count(current + 1), formats.count(count));
}

function sortView({ header, options, change }: GridTools): TemplateResult {
  const { sort } = options;
  const pick = (event: Event) => (event.target as HTMLSelectElement).value;
  return html`<div class="sorting">
    <label class="field"><span>${l10n.t("Sort")}</span>
      <select @change=${(event: Event) => change({ ...options, sort: { ...sort, key: pick(event) as SortKey } })}>
        ${sortKeys.map((key) => html`<option value=${key} ?selected=${key === sort.key}>${sortText(key)}</option>`)}
      </select>
    </label>
    ${
      sort.key === "input"
        ? null
        : html`<label class="field"><span>${l10n.t("of")}</span>
          <select class="sort-variant" @change=${(event: Event) => change({ ...options, sort: { ...sort, variant: Number(pick(event)) } })}>
            ${header.variants.map(({ name }, i) => html`<option value=${i} ?selected=${i === sort.variant}>${name}</option>`)}
          </select>
        </label>`
    }
    ${toggle(l10n.t("Descending"), l10n.t("The largest first"), sort.descending, () => change({ ...options, sort: { ...sort, descending: !sort.descending } }))}
  </div>`;
}

/** A button that stays pressed. */
export function toggle(label: string, title: string, pressed: boolean, click: () => void): TemplateResult {
  return html`<button type="button" class="toggle" title=${title} aria-pressed=${pressed ? "true" : "false"} @click=${click}>${label}</button>`;
}
