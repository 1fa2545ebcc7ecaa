/** A picture by Observable Plot: drawn anew when its data or its width changes. Colours are the page's custom properties, so it follows the theme. */
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { Resized } from "../shared/resized";

/** What is drawn. */
export interface Picture {
  /** Said in place of the picture: what it shows, and where its numbers are. */
  readonly label: string;
  /** Of all that the picture hangs on but its width: it is drawn again when this is another one. */
  readonly key: string;
  /** Pixels; as wide as there is room when absent. */
  readonly mostWidth?: number;
  /** Draws it so many pixels wide. */
  draw(width: number): Element;
}

/** The element. */
@customElement("gptw-plot")
export class PlotElement extends LitElement {
  @property({ attribute: false }) picture: Picture | undefined;

  @query(".plot-place") private place!: HTMLElement | null;
  #drawn = "";

  constructor() {
    super();
    new Resized(this, () => this.requestUpdate());
  }

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  protected override render(): TemplateResult | null {
    return this.picture ? html`<div class="plot-place"></div>` : null;
  }

  protected override updated(_changed: PropertyValues): void {
    const { picture, place } = this;
    if (!picture || !place) return;
    const width = Math.max(220, Math.min(Math.floor(this.clientWidth), picture.mostWidth ?? 4000));
    const key = `${width} ${picture.key}`;
    if (key === this.#drawn) return;
    this.#drawn = key;
    const drawn = picture.draw(width);
    // The page's policy allows no style element, and our style sheet has what stands in Plot's.
    for (const style of drawn.querySelectorAll("style")) style.remove();
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", picture.label);
    place.replaceChildren(drawn);
  }
}
