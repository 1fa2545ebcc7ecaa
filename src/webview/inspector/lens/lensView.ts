import { html, LitElement, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ViewContext } from "../viewContext";

/** The lens view. */
@customElement("gptw-lens")
export class LensView extends LitElement {
  @property({ attribute: false }) context: ViewContext | undefined;

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  protected override render(): TemplateResult {
    return html``;
  }
}
