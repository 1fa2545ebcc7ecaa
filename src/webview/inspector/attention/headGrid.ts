import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { AttentionOverview } from "../../../runtime/analysisProtocol";
import { formatColor } from "../../shared/color";
import type { NumberFormats } from "../../shared/format";
import { Resized } from "../../shared/resized";
import type { HeadOrder } from "./choice";
import { canvasPicture, type Picture } from "./exportable";
import { type HeadRow, headLabel, headName, statisticText } from "./heads";
import { hatch } from "./mapDrawing";
import { type GridLayout, gridTarget, layerLayout, placeOf, sortedLayout } from "./overviewLayout";
import { type Look, paintThumbnail } from "./paint";

/** Every head as a thumbnail: a grid with one tab stop and arrow keys inside. Pictures are on one canvas below it. */
@customElement("gptw-head-grid")
export class HeadGrid extends LitElement {
  @property({ attribute: false }) overview: AttentionOverview | undefined;
  /** In the order in which they are shown. */
  @property({ attribute: false }) rows: readonly HeadRow[] = [];
  @property({ attribute: false }) order: HeadOrder = "layer";
  @property({ attribute: false }) look: Look | undefined;
  @property({ attribute: false }) formats: NumberFormats | undefined;
  /** The head that is open. */
  @property({ attribute: false }) open: { readonly layer: number; readonly head: number } = { layer: 0, head: 0 };
  @property({ attribute: false }) choose: ((row: HeadRow) => void) | undefined;

  /** Room for the grid, pixels. */
  @state() private room = 0;
  /** The thumbnail that Tab leads to; null for the open one. */
  @state() private active: number | null = null;
  @query("canvas") private canvas!: HTMLCanvasElement | null;

  constructor() {
    super();
    new Resized(this, () => {
      this.room = this.clientWidth;
    });
  }

  /** The thumbnails as they are drawn. */
  picture(): Promise<Picture | null> {
    return canvasPicture(this.canvas);
  }

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("rows")) this.active = null;
  }

  protected override updated(): void {
    const layout = this.#layout();
    if (!layout) return;
    this.#place(layout);
    this.#draw(layout);
  }

  protected override render(): TemplateResult | null {
    const { overview } = this;
    const layout = this.#layout();
    if (!overview || !layout) return null;
    const { columns } = layout;
    const lines = Array.from({ length: Math.ceil(this.rows.length / columns) }, (_, line) => line * columns);
    return html`<div class="thumbnails">
      <canvas aria-hidden="true"></canvas>
      <div
        role="grid"
        aria-label=${l10n.t("Attention of every head")}
        aria-readonly="true"
        @keydown=${this.#onKey}
        @click=${this.#onClick}
      >
        ${this.#byLayer() ? this.#headLabels(overview, layout.side) : null}
        ${lines.map((start) => this.#line(start, columns))}
      </div>
      ${this.#captions()}
    </div>`;
  }

  /** Whether rows are layers and columns heads. */
  #byLayer(): boolean {
    return this.order === "layer";
  }

  #layout(): GridLayout | null {
    const { overview, room } = this;
    if (!overview || room === 0) return null;
    return this.#byLayer() ? layerLayout(room, overview.layers, overview.heads) : sortedLayout(room, this.rows.length);
  }

  #headLabels({ heads }: AttentionOverview, side: number): TemplateResult {
    return html`<div role="row">
      ${Array.from({ length: heads }, (_, column) => {
        const head = this.#headAt(column);
        const name = side < 26 ? String(head) : l10n.t("H{0}", head);
        return html`<span role="columnheader" class="label" data-column=${column}>${name}</span>`;
      })}
    </div>`;
  }

  #headAt(column: number): number {
    return this.rows[column]?.head ?? column;
  }

  #line(start: number, columns: number): TemplateResult {
    const rows = this.rows.slice(start, start + columns);
    const [first] = rows;
    return html`<div role="row">
      ${
        this.#byLayer() && first
          ? html`<span role="rowheader" class="label" data-row=${start / columns}>${l10n.t("L{0}", first.layer)}</span>`
          : null
      }
      ${rows.map((row, column) => this.#cell(row, start + column))}
    </div>`;
  }

  #cell(row: HeadRow, index: number): TemplateResult | null {
    const { formats, open } = this;
    if (!formats) return null;
    const isOpen = row.layer === open.layer && row.head === open.head;
    return html`<div
      role="gridcell"
      class="thumbnail"
      data-index=${index}
      tabindex=${index === this.#tabStop() ? 0 : -1}
      aria-selected=${isOpen ? "true" : "false"}
      aria-label=${headLabel(row, formats)}
      title=${headLabel(row, formats)}
    ></div>`;
  }

  /** What stands below each thumbnail; its cell says the same aloud. */
  #captions(): TemplateResult | null {
    const { order, formats } = this;
    if (order === "layer" || !formats) return null;
    return html`<div aria-hidden="true">
      ${this.rows.map(
        (row, index) => html`<span class="caption" data-index=${index}
          ><span>${headName(row)}</span><span class="number">${statisticText(order, row.statistics[order], formats)}</span></span
        >`,
      )}
    </div>`;
  }

  #tabStop(): number {
    if (this.active !== null) return this.active;
    const { layer, head } = this.open;
    return Math.max(
      0,
      this.rows.findIndex((row) => row.layer === layer && row.head === head),
    );
  }

  /** By script: the policy allows no style attributes. */
  #place(layout: GridLayout): void {
    const box = this.querySelector<HTMLElement>(".thumbnails");
    if (box) setBox(box, { width: layout.width, height: layout.height });
    for (const cell of this.querySelectorAll<HTMLElement>(".thumbnail")) {
      const [left, top] = placeOf(Number(cell.dataset.index), layout);
      setBox(cell, { left, top, width: layout.side, height: layout.side });
    }
    for (const caption of this.querySelectorAll<HTMLElement>(".caption")) {
      const [left, top] = placeOf(Number(caption.dataset.index), layout);
      setBox(caption, { left: left - 4, top: top + layout.side, width: layout.side + 8 });
    }
    const { left, top, side, stepX, stepY } = layout;
    for (const label of this.querySelectorAll<HTMLElement>(".label")) {
      const { row, column } = label.dataset;
      if (row !== undefined) setBox(label, { left: 0, top: top + Number(row) * stepY, width: left - 8, height: side });
      else setBox(label, { left: left + Number(column) * stepX, top: 0, width: side, height: top - 2 });
    }
  }

  #draw(layout: GridLayout): void {
    const { overview, look, canvas } = this;
    const context = canvas?.getContext("2d");
    if (!overview || !look || !canvas || !context) return;
    const ratio = devicePixelRatio;
    [canvas.width, canvas.height] = [Math.round(layout.width * ratio), Math.round(layout.height * ratio)];
    setBox(canvas, { width: layout.width, height: layout.height });
    context.scale(ratio, ratio);
    const { size, block, data } = overview.thumbnails;
    const used = Math.min(size, Math.ceil(overview.tokens / block));
    const scratch = document.createElement("canvas");
    [scratch.width, scratch.height] = [used, used];
    const ground = hatch(context, look.palette) ?? formatColor(look.palette.notComputed);
    context.imageSmoothingEnabled = used > layout.side * ratio;
    context.imageSmoothingQuality = "high";
    context.strokeStyle = formatColor(look.palette.future);
    for (const [index, { layer, head }] of this.rows.entries()) {
      const [x, y] = placeOf(index, layout);
      const from = (layer * overview.heads + head) * size * size;
      const pixels = paintThumbnail(data.subarray(from, from + size * size), size, used, look);
      const image = new ImageData(new Uint8ClampedArray(pixels.buffer), used, used);
      scratch.getContext("2d")?.putImageData(image, 0, 0);
      context.fillStyle = ground;
      context.fillRect(x, y, layout.side, layout.side);
      context.drawImage(scratch, x, y, layout.side, layout.side);
      context.strokeRect(x + 0.5, y + 0.5, layout.side - 1, layout.side - 1);
    }
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const from = this.#indexOf(event);
    const layout = this.#layout();
    if (from === null || !layout) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#choose(from);
      return;
    }
    const to = gridTarget(event, from, this.rows.length, layout.columns);
    if (to === null) return;
    event.preventDefault();
    this.active = to;
    this.querySelector<HTMLElement>(`.thumbnail[data-index="${to}"]`)?.focus();
  };

  readonly #onClick = (event: MouseEvent): void => {
    const index = this.#indexOf(event);
    if (index !== null) this.#choose(index);
  };

  #choose(index: number): void {
    const row = this.rows[index];
    this.active = index;
    if (row) this.choose?.(row);
  }

  #indexOf({ target }: Event): number | null {
    const cell = target instanceof Element ? target.closest<HTMLElement>(".thumbnail") : null;
    return cell ? Number(cell.dataset.index) : null;
  }
}

function setBox(
  element: HTMLElement,
  box: Readonly<Partial<Record<"left" | "top" | "width" | "height", number>>>,
): void {
  for (const [name, value] of Object.entries(box)) element.style.setProperty(name, `${value}px`);
}
