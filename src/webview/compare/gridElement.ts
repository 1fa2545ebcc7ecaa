/** The grid of inputs by variants: only what is in sight is drawn, and what has the focus. */
import * as l10n from "@vscode/l10n";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { NumberFormats } from "../shared/format";
import { textTemplate } from "../shared/pieces";
import { visibleString } from "../shared/visibleText";
import { cellContent } from "./cellView";
import type { CompareData, RunHeader } from "./data";
import {
  type ColumnWidths,
  columnSpan,
  columnWidths,
  headHeight,
  keyTarget,
  mostRows,
  numbersOf,
  type Place,
  rowHeight,
  rowSpan,
  scrolledTo,
} from "./gridLayout";
import { headCells } from "./headView";
import type { ViewOptions } from "./options";
import { cellText } from "./texts";

/** What the grid is drawn from. */
export interface GridContext {
  readonly data: CompareData;
  /** Grows when the data changes. */
  readonly version: number;
  readonly header: RunHeader;
  /** Numbers of the inputs, in the order of the rows. */
  readonly rows: readonly number[];
  readonly options: ViewOptions;
  readonly formats: NumberFormats;
  /** The cell whose details are open. */
  readonly opened: { readonly variant: number; readonly item: number } | null;
  open(variant: number, item: number): void;
  /** Sorts by a variant's column. */
  sortBy(variant: number): void;
}

/** The grid: one tab stop, arrows inside. */
@customElement("gptw-compare-grid")
export class CompareGrid extends LitElement {
  @property({ attribute: false }) context: GridContext | undefined;

  @state() private active: Place = { row: 0, column: 0 };
  @state() private scrolled = { top: 0, left: 0 };
  @state() private size = { width: 0, height: 0 };
  @query(".grid-scroll") private scroller!: HTMLElement | null;
  #frame = 0;
  #observer: ResizeObserver | null = null;
  /** The input of the active row: it stays active when rows are left out or sorted. */
  #activeItem: number | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  /** Moves to a cell and scrolls to it; with `focus` the keys go on from there. */
  async moveTo(place: Place, focus: boolean): Promise<void> {
    this.active = place;
    this.#activeItem = this.context?.rows[place.row] ?? null;
    await this.updateComplete;
    this.#scrollTo(place);
    await this.updateComplete;
    if (focus) this.querySelector<HTMLElement>('[tabindex="0"]')?.focus({ preventScroll: true });
  }

  /** Takes the focus back to the active cell. */
  async focusActive(): Promise<void> {
    await this.moveTo(this.active, true);
  }

  override disconnectedCallback(): void {
    this.#observer?.disconnect();
    this.#observer = null;
    super.disconnectedCallback();
  }

  protected override firstUpdated(): void {
    if (!this.scroller) return;
    this.#observer = new ResizeObserver(() => this.#measure());
    this.#observer.observe(this.scroller);
    this.#measure();
  }

  protected override willUpdate(changed: PropertyValues): void {
    const { context } = this;
    if (!changed.has("context") || !context) return;
    const { rows, header } = context;
    const before: GridContext | undefined = changed.get("context");
    if (before && before.header.run !== header.run) this.#activeItem = null;
    if (before && before.rows !== rows && this.#activeItem !== null) {
      const row = rows.indexOf(this.#activeItem);
      if (row >= 0 && this.active.row >= 0) this.active = { ...this.active, row };
    }
    const row = Math.min(this.active.row, Math.min(rows.length, mostRows) - 1);
    this.active = { row: Math.max(-1, row), column: Math.min(this.active.column, header.variants.length - 1) };
    if (this.active.row === -1 && rows.length > 0 && !this.contains(document.activeElement)) {
      this.active = { ...this.active, row: 0 };
    }
  }

  protected override render(): TemplateResult | null {
    const { context } = this;
    if (!context) return null;
    const { rows, header } = context;
    const widths = columnWidths(this.size.width, header.variants.length);
    const count = Math.min(rows.length, mostRows);
    const shown = numbersOf(rowSpan(this.scrolled.top, this.size.height, count), this.active.row, count);
    const span = columnSpan(this.scrolled.left, this.size.width, widths, header.variants.length);
    const columns = numbersOf(span, this.active.column, header.variants.length);
    const width = widths.input + header.variants.length * widths.variant;
    return html`<div class="grid-scroll" @scroll=${this.#onScroll}>
      <div
        class="grid"
        role="grid"
        aria-label=${l10n.t("Outputs: inputs as rows, variants as columns")}
        aria-rowcount=${count + 1}
        aria-colcount=${header.variants.length + 1}
        aria-readonly="true"
        .style=${`width:${width}px;height:${headHeight + count * rowHeight}px`}
        @click=${this.#onClick}
        @keydown=${this.#onKeydown}
      >
        ${headCells({ context, widths, columns, active: this.active })}
        ${repeat(
          shown,
          (row) => rows[row],
          (row) => this.#row(context, row, columns, widths),
        )}
      </div>
    </div>`;
  }

  #row(context: GridContext, row: number, columns: readonly number[], widths: ColumnWidths): TemplateResult {
    const item = context.rows[row] ?? 0;
    const top = headHeight + row * rowHeight;
    return html`<div class="grid-row ${row % 2 ? "odd" : ""}" role="row" aria-rowindex=${row + 2} .style=${`top:${top}px`}>
      ${this.#inputCell(context, { row, column: -1 }, item, widths)}
      ${repeat(
        columns,
        (column) => column,
        (column) => this.#cell(context, { row, column }, item, widths),
      )}
    </div>`;
  }

  #inputCell({ data, formats }: GridContext, place: Place, item: number, { input }: ColumnWidths): TemplateResult {
    const values = Object.entries(data.items[item]?.fields ?? {});
    const gold = data.items[item]?.gold ?? null;
    return html`<div
      class="grid-input"
      role="rowheader"
      aria-colindex="1"
      tabindex=${this.#isActive(place) ? 0 : -1}
      data-row=${place.row}
      data-column="-1"
      .style=${`width:${input}px`}
    >
      <span class="input-number">${formats.count(item + 1)}</span>
      <span class="input-text">${values.map(
        ([name, value]) =>
          html`${values.length > 1 ? html`<span class="field-name">${name}</span> ` : null}${textTemplate(value)} `,
      )}</span>
      ${gold === null ? null : html`<span class="input-gold"><span class="field-name">${l10n.t("answer")}</span> ${textTemplate(gold)}</span>`}
    </div>`;
  }

  #cell(context: GridContext, place: Place, item: number, { input, variant: width }: ColumnWidths): TemplateResult {
    const { data, formats, opened } = context;
    const { column } = place;
    const cell = data.cell(column, item);
    const mark = data.markOf(column, item);
    const isOpen = opened?.variant === column && opened.item === item;
    return html`<div
      class="grid-cell ${isOpen ? "opened" : ""} ${cell ? "" : "pending"}"
      role="gridcell"
      aria-colindex=${column + 2}
      aria-selected=${isOpen ? "true" : nothing}
      aria-busy=${cell ? nothing : "true"}
      tabindex=${this.#isActive(place) ? 0 : -1}
      data-row=${place.row}
      data-column=${column}
      .style=${`left:${input + column * width}px;width:${width}px`}
    ><span class="visually-hidden">${cell ? visibleString(cellText(cell, mark, formats), "keep") : l10n.t("not computed yet")}</span>${cell ? cellContent(cell, mark, formats) : null}</div>`;
  }

  #isActive({ row, column }: Place): boolean {
    return this.active.row === row && this.active.column === column;
  }

  readonly #onScroll = () => {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (this.scroller) this.scrolled = { top: this.scroller.scrollTop, left: this.scroller.scrollLeft };
    });
  };

  #measure(): void {
    if (!this.scroller) return;
    const { clientWidth: width, clientHeight: height } = this.scroller;
    if (width !== this.size.width || height !== this.size.height) this.size = { width, height };
  }

  #placeOf(event: Event): Place | null {
    const cell = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
    return cell ? { row: Number(cell.dataset.row), column: Number(cell.dataset.column) } : null;
  }

  #onClick(event: Event): void {
    const place = this.#placeOf(event);
    if (!place) return;
    void this.moveTo(place, true);
    this.#open(place);
  }

  #onKeydown(event: KeyboardEvent): void {
    const { context } = this;
    if (!context || event.altKey || event.shiftKey) return;
    const from = this.#placeOf(event) ?? this.active;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#open(from);
      return;
    }
    const page = Math.max(1, Math.floor((this.size.height - headHeight) / rowHeight) - 1);
    const size = { rows: Math.min(context.rows.length, mostRows), columns: context.header.variants.length, page };
    const to = keyTarget(event, from, size);
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    void this.moveTo(to, true);
  }

  #open({ row, column }: Place): void {
    const { context } = this;
    if (!context || column < 0) return;
    const item = context.rows[row];
    if (row < 0) context.sortBy(column);
    else if (item !== undefined && context.data.cell(column, item)) context.open(column, item);
  }

  #scrollTo({ row, column }: Place): void {
    const { scroller, context } = this;
    if (!scroller || !context) return;
    const widths = columnWidths(this.size.width, context.header.variants.length);
    const { scrollTop, scrollLeft, clientWidth, clientHeight } = scroller;
    if (row >= 0) scroller.scrollTop = scrolledTo(row * rowHeight, rowHeight, scrollTop, clientHeight - headHeight);
    if (column >= 0) {
      const seen = clientWidth - widths.input;
      scroller.scrollLeft = scrolledTo(column * widths.variant, widths.variant, scrollLeft, seen);
    }
    this.scrolled = { top: scroller.scrollTop, left: scroller.scrollLeft };
  }
}
