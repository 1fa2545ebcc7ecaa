/** The details of one cell: answer, candidates, prompt; rating and note; and what can be asked of the runtime about it. */
import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { PanelAnswer } from "../../runtime/analysisPanelProtocol";
import {
  askDetail,
  askDifference,
  askReproduction,
  type CellAddress,
  type CellBrief,
  type CellDetail,
  type CellDifference,
  type CellMark,
  type Reproduction,
} from "../../runtime/comparePanelProtocol";
import type { Ask } from "../shared/asking";
import type { NumberFormats } from "../shared/format";
import { iconButton, textTemplate } from "../shared/pieces";
import { verdict } from "../shared/verdict";
import type { CompareData, RunHeader } from "./data";
import { candidateTable, cellFacts, itemFields, outputView, promptView, reproductionView } from "./detailViews";
import { differenceView } from "./diffView";
import { toggle } from "./toolbarView";

/** What the details are drawn from. */
export interface DetailsContext {
  readonly address: CellAddress;
  readonly header: RunHeader;
  readonly data: CompareData;
  readonly brief: CellBrief;
  readonly mark: CellMark;
  readonly formats: NumberFormats;
  readonly ask: Ask;
  setMark(mark: CellMark): void;
  inspect(address: CellAddress): void;
  close(): void;
}

type Asked<T> = PanelAnswer<T> | "asking" | null;

/** The pane beside the grid. */
@customElement("gptw-cell-details")
export class CellDetails extends LitElement {
  @property({ attribute: false }) context: DetailsContext | undefined;

  @state() private detail: Asked<CellDetail> = null;
  @state() private reproduction: Asked<Reproduction> = null;
  @state() private difference: Asked<CellDifference> = null;
  @state() private other: number | null = null;
  #abort = new AbortController();

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  override disconnectedCallback(): void {
    this.#abort.abort();
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues): void {
    const before: DetailsContext | undefined = changed.get("context");
    const { context } = this;
    if (!changed.has("context") || !context) return;
    const { address, brief } = context;
    const same = before && key(before.address) === key(address);
    if (same && before.brief === brief) return;
    this.#abort.abort();
    this.#abort = new AbortController();
    this.detail = this.reproduction = this.difference = null;
    if (this.other === address.variant || !same) this.other = null;
    void this.#ask(context.ask(askDetail, address, this.#abort.signal), (answer) => {
      this.detail = answer;
    });
  }

  protected override render(): TemplateResult | null {
    const { context, detail } = this;
    if (!context) return null;
    const { header, address, brief, formats } = context;
    const name = header.variants[address.variant]?.name ?? "";
    const ready = detail !== null && detail !== "asking" && detail.kind === "ready" ? detail.value : null;
    return html`<section class="cell-details" aria-label=${l10n.t("Details of the cell")} tabindex="-1" @keydown=${this.#onKeydown}>
      <div class="details-head">
        <h2>${verdict(brief.correct)} ${textTemplate(name)}<span class="details-input">${l10n.t("input {0}", formats.count(address.item + 1))}</span></h2>
        ${iconButton(l10n.t("Close details"), "m4 4 8 8m0-8-8 8", context.close, false)}
      </div>
      ${outputView(brief, ready?.cell ?? null)}
      ${markView(context)}
      ${this.#actions(context)}
      ${this.#answers(context)}
      ${asked(
        detail,
        l10n.t("Reading the cell…"),
        (value) => html`
        ${value.cell.candidates ? candidateTable(value.cell, header.variants[address.variant]?.rule ?? "", formats) : null}
        ${cellFacts(value.cell, formats)}
        ${itemFields(value.item)}
        ${promptView(value, formats)}`,
      )}
    </section>`;
  }

  #actions(context: DetailsContext): TemplateResult {
    const { address, header } = context;
    const others = header.variants
      .map(({ name }, variant) => ({ name, variant }))
      .filter(({ variant }) => variant !== address.variant);
    return html`<div class="details-actions">
      <vscode-button appearance="secondary" @click=${() => context.inspect(address)}>${l10n.t("Open in Inspector")}</vscode-button>
      <vscode-button appearance="secondary" @click=${() => this.#reproduce(context)}>${l10n.t("Reproduce This Cell")}</vscode-button>
      ${
        others.length === 0
          ? null
          : html`<label class="field"><span>${l10n.t("Diff with")}</span>
            <select class="diff-with" @change=${(event: Event) => this.#diff(context, (event.target as HTMLSelectElement).value)}>
              <option value="" ?selected=${this.other === null}>…</option>
              ${others.map(({ name, variant }) => html`<option value=${variant} ?selected=${variant === this.other}>${name}</option>`)}
            </select>
          </label>`
      }
    </div>`;
  }

  #answers({ header, address, data, brief, formats }: DetailsContext): TemplateResult {
    const name = (variant: number) => header.variants[variant]?.name ?? "";
    const { other } = this;
    const second = other === null ? undefined : data.cell(other, address.item);
    return html`<div aria-live="polite">
      ${asked(this.reproduction, l10n.t("Computing the cell again…"), (value) => reproductionView(value, formats))}
      ${
        other === null || !second
          ? null
          : asked(this.difference, l10n.t("Comparing token by token…"), (value) =>
              differenceView(value, { names: [name(address.variant), name(other)], briefs: [brief, second], formats }),
            )
      }
    </div>`;
  }

  #reproduce({ ask, address }: DetailsContext): void {
    void this.#ask(ask(askReproduction, address, this.#abort.signal), (answer) => {
      this.reproduction = answer;
    });
  }

  #diff({ ask, address }: DetailsContext, chosen: string): void {
    this.other = chosen === "" ? null : Number(chosen);
    this.difference = null;
    if (this.other === null) return;
    const { other } = this;
    void this.#ask(ask(askDifference, { ...address, other }, this.#abort.signal), (answer) => {
      if (this.other === other) this.difference = answer;
    });
  }

  async #ask<T>(answer: Promise<PanelAnswer<T>>, set: (asked: Asked<T>) => void): Promise<void> {
    const { signal } = this.#abort;
    set("asking");
    const got = await answer;
    if (!signal.aborted) set(got);
  }

  #onKeydown(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.context?.close();
  }
}

function key({ run, variant, item }: CellAddress): string {
  return `${run}/${variant}/${item}`;
}

function asked<T>(answer: Asked<T>, waiting: string, view: (value: T) => TemplateResult): TemplateResult | null {
  if (answer === null) return null;
  if (answer === "asking")
    return html`<p class="waiting"><vscode-progress-ring aria-hidden="true"></vscode-progress-ring>${waiting}</p>`;
  if (answer.kind === "ready") return view(answer.value);
  if (answer.kind === "cancelled" || answer.kind === "outdated") return null;
  const { message, hint } = answer.error;
  return html`<div class="notice error" role="alert"><p>${textTemplate(message)}</p>${hint ? html`<p class="remedy">${textTemplate(hint)}</p>` : null}</div>`;
}

function markView({ mark, setMark }: DetailsContext): TemplateResult {
  const rate = (rating: "good" | "bad") => setMark({ ...mark, rating: mark.rating === rating ? null : rating });
  return html`<div class="marking">
    <div class="toggles" role="group" aria-label=${l10n.t("Rating")}>
      ${toggle(l10n.t("Good"), l10n.t("Rate this output as good"), mark.rating === "good", () => rate("good"))}
      ${toggle(l10n.t("Bad"), l10n.t("Rate this output as bad"), mark.rating === "bad", () => rate("bad"))}
      ${toggle(l10n.t("Pin"), l10n.t("Pin this cell"), mark.pinned, () => setMark({ ...mark, pinned: !mark.pinned }))}
    </div>
    <textarea
      class="query note"
      rows="2"
      maxlength="10000"
      placeholder=${l10n.t("Note")}
      aria-label=${l10n.t("Note on this cell")}
      .value=${mark.note}
      @change=${(event: Event) => setMark({ ...mark, note: (event.target as HTMLTextAreaElement).value })}
    ></textarea>
  </div>`;
}
