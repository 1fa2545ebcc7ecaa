import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { ExportedFile } from "../../../runtime/analysisPanelProtocol";
import type { NumberFormats } from "../../shared/format";
import { painterOf } from "../../shared/scales";
import { currentPaints } from "../../shared/theme";
import type { Comparison } from "../comparison/units";
import type { ExportableView, Scores, ViewActions } from "../viewContext";
import { exportedFile } from "./exportFiles";

/** What the menu exports. */
export interface ExportSource {
  readonly state: Scores | Comparison;
  /** The open view; null when it gives nothing away. */
  view(): ExportableView | null;
  /** Whether the view's picture is another than the coloured text. */
  readonly pictured: boolean;
  readonly formats: NumberFormats;
  readonly actions: Pick<ViewActions, "exportFile" | "copyText">;
}

/** The menu of the panel's head. */
export function exportMenu(source: ExportSource): TemplateResult {
  return html`<gptw-export-menu .source=${source}></gptw-export-menu>`;
}

type Item = ExportedFile["format"];

const items: readonly Item[] = ["png", "svg", "json", "csv", "html", "md"];

/** A button with a menu: one tab stop, arrow keys inside, Escape closes. */
@customElement("gptw-export-menu")
export class ExportMenu extends LitElement {
  @property({ attribute: false }) source: ExportSource | undefined;

  @state() private open = false;
  @state() private announced = "";

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("pointerdown", this.#closeOutside);
  }

  override disconnectedCallback(): void {
    document.removeEventListener("pointerdown", this.#closeOutside);
    super.disconnectedCallback();
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has("open") && this.open) this.#buttons()[0]?.focus();
  }

  protected override render(): TemplateResult {
    return html`<div class="export" @keydown=${this.#onKeydown} @focusout=${this.#onFocusOut}>
      <button
        type="button"
        class="export-button"
        aria-haspopup="menu"
        aria-expanded=${this.open ? "true" : "false"}
        @click=${() => {
          this.open = !this.open;
        }}
      >${l10n.t("Export")}<span class="chevron" aria-hidden="true"></span></button>
      ${
        this.open
          ? html`<div class="export-items" role="menu" aria-label=${l10n.t("Export")}>
              ${items.map(
                (item) =>
                  html`<button type="button" role="menuitem" tabindex="-1" data-format=${item} @click=${() => this.#export(item)}>${itemLabel(item)}</button>`,
              )}
            </div>`
          : null
      }
      <span class="visually-hidden" role="status" aria-live="polite">${this.announced}</span>
    </div>`;
  }

  async #export(format: Item): Promise<void> {
    this.#close();
    const { source } = this;
    const view = source?.view();
    const file = source && view ? await this.#file(format, source, view) : null;
    if (!source || !file) {
      this.announced ||= l10n.t("There is nothing to export in this view.");
    } else if (file.format === "md") {
      source.actions.copyText(String(file.content));
      this.announced = l10n.t("Copied.");
    } else {
      source.actions.exportFile(file);
    }
  }

  /** Null when there is nothing to export, or it failed, which is announced. */
  async #file(format: Item, { state: shown, pictured, formats }: ExportSource, view: ExportableView) {
    this.announced = "";
    const paint = painterOf(currentPaints(document));
    const language = document.documentElement.lang;
    try {
      return await exportedFile(format, { state: shown, view, pictured, formats, paint, language, now: new Date() });
    } catch (error) {
      this.announced = l10n.t("The export failed: {0}", error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  #close(): void {
    const focused = this.querySelector(".export-items")?.contains(document.activeElement);
    this.open = false;
    if (focused) this.querySelector<HTMLElement>(".export-button")?.focus();
  }

  #onKeydown(event: KeyboardEvent): void {
    if (!this.open) {
      if (event.key !== "ArrowDown") return;
      this.open = true;
    } else if (event.key === "Escape") this.#close();
    else if (!this.#move(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #move(key: string): boolean {
    const buttons = this.#buttons();
    const from = buttons.findIndex((button) => button.matches(":focus"));
    const count = buttons.length;
    const steps: Readonly<Record<string, number>> = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: count - 1 };
    const to = steps[key];
    if (to === undefined) return false;
    buttons[(to + count) % count]?.focus();
    return true;
  }

  #buttons(): readonly HTMLElement[] {
    return Array.from(this.querySelectorAll<HTMLElement>('[role="menuitem"]'));
  }

  #onFocusOut(event: FocusEvent): void {
    const to = event.relatedTarget;
    if (this.open && to instanceof Node && !this.contains(to)) this.open = false;
  }

  readonly #closeOutside = (event: Event): void => {
    if (this.open && event.target instanceof Node && !this.contains(event.target)) this.open = false;
  };
}

function itemLabel(item: Item): string {
  switch (item) {
    case "png":
      return l10n.t("PNG Image…");
    case "svg":
      return l10n.t("SVG Image…");
    case "json":
      return l10n.t("Numbers as JSON…");
    case "csv":
      return l10n.t("Numbers as CSV…");
    case "html":
      return l10n.t("HTML Report…");
    case "md":
      return l10n.t("Copy as Markdown");
    default:
      return item satisfies never;
  }
}
