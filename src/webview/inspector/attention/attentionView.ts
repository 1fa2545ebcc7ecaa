import "./headGrid";
import "./linesPane";
import "./matrixPane";
import "./reachPane";
import "./segmentsPane";
import * as l10n from "@vscode/l10n";
import { html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { askOverview } from "../../../runtime/analysisPanelProtocol";
import type { AttentionOverview } from "../../../runtime/analysisProtocol";
import type { NumberFormats } from "../../shared/format";
import { heatPalette } from "../../shared/heatScale";
import { tabList } from "../../shared/tabs";
import { readTheme, themeEvent } from "../../shared/theme";
import type { ViewContext } from "../viewContext";
import { AnswerCache } from "./answerCache";
import { askedView } from "./askedView";
import { CurrentQuestion } from "./asking";
import {
  type AttentionChoice,
  firstChoice,
  type HeadOrder,
  type PictureId,
  pictureIds,
  withinModel,
  withOrder,
} from "./choice";
import type { DataTable, Exportable, Picture } from "./exportable";
import type { HeadGrid } from "./headGrid";
import {
  type HeadRow,
  headRows,
  sortHeads,
  statisticIds,
  statisticMeaning,
  statisticName,
  statisticText,
} from "./heads";
import { headData, headTable } from "./headTable";
import { heatLegend } from "./legend";
import { layerLayout, thumbnailSize } from "./overviewLayout";
import type { Look } from "./paint";
import type { PaneInput } from "./pane";
import { picker, toggle } from "./pickers";
import { type NamedSegments, segmentsOf } from "./segments";

/** What is kept while another tab is open: the choice, and answers about the last text. */
const memory = { choice: firstChoice, answers: new AnswerCache(192 << 20) };

/** Heads in the order that was chosen. */
interface SortedHeads extends Pick<AttentionChoice, "order" | "descending"> {
  readonly overview: AttentionOverview;
  readonly rows: readonly HeadRow[];
}

/** Attention: every head at a glance, and pictures of the chosen one. */
@customElement("gptw-attention")
export class AttentionView extends LitElement implements Exportable {
  @property({ attribute: false }) context: ViewContext | undefined;

  @state() private choice: AttentionChoice = memory.choice;
  @state() private look: Look = lookOf(memory.choice);
  @query("gptw-head-grid") private grid!: HeadGrid | null;
  @query(".picture > :first-child") private pane!: (Element & Partial<Exportable>) | null;
  readonly #overview = new CurrentQuestion<AttentionOverview>(this, memory.answers);
  #segments: NamedSegments = { kind: "paragraphs", segments: [] };
  #last: SortedHeads | null = null;

  /** The table behind the open picture. */
  currentTable(): DataTable | null {
    return this.pane?.currentTable?.() ?? null;
  }

  /** The open picture. */
  async currentPicture(): Promise<Picture | null> {
    return (await this.pane?.currentPicture?.()) ?? null;
  }

  /** The numbers of all heads, in the order in which they are shown. */
  overviewTable(): DataTable | null {
    const { asked } = this.#overview;
    return asked.kind === "ready" ? headData(this.#sorted(asked.value)) : null;
  }

  /** The thumbnails of all heads; null while they are a table. */
  async overviewPicture(): Promise<Picture | null> {
    return (await this.grid?.picture()) ?? null;
  }

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener(themeEvent, this.#onTheme);
  }

  override disconnectedCallback(): void {
    document.removeEventListener(themeEvent, this.#onTheme);
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const { context } = this;
    if (!context) return;
    const { state } = context;
    const { nLayer, nHead } = state.model;
    this.choice = withinModel(this.choice, nLayer, nHead);
    if (changed.get("context")?.state !== state) this.#segments = segmentsOf(state.segments, state.tokens);
    const { side } = layerLayout(this.clientWidth * (this.clientWidth > wide ? 0.4 : 1), nLayer, nHead);
    const size = thumbnailSize(side * devicePixelRatio, nLayer, nHead);
    const { segments } = this.#segments;
    this.#overview.want(
      {
        name: "overview",
        size: ({ thumbnails }) => thumbnails.data.byteLength,
        ask: (signal) => context.actions.ask(askOverview, { text: state.text, thumbnailSize: size, segments }, signal),
      },
      context,
    );
  }

  protected override render(): TemplateResult | null {
    const { context, look } = this;
    if (!context) return null;
    return html`<div class="attention">
      ${heatLegend(look, (scale) => this.#change({ scale }))}
      <section class="heads" aria-label=${l10n.t("Heads")}>
        ${this.#headControls()}
        ${askedView(this.#overview, context, (overview) => this.#heads(overview, context))}
      </section>
      <section class="detail" aria-label=${l10n.t("Attention in detail")}>
        ${tabList(
          pictureIds.map((id) => ({ id, label: pictureName(id) })),
          this.choice.picture,
          {
            label: l10n.t("Pictures"),
            choose: (picture) => this.#change({ picture }),
          },
        )}
        <div class="picture" role="tabpanel" id="view-${this.choice.picture}" aria-labelledby="tab-${this.choice.picture}">
          ${this.#pane(context)}
        </div>
      </section>
    </div>`;
  }

  #headControls(): TemplateResult {
    const { order, descending, headsAsTable } = this.choice;
    const options = [
      { value: "layer" as HeadOrder, label: l10n.t("Layer and head") },
      ...statisticIds.map((value) => ({ value: value as HeadOrder, label: statisticName(value) })),
    ];
    const direction = descending ? l10n.t("Largest first") : l10n.t("Smallest first");
    return html`<div class="controls">
      ${picker(l10n.t("Sort heads by"), options, order, (value) => this.#sort(value))}
      <button
        type="button"
        class="small"
        title=${direction}
        aria-label=${direction}
        @click=${() => this.#sort(order)}
      >${descending ? "↓" : "↑"}</button>
      ${toggle(l10n.t("Table"), headsAsTable, () => this.#change({ headsAsTable: !headsAsTable }))}
    </div>`;
  }

  #heads(overview: AttentionOverview, context: ViewContext): TemplateResult {
    const { choice, look } = this;
    const { formats } = context;
    const rows = this.#sorted(overview);
    if (choice.headsAsTable)
      return headTable({ rows, choice, formats, sort: (order) => this.#sort(order), open: this.#open });
    return html`<div class="scroll grid-scroll">
      <gptw-head-grid
        .overview=${overview}
        .rows=${rows}
        .order=${choice.order}
        .look=${look}
        .formats=${formats}
        .open=${choice}
        .choose=${this.#open}
      ></gptw-head-grid>
      ${this.#openHead(overview, formats)}
    </div>`;
  }

  /** The numbers of the head that is open. */
  #openHead(overview: AttentionOverview, formats: NumberFormats): TemplateResult | null {
    const { layer, head } = this.choice;
    const row = headRows(overview)[layer * overview.heads + head];
    if (!row) return null;
    return html`<div class="open-head">
      <h2>${l10n.t("Layer {0}, head {1}", layer, head)}</h2>
      <dl class="facts">
        ${statisticIds.map(
          (id) => html`<div title=${statisticMeaning(id)}>
            <dt>${statisticName(id)}</dt><dd>${statisticText(id, row.statistics[id], formats)}</dd>
          </div>`,
        )}
      </dl>
    </div>`;
  }

  #pane(context: ViewContext): TemplateResult {
    const { asked } = this.#overview;
    const input: PaneInput = {
      context,
      choice: this.choice,
      look: this.look,
      layers: context.state.model.nLayer,
      heads: context.state.model.nHead,
      overview: asked.kind === "ready" ? asked.value : null,
      segments: this.#segments,
      answers: memory.answers,
      change: (part) => this.#change(part),
    };
    switch (this.choice.picture) {
      case "matrix":
        return html`<gptw-attention-matrix .input=${input}></gptw-attention-matrix>`;
      case "lines":
        return html`<gptw-attention-lines .input=${input}></gptw-attention-lines>`;
      case "segments":
        return html`<gptw-attention-segments .input=${input}></gptw-attention-segments>`;
      case "reach":
        return html`<gptw-attention-reach .input=${input}></gptw-attention-reach>`;
      default:
        return this.choice.picture satisfies never;
    }
  }

  /** The same array as long as nothing changed: the grid then keeps its place. */
  #sorted(overview: AttentionOverview): readonly HeadRow[] {
    const { order, descending } = this.choice;
    const last = this.#last;
    if (last?.overview === overview && last.order === order && last.descending === descending) return last.rows;
    const rows = sortHeads(headRows(overview), order, descending);
    this.#last = { overview, order, descending, rows };
    return rows;
  }

  #sort(order: HeadOrder): void {
    this.#change(withOrder(this.choice, order));
  }

  #change(part: Partial<AttentionChoice>): void {
    const choice = { ...this.choice, ...part };
    if (choice.scale !== this.choice.scale) this.look = { ...this.look, scale: choice.scale };
    this.choice = memory.choice = choice;
  }

  /** Opens a head: in the matrix, unless another picture of heads is open. The same function always: the grid need not be drawn again. */
  readonly #open = ({ layer, head }: HeadRow): void => {
    const picture = this.choice.picture === "reach" ? "matrix" : this.choice.picture;
    this.#change({ layer, head, source: "head", segmentsOf: "head", picture });
  };

  readonly #onTheme = (): void => {
    this.look = lookOf(this.choice);
  };
}

/** From this width on, heads and pictures stand side by side; attention.css says the same. */
const wide = 820;

function lookOf({ scale }: AttentionChoice): Look {
  return { palette: heatPalette(readTheme(document)), scale };
}

function pictureName(id: PictureId): string {
  switch (id) {
    case "matrix":
      return l10n.t("Matrix");
    case "lines":
      return l10n.t("Lines");
    case "segments":
      return l10n.t("Segments");
    case "reach":
      return l10n.t("Reach");
    default:
      return id satisfies never;
  }
}
