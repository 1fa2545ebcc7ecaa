import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { NumberFormats } from "../../shared/format";
import { differenceLegend, scaleLegend } from "../../shared/scaleLegend";
import { exportMenu } from "../export/exportMenu";
import { isVertical, keyTarget } from "../stripKeys";
import type { ExportableView, ViewActions, ViewPicture, ViewTable } from "../viewContext";
import { comparisonDrawing, comparisonTable } from "./comparisonExport";
import { comparisonHeader, headsSection, largestTable, unitDetails } from "./comparisonSections";
import {
  type Comparison,
  differs,
  largest,
  linesOf,
  sideNames,
  sumsOf,
  type Unit,
  type UnitLine,
  unitsOf,
} from "./units";
import { interleaved, sideBySide, type UnitContent } from "./unitViews";

/** What the view is drawn from. */
export interface ComparisonContext {
  readonly state: Comparison;
  readonly formats: NumberFormats;
  readonly actions: Pick<ViewActions, "exportFile" | "copyText">;
}

type Layout = "interleaved" | "sideBySide";

/** Two texts, or one under two models, and what differs. */
@customElement("gptw-comparison")
export class ComparisonView extends LitElement implements ExportableView {
  @property({ attribute: false }) context: ComparisonContext | undefined;

  @state() private layout: Layout = "interleaved";
  @state() private onlyDifferences = false;
  @state() private selected: number | null = null;

  #units: readonly Unit[] = [];
  #shown: readonly Unit[] = [];
  #lines: readonly UnitLine[] = [];
  #largest: readonly Unit[] = [];
  /** The x that Up and Down stay near. */
  #column: number | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  /** Every token. */
  currentTable(): ViewTable | null {
    return this.context ? comparisonTable(this.context.state, this.#units) : null;
  }

  /** Both texts as far as they are shown. */
  async currentPicture(): Promise<ViewPicture | null> {
    if (!this.context) return null;
    return { drawing: comparisonDrawing(this.context.state, this.#shown) };
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { context } = this;
    if (!context) return;
    const isNew = changed.has("context") && changed.get("context")?.state !== context.state;
    if (isNew) {
      this.#units = unitsOf(context.state);
      this.#largest = largest(this.#units, this.#units.length);
      this.selected = null;
    }
    // `onlyDifferences` is private, so that its name is no key of the element's public type.
    const toggled = (changed as Map<PropertyKey, unknown>).has("onlyDifferences");
    if (!isNew && !toggled) return;
    this.#shown = this.onlyDifferences ? this.#units.filter(differs) : this.#units;
    this.#lines = linesOf(context.state, this.#shown);
  }

  protected override render(): TemplateResult | null {
    const { context } = this;
    if (!context) return null;
    const { state: compared, formats, actions } = context;
    const menu = exportMenu({ state: compared, view: () => this, pictured: false, formats, actions });
    return html`<main class="comparison">
      ${comparisonHeader(compared, this.#units, formats, menu)}
      ${this.#toolbar(formats)}
      <div class="comparison-texts">
        <div class="comparison-scroll" @click=${this.#onClick} @keydown=${this.#onKeydown}>${this.#texts(context)}</div>
        ${unitDetails(compared, this.selected === null ? undefined : this.#units[this.selected], formats)}
      </div>
      ${this.#sumLine(formats)}
      ${largestTable(compared, this.#largest, formats, (unit) => this.#show(unit))}
      ${headsSection(compared, formats)}
    </main>`;
  }

  #toolbar(formats: NumberFormats): TemplateResult {
    const setLayout = (event: Event) => {
      this.layout = (event.target as HTMLSelectElement).value === "sideBySide" ? "sideBySide" : "interleaved";
    };
    const setOnly = (event: Event) => {
      this.onlyDifferences = (event.target as HTMLInputElement).checked;
    };
    return html`<div class="toolbar">
      <label class="field"><span>${l10n.t("Layout")}</span>
        <select class="layout" @change=${setLayout}>
          <option value="interleaved" ?selected=${this.layout === "interleaved"}>${l10n.t("One text")}</option>
          <option value="sideBySide" ?selected=${this.layout === "sideBySide"}>${l10n.t("Side by side")}</option>
        </select>
      </label>
      <label class="field only"><input type="checkbox" .checked=${this.onlyDifferences} @change=${setOnly} /> ${l10n.t("Only differences")}</label>
      ${scaleLegend(differenceLegend([l10n.t("fewer bits in B"), l10n.t("more")], formats))}
    </div>`;
  }

  #texts({ state: compared, formats }: ComparisonContext): TemplateResult {
    if (this.#shown.length === 0) return html`<p class="hint section">${l10n.t("There is no difference.")}</p>`;
    const { selected } = this;
    const active = this.#shown.some(({ index }) => index === selected) ? selected : this.#shown[0]?.index;
    const content: UnitContent = { state: compared, lines: this.#lines, active: active ?? 0, selected, formats };
    return this.layout === "interleaved" ? interleaved(content) : sideBySide(content, sideNames(compared));
  }

  /** What is shown adds up to the difference of the totals, or to how much of it. */
  #sumLine(formats: NumberFormats): TemplateResult {
    const shown = sumsOf(this.#shown).difference;
    const all = sumsOf(this.#units).difference;
    const count = formats.count(this.#shown.length);
    const text =
      this.#shown.length === this.#units.length
        ? l10n.t(
            "The {0} differences shown add up to {1} bits: the difference of the totals.",
            count,
            formats.signed(shown),
          )
        : l10n.t(
            "The {0} differences shown add up to {1} of {2} bits; the others, {3} bits together, are hidden.",
            ...[count, formats.signed(shown), formats.signed(all), formats.signed(all - shown)],
          );
    return html`<p class="hint sum-line" role="status">${text}</p>`;
  }

  /** Chooses a unit of a list, and scrolls to it; one that was hidden is shown again. */
  async #show(unit: Unit): Promise<void> {
    if (!this.#shown.includes(unit)) this.onlyDifferences = false;
    this.selected = unit.index;
    await this.updateComplete;
    const element = this.querySelector<HTMLElement>(`[data-unit="${unit.index}"]`);
    element?.scrollIntoView({ block: "center" });
    element?.focus({ preventScroll: true });
  }

  #onClick(event: Event): void {
    const element = unitElement(event);
    this.#column = null;
    if (element) this.selected = Number(element.dataset.unit);
  }

  #onKeydown(event: KeyboardEvent): void {
    const element = unitElement(event);
    if (!element || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.key === " " || event.key === "Enter") this.selected = Number(element.dataset.unit);
    else if (event.key === "Escape") this.querySelector<HTMLElement>("#details")?.focus();
    else if (!this.#move(event, element)) return;
    event.preventDefault();
  }

  #move(event: KeyboardEvent, element: HTMLElement): boolean {
    const list = element.closest('[role="listbox"]');
    const elements = Array.from(list?.querySelectorAll<HTMLElement>(".unit") ?? []);
    const geometry = {
      count: elements.length,
      boxOf: (index: number) => elements[index]?.getClientRects()[0] ?? new DOMRect(),
      pageHeight: 300,
    };
    const from = elements.indexOf(element);
    const { left, right } = geometry.boxOf(from);
    const column = isVertical(event.key) && this.#column !== null ? this.#column : (left + right) / 2;
    const target = keyTarget(event, from, column, geometry);
    const to = target === null ? undefined : elements[target];
    if (!to) return false;
    this.#column = isVertical(event.key) ? column : null;
    to.focus({ preventScroll: true });
    to.scrollIntoView({ block: "nearest" });
    this.selected = Number(to.dataset.unit);
    return true;
  }
}

function unitElement(event: Event): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>(".unit") : null;
}
