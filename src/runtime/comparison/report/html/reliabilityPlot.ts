/** A reliability diagram: how often answers of some confidence are right. */
import * as l10n from "@vscode/l10n";
import type { ReportBin } from "../../../comparisonReport";
import { element, linearAxis, picture, textElement, tip, upright } from "./svg";

const layout = { size: 260, left: 72, right: 30, top: 10, bottom: 46 } as const;

/** The diagram; empty without probabilities. On the diagonal confidence is what it says. The wider a bin's dot, the more answers it has. */
export function reliabilityPlot(name: string, bins: readonly ReportBin[]): string {
  const most = Math.max(0, ...bins.map(({ items }) => items));
  if (most === 0) return "";
  const [floor, end] = [layout.top + layout.size, layout.left + layout.size];
  const x = linearAxis([0, 1], { from: layout.left, to: end }, 5);
  const y = linearAxis([0, 1], { from: floor, to: layout.top }, 5);
  return picture(
    end + layout.right,
    floor + layout.bottom,
    l10n.t("Reliability of {0}: accuracy against confidence; the table below has the numbers", name),
    ...x.ticks.flatMap((tick) => [
      element("line", { class: "grid", x1: layout.left, x2: end, y1: y.place(tick), y2: y.place(tick) }),
      textElement({ class: "tick", x: layout.left - 6, y: y.place(tick) + 4, "text-anchor": "end" }, percent(tick)),
      textElement({ class: "tick", x: x.place(tick), y: floor + 16, "text-anchor": "middle" }, percent(tick)),
    ]),
    element("line", { class: "diagonal", x1: x.place(0), y1: y.place(0), x2: x.place(1), y2: y.place(1) }),
    ...bins.flatMap(({ confidence, accuracy, items }) => {
      if (confidence === null || accuracy === null) return [];
      const at = { cx: x.place(confidence), cy: y.place(accuracy) };
      const text = l10n.t("{0} answers: confidence {1}, right {2}", items, percent(confidence), percent(accuracy));
      return [
        element("line", { class: "gap", x1: at.cx, x2: at.cx, y1: at.cy, y2: y.place(confidence) }),
        element("circle", { class: "bin", ...at, r: 3 + 9 * Math.sqrt(items / most) }, tip(text)),
      ];
    }),
    textElement({ class: "axis-name", x: (layout.left + end) / 2, y: floor + 38 }, l10n.t("confidence")),
    upright(l10n.t("accuracy"), 14, (layout.top + floor) / 2),
  );
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
