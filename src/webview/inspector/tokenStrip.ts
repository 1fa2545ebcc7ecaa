import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { TokenRange } from "../../runtime/panelProtocol";
import type { GeneratedToken, ScoredToken } from "../../runtime/protocol";
import type { NumberFormats } from "../shared/format";
import { Resized } from "../shared/resized";
import { isVertical, keyTarget, type StripGeometry } from "./stripKeys";
import { type Block, blocksAt, boxOf, layoutRows, type StripLayout } from "./stripLayout";
import { defaultStripOptions, type StripOptions } from "./stripOptions";
import { rulerTemplate, StripRuler } from "./stripRuler";
import { blockTemplate } from "./stripView";
import { placeTooltip, tooltipTemplate } from "./tooltip";

/** What the strip tells its surroundings. */
export interface StripActions {
  select(index: number): void;
  reveal(index: number): void;
  /** The user is done with the strip. */
  leave(): void;
}

const noRows: StripLayout = { rows: [], height: 0, widths: [] };

/**
 * The strip of tokens: one tab stop, arrow keys inside, a tooltip for the token under pointer or focus. Scrolls itself. Only the rows
 * in sight, those around them, and those of the chosen and the focused token are in the page.
 */
@customElement("gptw-token-strip")
export class TokenStrip extends LitElement {
  @property({ attribute: false }) tokens: readonly (ScoredToken | GeneratedToken)[] = [];
  @property({ attribute: false }) selected: number | null = null;
  /** What the host marked. */
  @property({ attribute: false }) marked: TokenRange | null = null;
  /** What was found, and which of it is the current one. */
  @property({ attribute: false }) found: readonly TokenRange[] = [];
  @property({ attribute: false }) current: TokenRange | null = null;
  /** Tokens still arrive: the end is kept in sight if it was, until a token is chosen. */
  @property({ attribute: false }) running = false;
  @property({ attribute: false }) options: StripOptions = defaultStripOptions;
  @property({ attribute: false }) formats: NumberFormats | undefined;
  @property({ attribute: false }) actions: StripActions | undefined;

  @state() private tip: number | null = null;
  @state() private blocks: readonly Block[] = [];

  #layout = noRows;
  #ruler: StripRuler | undefined;
  #widths: number[] = [];
  /** What `#layout` was made for, and whether that are not all tokens of now. */
  #width = 0;
  #stale = true;
  /** Rises when rows of the same tokens change. */
  #version = 0;
  #focused: number | null = null;
  /** A token that is about to be scrolled to. */
  #reached: number | null = null;
  /** The x that Up and Down stay near; kept from one to the next. */
  #column: number | null = null;
  /** Whether the end is kept in sight while tokens arrive. */
  #following = true;
  #scrolledTo = 0;
  readonly #themed = new MutationObserver(() => this.#arrange());

  constructor() {
    super();
    new Resized(this, () => this.#arrange());
    this.addEventListener("scroll", () => this.#onScroll(), { passive: true });
  }

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies, and ids can be referred to
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.#hideTipOnEscape);
    // The page scrolls where the window is low.
    document.addEventListener("scroll", this.#onPageScroll, { passive: true, capture: true });
    for (const element of [document.documentElement, document.body])
      this.#themed.observe(element, { attributes: true, attributeFilter: ["style", "class"] });
  }

  override disconnectedCallback(): void {
    document.removeEventListener("keydown", this.#hideTipOnEscape);
    document.removeEventListener("scroll", this.#onPageScroll, { capture: true });
    this.#themed.disconnect();
    super.disconnectedCallback();
  }

  /** Scrolls to the token; takes no focus. */
  async scrollToToken(index: number): Promise<void> {
    (await this.#reach(index))?.scrollIntoView({ block: "nearest" });
  }

  /** Chooses a token and gives it the focus. */
  async focusToken(index: number): Promise<void> {
    const element = await this.#reach(index);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest" });
    this.actions?.select(index);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("tokens")) return;
    const before = changed.get("tokens") ?? [];
    this.#stale = true;
    if (before.length > 0 && isPrefix(before, this.tokens)) {
      this.#arrange();
      return;
    }
    this.#widths = [];
    this.#layout = noRows;
    this.blocks = [];
    if (before[0]?.id !== this.tokens[0]?.id) this.#startOver();
  }

  protected override firstUpdated(): void {
    if (this.selected !== null) void this.scrollToToken(this.selected);
  }

  protected override updated(): void {
    this.#arrange();
    this.#place();
    this.#follow();
    this.#placeTip();
  }

  protected override render(): TemplateResult {
    return html`
      ${this.tokens.length > 0 ? this.#listbox() : null}
      ${rulerTemplate(this.options)}
      ${this.#tooltip()}
    `;
  }

  #listbox(): TemplateResult {
    const { tokens, selected, marked, found, current, options, formats } = this;
    const total = this.running ? null : tokens.length;
    const version = this.#version;
    return html`<div
      class=${options.boundaries ? "strip boundaries" : "strip"}
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
      @focusout=${this.#onFocusOut}
    >
      ${
        formats &&
        repeat(
          this.blocks,
          ({ id }) => id,
          (block) =>
            blockTemplate(block, { tokens, total, selected, marked, found, current, options, formats, version }),
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
    this.tip = null;
    this.#focused = null;
    this.#following = true;
    this.#scrolledTo = 0;
    this.scrollTop = 0;
  }

  /** Lays the tokens out if something changed that matters to it, and draws the blocks that are in sight. */
  #arrange(): void {
    if (!this.isConnected || this.tokens.length === 0) return;
    const style = getComputedStyle(this);
    const width = this.clientWidth - Number.parseFloat(style.paddingLeft) - Number.parseFloat(style.paddingRight);
    const { ids, bytes } = this.options;
    const look = [style.fontSize, style.fontFamily, ids, bytes, document.body.className].join();
    const changed = width !== this.#width || look !== this.#ruler?.look;
    if (width > 0 && (changed || this.#stale)) this.#layOut(style, width, look);
    this.#look();
  }

  #layOut(style: CSSStyleDeclaration, width: number, look: string): void {
    const anchor = this.#layout.rows.length > 0 && this.scrollTop > 0 ? this.#firstInSight() : null;
    if (look !== this.#ruler?.look || !this.#ruler) {
      this.#ruler = new StripRuler(style, look, this.options);
      this.#widths = [];
      this.#version++;
    }
    if (width !== this.#width) this.#version++;
    const ruler = this.#ruler;
    for (const token of this.tokens.slice(this.#widths.length)) this.#widths.push(ruler.widthOf(token));
    const sizes = { width, widths: this.#widths };
    const tall = ruler.tallHeights(this, this.tokens, sizes);
    const tallHeight = (index: number) => tall.get(index) ?? 0;
    this.#layout = layoutRows(this.tokens, { ...sizes, ...ruler.rowSizes(this), tallHeight });
    [this.#width, this.#stale] = [width, false];
    this.querySelector<HTMLElement>(".strip")?.style.setProperty("height", `${this.#layout.height}px`);
    if (anchor) this.scrollTop += boxOf(this.#layout, anchor.token).top - anchor.top;
  }

  /** The token at the upper edge and where it is, so that it can stay there. */
  #firstInSight(): { readonly token: number; readonly top: number } | null {
    const top = this.#inSight()[0];
    const row = this.#layout.rows.find((one) => one.top + one.height > top);
    return row ? { token: row.start, top: row.top } : null;
  }

  /** Pixels of the strip that are in sight. */
  #inSight(): readonly [number, number] {
    const strip = this.querySelector(".strip")?.getBoundingClientRect();
    if (!strip) return [0, 0];
    const clip = this.getBoundingClientRect();
    return [Math.max(clip.top, 0) - strip.top, Math.min(clip.bottom, window.innerHeight) - strip.top];
  }

  /** Draws the blocks in sight, half as much again on both sides, and the ones of tokens that have to be there. */
  #look(): void {
    const [from, to] = this.#inSight();
    const more = Math.max(120, (to - from) / 2);
    const pinned = [this.selected ?? 0, this.#focused, this.#reached].filter(
      (index): index is number => index !== null && index < this.tokens.length,
    );
    const blocks = blocksAt(this.#layout, from - more, Math.max(from, to) + more, pinned);
    if (!sameBlocks(blocks, this.blocks)) this.blocks = blocks;
  }

  /** Puts the blocks where they belong. */
  #place(): void {
    for (const block of this.querySelectorAll<HTMLElement>(".block")) {
      block.style.setProperty("top", `${block.dataset.top}px`);
    }
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
    this.#focused = indexOf(event);
    // A click focuses too, but there the pointer already shows the tooltip.
    if (event.target instanceof Element && event.target.matches(":focus-visible")) this.tip = this.#focused;
  }

  #onFocusOut(): void {
    this.#focused = null;
    this.tip = null;
  }

  #onLeave(): void {
    this.tip = null;
  }

  #onScroll(): void {
    const atEnd = this.scrollTop + this.clientHeight >= this.scrollHeight - 8;
    // Only going back is the user's doing; falling behind is the text's.
    if (atEnd || this.scrollTop < this.#scrolledTo) this.#following = atEnd;
    this.#scrolledTo = this.scrollTop;
    this.#look();
    this.#placeTip();
  }

  readonly #onPageScroll = (event: Event): void => {
    if (event.target !== this) this.#look();
  };

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
    void this.focusToken(target);
    return true;
  }

  /** The token's element, drawn now if it was not. */
  async #reach(index: number): Promise<HTMLElement | null> {
    await this.#drawn();
    this.#reached = index;
    this.#look();
    await this.#drawn();
    this.#reached = null;
    return this.#elementOf(index);
  }

  /** Resolves when no update waits: one may ask for another. */
  async #drawn(): Promise<void> {
    while (!(await this.updateComplete));
  }

  #elementOf(index: number): HTMLElement | null {
    return this.querySelector<HTMLElement>(`[data-index="${index}"]`);
  }

  #geometry(): StripGeometry {
    return {
      count: this.tokens.length,
      boxOf: (index) => boxOf(this.#layout, index),
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

function sameBlocks(one: readonly Block[], other: readonly Block[]): boolean {
  const same = (block: Block, i: number) => {
    const before = other[i]?.rows ?? [];
    return block.rows.length === before.length && block.rows.every((row, at) => row === before[at]);
  };
  return one.length === other.length && one.every(same);
}

function isPrefix(before: readonly unknown[], after: readonly unknown[]): boolean {
  const last = before.length - 1;
  return before.length <= after.length && before[0] === after[0] && before[last] === after[last];
}
