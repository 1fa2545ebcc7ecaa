import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { formatColor } from "../../shared/color";
import type { NumberFormats } from "../../shared/format";
import { heatStep } from "../../shared/heatScale";
import type { TokenLike } from "../../shared/tokenText";
import { type AttentionMap, cellKind, valueAt } from "./attentionMap";
import { canvasPicture, type Picture } from "./exportable";
import { LabelSprites } from "./labelSprites";
import { drawMap } from "./mapDrawing";
import { mapKey } from "./mapKeys";
import type { Look } from "./paint";
import { MapTiles } from "./tiles";
import { numberedToken, shortToken } from "./tokenLabels";
import {
  type Cell,
  cellAt,
  fitView,
  type MapShape,
  panBy,
  reveal,
  type Viewport,
  visibleCells,
  zoomAt,
} from "./viewport";

/** Pixels that the pointer may move between press and release of a click. */
const clickSlack = 4;
/** Zoom of one press of a button or key. */
const zoomStep = 1.5;

/** A map of attention on a canvas: zoom, pan, exact values. Queries are rows, keys columns. */
@customElement("gptw-heat-map")
export class HeatMap extends LitElement {
  @property({ attribute: false }) map: AttentionMap | undefined;
  /** Another number when rows of the map have arrived. */
  @property({ attribute: false }) version = 0;
  @property({ attribute: false }) look: Look | undefined;
  /** [T] */
  @property({ attribute: false }) tokens: readonly TokenLike[] = [];
  /** The chosen token. */
  @property({ attribute: false }) chosen: number | null = null;
  @property({ attribute: false }) formats: NumberFormats | undefined;
  @property({ attribute: false }) name = "";
  @property({ attribute: false }) choose: ((token: number) => void) | undefined;

  @state() private hovered: Cell | null = null;
  @state() private cursor: Cell | null = null;
  @state() private focused = false;
  @query("canvas") private canvas!: HTMLCanvasElement | null;
  @query(".map-surface") private surface!: HTMLElement | null;

  #view: Viewport | null = null;
  #tiles: MapTiles | null = null;
  #painted = new Uint8Array(0);
  #labels: readonly string[] = [];
  readonly #sprites = new LabelSprites();
  #font = { ui: "11px sans-serif", mono: "11px monospace" };
  /** The whole map is kept in sight until the user zooms. */
  #fitted = true;
  #frame = 0;
  #drag: { readonly x: number; readonly y: number; readonly moved: number } | null = null;
  #size = { width: 0, height: 0 };
  readonly #resized = new ResizeObserver(() => this.#measure());

  /** The map as it is drawn. */
  picture(): Promise<Picture | null> {
    return canvasPicture(this.canvas);
  }

  /** Queries in sight: first, and one past the last. */
  queriesInSight(): readonly [number, number] {
    const { map } = this;
    if (!map || !this.#view) return [0, 0];
    const { rows } = visibleCells(this.#view, this.#shape(map));
    return [map.first + rows[0], map.first + rows[1]];
  }

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  override disconnectedCallback(): void {
    cancelAnimationFrame(this.#frame);
    this.#resized.disconnect();
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { map, look } = this;
    if (changed.has("tokens")) this.#labels = this.tokens.map((token) => shortToken(token));
    if (!map || !look) return;
    if (changed.has("look")) this.#font = themeFonts(this);
    const before = this.#tiles;
    const { rows = 0, columns = 0 } = before?.map ?? {};
    if (rows !== map.rows || columns !== map.columns) {
      this.#fitted = true;
      this.cursor = this.hovered = null;
    }
    if (before?.map !== map || before.look !== look) {
      this.#tiles = new MapTiles(map, look);
      this.#painted = map.loaded.slice();
    } else this.#paintArrived(before);
    if (changed.has("chosen") && this.chosen !== null && this.#view && !this.#fitted) this.#showChosen(map);
  }

  protected override firstUpdated(): void {
    if (this.surface) this.#resized.observe(this.surface);
  }

  protected override updated(): void {
    this.#measure();
    this.#redraw();
  }

  protected override render(): TemplateResult {
    return html`
      <div
        class="map-surface"
        tabindex="0"
        role="application"
        aria-roledescription=${l10n.t("heat map")}
        aria-label=${this.name}
        aria-describedby="map-help"
        @keydown=${this.#onKey}
        @focus=${this.#onFocus}
        @blur=${() => {
          this.focused = false;
        }}
        @wheel=${this.#onWheel}
        @pointerdown=${this.#onDown}
        @pointermove=${this.#onMove}
        @pointerup=${this.#onUp}
        @pointercancel=${() => {
          this.#drag = null;
        }}
        @pointerleave=${() => {
          this.hovered = null;
        }}
      ><canvas aria-hidden="true"></canvas>
      </div>
      <p class="visually-hidden" id="map-help">${l10n.t("Arrow keys move between cells, with Shift they move the map. Plus and minus zoom, 0 shows all. Enter chooses the query token, Shift+Enter the key token.")}</p>
      <div class="map-foot">
        <p class="readout" aria-live=${this.focused ? "polite" : "off"}>${this.#readout()}</p>
        <div class="map-buttons" role="group" aria-label=${l10n.t("Zoom")}>
          <button type="button" class="small" aria-label=${l10n.t("Zoom in")} title=${l10n.t("Zoom in (+)")} @click=${() => this.#zoom(zoomStep)}>+</button>
          <button type="button" class="small" aria-label=${l10n.t("Zoom out")} title=${l10n.t("Zoom out (−)")} @click=${() => this.#zoom(1 / zoomStep)}>−</button>
          <button type="button" class="small" title=${l10n.t("The whole map (0)")} @click=${() => this.#fit()}>${l10n.t("Fit")}</button>
        </div>
      </div>
    `;
  }

  #readout(): TemplateResult | string {
    const cell = this.hovered ?? (this.focused ? this.cursor : null);
    const { map, look, formats } = this;
    if (!cell || !map || !look || !formats) return l10n.t("Rows are queries, columns the keys that they attend to.");
    const query = map.first + cell.row;
    const pair = l10n.t("{0} → {1}", numberedToken(this.tokens, query), numberedToken(this.tokens, cell.column));
    const kind = cellKind(map, query, cell.column);
    if (kind !== "value") return html`${pair} <span class="number">${kindText(kind)}</span>`;
    const value = valueAt(map, query, cell.column);
    const color = look.palette.colors[heatStep(value, look.scale)] ?? look.palette.background;
    return html`<svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill=${formatColor(color)} /></svg>
      ${pair} <strong class="number">${formats.percent(value)}</strong>`;
  }

  #shape({ rows, columns }: AttentionMap): MapShape {
    return { rows, columns, ...this.#size };
  }

  /** Paints the rows that have arrived since. */
  #paintArrived(tiles: MapTiles): void {
    const { loaded, first } = tiles.map;
    for (let row = 0; row < loaded.length; row++) {
      if (!loaded[row] || this.#painted[row]) continue;
      let end = row;
      while (end < loaded.length && loaded[end] && !this.#painted[end]) end++;
      tiles.paint(first + row, first + end);
      this.#painted.fill(1, row, end);
      row = end;
    }
  }

  #measure(): void {
    const { surface, canvas, map } = this;
    if (!surface || !canvas || !map) return;
    const { clientWidth: width, clientHeight: height } = surface;
    if (width === 0 || height === 0) return;
    const ratio = devicePixelRatio;
    if (width !== this.#size.width || height !== this.#size.height || canvas.width !== Math.round(width * ratio)) {
      this.#size = { width, height };
      [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    }
    if (this.#fitted || !this.#view) this.#view = fitView(this.#shape(map));
    else this.#view = panBy(this.#view, this.#shape(map), 0, 0);
    this.#redraw();
  }

  #redraw(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      const context = this.canvas?.getContext("2d", { alpha: false });
      if (!context || !this.map || !this.#view || !this.#tiles) return;
      drawMap(context, {
        tiles: this.#tiles,
        view: this.#view,
        shape: this.#shape(this.map),
        labels: this.#labels,
        chosen: this.chosen,
        cell: this.hovered ?? (this.focused ? this.cursor : null),
        focused: this.focused && !this.hovered,
        labelSprites: this.#sprites,
        font: this.#font,
        pixelRatio: devicePixelRatio,
      });
    });
  }

  #change(change: (view: Viewport, shape: MapShape) => Viewport): boolean {
    if (!this.map || !this.#view) return false;
    const shape = this.#shape(this.map);
    const view = change(this.#view, shape);
    const moved = view.cell !== this.#view.cell || view.row !== this.#view.row || view.column !== this.#view.column;
    this.#view = view;
    if (moved) this.#fitted = view.cell <= fitView(shape).cell;
    this.#redraw();
    return moved;
  }

  #zoom(factor: number): void {
    const { width, height } = this.#size;
    const { cursor, map } = this;
    this.#change((view, shape) => zoomAt(view, shape, factor, width / 2, height / 2));
    const chosen = this.chosen === null || !map ? null : { row: this.chosen - map.first, column: this.chosen };
    const kept = this.focused ? cursor : chosen;
    if (kept) this.#change((view, shape) => reveal(view, shape, kept));
  }

  #fit(): void {
    this.#change((_, shape) => fitView(shape));
  }

  #showChosen({ first }: AttentionMap): void {
    const chosen = this.chosen ?? 0;
    this.#change((view, shape) => {
      const { rows } = visibleCells(view, shape);
      const row = chosen - first;
      return row >= rows[0] && row < rows[1] ? view : reveal(view, shape, { row, column: chosen });
    });
  }

  readonly #onFocus = (): void => {
    const { map, chosen } = this;
    if (!map) return;
    this.focused = true;
    const row = Math.max(0, Math.min(map.rows - 1, (chosen ?? map.first) - map.first));
    this.cursor ??= { row, column: Math.min(map.columns - 1, map.first + row) };
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    const { map, cursor } = this;
    if (!map || !cursor || !this.#view || event.target !== this.surface) return;
    const { rows } = visibleCells(this.#view, this.#shape(map));
    const action = mapKey(event, cursor, { ...map, page: Math.max(1, rows[1] - rows[0] - 1) });
    if (!action) return;
    event.preventDefault();
    switch (action.kind) {
      case "move":
        this.hovered = null;
        this.cursor = action.cell;
        this.#change((view, shape) => reveal(view, shape, action.cell));
        break;
      case "pan":
        this.#change((view, shape) => panBy(view, shape, action.dx, action.dy));
        break;
      case "zoom":
        this.#zoom(action.closer ? zoomStep : 1 / zoomStep);
        break;
      case "fit":
        this.#fit();
        break;
      case "choose":
        this.choose?.(action.token);
        break;
      default:
        action satisfies never;
    }
  };

  readonly #onWheel = (event: WheelEvent): void => {
    const [x, y] = this.#place(event);
    const zoomed = event.ctrlKey || event.metaKey;
    const factor = Math.exp(-Math.max(-100, Math.min(100, event.deltaY)) * 0.004);
    const moved = zoomed
      ? this.#change((view, shape) => zoomAt(view, shape, factor, x, y))
      : this.#change((view, shape) =>
          panBy(view, shape, event.shiftKey ? event.deltaY : event.deltaX, event.shiftKey ? 0 : event.deltaY),
        );
    if (zoomed || moved) event.preventDefault(); // else the page may scroll
    this.#hover(x, y);
  };

  readonly #onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    this.surface?.setPointerCapture(event.pointerId);
    const [x, y] = this.#place(event);
    this.#drag = { x, y, moved: 0 };
  };

  readonly #onMove = (event: PointerEvent): void => {
    const [x, y] = this.#place(event);
    const drag = this.#drag;
    if (drag) {
      const [dx, dy] = [drag.x - x, drag.y - y];
      this.#drag = { x, y, moved: drag.moved + Math.hypot(dx, dy) };
      if (this.#drag.moved > clickSlack) this.#change((view, shape) => panBy(view, shape, dx, dy));
    }
    this.#hover(x, y);
  };

  readonly #onUp = (event: PointerEvent): void => {
    const drag = this.#drag;
    this.#drag = null;
    if (!drag || drag.moved > clickSlack || !this.map || !this.#view) return;
    const cell = cellAt(this.#view, this.#shape(this.map), ...this.#place(event));
    if (!cell) return;
    this.cursor = cell;
    this.choose?.(event.shiftKey ? cell.column : this.map.first + cell.row);
  };

  #place({ clientX, clientY }: MouseEvent): [number, number] {
    const { left = 0, top = 0 } = this.surface?.getBoundingClientRect() ?? {};
    return [clientX - left, clientY - top];
  }

  #hover(x: number, y: number): void {
    const cell = this.map && this.#view ? cellAt(this.#view, this.#shape(this.map), x, y) : null;
    const { hovered } = this;
    if (cell?.row !== hovered?.row || cell?.column !== hovered?.column) this.hovered = cell;
  }
}

/** Fonts of labels: the theme's own. */
function themeFonts(element: Element): { readonly ui: string; readonly mono: string } {
  const style = getComputedStyle(element);
  return {
    ui: `11px ${style.getPropertyValue("--vscode-font-family") || "sans-serif"}`,
    mono: `11px ${style.getPropertyValue("--vscode-editor-font-family") || "monospace"}`,
  };
}

function kindText(kind: "future" | "notComputed" | "pending"): string {
  switch (kind) {
    case "future":
      return l10n.t("comes later: not seen");
    case "notComputed":
      return l10n.t("not computed: outside the layer's pattern");
    case "pending":
      return l10n.t("still being read");
    default:
      return kind satisfies never;
  }
}
