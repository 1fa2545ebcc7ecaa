/** Measures tokens without drawing the strip: text on a canvas, heights in a hidden copy of two rows. */
import { html, type TemplateResult } from "lit";
import { type TokenLike, tokenBytes, tokenPieces } from "../shared/tokenText";
import type { RowSizes } from "./stripLayout";
import type { StripOptions } from "./stripOptions";
import { underTemplate } from "./stripView";

/** What is written of a token. */
export type Lettered = TokenLike & { readonly id: number };

/** Scale of the small lines below a token, and of bytes that stand for one; as the style sheet has it. */
const [underScale, bytesScale] = [0.75, 0.85];
/** Padding and margin of a token; padding and border of bytes that stand for one; padding of what is below. Pixels, as the style sheet has it. */
const [tokenSpace, bytesSpace, underSpace] = [3, 8, 4];

/** Hidden rows, to measure heights by. */
export function rulerTemplate(options: StripOptions): TemplateResult {
  const sample = { id: 0, text: "x" };
  const row = html`<span class="token">x${underTemplate(sample, options)}</span>`;
  return html`<div class="ruler" aria-hidden="true"><div class="row">${row}</div><div class="row apart">${row}</div></div>`;
}

/** Sizes of tokens in one font, each text measured once. */
export class StripRuler {
  readonly #context = document.createElement("canvas").getContext("2d");
  readonly #widths = new Map<string, number>();
  readonly #size: number;
  readonly #family: string;
  #rows: Pick<RowSizes, "rowHeight" | "paragraphGap"> | undefined;

  /** `style` is that of the strip; `look` names all that sizes depend on. */
  constructor(
    style: CSSStyleDeclaration,
    readonly look: string,
    readonly options: StripOptions,
  ) {
    this.#size = Number.parseFloat(style.fontSize) || 13;
    this.#family = style.fontFamily;
  }

  /** Width of a token, margin included, pixels. */
  widthOf(token: Lettered): number {
    const { ids, bytes } = this.options;
    const under = [ids ? String(token.id) : "", bytes ? tokenBytes(token) : ""];
    const widths = under.map((text) => (text === "" ? 0 : this.#textWidth(text, underScale) + underSpace));
    return Math.max(this.#faceWidth(token), ...widths) + tokenSpace;
  }

  /** Height of a row and gap between paragraphs, by `rulerTemplate` within `strip`. */
  rowSizes(strip: Element): Pick<RowSizes, "rowHeight" | "paragraphGap"> {
    if (this.#rows) return this.#rows;
    const [first, second] = Array.from(strip.querySelectorAll(".ruler > .row"), (row) => row.getBoundingClientRect());
    this.#rows = {
      rowHeight: first?.height ?? this.#size * 2,
      paragraphGap: first && second ? second.top - first.bottom : 0,
    };
    return this.#rows;
  }

  /** Heights of the tokens that are wider than the strip, by index. */
  tallHeights(
    strip: Element,
    tokens: readonly Lettered[],
    { width, widths }: Pick<RowSizes, "width" | "widths">,
  ): ReadonlyMap<number, number> {
    const wide = tokens.flatMap((token, index) => ((widths[index] ?? 0) > width ? [{ token, index }] : []));
    const ruler = strip.querySelector(".ruler");
    if (wide.length === 0 || !ruler) return new Map();
    const rows = wide.map(({ token }) => this.#wideRow(token));
    ruler.append(...rows);
    const heights = rows.map((row) => row.getBoundingClientRect().height);
    for (const row of rows) row.remove();
    return new Map(wide.map(({ index }, i) => [index, heights[i] ?? 0]));
  }

  #wideRow(token: Lettered): HTMLElement {
    const row = document.createElement("div");
    row.className = "row";
    const element = document.createElement("span");
    element.className = "token";
    const [pieces, { ids, bytes }] = [tokenPieces(token), this.options];
    const face = document.createElement("span");
    face.className = pieces[0]?.kind === "bytes" ? "bytes" : "";
    face.textContent = pieces.map((piece) => piece.text).join("");
    element.append(face);
    for (const text of [ids ? String(token.id) : "", bytes ? tokenBytes(token) : ""].filter((line) => line !== "")) {
      const under = document.createElement("span");
      under.className = "under";
      under.dataset.text = text;
      element.append(under);
    }
    row.append(element);
    return row;
  }

  #faceWidth(token: Lettered): number {
    const pieces = tokenPieces(token);
    const text = pieces.map((piece) => piece.text).join("");
    return pieces[0]?.kind === "bytes" ? this.#textWidth(text, bytesScale) + bytesSpace : this.#textWidth(text, 1);
  }

  #textWidth(text: string, scale: number): number {
    const key = `${scale} ${text}`;
    const known = this.#widths.get(key);
    if (known !== undefined) return known;
    if (this.#context) this.#context.font = `${this.#size * scale}px ${this.#family}`;
    // No canvas: as wide as letters of monospaced fonts mostly are.
    const width = this.#context?.measureText(text).width ?? text.length * this.#size * scale * 0.6;
    this.#widths.set(key, width);
    return width;
  }
}
