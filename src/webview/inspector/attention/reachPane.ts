import * as l10n from "@vscode/l10n";
import { html, LitElement, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { askReach } from "../../../runtime/analysisPanelProtocol";
import type { AttentionReach, LayerPattern } from "../../../runtime/analysisProtocol";
import { formatColor, mix } from "../../shared/color";
import { heatSteps } from "../../shared/heatScale";
import { Resized } from "../../shared/resized";
import { askedView } from "./askedView";
import { CurrentQuestion } from "./asking";
import { canvasPicture, type DataTable, type Exportable, type Picture } from "./exportable";
import { bar } from "./keyTable";
import type { PaneInput } from "./pane";
import { chooseTokenHint, queryStepper } from "./pickers";
import { type ReachRow, reachRows, reachShare } from "./reachLayout";

const left = 84;
const bottom = 20;

/** The cone of states that can influence the chosen token: layers by tokens. */
@customElement("gptw-attention-reach")
export class ReachPane extends LitElement implements Exportable {
  @property({ attribute: false }) input: PaneInput | undefined;

  @query("canvas") private canvas!: HTMLCanvasElement | null;
  #question: CurrentQuestion<AttentionReach> | null = null;

  constructor() {
    super();
    new Resized(this, () => this.#draw());
  }

  currentTable(): DataTable | null {
    const { input } = this;
    const selected = input?.context.selected ?? null;
    if (!input || selected === null || this.#question?.asked.kind !== "ready") return null;
    const rows = reachRows(this.#question.asked.value.data, input.context.state.tokens.length, selected);
    return {
      title: l10n.t("What can reach token {0}", selected + 1),
      columns: [l10n.t("Depth"), l10n.t("Tokens that can influence it"), l10n.t("Tokens up to it")],
      rows: rows.map(({ depth, reached, seen }) => [depth, reached, seen]),
    };
  }

  currentPicture(): Promise<Picture | null> {
    return canvasPicture(this.canvas);
  }

  protected override createRenderRoot(): HTMLElement {
    return this; // the page's style sheet applies
  }

  protected override willUpdate(): void {
    const { input } = this;
    if (!input) return;
    this.#question ??= new CurrentQuestion(this, input.answers);
    const { state, selected, actions } = input.context;
    if (selected === null) return;
    this.#question.want(
      {
        name: `reach ${selected}`,
        size: ({ data }) => data.byteLength,
        ask: (signal) => actions.ask(askReach, { text: state.text, token: selected }, signal),
      },
      input.context,
    );
  }

  protected override updated(): void {
    this.#draw();
  }

  protected override render(): TemplateResult | null {
    const { input } = this;
    if (!input) return null;
    const { selected, state } = input.context;
    return html`<div class="controls">${queryStepper(input.context)}</div>
      ${
        selected === null || !this.#question
          ? chooseTokenHint()
          : askedView(this.#question, input.context, ({ data }) =>
              this.#cone(reachRows(data, state.tokens.length, selected), input),
            )
      }`;
  }

  #cone(rows: readonly ReachRow[], { context, overview, look }: PaneInput): TemplateResult {
    const { formats, selected } = context;
    const embeddings = rows.at(-1);
    const words = embeddings ? sentence(embeddings, (selected ?? 0) + 1, rows.length - 1, formats.count) : "";
    const { reachable, unreachable } = colors(look);
    return html`<div class="scroll" tabindex="0" role="region" aria-label=${l10n.t("Reachable context")}>
      <p class="pane-words">${words}</p>
      <canvas class="cone" role="img" aria-label=${words}></canvas>
      <p class="keys">
        <span class="key"><svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill=${reachable} /></svg>${l10n.t("can influence it")}</span>
        <span class="key"><svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill=${unreachable} /></svg>${l10n.t("cannot")}</span>
      </p>
      <table class="data">
        <caption>${l10n.t("Tokens whose state can influence the chosen token, by depth")}</caption>
        <thead><tr>
          <th scope="col">${l10n.t("State after")}</th><th scope="col">${l10n.t("Pattern")}</th>
          <th scope="col" colspan="2">${l10n.t("Tokens")}</th>
        </tr></thead>
        <tbody>
          ${rows.map(
            ({ depth, reached, seen }) => html`<tr>
              <th scope="row">${depthName(depth)}</th>
              <td class="text">${depth === 0 ? "" : patternName(overview?.patterns[depth - 1])}</td>
              <td class="bar-cell">${bar(reached / seen)}</td>
              <td>${l10n.t("{0} of {1}", formats.count(reached), formats.count(seen))}</td>
            </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  #draw(): void {
    const { input, canvas } = this;
    const context = canvas?.getContext("2d");
    if (!input || !canvas || !context || this.#question?.asked.kind !== "ready") return;
    const { state, selected } = input.context;
    const { data } = this.#question.asked.value;
    const tokens = state.tokens.length;
    const depths = data.length / tokens;
    const high = Math.max(8, Math.min(24, Math.floor(300 / depths)));
    const width = Math.max(120, canvas.clientWidth);
    const ratio = devicePixelRatio;
    canvas.style.setProperty("height", `${depths * high + bottom}px`);
    [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round((depths * high + bottom) * ratio)];
    context.scale(ratio, ratio);
    const { palette } = input.look;
    context.fillStyle = formatColor(palette.background);
    context.fillRect(0, 0, width, depths * high + bottom);
    const step = (width - left) / tokens;
    const { reachable, unreachable } = colors(input.look);
    const columns = Math.min(tokens, width - left);
    for (let index = 0; index < depths; index++) {
      const depth = depths - 1 - index;
      for (let column = 0; column < columns; column++) {
        const [from, to] = [Math.floor((column * tokens) / columns), Math.floor(((column + 1) * tokens) / columns)];
        const share = reachShare(data, tokens, depth, from, Math.max(to, from + 1));
        const later = from > (selected ?? 0);
        context.fillStyle = later ? formatColor(palette.future) : share > 0 ? reachable : unreachable;
        context.fillRect(
          left + from * step,
          index * high,
          Math.max(1, (to - from) * step) - (step >= 10 ? 1 : 0),
          high - 1,
        );
      }
    }
    this.#labels(context, { depths, high, step, tokens });
  }

  #labels(
    context: CanvasRenderingContext2D,
    { depths, high, step, tokens }: Readonly<Record<"depths" | "high" | "step" | "tokens", number>>,
  ): void {
    const { input } = this;
    if (!input) return;
    const { palette } = input.look;
    const selected = input.context.selected ?? 0;
    context.font = `11px ${getComputedStyle(this).getPropertyValue("--vscode-font-family") || "sans-serif"}`;
    context.fillStyle = formatColor(palette.foreground);
    context.textBaseline = "middle";
    context.textAlign = "right";
    const every = Math.ceil(13 / high);
    for (let index = 0; index < depths; index += every)
      context.fillText(depthName(depths - 1 - index), left - 8, (index + 0.5) * high);
    context.strokeStyle = formatColor(palette.mark);
    context.strokeRect(left + selected * step - 0.5, 0.5, Math.max(3, step), depths * high - 1);
    context.textAlign = "center";
    const y = depths * high + bottom / 2;
    const x = left + (selected + 0.5) * step;
    context.fillStyle = formatColor(palette.mark);
    context.fillText(String(selected + 1), Math.min(x, left + tokens * step - 12), y);
    context.fillStyle = formatColor(palette.foreground);
    if (x - left > 40) context.fillText("1", left + 4, y);
    if (left + tokens * step - x > 60) context.fillText(String(tokens), left + tokens * step - 14, y);
  }
}

function sentence({ reached, seen }: ReachRow, token: number, layers: number, count: (n: number) => string): string {
  return reached === seen
    ? l10n.t(
        "All {0} tokens up to token {1} can influence it through the model's {2} layers.",
        count(seen),
        count(token),
        layers,
      )
    : l10n.t(
        "{0} of the {1} tokens up to token {2} can influence it; the other {3} cannot, through all of the model's {4} layers: changing them changes nothing here.",
        ...[count(reached), count(seen), count(token), count(seen - reached), layers],
      );
}

function depthName(depth: number): string {
  return depth === 0 ? l10n.t("Embeddings") : l10n.t("Layer {0}", depth - 1);
}

function patternName(pattern: LayerPattern | undefined): string {
  if (!pattern) return "";
  const { kind, k } = pattern;
  switch (kind) {
    case "dense":
      return l10n.t("dense");
    case "banded":
      return l10n.t("banded, {0}", k);
    case "strided":
      return l10n.t("strided, {0}", k);
    default:
      return kind satisfies never;
  }
}

function colors({ palette }: PaneInput["look"]): { readonly reachable: string; readonly unreachable: string } {
  const strong = palette.colors[Math.round(heatSteps * 0.6)] ?? palette.mark;
  return { reachable: formatColor(strong), unreachable: formatColor(mix(palette.background, strong, 0.14)) };
}
