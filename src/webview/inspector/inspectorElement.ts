import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { InspectorState } from "../../runtime/panelProtocol";
import { numberFormats } from "../shared/format";
import { detailsView } from "./detailsView";
import { type CompletionActions, completionHeader, scoresHeader } from "./headerView";
import { legendView } from "./legendView";
import { emptyView, failedView, loadingView } from "./messageViews";
import { emptyPanel, type PanelState, tokensOf } from "./state";
import { announcement } from "./texts";
import type { TokenStrip } from "./tokenStrip";

/** What the panel asks of the host, and of the owner of its state. */
export interface InspectorActions extends CompletionActions {
  select(index: number): void;
  reveal(index: number): void;
}

/** The whole panel: a view of `panel`. Owns no state but what it last announced. */
@customElement("gptw-inspector")
export class InspectorElement extends LitElement {
  @property({ attribute: false }) panel: PanelState = emptyPanel;
  @property({ attribute: false }) actions: InspectorActions | undefined;

  @state() private announced = "";
  @query("gptw-token-strip") private strip!: TokenStrip | null;
  readonly #formats = numberFormats(document.documentElement.lang);

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  /** Scrolls the strip to a token. */
  async scrollToToken(index: number): Promise<void> {
    await this.updateComplete;
    await this.strip?.scrollToToken(index);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("panel");
    if (before) this.announced = announcement(before.state, this.panel.state, this.#formats) ?? this.announced;
  }

  protected override render(): TemplateResult {
    return html`${this.#view(this.panel.state)}
      <div class="visually-hidden" role="status" aria-live="polite">${this.announced}</div>`;
  }

  #view(state: InspectorState): TemplateResult | null {
    const { actions } = this;
    if (!actions) return null;
    switch (state.kind) {
      case "empty":
        return emptyView();
      case "loading":
        return loadingView(state, this.#formats);
      case "failed":
        return failedView(state.title, state.error, actions.openLog);
      case "scores":
        return this.#inspection(scoresHeader(state, this.#formats), actions, false);
      case "completion":
        return this.#inspection(
          completionHeader(state, this.#formats, actions),
          actions,
          state.status.kind === "running",
        );
      default:
        return state satisfies never;
    }
  }

  #inspection(header: TemplateResult, actions: InspectorActions, running: boolean): TemplateResult {
    const { state, selected } = this.panel;
    const tokens = tokensOf(state);
    const index = selected ?? 0;
    const token = selected === null ? undefined : tokens[selected];
    return html`<main class="inspection">
      ${header}
      <div class="reading">
        ${legendView(this.#formats)}
        <gptw-token-strip
          .tokens=${tokens}
          .selected=${selected}
          .running=${running}
          .formats=${this.#formats}
          .actions=${{ select: actions.select, reveal: actions.reveal, leave: () => this.#focusDetails() }}
        ></gptw-token-strip>
      </div>
      ${detailsView({ token, index, total: tokens.length, formats: this.#formats, reveal: () => actions.reveal(index) })}
    </main>`;
  }

  #focusDetails(): void {
    this.querySelector<HTMLElement>("#details")?.focus();
  }
}
