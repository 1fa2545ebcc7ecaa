import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ComparisonPanelState } from "../../runtime/comparisonPanelProtocol";
import type { ComparisonReport } from "../../runtime/comparisonReport";
import type { WorkProgress } from "../../runtime/protocol";
import { numberFormats } from "../shared/format";
import type { ComparisonActions, ReportContext } from "./context";
import { checkedView, firstView } from "./itemsTitle";
import { emptyView, waitingReport } from "./messageViews";
import { defaultOptions, type ItemsView, type ReportOptions } from "./options";
import { planView } from "./planView";
import { reportView } from "./reportView";
import { runView } from "./runView";
import { announcement } from "./texts";

type ReportState = Extract<ComparisonPanelState, { kind: "report" }>;

/** The whole panel: a view of `shown` under `options`. */
@customElement("gptw-comparison")
export class ComparisonElement extends LitElement {
  @property({ attribute: false }) shown: ComparisonPanelState | undefined;
  @property({ attribute: false }) options: ReportOptions = defaultOptions;
  @property({ attribute: false }) actions: ComparisonActions | undefined;
  /** How far the replay under way is. */
  @property({ attribute: false }) replaying: WorkProgress | null = null;

  @state() private announced = "";
  readonly #language = document.documentElement.lang;
  readonly #formats = numberFormats(this.#language);
  /** What led to the items, to go back to. */
  @state() private origin: HTMLElement | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  protected override willUpdate(changed: PropertyValues): void {
    const { shown } = this;
    if (!changed.has("shown") || !shown) return;
    const before: ComparisonPanelState | undefined = changed.get("shown");
    this.announced = announcement(before ?? null, shown) ?? this.announced;
    if (shownOf(before) !== shownOf(shown)) this.origin = null;
  }

  protected override render(): TemplateResult | null {
    const { shown, actions } = this;
    if (!shown || !actions) return null;
    return html`${this.#state(shown, actions)}
      <div class="visually-hidden" role="status" aria-live="polite">${this.announced}</div>`;
  }

  #state(shown: ComparisonPanelState, actions: ComparisonActions): TemplateResult {
    switch (shown.kind) {
      case "empty":
        return emptyView();
      case "plan":
        return planView(shown, actions, this.#formats);
      case "run":
        return runView(shown, actions, this.#formats, this.#language);
      case "report":
        return shown.report
          ? this.#report(shown, shown.report, actions)
          : waitingReport(shown.title, shown.progress, shown.failure, actions.openLog, this.#formats);
      default:
        return shown satisfies never;
    }
  }

  #report({ shown }: ReportState, report: ComparisonReport, actions: ComparisonActions): TemplateResult {
    const { options } = this;
    const choose = (items: ItemsView) => actions.changeOptions({ ...this.options, items });
    const context: ReportContext = {
      ...{ report, shown, options, actions, formats: this.#formats, language: this.#language },
      browse: (view) => {
        this.origin = document.activeElement instanceof HTMLElement ? document.activeElement : null;
        choose(view);
        void this.#goToItems();
      },
    };
    const { origin } = this;
    const items = {
      ...{ report, shown, actions, formats: this.#formats, progress: this.replaying, choose },
      view: checkedView(options.items, report) ?? firstView(report),
      back: origin && (() => this.#goBack(origin)),
    };
    return reportView(context, html`<gptw-comparison-items .context=${items}></gptw-comparison-items>`);
  }

  async #goToItems(): Promise<void> {
    await this.updateComplete;
    this.querySelector("#items")?.scrollIntoView({ block: "start" });
    this.querySelector<HTMLElement>("#items-title")?.focus({ preventScroll: true });
  }

  #goBack(origin: HTMLElement): void {
    this.origin = null;
    if (!origin.isConnected) return;
    origin.scrollIntoView({ block: "center" });
    origin.focus({ preventScroll: true });
  }
}

function shownOf(state: ComparisonPanelState | undefined): number | null {
  return state && "shown" in state ? state.shown : null;
}
