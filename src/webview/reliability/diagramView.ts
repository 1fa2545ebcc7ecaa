/** The reliability diagram (Guo et al. 2017 §2): share accepted over mean confidence, one point per part, and how many each part has. */
import * as l10n from "@vscode/l10n";
import { html, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import type { ReliabilityBucket, ReliabilityState } from "../../runtime/reliabilityProtocol";
import type { NumberFormats } from "../shared/format";

/** Units of the picture: the square, what is left of and below it, and the bars' height. */
const size = 260;
const left = 54;
const top = 10;
const bars = 46;
const gap = 10;
const bottom = 36;
const width = left + size + 20;
const height = top + size + gap + bars + bottom;
const ticks = [0, 0.25, 0.5, 0.75, 1];

const x = (confidence: number) => left + confidence * size;
const y = (share: number) => top + (1 - share) * size;
const floor = top + size + gap + bars;

/** The picture. Its numbers are in the table beside it. */
export function diagram(state: ReliabilityState, formats: NumberFormats): TemplateResult {
  const shown = state.buckets.filter(({ accepted }) => accepted.trials > 0);
  const label = l10n.t(
    "Reliability diagram: share accepted over confidence, {0} parts with 95 % intervals; the table beside it has the numbers.",
    shown.length,
  );
  const largest = Math.max(1, ...shown.map(({ accepted }) => accepted.trials));
  return html`<figure>
    <svg class="diagram" viewBox="0 0 ${width} ${height}" role="img" aria-label=${label}>
    ${axes(formats)}
    <line class="diagonal" x1=${x(0)} y1=${y(0)} x2=${x(1)} y2=${y(1)} />
    ${shown.map((bucket) => bar(bucket, largest, formats))}
    <line class="threshold" x1=${x(state.threshold)} y1=${top} x2=${x(state.threshold)} y2=${floor} />
    ${shown.map((bucket) => point(bucket))}
    </svg>
    <figcaption class="hint">${l10n.t("Dotted: confidence and acceptance would agree. Dashed: the least confidence of the settings, {0}. Bars: how many were shown.", state.threshold)}</figcaption>
  </figure>`;
}

function axes(formats: NumberFormats): SVGTemplateResult {
  return svg`<g class="axes">
    ${ticks.map(
      (tick) => svg`
        <line class="grid" x1=${x(0)} y1=${y(tick)} x2=${x(1)} y2=${y(tick)} />
        <line class="grid" x1=${x(tick)} y1=${top} x2=${x(tick)} y2=${floor} />
        <text class="y-tick" x=${left - 6} y=${y(tick) + 4}>${formats.progress(tick)}</text>
        <text class="x-tick" x=${x(tick)} y=${floor + 15}>${formats.progress(tick)}</text>`,
    )}
    <text class="x-title" x=${x(0.5)} y=${floor + 31}>${l10n.t("Confidence")}</text>
    <text class="y-title" transform="translate(11 ${y(0.5)}) rotate(-90)">${l10n.t("Accept rate")}</text>
  </g>`;
}

function bar({ from, to, accepted }: ReliabilityBucket, largest: number, formats: NumberFormats): SVGTemplateResult {
  const tall = Math.max(1, (accepted.trials / largest) * bars);
  return svg`<rect class="bar" x=${x(from) + 1} y=${floor - tall} width=${(to - from) * size - 2} height=${tall}>
    <title>${l10n.t("{0} shown", formats.count(accepted.trials))}</title>
  </rect>`;
}

function point({ confidence, accepted }: ReliabilityBucket): SVGTemplateResult | null {
  if (confidence === null || accepted.share === null) return null;
  const [cx, low, high] = [x(confidence), y(accepted.low), y(accepted.high)];
  return svg`<g class="point">
    <line x1=${cx} y1=${low} x2=${cx} y2=${high} />
    <line x1=${cx - 3} y1=${low} x2=${cx + 3} y2=${low} />
    <line x1=${cx - 3} y1=${high} x2=${cx + 3} y2=${high} />
    <circle cx=${cx} cy=${y(accepted.share)} r="4.5" />
  </g>`;
}
