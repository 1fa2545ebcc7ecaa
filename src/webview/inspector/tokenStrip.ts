import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { GeneratedToken, ScoredToken } from "../../runtime/protocol";
import type { NumberFormats } from "../shared/format";
import { isVertical, keyTarget, type StripGeometry } from "./stripKeys";
import { type Block, extendLayout } from "./stripLayout";
import { blockTemplate } from "./stripView";
import { placeTooltip, tooltipTemplate } from "./tooltip";

/** What the strip tells its surroundings. */
export interface StripActions {
  select(index: number): void;
  reveal(index: number): void;
  /** The user is done with the strip. */
  leave(): void;
}

/** Tokens drawn at once, and then in every frame. */
const tokensPerFrame = 1024;

/** The strip of tokens: one tab stop, arrow keys inside, a tooltip for the token under pointer or focus. Scrolls itself. */
@customElement("gptw-token-strip")
export class TokenStrip extends LitElement {
  @property({ attribute: false }) tokens: readonly (ScoredToken | GeneratedToken)[] = [];
  @property({ attribute: false }) selected: number | null = null;
  /** Tokens still arrive: the end is kept in sight if it was, until a token is chosen. */
  @property({ attribute: false }) running = false;
  @property({ attribute: false }) formats: NumberFormats | undefined;
  @property({ attribute: false }) actions: StripActions | undefined;

  @state() private tip: number | null = null;
  @state() private drawn = tokensPerFrame;

  #blocks: readonly Block[] = [];
  /** The x that Up and Down stay near; kept from one to the next. */
  #column: number | null = null;
  /** Whether the end is kept in sight while tokens arrive. */
  #following = true;
  #scrolledTo = 0;
  // Lines that come into sight get their true height only then: the end moves on.
  readonly #grown = new ResizeObserver(() => this.#follow());

  constructor() {
    super();
    this.addEventListener("scroll", () => this.#onScroll(), { passive: true });
  }

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies, and ids can be referred to
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.#hideTipOnEscape);
  }

  override disconnectedCallback(): void {
    document.removeEventListener("keydown", this.#hideTipOnEscape);
    this.#grown.disconnect();
    super.disconnectedCallback();
  }

  /** Scrolls to the token; takes no focus. */
  async scrollToToken(index: number): Promise<void> {
    (await this.#reach(index))?.scrollIntoView({ block: "nearest" });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("tokens")) return;
    const before = changed.get("tokens") ?? [];
    const grown = before.length > 0 && isPrefix(before, this.tokens);
    this.#blocks = extendLayout(grown ? this.#blocks : [], this.tokens);
    if (!grown && before[0]?.id !== this.tokens[0]?.id) this.#startOver();
  }

  protected override updated(): void {
    if (this.drawn < this.tokens.length) {
      requestAnimationFrame(() => {
        this.drawn += tokensPerFrame;
      });
    }
    const strip = this.querySelector(".strip");
    if (strip) this.#grown.observe(strip);
    this.#follow();
    this.#placeTip();
  }

  protected override render(): TemplateResult {
    return html`
      ${this.tokens.length > 0 ? this.#listbox() : null}
      ${this.#tooltip()}
    `;
  }

  #listbox(): TemplateResult {
    const { tokens, selected, formats } = this;
    const total = this.running ? null : tokens.length;
    const shown = this.#blocks.filter(({ start }) => start < this.drawn);
    return html`<div
      class="strip"
      role="listbox"
      aria-label=${l10n.t("Tokens")}
      aria-orientation="horizontal"
      aria-busy=${this.running ? "true" : "false"}
      @click=${this.#onClick}
      @dblclick=${this.#onDoubleClick}
      @keydown=${this.#onKeydown}
      @pointerover=${this.#onPointerOver}
      @pointerleave=${this.#onLeave}
      @focusin=${this.#onFocusIn}
      @focusout=${this.#onLeave}
    >
      ${
        formats &&
        repeat(
          shown,
          (block) => block.start,
          (block) => blockTemplate(block, { tokens, total, selected, formats }),
        )
      }
    </div>`;
  }

  #tooltip(): TemplateResult {
    const token = this.tip === null ? undefined : this.tokens[this.tip];
    return html`<div class="tooltip" id="token-tooltip" role="tooltip" ?hidden=${!token}>
      ${token && this.formats ? tooltipTemplate(token, this.formats) : null}
    </div>`;
  }

  #startOver(): void {
    this.drawn = tokensPerFrame;
    this.tip = null;
    this.#following = true;
    this.#scrolledTo = 0;
    this.scrollTop = 0;
  }

  #follow(): void {
    if (this.running && this.#following && this.selected === null) this.scrollTop = this.scrollHeight;
  }

  #onClick(event: Event): void {
    const index = indexOf(event);
    this.#column = null;
    if (index !== null) this.actions?.select(index);
  }

  #onDoubleClick(event: Event): void {
    const index = indexOf(event);
    if (index !== null) this.actions?.reveal(index);
  }

  #onPointerOver(event: Event): void {
    this.tip = indexOf(event);
  }

  #onFocusIn(event: FocusEvent): void {
    // A click focuses too, but there the pointer already shows the tooltip.
    if (event.target instanceof Element && event.target.matches(":focus-visible")) this.tip = indexOf(event);
  }

  #onLeave(): void {
    this.tip = null;
  }

  #onScroll(): void {
    const atEnd = this.scrollTop + this.clientHeight >= this.scrollHeight - 8;
    // Only going back is the user's doing; falling behind is the text's.
    if (atEnd || this.scrollTop < this.#scrolledTo) this.#following = atEnd;
    this.#scrolledTo = this.scrollTop;
    this.#placeTip();
  }

  #onKeydown(event: KeyboardEvent): void {
    const from = indexOf(event);
    if (from === null || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.key === "Enter") this.actions?.reveal(from);
    else if (event.key === " ") this.actions?.select(from);
    else if (event.key === "Escape") this.actions?.leave();
    else if (!this.#moveFocus(event, from)) return;
    event.preventDefault();
  }

  #moveFocus(event: KeyboardEvent, from: number): boolean {
    const geometry = this.#geometry();
    const { left, right } = geometry.boxOf(from);
    const column = isVertical(event.key) && this.#column !== null ? this.#column : (left + right) / 2;
    const target = keyTarget(event, from, column, geometry);
    if (target === null) return false;
    this.#column = isVertical(event.key) ? column : null;
    void this.#focusToken(target);
    return true;
  }

  async #focusToken(index: number): Promise<void> {
    const element = await this.#reach(index);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest" });
    this.actions?.select(index);
  }

  /** The token's element, drawn now if it was not yet. */
  async #reach(index: number): Promise<HTMLElement | null> {
    if (index >= this.drawn) this.drawn = index + 1;
    await this.updateComplete;
    return this.#elementOf(index);
  }

  #elementOf(index: number): HTMLElement | null {
    return this.querySelector<HTMLElement>(`[data-index="${index}"]`);
  }

  #geometry(): StripGeometry {
    const count = Math.min(this.tokens.length, this.drawn);
    const elements = this.getElementsByClassName("token");
    return {
      count: Math.min(count, elements.length),
      boxOf: (index) => elements[index]?.getClientRects()[0] ?? new DOMRect(),
      pageHeight: Math.min(this.clientHeight, window.innerHeight) * 0.9,
    };
  }

  #placeTip(): void {
    const tooltip = this.querySelector<HTMLElement>(".tooltip");
    const anchor = this.tip === null ? null : this.#elementOf(this.tip);
    this.querySelector("[aria-describedby]")?.removeAttribute("aria-describedby");
    if (!tooltip || !anchor) return;
    anchor.setAttribute("aria-describedby", tooltip.id);
    placeTooltip(tooltip, anchor.getBoundingClientRect());
  }

  readonly #hideTipOnEscape = (event: KeyboardEvent): void => {
    if (event.key === "Escape") this.tip = null;
  };
}

function indexOf(event: Event): number | null {
  const token = event.target instanceof Element ? event.target.closest<HTMLElement>(".token") : null;
  return token ? Number(token.dataset.index) : null;
}

function isPrefix(before: readonly unknown[], after: readonly unknown[]): boolean {
  const last = before.length - 1;
  return before.length <= after.length && before[0] === after[0] && before[last] === after[last];
}
