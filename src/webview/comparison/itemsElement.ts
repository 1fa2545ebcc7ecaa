/** Items of test, page by page: where two arms differ, or what is behind a number. */
import * as l10n from "@vscode/l10n";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { PanelAnswer } from "../../runtime/analysisPanelProtocol";
import { askItems, askReplay } from "../../runtime/comparisonPanelProtocol";
import type { ComparisonItems } from "../../runtime/comparisonProtocol";
import type { WorkProgress } from "../../runtime/protocol";
import { textTemplate } from "../shared/pieces";
import type { ReportContext } from "./context";
import { itemsTitle } from "./itemsTitle";
import { type AnswerAddress, itemView, keyOf, type Replaying } from "./itemViews";
import { button, errorNotice, progressView } from "./messageViews";
import { armsOf, filterOf, type ItemsView } from "./options";

/** Items of a page. */
export const pageItems = 40;

/** What the list is drawn from. */
export interface ItemsContext extends Pick<ReportContext, "report" | "shown" | "actions" | "formats"> {
  readonly view: ItemsView;
  readonly progress: WorkProgress | null;
  choose(view: ItemsView): void;
  /** Leads to where the page was before; null where it was not led here. */
  readonly back: (() => void) | null;
}

/** The element. */
@customElement("gptw-comparison-items")
export class ComparisonItemsElement extends LitElement {
  @property({ attribute: false }) context: ItemsContext | undefined;

  @state() private answer: PanelAnswer<ComparisonItems> | "asking" = "asking";
  @state() private from = 0;
  @state() private replays: ReadonlyMap<string, Replaying> = new Map();
  @state() private unfolded: ReadonlySet<number> = new Set();
  #abort = new AbortController();
  #replayAbort = new AbortController();
  #asked = "";

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  override disconnectedCallback(): void {
    this.#abort.abort();
    this.#replayAbort.abort();
    this.#asked = "";
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues): void {
    const { context } = this;
    const before: ItemsContext | undefined = changed.get("context");
    if (!context) return;
    const key = (of: ItemsContext) => JSON.stringify([of.shown, of.view]);
    if (before && key(before) !== key(context)) {
      this.from = 0;
      this.unfolded = new Set();
    }
    if (before && before.shown !== context.shown) {
      this.#replayAbort.abort();
      this.replays = new Map();
    }
    const asked = `${key(context)} ${this.from}`;
    if (asked === this.#asked) return;
    this.#asked = asked;
    void this.#ask(context, this.from);
  }

  protected override render(): TemplateResult | null {
    const { context } = this;
    if (!context) return null;
    const { report, view, back } = context;
    return html`<div class="items-tools">
        ${kindField(context)}${armFields(context)}
        ${back ? button(l10n.t("Back to the Number"), back) : nothing}
      </div>
      <p class="items-title" id="items-title" tabindex="-1"><strong>${textTemplate(itemsTitle(view, report))}</strong>${this.#range()}</p>
      ${this.#body(context)}`;
  }

  #range(): TemplateResult | typeof nothing {
    const { answer, from } = this;
    if (answer === "asking" || answer.kind !== "ready") return nothing;
    const { items, total } = answer.value;
    if (total === 0) return nothing;
    return html` <span class="hint">${l10n.t("{0} to {1} of {2}", from + 1, from + items.length, total)}</span>`;
  }

  #body(context: ItemsContext): TemplateResult {
    const { answer } = this;
    if (answer === "asking") return progressView(null, l10n.t("Reading the items…"), context.formats);
    switch (answer.kind) {
      case "ready":
        return this.#list(answer.value, context);
      case "failed":
        return html`${errorNotice(answer.error, context.actions.openLog)}
          ${button(l10n.t("Try Again"), () => this.#again())}`;
      case "cancelled":
      case "outdated":
        return html`<p class="hint">${l10n.t("The items were not read.")}</p>${button(l10n.t("Try Again"), () => this.#again())}`;
      default:
        return answer satisfies never;
    }
  }

  #list({ items, total }: ComparisonItems, context: ItemsContext): TemplateResult {
    const { report, view, formats, actions, shown, progress } = context;
    if (items.length === 0) return html`<p>${l10n.t("There are no such items.")}</p>`;
    const arms = armsOf(view, report.slices);
    const own = {
      ...{ report, formats, arms, progress, replays: this.replays, unfolded: this.unfolded },
      unfold: (item: number, isOpen: boolean) => {
        if (this.unfolded.has(item) === isOpen) return;
        this.unfolded = new Set(isOpen ? [...this.unfolded, item] : [...this.unfolded].filter((one) => one !== item));
      },
      replay: (address: AnswerAddress) => void this.#replay(context, address),
      cancelReplay: () => this.#replayAbort.abort(),
      openData: (file: string, line: number) => actions.openData(shown, file, line),
      openLog: actions.openLog,
    };
    return html`<div class="items">${items.map((item) => itemView(item, own))}</div>${this.#pager(total)}`;
  }

  #pager(total: number): TemplateResult | typeof nothing {
    const { from } = this;
    if (total <= pageItems) return nothing;
    const go = (to: number) => {
      this.from = to;
      this.querySelector<HTMLElement>(".items-title")?.focus();
      this.scrollIntoView({ block: "start" });
    };
    return html`<nav class="pager" aria-label=${l10n.t("Pages of items")}>
      ${button(l10n.t("Previous"), () => go(Math.max(0, from - pageItems)), { disabled: from === 0 })}
      <span>${l10n.t("Page {0} of {1}", Math.floor(from / pageItems) + 1, Math.ceil(total / pageItems))}</span>
      ${button(l10n.t("Next"), () => go(from + pageItems), { disabled: from + pageItems >= total })}
    </nav>`;
  }

  #again(): void {
    this.#asked = "";
    this.requestUpdate();
  }

  async #ask({ actions, shown, view, report }: ItemsContext, from: number): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.answer = "asking";
    const question = { shown, ...filterOf(view, report.slices), from, count: pageItems };
    const answer = await actions.ask(askItems, question, signal);
    if (!signal.aborted) this.answer = answer;
  }

  /** One at a time: another one takes the place of the one under way. */
  async #replay({ actions, shown, report }: ItemsContext, address: AnswerAddress): Promise<void> {
    const arm = report.arms[address.arm]?.arm;
    if (arm === null || arm === undefined) return;
    this.#replayAbort.abort();
    this.#replayAbort = new AbortController();
    const { signal } = this.#replayAbort;
    this.#setReplay(address, "asking");
    const { seed, item } = address;
    this.#setReplay(address, await actions.ask(askReplay, { shown, arm, seed, item }, signal));
  }

  #setReplay(address: AnswerAddress, replay: Replaying): void {
    this.replays = new Map(this.replays).set(keyOf(address), replay);
  }
}

/** Which items, where it is a kind that can be chosen. */
function kindField({ view, report, choose }: ItemsContext): TemplateResult {
  const [first = 0, second = first === 0 && report.arms.length > 1 ? 1 : 0] = armsOf(view, report.slices);
  const kinds: readonly { readonly id: string; readonly name: string; readonly view: ItemsView }[] = [
    {
      id: "differ",
      name: l10n.t("One arm right, the other wrong"),
      view: { kind: "differ", right: first, wrong: second },
    },
    { id: "wrong", name: l10n.t("Wrong for one arm"), view: { kind: "wrong", arm: first } },
    { id: "all", name: l10n.t("All"), view: { kind: "all", arm: first } },
  ];
  const isOther = !kinds.some(({ id }) => id === view.kind);
  const change = ({ target }: Event) => {
    const chosen = kinds.find(({ id }) => target instanceof HTMLSelectElement && id === target.value);
    if (chosen) choose(chosen.view);
  };
  return html`<label class="items-field"><span>${l10n.t("Items")}</span>
    <select id="items-kind" @change=${change}>
      ${isOther ? html`<option value="other" selected>${l10n.t("Behind the number")}</option>` : nothing}
      ${kinds.map(({ id, name }) => html`<option value=${id} ?selected=${id === view.kind}>${name}</option>`)}
    </select></label>`;
}

function armFields({ view, report, choose }: ItemsContext): TemplateResult | typeof nothing {
  const field = (
    id: string,
    name: string,
    value: number,
    take: (arm: number) => ItemsView,
  ) => html`<label class="items-field"><span>${name}</span>
    <select id=${id} @change=${({ target }: Event) => {
      if (target instanceof HTMLSelectElement) choose(take(Number(target.value)));
    }}>
      ${report.arms.map((arm, place) => html`<option value=${place} ?selected=${place === value}>${textTemplate(arm.name)}</option>`)}
    </select></label>`;
  switch (view.kind) {
    case "differ":
      return html`${field("items-right", l10n.t("Right"), view.right, (right) => ({ ...view, right }))}
        ${field("items-wrong", l10n.t("Wrong"), view.wrong, (wrong) => ({ ...view, wrong }))}
        ${button(l10n.t("Swap"), () => choose({ ...view, right: view.wrong, wrong: view.right }))}`;
    case "wrong":
    case "all":
      return field("items-arm", l10n.t("Arm"), view.arm, (arm) => ({ ...view, arm }));
    default:
      return nothing;
  }
}
