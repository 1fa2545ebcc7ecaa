import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { askLens } from "../../../runtime/analysisPanelProtocol";
import type { Lens } from "../../../runtime/analysisProtocol";
import { Resized } from "../../shared/resized";
import { scaleLegend } from "../../shared/scaleLegend";
import { type GridPlace, gridTarget } from "../gridKeys";
import { questionStatus } from "../questionStatus";
import { placeTooltip } from "../tooltip";
import type { ExportableView, Scores, ViewContext, ViewPicture, ViewTable } from "../viewContext";
import { type LensCell, LensCells } from "./lensCells";
import { lensDrawing, lensTable } from "./lensExport";
import { cellId, columnsInSight, columnWidth, type LensGrid, lensGrid, type Window, windowOf } from "./lensGrid";
import { type LensMeasure, lensLegend, lensMeasures, measureName } from "./lensScale";
import { layerTable, lensTip } from "./lensTables";
import { StretchLoader } from "./stretchLoader";

/** Most probable tokens per cell. */
const topK = 5;

/** What is known of the text that is shown; another state is another text. */
const known = new WeakMap<Scores, LensCells>();

/** The logit lens: every layer's prediction of every place. */
@customElement("gptw-lens")
export class LensView extends LitElement implements ExportableView {
  @property({ attribute: false }) context: ViewContext | undefined;

  @state() private measure: LensMeasure = "probability";
  @state() private active: GridPlace = { row: 0, column: 0 };
  @state() private shown: Window = { first: 0, last: 0 };
  /** The cell whose details show. */
  @state() private tip: GridPlace | null = null;
  @query(".lens-scroll") private scroller!: HTMLElement | null;

  #loader: StretchLoader<Lens> | null = null;
  #cells = new LensCells();

  constructor() {
    super();
    new Resized(this, () => this.#look());
  }

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.#hideTipOnEscape);
  }

  override disconnectedCallback(): void {
    this.#loader?.stop();
    document.removeEventListener("keydown", this.#hideTipOnEscape);
    super.disconnectedCallback();
  }

  /** Every computed cell. */
  currentTable(): ViewTable | null {
    return this.context ? lensTable(this.#cells, this.context.state) : null;
  }

  /** The places in sight. */
  async currentPicture(): Promise<ViewPicture | null> {
    if (!this.context) return null;
    return { drawing: lensDrawing(this.#grid(this.context), this.shown) };
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("context") || !this.context) return;
    const before = changed.get("context");
    const { state: text, selected } = this.context;
    if (before?.state !== text) this.#startOver(this.context);
    if (selected !== null && selected > 0 && before?.selected !== selected) {
      this.active = { ...this.active, column: selected - 1 };
    }
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("context")) {
      const before = changed.get("context");
      if (before?.state !== this.context?.state || before?.selected !== this.context?.selected) this.#reveal();
      this.#look();
    }
    this.#placeTip();
  }

  protected override render(): TemplateResult | null {
    const { context } = this;
    if (!context) return null;
    const grid = this.#grid(context);
    const place = this.active.column + 1;
    return html`<div class="lens">
      ${this.#toolbar(context)}
      <div class="lens-scroll" @scroll=${this.#look}>
        ${lensGrid(grid, this.shown)}
      </div>
      ${this.#status(context)}
      ${layerTable(this.#cells, place, context)}
      ${this.#tooltip(grid, context)}
    </div>`;
  }

  #toolbar({ formats }: ViewContext): TemplateResult {
    const choose = (event: Event) => {
      const { value } = event.target as HTMLSelectElement;
      this.measure = lensMeasures.find((measure) => measure === value) ?? this.measure;
    };
    return html`<div class="toolbar">
      <label class="field"><span>${l10n.t("Color by")}</span>
        <select @change=${choose}>
          ${lensMeasures.map((one) => html`<option value=${one} ?selected=${one === this.measure}>${measureName(one)}</option>`)}
        </select>
      </label>
      ${scaleLegend(lensLegend(this.measure, formats))}
      <span class="legend-end lens-leads-key"><span class="lens-swatch leads" aria-hidden="true"></span>${l10n.t("first layer with the model's own answer")}</span>
    </div>`;
  }

  #status({ progress, actions }: ViewContext): TemplateResult {
    const loader = this.#loader;
    return questionStatus({
      text: l10n.t("Reading the layers of the places in view…"),
      busy: loader?.busy ?? false,
      error: loader?.error ?? null,
      progress,
      openLog: actions.openLog,
      retry: () => loader?.retry(),
    });
  }

  #tooltip(grid: LensGrid, context: ViewContext): TemplateResult {
    const cell = this.tip && this.#cellAt(grid, this.tip);
    return html`<div class="tooltip lens-tip" id="lens-tooltip" role="tooltip" ?hidden=${!cell}>
      ${cell ? lensTip(cell, grid.rows, context) : null}
    </div>`;
  }

  #grid({ state: text, formats }: ViewContext): LensGrid {
    return {
      cells: this.#cells,
      tokens: text.tokens,
      rows: text.model.nLayer + 1,
      measure: this.measure,
      active: this.active,
      formats,
      onClick: (event) => this.#onClick(event),
      onKeydown: (event) => this.#onKeydown(event),
      onPointerOver: (event) => {
        this.tip = placeOf(event);
      },
      onFocusIn: (event) => {
        if (event.target instanceof Element && event.target.matches(":focus-visible")) this.tip = placeOf(event);
      },
      onLeave: () => {
        this.tip = null;
      },
    };
  }

  #cellAt(grid: LensGrid, { row, column }: GridPlace): LensCell | null {
    return this.#cells.cell(grid.rows - 1 - row, column + 1);
  }

  #startOver({ state: text, selected }: ViewContext): void {
    this.#loader?.stop();
    const cells = known.get(text) ?? new LensCells();
    known.set(text, cells);
    this.#cells = cells;
    this.tip = null;
    this.active = { row: 0, column: Math.max(0, (selected ?? 1) - 1) };
    this.#loader = new StretchLoader({
      count: text.tokens.length,
      has: (place) => cells.has(place),
      add: (lens) => cells.add(lens),
      changed: () => this.requestUpdate(),
      ask: (places, signal) => {
        const { ask } = this.context?.actions ?? {};
        return ask ? ask(askLens, { text: text.text, places, topK }, signal) : Promise.resolve({ kind: "cancelled" });
      },
    });
  }

  /** Draws and asks for the columns that are in sight now. */
  readonly #look = (): void => {
    const { scroller, context } = this;
    if (!scroller || !context) return;
    const { scrollLeft, clientWidth } = scroller;
    const shown = windowOf(scrollLeft, clientWidth, context.state.tokens.length);
    if (shown.first !== this.shown.first || shown.last !== this.shown.last) this.shown = shown;
    if (clientWidth > 0) this.#loader?.want(shown.first + 1, shown.last + 1);
    this.#placeTip();
  };

  /** Scrolls to the active column. */
  #reveal(): void {
    const { scroller } = this;
    if (!scroller) return;
    const header = scroller.querySelector(".lens-corner")?.getBoundingClientRect().width ?? 0;
    const left = this.active.column * columnWidth;
    const room = scroller.clientWidth - header - columnWidth;
    if (left < scroller.scrollLeft) scroller.scrollLeft = left;
    else if (left > scroller.scrollLeft + room) scroller.scrollLeft = left - room;
  }

  #onClick(event: Event): void {
    const place = placeOf(event);
    if (place) void this.#activate(place);
  }

  #onKeydown(event: KeyboardEvent): void {
    if (event.altKey || event.metaKey || event.shiftKey || !this.context) return;
    const size = {
      rows: this.context.state.model.nLayer + 1,
      columns: this.context.state.tokens.length,
      page: columnsInSight(this.scroller?.clientWidth ?? 0),
    };
    if (event.key === "Enter") this.context.actions.reveal(this.active.column + 1);
    const target = gridTarget(event, this.active, size);
    if (!target) return;
    event.preventDefault();
    void this.#activate(target);
  }

  /** Makes a cell the active one, focuses it, and chooses its token. */
  async #activate(place: GridPlace): Promise<void> {
    this.active = place;
    this.#reveal();
    const { context } = this;
    if (context && place.column + 1 < context.state.tokens.length) context.actions.select(place.column + 1);
    await this.updateComplete;
    this.querySelector<HTMLElement>(`#${cellId(place)}`)?.focus({ preventScroll: true });
    this.querySelector(`#${cellId(place)}`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  #placeTip(): void {
    const tooltip = this.querySelector<HTMLElement>(".lens-tip");
    const anchor = this.tip && this.querySelector<HTMLElement>(`#${cellId(this.tip)}`);
    this.querySelector("[aria-describedby]")?.removeAttribute("aria-describedby");
    if (!tooltip || tooltip.hidden || !anchor) return;
    anchor.setAttribute("aria-describedby", tooltip.id);
    placeTooltip(tooltip, anchor.getBoundingClientRect());
  }

  readonly #hideTipOnEscape = (event: KeyboardEvent): void => {
    if (event.key === "Escape") this.tip = null;
  };
}

function placeOf(event: Event): GridPlace | null {
  const cell = event.target instanceof Element ? event.target.closest<HTMLElement>(".lens-cell") : null;
  return cell ? { row: Number(cell.dataset.row), column: Number(cell.dataset.column) } : null;
}
