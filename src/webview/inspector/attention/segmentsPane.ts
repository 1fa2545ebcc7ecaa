import * as l10n from "@vscode/l10n";
import { html, LitElement, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import type { AttentionOverview } from "../../../runtime/analysisProtocol";
import { formatColor } from "../../shared/color";
import { textTemplate } from "../../shared/pieces";
import { tokenCount } from "../texts";
import type { DataTable, Exportable, Picture } from "./exportable";
import { bar } from "./keyTable";
import type { PaneInput } from "./pane";
import { headPicker, layerPicker, picker } from "./pickers";
import { segmentRows } from "./segments";
import { segmentsSvg } from "./segmentsSvg";

/** How much the queries of each segment attend to each other one. */
@customElement("gptw-attention-segments")
export class SegmentsPane extends LitElement implements Exportable {
  @property({ attribute: false }) input: PaneInput | undefined;

  currentTable(): DataTable | null {
    const { input } = this;
    const rows = this.#rows();
    if (!input?.overview?.segments || !rows) return null;
    const { names } = input.overview.segments;
    return {
      title: segmentsTitle(input),
      columns: [l10n.t("Queries of"), ...names, l10n.t("elsewhere")],
      rows: rows.map((row, index) => [names[index] ?? "", ...row]),
    };
  }

  async currentPicture(): Promise<Picture | null> {
    const table = this.currentTable();
    if (!table || !this.input) return null;
    const { palette } = this.input.look;
    const style = getComputedStyle(this);
    const accent = style.getPropertyValue("--vscode-charts-blue") || formatColor(palette.mark);
    return {
      svg: segmentsSvg(table, this.input.context.formats, {
        background: formatColor(palette.background),
        foreground: formatColor(palette.foreground),
        bar: accent,
        font: style.getPropertyValue("--vscode-font-family") || "sans-serif",
      }),
    };
  }

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  protected override render(): TemplateResult | null {
    const { input } = this;
    if (!input) return null;
    const rows = this.#rows();
    return html`${controls(input)}
      ${note(input)}
      ${
        rows && input.overview
          ? segmentsTable(input, input.overview, rows)
          : html`<p class="hint pane-hint">${l10n.t("The table comes with the overview of all heads.")}</p>`
      }`;
  }

  #rows(): readonly (readonly number[])[] | null {
    const { input } = this;
    if (!input?.overview) return null;
    const { segmentsOf, layer, head } = input.choice;
    return segmentRows(input.overview, layer, segmentsOf === "head" ? head : null);
  }
}

function controls({ choice, change, layers, heads }: PaneInput): TemplateResult {
  const options = [
    { value: "head", label: l10n.t("One head") },
    { value: "layer", label: l10n.t("Mean of a layer") },
  ] as const;
  return html`<div class="controls">
    ${picker<"head" | "layer">(l10n.t("Show"), options, choice.segmentsOf, (segmentsOf) => change({ segmentsOf }))}
    ${layerPicker(layers, choice.layer, (layer) => change({ layer }))}
    ${choice.segmentsOf === "head" ? headPicker(heads, choice.head, (head) => change({ head })) : null}
  </div>`;
}

function note({ segments }: PaneInput): TemplateResult {
  return html`<p class="hint pane-hint">${
    segments.kind === "paragraphs"
      ? l10n.t("The text has no named segments: its paragraphs, which blank lines part, stand in for them.")
      : l10n.t("Queries of a row attend to the tokens of a column; every row sums to 100 %.")
  }</p>`;
}

function segmentsTable(
  input: PaneInput,
  { segments }: AttentionOverview,
  rows: readonly (readonly number[])[],
): TemplateResult {
  const { formats } = input.context;
  const names = segments?.names ?? [];
  const sizes = input.segments.segments.map(({ start, end }) => tokenCount(end - start, formats));
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${segmentsTitle(input)}>
    <table class="data segments">
      <caption>${l10n.t("Queries of the row attend to the column")}</caption>
      <thead><tr>
        <th scope="col">${l10n.t("Queries of")}</th>
        ${names.map((name) => html`<th scope="col">${textTemplate(name)}</th>`)}
        <th scope="col">${l10n.t("elsewhere")}</th>
      </tr></thead>
      <tbody>
        ${rows.map(
          (row, index) => html`<tr>
            <th scope="row">${textTemplate(names[index] ?? "")} <span class="place">${sizes[index]}</span></th>
            ${row.map((value) => html`<td>${bar(value)}<span class="number">${Number.isNaN(value) ? "–" : formats.percent(value)}</span></td>`)}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function segmentsTitle({ choice }: PaneInput): string {
  const { layer, head, segmentsOf } = choice;
  return segmentsOf === "head"
    ? l10n.t("Segments, layer {0}, head {1}", layer, head)
    : l10n.t("Segments, mean of layer {0}", layer);
}
