/** Pictures as texts of SVG: elements and axes. Colours are classes of the page's style, so that they follow its theme. */
import { htmlText } from "../../../prompt/reportTexts";

/** Values of an element's attributes; numbers are rounded to a hundredth of a pixel. */
export type Attributes = Readonly<Record<string, string | number>>;

/** An element with its children, which are elements already. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const said = Object.entries(attributes).map(([key, value]) => ` ${key}="${htmlText(attributeText(value))}"`);
  return `<${name}${said.join("")}>${children.join("")}</${name}>`;
}

function attributeText(value: string | number): string {
  return typeof value === "number" ? String(Math.round(100 * value) / 100) : value;
}

/** An element that holds a text. */
export function textElement(attributes: Attributes, text: string): string {
  return element("text", attributes, htmlText(text));
}

/** What an axis that stands upright is of: along it, read from below. */
export function upright(name: string, x: number, y: number): string {
  return textElement({ class: "axis-name", transform: `translate(${x} ${y}) rotate(-90)` }, name);
}

/** A picture of so many pixels, which shrinks with the page. `label` says what is seen, for those who do not see it. */
export function picture(width: number, height: number, label: string, ...children: readonly string[]): string {
  const attributes = {
    class: "plot",
    role: "img",
    "aria-label": label,
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
  };
  return element("svg", attributes, ...children);
}

/** What is told where the pointer rests. */
export function tip(text: string): string {
  return element("title", {}, htmlText(text));
}

/** An axis: its ends, round ticks between them, and where a value stands in pixels. */
export interface Axis {
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** Where an axis lies: its ends in pixels. */
export interface Extent {
  readonly from: number;
  readonly to: number;
}

/** An axis of about `count` steps over the values, all finite. */
export function linearAxis(values: readonly number[], { from, to }: Extent, count: number): Axis {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = roundStep((high - low || Math.abs(high) || 1) / count);
  // Whole multiples of the step, so that 0.1 + 0.2 stays 0.3.
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  const span = (last - first) * step;
  return { ticks, place: (value) => from + ((value - first * step) / span) * (to - from) };
}

/** An axis of logarithms; its ticks are the values themselves, which are over 0. */
export function logAxis(values: readonly number[], { from, to }: Extent): Axis {
  const ticks = [...new Set(values)].sort((a, b) => a - b);
  const [low, high] = [Math.log(ticks[0] ?? 1), Math.log(ticks.at(-1) ?? 2)];
  const span = high - low || 1;
  return { ticks, place: (value) => from + ((Math.log(value) - low) / span) * (to - from) };
}

/** 1, 2 or 5 times a power of ten, not below `step`. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step));
  return ([1, 2, 5].find((part) => part * power >= step * (1 - 1e-9)) ?? 10) * power;
}

/** Shapes and strokes of series: what colour tells, they tell too. */
export const marks = ["circle", "square", "diamond", "triangle"] as const;

/** A mark around a point. */
export function mark(
  shape: (typeof marks)[number],
  x: number,
  y: number,
  attributes: Attributes,
  ...children: string[]
): string {
  switch (shape) {
    case "circle":
      return element("circle", { cx: x, cy: y, r: 5, ...attributes }, ...children);
    case "square":
      return element("rect", { x: x - 4.5, y: y - 4.5, width: 9, height: 9, ...attributes }, ...children);
    case "diamond":
      return element("path", { d: path([x, y - 6], [x + 6, y], [x, y + 6], [x - 6, y]), ...attributes }, ...children);
    case "triangle":
      return element("path", { d: path([x, y - 6], [x + 6, y + 5], [x - 6, y + 5]), ...attributes }, ...children);
    default:
      return shape satisfies never;
  }
}

/** A closed path. */
export function path(...points: readonly (readonly [x: number, y: number])[]): string {
  return `M${points.map(pointText).join("L")}Z`;
}

/** Points of a polyline. */
export function pointText([x, y]: readonly [x: number, y: number]): string {
  return `${attributeText(x)},${attributeText(y)}`;
}
