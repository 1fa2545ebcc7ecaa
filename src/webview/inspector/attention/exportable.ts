/** What every picture gives away. */
import type { ExportableView, ViewPicture, ViewTable } from "../viewContext";

/** The numbers behind a picture, all of them computed. */
export interface DataTable extends ViewTable {
  readonly rows: readonly (readonly (string | number)[])[];
}

/** The picture itself: a canvas as PNG, drawn shapes as SVG. */
export type Picture = Exclude<ViewPicture, { readonly drawing: unknown }>;

/** A view whose open picture can be exported. */
export interface Exportable extends ExportableView {
  currentTable(): DataTable | null;
  currentPicture(): Promise<Picture | null>;
}

/** A canvas as PNG; null where the browser gives none. */
export async function canvasPicture(canvas: HTMLCanvasElement | null): Promise<Picture | null> {
  if (!canvas) return null;
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  return blob && { png: new Uint8Array(await blob.arrayBuffer()) };
}

/** Properties whose values come from style sheets and from the theme. */
const drawn = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-opacity",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
];

/** A drawn SVG as a document of its own: what the page's style sheets say is written into it, on the theme's background. */
export function svgPicture(svg: SVGSVGElement | null): Picture | null {
  if (!svg) return null;
  const copy = svg.cloneNode(true);
  if (!(copy instanceof SVGSVGElement)) return null;
  const [from, to] = [svg.querySelectorAll("*"), copy.querySelectorAll("*")];
  for (const [index, element] of from.entries()) {
    const style = getComputedStyle(element);
    for (const name of drawn) to[index]?.setAttribute(name, style.getPropertyValue(name));
    to[index]?.removeAttribute("class");
  }
  const { width, height } = svg.getBoundingClientRect();
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
  copy.prepend(ground);
  return { svg: new XMLSerializer().serializeToString(copy) };
}
