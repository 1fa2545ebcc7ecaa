import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { askSalience, type PanelSalience } from "../../../runtime/analysisPanelProtocol";
import type { Salience } from "../../../runtime/analysisProtocol";
import type { RuntimeErrorInfo, ScoredToken } from "../../../runtime/protocol";
import { scaleLegend } from "../../shared/scaleLegend";
import { placeLine, watchable } from "../ablation/ablationSections";
import { toBits } from "../ablation/sentences";
import { questionStatus } from "../questionStatus";
import type { ExportableView, Scores, ViewContext, ViewPicture, ViewTable } from "../viewContext";
import { followedText, salienceDrawing, salienceTable } from "./salienceExport";
import { salienceLegend, salienceScale } from "./salienceScale";
import { type Followed, followedField, salienceFlow, salienceRows } from "./salienceSections";

/** Answers about the text that is shown, by question; another state is another text. */
const known = new WeakMap<Scores, Map<string, Salience>>();

/** Follows a prediction back to the tokens before it. Asks by itself; the newest question wins. */
@customElement("gptw-salience")
export class SalienceView extends LitElement implements ExportableView {
  @property({ attribute: false }) context: ViewContext | undefined;

  /** What the user chose; null for the place's own token. */
  @state() private chosen: Followed | null = null;
  @state() private busy = false;
  @state() private error: RuntimeErrorInfo | null = null;
  #asked: { readonly key: string; readonly text: Scores; readonly controller: AbortController } | null = null;

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  override disconnectedCallback(): void {
    this.#forget();
    super.disconnectedCallback();
  }

  /** Null while there is no answer. */
  currentTable(): ViewTable | null {
    const [found, followed, context] = [this.#found(), this.#followed(), this.context];
    if (!found || !followed || !context) return null;
    return salienceTable(found, context.state.tokens, followedText(followed, tokenAt(context)));
  }

  /** Null while there is no answer. */
  async currentPicture(): Promise<ViewPicture | null> {
    const [found, followed, context] = [this.#found(), this.#followed(), this.context];
    if (!found || !followed || !context) return null;
    const text = followedText(followed, tokenAt(context));
    const name = followed.kind === "label" ? l10n.t("the label {0}", text) : text;
    return { drawing: salienceDrawing(found, context.state.tokens, name) };
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get("context");
    const { context } = this;
    const other = before?.state !== context?.state || before?.selected !== context?.selected;
    // Another place has other alternatives; a label is of the whole text.
    if (changed.has("context") && other && this.chosen?.kind === "token") this.chosen = null;
    if (changed.has("context") && before?.state !== context?.state) this.error = null;
  }

  protected override updated(): void {
    void this.#ask();
  }

  protected override render(): TemplateResult | null {
    const { context } = this;
    if (!context) return null;
    const followed = this.#followed();
    if (!followed) return html`<p class="hint section">${choosePlace(context.selected)}</p>`;
    const { state: text, formats } = context;
    const place = context.selected ?? 0;
    const token = tokenAt(context);
    return html`<div class="salience">
      <div class="toolbar">
        ${followed.kind === "token" ? placeLine(text.tokens, place, formats) : null}
        ${followedField(token, text.model.labels ?? [], followed, formats, (one) => {
          this.chosen = one;
          this.error = null;
        })}
      </div>
      <p class="hint salience-why">${l10n.t("Gradient × input: how ln p of the prediction would change, to first order, if a token's embedding grew. It says what the model is sensitive to here, not what it would do without the token: for that there is Ablation.")}</p>
      ${this.#status(context)}
      ${this.#result(context)}
      <div aria-live="polite" class="visually-hidden">${this.busy ? "" : this.#spoken()}</div>
    </div>`;
  }

  #status({ progress, actions }: ViewContext): TemplateResult {
    return questionStatus({
      text: l10n.t("Following the gradient back…"),
      busy: this.busy,
      error: this.error,
      progress,
      openLog: actions.openLog,
      retry: () => {
        this.error = null;
      },
    });
  }

  #result({ state: text, formats, actions }: ViewContext): TemplateResult | null {
    const found = this.#found();
    if (!found) return null;
    const scale = salienceScale(found.tokens.map(({ gradientTimesInput }) => toBits(gradientTimesInput)));
    return html`
      ${salienceFlow(text.tokens, found, scale, formats)}
      <div class="toolbar">${scaleLegend(salienceLegend(scale, formats))}</div>
      ${salienceRows(text.tokens, found, formats, actions.select)}
    `;
  }

  /** What is followed: null while no token is chosen that has a probability, and there are no labels. */
  #followed(): Followed | null {
    const { context, chosen } = this;
    if (!context) return null;
    if (chosen?.kind === "label") return chosen;
    const token = tokenAt(context);
    if (token) {
      const id = chosen && watchable(token).some((one) => one.id === chosen.id) ? chosen.id : token.id;
      return { kind: "token", id };
    }
    const [label] = context.state.model.labels ?? [];
    return label === undefined ? null : { kind: "label", label };
  }

  #question(): PanelSalience | null {
    const { context } = this;
    const followed = this.#followed();
    if (!context || !followed) return null;
    const { text } = context.state;
    return followed.kind === "label" ? { text, ...followed } : { text, ...followed, place: context.selected ?? 0 };
  }

  #found(): Salience | null {
    const { context } = this;
    const question = this.#question();
    return (context && question && known.get(context.state)?.get(JSON.stringify(question))) ?? null;
  }

  /** Asks what is shown, unless it is known, under way or failed. */
  async #ask(): Promise<void> {
    const { context } = this;
    const question = this.#question();
    if (!context || !question || this.#found()) return this.#forget();
    const key = JSON.stringify(question);
    const text = context.state;
    if (this.error || (this.#asked?.key === key && this.#asked.text === text)) return;
    this.#forget();
    const asked = { key, text, controller: new AbortController() };
    this.#asked = asked;
    this.busy = true;
    const answer = await context.actions.ask(askSalience, question, asked.controller.signal);
    if (this.#asked !== asked) return;
    this.busy = false;
    // What is outdated is not asked again: another text is on its way.
    if (answer.kind === "outdated" || answer.kind === "cancelled") return;
    this.#asked = null;
    if (answer.kind === "ready") remember(text, key, answer.value);
    else this.error = answer.error;
    this.requestUpdate();
  }

  #forget(): void {
    const asked = this.#asked;
    this.#asked = null;
    asked?.controller.abort();
    if (asked) this.busy = false;
  }

  #spoken(): string {
    const found = this.#found();
    return found ? l10n.t("{0} tokens are colored by what they do to the prediction.", found.tokens.length) : "";
  }
}

/** The chosen token, where it is predicted from others. */
function tokenAt({ selected, state }: ViewContext): ScoredToken | null {
  const token = selected === null || selected === 0 ? undefined : state.tokens[selected];
  return token?.prediction ? token : null;
}

/** Answers that are kept of a text. */
const mostKept = 64;

function remember(text: Scores, key: string, value: Salience): void {
  const answers = known.get(text) ?? new Map<string, Salience>();
  known.set(text, answers);
  const [oldest] = answers.keys();
  if (answers.size >= mostKept && oldest !== undefined) answers.delete(oldest);
  answers.set(key, value);
}

function choosePlace(selected: number | null): string {
  return selected === null
    ? l10n.t("Choose a token in the tab Tokens first: its probability is what is followed.")
    : l10n.t("Nothing stands before the first token: there is nothing to follow back. Choose another one.");
}
