import * as l10n from "@vscode/l10n";
import { html, LitElement, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { ExportedFile } from "../../runtime/analysisPanelProtocol";
import type { CellAddress, CellMark, CompareStatus } from "../../runtime/comparePanelProtocol";
import type { Ask } from "../shared/asking";
import { numberFormats } from "../shared/format";
import { tabList } from "../shared/tabs";
import type { CompareData, RunHeader } from "./data";
import type { DetailsContext } from "./detailsElement";
import { type ExportFormat, exportedFile, exportFormats } from "./exportFiles";
import type { CompareGrid } from "./gridElement";
import type { ViewOptions } from "./options";
import { matchesOf, visibleRows } from "./rows";
import { summaryView } from "./summaryView";
import { statusAnnouncement } from "./texts";
import { type GridTools, headView, type RunActions, toolsView } from "./toolbarView";

/** What the panel asks of the host. */
export interface CompareActions extends RunActions {
  readonly ask: Ask;
  mark(run: number, mark: CellMark): void;
  inspect(address: CellAddress): void;
  exportFile(file: ExportedFile): void;
  copyText(text: string): void;
  changeOptions(options: ViewOptions): void;
}

type Cell = Pick<CellAddress, "variant" | "item">;

/** The whole panel: a view of `data` under `options`. */
@customElement("gptw-compare")
export class CompareElement extends LitElement {
  @property({ attribute: false }) data: CompareData | undefined;
  /** `data.version` and the header's changes: what is drawn anew. */
  @property({ attribute: false }) version = 0;
  @property({ attribute: false }) options: ViewOptions | undefined;
  @property({ attribute: false }) actions: CompareActions | undefined;

  @state() private opened: (Cell & { readonly run: number }) | null = null;
  @state() private match = -1;
  @state() private announced = "";
  @query("gptw-compare-grid") private grid!: CompareGrid | null;
  readonly #language = document.documentElement.lang;
  readonly #formats = numberFormats(this.#language);
  #rows: readonly number[] = [];
  #matches: readonly (readonly [number, number])[] = [];
  #drawn: { readonly version: number; readonly options: ViewOptions } | null = null;
  #status: CompareStatus | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.#onKeydown);
  }

  override disconnectedCallback(): void {
    document.removeEventListener("keydown", this.#onKeydown);
    super.disconnectedCallback();
  }

  protected override willUpdate(): void {
    const { data, options } = this;
    if (!data || !options) return;
    const { header } = data;
    if (header.kind === "run") {
      this.announced = statusAnnouncement(this.#status, header, this.#formats) ?? this.announced;
      this.#status = header.status;
      if (this.opened && this.opened.run !== header.run) this.opened = null;
    }
    if (this.#drawn?.version === data.version && this.#drawn.options === options) return;
    if (this.#drawn?.options.query !== options.query) this.match = -1;
    this.#drawn = { version: data.version, options };
    this.#rows = visibleRows(data, options);
    this.#matches = matchesOf(data, this.#rows, options.query);
    this.match = Math.min(this.match, this.#matches.length - 1);
  }

  protected override render(): TemplateResult | null {
    const { data, options, actions } = this;
    if (!data || !options || !actions) return null;
    const { header } = data;
    return html`${header.kind === "empty" ? emptyView() : this.#run(header, data, options, actions)}
      <div class="visually-hidden" role="status" aria-live="polite">${this.announced}</div>`;
  }

  #run(header: RunHeader, data: CompareData, options: ViewOptions, actions: CompareActions): TemplateResult {
    const formats = this.#formats;
    const { tab } = options;
    const menu = this.#exportButtons(header, data, actions);
    const tabs = [
      { id: "cells", label: l10n.t("Cells") },
      { id: "summary", label: l10n.t("Summary") },
    ] as const;
    return html`<main class="lab">
      ${headView(header, { formats, language: this.#language, actions, menu })}
      ${tabList(tabs, tab, { label: l10n.t("Views"), choose: (id) => actions.changeOptions({ ...options, tab: id }) })}
      <div class="lab-view" role="tabpanel" id="view-${tab}" aria-labelledby="tab-${tab}">
        ${tab === "summary" ? summaryView(header.summaries, formats) : this.#cells(header, data, options, actions)}
      </div>
    </main>`;
  }

  #cells(header: RunHeader, data: CompareData, options: ViewOptions, actions: CompareActions): TemplateResult {
    const formats = this.#formats;
    const rows = this.#rows;
    const tools: GridTools = {
      ...{ header, options, formats, rows: rows.length, matches: this.#matches.length, current: this.match },
      change: actions.changeOptions,
      step: (direction) => this.#step(direction),
    };
    const context = {
      ...{ data, header, rows, options, formats, version: data.version, opened: this.opened },
      open: (variant: number, item: number) => this.#open(header.run, variant, item),
      sortBy: (variant: number) => actions.changeOptions(sortedBy(options, variant, header)),
    };
    const details = this.#details(header, data, actions);
    return html`<div class="cells ${details ? "with-details" : ""}">
      ${toolsView(tools)}
      <div class="grid-area">
        <gptw-compare-grid .context=${context}></gptw-compare-grid>
        ${rows.length === 0 && header.items > 0 ? html`<p class="no-rows">${l10n.t("No input matches. Switch a filter off, or search for something else.")}</p>` : null}
      </div>
      ${details ? html`<gptw-cell-details .context=${details}></gptw-cell-details>` : null}
    </div>`;
  }

  #details(header: RunHeader, data: CompareData, actions: CompareActions): DetailsContext | null {
    const { opened } = this;
    const brief = opened ? data.cell(opened.variant, opened.item) : undefined;
    if (!opened || !brief) return null;
    return {
      ...{ address: opened, header, data, brief, formats: this.#formats, ask: actions.ask, inspect: actions.inspect },
      mark: data.markOf(opened.variant, opened.item),
      setMark: (mark) => {
        data.mark(mark);
        this.requestUpdate();
        actions.mark(header.run, mark);
      },
      close: () => {
        this.opened = null;
        void this.grid?.focusActive();
      },
    };
  }

  #exportButtons(header: RunHeader, data: CompareData, actions: CompareActions): TemplateResult {
    const give = (event: Event) => {
      const select = event.target as HTMLSelectElement;
      const format = exportFormats.find((one) => one === select.value);
      select.value = "";
      if (format) this.#export(format, header, data, actions);
    };
    return html`<label class="field export-field"><span class="visually-hidden">${l10n.t("Export the rows that are shown")}</span>
      <select class="export-select" @change=${give}>
        <option value="" selected>${l10n.t("Export…")}</option>
        <option value="csv">${l10n.t("Cells as CSV…")}</option>
        <option value="json">${l10n.t("Everything as JSON…")}</option>
        <option value="md">${l10n.t("Copy as Markdown")}</option>
      </select>
    </label>`;
  }

  #export(format: ExportFormat, header: RunHeader, data: CompareData, actions: CompareActions): void {
    const file = exportedFile(format, header, data, this.#rows);
    if (format !== "md") return void actions.exportFile(file);
    actions.copyText(String(file.content));
    this.announced = l10n.t("Copied.");
  }

  #open(run: number, variant: number, item: number): void {
    this.opened = { run, variant, item };
  }

  #step(direction: 1 | -1): void {
    const count = this.#matches.length;
    if (count === 0) return;
    this.match = this.match < 0 ? (direction === 1 ? 0 : count - 1) : (this.match + direction + count) % count;
    const [row, column] = this.#matches[this.match] ?? [0, 0];
    void this.grid?.moveTo({ row, column }, false);
  }

  readonly #onKeydown = (event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== "f" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const input = this.querySelector<HTMLInputElement>(".find .query");
    if (!input) return;
    event.preventDefault();
    input.focus();
    input.select();
  };
}

/** A column's heading sorts by it, and turns the order round when it does already. */
function sortedBy(options: ViewOptions, variant: number, { summaries }: RunHeader): ViewOptions {
  const { sort } = options;
  if (sort.key !== "input" && sort.variant === variant)
    return { ...options, sort: { ...sort, descending: !sort.descending } };
  const judged = (summaries[variant]?.judged ?? 0) > 0;
  const key = sort.key === "input" ? (judged ? "correct" : "logprob") : sort.key;
  return { ...options, sort: { key, variant, descending: false } };
}

function emptyView(): TemplateResult {
  return html`<main class="message">
    <h1>${l10n.t("No run is shown")}</h1>
    <p>${l10n.t("Open a prompt file (.prompt.yaml) and choose Run above one of its variants: its outputs appear here, input by input, variant by variant.")}</p>
    <p>${l10n.t("Runs that were stored are in the History view.")}</p>
  </main>`;
}
