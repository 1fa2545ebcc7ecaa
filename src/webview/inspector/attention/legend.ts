/** The legend of the heat colours, and how they are scaled. */
import * as l10n from "@vscode/l10n";
import { html, svg, type TemplateResult } from "lit";
import { formatColor } from "../../shared/color";
import {
  type HeatPalette,
  type HeatScale,
  heatPosition,
  heatScales,
  heatSteps,
  heatTicks,
} from "../../shared/heatScale";
import type { Look } from "./paint";
import { picker } from "./pickers";

const width = 220;
const parts = 44;

/** Colours with their probabilities, the two kinds of nothing, and the choice of scale. */
export function heatLegend({ palette, scale }: Look, choose: (scale: HeatScale) => void): TemplateResult {
  const options = heatScales.map((value) => ({ value, label: scaleName(value) }));
  return html`<div class="heat-legend">
    ${scaleBar(palette, scale)}
    <span class="key"><svg class="swatch" aria-hidden="true">${hatchSwatch(palette)}</svg>${l10n.t("not computed")}</span>
    <span class="key"
      ><svg class="swatch" aria-hidden="true"><rect width="100%" height="100%" fill=${formatColor(palette.future)} /></svg
      >${l10n.t("later tokens")}</span
    >
    ${picker(l10n.t("Scale"), options, scale, choose)}
  </div>`;
}

function scaleBar(palette: HeatPalette, scale: HeatScale): TemplateResult {
  const ticks = heatTicks(scale);
  const names = ticks.map((tick) => tickName(tick, scale));
  const label = l10n.t("Colors of probabilities, from {0} to {1}", names[0] ?? "", names.at(-1) ?? "");
  const at = (tick: number) => heatPosition(tick, scale) * width;
  return html`<svg class="scale-bar" viewBox="0 0 ${width + 40} 26" role="img" aria-label=${label}>
    <g transform="translate(20 0)">
      ${Array.from({ length: parts }, (_, part) => {
        const color = palette.colors[Math.round((part / (parts - 1)) * (heatSteps - 1))] ?? palette.background;
        const step = width / parts;
        return svg`<rect x=${part * step} width=${step + 0.5} height="10" fill=${formatColor(color)} />`;
      })}
      <rect class="outline" x="0.5" y="0.5" width=${width - 1} height="9" />
      ${ticks.map((tick, index) => svg`<text x=${at(tick)} y="23">${names[index]}</text>`)}
    </g>
  </svg>`;
}

/** Ticks are round numbers: no more digits than they have. */
function tickName(tick: number, scale: HeatScale): string {
  const text = new Intl.NumberFormat(document.documentElement.lang || "en", {
    style: "percent",
    maximumFractionDigits: 2,
  }).format(tick);
  return scale === "log" && tick === heatTicks("log")[0] ? `≤${text}` : text;
}

function hatchSwatch({ notComputed, hatch }: HeatPalette): TemplateResult[] {
  const lines = [-6, 0, 6, 12].map(
    (x) => svg`<line x1=${x - 1} y1="13" x2=${x + 13} y2="-1" stroke=${formatColor(hatch)} />`,
  );
  return [svg`<rect width="100%" height="100%" fill=${formatColor(notComputed)} />`, ...lines];
}

function scaleName(scale: HeatScale): string {
  switch (scale) {
    case "linear":
      return l10n.t("Linear");
    case "sqrt":
      return l10n.t("Square root");
    case "log":
      return l10n.t("Logarithmic");
    default:
      return scale satisfies never;
  }
}
