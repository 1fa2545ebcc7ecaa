/** Small pictures: a cell's distribution over its answers, an interval, a bias. All their numbers stand in text beside them. */
import { html, nothing, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import type { CellBrief } from "../../runtime/comparePanelProtocol";
import type { VariantSummary } from "../../runtime/promptProtocol";

/** Below this share of a bar nothing would be seen. */
const leastShare = 0.002;

/**
 * The answers' shares as one bar, in the order of the answers: the chosen one is filled, the right one has a mark below where it is
 * another. Hidden from screen readers: the cell's own text says the same.
 */
export function shareBar({ answers, shares, output, gold }: CellBrief): TemplateResult | typeof nothing {
  if (!answers) return nothing;
  let left = 0;
  const parts = answers.map((answer, index) => {
    const share = shares[index] ?? 0;
    const from = left;
    left += share;
    return { answer, share, from };
  });
  const right = gold === output ? undefined : parts.find(({ answer }) => answer === gold);
  return html`<svg class="shares" viewBox="0 0 100 9" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    ${parts.map(({ answer, share, from }) =>
      share < leastShare
        ? null
        : svg`<rect class=${answer === output ? "share-chosen" : "share-other"} x=${100 * from} y="0" width=${Math.max(0.4, 100 * share - 0.6)} height="6" />`,
    )}
    ${right ? svg`<rect class="share-right" x=${Math.min(98, 100 * right.from)} y="7" width=${Math.max(2, 100 * right.share - 0.6)} height="2" />` : null}
  </svg>`;
}

/** A share between the ends of its interval, on a line from 0 to 1. */
export function intervalPicture(accuracy: NonNullable<VariantSummary["accuracy"]>): TemplateResult {
  const x = (value: number) => 2 + 96 * value;
  return html`<svg class="interval" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    <line class="interval-axis" x1=${x(0)} y1="6" x2=${x(1)} y2="6" />
    <line class="interval-range" x1=${x(accuracy.low)} y1="6" x2=${x(accuracy.high)} y2="6" />
    <line class="interval-value" x1=${x(accuracy.value)} y1="1" x2=${x(accuracy.value)} y2="11" />
  </svg>`;
}

type Bias = NonNullable<VariantSummary["bias"]>;

const barHeight = 9;
const rowGap = 26;
const labelWidth = 96;
const barWidth = 180;

/** How probable each label is with no input, above how often it was chosen: two bars a label, one filled and one outlined. */
export function biasPicture(bias: Bias, total: number, label: string): TemplateResult {
  const height = bias.length * rowGap + 4;
  const bars = bias.map((one, index) => biasRow(one, total, 4 + index * rowGap));
  const even = labelWidth + barWidth / bias.length;
  return html`<svg class="bias" viewBox="0 0 ${labelWidth + barWidth + 8} ${height}" role="img" aria-label=${label}>
    <line class="bias-even" x1=${even} y1="0" x2=${even} y2=${height} />
    ${bars}
  </svg>`;
}

function biasRow({ label, prior, chosen }: Bias[number], total: number, y: number): SVGTemplateResult {
  const short = label.length > 14 ? `${label.slice(0, 13)}…` : label;
  return svg`<g>
    <text x=${labelWidth - 8} y=${y + 13}>${short}</text>
    ${prior === null ? null : svg`<rect class="bias-prior" x=${labelWidth} y=${y} width=${Math.max(0.5, barWidth * prior)} height=${barHeight} />`}
    <rect class="bias-chosen" x=${labelWidth} y=${prior === null ? y + barHeight / 2 : y + barHeight + 1} width=${Math.max(0.5, (barWidth * chosen) / Math.max(1, total))} height=${barHeight} />
  </g>`;
}
