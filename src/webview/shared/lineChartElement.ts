/** A line chart: axes, curves that differ in colour and dashes, a legend, and the values under the pointer. */
import { html, LitElement, nothing, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { type Axis, linearAxis, logAxis } from "./chartScale";
import { linePath, nearest, type PlotArea, type Series } from "./lineChart";
import { Resized } from "./resized";

/** What is drawn. */
export interface Chart {
  /** Above the chart, and said in place of it. */
  readonly title: string;
  /** Said in place of the picture: what it shows, and where its numbers are. */
  readonly label: string;
  readonly xTitle: string;
  readonly series: readonly Series[];
  /** Pixels. */
  readonly height: number;
  readonly log?: boolean;
  /** Whether the vertical axis begins at 0. */
  readonly zero?: boolean;
  /** Where the horizontal axis ends, if not with the curves: charts below one another end alike. */
  readonly to?: number;
  /** A place to be marked with a line down, the best one say. */
  readonly mark?: { readonly x: number; readonly name: string };
  xText(value: number): string;
  yText(value: number): string;
}

const right = 12;
const top = 8;
const bottom = 24;

/** The element. A legend is drawn where there are several curves. */
@customElement("gptw-line-chart")
export class LineChartElement extends LitElement {
  @property({ attribute: false }) chart: Chart | undefined;

  @state() private pointed: number | null = null;

  constructor() {
    super();
    new Resized(this, () => this.requestUpdate());
  }

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  protected override render(): TemplateResult | null {
    const { chart } = this;
    if (!chart) return null;
    const width = Math.max(200, Math.floor(this.clientWidth));
    const shown = chart.series.filter(({ y }) => y.length > 0);
    const up = chart.log ? logAxis(values(shown)) : linearAxis(values(shown), chart.height > 160 ? 5 : 3, chart.zero);
    const left = 10 + 7.2 * Math.max(...up.ticks.map((tick) => chart.yText(tick).length), 2);
    const area = { left, top, width: width - left - right, height: chart.height - top - bottom };
    const across = horizontal(shown, area.width, chart.to);
    const at = this.pointed === null ? null : readOut(shown, this.pointed);
    return html`<figure class="chart">
      <figcaption class="chart-head"><span class="chart-title">${chart.title}</span>${legend(shown, chart.mark?.name)}</figcaption>
      <svg width=${width} height=${chart.height} role="img" aria-label=${chart.label}
        @pointermove=${(event: PointerEvent) => this.#point(event, across, area)}
        @pointerleave=${() => {
          this.pointed = null;
        }}>
        ${grid(chart, across, up, area)}
        ${chart.mark ? markLine(chart.mark, across, area) : nothing}
        ${shown.map((series) => curve(series, across, up, area))}
        ${at ? pointed(at, across, up, area) : nothing}
      </svg>
      <p class="chart-read" aria-hidden="true">${at ? readText(chart, at) : ""}</p>
    </figure>`;
  }

  #point(event: PointerEvent, across: Axis, area: PlotArea): void {
    const box = event.currentTarget instanceof Element ? event.currentTarget.getBoundingClientRect() : null;
    if (!box) return;
    const part = (event.clientX - box.left - area.left) / area.width;
    this.pointed = across.from + Math.min(1, Math.max(0, part)) * (across.to - across.from);
  }
}

interface ReadOut {
  readonly x: number;
  readonly values: readonly { readonly series: Series; readonly x: number; readonly y: number }[];
}

/** The values at the place of the longest curve that is nearest to `x`. */
function readOut(all: readonly Series[], x: number): ReadOut | null {
  const series = all.filter(({ faint }) => !faint);
  const longest = series.toSorted((a, b) => b.x.length - a.x.length)[0];
  const at = longest?.x[nearest(longest.x, x)];
  if (at === undefined) return null;
  const found = series.flatMap((one) => {
    const i = nearest(one.x, at);
    const [atX, y] = [one.x[i] ?? Number.NaN, one.y[i] ?? Number.NaN];
    return Number.isFinite(y) && (one.marked || atX === at) ? [{ series: one, x: atX, y }] : [];
  });
  return { x: at, values: found };
}

function readText({ xTitle, xText, yText }: Chart, { x, values: found }: ReadOut): string {
  const words = found.map(({ series: { name }, x: own, y }) => {
    return own === x ? `${name} ${yText(y)}` : `${name} ${yText(y)} (${xText(own)})`;
  });
  return [`${xTitle} ${xText(x)}`, ...words].join(" · ");
}

function* values(all: readonly Series[]): Iterable<number> {
  for (const { y } of all) yield* y;
}

/** Whole numbers, about one for every 90 pixels, and three in a small chart. */
function horizontal(all: readonly Series[], width: number, to = 0): Axis {
  const last = Math.max(...all.map(({ x }) => x.at(-1) ?? 0), to, 1);
  const { ticks } = linearAxis([0, last], Math.max(3, Math.floor(width / 90)));
  const whole = ticks.filter((tick) => tick <= last && Number.isInteger(tick));
  return { from: 0, to: last, ticks: whole, place: (value) => value / last };
}

function grid(chart: Chart, across: Axis, up: Axis, area: PlotArea): SVGTemplateResult {
  const floor = area.top + area.height;
  return svg`<g class="chart-axes">
    ${up.ticks.map((tick) => {
      const y = area.top + (1 - up.place(tick)) * area.height;
      return svg`<line x1=${area.left} x2=${area.left + area.width} y1=${y} y2=${y} />
        <text class="y-tick" x=${area.left - 6} y=${y + 4}>${chart.yText(tick)}</text>`;
    })}
    ${across.ticks.map((tick) => {
      const x = area.left + across.place(tick) * area.width;
      return svg`<line class="tick" x1=${x} x2=${x} y1=${floor} y2=${floor + 4} />
        <text class="x-tick" x=${x} y=${floor + 17}>${chart.xText(tick)}</text>`;
    })}
  </g>`;
}

function markLine({ x, name }: NonNullable<Chart["mark"]>, across: Axis, area: PlotArea): SVGTemplateResult {
  const at = area.left + across.place(x) * area.width;
  return svg`<line class="chart-mark" x1=${at} x2=${at} y1=${area.top} y2=${area.top + area.height}><title>${name}</title></line>`;
}

function curve(series: Series, across: Axis, up: Axis, area: PlotArea): SVGTemplateResult {
  const path = linePath(series, across, up, area);
  const places = series.marked
    ? series.x.flatMap((x, i) => {
        const y = up.place(series.y[i] ?? Number.NaN);
        return Number.isFinite(y) ? [[area.left + across.place(x) * area.width, area.top + (1 - y) * area.height]] : [];
      })
    : [];
  return svg`<g class="series look-${series.look} ${series.faint ? "faint" : ""}">
    <path d=${path} />
    ${places.map(([cx, cy]) => svg`<circle cx=${cx ?? 0} cy=${cy ?? 0} r="3" />`)}
  </g>`;
}

function pointed({ x, values: found }: ReadOut, across: Axis, up: Axis, area: PlotArea): SVGTemplateResult {
  const at = area.left + across.place(x) * area.width;
  return svg`<g class="chart-pointed">
    <line x1=${at} x2=${at} y1=${area.top} y2=${area.top + area.height} />
    ${found.map(({ series, x: own, y }) => {
      const [cx, cy] = [area.left + across.place(own) * area.width, area.top + (1 - up.place(y)) * area.height];
      return Number.isFinite(cy) ? svg`<circle class="look-${series.look}" cx=${cx} cy=${cy} r="3.5" />` : nothing;
    })}
  </g>`;
}

/** The curves, and the line down. */
function legend(all: readonly Series[], mark: string | undefined): TemplateResult | typeof nothing {
  const named = all.filter(({ faint }) => !faint);
  if (named.length < 2) return nothing;
  return html`<span class="chart-legend">${named.map(
    ({
      name,
      look,
      marked,
    }) => html`<span class="legend-item"><svg width="26" height="10" aria-hidden="true" focusable="false">
      <g class="series look-${look}"><path d="M1 5H25" />${marked ? svg`<circle cx="13" cy="5" r="3" />` : nothing}</g>
    </svg>${name}</span>`,
  )}${
    mark === undefined
      ? nothing
      : html`<span class="legend-item"><svg width="5" height="14" aria-hidden="true" focusable="false">
      <line class="chart-mark" x1="2.5" x2="2.5" y1="0" y2="14" /></svg>${mark}</span>`
  }</span>`;
}
