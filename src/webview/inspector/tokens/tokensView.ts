import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { Branches, InspectorState, TokenRange } from "../../../runtime/panelProtocol";
import type { NumberFormats } from "../../shared/format";
import { useMode } from "../../shared/theme";
import { type BranchActions, branchesView } from "../branches/branchesView";
import { detailsView } from "../detailsView";
import { tokensOf } from "../state";
import type { StripOptions } from "../stripOptions";
import type { TokenStrip } from "../tokenStrip";
import { findTokens, joinTokens, matchFrom, type TokenText } from "./find";
import { findView } from "./findView";
import { toolsView } from "./toolsView";

/** What the tokens view asks of the host, and of the owner of its state. */
export interface TokensActions extends BranchActions {
  select(index: number): void;
  reveal(index: number): void;
  changeOptions(options: StripOptions): void;
  /** Continues from the text before the token at `index` and the alternative of this id. */
  startBranch(index: number, id: number): void;
  /** Shows what the chosen token's probability hangs on; null where that cannot be asked. */
  readonly openSalience: (() => void) | null;
}

/** What the tokens view is drawn from. */
export interface TokensContext {
  /** Scores or a completion. */
  readonly state: InspectorState;
  readonly selected: number | null;
  readonly marked: TokenRange | null;
  readonly options: StripOptions;
  readonly branches: Branches;
  readonly formats: NumberFormats;
  readonly actions: TokensActions;
}

/** The strip of tokens with its tools and find box, the details of one of them, and branches. Owns what is looked for. */
@customElement("gptw-tokens")
export class TokensView extends LitElement {
  @property({ attribute: false }) context: TokensContext | undefined;

  /** What is looked for; null while the box is closed. */
  @state() private sought: string | null = null;
  @state() private found: readonly TokenRange[] = [];
  @state() private current = -1;
  @query("gptw-token-strip") private strip!: TokenStrip | null;
  @query(".query") private box!: HTMLInputElement | null;
  /** The tokens' text, joined when something is looked for. */
  #joined: TokenText | undefined;

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("keydown", this.#onKey);
  }

  override disconnectedCallback(): void {
    document.removeEventListener("keydown", this.#onKey);
    super.disconnectedCallback();
  }

  /** Scrolls the strip to a token. */
  async scrollToToken(index: number): Promise<void> {
    await this.updateComplete;
    await this.strip?.scrollToToken(index);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("context");
    const { context } = this;
    if (!context || !changed.has("context")) return;
    if (!before || before.options.mode !== context.options.mode) useMode(this, context.options.mode);
    if (this.sought !== null && before?.state !== context.state) this.#seek(this.sought);
  }

  protected override render(): TemplateResult | null {
    if (!this.context) return null;
    const { state, selected, marked, options, formats, actions } = this.context;
    const tokens = tokensOf(state);
    const index = selected ?? 0;
    const token = selected === null ? undefined : tokens[selected];
    const strip = { select: actions.select, reveal: actions.reveal, leave: () => this.#focusDetails() };
    return html`
      <div class="reading">
        ${toolsView({
          ...{ options, formats, finding: this.sought !== null, change: actions.changeOptions },
          find: () => (this.sought === null ? this.#openFind() : this.#closeFind()),
        })}
        ${this.#findBox(formats)}
        <gptw-token-strip
          .tokens=${tokens}
          .selected=${selected}
          .marked=${marked}
          .found=${this.found}
          .current=${this.found[this.current] ?? null}
          .running=${state.kind === "completion" && state.status.kind === "running"}
          .options=${options}
          .formats=${formats}
          .actions=${strip}
        ></gptw-token-strip>
      </div>
      ${detailsView({
        ...{ token, index, total: tokens.length, formats, mode: options.mode },
        reveal: () => actions.reveal(index),
        branch: (id) => actions.startBranch(index, id),
        salience: actions.openSalience,
      })}
      ${this.#branches(this.context)}
    `;
  }

  #branches({ state, selected, branches, options, formats, actions }: TokensContext): TemplateResult | null {
    const removeBranch = (id: number) => {
      this.querySelector<HTMLElement>("#details")?.focus(); // the button goes with the branch
      actions.removeBranch(id);
    };
    const given = { ...actions, removeBranch };
    return branchesView({ state, selected, branches, formats, mode: options.mode, actions: given });
  }

  #findBox(formats: NumberFormats): TemplateResult | null {
    if (this.sought === null) return null;
    return findView({
      ...{ query: this.sought, count: this.found.length, current: this.current, formats },
      search: (text) => this.#search(text),
      step: (direction) => this.#step(direction),
      close: () => this.#closeFind(),
    });
  }

  #focusDetails(): void {
    this.querySelector<HTMLElement>("#details")?.focus();
  }

  /** Looks for `text` in the tokens there are now; keeps the place. */
  #seek(text: string): void {
    const tokens = tokensOf(this.context?.state ?? { kind: "empty" });
    if (this.#joined?.tokens !== tokens) this.#joined = joinTokens(tokens);
    const from = this.found[this.current]?.start ?? this.context?.selected ?? 0;
    this.found = findTokens(this.#joined, text);
    this.current = matchFrom(this.found, from);
  }

  #search(text: string): void {
    this.sought = text;
    this.#seek(text);
    this.#showMatch();
  }

  #step(direction: 1 | -1): void {
    const { length } = this.found;
    if (length === 0) return;
    this.current = (this.current + direction + length) % length;
    this.#showMatch();
  }

  #showMatch(): void {
    const match = this.found[this.current];
    if (match) void this.scrollToToken(match.start);
  }

  async #openFind(): Promise<void> {
    this.sought ??= "";
    await this.updateComplete;
    this.box?.select();
    this.box?.focus();
  }

  /** Closes the box; the current match becomes the chosen token. */
  #closeFind(): void {
    const match = this.found[this.current];
    this.sought = null;
    this.found = [];
    this.current = -1;
    this.#joined = undefined;
    if (match) void this.strip?.focusToken(match.start);
    else this.querySelector<HTMLElement>('[role="option"][tabindex="0"]')?.focus();
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const find =
      (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "f";
    if (find) void this.#openFind();
    else if (event.key === "F3" && this.sought !== null) this.#step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  };
}
