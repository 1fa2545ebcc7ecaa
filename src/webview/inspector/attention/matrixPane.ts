import "./heatMap";
import * as l10n from "@vscode/l10n";
import { html, LitElement, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { askFlow } from "../../../runtime/analysisPanelProtocol";
import type { AttentionFlow } from "../../../runtime/analysisProtocol";
import { Resized } from "../../shared/resized";
import { askedView, askingView } from "./askedView";
import { CurrentQuestion } from "./asking";
import { type AttentionMap, rowOf, shownQueries } from "./attentionMap";
import { matrixSource, needsLayer, sourceKinds } from "./choice";
import { type DataTable, type Exportable, type Picture, svgPicture } from "./exportable";
import { flowChart, flowLimit } from "./flowChart";
import type { HeatMap } from "./heatMap";
import { keyTable, queriesTable } from "./keyTable";
import { mapQuestion } from "./mapQuestion";
import type { PaneInput } from "./pane";
import { chooseTokenHint, headPicker, layerPicker, picker, queryStepper, toggle } from "./pickers";
import { sourceName, sourceTitle } from "./sourceNames";
import { topKeys } from "./topKeys";

/** One matrix as a heat map, or attention flow as bars, with the numbers behind them as a table. */
@customElement("gptw-attention-matrix")
export class MatrixPane extends LitElement implements Exportable {
  @property({ attribute: false }) input: PaneInput | undefined;

  @state() private asTable = false;
  @state() private version = 0;
  @query("gptw-heat-map") private heatMap!: HeatMap | null;
  @query("svg.flow") private flowSvg!: SVGSVGElement | null;

  #matrix: CurrentQuestion<AttentionMap> | null = null;
  #flow: CurrentQuestion<AttentionFlow> | null = null;
  /** Rows that have arrived of what is being asked. */
  #part: { readonly name: string; readonly map: AttentionMap } | null = null;
  #name = "";
  #window: readonly [number, number] = [0, 0];
  #inSight: readonly [number, number] = [0, 0];

  constructor() {
    super();
    new Resized(this, () => this.requestUpdate());
  }

  currentTable(): DataTable | null {
    const { input } = this;
    const row = this.#row();
    const chosen = input?.context.selected ?? null;
    if (!input || !row || chosen === null) return null;
    const { tokens } = input.context.state;
    return {
      title: l10n.t("{0}, query {1}", sourceTitle(input.choice), chosen + 1),
      columns: [l10n.t("Key"), l10n.t("Token"), l10n.t("Probability")],
      rows: topKeys(row, row.length).map(({ key, probability }) => [key + 1, tokens[key]?.text ?? "", probability]),
    };
  }

  async currentPicture(): Promise<Picture | null> {
    return this.input?.choice.source === "flow" ? svgPicture(this.flowSvg) : ((await this.heatMap?.picture()) ?? null);
  }

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  protected override willUpdate(): void {
    const { input } = this;
    if (!input) return;
    this.#matrix ??= new CurrentQuestion(this, input.answers);
    this.#flow ??= new CurrentQuestion(this, input.answers);
    if (input.choice.source === "flow") this.#wantFlow(this.#flow, input);
    else this.#wantMatrix(this.#matrix, input);
  }

  protected override render(): TemplateResult | null {
    const { input } = this;
    if (!input) return null;
    return html`${this.#controls(input)}
      ${input.choice.source === "flow" ? this.#flowView(input) : this.#matrixView(input)}`;
  }

  #wantMatrix(question: CurrentQuestion<AttentionMap>, { context, choice }: PaneInput): void {
    const source = matrixSource(choice);
    if (!source) return;
    const { selected, state } = context;
    const chosen = selected ?? 0;
    const [from, to] = this.#window;
    // A window of a long text stays where it is as long as the chosen token is in it.
    const whole = shownQueries(state.tokens.length, chosen);
    if (chosen < from || chosen >= to || to - from !== whole[1] - whole[0]) this.#window = whole;
    const asking = mapQuestion(context, source, this.#window, chosen, (map) => {
      this.#part = { name: asking.name, map };
      this.version++;
    });
    this.#name = asking.name;
    question.want(asking, context);
  }

  #wantFlow(question: CurrentQuestion<AttentionFlow>, { context, choice }: PaneInput): void {
    const { state, selected, actions } = context;
    if (selected === null || selected >= flowLimit) return;
    const { layer } = choice;
    question.want(
      {
        name: `flow ${layer} ${selected}`,
        size: ({ data }) => data.byteLength,
        ask: (signal) => actions.ask(askFlow, { text: state.text, layer, query: selected }, signal),
      },
      context,
    );
  }

  #controls({ choice, layers, heads, change, context }: PaneInput): TemplateResult {
    const { source, layer, head } = choice;
    const options = sourceKinds.map((value) => ({ value, label: sourceName(value) }));
    return html`<div class="controls">
      ${picker(l10n.t("Show"), options, source, (value) => change({ source: value }))}
      ${needsLayer(source) ? layerPicker(layers, layer, (value) => change({ layer: value })) : null}
      ${source === "head" ? headPicker(heads, head, (value) => change({ head: value })) : null}
      ${queryStepper(context)}
      ${source === "flow" ? null : toggle(l10n.t("Show as table"), this.asTable, () => this.#toggleTable())}
    </div>`;
  }

  #toggleTable(): void {
    this.#inSight = this.heatMap?.queriesInSight() ?? this.#inSight;
    this.asTable = !this.asTable;
  }

  #matrixView(input: PaneInput): TemplateResult | null {
    const question = this.#matrix;
    if (!question) return null;
    const part = question.asked.kind === "asking" ? this.#part : null;
    if (part?.name === this.#name && part.map.columns === input.context.state.tokens.length)
      return html`${this.#map(part.map, input)}<div class="over">${askingView(question, input.context)}</div>`;
    return askedView(question, input.context, (map) => this.#map(map, input));
  }

  #map(map: AttentionMap, input: PaneInput): TemplateResult {
    const { context, look, choice } = input;
    const { tokens } = context.state;
    const note =
      map.rows < map.columns
        ? html`<p class="hint pane-hint">${l10n.t("Of this long text, queries {0} to {1} are shown, around the chosen token.", context.formats.count(map.first + 1), context.formats.count(map.first + map.rows))}</p>`
        : null;
    if (this.asTable) return html`${note}${this.#table(map, input)}`;
    return html`${note}<gptw-heat-map
      .map=${map}
      .version=${this.version}
      .look=${look}
      .tokens=${tokens}
      .chosen=${context.selected}
      .formats=${context.formats}
      .name=${l10n.t("{0}: {1} queries by {2} keys", sourceTitle(choice), map.rows, map.columns)}
      .choose=${context.actions.select}
    ></gptw-heat-map>`;
  }

  #table(map: AttentionMap, { context }: PaneInput): TemplateResult {
    const { selected, state, formats } = context;
    const row = selected === null ? null : rowOf(map, selected);
    return row && selected !== null
      ? keyTable(row, selected, state.tokens, formats)
      : queriesTable(map, this.#inSight, state.tokens, formats);
  }

  #flowView({ context }: PaneInput): TemplateResult | null {
    const { selected, state, formats } = context;
    if (selected === null) return chooseTokenHint();
    if (selected >= flowLimit)
      return html`<p class="hint pane-hint">${l10n.t("Flow is computed for the first {0} tokens: it grows with their cube. Choose an earlier token.", flowLimit)}</p>`;
    if (!this.#flow) return null;
    return askedView(
      this.#flow,
      context,
      ({
        data,
      }) => html`<div class="scroll-x">${flowChart(data, selected, state.tokens, { width: (this.clientWidth || 500) - 2 * 16, formats })}</div>
        ${keyTable(data.subarray(0, selected + 1), selected, state.tokens, formats)}`,
    );
  }

  /** The chosen query's numbers. */
  #row(): Float32Array | null {
    const { input } = this;
    const selected = input?.context.selected ?? null;
    if (!input || selected === null) return null;
    if (input.choice.source === "flow") return this.#flow?.asked.kind === "ready" ? this.#flow.asked.value.data : null;
    return this.#matrix?.asked.kind === "ready" ? rowOf(this.#matrix.asked.value, selected) : null;
  }
}
