/** Attention flow from a query: a bar for every token up to it. */
import * as l10n from "@vscode/l10n";
import { html, svg, type TemplateResult } from "lit";
import type { NumberFormats } from "../../shared/format";
import type { TokenLike } from "../../shared/tokenText";
import { shortToken } from "./tokenLabels";

/** Flow is computed for queries below this index: it grows with the cube of the tokens. */
export const flowLimit = 256;

const [left, top, height, labels] = [44, 8, 150, 70];

/** The chart: bars as wide as `width` allows, tokens below where there is room. */
export function flowChart(
  flow: ArrayLike<number>,
  query: number,
  tokens: readonly TokenLike[],
  { width, formats }: { readonly width: number; readonly formats: NumberFormats },
): TemplateResult {
  const count = query + 1;
  const step = Math.max(1.5, Math.min(40, (width - left - 8) / count));
  const values = Array.from({ length: count }, (_, key) => flow[key] ?? 0);
  const largest = Math.max(...values, 1e-9);
  const labelled = step >= 11;
  const high = (value: number) => (value / largest) * height;
  const floor = top + height;
  const total = floor + (labelled ? labels : 22);
  const label = l10n.t(
    "Attention flow from token {0}: a bar for each of the tokens up to it; the table below has the largest.",
    count,
  );
  return html`<svg class="flow" width=${left + count * step + 8} height=${total} role="img" aria-label=${label}>
    ${[0, 0.5, 1].map(
      (
        part,
      ) => svg`<line class="grid" x1=${left} x2=${left + count * step} y1=${floor - part * height} y2=${floor - part * height} />
        <text class="y-tick" x=${left - 6} y=${floor - part * height + 4}>${formats.percent(part * largest)}</text>`,
    )}
    ${values.map(
      (
        value,
        key,
      ) => svg`<rect class=${key === query ? "flow-bar own" : "flow-bar"} x=${left + key * step + step * 0.1} y=${floor - high(value)} width=${step * 0.8} height=${high(value)}>
        <title>${key + 1} ${shortToken(tokens[key] ?? { text: "" }, 24)}: ${formats.percent(value)}</title>
      </rect>`,
    )}
    ${labelled ? values.map((_, key) => tokenLabel(key, left + (key + 0.5) * step, floor + 6, tokens[key])) : numbers(count, step, floor + 16)}
  </svg>`;
}

function tokenLabel(key: number, x: number, y: number, token: TokenLike | undefined): TemplateResult {
  return svg`<text class="x-token" data-key=${key} transform="translate(${x + 4} ${y}) rotate(-90)">${token ? shortToken(token) : ""}</text>`;
}

function numbers(count: number, step: number, y: number): TemplateResult[] {
  const apart = 2 ** Math.ceil(Math.log2(40 / step));
  return Array.from({ length: Math.ceil(count / apart) }, (_, index) => {
    const key = index * apart;
    return svg`<text class="x-tick" x=${left + (key + 0.5) * step} y=${y}>${key + 1}</text>`;
  });
}
