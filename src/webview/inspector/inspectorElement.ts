import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Branches, InspectorState } from "../../runtime/panelProtocol";
import type { WorkProgress } from "../../runtime/protocol";
import { numberFormats } from "../shared/format";
import { tabList } from "../shared/tabs";
import { noBranches, textNumber } from "./branches/branchState";
import { exportMenu } from "./export/exportMenu";
import { tokensExport } from "./export/tokensExport";
import { type CompletionActions, completionHeader, scoresHeader } from "./headerView";
import { emptyView, failedView, loadingView } from "./messageViews";
import { emptyPanel, type PanelState, type TabId, tabIds } from "./state";
import { announcement, branchAnnouncement, firstContext } from "./texts";
import type { TokensActions, TokensView } from "./tokens/tokensView";
import { isExportable, type Scores, type ViewActions, type ViewContext, withinContext } from "./viewContext";

/** What the panel asks of the host, and of the owner of its state. */
export interface InspectorActions
  extends CompletionActions,
    ViewActions,
    Omit<TokensActions, "startBranch" | "openSalience"> {
  openTab(tab: TabId): void;
  /** Continues from the text before a token and the alternative of this id; `text` names the text. */
  startBranch(text: number, index: number, id: number): void;
}

/** The whole panel: a view of `panel`. Owns no state but what it last announced. */
@customElement("gptw-inspector")
export class InspectorElement extends LitElement {
  @property({ attribute: false }) panel: PanelState = emptyPanel;
  @property({ attribute: false }) branches: Branches = noBranches;
  @property({ attribute: false }) actions: InspectorActions | undefined;
  /** How far the question under way is. */
  @property({ attribute: false }) progress: WorkProgress | null = null;

  @state() private announced = "";
  @query("gptw-tokens") private tokens!: TokensView | null;
  readonly #formats = numberFormats(document.documentElement.lang);

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  /** Scrolls the strip to a token. */
  async scrollToToken(index: number): Promise<void> {
    await this.updateComplete;
    await this.tokens?.scrollToToken(index);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("panel");
    if (before) this.announced = announcement(before.state, this.panel.state, this.#formats) ?? this.announced;
    const branched = changed.get("branches");
    if (branched) this.announced = branchAnnouncement(branched, this.branches, this.#formats) ?? this.announced;
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
        return this.#scores(state, actions);
      case "comparison":
        return html`<gptw-comparison .context=${{ state, formats: this.#formats, actions }}></gptw-comparison>`;
      case "completion":
        return html`<main class="inspection">
          ${completionHeader(state, this.#formats, actions)}
          <div class="view tokens-view">${this.#tokens(actions)}</div>
        </main>`;
      default:
        return state satisfies never;
    }
  }

  #exportMenu(state: Scores, actions: InspectorActions): TemplateResult {
    const { tab } = this.panel;
    const open = () => (tab === "tokens" ? tokensExport(state) : this.querySelector(`gptw-${tab}`));
    const view = () => {
      const shown = open();
      return isExportable(shown) ? shown : null;
    };
    return exportMenu({ state, view, pictured: tab !== "tokens", formats: this.#formats, actions });
  }

  /** A text in one of its views. */
  #scores(state: Scores, actions: InspectorActions): TemplateResult {
    const { tab, selected } = this.panel;
    const tabs = tabIds.map((id) => ({ id, label: tabLabel(id) }));
    const header = html`<div class="head">
      ${scoresHeader(state, this.#formats, this.#exportMenu(state, actions))}
      ${tabList(tabs, tab, { label: l10n.t("Views"), choose: actions.openTab })}
    </div>`;
    const within = withinContext(state);
    const inside = selected !== null && selected < within.tokens.length ? selected : null;
    const context = { state: within, selected: inside, formats: this.#formats, actions, progress: this.progress };
    return html`<main class="inspection">
      ${header}
      <div class=${tab === "tokens" ? "view tokens-view" : "view"} role="tabpanel" id="view-${tab}" aria-labelledby="tab-${tab}">
        ${tab === "tokens" || within === state ? null : html`<p class="notice" role="note">${firstContext(state.model.nPositions, this.#formats)}</p>`}
        ${tab === "tokens" ? this.#tokens(actions) : viewElement(tab, context)}
      </div>
    </main>`;
  }

  #tokens(actions: InspectorActions): TemplateResult {
    const { state, selected, marked, options } = this.panel;
    const startBranch = (index: number, id: number) => {
      const text = textNumber(state);
      if (text !== null) actions.startBranch(text, index, id);
    };
    const openSalience = state.kind === "scores" ? () => actions.openTab("salience") : null;
    const given = { ...actions, startBranch, openSalience };
    const shown = { state, selected, marked, options, branches: this.branches, formats: this.#formats, actions: given };
    return html`<gptw-tokens .context=${shown}></gptw-tokens>`;
  }
}

function tabLabel(tab: TabId): string {
  switch (tab) {
    case "tokens":
      return l10n.t("Tokens");
    case "attention":
      return l10n.t("Attention");
    case "lens":
      return l10n.t("Logit Lens");
    case "ablation":
      return l10n.t("Ablation");
    case "salience":
      return l10n.t("Salience");
    default:
      return tab satisfies never;
  }
}

function viewElement(tab: Exclude<TabId, "tokens">, context: ViewContext): TemplateResult {
  switch (tab) {
    case "attention":
      return html`<gptw-attention .context=${context}></gptw-attention>`;
    case "lens":
      return html`<gptw-lens .context=${context}></gptw-lens>`;
    case "ablation":
      return html`<gptw-ablation .context=${context}></gptw-ablation>`;
    case "salience":
      return html`<gptw-salience .context=${context}></gptw-salience>`;
    default:
      return tab satisfies never;
  }
}
