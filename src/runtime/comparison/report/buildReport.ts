/** From a comparison that was kept to its report. Pure: the same input gives the same report. */
import * as l10n from "@vscode/l10n";
import type { ComparisonReport, ReportArm } from "../../comparisonReport";
import { CancelledError, invalidRequest } from "../../errors";
import { baselineArms } from "./baselineArms";
import { type ComparedArm, testedArms } from "./comparedArms";
import { drawMetrics, reportArm } from "./reportArms";
import { assertionOutcomes } from "./reportAssertions";
import { armCurves, reportCrossovers } from "./reportCurves";
import { firstMetric, type ReportInput } from "./reportInput";
import { reportOverlap } from "./reportOverlap";
import { reportPairs } from "./reportPairs";
import { reportSlices } from "./reportSlices";
import { reportSuspicions } from "./reportSuspicions";
import { reportVerdicts } from "./reportVerdicts";

/** A report with the answers that it is of. */
export interface BuiltReport {
  readonly report: ComparisonReport;
  /** The report's arms, in its order, with what they answered: for `reportItems` and `predictionsJsonl`. */
  readonly arms: readonly ComparedArm[];
}

/**
 * The report. Takes seconds for thousands of items; other work gets its turn between its parts. Throws `invalidRequest` for answers that do
 * not fit the items or the metrics; `CancelledError`.
 */
export async function buildReport(input: ReportInput, signal?: AbortSignal): Promise<BuiltReport> {
  if (input.data.test.length < 2) {
    throw invalidRequest(
      l10n.t("A comparison takes two items of test at least; there are {0}.", input.data.test.length),
    );
  }
  const turn = () => turnOver(signal);
  const baselines = await baselineArms(input, turn);
  await turn();
  const arms = [...testedArms(input), ...baselines.arms];
  const drawn = await drawMetrics(input, arms, signal);
  const reportArms: ReportArm[] = [];
  for (const [place, arm] of arms.entries()) {
    await turn();
    reportArms.push(await reportArm(input, arm, place, drawn));
  }
  await turn();
  const pairs = await reportPairs({ input, arms, drawn }, firstMetric(input));
  const context = { input, arms, drawn, reportArms, pairs };
  await turn();
  const curves = await armCurves(input, arms, turn);
  const crossovers = await reportCrossovers(input, arms, curves, { pairs, turn });
  const suspicions = await reportSuspicions(input, turn);
  await turn();
  const { overlap, notes } = await reportOverlap(input, arms, signal);
  const assertions = await assertionOutcomes(context);
  await turn();
  const suspected = suspicions.found;
  const slices = await reportSlices(input, arms, turn);
  const report: ComparisonReport = {
    record: input.record,
    verdicts: reportVerdicts({ ...context, crossovers, overlap, suspicions: suspected, assertions }),
    arms: context.reportArms,
    pairs,
    curves: curves.map(({ arm, axis, points }) => ({ arm, axis, points })),
    crossovers,
    slices,
    suspicions: suspected,
    overlap,
    assertions,
    notes: [...unrun(input, arms), ...baselines.notes, ...suspicions.notes, ...notes],
  };
  return { report, arms };
}

/** Lets messages in, a cancellation among them. */
async function turnOver(signal: AbortSignal | undefined): Promise<void> {
  await new Promise(setImmediate);
  if (signal?.aborted) throw new CancelledError("cancelled while writing a report");
}

/** Arms that are not in the report. */
function unrun({ record }: ReportInput, arms: readonly ComparedArm[]): readonly string[] {
  const present = new Set(arms.map(({ arm }) => arm));
  return record.arms.flatMap(({ name }, number) =>
    present.has(number) ? [] : [l10n.t("{0} did not answer test and is not in the report.", name)],
  );
}
