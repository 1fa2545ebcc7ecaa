import { html, LitElement, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { ViewContext } from "../viewContext";

/** The ablation view. */
@customElement("gptw-ablation")
export class AblationView extends LitElement {
  @property({ attribute: false }) context: ViewContext | undefined;

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  protected override render(): TemplateResult {
    return html``;
  }
}
