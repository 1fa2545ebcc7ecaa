import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, svg, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { askRows } from "../../../runtime/analysisPanelProtocol";
import type { AttentionRows } from "../../../runtime/analysisProtocol";
import { categoryColors } from "../../shared/categoryColors";
import { formatColor, type Rgb } from "../../shared/color";
import { tokenTemplate } from "../../shared/pieces";
import { Resized } from "../../shared/resized";
import { askedView } from "./askedView";
import { CurrentQuestion } from "./asking";
import { type DataTable, type Exportable, type Picture, svgPicture } from "./exportable";
import {
  type DrawnKeys,
  drawnKeys,
  drawnQueries,
  type HeadsRow,
  probabilityOf,
  rowHeight,
  strength,
} from "./linesLayout";
import type { PaneInput } from "./pane";
import { chooseTokenHint, layerPicker, queryStepper, toggle } from "./pickers";
import { shortToken } from "./tokenLabels";
import { topKeys } from "./topKeys";

/** Tokens on a side: as many as are in sight at once, within limits. */
const [fewestTokens, mostTokens] = [16, 40];
/** Pixels of what stands above the lines. */
const above = 190;
/** Lines fainter than this cannot be seen. */
const faintest = 0.004;

/** Lines from the chosen query to the tokens that the heads of a layer attend to (after BertViz's head view, Vig 2019). */
@customElement("gptw-attention-lines")
export class LinesPane extends LitElement implements Exportable {
  @property({ attribute: false }) input: PaneInput | undefined;

  /** Heads that are drawn; null for all. */
  @state() private shown: ReadonlySet<number> | null = null;
  @state() private asTable = false;
  @query("svg.lines") private lines!: SVGSVGElement | null;
  #question: CurrentQuestion<AttentionRows> | null = null;

  constructor() {
    super();
    new Resized(this, () => this.requestUpdate());
  }

  currentTable(): DataTable | null {
    const { input } = this;
    const selected = input?.context.selected ?? null;
    if (!input || selected === null || this.#question?.asked.kind !== "ready") return null;
    const row = headsRow(this.#question.asked.value);
    const { tokens } = input.context.state;
    const heads = [...this.#heads(input)];
    return {
      title: l10n.t("Layer {0}, query {1}", input.choice.layer, selected + 1),
      columns: [l10n.t("Key"), l10n.t("Token"), ...heads.map((head) => l10n.t("Head {0}", head))],
      rows: Array.from({ length: selected + 1 }, (_, key) => [
        key + 1,
        tokens[key]?.text ?? "",
        ...heads.map((head) => probabilityOf(row, head, key)),
      ]),
    };
  }

  async currentPicture(): Promise<Picture | null> {
    return svgPicture(this.lines);
  }

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { input } = this;
    if (!input) return;
    const before = changed.get("input");
    if (before && before.heads !== input.heads) this.shown = null;
    const { context, choice } = input;
    const { selected, state, actions } = context;
    this.#question ??= new CurrentQuestion(this, input.answers);
    if (selected === null) return;
    const { layer } = choice;
    this.#question.want(
      {
        name: `rows ${layer} ${selected}`,
        size: ({ data }) => data.byteLength,
        ask: (signal) => actions.ask(askRows, { text: state.text, layer, query: selected }, signal),
      },
      context,
    );
  }

  protected override render(): TemplateResult | null {
    const { input } = this;
    if (!input) return null;
    const { context, choice, layers, change } = input;
    const { selected } = context;
    const colors = categoryColors(input.heads, input.look.palette.background);
    return html`<div class="controls">
        ${layerPicker(layers, choice.layer, (layer) => change({ layer }))} ${queryStepper(context)}
        ${toggle(l10n.t("Show as table"), this.asTable, () => {
          this.asTable = !this.asTable;
        })}
      </div>
      ${this.#toggles(input, colors)}
      ${
        selected === null || !this.#question
          ? chooseTokenHint()
          : askedView(this.#question, context, (rows) => this.#drawing(headsRow(rows), selected, input, colors))
      }`;
  }

  #heads({ heads }: PaneInput): ReadonlySet<number> {
    return this.shown ?? new Set(Array.from({ length: heads }, (_, head) => head));
  }

  #room(): number {
    const fitting = Math.floor((this.clientHeight - above) / rowHeight);
    return Math.max(fewestTokens, Math.min(mostTokens, fitting));
  }

  #toggles(input: PaneInput, colors: readonly Rgb[]): TemplateResult {
    const shown = this.#heads(input);
    return html`<div class="head-toggles" role="group" aria-label=${l10n.t("Heads to draw")}>
      ${colors.map(
        (color, head) => html`<button
          type="button"
          class="small head-toggle"
          aria-pressed=${shown.has(head) ? "true" : "false"}
          title=${l10n.t("Double-click to draw this one alone")}
          @click=${() => this.#toggleHead(input, head)}
          @dblclick=${() => {
            this.shown = new Set([head]);
          }}
        ><svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill=${formatColor(color)} /></svg>${l10n.t("H{0}", head)}</button>`,
      )}
      <button type="button" class="small" ?disabled=${this.shown === null} @click=${() => {
        this.shown = null;
      }}>${l10n.t("All")}</button>
    </div>`;
  }

  #toggleHead(input: PaneInput, head: number): void {
    const shown = new Set(this.#heads(input));
    if (!shown.delete(head)) shown.add(head);
    this.shown = shown.size === input.heads ? null : shown;
  }

  #drawing(row: HeadsRow, query: number, input: PaneInput, colors: readonly Rgb[]): TemplateResult {
    if (this.asTable) return this.#table(row, query, input);
    const shown = this.#heads(input);
    const drawn = drawnKeys(row, query, shown, this.#room());
    const { formats } = input.context;
    const rest = query + 1 - drawn.keys.length;
    return html`<p class="hint pane-hint">${
      rest > 0
        ? l10n.t(
            "{0} keys before the query are left out: drawn are the nearest {1} and the strongest {2} of the others. Opacity is probability.",
            formats.count(rest),
            drawn.near,
            drawn.keys.length - drawn.near,
          )
        : l10n.t("From the query at the left to its keys at the right. Opacity is probability.")
    }</p>
    <div class="scroll" tabindex="0" role="region" aria-label=${l10n.t("Lines of attention")}>${this.#svg(row, query, drawn, shown, input, colors)}</div>`;
  }

  #svg(
    row: HeadsRow,
    query: number,
    drawn: DrawnKeys,
    shown: ReadonlySet<number>,
    { context, choice }: PaneInput,
    colors: readonly Rgb[],
  ): TemplateResult {
    const { tokens } = context.state;
    const queries = drawnQueries(
      query,
      tokens.length,
      Math.max(drawn.keys.length, Math.min(this.#room(), tokens.length)),
    );
    const width = Math.max(340, Math.min(640, (this.clientWidth || 500) - 40));
    const [left, right] = [width * 0.32, width * 0.68];
    const y = (index: number) => (index + 0.5) * rowHeight;
    const height = rowHeight * Math.max(queries.length, drawn.keys.length);
    const start = y(queries.indexOf(query));
    const middle = (left + right) / 2;
    const label = l10n.t("Attention of layer {0} from token {1}; the table has the numbers.", choice.layer, query + 1);
    return html`<svg class="lines" width=${width} height=${height} role="img" aria-label=${label}>
      ${drawn.keys.flatMap((key, index) =>
        [...shown]
          .map((head) => ({ head, probability: probabilityOf(row, head, key) }))
          .filter(({ probability }) => probability >= faintest)
          .map(
            ({ head, probability }) => svg`<path
              class="line"
              d="M${left} ${start}C${middle} ${start} ${middle} ${y(index)} ${right} ${y(index)}"
              stroke=${formatColor(colors[head] ?? [0.5, 0.5, 0.5])}
              stroke-opacity=${probability.toFixed(4)}
            />`,
          ),
      )}
      ${queries.map((token, index) => this.#token(token, y(index), token === query ? "query" : "other", left - 8, context.actions.select, tokens))}
      ${drawn.keys.map((key, index) => {
        const strong = strength(row, key, shown);
        const gap = key > 0 && drawn.keys[index - 1] !== key - 1;
        return svg`${gap ? svg`<line class="gap" x1=${right + 4} x2=${width} y1=${y(index) - rowHeight / 2} y2=${y(index) - rowHeight / 2} />` : null}
          ${this.#token(key, y(index), strong >= 0.05 ? "strong" : "weak", right + 8, context.actions.select, tokens, context.formats.percent(strong))}`;
      })}
    </svg>`;
  }

  #token(
    index: number,
    y: number,
    kind: "query" | "other" | "strong" | "weak",
    x: number,
    select: (index: number) => void,
    tokens: PaneInput["context"]["state"]["tokens"],
    title = "",
  ): TemplateResult {
    const token = tokens[index];
    return svg`<text class="token-label ${kind}" x=${x} y=${y + 4} @click=${() => select(index)}>${token ? shortToken(token, 14) : ""}<title>${index + 1}${title ? `: ${title}` : ""}</title></text>`;
  }

  #table(row: HeadsRow, query: number, input: PaneInput): TemplateResult {
    const { state, formats } = input.context;
    const shown = [...this.#heads(input)];
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${l10n.t("Strongest keys of each head")}>
      <table class="data">
        <caption>${l10n.t("The three strongest keys of query {0} in each head", formats.count(query + 1))}</caption>
        <thead><tr><th scope="col">${l10n.t("Head")}</th>${[1, 2, 3].map((place) => html`<th scope="col" colspan="2">${l10n.t("Key {0}", place)}</th>`)}</tr></thead>
        <tbody>
          ${shown.map(
            (head) => html`<tr>
              <th scope="row">${l10n.t("H{0}", head)}</th>
              ${topKeys(row.data.subarray(head * row.tokens, (head + 1) * row.tokens), 3).map(
                ({ key, probability }) => {
                  const token = state.tokens[key];
                  return html`<td class="mono text">${token ? tokenTemplate(token) : null}</td><td>${formats.percent(probability)}</td>`;
                },
              )}
            </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }
}

function headsRow({ data, heads }: AttentionRows): HeadsRow {
  return { data, heads, tokens: data.length / heads };
}
