/** The charts of a run: loss, accuracy, learning rate, gradient norm, speed. Pure. */
import * as l10n from "@vscode/l10n";
import type { EvaluationPoint, StepPoint } from "../../runtime/trainingPanelProtocol";
import type { NumberFormats } from "../shared/format";
import { type Series, smoothed } from "../shared/lineChart";
import type { Chart } from "../shared/lineChartElement";
import { shortNumber } from "./texts";

/** What the charts are drawn from. */
export interface CurveData {
  readonly steps: readonly StepPoint[];
  readonly evaluations: readonly EvaluationPoint[];
  readonly best: number | null;
  /** Whether the losses' own values are drawn faintly behind their moving averages. */
  readonly smooth: boolean;
  readonly log: boolean;
  readonly formats: NumberFormats;
}

/** Share of the moving average that is what was before. */
const smoothing = 0.9;

/** L1, L2, their sum, and that of dev. */
export function lossChart(data: CurveData, pretraining: boolean): Chart {
  const { steps, evaluations, smooth, log, best } = data;
  const x = steps.map(({ step }) => step);
  const both = steps.some(({ taskLoss, lmLoss }) => taskLoss !== null && lmLoss !== null);
  const curve = (id: string, name: string, look: number, y: readonly number[]): Series[] =>
    smooth && y.length > 20
      ? [
          { id: `${id}-raw`, name, look, x, y, faint: true },
          { id, name, look, x, y: smoothed(y, smoothing) },
        ]
      : [{ id, name, look, x, y }];
  const part = (read: (step: StepPoint) => number | null) => steps.map((step) => read(step) ?? Number.NaN);
  const series = [
    ...(both
      ? [
          ...curve(
            "task",
            l10n.t("task (L2)"),
            1,
            part(({ taskLoss }) => taskLoss),
          ),
          ...curve(
            "lm",
            l10n.t("language model (L1)"),
            2,
            part(({ lmLoss }) => lmLoss),
          ),
          ...curve(
            "total",
            l10n.t("total"),
            3,
            part(({ loss }) => loss),
          ),
        ]
      : curve(
          "total",
          l10n.t("training"),
          1,
          part(({ loss }) => loss),
        )),
    evaluated("dev", pretraining ? l10n.t("held-out") : l10n.t("dev"), evaluations, ({ loss }) => loss),
  ];
  return {
    ...frame(data, l10n.t("Loss"), l10n.t("Loss in nats over steps; the table below has the numbers.")),
    series,
    height: 260,
    log,
    ...(best === null
      ? {}
      : { mark: { x: best, name: pretraining ? l10n.t("best on held-out text") : l10n.t("best on dev") } }),
  };
}

/** The smaller charts. */
export function smallCharts(data: CurveData): readonly Chart[] {
  const { steps, evaluations, formats, best } = data;
  const x = steps.map(({ step }) => step);
  const one = (title: string, y: readonly number[], more: Partial<Chart> = {}): Chart => ({
    ...frame(data, title, l10n.t("{0} over steps; the table below has the numbers.", title)),
    series: [{ id: title, name: title, look: 1, x, y }],
    height: 140,
    ...more,
  });
  const judged = evaluations.filter(({ accuracy }) => accuracy !== null);
  const accuracy = l10n.t("Dev accuracy");
  return [
    ...(judged.length === 0
      ? []
      : [
          one(accuracy, [], {
            series: [evaluated("accuracy", accuracy, judged, (point) => point.accuracy ?? Number.NaN)],
            yText: (value) => formats.bound(value),
            ...(best === null ? {} : { mark: { x: best, name: l10n.t("best on dev") } }),
          }),
        ]),
    one(
      l10n.t("Learning rate"),
      steps.map(({ learningRate }) => learningRate),
      { zero: true },
    ),
    one(
      l10n.t("Gradient norm"),
      steps.map(({ gradientNorm }) => gradientNorm),
      { zero: true },
    ),
    one(
      l10n.t("Tokens per second"),
      steps.map(({ tokensPerSecond }) => tokensPerSecond),
      {
        zero: true,
        yText: (value) => formats.count(value),
      },
    ),
  ];
}

function frame({ formats, steps }: CurveData, title: string, label: string) {
  return {
    ...{ title, label, xTitle: l10n.t("Step"), yText: shortNumber, to: steps.at(-1)?.step ?? 0 },
    xText: (value: number) => formats.count(value),
  };
}

function evaluated(
  id: string,
  name: string,
  evaluations: readonly EvaluationPoint[],
  read: (point: EvaluationPoint) => number,
): Series {
  return { id, name, look: 4, x: evaluations.map(({ step }) => step), y: evaluations.map(read), marked: true };
}
